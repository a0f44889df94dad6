"""Painting only the cells that differ, and straight to the terminal where that is safe.

Textual's compositor asks every widget that stands in a row for all of its lines before it writes one of them. A pane
that changes thirty times a second, by a few cells, cannot afford that. What is written here is what the compositor
would have written, less what the terminal shows already.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from rich.segment import Segment
from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chattui.tui.wrap import plain


class Change(NamedTuple):
    """Cells of a widget that look different now, and where they begin."""

    x: int
    y: int
    strip: Strip


def changes(old: Sequence[Strip], new: Sequence[Strip]) -> list[Change]:
    """What turns one picture into another of the same size."""
    return [
        found
        for y, (before, after) in enumerate(zip(old, new, strict=True))
        if before is not after and (found := change(y, before, after))
    ]


def change(y: int, old: Strip, new: Strip) -> Change | None:
    """What turns one row into another of the same width; None when they look the same.

    A row whose characters are not all one cell wide is written as a whole: a part could begin inside of a cluster.
    """
    before, after = list(old), list(new)
    if before == after:
        return None
    if not (plain(old.text) and plain(new.text)):
        return Change(0, y, new)
    start = _shared(before, after)
    before.reverse()
    after.reverse()
    end = new.cell_length - min(_shared(before, after, back=True), new.cell_length - start)
    return Change(start, y, new.crop(start, end)) if start < end else None


def _shared(old: Iterable[Segment], new: Iterable[Segment], *, back: bool = False) -> int:
    """How many characters look the same at the start of both rows; with `back` at their ends, segments reversed."""
    count = 0
    for (one, style, _), (other, another, _) in zip(old, new, strict=False):
        if style != another:
            break
        if one != other:
            pairs = zip(reversed(one), reversed(other), strict=False) if back else zip(one, other, strict=False)
            return count + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        count += len(one)
    return count


def paint(widget: Widget, found: Sequence[Change]) -> bool:
    """Writes the changes to the terminal, now. False when only Textual can: then nothing was done.

    That is so while something lies over the widget, its screen is not on top, updates are held back, or there is no
    terminal. Nobody else needs to know of what was written: Textual keeps no copy of the screen.
    """
    app, screen = widget.app, widget.screen
    driver, held = app._driver, app._batch_count  # noqa: SLF001 - Textual has no public way to its terminal
    if driver is None or driver.is_headless or driver.is_inline or held or screen is not app.screen:
        return False
    seen = screen._compositor.visible_widgets  # noqa: SLF001 - nor to what stands where
    region, clip = seen.get(widget, (Region(), Region()))
    if not region or clip.intersection(region) != region or _covered(widget, region, seen):
        return False
    width = widget.scrollable_content_region.width
    cursor = screen.outer_size.clamp_offset(app.cursor_position)
    parts = [_at(region.x + x, region.y + y) + strip.crop(0, width - x).render(app.console) for x, y, strip in found]
    parts.append(_at(cursor.x, cursor.y))
    if app._sync_available:  # noqa: SLF001 - whether the terminal can show all of it at once
        parts = [SYNC_START, *parts, SYNC_END]
    driver.write("".join(parts))
    return True


def _at(x: int, y: int) -> str:
    """Moves the cursor (ECMA-48 CUP)."""
    return f"\x1b[{y + 1};{x + 1}H"


def _covered(widget: Widget, region: Region, seen: dict[Widget, tuple[Region, Region]]) -> bool:
    """Whether a widget that is painted after this one overlaps it, its own scroll bar aside. The first is on top."""
    for other, (where, clip) in seen.items():
        if other is widget:
            return False
        if other.parent is not widget and where.intersection(clip).overlaps(region):
            return True
    return True
