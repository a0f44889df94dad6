"""The command line of `chattui trash`."""

from __future__ import annotations

from chattui.commands.arguments.common import Commands, command
from chattui.commands.parser import Parser

DOES = ("list", "restore", "delete", "empty")


def add_trash(commands: Commands) -> Parser:
    parser = command(
        commands,
        "trash",
        "bring deleted conversations back, or delete them for good",
        "Deleted conversations stay in the trash for 30 days. list shows them, the one deleted last first; restore\n"
        "brings back, delete deletes for good, empty does so with all of them.\n\n"
        "examples:\n  chattui trash\n  chattui trash restore 1        the one that was deleted last\n"
        "  chattui trash delete 3f9c 71b2\n  chattui trash empty --yes      without a question, for scripts\n"
        "  chattui trash --json | jq -r '.[].title'\n\n"
        "exit codes:\n  0  done\n  1  the system refused, or you said no\n"
        "  2  the command line is wrong, there is no such conversation, or nobody who can be asked\n",
    )
    parser.add_argument(
        "does", metavar="|".join(DOES), choices=DOES, nargs="?", default="list", help="what to do (default: list)"
    )
    parser.add_argument(
        "ids", metavar="ID", nargs="*", default=[],
        help="its id, the end of it (4 characters or more), or its number in the list",
    )  # fmt: skip
    parser.add_argument("--yes", action="store_true", help="delete without a question")
    parser.add_argument("--json", action="store_true", help="one JSON array of what is there")
    return parser
