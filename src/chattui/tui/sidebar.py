"""The list of conversations: newest first, two lines each, drawn line by line, so that ten thousand cost nothing."""

from __future__ import annotations

from bisect import insort_left
from collections.abc import Callable, Iterable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chattui import safe
from chattui.document import Row
from chattui.tui.ages import ago
from chattui.tui.bars import Bar, bar, crop
from chattui.tui.keys import Keys, bind

WORDS = {"asks": "asks you something", "incomplete": "incomplete", "failed": "failed", "stopped": "stopped"}
"""What the second line says of a state; the others need no word."""
LINES = 2


def words(row: Row, *, busy: bool) -> str:
    """The second line of a conversation: where it lives, and what wants attention."""
    if row.damaged:
        return "cannot be read"
    state = "streaming" if busy else "interrupted" if row.state == "streaming" else WORDS.get(row.state, "")
    return " · ".join(part for part in (safe.line(row.endpoint, 40), state) if part)


class ConversationList(ScrollView, can_focus=True):
    """The rows. Knows nothing of files: it is given Rows and tells what a person wants done with one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--title", "list--more", "list--cursor", "list--mark"}
    BINDINGS: ClassVar[list[BindingType]] = [  # as letters belong to a prompt; the rest is in the keymap
        Binding("up", "prev", show=False),
        Binding("down", "next", show=False),
        Binding("home", "to(0)", show=False),
        Binding("end", "to(-1)", show=False),
    ]
    cursor: reactive[int] = reactive(0, repaint=False)

    class Wanted(Message):
        """A person wants something: to "open", "rename" or "delete" the conversation `name`, or to "undo" a delete."""

        def __init__(self, what: str, name: str = "") -> None:
            super().__init__()
            self.what = what
            self.name = name

    def __init__(self, keys: Keys, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        super().__init__(id="conversations")
        bind(self, "list", keys)
        self.clock = clock
        self.rows: list[Row] = []
        self.busy: set[str] = set()
        self.unread: set[str] = set()
        self._styles: dict[tuple[str, ...], Style] = {}
        self.shown = ""
        """The id of the conversation on the screen."""

    # ------------------------------------------------------------ content

    def load(self, rows: Iterable[Row]) -> None:
        """Rows from the disk; those known already are newer and stay."""
        known = {row.id for row in self.rows}
        self.rows.extend(row for row in rows if row.id not in known)
        self.rows.sort(key=_newest_first)
        self._changed(self._under_cursor())

    def put(self, row: Row) -> None:
        """A row that is new or has changed."""
        held = self._under_cursor()
        self.rows = [old for old in self.rows if old.id != row.id]
        insort_left(self.rows, row, key=_newest_first)
        self._changed(held)

    def drop(self, name: str) -> None:
        """The row is gone."""
        held = self._under_cursor()
        self.rows = [row for row in self.rows if row.id != name]
        self._changed(held)

    def show(self, name: str) -> None:
        """The conversation `name` is on the screen."""
        self.shown = name
        self.unread.discard(name)
        self._changed(name)

    def index(self, name: str) -> int | None:
        """The place of a conversation in the list."""
        return next((at for at, row in enumerate(self.rows) if row.id == name), None)

    def _under_cursor(self) -> str:
        return self.rows[self.cursor].id if self.cursor < len(self.rows) else ""

    def _changed(self, held: str) -> None:
        """The cursor stays where a person put it, and goes with the shown conversation otherwise."""
        self.virtual_size = Size(self.size.width, LINES * len(self.rows))
        if (at := self.index(held if self.has_focus else self.shown)) is not None:
            self.cursor = at
        self.cursor = max(0, min(self.cursor, len(self.rows) - 1))
        self.refresh()
        if self.parent is not None:
            for heading in self.parent.query_children(Heading):
                heading.refresh()

    # ------------------------------------------------------------ keys and mouse

    def watch_cursor(self) -> None:
        """The cursor stays in view."""
        self.scroll_to_region(Region(0, self.cursor * LINES, 1, LINES), animate=False)
        self.refresh()

    def action_next(self) -> None:
        self.cursor = max(0, min(self.cursor + 1, len(self.rows) - 1))

    def action_prev(self) -> None:
        self.cursor = max(self.cursor - 1, 0)

    def action_to(self, at: int) -> None:
        self.cursor = max(0, at if at >= 0 else len(self.rows) + at)

    def action_open(self) -> None:
        self._want("open")

    def action_rename(self) -> None:
        self._want("rename")

    def action_delete(self) -> None:
        self._want("delete")

    def action_undo(self) -> None:
        self.post_message(self.Wanted("undo"))

    def _want(self, what: str) -> None:
        if name := self._under_cursor():
            self.post_message(self.Wanted(what, name))

    def on_click(self, event: events.Click) -> None:
        """A click opens a conversation."""
        at = (event.y + self.scroll_offset.y) // LINES
        if at < len(self.rows):
            self.cursor = at
            self._want("open")

    # ------------------------------------------------------------ painting

    def render_lines(self, crop: Region) -> list[Strip]:
        self._styles.clear()  # looked up once per paint, not once per line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        at, part = divmod(y + self.scroll_offset.y, LINES)
        width = self.size.width
        if at >= len(self.rows):
            said = "  nothing here yet" if not self.rows and y == 0 else ""
            style = self._style("list--more")
            return bar([Segment(crop(said, width), style)], [], width, style)
        row = self.rows[at]
        extra = ["list--cursor"] if self.has_focus and at == self.cursor else []
        return self._title(row, width, extra) if part == 0 else self._more(row, width, extra)

    def _title(self, row: Row, width: int, extra: list[str]) -> Strip:
        busy, unread = row.id in self.busy, row.id in self.unread
        sign = "●" if busy else "○" if unread else "!" if row.damaged or row.state == "failed" else " "
        title = safe.line(row.title, width * 2) or ("a damaged file" if row.damaged else "untitled")
        age = ago(row.updated, self.clock())
        style = self._style("list--title", *extra)
        if unread or busy or row.id == self.shown:
            style += Style(bold=True)
        edge = Segment("▌" if row.id == self.shown else " ", self._style("list--mark", *extra))
        room = width - 3 - cell_len(age) - 2
        left = [edge, Segment(f"{sign} ", self._style("list--mark", *extra)), Segment(crop(title, room), style)]
        return bar(left, [Segment(f" {age} ", self._style("list--more", *extra))], width, style)

    def _more(self, row: Row, width: int, extra: list[str]) -> Strip:
        style = self._style("list--more", *extra)
        edge = Segment("▌" if row.id == self.shown else " ", self._style("list--mark", *extra))
        said = crop(words(row, busy=row.id in self.busy), width - 4)
        return bar([edge, Segment(f"  {said}", style)], [], width, style)

    def _style(self, *names: str) -> Style:
        if (found := self._styles.get(names)) is None:
            found = self._styles[names] = self.get_component_rich_style(*names)
        return found


class Heading(Bar):
    """The line above the list: which conversation of how many."""

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        found = self.screen.query_one(ConversationList)
        at = found.index(found.shown)
        count = f"{at + 1}/{len(found.rows):,}" if at is not None else f"{len(found.rows):,}" if found.rows else ""
        return [Segment(crop(" Conversations", width), self.rich_style)], [Segment(f" {count} ", self.rich_style)]


class Sidebar(Vertical):
    """The pane at the left."""

    def __init__(self, keys: Keys, clock: Callable[[], float], width: int) -> None:
        """`width` in cells, the line at the right not counted; a screen of less than three times that gives less."""
        super().__init__(id="sidebar")
        self.conversations = ConversationList(keys, clock)
        self.styles.max_width = width

    def compose(self) -> ComposeResult:
        yield Heading()
        yield self.conversations


def _newest_first(row: Row) -> float:
    return -row.updated
