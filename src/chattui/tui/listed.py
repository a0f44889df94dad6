"""What the list of conversations holds: the rows in their order, which are shown, selected, under the cursor."""

from __future__ import annotations

from bisect import insort_left
from collections.abc import Iterable

from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView

from chattui.document import Row
from chattui.tui.order import LINES, Sections, order


class Listed(ScrollView):
    """The rows, and what is done with them, without keys and looks: those are `ConversationList`'s."""

    cursor: reactive[int] = reactive(0, repaint=False)

    class Changed(Message):
        """There are other rows, or others are selected: what is told of them is to be told anew."""

    def __init__(self) -> None:
        super().__init__(id="conversations")
        self.rows: list[Row] = []
        """All of them, in their order."""
        self.listed: list[Row] = []
        """Those of the list, or of the archive."""
        self.order = "updated"
        self.archive = False
        """Whether the archive is shown, and not the list."""
        self.selected: set[str] = set()
        self.temporary: set[str] = set()
        self.busy: set[str] = set()
        self.unread: set[str] = set()
        self.shown = ""
        """The id of the conversation on the screen."""
        self.filter = ""
        """What titles must fit, as it was typed."""
        self._fits: list[Row] | None = None
        self._key = order(self.order)
        self._sections = Sections(0)
        self._anchor: tuple[int, frozenset[str]] | None = None  # where shift began to select, and what was before

    def load(self, rows: Iterable[Row]) -> None:
        """Rows from the disk; those known already are newer and stay."""
        known = {row.id for row in self.rows}
        self.rows.extend(row for row in rows if row.id not in known)
        self.rows.sort(key=self._key)
        self._changed(self._under_cursor())

    def renew(self, rows: Iterable[Row], gone: Iterable[str] = ()) -> None:
        """Rows from the disk that are others than those that were loaded, and ids of conversations that are gone."""
        new = {row.id: row for row in rows}
        left = {*gone} | new.keys()
        if left:
            held = self._under_cursor()
            self.rows = sorted([*(row for row in self.rows if row.id not in left), *new.values()], key=self._key)
            self._changed(held)

    def narrow(self, typed: str) -> None:
        """Only conversations whose titles fit, the best first; "" shows all."""
        self.filter = typed
        self._changed(self._under_cursor())
        self.cursor = 0 if typed.strip() else self.cursor

    def sort(self, by: str) -> None:
        """Put the list into one of ORDERS."""
        self.order, self._key = by, order(by)
        self.rows.sort(key=self._key)
        self._changed(self._under_cursor())

    def show_archive(self, wanted: bool) -> None:
        """Show the archive, or the list."""
        held = self._under_cursor()
        self.archive = wanted
        self.select(())
        self._changed(held)

    def select(self, names: Iterable[str]) -> None:
        """Select these conversations and no others."""
        self.selected, self._anchor = set(names), None
        self._refresh_all()

    @property
    def chosen(self) -> tuple[str, ...]:
        """The ids of the selected conversations that are shown, else of the one under the cursor."""
        selected = tuple(row.id for row in self.seen if row.id in self.selected)
        here = self._under_cursor()
        return selected or ((here,) if here else ())

    @property
    def seen(self) -> list[Row]:
        """The rows that are shown: all, or those that fit what was typed."""
        return self.listed if self._fits is None else self._fits

    def put(self, row: Row) -> None:
        """A row that is new or has changed."""
        held = self._under_cursor()
        self.rows = [old for old in self.rows if old.id != row.id]
        insort_left(self.rows, row, key=self._key)
        self._changed(held)

    def drop(self, name: str) -> None:
        """The row is gone."""
        held = self._under_cursor()
        self.rows = [row for row in self.rows if row.id != name]
        self.selected.discard(name)
        self._changed(held)

    def show(self, name: str) -> None:
        """The conversation `name` is on the screen."""
        self.shown = name
        self.unread.discard(name)
        self._changed(name)

    def index(self, name: str) -> int | None:
        """The place of a conversation in the list."""
        return next((at for at, row in enumerate(self.listed) if row.id == name), None)

    def _under_cursor(self) -> str:
        return self.seen[self.cursor].id if self.cursor < len(self.seen) else ""

    def _changed(self, held: str) -> None:
        """The cursor stays where a person put it, and goes with the shown conversation otherwise."""
        self.listed = [row for row in self.rows if row.archived == self.archive]
        self._fits = _fitting(self.listed, self.filter) if self.filter.strip() else None
        pinned = sum(row.pinned for row in self.listed) if self._fits is None else 0
        self._sections = Sections(len(self.seen), pinned)
        self._anchor = None
        self.virtual_size = Size(self.size.width, self._sections.height)
        wanted = held if self.has_focus or self.filter else self.shown
        if (at := next((at for at, row in enumerate(self.seen) if row.id == wanted), None)) is not None:
            self.cursor = at
        self.cursor = max(0, min(self.cursor, len(self.seen) - 1))
        self._refresh_all()

    def _refresh_all(self) -> None:
        self.refresh()
        self.post_message(self.Changed())

    def watch_cursor(self) -> None:
        """The cursor stays in view."""
        top = self._sections.top(self.cursor)
        above = 1 if top == 1 else 0  # with the first row its heading comes into view
        self.scroll_to_region(Region(0, top - above, 1, LINES + above), animate=False)
        self.refresh()


def _fitting(rows: list[Row], typed: str) -> list[Row]:
    from chattui.tui.filtering import fitting  # noqa: PLC0415 - loaded when first wanted

    return fitting(rows, typed)
