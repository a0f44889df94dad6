"""The reference part of docs/commands.md, written from the parser: what --help says, for every command.

`python -m chattui.commands.docs FOLDER` brings the file of a docs folder up to date.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from chattui.commands.arguments import build
from chattui.commands.arguments.common import EXIT_CODES
from chattui.config.docs import brought_up_to_date


def reference() -> str:
    """Every command, its options and its examples, as Markdown."""
    return "\n".join(_command(build(), "chattui", ""))


def _command(parser: argparse.ArgumentParser, name: str, words: str) -> Iterator[str]:
    yield from (f"### `{name}`", "", f"{words or parser.description}", "")
    nested: list[tuple[argparse.ArgumentParser, str, str]] = []
    rows: list[str] = []
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            about = {choice.dest: _sentence(choice.help or "") for choice in action._choices_actions}  # noqa: SLF001
            nested = [
                (child, f"{name} {child_name}", about[child_name]) for child_name, child in action.choices.items()
            ]
        elif action.dest != "help" and not (words and action.dest in {"profile", "config"}):
            rows.append(f"| {_written(action)} | {(action.help or '').replace('|', '&#124;')} |")
    if rows:
        yield from ("| | |", "| --- | --- |", *rows, "")
    if epilog := (parser.epilog or "").replace(EXIT_CODES, "").strip():
        about_it, _, examples = epilog.partition("example")
        if about_it:
            yield from (about_it.strip(), "")
        yield from ("```", f"example{examples}", "```", "")
    for child in nested:
        yield from _command(*child)


def _written(action: argparse.Action) -> str:
    """An option or an argument as it is typed."""
    value = str(action.metavar or "{" + ",".join(map(str, action.choices or ())) + "}") if action.nargs != 0 else ""
    if not action.option_strings:
        return f"`{value}`" + {"?": " (may be left out)", "*": " …"}.get(str(action.nargs), "")
    return ", ".join(f"`{option} {value}`".replace(" `", "`") for option in action.option_strings)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def write(folder: Path) -> None:
    """Bring commands.md of this folder up to date."""
    path = folder / "commands.md"
    path.write_text(brought_up_to_date(path.read_text(encoding="utf-8"), reference()), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
