"""Tables: columns shrink by wrapping their cells; where even that is too narrow, rows become lists of key and value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.style import Style

from chattui.tui.blocks import COLUMNS_MAX
from chattui.tui.blocks import cells as split_cells
from chattui.tui.inline import spans as inline
from chattui.tui.palette import Palette
from chattui.tui.rows import Lead, Line
from chattui.tui.wrap import Span, cells, wrap

GAP = 2
"""Cells between two columns."""
LEAST = 6
"""Cells below which no column is squeezed."""

Cell = tuple[list[Span], int]


class TableRow(NamedTuple):
    """One row of the screen, and the text that it is copied as; None for a line that is only drawn."""

    spans: list[Span]
    copied: str | None


class Table:
    """A table that may still grow: rows are read once, and drawn again only when a column changes its width."""

    __slots__ = (
        "aligns",
        "base",
        "columns",
        "drawn",
        "made",
        "natural",
        "palette",
        "references",
        "rows",
        "settled",
        "squeezed",
        "widths",
    )

    def __init__(self, base: Style, palette: Palette, references: Mapping[str, Mapping[str, str]]) -> None:
        self.base, self.palette, self.references = base, palette, references
        self.rows: list[list[Cell]] = []
        self.settled: list[int] = []
        """The widest cell of each column, but for the last row."""
        self.natural: list[int] = []
        self.aligns: list[str] = []
        self.columns = 0
        self.widths: list[int] = []
        self.squeezed = False
        self.drawn: list[list[TableRow]] = []
        self.made: list[tuple[list[TableRow], list[Line]]] = []
        """What has been made of `drawn`."""

    def draw(self, lines: list[str], width: int) -> list[list[TableRow]]:
        """The screen rows of each row of the table in `lines` (header, delimiters, rows) within `width` cells.

        The list of a row that looks as before is the same object as before.
        """
        self._read(lines)
        widths = _fit(self.natural, width)
        if (widths, widths != self.natural) != (self.widths, self.squeezed):
            self.widths, self.squeezed, self.drawn = widths, widths != self.natural, []
        done = max(0, min(len(self.drawn), len(self.rows)) - 1)
        del self.drawn[done:]
        for at, row in enumerate(self.rows[done:], done):
            if not widths:
                self.drawn.append(self._record(row, width) if at else [])
            elif at == 0:
                self.drawn.append([*self._row(row), self._rule("─")])
            else:
                self.drawn.append([*self._row(row), self._rule("┈")] if self.squeezed else self._row(row))
        return self.drawn

    def lines(self, lines: list[str], width: int, lead: Lead) -> list[Line]:
        """The table as rows of the screen behind what `lead` puts before them."""
        groups = self.draw(lines, width)
        found: list[Line] = []
        for at, group in enumerate(groups):
            if at == len(self.made) or self.made[at][0] is not group:
                del self.made[at:]
                self.made.append((group, [lead.line(row.spans, copied=row.copied) for row in group]))
            lead.begun()
            found += self.made[at][1]
        if len(groups) > 1 and self.squeezed:
            found.pop()  # nothing is to be told apart after the last row
        return found

    def _read(self, lines: list[str]) -> None:
        if not self.rows:
            delimiters = split_cells(lines[1])
            self.columns = len(delimiters)
            self.aligns = [(":" if cell[0] == ":" else "") + (">" if cell[-1] == ":" else "") for cell in delimiters]
            self.settled = [1] * self.columns
        wanted = [lines[0], *lines[2:]]
        keep = max(0, min(len(self.rows), len(wanted)) - 1)  # the last row that was read may have grown since
        del self.rows[keep:]
        for line in wanted[keep:]:
            base = self.base + self.palette.head if not self.rows else self.base
            row: list[Cell] = []
            for text in (split_cells(line) + [""] * self.columns)[: self.columns]:
                styled = inline(text, base, self.palette, self.references)
                row.append((styled, max(map(cells, _plain(styled).split("\n")))))
            self.rows.append(row)
        for row in self.rows[keep:-1]:
            self.settled = [max(before, now) for before, (_, now) in zip(self.settled, row, strict=True)]
        self.natural = [max(1, before, now) for before, (_, now) in zip(self.settled, self.rows[-1], strict=True)]

    def _row(self, row: list[Cell]) -> list[TableRow]:
        columns = [wrap(styled, width) for (styled, _), width in zip(row, self.widths, strict=True)]
        found: list[TableRow] = []
        for line in range(max(map(len, columns))):
            out: list[Span] = []
            for at, (column, width) in enumerate(zip(columns, self.widths, strict=True)):
                parts = column[line].spans if line < len(column) else []
                room = width - sum(cells(text) for text, _ in parts)
                left = {">": room, ":>": room // 2}.get(self.aligns[at], 0)
                if left > 0:
                    out.append((" " * left, self.base))
                out += parts
                if at < len(columns) - 1:
                    out.append((" " * (max(0, room - left) + GAP), self.base))
            found.append(TableRow(out, _plain(out).rstrip()))
        return found

    def _rule(self, sign: str) -> TableRow:
        style = self.palette.faint
        return TableRow([((" " * GAP).join(sign * width for width in self.widths), style)], None)

    def _record(self, row: list[Cell], width: int) -> list[TableRow]:
        keys = [_plain(styled) for styled, _ in self.rows[0]]
        label = min(max(map(cells, keys), default=0), max(4, width // 3))
        found: list[TableRow] = []
        for key, (styled, _) in zip(keys, row, strict=True):
            names = wrap([(key, self.base + self.palette.head)], label)
            values = wrap(styled, max(4, width - label - GAP))
            for line in range(max(len(names), len(values))):
                name = names[line].spans if line < len(names) else []
                value = values[line].spans if line < len(values) else []
                pad = label + GAP - sum(cells(text) for text, _ in name)
                out = [*name, (" " * pad, self.base), *value]
                found.append(TableRow(out, _plain(out).rstrip()))
        return [*found, TableRow([], "")]


def _plain(styled: list[Span]) -> str:
    return "".join(text for text, _ in styled)


def _fit(natural: list[int], width: int) -> list[int]:
    """The widths of the columns within `width`: the widest give first. Empty when columns would get unreadable."""
    room = width - GAP * (len(natural) - 1)
    if len(natural) > COLUMNS_MAX:
        return []
    if sum(natural) <= room:
        return list(natural)
    cap, left, open_columns = 0, room, len(natural)
    for size in sorted(natural):
        cap = left // open_columns
        if size > cap:
            break
        left -= size
        open_columns -= 1
    if cap < LEAST:
        return []
    spare = left - cap * open_columns  # cells that the division left over
    widths: list[int] = []
    for size in natural:
        extra = 1 if size > cap and spare > 0 else 0
        spare -= extra
        widths.append(min(size, cap + extra))
    return widths
