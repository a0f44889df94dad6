"""The command line of `chattui store`."""

from __future__ import annotations

from chattui.commands.arguments.common import Commands, command
from chattui.commands.parser import Parser


def add_store(commands: Commands) -> Parser:
    parser = command(
        commands,
        "store",
        "check or repair the conversations on the disk, or say where they are",
        "check reads every file and names what is wrong, and why; it changes nothing. repair puts in order what can\n"
        "be: it destroys nothing, and keeps damaged files in the folder damaged/. path prints the folder.\n\n"
        "examples:\n  chattui store check\n  chattui store check --json | jq -r '.findings[].text'\n"
        '  chattui store repair\n  ls "$(chattui store path)"\n\n'
        "exit codes:\n  0  nothing is wrong, or everything was repaired\n  1  something is wrong, or is left\n",
    )
    parser.add_argument("does", metavar="check|repair|path", choices=("check", "repair", "path"), help="what to do")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    return parser
