"""Selecting with the mouse in a pane that draws its own rows: marking a span, and the clean text of what was marked."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style

from chattui.tui.rows import Line


def marked(segments: list[Segment], start: int, end: int, style: Style) -> list[Segment]:
    """The segments with `style` over the characters from `start` to `end` (-1 = to the end)."""
    found: list[Segment] = []
    at = 0
    for segment in segments:
        text, own, _ = segment
        stop = at + len(text)
        left = min(max(start - at, 0), len(text))
        right = len(text) if end < 0 else min(max(end - at, 0), len(text))
        if left >= right:
            found.append(segment)
        else:
            parts = ((text[:left], own), (text[left:right], own + style if own else style), (text[right:], own))
            found += [Segment(part, kind) for part, kind in parts if part]
        at = stop
    return found


def clean_text(lines: Iterable[tuple[Line, int, int]], gutter: int) -> str:
    """What is copied of rows, each given with the characters marked in it (-1 = to its end).

    No bars, boxes, gutters and trailing blanks; rows that were only wrapped to fit the screen are one line again.
    """
    found: list[str] = []
    join = ""
    for line, start, end in lines:
        if line.text is None:
            continue
        begin = gutter + line.lead
        first = 0 if start < begin else start - begin + line.skip
        last = len(line.text) if end < 0 else 0 if end <= begin else end - begin + line.skip
        found += (join, line.text[first:last])
        join = line.join
    return "\n".join(part.rstrip() for part in "".join(found).split("\n")).strip("\n")
