"""The command line of search."""

from __future__ import annotations

from chattui.commands.arguments.common import Commands, command, count
from chattui.commands.parser import Parser


def add_search(commands: Commands) -> Parser:
    parser = command(
        commands,
        "search",
        "find messages in all conversations",
        "Every word must stand in the message, in any place, also inside of other words; capitals and accents do not\n"
        "matter. Words in quotes stand side by side. Filters: endpoint: model: title: (a part of the name), role:you\n"
        "role:assistant, has:code, after: before: (2024-05-31, 2024-05, 2024, today, yesterday, 7d, 12h).\n\n"
        "examples:\n  chattui search proxy cuts\n  chattui search '\"proxy cuts\"' has:code after:30d\n"
        "  chattui search title:release role:you\n"
        "  chattui search --json 模型 | jq -r '.[].conversation' | sort -u\n\n"
        "exit codes: 0 something was found, 1 nothing was found, 2 the query or the command line is wrong\n",
    )
    parser.add_argument("query", nargs="+", metavar="QUERY", help='words, "phrases" and filters')
    parser.add_argument("-n", metavar="N", type=count, help="at most so many, 0 = all (default: 20; with --json all)")
    parser.add_argument("--json", action="store_true", help="one JSON array")
    return parser
