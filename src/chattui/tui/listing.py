"""The list of conversations: two lines each, drawn line by line, so that ten thousand cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from chattui import safe
from chattui.document import Row
from chattui.tui.ages import ago
from chattui.tui.bars import bar, crop
from chattui.tui.keys import Keys, bind
from chattui.tui.listed import Listed
from chattui.tui.order import words


class ConversationList(Listed, can_focus=True):
    """The rows. Knows nothing of files: it is given Rows and tells what a person wants done with one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"list--title", "list--more", "list--cursor", "list--mark", "list--rule"}
    BINDINGS: ClassVar[list[BindingType]] = [  # as letters belong to a prompt; the rest is in the keymap
        Binding("up", "prev", show=False),
        Binding("down", "next", show=False),
        Binding("home", "to(0)", show=False),
        Binding("end", "to(-1)", show=False),
    ]

    class Wanted(Message):
        """A person wants to "open" or "rename" the conversation `name`; to "delete", "pin", "tag" or "archive" all of
        `names`, the selected ones or that one; to "undo" a delete, "filter", "sort", or see what is "archived"
        or in the "trash".
        """

        def __init__(self, what: str, name: str = "", names: tuple[str, ...] = ()) -> None:
            super().__init__()
            self.what = what
            self.name = name
            self.names = names

    def __init__(self, keys: Keys, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        super().__init__()
        bind(self, "list", keys)
        self.clock = clock
        self._styles: dict[tuple[str, ...], Style] = {}

    # ------------------------------------------------------------ keys and mouse

    def action_next(self) -> None:
        self._anchor = None
        self._move(1)

    def action_prev(self) -> None:
        self._anchor = None
        self._move(-1)

    def action_to(self, at: int) -> None:
        self._anchor = None
        self.cursor = max(0, at if at >= 0 else len(self.seen) + at)

    def _move(self, by: int) -> None:
        self.cursor = max(0, min(self.cursor + by, len(self.seen) - 1))

    def action_select(self) -> None:
        """Select the conversation under the cursor, or no longer, and go to the next."""
        if name := self._under_cursor():
            self.select(self.selected ^ {name})
            self._move(1)

    def action_select_down(self) -> None:
        self._extend(1)

    def action_select_up(self) -> None:
        self._extend(-1)

    def action_select_all(self) -> None:
        """Select all that are shown; again: none."""
        names = {row.id for row in self.seen}
        self.select(() if names <= self.selected else names)

    def _extend(self, by: int) -> None:
        """Select all from where this began to where the cursor goes."""
        began, before = self._anchor or (self.cursor, frozenset(self.selected))
        self._move(by)
        first, last = sorted((began, self.cursor))
        self.select({*before, *(row.id for row in self.seen[first : last + 1])})
        self._anchor = began, before

    def action_open(self) -> None:
        self._want("open")

    def action_rename(self) -> None:
        self._want("rename")

    def action_delete(self) -> None:
        self._want("delete")

    def action_pin(self) -> None:
        self._want("pin")

    def action_tag(self) -> None:
        self._want("tag")

    def action_archive(self) -> None:
        self._want("archive")

    def action_archived(self) -> None:
        self.post_message(self.Wanted("archived"))

    def action_sort(self) -> None:
        self.post_message(self.Wanted("sort"))

    def action_filter(self) -> None:
        self.post_message(self.Wanted("filter"))

    def action_trash(self) -> None:
        self.post_message(self.Wanted("trash"))

    def action_undo(self) -> None:
        self.post_message(self.Wanted("undo"))

    def _want(self, what: str) -> None:
        if name := self._under_cursor():
            self.post_message(self.Wanted(what, name, self.chosen))

    def on_click(self, event: events.Click) -> None:
        """A click opens a conversation; with ctrl it selects it, with shift all up to it."""
        at, _ = self._sections.at(event.y + self.scroll_offset.y)
        if not 0 <= at < len(self.seen):
            return
        if event.shift:
            self._extend(at - self.cursor)
            return
        self.cursor = at
        if event.ctrl:
            self.select(self.selected ^ {self.seen[at].id})
        else:
            self._want("open")

    # ------------------------------------------------------------ painting

    def render_lines(self, crop: Region) -> list[Strip]:
        self._styles.clear()  # looked up once per paint, not once per line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        at, part = self._sections.at(y + self.scroll_offset.y)
        width = self.size.width
        if at < 0:
            return self._rule("" if part else "pinned", width)
        if at >= len(self.seen):
            nothing = "nothing is archived" if self.archive else "nothing here yet"
            said = f"  {'no conversation fits' if self.listed else nothing}"
            said = said if not self.seen and y == 0 else ""
            style = self._style("list--more")
            return bar([Segment(crop(said, width), style)], [], width, style)
        row = self.seen[at]
        extra = ["list--cursor"] if self.has_focus and at == self.cursor else []
        return self._title(row, width, extra) if part == 0 else self._more(row, width, extra)

    def _title(self, row: Row, width: int, extra: list[str]) -> Strip:
        busy, unread = row.id in self.busy, row.id in self.unread
        sign = (
            "✓"
            if row.id in self.selected
            else "●"
            if busy
            else "○"
            if unread
            else "!"
            if row.damaged or row.state == "failed"
            else " "
        )
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
        said = crop(words(row, busy=row.id in self.busy, temporary=row.id in self.temporary), width - 4)
        return bar([edge, Segment(f"  {said}", style)], [], width, style)

    def _rule(self, word: str, width: int) -> Strip:
        said = f" {word} " if word else " "
        line = Segment("─" * max(0, width - len(said) - 1), self._style("list--rule"))
        return bar([Segment(said, self._style("list--more")), line], [], width, self._style("list--more"))

    def _style(self, *names: str) -> Style:
        if (found := self._styles.get(names)) is None:
            found = self._styles[names] = self.get_component_rich_style(*names)
        return found
