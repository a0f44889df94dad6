"""The command line of `test`."""

from __future__ import annotations

from chattui.commands.arguments.common import Commands, command
from chattui.commands.parser import Parser


def add_test(commands: Commands) -> Parser:
    """Add the parser of `test`."""
    parser = command(
        commands,
        "test",
        "run a suite of questions and tapes, and judge the replies",
        "For the CI of a back-end: what replies must say, which events must come in which order, how fast, and\n"
        "whether the stream is sound. The suite is TOML: see docs/testing-endpoints.md. Nothing is saved.\n\n"
        "examples:\n"
        "  chattui test suite.toml\n"
        "  chattui test suite.toml --only hello\n"
        "  chattui test suite.toml --junit report.xml --json > report.json\n\n"
        "exit codes:\n"
        "  0    every case passed\n"
        "  1    a case failed\n"
        "  2    the suite, the command line or the configuration is wrong; nothing was sent\n"
        "  130  interrupted\n",
    )
    parser.add_argument("file", metavar="FILE", help="the suite")
    parser.add_argument("--only", metavar="WORDS", default="", help="only the cases with these words in their names")
    parser.add_argument("--junit", metavar="FILE", help="write JUnit's XML there")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser
