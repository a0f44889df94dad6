"""The command lines about conversations: list, show, pull."""

from __future__ import annotations

from chattui.commands.arguments.common import EXIT_CODES, Commands, command, count
from chattui.commands.parser import Parser


def add_list(commands: Commands) -> Parser:
    parser = command(
        commands,
        "list",
        "list the conversations, newest first",
        "The number and the id in front of a title are what show and -c take: the newest conversation is number 1,\n"
        "whichever are shown. What is archived is shown with --archived or --all.\n\n"
        "examples:\n  chattui list\n  chattui list -n 0          all of them\n"
        "  chattui list --tag work    those with this tag, or one that begins so\n"
        "  chattui list --archived    the archive\n"
        "  chattui list --json | jq -r '.[].title'\n",
    )
    parser.add_argument("-n", metavar="N", type=count, help="at most so many, 0 = all (default: 20; with --json all)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--archived", action="store_true", help="only what is archived")
    which.add_argument("--all", action="store_true", help="also what is archived")
    parser.add_argument("--pinned", action="store_true", help="only what is pinned")
    parser.add_argument(
        "--tag", metavar="TAG", action="append", default=[], help="only with this tag; again: with each of them"
    )
    parser.add_argument("--json", action="store_true", help="one JSON array")
    return parser


def add_show(commands: Commands) -> Parser:
    parser = command(
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


def add_pull(commands: Commands) -> Parser:
    parser = command(
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
