"""How the list of conversations is put in order and cut into sections, and what it says of one. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chattui import safe
from chattui.document import Row
from chattui.fold import fold

WORDS = {"asks": "asks you something", "incomplete": "incomplete", "failed": "failed", "stopped": "stopped"}
"""What the second line says of a state; the others need no word."""
LINES = 2
"""Of each conversation."""
ORDERS: Mapping[str, str] = {
    "updated": "",
    "created": "by creation",
    "title": "by title",
    "endpoint": "by endpoint",
}
"""The ways to sort, and what the heading says of them. The first one needs no word."""

Key = tuple[bool, str, float]


def order(name: str) -> Callable[[Row], Key]:
    """The sort key of one of ORDERS: pinned ones first, of two that are equal the one that changed last."""
    match name:
        case "created":
            return lambda row: (not row.pinned, "", -row.created)
        case "title":
            return lambda row: (not row.pinned, fold(row.title), -row.updated)
        case "endpoint":
            return lambda row: (not row.pinned, fold(row.endpoint), -row.updated)
        case _:
            return lambda row: (not row.pinned, "", -row.updated)


def words(row: Row, *, busy: bool, temporary: bool = False) -> str:
    """The second line of a conversation: where it lives, what wants attention, and its tags."""
    if row.damaged:
        _, _, why = row.damaged.rpartition(" is damaged: ")
        return safe.line(why, 80).partition(". ")[0].rstrip(".")
    state = "streaming" if busy else "interrupted" if row.state == "streaming" else WORDS.get(row.state, "")
    tags = " ".join(f"#{safe.line(tag)}" for tag in row.tags)
    kept = "temporary" if temporary else ""
    return " · ".join(part for part in (kept, safe.line(row.endpoint, 40), state, tags) if part)


@dataclass(frozen=True, slots=True)
class Sections:
    """Where rows and headings stand: `pinned` of `count` rows come first, and then stand under a line that says so."""

    count: int
    pinned: int = 0

    @property
    def height(self) -> int:
        """Lines of all of it."""
        return self.top(self.count - 1) + LINES if self.count else 0

    def top(self, at: int) -> int:
        """The first line of a row."""
        return at * LINES + (self.pinned > 0) + (0 < self.pinned <= at)

    def at(self, line: int) -> tuple[int, int]:
        """The row of a line, and which of its lines that is; (-1, 0) is the heading of the pinned ones, (-1, 1) the
        line below them. A row of `count` or more is none.
        """
        if not self.pinned:
            return divmod(line, LINES)
        if line == 0:
            return -1, 0
        below = 1 + self.pinned * LINES
        if line == below and self.pinned < self.count:
            return -1, 1
        return divmod(line - 1 - (line > below), LINES)
