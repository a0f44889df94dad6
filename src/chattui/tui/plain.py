"""Text as it was written, line by line, where Markdown is not wanted: what `Parser` is, without any structure."""

from __future__ import annotations

from chattui.tui import blocks
from chattui.tui.blocks import Leaf

LINES = 40
"""Lines of one leaf."""


class Plain:
    """Feed it complete lines; `leaves` grows. A very long line is cut into several leaves."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.references: dict[str, dict[str, str]] = {}
        self._begun = False

    @property
    def tail(self) -> int:
        """The index of the first leaf that may still change."""
        return max(0, len(self.leaves) - 1)

    def line(self, text: str) -> None:
        """One more complete line, or what is left of one."""
        self._add(self.pieces(text))
        self._begun = False

    def pieces(self, text: str) -> str:
        """The beginning of a line, if it is too long to be read at once. Returns what is left of it."""
        while size := blocks.piece(text):
            self._add(text[:size])
            text, self._begun = text[size:], True
        return text

    def end(self) -> None:
        """No more lines will come."""

    def peek(self, text: str) -> list[Leaf]:
        """The leaves from the tail on, as they would be after this line. Nothing changes."""
        last = self.leaves[self.tail :]
        kept, begun = self.leaves, self._begun
        self.leaves = [blocks.copy(leaf) for leaf in last]
        self.line(text)
        found, self.leaves, self._begun = self.leaves, kept, begun
        return found

    def _add(self, text: str) -> None:
        last = self.leaves[-1] if self.leaves else None
        if self._begun and last is not None:
            last.glue = True
        if last is None or self._begun or last.glue or len(last.lines) >= LINES:
            last = Leaf("raw", (), 0, -1, [])
            self.leaves.append(last)
        last.lines.append(text)
