"""The rows of one message, of which most are laid out when they come into view: units, where they start, what they say.

Parts: 0 role line, 1 reasoning, 2 tools, 3 text, 4 all that follows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from rich.segment import Segment

from chattui.chat import Message
from chattui.tui.look import Look
from chattui.tui.render import Document
from chattui.tui.rows import Line

CURSOR = "▋"


class Units:
    """A unit is a block of the text or of the reasoning, or one of the parts that have a few rows: (part, index)."""

    def __init__(self, message: Message, look: Look) -> None:
        self.message, self.look = message, look
        self.text: Document | None = None  # None: nobody has looked yet
        self.reasoning: Document | None = None
        self.fixed: dict[int, list[Line]] = {}
        self.starts: list[int] = [0]
        self.units: list[tuple[int, int]] = []

    @property
    def height(self) -> int:
        """Rows, with the blank one at the end."""
        raise NotImplementedError

    def open(self) -> Document:
        """The text as a document, read now if it has not been."""
        raise NotImplementedError

    def _unit_height(self, unit: tuple[int, int]) -> int:
        match unit:
            case (1, at):
                return self.reasoning.height(at) if self.reasoning else 0
            case (3, at):
                return self.text.height(at) if self.text else 0
            case (part, _):
                return len(self.fixed[part])

    def _rows(self, part: int, index: int) -> list[Line]:
        document = {1: self.reasoning, 3: self.text}.get(part)
        return self.fixed[part] if document is None else document.rows(index)

    def settle(self, top: int, bottom: int, pin: int) -> tuple[int, bool]:
        """Lays out what lies between two rows. Returns how far rows above `pin` moved it, and whether any changed."""
        before = self.height
        seen = self.text is not None
        text = self.open()
        if not seen and (change := self.starts[-1] - before):
            return (change if pin > 0 else 0), True
        moved, changed = 0, False
        at = max(0, bisect_right(self.starts, max(0, top)) - 1)
        first = at
        while at < len(self.units) and self.starts[at] < bottom:
            part, index = self.units[at]
            document = text if part == 3 else self.reasoning if part == 1 else None
            if document is not None and not document.blocks[index].exact:
                guess = document.height(index)
                change = len(document.rows(index)) - guess
                if change:
                    changed = True
                    if self.starts[at] < pin:
                        moved += change
            at += 1
        if changed:
            del self.starts[first + 1 :]
            for unit in self.units[first:]:
                self.starts.append(self.starts[-1] + self._unit_height(unit))
        return moved, changed

    def lines(self, first: int, end: int) -> Iterator[tuple[Line, int]]:
        """Rows of the message, each with the number that tells it from all its others, also while these change."""
        self.open()
        at = max(0, min(bisect_right(self.starts, first) - 1, len(self.units) - 1))
        while first < end and at < len(self.units):  # an unread message may turn out to be shorter than was guessed
            part, index = self.units[at]
            rows = self._rows(part, index)
            last = len(rows) - 1 if self.message.state == "streaming" and at == len(self.units) - 2 else -1
            for offset in range(first - self.starts[at], min(end, self.starts[at + 1]) - self.starts[at]):
                line = rows[offset] if offset < len(rows) else Line([])
                if part == 1:
                    line = line._replace(segments=[Segment("  "), *line.segments], lead=line.lead + 2)
                if offset == last and part >= 2:
                    line = line._replace(segments=[*line.segments, Segment(CURSOR, self.look.palette.accent)])
                yield line, (part << 40) | (index << 16) | min(offset, 0xFFFF)
            at += 1
            first = self.starts[at]

    def line(self, row: int) -> tuple[Line, int]:
        """One of the rows."""
        return next(self.lines(row, row + 1), (Line([]), 0))

    def row_of(self, number: int) -> int:
        """The row that has this number now; the nearest one if it has gone."""
        self.open()
        part, index, offset = number >> 40, (number >> 16) & 0xFFFFFF, number & 0xFFFF
        at = bisect_right(self.units, (part, index)) - 1
        if at < 0:
            return 0
        return min(self.starts[at] + offset, max(self.starts[at], self.starts[at + 1] - 1))
