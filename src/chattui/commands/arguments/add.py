"""The command line of `add`."""

from __future__ import annotations

from chattui.commands.arguments.common import EXIT_CODES, Commands, command
from chattui.commands.parser import Parser


def add_add(commands: Commands) -> Parser:
    """Add the parser of `add`."""
    parser = command(
        commands,
        "add",
        "make an endpoint of an address, a curl command or a sample answer",
        "Finds the preset or wire format of a request. A stranger is asked once with the request as it is, or a\n"
        "recorded answer is read; then the text of the reply, its end and its ids are guessed, and shown, as rules.\n"
        "Nothing is written before you say yes. A key goes to a file of its own that only you may read.\n\n"
        "examples:\n"
        "  chattui add https://openrouter.ai\n"
        "  chattui add lab http://localhost:8000\n"
        '  chattui add lab --from-curl \'curl https://llm.example/chat -d {"q":"hi"}\'\n'
        "  pbpaste | chattui add lab --from-curl -\n"
        "  chattui add lab --from-curl - --sample answer.sse < request.sh\n\n" + EXIT_CODES,
    )
    parser.add_argument("words", nargs="*", metavar="[NAME] [ADDRESS]", help="what to call it, and where it is")
    parser.add_argument("--from-curl", metavar="COMMAND", dest="curl", help="a curl command line; - reads it")
    parser.add_argument("--sample", metavar="FILE", help="the body of an answer, as curl -N prints it; - reads it")
    parser.add_argument("-y", "--yes", action="store_true", help="ask the server and write without asking")
    parser.add_argument("--dry-run", action="store_true", help="print the TOML and write nothing")
    return parser
