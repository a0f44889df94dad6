"""Rows of the screen that know what they are copied as, and what stands before them: bars, labels, boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from rich.style import Style

from chattui import safe
from chattui.tui.highlight import highlight
from chattui.tui.palette import Palette
from chattui.tui.wrap import Span, cells, wrap

if TYPE_CHECKING:
    from chattui.tui.blocks import Leaf, Mark


class Line(NamedTuple):
    """One row of the screen and what it is copied as."""

    segments: list[Segment]
    text: str | None = ""
    """The text of the row without bars, blanks at its end and boxes. None: the row is only drawn."""
    lead: int = 0
    """Characters of the row before its own text."""
    skip: int = 0
    """Characters of `text` that belong to that lead: the label of a list item."""
    join: str = "\n"
    """What stands between this row and the next one in the source."""


class Lead:
    """What stands before the rows of a leaf: labels before the first one, bars and blanks before the others."""

    def __init__(self, marks: tuple[Mark, ...], fresh: int, palette: Palette) -> None:
        self.first = [
            Segment(mark.label, palette.faint if mark.quote else palette.bullet)
            if mark.quote or at >= fresh
            else Segment(" " * len(mark.label), palette.text)
            for at, mark in enumerate(marks)
        ]
        self.others = bars(marks, palette)
        self.size = sum(len(mark.label) for mark in marks)
        self.copied = ""
        if any(not mark.quote for mark in marks[fresh:]):
            self.copied = "".join(
                mark.copied if at >= fresh else " " * len(mark.label) for at, mark in enumerate(marks) if not mark.quote
            )

    def begun(self) -> None:
        """The first row has been made."""
        self.first, self.copied = self.others, ""

    def line(
        self, spans: list[Span], *, join: str = "\n", copied: str | None = "", drawn: list[Segment] | None = None
    ) -> Line:
        """A row of the leaf. `copied`: its text where that is not what is shown; `drawn`: more that is not copied."""
        lead, skip = self.first, self.copied
        self.begun()
        own = "".join([text for text, _ in spans]) if copied == "" else copied
        segments = [*lead, *(drawn or ()), *(Segment(text, style) for text, style in spans)]
        size = self.size + sum(len(segment.text) for segment in drawn or ())
        return Line(segments, None if own is None else skip + own.rstrip(), size, len(skip), join)


def bars(marks: tuple[Mark, ...], palette: Palette) -> list[Segment]:
    return [
        Segment(mark.label, palette.faint) if mark.quote else Segment(" " * len(mark.label), palette.text)
        for mark in marks
    ]


def code_rows(leaf: Leaf, lead: Lead, palette: Palette, room: int, prose: int) -> list[Line]:
    found: list[Line] = []
    if not leaf.cont:
        name = safe.line(leaf.info, 30)
        label = wrap([(f" {leaf.number} · {name} " if name else f" {leaf.number} ", palette.dim)], prose - 1)[0].text
        click = Style(meta={"code": leaf.number})
        rule = "─" * max(0, prose - cells(label) - 1)
        parts = [("┌", palette.faint + click), (label, palette.dim + click), (rule, palette.faint + click)]
        found.append(lead.line(parts, copied=None))
    bar, more = [Segment("│ ", palette.faint)], [Segment("┆ ", palette.faint)]
    for spans in highlight(leaf.lines, leaf.info, palette):
        flat = _untabbed(spans)
        rows = _chopped(flat, max(1, room - 2))
        for at, row in enumerate(rows):
            found.append(lead.line(row, join="" if at < len(rows) - 1 else "\n", drawn=more if at else bar))
    return found


def _untabbed(spans: list[Span]) -> list[Span]:
    """Tabs as blanks, to the next multiple of four."""
    if not any("\t" in text for text, _ in spans):
        return spans
    found: list[Span] = []
    column = 0
    for text, style in spans:
        head, *others = text.split("\t")
        out = head
        column += cells(head)
        for other in others:
            blanks = 4 - column % 4
            out += " " * blanks + other
            column += blanks + cells(other)
        found.append((out, style))
    return found


def _chopped(spans: list[Span], width: int) -> list[list[Span]]:
    """A line of code cut at the edge, wherever that is."""
    if sum(len(text) for text, _ in spans) * 2 <= width or sum(cells(text) for text, _ in spans) <= width:
        return [spans]
    hard = [(text.replace(" ", "\u00a0"), style) for text, style in spans]  # blanks of code are not places to wrap
    return [[(text.replace("\u00a0", " "), style) for text, style in row.spans] for row in wrap(hard, width)]
