"""The list of conversations: newest first, two lines each, drawn line by line, so that ten thousand cost nothing."""

from __future__ import annotations

from bisect import insort_left
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

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

if TYPE_CHECKING:
    from chattui.tui.filtering import FilterLine

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
        """A person wants to "open", "rename" or "delete" the conversation `name`, "undo" a delete, or "filter"."""

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
        self.filter = ""
        """What titles must fit, as it was typed."""
        self._fits: list[Row] | None = None

    # ------------------------------------------------------------ content

    def load(self, rows: Iterable[Row]) -> None:
        """Rows from the disk; those known already are newer and stay."""
        known = {row.id for row in self.rows}
        self.rows.extend(row for row in rows if row.id not in known)
        self.rows.sort(key=_newest_first)
        self._changed(self._under_cursor())

    def renew(self, rows: Iterable[Row], gone: Iterable[str] = ()) -> None:
        """Rows from the disk that are others than those that were loaded, and ids of conversations that are gone."""
        new = {row.id: row for row in rows}
        left = {*gone} | new.keys()
        if left:
            held = self._under_cursor()
            self.rows = sorted([*(row for row in self.rows if row.id not in left), *new.values()], key=_newest_first)
            self._changed(held)

    def narrow(self, typed: str) -> None:
        """Only conversations whose titles fit, the best first; "" shows all."""
        self.filter = typed
        self._changed(self._under_cursor())
        self.cursor = 0 if typed.strip() else self.cursor

    @property
    def seen(self) -> list[Row]:
        """The rows that are shown: all, or those that fit what was typed."""
        return self.rows if self._fits is None else self._fits

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
        return self.seen[self.cursor].id if self.cursor < len(self.seen) else ""

    def _changed(self, held: str) -> None:
        """The cursor stays where a person put it, and goes with the shown conversation otherwise."""
        self._fits = _fitting(self.rows, self.filter) if self.filter.strip() else None
        self.virtual_size = Size(self.size.width, LINES * len(self.seen))
        wanted = held if self.has_focus or self.filter else self.shown
        if (at := next((at for at, row in enumerate(self.seen) if row.id == wanted), None)) is not None:
            self.cursor = at
        self.cursor = max(0, min(self.cursor, len(self.seen) - 1))
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
        self.cursor = max(0, min(self.cursor + 1, len(self.seen) - 1))

    def action_prev(self) -> None:
        self.cursor = max(self.cursor - 1, 0)

    def action_to(self, at: int) -> None:
        self.cursor = max(0, at if at >= 0 else len(self.seen) + at)

    def action_open(self) -> None:
        self._want("open")

    def action_rename(self) -> None:
        self._want("rename")

    def action_delete(self) -> None:
        self._want("delete")

    def action_filter(self) -> None:
        self._want("filter", any_row=True)

    def action_undo(self) -> None:
        self.post_message(self.Wanted("undo"))

    def _want(self, what: str, *, any_row: bool = False) -> None:
        if (name := self._under_cursor()) or any_row:
            self.post_message(self.Wanted(what, name))

    def on_click(self, event: events.Click) -> None:
        """A click opens a conversation."""
        at = (event.y + self.scroll_offset.y) // LINES
        if at < len(self.seen):
            self.cursor = at
            self._want("open")

    # ------------------------------------------------------------ painting

    def render_lines(self, crop: Region) -> list[Strip]:
        self._styles.clear()  # looked up once per paint, not once per line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        at, part = divmod(y + self.scroll_offset.y, LINES)
        width = self.size.width
        if at >= len(self.seen):
            said = "  nothing here yet" if not self.rows else "  no title fits"
            said = said if not self.seen and y == 0 else ""
            style = self._style("list--more")
            return bar([Segment(crop(said, width), style)], [], width, style)
        row = self.seen[at]
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
        if found.filter.strip():
            count = f"{len(found.seen):,} of {len(found.rows):,}"
            typed = Segment(f" /{safe.line(found.filter)}", self.part("bar--key"))
            return [typed], [Segment(f" {count} ", self.rich_style)]
        at = found.index(found.shown)
        count = f"{at + 1}/{len(found.rows):,}" if at is not None else f"{len(found.rows):,}" if found.rows else ""
        return [Segment(crop(" Conversations", width), self.rich_style)], [Segment(f" {count} ", self.rich_style)]


class Sidebar(Vertical):
    """The pane at the left."""

    def __init__(self, keys: Keys, clock: Callable[[], float], width: int) -> None:
        """`width` in cells, the line at the right not counted; a screen of less than three times that gives less."""
        super().__init__(id="sidebar")
        self.conversations = ConversationList(keys, clock)
        self.heading = Heading()
        self.filter: FilterLine | None = None
        self.styles.max_width = width

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.conversations

    async def begin_filter(self) -> None:
        """Type a part of a title, in the place of the heading."""
        from chattui.tui.filtering import FilterLine  # noqa: PLC0415 - loaded when first wanted

        if self.filter is None:
            self.filter = FilterLine(self.conversations)
            await self.mount(self.filter, before=self.conversations)
        self.heading.display = False
        self.filter.begin()

    def on_descendant_blur(self) -> None:
        """What was typed stays in the heading."""
        if self.filter is not None and not self.filter.typing:
            self.filter.display = False
            self.heading.display = True

    def end_filter(self, *, typing: bool) -> bool:
        """Show all conversations again; whether one types a filter, or has done so and is in the list."""
        here = self.filter is not None and self.filter.typing
        if not here and (typing or not self.conversations.filter or not self.conversations.has_focus):
            return False
        self.conversations.focus()
        self.conversations.narrow("")
        return True


def _fitting(rows: list[Row], typed: str) -> list[Row]:
    from chattui.tui.filtering import fitting  # noqa: PLC0415 - loaded when first wanted

    return fitting(rows, typed)


def _newest_first(row: Row) -> float:
    return -row.updated
