"""The command line: every command, option, help text and example. Parsing alone; nothing is opened here."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chattui import __version__
from chattui.commands.parser import Parser, shown

EXIT_CODES = """exit codes:
  0    complete
  1    failed: the server refused, was not reached, or reported an error
  2    the command line, the configuration or a key is wrong; nothing was sent
  3    incomplete: the reply was cut short or timed out, or nobody reads the output any more; what arrived is kept
  130  interrupted (SIGINT, SIGTERM, SIGHUP); what arrived is kept
"""
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


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """What the command line says. Raises SystemExit, after one sentence on standard error, where it says nothing.

    Words of a prompt may stand between and after the options of `ask`.
    """
    parser = build()
    if "_ARGCOMPLETE" in os.environ:  # the shell asks for completions
        from chattui.commands import completion

        completion.answer(parser)
    found, rest = parser.parse_known_args(argv)
    if found.command == "ask" and not any(word.startswith("-") for word in rest):
        found.prompt += rest
    elif rest:
        parser.error(f"there is no option ‘{shown(rest[0])}’ here")
    return found


def build() -> Parser:
    """The whole parser."""
    parser = Parser(prog="chattui", description=ABOUT, epilog=f"{EXAMPLES}\n{ENVIRONMENT}\n{EXIT_CODES}")
    parser.add_argument("--version", action="version", version=f"chattui {__version__}")
    _places(parser, None)
    _endpoint(parser, None)
    _which(parser, None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands", parser_class=Parser)
    for add in (_ask, _list, _show, _endpoints, _check, _preset, _login, _pull, _config, _completion):
        _places(add(commands), argparse.SUPPRESS)
    return parser


Commands = Any  # argparse's action for subparsers, which has no public name


def _command(commands: Commands, name: str, help_: str, examples: str) -> Parser:
    parser: Parser = commands.add_parser(name, help=help_, description=_sentence(help_), epilog=examples)
    return parser


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _places(parser: Parser, default: str | None) -> None:
    """Where things are; the same before and after the command."""
    group = parser.add_argument_group("where things are")
    group.add_argument("--profile", metavar="NAME", default=default, help="a separate user: own config, own history")
    group.add_argument("--config", metavar="FILE", type=Path, default=default, help="another configuration file")


def _endpoint(parser: Parser, default: str | None) -> None:
    parser.add_argument("-e", "--endpoint", metavar="ENDPOINT", default=default, help="the endpoint to talk to")


def _which(parser: Parser, default: str | None, *, no_save: bool = False) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "-c",
        "--conversation",
        metavar="CONVERSATION",
        default=default,
        help="go on with this one: its id, the end of it, or its number in the list",
    )
    group.add_argument(
        "--continue", dest="newest", action="store_true", default=default or False, help="go on with the newest one"
    )
    if no_save:
        group.add_argument("--no-save", action="store_true", help="leave nothing on disk")


def _ask(commands: Commands) -> Parser:
    parser = _command(
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
        '  chattui ask --continue "And what if a proxy cuts it?"\n'
        '  chattui ask -a photo.png -a notes.md "What do these have in common?"\n'
        '  git diff | chattui ask --no-save "Write a commit message"\n'
        '  chattui ask --events "hi" | jq .event      what the endpoint really sends, and when\n'
        '  chattui ask --json "hi" | jq -r .text\n\n' + EXIT_CODES,
    )
    parser.add_argument("prompt", nargs="*", metavar="PROMPT", help="the question; standard input may hold it, or more")
    _endpoint(parser, argparse.SUPPRESS)
    parser.add_argument("-m", "--model", metavar="MODEL", default="", help="the model to ask for")
    parser.add_argument(
        "-a", "--attach", metavar="FILE", action="append", default=[], help="send this text file or image along"
    )
    parser.add_argument("-s", "--system", metavar="SYSTEM", help="the system prompt of this conversation")
    _which(parser, argparse.SUPPRESS, no_save=True)
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--events", action="store_true", help="one JSON object per event, with its time in ms")
    shape.add_argument("--json", action="store_true", help="one JSON object when the reply has ended")
    shape.add_argument("--show-reasoning", action="store_true", help="print the reasoning to standard error")
    return parser


def _list(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "list",
        "list the conversations, newest first",
        "The number and the id in front of a title are what show and -c take.\n\n"
        "examples:\n  chattui list\n  chattui list -n 0          all of them\n"
        "  chattui list --json | jq -r '.[].title'\n",
    )
    parser.add_argument("-n", metavar="N", type=_count, help="at most so many, 0 = all (default: 20; with --json all)")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    return parser


def _count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"‘{shown(word)}’ is not a number")
    return int(word)


def _show(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "show",
        "print a conversation",
        "examples:\n  chattui show 1             the newest\n  chattui show 3f9c          the one whose id ends so\n"
        "  chattui show 1 --markdown > talk.md\n  chattui show 1 --json      every branch, with all that is stored\n",
    )
    parser.add_argument(
        "id", metavar="ID", help="its id, the end of it (4 characters or more), or its number in the list"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="the stored document")
    shape.add_argument("--markdown", action="store_true", help="the shown branch as Markdown")
    return parser


def _endpoints(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "endpoints",
        "list the endpoints, and what is wrong with them",
        "The default has a * in front. No key is printed, no key command is run and nothing is sent.\n\n"
        "examples:\n  chattui endpoints\n  chattui endpoints --json | jq -r '.[] | select(.usable) | .name'\n",
    )
    parser.add_argument("--json", action="store_true", help="one JSON array")
    return parser


def _check(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "check",
        "find out whether an endpoint works, step by step",
        "Asks the endpoint for one word and tells of each step how long it took, how it went and what to do:\n"
        "config, key, connect, status, first token, end marker. Nothing is saved.\n\n"
        "examples:\n  chattui check\n  chattui check ollama\n  chattui check lab --json\n\n" + EXIT_CODES,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the endpoint (default: the one that ask would use)")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _config(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "config",
        "where the configuration is, and what is in it",
        "examples:\n  chattui config init           write a commented file\n"
        "  chattui config edit           open it in $EDITOR\n"
        "  chattui config show --origin  what holds, and where it was said\n",
    )
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True, title="what", parser_class=Parser)
    for name, help_ in (
        ("path", "print where the file is, whether it exists or not"),
        ("init", "write a commented file; an existing one is left alone"),
        ("show", "print what holds, without secrets"),
        ("edit", "open the file in $VISUAL or $EDITOR, then check it"),
    ):
        child = _command(what, name, help_, f"example:\n  chattui config {name}\n")
        _places(child, argparse.SUPPRESS)
        if name == "show":
            child.add_argument("--origin", action="store_true", help="also say where each value comes from")
    return parser


def _preset(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "preset",
        "the shipped endpoints, to be copied",
        "examples:\n  chattui preset list\n  chattui preset show snackprompt\n",
    )
    what = parser.add_subparsers(dest="what", metavar="WHAT", required=True, title="what", parser_class=Parser)
    shown = {
        "list": ("print the name, the system and the address of each", ""),
        "show": ("print one as the TOML that it is", " chatiq"),
    }
    for name, (help_, example) in shown.items():
        child = _command(what, name, help_, f"example:\n  chattui preset {name}{example}\n")
        _places(child, argparse.SUPPRESS)
        if name == "show":
            child.add_argument("name", metavar="NAME", help="the name of a preset")
    return parser


def _login(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "login",
        "sign in where the key is the cookie of a session",
        "examples:\n  chattui login hardwire        asks for e-mail and password\n\n"
        "The cookie goes into the file that the endpoint's api_key = { file = … } names; nobody else may read it.",
    )
    parser.add_argument("name", metavar="NAME", help="the name of an endpoint")
    return parser


def _pull(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "pull",
        "fetch the conversations that a server keeps",
        "Chats that were held elsewhere become conversations here; those known already get what they lack. Where a\n"
        "server does not list its chats, the conversations held with it here are brought up to date. The same again\n"
        "changes nothing, and nothing is ever deleted.\n\n"
        "examples:\n  chattui pull hardwire\n"
        "  chattui pull hardwire --json | jq -r '.conversations[].title'\n\n" + EXIT_CODES,
    )
    parser.add_argument("name", metavar="NAME", help="the name of an endpoint")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def _completion(commands: Commands) -> Parser:
    parser = _command(
        commands,
        "completion",
        "print the code for completion in your shell",
        'examples:\n  eval "$(chattui completion bash)"                                    in ~/.bashrc\n'
        '  eval "$(chattui completion zsh)"                                     in ~/.zshrc, after compinit\n'
        "  chattui completion fish > ~/.config/fish/completions/chattui.fish\n",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="your shell")
    return parser
