"""The command lines that take things out of the store and in: export, import, stats."""

from __future__ import annotations

from pathlib import Path

from chattui.commands.arguments.common import Commands, command, count
from chattui.commands.parser import Parser
from chattui.exports import FORMATS
from chattui.stats import MEASURES


def add_export(commands: Commands) -> Parser:
    parser = command(
        commands,
        "export",
        "write conversations as Markdown, JSON, HTML or plain text",
        "Markdown and JSON can be imported again, to the letter. HTML is one page per conversation that needs no\n"
        "network. What is there already is not overwritten: on a terminal you are asked, elsewhere it is left alone\n"
        "and the exit code is 1. Keys that stand in a text, and what looks like one, become ***.\n\n"
        "examples:\n"
        "  chattui export 1                          the newest, as Markdown on standard output\n"
        "  chattui export 1 -o talk.html             the format follows from the name\n"
        "  chattui export 3f9c 77d0 -o talks/        a file each\n"
        "  chattui export --all --format json -o backup/\n",
    )
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="ids, the ends of them (4 characters or more), or numbers in the list"
    )
    parser.add_argument("--all", action="store_true", help="every conversation")
    parser.add_argument("--format", choices=tuple(FORMATS), help="the format (default: from the name, else markdown)")
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--branch", dest="tree", action="store_false", default=None, help="the shown branch alone")
    part.add_argument("--tree", dest="tree", action="store_true", help="every branch (the default of json)")
    parser.add_argument("-o", "--output", metavar="FILE|FOLDER", help="where to (default: standard output)")
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.add_argument("--keep-secrets", action="store_true", help="leave keys in the texts as they are")
    return parser


def add_import(commands: Commands) -> Parser:
    parser = command(
        commands,
        "import",
        "take in conversations from other programs, or from exports",
        "Reads what chattui exports (Markdown, JSON), the data exports of ChatGPT and Claude.ai (the zip, or its\n"
        "conversations.json), the logs.db of llm, the database of elia, and messages as the OpenAI API takes them\n"
        "(JSON or JSONL). What a file is shows in its content. The same file again imports nothing; a newer one adds\n"
        "what is new. What cannot be read is reported with the reason, and the rest is imported. The exit code is 1\n"
        "when something could not be read.\n\n"
        "examples:\n"
        "  chattui import chatgpt-export.zip\n"
        "  chattui import ~/.config/io.datasette.llm/logs.db\n"
        "  chattui import talks/*.md --dry-run       what would happen\n"
        "  chattui import export.zip --json | jq '.files[].skipped'\n",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path, help="files to import")
    parser.add_argument("--dry-run", action="store_true", help="only tell what would be imported")
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    return parser


def add_stats(commands: Commands) -> Parser:
    parser = command(
        commands,
        "stats",
        "how fast, reliable and dear every endpoint and model was",
        "Counts every reply in the store, also those of other branches. p50: half of the replies were as fast or\n"
        "faster (95 of 100 for p95). Tokens and cost are what servers have told. What was imported does not count.\n\n"
        "examples:\n  chattui stats\n  chattui stats --days 7 --plot speed\n"
        "  chattui stats --json | jq '.groups[] | {endpoint, first_p95}'\n",
    )
    parser.add_argument("--days", metavar="N", type=count, help="only the last N days, today included (default: all)")
    parser.add_argument(
        "--plot", choices=tuple(MEASURES), default="first", help="what the curves show (default: first)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object, with the figures of every day")
    return parser
