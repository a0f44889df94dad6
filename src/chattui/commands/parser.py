"""argparse as chattui uses it: mistakes in one sentence with the nearest choice, help as it is written."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn


class Parser(argparse.ArgumentParser):
    """argparse, whose mistakes are one sentence on standard error and exit code 2."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"formatter_class": Layout, "allow_abbrev": False, **kwargs})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nTry: {self.prog} --help\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """As argparse, but with the nearest choice, and for a prompt without a command with the command it needs."""
        if action.choices is None or value in action.choices:
            return
        import difflib

        choices: Iterable[str] = action.choices
        near = difflib.get_close_matches(str(value), choices, 1)
        hint = f"did you mean ‘{near[0]}’?" if near else "choose one of: " + ", ".join(choices)
        if action.dest == "command" and not near:
            hint += f". To ask a question: {self.prog} ask …"
        what = "command" if action.dest in {"command", "what"} else "value"
        raise argparse.ArgumentError(None, f"there is no {what} ‘{shown(value)}’; {hint}")


def shown(value: object) -> str:
    """What was typed, harmless and short."""
    from chattui import safe

    return safe.line(str(value), 60)


class Layout(argparse.RawDescriptionHelpFormatter):
    """Help as it is written here, at most 100 cells wide."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=30, width=min(100, _columns()))


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size((100, 24)).columns - 2
