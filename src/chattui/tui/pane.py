"""A view of a `Layout`: scrolling that follows the tail until somebody scrolls up, and painting of what has changed."""

from __future__ import annotations

import time
from math import ceil
from typing import Self

from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.scrollbar import ScrollBar
from textual.selection import Selection
from textual.strip import Strip
from textual.widget import Widget

from chattui.tui.drawing import Drawing
from chattui.tui.layout import Layout
from chattui.tui.look import GUTTER, Look
from chattui.tui.paint import changes, paint
from chattui.tui.palette import palette_of
from chattui.tui.selection import clean_text

NEAR = 2
"""Rows from the bottom that still count as the bottom."""
SPARE = 3
"""Blank rows that may stand below the last message: while a reply grows, the view moves by some rows at once, and not
for each of them, because moving means that every row is written again."""
WHEEL = 3
"""Rows for one notch of the wheel."""


class Pane(ScrollView, can_focus=True):
    """Draws its own lines, however many there are. Subclasses say what is in them."""

    DEFAULT_CSS = """
    Pane { overflow-y: scroll; overflow-x: hidden; scrollbar-size-vertical: 1; }
    """

    def __init__(self, look: Look, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 — Textual's name
        super().__init__(id=id, classes=classes)
        self.layout_of = Layout(look)
        self.look = look
        self.end_key = "End"
        """The key that goes to the end, as the note of new lines calls it."""
        self.chosen: str | None = None
        """The id of the message with a mark beside all of its rows."""
        self.paint_cost = 0.0
        """Seconds that painting took since somebody set this to 0."""
        self.growing = False
        """Whether more rows are to be expected at the end."""
        self._following = True
        self._placing = False
        self._thumb = (0, 0, 0)
        self._drawing = Drawing()
        self._picture: list[Strip] = []  # the rows in view as the terminal shows them, or will when Textual has painted
        self._awaited = False  # Textual has been asked to paint and has not yet
        self._marked: Selection | None = None

    @property
    def following(self) -> bool:
        """Whether new text moves the view."""
        return self._following

    # ------------------------------------------------------------ layout

    def updated(self, first: int) -> None:
        """Messages from place `first` on have changed: the view follows or stays, rows that differ are painted."""
        layout, top = self.layout_of, self.scroll_offset.y
        if self._following:
            layout.measure(first)
        else:
            anchor = layout.anchor(top)
            layout.measure(first)
            top = layout.row_of(anchor)
        self.settle(top, spare=SPARE)
        self._repaint()

    def settle(self, top: int | None = None, pin: int | None = None, spare: int = 0) -> None:
        """Makes the heights in view exact and scrolls to `top`. `pin` is the row that must not move on the screen.

        `spare` blank rows may stay at the end.
        """
        height = self.scrollable_content_region.height
        if not height or not self.is_mounted:
            return
        layout = self.layout_of
        top = self.scroll_offset.y if top is None else top
        pin = top if pin is None else pin
        step = spare if self.growing else 0
        top = layout.settle(top, height, pin, tail=self._following, spare=spare, step=step)
        if self._following:
            layout.known = layout.height
        size = Size(self.scrollable_content_region.width, max(layout.height, top + height))
        self.set_reactive(Widget.virtual_size, size)  # a new height needs no new layout of the screen
        self._placing = True
        self.scroll_y = self.scroll_target_y = top
        self._placing = False
        self._move_thumb(size.height, top, height)
        if self.look.behind:
            self.read_on()

    def read_on(self) -> None:
        """There are messages of which more is to be read."""

    def _move_thumb(self, total: int, top: int, height: int) -> None:
        """The scroll bar is painted only when its thumb looks different, in eighths of a row."""
        if not self.show_vertical_scrollbar:
            return
        bar = self.vertical_scrollbar
        bar.set_reactive(ScrollBar.window_virtual_size, total)
        bar.set_reactive(ScrollBar.position, float(top))
        size = max(1, height * height / max(1, total))
        thumb = (int(8 * (height - size) * top / max(1, total - height)), ceil(8 * size), height)
        if thumb != self._thumb:
            self._thumb = thumb
            bar.refresh()

    def restyle(self) -> None:
        """Everything looks different now; the view stays where it is."""
        anchor = self.layout_of.anchor(self.scroll_offset.y)
        self.layout_of.restyle()
        self._drawing.forget()
        self.settle(self.layout_of.row_of(anchor))
        self.repaint()

    def on_mount(self) -> None:
        """Takes the colours of the theme, now and whenever it changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._recolour())
        self._recolour()

    def _recolour(self) -> None:
        self.look.palette = palette_of(self.app.current_theme, no_color=self.app.no_color)
        self.restyle()

    def on_resize(self) -> None:
        """Wraps again; the tail, or the row at the top, stays in place."""
        width = max(8, self.scrollable_content_region.width - GUTTER - 1)
        if width != self.look.width:
            self.look.width = width
            self.restyle()
        else:
            anchor = self.layout_of.anchor(self.scroll_offset.y)
            self.layout_of.measure()  # Textual may have painted, and so read, messages before it told the size
            self.settle(self.layout_of.row_of(anchor))
            self.repaint()

    # ------------------------------------------------------------ scrolling

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        if self._placing:
            return
        old, new, height = round(old_value), round(new_value), self.scrollable_content_region.height
        if new_value < old_value:  # a larger screen moves the view up, too, but not away from the end
            self._following = self._following and new >= self.max_scroll_y
        elif new > old and new >= self.layout_of.height - height - NEAR:
            self._following = True
        if new != old:
            self.settle(new, old if 0 < old - new <= 2 * height else new, SPARE)
            self.repaint()

    def scroll_lines(self, lines: int) -> None:
        """Scrolls down by rows, or up by negative ones."""
        self.scroll_target_y = self.scroll_y = self.scroll_offset.y + lines

    def line_up(self) -> None:
        self.scroll_lines(-1)

    def line_down(self) -> None:
        self.scroll_lines(1)

    def page_up(self) -> None:
        self.scroll_lines(-max(1, self.scrollable_content_region.height - 2))

    def page_down(self) -> None:
        self.scroll_lines(max(1, self.scrollable_content_region.height - 2))

    def to_start(self) -> None:
        """To the first message."""
        self.scroll_lines(-self.layout_of.height)

    def to_end(self) -> None:
        """To the end; the tail is followed again."""
        self._following = True
        self.settle()
        self.repaint()

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_lines(-WHEEL)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        event.prevent_default()
        self.scroll_lines(WHEEL)

    # ------------------------------------------------------------ painting

    def repaint(self) -> None:
        """Paints every row."""
        self._picture = []
        self.refresh()

    def _repaint(self) -> None:
        """Paints the cells that differ from what is on the screen."""
        before, after = self._picture, self._drawn()
        if self._marked or not after or len(before) != len(after) or after[0].cell_length != before[0].cell_length:
            self.repaint()
            return
        self._picture = after
        if (found := changes(before, after)) and (self._awaited or not paint(self, found)):
            self.refresh(*(Region(x, y, strip.cell_length, 1) for x, y, strip in found))

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """As Textual's. Until it has painted, nothing is painted past it."""
        self._awaited = self._awaited or repaint
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """As Textual does it, from the picture that is kept; it has no border, padding or tint."""
        began = time.perf_counter()
        self._awaited = False
        if (
            self._marked != self.text_selection
            or self._drawing.base != self.rich_style
            or len(self._picture) != self.scrollable_content_region.height
            or not self._picture
            or self._picture[0].cell_length != self.size.width
        ):
            self._marked = self.text_selection
            self._picture = self._drawn()
        strips = [*self._picture[crop.y : crop.bottom]]
        strips += [self._drawing.blank()] * (crop.height - len(strips))
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        self.paint_cost += time.perf_counter() - began
        return strips

    def _drawn(self) -> list[Strip]:
        """The rows in view as they are now. Rows that look as before are the same objects as before."""
        height, drawing = self.scrollable_content_region.height, self._prepared()
        spots = self.layout_of.spots(self.scroll_offset.y, height)
        found = drawing.rows(spots, self.look.palette, self.chosen, self._marked)
        found += [drawing.blank()] * (height - len(found))
        if found and (words := self.badge):
            found[-1] = drawing.note(found[-1], words, self.look.palette)
        return found

    def _prepared(self) -> Drawing:
        self._drawing.prepare(self.size.width, self.rich_style, self.get_line_filters(), self.background_colors[1])
        return self._drawing

    def render_line(self, y: int) -> Strip:
        """One row with the numbers of its characters, for those who ask what is under the mouse."""
        row = self.scroll_offset.y + y
        for spot in self.layout_of.spots(row, 1):
            return self._prepared().row(spot, self.look.palette, self.chosen).apply_offsets(0, spot.number)
        return self._prepared().blank()

    @property
    def badge(self) -> str:
        """The note of new lines below, "" when there are none or the tail is in view."""
        new = self.layout_of.height - self.layout_of.known
        if self._following or new <= 0:
            return ""
        return f" ↓ {new:,} new {'line' if new == 1 else 'lines'}  {self.end_key} "

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """The marked text as it was written, as far as it can be told."""
        layout, (start, end) = self.layout_of, selection
        first = layout.row_of(start.y) if start else 0
        last = layout.row_of(end.y) if end else layout.height - 1
        if not layout.views:
            return None
        for view in layout.views[layout.at(first) : layout.at(last) + 1]:
            view.read_all()
        layout.measure()
        last = layout.row_of(end.y) if end else layout.height - 1
        layout.settle(first, last - first + 1, first, tail=False)
        row = layout.row_of(start.y) if start else 0
        found = []
        while (spot := layout.spot(row)) and (end is None or spot.number <= end.y):
            if span := selection.get_span(spot.number):
                found.append((spot.line, *span))
            row += 1
        self.settle()
        return clean_text(found, GUTTER), "\n"
