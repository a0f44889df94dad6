"""The lines of the inspector around its frames: the request, the measures, the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment

from chattui.tui import exposed
from chattui.tui.bars import Bar, crop

if TYPE_CHECKING:
    from chattui.tui.inspector import Inspector


class _Line(Bar):
    """A line that knows the inspector."""

    def __init__(self, inspector: Inspector) -> None:
        super().__init__()
        self.inspector = inspector


class Head(_Line):
    """The request, and how it was answered."""

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        inspector = self.inspector
        strong, dim, warning = (self.part(f"bar--{name}") for name in ("strong", "dim", "warning"))
        take = inspector.take
        if take is None:
            return [Segment(" Nothing was sent yet.", dim)], []
        signs = sum(one.severity == "warning" for one in inspector.findings) + len(inspector.suspicions)
        right = [Segment(f"  ⚠ {signs} " if signs else " ", warning)]
        if len(takes := inspector.tape.takes) > 1:
            right.insert(0, Segment(f"  ‹{takes.index(take) + 1}/{len(takes)}›", dim))
        measures = exposed.answer(take, len(inspector.pieces.found), width=width)
        room = width - len(measures) - 4 - sum(segment.cell_length for segment in right)
        return [Segment(f" {exposed.asked(take, max(8, room))}", strong), Segment(f"   {measures}", dim)], right


class Foot(_Line):
    """Gaps as a sparkline, the length of the text, and the first thing that is wrong."""

    _drawn: tuple[object, int, int] = (None, 0, 0)
    _spark = ("", 0.0)

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        inspector = self.inspector
        dim, key, warning = (self.part(f"bar--{name}") for name in ("dim", "key", "warning"))
        wide = max(8, min(48, width // 5))
        found = inspector.pieces.found
        if self._drawn[0] is not found or self._drawn[1:] != (len(found), wide):  # not for every key
            self._drawn = (found, len(found), wide)
            self._spark = exposed.sparkline(found, wide)
        line, largest = self._spark
        so_far, total = inspector.measures.at(inspector.frames.number), inspector.measures.total
        counted = f"{so_far:,} of {total:,}" if so_far < total else f"{total:,}"
        few = f"{inspector.matching:,} of {len(inspector.pieces.found):,} frames  " if inspector.wanted else ""
        measures = f" max {largest:,.0f} ms  {few}text {counted}"
        first = exposed.first(inspector.findings, inspector.suspicions)
        room = max(0, width - len(line) - len(measures) - 8)
        style = warning if first.startswith("⚠") else dim
        right = [Segment(crop(f"{first} ", room), style)] if first and room > 12 else []
        return [Segment(" gaps ", dim), Segment(line, key), Segment(measures, dim)], right


class KeyLine(_Line):
    """The keys that work here, as far as there is room."""

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        dim, key = self.part("bar--dim"), self.part("bar--key")
        said = [("esc", "close"), ("⏎", "frame"), ("h", "head"), ("l", "findings"), ("f", "filter"), ("y", "copy"),
                ("u", "curl"), ("t", "rule"), ("p", "python"), ("s", "save"), ("r", "record")]  # fmt: skip
        if len(self.inspector.tape.takes) > 1:
            said.insert(1, ("← →", "exchange"))
        parts: list[Segment] = []
        room = width - 1
        for name, word in said:
            room -= len(name) + len(word) + 3
            if room < 0:
                break
            parts += [Segment(f" {name}", key), Segment(f" {word} ", dim)]
        return parts, []
