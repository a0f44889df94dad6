"""Words in rows of the message pane: where they stand as a person sees them, and how they are marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.style import Style

from chattui.fold import fold, holds, spans
from chattui.tui.look import GUTTER
from chattui.tui.palette import Palette
from chattui.tui.rows import Line

_MARKUP = str.maketrans("", "", "*_`~#>|\\[]")
"""Characters that a text may have and its picture may not."""
Mark = tuple[int, int, Style]
"""Characters of a row, from and to, and how they look."""


class Finder:
    """Finds folded words in rows as they are seen, also where a row was wrapped in the middle of them."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.current: Mapping[int, tuple[int, int]] = {}
        """Where the find stands that was gone to: the number of each row, and the characters in it."""

    def said(self, text: str) -> bool:
        """Whether a message of this text says all of them."""
        folded = fold(text)
        return all(holds(folded, word) or holds(folded.translate(_MARKUP), word) for word in self.words)

    def finds(self, lines: Sequence[Line]) -> list[list[tuple[int, int, int]]]:
        """Every find in these rows: for each of its rows (index, start, end)."""
        found = []
        for first, last in _runs(lines):
            text, ends = "", []
            for line in lines[first : last + 1]:
                text += "".join(segment.text for segment in line.segments)[line.lead :]
                ends.append(len(text))
                text += line.join if line.join != "\n" else ""
            for start, end in spans(text, self.words):
                parts = []
                begin = 0
                for index, stop in enumerate(ends, first):
                    if start < stop and end > begin:
                        lead = lines[index].lead
                        parts.append((index, lead + max(start - begin, 0), lead + min(end, stop) - begin))
                    begin = stop + (len(lines[index].join) if lines[index].join != "\n" else 0)
                if parts:
                    found.append(parts)
        return found

    def marks(self, lines: Sequence[Line], numbers: Sequence[int], palette: Palette) -> dict[int, list[Mark]]:
        """By the index of a row, what stands out in it; the gutter is counted."""
        plain = palette.warning + Style(bold=True, underline=True)
        now = palette.warning + Style(bold=True, reverse=True)
        found: dict[int, list[Mark]] = {}
        for parts in self.finds(lines):
            for index, start, end in parts:
                here = self.current.get(numbers[index]) == (start, end)
                found.setdefault(index, []).append((start + GUTTER, end + GUTTER, now if here else plain))
        return found


def _runs(lines: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """First and last of the rows that were one line; rows that are only drawn are left out."""
    first = 0
    for at, line in enumerate(lines):
        if line.text is None:
            first = at + 1
        elif line.join == "\n" or at == len(lines) - 1:
            yield first, at
            first = at + 1
