"""The command line of `mock`."""

from __future__ import annotations

from chattui.commands.arguments.common import Commands, command
from chattui.commands.parser import Parser


def add_mock(commands: Commands) -> Parser:
    """Add the parser of `mock`."""
    parser = command(
        commands,
        "mock",
        "serve a tape or a built-in answer on this machine, for trying clients",
        "Listens on 127.0.0.1 alone, and prints its address. Every POST gets the answer; the list of models is\n"
        "answered by itself. Keys are not looked at.\n\n"
        "examples:\n"
        "  chattui mock --list\n"
        "  chattui mock --script cut --port 8080        then: chattui add mock http://127.0.0.1:8080\n"
        "  chattui mock --script cumulative --format ollama\n"
        "  chattui mock reply.tape.jsonl --speed 4\n",
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a tape; see docs/tape-format.md")
    parser.add_argument("--script", metavar="NAME", help="a built-in answer (default: fine)")
    parser.add_argument("--list", action="store_true", help="list the built-in answers")
    parser.add_argument(
        "--format", metavar="FORMAT", default="openai-chat", help="openai-chat, anthropic, ollama or text"
    )
    parser.add_argument("--port", metavar="N", type=int, default=0, help="the port (default: a free one)")
    parser.add_argument("--speed", metavar="X", type=float, default=1.0, help="so many times faster; 0 = no pauses")
    return parser
