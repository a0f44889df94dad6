"""The line above the list in which one types a part of a title."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from chattui.document import Row
from chattui.fold import fold
from chattui.fuzzy import Fuzzy
from chattui.tags import fit
from chattui.tui.dialogs import Line
from chattui.tui.listing import ConversationList


def fitting(rows: Iterable[Row], typed: str) -> list[Row]:
    """The rows whose titles fit, the best first; of two that fit as well, the one that stands first. With `tag:work`:
    only those with such a tag.
    """
    said = typed.split()
    tags = [fold(word[4:].lstrip("#")) for word in said if word.lower().startswith("tag:")]
    rows = [row for row in rows if fit(tags, row.tags)]
    title = " ".join(word for word in said if not word.lower().startswith("tag:"))
    if not title:
        return rows
    fuzzy = Fuzzy(title)
    scored = [(fuzzy.score(row.title), row) for row in rows]
    return [row for score, row in sorted(scored, key=lambda one: -one[0]) if score > 0]


class FilterLine(Horizontal):
    """Each letter narrows the list; enter opens what is under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move('prev')", show=False, priority=True),
        Binding("down", "move('next')", show=False, priority=True),
    ]

    def __init__(self, conversations: ConversationList) -> None:
        super().__init__(id="filter")
        self._rows = conversations
        self._line = Line(placeholder="filter titles, tag:", compact=True)

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False)
        yield self._line

    def begin(self) -> None:
        """Type here."""
        self.display = True
        self._line.value = self._rows.filter
        self._line.focus()

    @property
    def typing(self) -> bool:
        """Whether one types here now."""
        return self._line.has_focus

    def on_input_changed(self, changed: Input.Changed) -> None:
        changed.stop()
        self._rows.narrow(changed.value)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        submitted.stop()
        self._rows.action_open()

    def action_move(self, how: str) -> None:
        getattr(self._rows, f"action_{how}")()
