"""Where each message stands: heights that are guesses until somebody looks, and what must not move meanwhile."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chattui.chat import Message
from chattui.tui.look import Look
from chattui.tui.rows import Line
from chattui.tui.views import Views

if TYPE_CHECKING:
    from chattui.tui.message import MessageView

SHIFT = 64
"""Bits of a row's number that tell rows of one message apart; the message's place stands above them."""
ROW = (1 << SHIFT) - 1


class Spot(NamedTuple):
    """A row: what it shows, the number that stays its own while others change, and its message."""

    line: Line
    number: int
    view: MessageView


class Layout:
    """The messages of a pane, one below the other. Rows are counted from the first one's first row."""

    def __init__(self, look: Look) -> None:
        self.look = look
        self.views = Views(look)
        self.place: dict[str, int] = {}
        """The index of each message in `views`, by its id."""
        self.starts: list[int] = [0]
        """The first row of each message, and the row after the last one."""
        self.known = 0
        """Rows that are no news to the reader: all of them while the tail is followed."""

    @property
    def height(self) -> int:
        """All rows."""
        return self.starts[-1]

    def show(self, messages: Sequence[Message]) -> None:
        """These messages instead of all others."""
        self.views = Views(self.look, messages)
        self.place = {message.id: at for at, message in enumerate(messages)}
        self.look.kept.clear()
        self.look.behind.clear()
        self.measure()

    def turn(self, messages: Sequence[Message]) -> None:
        """Another branch of the same conversation: the messages that both begin with keep their rows."""
        same = 0
        for old, new in zip(self.views.messages(), messages, strict=False):
            if old is not new:
                break
            same += 1
        for view in self.views.cut(same, messages[same:]):
            self.look.behind.discard(view)
        for view in self.views.made():
            view.tick()  # siblings may be more or fewer now
        self.place = {message.id: at for at, message in enumerate(messages)}
        self.measure()

    def add(self, message: Message) -> int:
        """One more message. Returns its place; call `measure` then."""
        self.place[message.id] = place = self.views.add(message)
        return place

    def measure(self, first: int = 0) -> None:
        """Heights of the messages from `first` on may be others now."""
        del self.starts[first + 1 :]
        total = self.starts[first]
        self.starts += [total := total + height for height in self.views.heights(first)]

    def at(self, row: int) -> int:
        """The place of the message in a row; the nearest one when there is none."""
        return max(0, min(bisect_right(self.starts, row) - 1, len(self.views) - 1))

    def spots(self, first: int, count: int) -> Iterator[Spot]:
        """What stands in the rows from `first` on; nothing stands below the last message."""
        end = min(first + count, self.height)
        at = self.at(first)
        while first < end:
            view, start = self.views[at], self.starts[at]
            for line, number in view.lines(first - start, min(end, self.starts[at + 1]) - start):
                yield Spot(line, (at << SHIFT) | number, view)
            at += 1
            first = self.starts[at]

    def spot(self, row: int) -> Spot | None:
        """What stands in a row; None below the last message."""
        return next(self.spots(row, 1), None) if row >= 0 else None

    def row_of(self, number: int) -> int:
        """Where the row with this number stands now; the nearest one if it has gone."""
        if not self.views:
            return 0
        at = min(number >> SHIFT, len(self.views) - 1)
        return self.starts[at] + (self.views[at].row_of(number & ROW) if self.views[at].read else 0)

    def whole(self, place: int, number: int) -> int:
        """The number of a row of the pane, from the number that it has within its message."""
        return (place << SHIFT) | number

    def anchor(self, row: int) -> int:
        """The number of a row, whether or not it has been laid out."""
        if not self.views:
            return 0
        at = self.at(row)
        view = self.views[at]
        return (at << SHIFT) | (view.line(row - self.starts[at])[1] if view.read else 0)

    def settle(self, top: int, height: int, pin: int, *, tail: bool, spare: int = 0, step: int = 0) -> int:
        """Lays out what `height` rows from `top` on show. Returns the top row then: `pin` has not moved on the screen.

        At most `spare` blank rows stay below the last message. With `tail` the rows at the end are shown, and when the
        view must move down for that, it moves by `step` rows more.
        """
        before = self.height
        while True:
            last = max(0, self.height - height)
            if not tail:
                top = min(max(0, top), last + spare)
            elif top < last:
                top = last + step
            elif top > last + spare:
                top = last
            first = at = self.at(top)
            shift, changed = 0, False
            while at < len(self.views) and self.starts[at] < top + height:
                start = self.starts[at]
                moved, differs = self.views[at].settle(top - start, top + height - start, pin - start)
                shift += moved
                changed = changed or differs
                at += 1
            if not changed:
                break
            top, pin = top + shift, pin + shift
            self.measure(first)
        self.known += self.height - before  # better guesses are no news
        return top

    def restyle(self) -> None:
        """The look is another one: every height is guessed again."""
        news = self.height - self.known
        self.look.kept.clear()
        for view in self.views.made():
            view.restyle()
        self.measure()
        self.known = self.height - news
