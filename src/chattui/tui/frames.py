"""The list of the frames of an exchange: one widget that draws the lines that are seen, however many there are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message as Posted
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chattui import safe
from chattui.tape.pieces import Piece
from chattui.tui.bars import bar, crop

SAME = 16
"""Characters at the beginning of data that may be left out, because the frame before it has them, too."""
SHOWN_DATA = 400
"""Characters of a frame's data that a line can show."""


class Frames(ScrollView, can_focus=True):
    """One line a frame, with a heading. The cursor stays at the tail while it is there and frames arrive."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "frames--head", "frames--dim", "frames--text", "frames--good", "frames--bad", "frames--cursor",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", show=False),
        Binding("up,k", "move(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("home,g", "jump(0)", show=False),
        Binding("end,G", "jump(-1)", show=False),
    ]

    class Moved(Posted):
        """Another frame is selected."""

    class Chosen(Posted):
        """The selected frame was clicked again."""

    def __init__(self) -> None:
        super().__init__(id="frames")
        self.pieces: Sequence[Piece] = ()
        self.rows: Sequence[int] = ()
        """The numbers of the pieces that are shown."""
        self.zero = 0.0
        """The time from which offsets count, in ms."""
        self.cursor = 0
        self._named = False
        """Whether any frame has an event."""
        self._looked = 0

    # ------------------------------------------------------------ content

    def show(self, pieces: Sequence[Piece], rows: Sequence[int], zero: float, *, keep: int | None = None) -> None:
        """These rows of these pieces. `keep`: the number of the piece that stays selected, None for the tail."""
        grew = pieces is self.pieces
        follows = grew and self.cursor >= len(self.rows) - 1
        if not grew:
            self._named, self._looked = False, 0
        self._named = self._named or any(
            (frame := pieces[at].frame) is not None and frame.event for at in range(self._looked, len(pieces))
        )
        self._looked = len(pieces)
        self.pieces, self.rows, self.zero = pieces, rows, zero
        if keep is not None:
            self.cursor = min(range(len(rows)), key=lambda at: abs(rows[at] - keep), default=0)
        elif follows:
            self.cursor = max(0, len(rows) - 1)
        self.cursor = max(0, min(self.cursor, len(rows) - 1))
        self.virtual_size = Size(self.size.width, len(rows) + 1)
        if keep is not None or follows:
            self.call_after_refresh(self._into_view)
        self.refresh()

    @property
    def number(self) -> int | None:
        """The number of the selected piece."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    @property
    def selected(self) -> Piece | None:
        """The selected piece."""
        return self.pieces[self.number] if self.number is not None else None

    # ------------------------------------------------------------ moving

    def action_move(self, by: int) -> None:
        """Up or down."""
        self._to(self.cursor + by)

    def action_page(self, by: int) -> None:
        """A page up or down."""
        self._to(self.cursor + by * max(1, self.size.height - 2))

    def action_jump(self, to: int) -> None:
        """To the first or the last one."""
        self._to(to if to >= 0 else len(self.rows) - 1)

    def go_to(self, number: int) -> None:
        """Select the piece of this number, or the nearest that is shown."""
        self._to(min(range(len(self.rows)), key=lambda at: abs(self.rows[at] - number), default=0))

    def _to(self, row: int) -> None:
        row = max(0, min(row, len(self.rows) - 1))
        if row != self.cursor:
            top = 1 - round(self.scroll_y)
            self.refresh(*(Region(0, top + at, self.size.width, 1) for at in (self.cursor, row)
                           if 0 < top + at < self.size.height))  # fmt: skip
            self.cursor = row
            self.post_message(self.Moved())
        self._into_view()

    def _into_view(self) -> None:
        """The heading covers one line."""
        top, height = round(self.scroll_y), max(1, self.size.height - 1)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False)

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self.call_after_refresh(self._into_view)

    def on_click(self, event: events.Click) -> None:
        """A click selects; one on the selected frame opens it."""
        row = round(self.scroll_y) + event.y - 1
        if event.y < 1 or row >= len(self.rows):
            return
        if row == self.cursor:
            self.post_message(self.Chosen())
        else:
            self._to(row)

    # ------------------------------------------------------------ drawing

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        columns = Columns.fitting(width, len(self.pieces), named=self._named)
        if y == 0:
            head = self.get_component_rich_style("frames--head")
            return bar([Segment(columns.heading(), head)], [], width, self.rich_style)
        row = round(self.scroll_y) + y - 1
        if row >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        number = self.rows[row]
        return self._line(columns, number, self.pieces[number], chosen=row == self.cursor).adjust_cell_length(
            width, self._under(chosen=row == self.cursor)
        )

    def _under(self, *, chosen: bool) -> Style:
        return self.get_component_rich_style("frames--cursor") if chosen else self.rich_style

    def _line(self, columns: Columns, number: int, piece: Piece, *, chosen: bool) -> Strip:
        under = self._under(chosen=chosen)
        dim, text = (self.get_component_rich_style(name) for name in ("frames--dim", "frames--text"))
        kinds = piece.kind.split("+")
        bad = not {"error", "unmatched", "unreadable"}.isdisjoint(kinds)
        quiet = piece.kind in {"alive", "ignored", ""}
        made = self.get_component_rich_style("frames--bad") if bad else dim if quiet else (
            self.get_component_rich_style("frames--good")
        )  # fmt: skip
        before = self.pieces[number - 1] if number else None
        measures, event, data, became = columns.cells(number, piece, before, self.zero)
        sign = "▸" if chosen else " "
        parts = [(sign, made), (measures, dim), (event, text), (data, dim if quiet else text), (became, made)]
        behind = Style(bgcolor=under.bgcolor, reverse=under.reverse) if chosen else Style.null()
        return Strip([Segment(said, style + behind) for said, style in parts])

    def watch_scroll_y(self, old: float, new: float) -> None:
        """The heading stays, so that every line changes."""
        super().watch_scroll_y(old, new)
        self.refresh(Region(0, 0, self.size.width, self.size.height))


class Columns:
    """How wide each column is. The data takes what the others leave."""

    def __init__(self, number: int, size: bool, event: int, data: int, became: int) -> None:
        self.number, self.size, self.event, self.data, self.became = number, size, event, data, became

    @classmethod
    def fitting(cls, width: int, count: int, *, named: bool) -> Columns:
        """The columns for so many cells and frames; `named`: events have names."""
        number = max(2, len(str(count)))
        size = width >= 64
        event = 0 if width < 56 or not named else 9 if width < 100 else 16
        became = 14 if width < 64 else 20 if width < 100 else 32
        measures = 1 + number + 1 + 7 + 7 + (7 if size else 0) + 2
        data = max(4, width - measures - (event + 1 if event else 0) - became - 2)
        return cls(number, size, event, data, became)

    def heading(self) -> str:
        """The names of the columns."""
        measures = f" {'#':>{self.number}} {'at ms':>7}{'gap':>7}" + (f"{'bytes':>7}" if self.size else "") + "  "
        event = f"{'event':<{self.event}} " if self.event else ""
        return f"{measures}{event}{'data':<{self.data}}  became"

    def cells(self, number: int, piece: Piece, before: Piece | None, zero: float) -> tuple[str, str, str, str]:
        """The measures, the event, the data and what became of it, each as wide as its column."""
        size = f"{_short(piece.size):>7}" if self.size else ""
        measures = f"{number + 1:0{self.number}} {piece.at - zero:>7.0f}{piece.gap:>7.0f}{size}  "
        name = piece.frame.event if piece.frame is not None else ""
        event = f"{_wide(safe.line(name, self.event), self.event)} " if self.event else ""
        return (
            measures,
            event,
            _wide(data_words(piece, before, self.data), self.data),
            f"  {crop(became_words(piece), self.became)}",
        )


def data_words(piece: Piece, before: Piece | None, width: int) -> str:
    """The data of a frame in one line of so many cells; of a keep-alive what it said.

    Data that does not fit begins with … where it begins to differ from the frame before it.
    """
    if piece.frame is None:
        return crop(safe.line(piece.raw[:SHOWN_DATA].decode("utf-8", "replace"), SHOWN_DATA), width)
    data = piece.frame.data
    if not data and not piece.raw and piece.size:
        return crop("(not recorded)", width)
    if len(data) > width and before is not None and before.frame is not None:
        same = _same(data, before.frame.data)
        start = same
        for _ in range(4):  # back over the quotes of the value and of its name
            start = data.rfind('"', 0, max(0, start))
        start = min(start, len(data) - width // 2)
        if start > SAME:
            data = f"…{data[start : start + SHOWN_DATA * 2]}"
    return crop(safe.line(data[: SHOWN_DATA * 2], SHOWN_DATA), width)


def became_words(piece: Piece) -> str:
    """What became of a frame: text  "Hel"."""
    if piece.frame is None:
        return "(alive)"
    if piece.became is None:
        return "·"
    shown = piece.became.text
    kind = "(ignored)" if piece.kind == "ignored" else piece.kind
    if not shown:
        return kind
    return safe.line(f"{kind}  {json.dumps(shown[:60], ensure_ascii=False)}", 80)


def _short(size: int) -> str:
    return f"{size:,}" if size < 100_000 else f"{size / 1024:,.0f}k"


def _wide(text: str, width: int) -> str:
    text = crop(text, width)
    return text + " " * (width - cell_len(text))


def _same(one: str, other: str) -> int:
    """How many characters at the beginning of both are the same, of the first few thousand."""
    pairs = zip(one[:4096], other[:4096], strict=False)
    return next((at for at, (mine, yours) in enumerate(pairs) if mine != yours), min(len(one), len(other), 4096))
