"""Help: every key that works, by the place where it works, in the words of the keymap."""

from __future__ import annotations

from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Static

from chattui.actions import ACTIONS, Scope
from chattui.tui.dialogs import Dialog
from chattui.tui.keys import FIXED, Keys, spoken

PLACES: tuple[tuple[Scope, str, str], ...] = (
    ("prompt", "In the prompt", "prompt"),
    ("messages", "In the messages", "transcript"),
    ("list", "In the list", "conversations"),
    ("anywhere", "Anywhere", ""),
)
"""Scope, its heading, and the id of its pane."""
KEYS_WIDE = 30


def sections(keys: Keys, focused: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """(heading, (keys, words) …) of every place, that of the focused pane first."""
    places = sorted(PLACES, key=lambda place: place[2] != focused)
    return [(heading, _rows(scope, keys)) for scope, heading, _ in places]


def _rows(scope: Scope, keys: Keys) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for action in ACTIONS:
        if action.scope != scope:
            continue
        said = ", ".join(map(spoken, keys.get(action.id, ())))
        if (said and action.id not in _run_on(keys)) or not said:
            found.append((said or "–", action.words))
    for first, last, words in _runs(scope, keys):
        found.append((f"{first} … {last}", words))
    return [*found, *FIXED.get(scope, ())]


def _runs(scope: Scope, keys: Keys) -> list[tuple[str, str, str]]:
    """Nine actions with a number each are one line, as long as they have their nine keys."""
    runs = (
        ("conversation.", "anywhere", "Open the 1st … 9th conversation"),
        ("message.code_", "messages", "Pick answer 1 … 9 that is offered; else copy that code block"),
    )
    return [
        (spoken(keys[f"{stem}1"][0]), spoken(keys[f"{stem}9"][0]), words)
        for stem, where, words in runs
        if where == scope and all(keys.get(f"{stem}{number}") for number in range(1, 10))
    ]


def _run_on(keys: Keys) -> set[str]:
    """The ids that are told in a run."""
    return {
        f"{stem}{number}"
        for stem in ("conversation.", "message.code_")
        if all(keys.get(f"{stem}{each}") for each in range(1, 10))
        for number in range(1, 10)
    }


def _table(rows: list[tuple[str, str]]) -> Table:
    """Keys and words in two columns; long words wrap inside theirs."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=KEYS_WIDE)
    table.add_column(ratio=1)
    for said, words in rows:
        table.add_row(Text(f"  {said}", "bold"), Text(words))
    return table


class Help(Dialog[None]):
    """The table of keys; what works in the focused pane stands first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,q", "close", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
    ]
    title_text = "Keys"
    keys_text = "↑ ↓ scroll   esc close   – has no key: it is in the palette"

    def __init__(self, keys: Keys, focused: str) -> None:
        super().__init__()
        self.keys = keys
        self._focused = focused

    def body(self) -> ComposeResult:
        """One table, with room for the longest keys."""
        with VerticalScroll(id="help"):
            for heading, rows in sections(self.keys, self._focused):
                yield Static(heading, classes="help--heading", markup=False)
                yield Static(_table(rows))

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one("#help").scroll_relative(y=by, animate=False)
