"""The command line of `ask`."""

from __future__ import annotations

import argparse

from chattui.commands.arguments.common import EXIT_CODES, Commands, command, endpoint, which
from chattui.commands.parser import Parser


def add_ask(commands: Commands) -> Parser:
    parser = command(
        commands,
        "ask",
        "ask a question and print the reply as it arrives",
        "The reply's text, and nothing else, goes to standard output: raw in a pipe, harmless on a terminal (which\n"
        "also gets a last line end when the reply has none). Everything else goes to standard error. What is piped\n"
        "in is the prompt; with a PROMPT as well it follows after a blank line. A bot that speaks first\n"
        "does so before the prompt is sent, on standard error. The number of an offered answer stands for it.\n\n"
        "examples:\n"
        '  chattui ask "What is SSE?"\n'
        '  chattui ask -e ollama -m llama3.2 -s "Be brief." "What is SSE?"\n'
        '  chattui ask -p temperature=0 -p reasoning_effort=low "Prove it."\n'
        '  chattui ask --continue "And what if a proxy cuts it?"\n'
        '  chattui ask -a photo.png -a notes.md "What do these have in common?"\n'
        '  git diff | chattui ask --no-save "Write a commit message"\n'
        '  chattui ask --events "hi" | jq .event      what the endpoint really sends, and when\n'
        '  chattui ask --json "hi" | jq -r .text\n\n' + EXIT_CODES,
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="the question; standard input may hold it, or more")
    endpoint(parser, argparse.SUPPRESS)
    parser.add_argument("-m", "--model", metavar="MODEL", default="", help="the model to ask for")
    parser.add_argument(
        "-a", "--attach", metavar="FILE", action="append", default=[], help="send this text file or image along"
    )
    parser.add_argument(
        "-p",
        "--param",
        metavar="NAME=VALUE",
        dest="params",
        action="append",
        default=[],
        help="a parameter of this conversation, such as temperature=0.2; ‘temperature=’ takes it away",
    )
    parser.add_argument("-s", "--system", metavar="SYSTEM", help="the system prompt of this conversation")
    which(parser, argparse.SUPPRESS, no_save=True)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--events", action="store_true", help="one JSON object per event, with its time in ms")
    shape.add_argument("--json", action="store_true", help="one JSON object when the reply has ended")
    shape.add_argument("--show-reasoning", action="store_true", help="print the reasoning to standard error")
    return parser
