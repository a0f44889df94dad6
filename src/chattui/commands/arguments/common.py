"""Options and words that several commands share."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from chattui.commands.parser import Parser, shown

EXIT_CODES = """exit codes:
  0    complete
  1    failed: the server refused, was not reached, or reported an error
  2    the command line, the configuration or a key is wrong; nothing was sent
  3    incomplete: the reply was cut short or timed out, or nobody reads the output any more; what arrived is kept
  130  interrupted (SIGINT, SIGTERM, SIGHUP); what arrived is kept
"""

Commands = Any  # argparse's action for subparsers, which has no public name


def command(commands: Commands, name: str, help_: str, examples: str) -> Parser:
    parser: Parser = commands.add_parser(name, help=help_, description=sentence(help_), epilog=examples)
    return parser


def sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def places(parser: Parser, default: str | None) -> None:
    """Where things are; the same before and after the command."""
    group = parser.add_argument_group("where things are")
    group.add_argument("--profile", metavar="NAME", default=default, help="a separate user: own config, own history")
    group.add_argument("--config", metavar="FILE", type=Path, default=default, help="another configuration file")


def endpoint(parser: Parser, default: str | None) -> None:
    parser.add_argument("-e", "--endpoint", metavar="ENDPOINT", default=default, help="the endpoint to talk to")


def which(parser: Parser, default: str | None, *, no_save: bool = False) -> None:
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


def count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"‘{shown(word)}’ is not a number")
    return int(word)
