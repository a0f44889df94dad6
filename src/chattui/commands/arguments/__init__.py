"""The command line: every command, option, help text and example. Parsing alone; nothing is opened here."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Sequence
from importlib import import_module

from chattui import __version__
from chattui.commands.arguments.common import EXIT_CODES, endpoint, places, which
from chattui.commands.parser import Parser, shown

ABOUT = "A terminal chat client for any streaming chat endpoint. Without a command it opens the screen."
EXAMPLES = """examples:
  chattui                              open the screen
  chattui -e ollama                    … with this endpoint
  chattui --continue                   … at the newest conversation
  chattui ask "What is SSE?"           one question; the answer goes to standard output
  git diff | chattui ask "Review this" the prompt and what is piped in, together
  chattui check                        does the endpoint work? step by step
  chattui --profile work list          another user of this machine account: own config, own history
"""
ENVIRONMENT = """environment:
  CHATTUI_HOME   one folder for configuration, data, cache and log
  CHATTUI_DEBUG  1 writes details of what happens to the log
  NO_COLOR       any value: no colours
"""

COMMANDS = {  # name: the module of its command line, in this package
    "ask": "ask",
    "list": "conversations",
    "show": "conversations",
    "search": "search",
    "endpoints": "endpoints",
    "add": "add",
    "check": "endpoints",
    "mock": "mock",
    "test": "suites",
    "replay": "streams",
    "preset": "endpoints",
    "login": "endpoints",
    "pull": "conversations",
    "export": "carrying",
    "import": "carrying",
    "stats": "carrying",
    "trash": "trash",
    "store": "store",
    "config": "endpoints",
    "completion": "endpoints",
}
"""Every command, in the order of the help. `add_NAME` in that module adds its parser."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What the command line says. Raises SystemExit, after one sentence on standard error, where it says nothing.

    Words may stand between and after the options of `ask` and `add`.
    """
    completing = "_ARGCOMPLETE" in os.environ  # the shell asks for completions
    named = argv[:1] if argv and argv[0] in COMMANDS else ()  # building the others would take longer than parsing
    parser = build(named if named and not completing else COMMANDS)
    if completing:
        from chattui.commands import completion

        completion.answer(parser)
    found, rest = parser.parse_known_args(argv)
    more = {"ask": "prompt", "add": "words"}.get(found.command or "")
    if more and not any(word.startswith("-") for word in rest):
        setattr(found, more, getattr(found, more) + rest)
    elif rest:
        parser.error(f"there is no option ‘{shown(rest[0])}’ here")
    return found


def build(wanted: Collection[str] = COMMANDS.keys()) -> Parser:
    """The whole parser, or one that knows these commands alone."""
    parser = Parser(prog="chattui", description=ABOUT, epilog=f"{EXAMPLES}\n{ENVIRONMENT}\n{EXIT_CODES}")
    parser.add_argument("--version", action="version", version=f"chattui {__version__}")
    places(parser, None)
    endpoint(parser, None)
    which(parser, None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for name, module in COMMANDS.items():
        if name in wanted:
            add = getattr(import_module(f"chattui.commands.arguments.{module}"), f"add_{name}")
            places(add(commands), argparse.SUPPRESS)
    return parser
