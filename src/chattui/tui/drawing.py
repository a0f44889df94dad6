"""Rows of a `Layout` as strips for the terminal: a gutter with the role, the text, marks and notes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.selection import Selection
from textual.strip import Strip

from chattui.tui.finder import Finder, Mark
from chattui.tui.layout import ROW, Spot
from chattui.tui.look import GUTTER
from chattui.tui.palette import Palette
from chattui.tui.rows import Line
from chattui.tui.selection import marked


class Drawing:
    """Strips as wide as the pane. Those that were in view last time are kept: each is made and rendered once."""

    def __init__(self) -> None:
        self.base = Style()
        """Of all cells: the pane's own colours."""
        self.finder: Finder | None = None
        """What is looked for; `forget` when it is another one."""
        self._width = 0
        self._filters: Sequence[LineFilter] = ()
        self._background = Color(0, 0, 0)
        self._strips: dict[int, tuple[Line, Strip]] = {}  # by the identity of the lines

    def prepare(self, width: int, base: Style, filters: Sequence[LineFilter], background: Color) -> None:
        """What the next rows are drawn with: cells, colours, and what Textual does to all of its lines."""
        if (width, base) != (self._width, self.base):
            self.forget()
        self._width, self.base, self._filters, self._background = width, base, filters, background

    def forget(self) -> None:
        """Rows that were drawn look different now."""
        self._strips.clear()

    def rows(self, spots: Iterable[Spot], palette: Palette, chosen: str | None, mark: Selection | None) -> list[Strip]:
        """The strips of these rows. Only rows of text that no mark can be on are kept."""
        kept, self._strips = self._strips, {}
        found: list[Strip] = []
        seen = list(spots)
        marks = self._marks(seen, palette)
        for at, spot in enumerate(seen):
            line, number, view = spot
            if at in marks:
                found.append(self.row(spot, palette, chosen, mark, marks[at]))
                continue
            if mark or not number & ROW or view.message.id == chosen:
                found.append(self.row(spot, palette, chosen, mark))
                continue
            known = kept.get(id(line))
            if known is None or known[0] is not line:
                known = line, self.row(spot, palette, chosen)
            self._strips[id(line)] = known
            found.append(known[1])
        return found

    def _marks(self, spots: Sequence[Spot], palette: Palette) -> dict[int, list[Mark]]:
        if self.finder is None:
            return {}
        return self.finder.marks([spot.line for spot in spots], [spot.number for spot in spots], palette)

    def row(
        self,
        spot: Spot,
        palette: Palette,
        chosen: str | None,
        mark: Selection | None = None,
        finds: Iterable[Mark] = (),
    ) -> Strip:
        """One row; what is marked of it stands out, and so does what was found."""
        segments, base = [*_gutter(spot, palette, chosen), *spot.line.segments], self.base
        for start, end, style in finds:
            segments = marked(segments, start, end, style)
        if mark and (span := mark.get_span(spot.number)):
            segments = marked(segments, *span, palette.selection)
        strip = Strip([Segment(text, base + style if style else base) for text, style, _ in segments])
        return self._filtered(strip.crop_extend(0, self._width, base).simplify())

    def blank(self) -> Strip:
        """A row without text."""
        return self._filtered(Strip.blank(self._width, self.base))

    def _filtered(self, strip: Strip) -> Strip:
        for line_filter in self._filters:
            strip = strip.apply_filter(line_filter, self._background)
        return strip

    def note(self, strip: Strip, words: str, palette: Palette) -> Strip:
        """The row with a note at its end; a click on that goes to the end."""
        badge = Segment(words, palette.badge + Style(meta={"end": True}))
        rest = strip.crop(0, self._width - cell_len(words) - 1)
        return Strip.join([rest, Strip([badge, Segment(" ", self.base)])])


def _gutter(spot: Spot, palette: Palette, chosen: str | None) -> list[Segment]:
    message = spot.view.message
    if message.id == chosen:
        bar = "┃"
    elif spot.number & ROW:
        return [Segment(" " * GUTTER)]
    else:
        bar = {"user": "▌", "assistant": "▍"}.get(message.role, "┆")
    return [Segment(" "), Segment(bar, palette.role(message.role)), Segment(" ")]
