"""Curves over days, drawn in braille by plotille: rows of cells, each with the number of the curve that it belongs to.

No colours and no escape sequences: whoever shows a chart has its own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from plotille import Canvas

BLANK = "\u2800"
TINY = 1e-9
"""Values below it are nothing."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Rows from top to bottom; a row is runs of text, each with the number of its curve or None for the axes."""

    rows: tuple[tuple[tuple[str, int | None], ...], ...]


def chart(curves: Sequence[Mapping[date, float]], width: int, height: int, *, whole: bool = False) -> Chart:
    """The curves, all on one scale from zero, with days below and values at the left; `width` and `height` in cells.

    `whole`: values are counts. Days without a value are crossed by the line between their neighbours.
    """
    days = sorted({day for curve in curves for day in curve})
    if not days:
        return Chart(())
    most = max((value for curve in curves for value in curve.values()), default=0.0)
    top = ceiling(most, whole=whole)
    labels = [label(top), label(top / 2) if not whole or top % 2 == 0 else "", label(0)]
    gutter = max(map(len, labels)) + 1
    room, tall = max(8, width - gutter - 1), max(2, height - 2)
    span = max(1, (days[-1] - days[0]).days)
    drawn = [_drawn(curve, days[0], span, top, room, tall) for curve in curves]
    places = {0: labels[0], tall // 2: labels[1], tall - 1: labels[2]}
    rows: list[tuple[tuple[str, int | None], ...]] = [
        (
            (f"{places.get(number, ''):>{gutter - 1}} ", None),
            ("┤" if number in places else "│", None),
            *_merged(drawn, number),
        )
        for number in range(tall)
    ]
    rows.append(((f"{' ' * gutter}└{'─' * room}", None),))
    rows.append(((f"{' ' * (gutter + 1)}{_days(days[0], span, room)}", None),))
    return Chart(tuple(rows))


def _drawn(curve: Mapping[date, float], begin: date, span: int, top: float, width: int, height: int) -> list[str]:
    canvas = Canvas(width, height, 0, 0, span, top)
    right, upper = canvas.xmax_inside, canvas.ymax_inside  # what lies on the edge itself is not drawn
    points = [(min((day - begin).days, right), min(value, upper)) for day, value in sorted(curve.items())]
    for at, (x, y) in enumerate(points):
        if at:
            canvas.line(*points[at - 1], x, y)
        canvas.point(x, y)
    return str(canvas.plot("\n")).split("\n")


def _merged(drawn: Sequence[Sequence[str]], number: int) -> list[tuple[str, int | None]]:
    """One row of all curves, as runs: where two meet the dots of both are shown, in the first one's name."""
    runs: list[tuple[str, int | None]] = []
    for cells in zip(*(rows[number] for rows in drawn), strict=True):
        owner = next((at for at, cell in enumerate(cells) if cell != BLANK), None)
        dots = 0
        for cell in cells:
            dots |= ord(cell) - 0x2800
        text = chr(0x2800 + dots) if dots else " "
        if runs and runs[-1][1] == owner:
            runs[-1] = (runs[-1][0] + text, owner)
        else:
            runs.append((text, owner))
    return runs


def _days(begin: date, span: int, width: int) -> str:
    """The first and the last day under the ends of the axis, and one between where there is room."""
    names = [_name(begin + timedelta(days=days)) for days in (0, span // 2, span)]
    if width < sum(map(len, names)) + 8 or span < 4:
        names[1] = ""
    left = (width - len(names[1])) // 2 - len(names[0])
    right = width - len(names[0]) - max(1, left) - len(names[1]) - len(names[2])
    return f"{names[0]}{' ' * max(1, left)}{names[1]}{' ' * max(1, right)}{names[2]}"


def _name(day: date) -> str:
    return f"{day:%b} {day.day}"


def ceiling(value: float, *, whole: bool = False) -> float:
    """The next round number: 1, 2 or 5 times a power of ten."""
    if value < TINY:
        return 2.0 if whole else 1.0
    step = 10.0 ** math.floor(math.log10(value))
    found = next(step * factor for factor in (1, 2, 5, 10) if step * factor >= value * (1 - 1e-9))
    return max(found, 2.0) if whole else found


def label(value: float) -> str:
    """A value in few characters: 0, 0.25, 1.5, 60, 12k, 3M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size * 10 or (value >= size and value % size == 0):
            return f"{value / size:g}{unit}"
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
