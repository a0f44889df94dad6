"""Two versions of a message side by side, wrapped, with the words that differ."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static

from chattui import safe
from chattui.chat import Message
from chattui.diff import Pair, Piece, pairs
from chattui.exports.words import speaker
from chattui.tui.bars import crop
from chattui.tui.dialogs import Dialog
from chattui.tui.palette import palette_of
from chattui.tui.wrap import Span, cells, wrap

LONGEST = 200_000
"""Characters of a version that are shown."""
BETWEEN = " │ "


class Columns(ScrollView, can_focus=True):
    """Pairs of lines in two columns of the same width."""

    def __init__(self) -> None:
        super().__init__(id="difference")
        self._pairs: list[Pair] = []
        self._rows: list[Strip] = []
        self._changes: list[int] = []  # the first row of every run of changes

    def show(self, left: str, right: str) -> None:
        """These two texts, from their beginning."""
        self._pairs = pairs(safe.clean(left[:LONGEST]), safe.clean(right[:LONGEST]))
        self.scroll_to(y=0, animate=False)
        self._lay()

    @property
    def count(self) -> int:
        """Runs of lines that differ."""
        return len(self._changes)

    def on_resize(self) -> None:
        """Wraps again."""
        self._lay()

    def on_mount(self) -> None:
        """Takes the colours of the theme, now and whenever it changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._lay())

    def _lay(self) -> None:
        width = self.scrollable_content_region.width
        room = (width - cells(BETWEEN) - 4) // 2
        self._rows, self._changes = [], []
        if room < 4:
            return
        palette = palette_of(self.app.current_theme, no_color=self.app.no_color)
        marks = (palette.deleted + Style(underline=True), palette.inserted + Style(underline=True, bold=True))
        before = " "
        for pair in self._pairs:
            sign = pair.sign
            if sign != " " and before == " ":
                self._changes.append(len(self._rows))
            before = sign
            left, right = (
                _rows(side, room, palette.text, mark) for side, mark in zip((pair.left, pair.right), marks, strict=True)
            )
            signs = (sign if sign in "-~" else " ", sign if sign in "+~" else " ")
            for at in range(max(len(left), len(right), 1)):
                shown = signs if at == 0 else (" ", " ")
                segments = [
                    *_cell(left[at] if at < len(left) else [], shown[0], room, marks[0]),
                    Segment(BETWEEN, palette.faint),
                    *_cell(right[at] if at < len(right) else [], shown[1], room, marks[1]),
                ]
                self._rows.append(Strip(segments))
        self.virtual_size = Size(width, len(self._rows))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row."""
        at = self.scroll_offset.y + y
        base = self.rich_style
        strip = self._rows[at] if at < len(self._rows) else Strip([])
        return strip.apply_style(base).crop_extend(0, self.size.width, base)

    def step(self, by: int) -> None:
        """To the next change, or the one before."""
        top = self.scroll_offset.y
        after = [row for row in self._changes if row > top]
        before = [row for row in self._changes if row < top]
        if found := after[:1] if by > 0 else before[-1:]:
            self.scroll_to(y=found[0], animate=False)


def _rows(side: tuple[Piece, ...] | None, room: int, plain: Style, mark: Style) -> list[list[Span]]:
    if side is None:
        return []
    spans = [(text.expandtabs(4), mark if changed else plain) for text, changed in side]
    return [row.spans for row in wrap(spans, room)]


def _cell(spans: Sequence[Span], sign: str, room: int, mark: Style) -> list[Segment]:
    used = sum(cells(text) for text, _ in spans)
    return [
        Segment(f"{sign} ", mark + Style(underline=False)),
        *(Segment(text, style) for text, style in spans),
        Segment(" " * max(0, room - used)),
    ]


class Difference(Dialog[str]):
    """The answer is the id of the version that shall be shown in the conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "turn(1, 1)", show=False, priority=True),
        Binding("left", "turn(1, -1)", show=False, priority=True),
        Binding("shift+right,right_square_bracket", "turn(0, 1)", show=False, priority=True),
        Binding("shift+left,left_square_bracket", "turn(0, -1)", show=False, priority=True),
        Binding("n", "step(1)", show=False),
        Binding("N,p", "step(-1)", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
        Binding("enter", "take", show=False, priority=True),
        Binding("v,q", "close", show=False),
    ]
    title_text = "Versions"

    def __init__(self, versions: Sequence[Message], at: int) -> None:
        """`at` is the version that is shown now: it stands at the right, the one before it at the left."""
        super().__init__()
        self._versions = versions
        self._sides = [at - 1, at] if at else [0, 1]
        more = "   ← → version   [ ] the left one" if len(versions) > 2 else ""
        self.keys_text = f"n N change  ↑ ↓ scroll{more}  enter show right  esc close"

    def body(self) -> ComposeResult:
        """Who said it, and the texts."""
        yield Static(id="versions", markup=False)
        yield Columns()

    def on_mount(self) -> None:
        """Begin with the version that is shown now."""
        self.query_one(Columns).focus()
        self.call_after_refresh(self._fill)

    def on_resize(self) -> None:
        """The names stand above their columns."""
        self.call_after_refresh(self._head)

    def _fill(self) -> None:
        left, right = (self._versions[at] for at in self._sides)
        self.query_one(Columns).show(left.text, right.text)
        self._head()

    def _head(self) -> None:
        columns = self.query_one(Columns)
        room = max(1, (columns.scrollable_content_region.width - len(BETWEEN)) // 2)
        left, right = (crop(self._words(at), room) for at in self._sides)
        gap = " " * max(0, room - cells(left))
        self.query_one("#versions", Static).update(f"{left}{gap}{BETWEEN}{right}")
        count = columns.count
        told = "no difference" if not count else "1 difference" if count == 1 else f"{count} differences"
        self.query_one(".dialog--title", Static).update(f"{self.title_text}: {told}")

    def _words(self, at: int) -> str:
        message = self._versions[at]
        who = safe.line(speaker(message), 40)
        when = f" · {datetime.fromtimestamp(message.created):%H:%M}" if message.created else ""  # noqa: DTZ006 - the reader's wall clock
        state = "" if message.state == "complete" else f" · {message.state}"
        return f"‹{at + 1}/{len(self._versions)}› {who}{when}{state}"

    def action_turn(self, side: int, step: int) -> None:
        """Another version at this side; never the same on both."""
        to = self._sides[side] + step
        if to == self._sides[1 - side]:
            to += step
        if 0 <= to < len(self._versions):
            self._sides[side] = to
            self._fill()

    def action_step(self, by: int) -> None:
        """To the next change, or the one before."""
        self.query_one(Columns).step(by)

    def action_scroll(self, by: int) -> None:
        """A line up or down."""
        self.query_one(Columns).scroll_relative(y=by, animate=False)

    def action_take(self) -> None:
        """Show the right one."""
        self.dismiss(self._versions[self._sides[1]].id)
