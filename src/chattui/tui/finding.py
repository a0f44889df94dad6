"""Finding words inside the open conversation: which messages hold them, going to one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chattui.tui.clicks import Clickable
from chattui.tui.finder import Finder


class Findable(Clickable):
    """A pane in which words are found and gone to, one after the other."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._finder: Finder | None = None
        self._places: list[int] = []  # of the messages that say it
        self._count = -1  # messages that were looked through
        self._begun = 0  # the place from which one looks, while one types
        self._at = (0, 0)  # the place of a message, and the how-manieth find in it
        self.found: Callable[[], None] = lambda: None
        """Called when `finding` has changed."""

    @property
    def finding(self) -> tuple[int, int] | None:
        """The how-manieth message from 1, of how many, that say what is looked for; None when nothing is."""
        if self._finder is None:
            return None
        return (self._places.index(self._at[0]) + 1 if self._at[0] in self._places else 0), len(self._places)

    def seek(self, words: Sequence[str], message_id: str | None = None) -> None:
        """Mark these folded words, and go to the nearest: in that message, else upwards from what is in view."""
        wanted = [word for word in words if word]
        if not wanted:
            self.end_seek()
            return
        if self._finder is None:
            bottom = self.scroll_offset.y + self.scrollable_content_region.height - 1
            self._begun = self.layout_of.at(bottom)
        longer = self._finder is not None and all(
            any(old in new for old in self._finder.words) for new in wanted
        )  # what says the longer words is among what says the shorter ones
        self._finder = Finder(wanted)
        self._look(self._places if longer and self._count == len(self.layout_of.views) else None)
        if message_id is not None:
            self._begun = self.layout_of.place.get(message_id, self._begun)
        above = [place for place in self._places if place <= self._begun]
        if self._places:
            self._go(above[-1] if above else self._places[0], 0 if message_id or not above else -1)
        else:
            self._finder.current = {}
            self._show_finds()

    def step(self, by: int) -> None:
        """Go to the next find below (1) or above (-1); after the last one comes the first."""
        if self._finder is None:
            return
        if self._count != len(self.layout_of.views):
            self._look(None)
        if not self._places:
            return
        place, at = self._at
        if place in self._places and 0 <= at + by < len(self._finds(place)[0]):
            self._go(place, at + by)
            return
        following = [one for one in self._places if (one > place if by > 0 else one < place)]
        to = (following or self._places)[0 if by > 0 else -1]
        self._go(to, 0 if by > 0 else -1)

    def end_seek(self) -> bool:
        """Nothing is looked for any more; whether something was."""
        was = self._finder is not None
        self._finder, self._places, self._count = None, [], -1
        if was:
            self._show_finds()
        return was

    def _look(self, among: Sequence[int] | None) -> None:
        assert self._finder is not None
        views = self.layout_of.views
        places = range(len(views)) if among is None else among
        self._places = [place for place in places if self._finder.said(views.message(place).text)]
        self._count = len(views)

    def _finds(self, place: int) -> tuple[list[list[tuple[int, int, int]]], list[int]]:
        """Every find in a message, which is laid out for that, and the numbers of its rows."""
        assert self._finder is not None
        view = self.layout_of.views[place]
        view.read_all()
        while view.settle(0, view.height, 0)[1]:
            pass
        self.layout_of.measure(place)
        rows = list(view.lines(0, view.height))
        return self._finder.finds([line for line, _ in rows]), [number for _, number in rows]

    def _go(self, place: int, at: int) -> None:
        """Show the find `at` of a message, -1 for its last one; where its picture has none, the message itself."""
        assert self._finder is not None
        layout = self.layout_of
        anchor = layout.anchor(self.scroll_offset.y)
        finds, numbers = self._finds(place)
        at = at if at >= 0 else max(0, len(finds) - 1)
        parts = finds[at] if finds else []
        row = parts[0][0] if parts else 0
        self._at = (place, at)
        self._finder.current = {layout.whole(place, numbers[index]): (start, end) for index, start, end in parts}
        self.settle(layout.row_of(anchor))
        for _ in range(3):  # rows above may turn out to be more or fewer once they are seen
            top, height = self.scroll_offset.y, self.scrollable_content_region.height
            target = layout.starts[place] + row
            if top <= target < top + max(1, height - 1):
                break
            self.scroll_lines(target - top - height // 3)
        self._show_finds()

    def _show_finds(self) -> None:
        self._drawing.finder = self._finder
        self._drawing.forget()
        self.repaint()
        self.found()
