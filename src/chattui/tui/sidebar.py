"""The pane at the left: the list of conversations under its heading, or under a line to filter it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical

from chattui import safe
from chattui.tui.bars import Bar, crop
from chattui.tui.keys import Keys
from chattui.tui.listing import ConversationList
from chattui.tui.order import ORDERS

if TYPE_CHECKING:
    from chattui.tui.filtering import FilterLine


class Heading(Bar):
    """The line above the list: which conversation of how many, how they are sorted, how many are selected."""

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        found = self.screen.query_one(ConversationList)
        if found.filter.strip():
            count = f"{len(found.seen):,} of {len(found.listed):,}"
            typed = Segment(f" /{safe.line(found.filter)}", self.part("bar--key"))
            return [typed], [Segment(f" {count} ", self.rich_style)]
        at, many = found.index(found.shown), len(found.listed)
        count = f"{at + 1}/{many:,}" if at is not None else f"{many:,}" if many else ""
        if selected := sum(row.id in found.selected for row in found.listed):
            words = Segment(f" {selected:,} selected", self.part("bar--key"))
        else:
            title = " ".join(filter(None, ("Archive" if found.archive else "Conversations", ORDERS[found.order])))
            words = Segment(crop(f" {title}", width - len(count) - 2), self.rich_style)
        return [words], [Segment(f" {count} ", self.rich_style)]


class Sidebar(Vertical):
    """The pane at the left."""

    def __init__(self, keys: Keys, clock: Callable[[], float], width: int) -> None:
        """`width` in cells, the line at the right not counted; a screen of less than three times that gives less."""
        super().__init__(id="sidebar")
        self.conversations = ConversationList(keys, clock)
        self.heading = Heading()
        self.filter: FilterLine | None = None
        self._width = width

    def limit(self, *, alone: bool = False) -> None:
        """Take no more room than the configuration gives; all that there is when it stands `alone`."""
        self.styles.max_width = "100%" if alone else self._width

    def compose(self) -> ComposeResult:
        yield self.heading
        yield self.conversations

    def on_listed_changed(self) -> None:
        """The heading counts."""
        self.heading.refresh()

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

    def step_back(self, *, typing: bool) -> bool:
        """Select none, or take the filter away, or leave the archive; whether there was anything to leave. `typing`:
        only the filter while one types it.
        """
        here = self.filter is not None and self.filter.typing
        if not here and (typing or not self.conversations.has_focus):
            return False
        if not here and self.conversations.selected:
            self.conversations.select(())
            return True
        if not here and not self.conversations.filter:
            if not self.conversations.archive:
                return False
            self.conversations.show_archive(False)
            return True
        self.conversations.focus()
        self.conversations.narrow("")
        return True
