"""The hits of a search, two lines each, drawn line by line: where and when, and the words in their place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from chattui import safe
from chattui.search import Hit
from chattui.tui.ages import MONTHS
from chattui.tui.bars import bar, crop
from chattui.tui.selection import marked

LINES = 2


def when(then: float, now: float) -> str:
    """The time of a message in the local time zone: today 14:02, Oct 12 09:31, Oct 12, 2024."""
    try:
        local, today = time.localtime(then), time.localtime(now)
    except (OverflowError, OSError, ValueError):  # a document may hold any number
        return "?"
    clock = f"{local.tm_hour:02}:{local.tm_min:02}"
    if local[:3] == today[:3]:
        return f"today {clock}"
    day = f"{MONTHS[local.tm_mon - 1]} {local.tm_mday}"
    return f"{day} {clock}" if local.tm_year == today.tm_year else f"{day}, {local.tm_year}"


class HitList(ScrollView, can_focus=False):
    """The hits, the newest first. The focus stays where one types."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--title", "hits--more", "hits--text", "hits--find", "hits--cursor"}
    cursor: reactive[int] = reactive(0, repaint=False)

    class Chosen(Message):
        """A hit was clicked."""

        def __init__(self, hit: Hit) -> None:
            super().__init__()
            self.hit = hit

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives Unix seconds."""
        super().__init__(id="hits")
        self.clock = clock
        self.hits: Sequence[Hit] = ()
        self.nothing = ""
        """What is said where there are no hits."""

    def show(self, hits: Sequence[Hit], *, anew: bool) -> None:
        """These hits. The cursor stays on its hit, unless it is about something new."""
        held = self.chosen
        self.hits = hits
        self.virtual_size = Size(self.size.width, LINES * len(hits))
        if anew or held is None:
            self.cursor = 0
        else:
            same = (held.conversation, held.message)
            at = next((at for at, hit in enumerate(hits) if (hit.conversation, hit.message) == same), 0)
            self.cursor = at if self.cursor else 0  # whoever stands at the first one wants the newest
        self.refresh()

    @property
    def chosen(self) -> Hit | None:
        """The hit under the cursor."""
        return self.hits[self.cursor] if self.cursor < len(self.hits) else None

    def move(self, by: int) -> None:
        """The cursor goes down, or up; a page is as much as is in view."""
        self.cursor = max(0, min(self.cursor + by, len(self.hits) - 1))

    @property
    def page(self) -> int:
        """How many are in view."""
        return max(1, self.size.height // LINES - 1)

    def watch_cursor(self) -> None:
        """The cursor stays in view."""
        self.scroll_to_region(Region(0, self.cursor * LINES, 1, LINES), animate=False)
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click opens a hit."""
        at = (event.y + self.scroll_offset.y) // LINES
        if at < len(self.hits):
            self.cursor = at
            self.post_message(self.Chosen(self.hits[at]))

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        at, part = divmod(y + self.scroll_offset.y, LINES)
        if at >= len(self.hits):
            said = f"  {self.nothing}" if not self.hits and y == 1 else ""
            style = self._style("hits--more")
            return bar([Segment(crop(said, width), style)], [], width, style)
        return (self._head if part == 0 else self._text)(self.hits[at], width, here=at == self.cursor)

    def _head(self, hit: Hit, width: int, *, here: bool) -> Strip:
        dim = self._style("hits--more", here=here)
        who = "you" if hit.role == "user" else "title" if hit.role is None else safe.line(hit.who or str(hit.role), 24)
        right = f" {who} · {when(hit.created, self.clock())} "
        room = max(8, width - cell_len(right) - 2)
        title = crop(safe.line(hit.title) or "untitled", room)
        edge = "▌ " if here else "  "
        strong = self._style("hits--title", here=here)
        return bar([Segment(edge, strong), Segment(title, strong)], [Segment(right, dim)], width, dim)

    def _text(self, hit: Hit, width: int, *, here: bool) -> Strip:
        style, find = self._style("hits--text", here=here), self._style("hits--find", here=here)
        segments = [Segment(hit.excerpt, style)]
        for start, end in hit.marks:
            segments = marked(segments, start, end, find)
        strip = Strip([Segment("▌   " if here else "    ", self._style("hits--title", here=here)), *segments])
        if strip.cell_length > width - 1:
            strip = Strip([*strip.crop(0, width - 2), Segment("…", style)])
        return strip.adjust_cell_length(width, style)

    def _style(self, name: str, *, here: bool = False) -> Style:
        if not here:
            return self.get_component_rich_style(name)
        return self.get_component_rich_style("hits--cursor") + self.get_component_rich_style(name, partial=True)
