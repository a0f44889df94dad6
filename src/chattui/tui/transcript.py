"""The message pane: one widget that draws its own lines, however many messages there are.

It shows `chattui.chat.Message` values and holds no workflow. Rows are laid out when they come into view; until then
heights are guesses, and when a guess was wrong the scroll position moves with it, so that nothing on the screen jumps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from textual.timer import Timer

from chattui import safe
from chattui.branches import Place
from chattui.chat import Message, State
from chattui.events import ChatEvent, Progress, RemoteState, Started, UsageReported
from chattui.tui.finding import Findable
from chattui.tui.look import Look
from chattui.tui.palette import MONOCHROME

FRAME = 1 / 30
"""Seconds between two looks at what has arrived."""
REST = 3
"""How often the cost of the last look must have passed before the next one: what keeps a flood from taking the CPU."""
PAUSE = 0.01
"""Seconds between two looks at a message that is too long to be read at once."""
UNHURRIED = (Progress, RemoteState, Started, UsageReported)
"""Events that show nothing which anybody waits for: the first text that follows must not wait behind them."""
NOWHERE: Mapping[str, Place] = {}
TICK = 0.25
"""Seconds between two looks at the clock while a reply is in flight."""


class Transcript(Findable):
    """Messages, newest at the bottom. Follows the tail until somebody scrolls up. Binds no keys."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        max_width: int = 100,
        id: str | None = None,  # noqa: A002 — Textual's name for it
        classes: str | None = None,
    ) -> None:
        """`clock` gives Unix seconds. Prose is at most `max_width` cells wide; code and tables may use the pane."""
        super().__init__(Look(MONOCHROME, clock, limit=max_width), id=id, classes=classes)
        self._dirty: set[int] = set()  # places of messages with events that are not shown yet
        self._live: set[str] = set()  # ids of the messages in flight
        self._timer: Timer | None = None
        self._ticker: Timer | None = None
        self._due = 0.0
        self._warm = False

    # ------------------------------------------------------------ content

    def show(self, messages: Sequence[Message], places: Mapping[str, Place] = NOWHERE) -> None:
        """These messages instead of all others, seen from their end. `places`: where those stand that have siblings."""
        self._dirty.clear()
        self.end_seek()
        self.look.places = places
        self.layout_of.show(messages)
        self._live = {message.id for message in messages if message.state == "streaming"}
        self.chosen = None
        self._watch_time()
        self.to_end()

    def turn(self, messages: Sequence[Message], places: Mapping[str, Place], chosen: str | None) -> None:
        """Another branch of the same conversation, with this message selected. What both begin with stays in place."""
        self._dirty.clear()
        self.look.places = places
        self.layout_of.turn(messages)
        self.chosen = chosen if chosen in self.layout_of.place else None
        self._following = False
        self.layout_of.known = self.layout_of.height
        self.settle()
        if self.chosen is not None:
            self.show_chosen()
        self.repaint()

    def add(self, message: Message) -> None:
        """One more message at the end; in place of the one with its id if there is one."""
        if message.id in self.layout_of.place:
            self.replace(message)
            return
        place = self.layout_of.add(message)
        self._alive(message)
        self.updated(place)

    def replace(self, message: Message) -> None:
        """The message with this id has another value now. Unknown ids are ignored."""
        if (place := self.layout_of.place.get(message.id)) is None:
            return
        self._dirty.discard(place)
        self.layout_of.views[place].put(message)
        self._alive(message)
        self.updated(place)

    def finish(self, message: Message) -> None:
        """The reply has ended: the message as it is stored, laid out once more as a whole."""
        self.replace(message)

    def write(self, message_id: str, event: ChatEvent) -> None:
        """One more event of the message in flight. Unknown ids are ignored."""
        if (place := self.layout_of.place.get(message_id)) is None:
            return
        self.layout_of.views[place].write(event)
        self._dirty.add(place)
        wait = self._due - time.perf_counter()
        if wait <= 0 and not isinstance(event, UNHURRIED):
            self.flush()
        elif self._timer is None:
            self._timer = self.set_timer(max(wait, FRAME), self.flush)

    def read_on(self) -> None:
        """More of a very long message, as soon as everything else had its turn."""
        if self._timer is None:
            self._timer = self.set_timer(PAUSE, self.flush)

    def flush(self) -> None:
        """Shows what has been written, now."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._dirty.update(self.layout_of.place[view.message.id] for view in self.look.behind)
        if not self._dirty:
            return
        began = time.perf_counter()
        for place in self._dirty:
            self.layout_of.views[place].flush()
        self.updated(min(self._dirty))
        self._dirty.clear()
        now = time.perf_counter()
        self._due = now + max(FRAME, REST * (now - began + self.paint_cost))
        self.paint_cost = 0.0

    @property
    def last(self) -> str | None:
        """The id of the last message."""
        views = self.layout_of.views
        return views.message(-1).id if views else None

    @property
    def keys(self) -> Mapping[State, str]:
        """The words about keys under messages that did not end well, by their state: {"failed": "f5 retry"}."""
        return self.look.keys

    @keys.setter
    def keys(self, keys: Mapping[State, str]) -> None:
        if keys == self.look.keys:
            return
        self.look.keys = dict(keys)
        if any(message.state in keys for message in self.layout_of.views.messages()):
            self.restyle()

    @property
    def max_width(self) -> int:
        """Cells that prose may be wide."""
        return self.look.limit

    @max_width.setter
    def max_width(self, cells: int) -> None:
        self.look.limit = max(20, cells)
        self.restyle()

    def code_blocks(self, message_id: str) -> tuple[str, ...]:
        """The code blocks of a message as they were written, in the order of their numbers."""
        place = self.layout_of.place.get(message_id)
        if place is None:
            return ()
        code = self.layout_of.views[place].markdown.code
        self.updated(place)
        return code

    def code_languages(self, message_id: str) -> tuple[str, ...]:
        """What they are said to be written in, "" where nothing is said."""
        place = self.layout_of.place.get(message_id)
        return () if place is None else self.layout_of.views[place].markdown.languages

    # ------------------------------------------------------------ time

    def _alive(self, message: Message) -> None:
        if message.state == "streaming":
            self._live.add(message.id)
            if not self._warm:
                from chattui.tui.render import warm  # noqa: PLC0415 - the first frame draws no message

                self._warm = True
                self.run_worker(warm, thread=True, exit_on_error=False)
        else:
            self._live.discard(message.id)
        self._watch_time()

    def _watch_time(self) -> None:
        """Four times a second while a reply is in flight; no timer otherwise."""
        self.growing = bool(self._live)
        if self._live and self._ticker is None and self.is_mounted:
            self._ticker = self.set_interval(TICK, self._tick)
        elif not self._live and self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def on_mount(self) -> None:
        self._watch_time()

    def _tick(self) -> None:
        places = [self.layout_of.place[message_id] for message_id in self._live]
        for place in places:
            self.layout_of.views[place].tick()
        self.updated(min(places))

    # ------------------------------------------------------------ one message

    @property
    def selected(self) -> str | None:
        """The id of the selected message."""
        return self.chosen

    @selected.setter
    def selected(self, message_id: str | None) -> None:
        self.chosen = message_id if message_id in self.layout_of.place else None
        self.repaint()

    def select_prev(self) -> None:
        """Selects the message above; the last one in view when none is selected."""
        self._select(-1)

    def select_next(self) -> None:
        """Selects the message below."""
        self._select(1)

    def _select(self, step: int) -> None:
        layout = self.layout_of
        if not layout.views:
            return
        top, height = self.scroll_offset.y, self.scrollable_content_region.height
        if self.chosen is None:
            place = layout.at(top + height - 2)
        else:
            place = min(max(0, layout.place[self.chosen] + step), len(layout.views) - 1)
        self.selected = layout.views.message(place).id
        self.show_chosen()

    def show_chosen(self) -> None:
        """Scrolls no further than is needed to see the selected message, at least its beginning."""
        layout, top, height = self.layout_of, self.scroll_offset.y, self.scrollable_content_region.height
        if self.chosen is None:
            return
        place = layout.place[self.chosen]
        start, end = layout.starts[place : place + 2]
        if start < top or start >= top + height:
            self.scroll_lines(start - top)
        elif end > top + height:
            self.scroll_lines(min(start - top, end - top - height))

    def toggle_reasoning(self, message_id: str | None = None) -> None:
        """Opens or closes what lies behind a message; by default the selected one, else the last that has any."""
        wanted = message_id or self.chosen
        for place in range(len(self.layout_of.views) - 1, -1, -1):
            view = self.layout_of.views[place]
            if wanted in {None, view.message.id} and view.has_more:
                view.fold()
                self.updated(place)
                return

    def toggle_blocks(self, message_id: str | None = None) -> bool:
        """Folds long blocks of a message, or opens them: of the selected one, else the last that has any."""
        wanted = message_id or self.chosen
        for place in range(len(self.layout_of.views) - 1, -1, -1):
            view = self.layout_of.views[place]
            if wanted in {None, view.message.id} and view.fold_blocks():
                self.updated(place)
                return True
        return False

    def toggle_source(self) -> None:
        """Shows the text of the selected message, else the last one, as it was written, or as Markdown again."""
        if self.layout_of.views:
            place = self.layout_of.place[self.chosen] if self.chosen else len(self.layout_of.views) - 1
            self.layout_of.views[place].show_source()
            self.updated(place)

    def toggle_hidden(self, message_id: str | None = None) -> bool:
        """Names the hidden characters of a message, by default the selected one, else the last that has any.

        False when there are none.
        """
        wanted = message_id or self.chosen
        for place in range(len(self.layout_of.views) - 1, -1, -1):
            view = self.layout_of.views[place]
            said = view.message
            if wanted in {None, said.id} and safe.hidden(said.text + said.reasoning) and view.reveal():
                self.updated(place)
                return True
        return False
