"""The command lines about streams as they really were: replay."""

from __future__ import annotations

import argparse
from pathlib import Path

from chattui.commands.arguments.common import EXIT_CODES, Commands, command, endpoint
from chattui.commands.parser import Parser, shown


def add_replay(commands: Commands) -> Parser:
    parser = command(
        commands,
        "replay",
        "play a recorded reply again",
        'A tape is the recording of a reply: record = "wire" at an endpoint keeps them, s in the inspector saves one.\n'
        "It goes once more through everything that a reply goes through: on the screen, or to standard output where\n"
        "that is no terminal. Nothing is sent and nothing is saved. The format: docs/tape-format.md.\n\n"
        "examples:\n"
        "  chattui replay reply.tape.jsonl               on the screen, as it came; F12 inspects, F5 plays it again\n"
        "  chattui replay reply.tape.jsonl --instant --print\n"
        "  chattui replay reply.tape.jsonl -e lab        read by the rules of another endpoint\n"
        "  chattui replay reply.tape.jsonl --lint        what is wrong with the stream\n"
        "  chattui replay reply.tape.jsonl --har > reply.har\n\n" + EXIT_CODES,
    )
    parser.add_argument("file", metavar="FILE", type=Path, help="the tape")
    endpoint(parser, argparse.SUPPRESS)
    pace = parser.add_mutually_exclusive_group()
    pace.add_argument("--speed", metavar="N", type=_speed, default=1.0, help="so many times as fast (default: 1)")
    pace.add_argument("--instant", action="store_true", help="wait for nothing")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--print", action="store_true", help="print the reply, on a terminal too")
    shape.add_argument("--events", action="store_true", help="one JSON object per event, with its time in ms")
    shape.add_argument("--json", action="store_true", help="one JSON object when the reply has ended")
    shape.add_argument("--show-reasoning", action="store_true", help="print the reasoning to standard error")
    shape.add_argument("--lint", action="store_true", help="what is wrong with the stream; exit code 1 for a warning")
    shape.add_argument("--har", action="store_true", help="print it as HAR 1.2")
    return parser


def _speed(word: str) -> float:
    try:
        speed = float(word)
    except ValueError:
        speed = 0.0
    if not 0.01 <= speed <= 1000:
        raise argparse.ArgumentTypeError(f"‘{shown(word)}’ is no speed: 2 is twice as fast, 0.5 half")
    return speed
