"""The command lines about endpoints and what is configured: endpoints, check, preset, login, config, completion."""

from __future__ import annotations

import argparse

from chattui.commands.arguments.common import EXIT_CODES, Commands, command, count, places
from chattui.commands.parser import Parser


def add_endpoints(commands: Commands) -> Parser:
    parser = command(
        commands,
        "endpoints",
        "list the endpoints, and what is wrong with them",
        "The default has a * in front. No key is printed, no key command is run and nothing is sent.\n\n"
        "examples:\n  chattui endpoints\n  chattui endpoints --json | jq -r '.[] | select(.usable) | .name'\n",
    )
    parser.add_argument("--json", action="store_true", help="one JSON array")
    return parser


def add_check(commands: Commands) -> Parser:
    """Add the parser of `check`."""
    parser = command(
        commands,
        "check",
        "find out whether an endpoint works, step by step",
        "Asks the endpoint for one word and tells of each step how long it took, how it went and what to do: config,\n"
        "key, DNS, TCP, TLS, status, content type, first byte, first event, first text, end marker. Then it asks for\n"
        "something long, as browsers ask (compression allowed), listens for up to 2 s and stops it. What is wrong\n"
        "with the stream, or holds it back, is told below, with the cure. Nothing is saved.\n\n"
        "examples:\n  chattui check\n  chattui check ollama\n  chattui check lab --json\n"
        "  chattui check lab --runs 20       p50 and p95 of time to first text, rate and largest gap\n\n" + EXIT_CODES,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the endpoint (default: the one that ask would use)")
    parser.add_argument("--runs", metavar="N", type=runs, default=1, help="ask so many times, up to 1000, and measure")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser


def runs(word: str) -> int:
    """A number from 1 to 1000."""
    number = count(word)
    if not 1 <= number <= 1000:
        raise argparse.ArgumentTypeError("it is a number from 1 to 1000")
    return number


def add_preset(commands: Commands) -> Parser:
    parser = command(
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
        child = command(what, name, help_, f"example:\n  chattui preset {name}{example}\n")
        places(child, argparse.SUPPRESS)
        if name == "show":
            child.add_argument("name", metavar="NAME", help="the name of a preset")
    return parser


def add_login(commands: Commands) -> Parser:
    parser = command(
        commands,
        "login",
        "sign in where the key is the cookie of a session",
        "examples:\n  chattui login hardwire        asks for e-mail and password\n\n"
        "The cookie goes into the file that the endpoint's api_key = { file = … } names; nobody else may read it.",
    )
    parser.add_argument("name", metavar="NAME", help="the name of an endpoint")
    return parser


def add_config(commands: Commands) -> Parser:
    parser = command(
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
        child = command(what, name, help_, f"example:\n  chattui config {name}\n")
        places(child, argparse.SUPPRESS)
        if name == "show":
            child.add_argument("--origin", action="store_true", help="also say where each value comes from")
    return parser


def add_completion(commands: Commands) -> Parser:
    parser = command(
        commands,
        "completion",
        "print the code for completion in your shell",
        'examples:\n  eval "$(chattui completion bash)"                                    in ~/.bashrc\n'
        '  eval "$(chattui completion zsh)"                                     in ~/.zshrc, after compinit\n'
        "  chattui completion fish > ~/.config/fish/completions/chattui.fish\n",
    )
    parser.add_argument("shell", choices=("bash", "zsh", "fish"), help="your shell")
    return parser
