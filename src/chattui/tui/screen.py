"""The one screen of the chat: its panes, and where they stand. It shows what it is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from chattui import safe
from chattui.config.params import lines
from chattui.tui.bars import Bar, Divider, Rule, crop
from chattui.tui.chat import Chat
from chattui.tui.history import History
from chattui.tui.keys import ALWAYS, Keys, bind, shown
from chattui.tui.prompt import Prompt
from chattui.tui.sidebar import Sidebar
from chattui.tui.status import Status, place_of
from chattui.tui.transcript import Transcript
from chattui.tui.waiting import Queue
from chattui.tui.welcome import Welcome

WIDE = 70
"""Cells from which on the list stands beside the messages."""
TICK = 0.25
"""Seconds between two looks at the clock while a reply is in flight."""
MINUTE = 60.0


class Title(Bar):
    """The line above the messages: the conversation's title, its endpoint and model, and what was tuned for it."""

    chat: Chat | None = None

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        if self.chat is None:
            return [], []
        session = self.chat.session
        params = lines(session.conversation.params).replace("\n", ", ")
        kept = "temporary" if self.chat.temporary else ""
        own = "own system" if session.conversation.system else ""
        place = " · ".join(
            (*filter(None, (kept,)), place_of(self.chat), *(safe.line(part, 60) for part in (params, own) if part))
        )
        place = crop(place, width * 2 // 3)
        title = safe.line(session.conversation.title) or ("Temporary: nothing is kept" if kept else "New conversation")
        return [Segment(f" {title}", self.part("bar--strong"))], [Segment(f"  {place} ", self.part("bar--dim"))]


class Banner(Static):
    """A warning above the messages; a click or esc closes it, and what was closed stays closed."""

    def __init__(self) -> None:
        super().__init__("", markup=False)
        self.display = False
        self._said = ""
        self._dismissed: set[str] = set()

    def say(self, text: str) -> None:
        """Show these sentences until they are closed; "" takes them away."""
        if text != self._said:
            self._said = text
            self.update(Content("\n".join(f"⚠ {line}" for line in safe.clean(text).splitlines())))
        self.display = bool(text) and text not in self._dismissed

    def close(self) -> None:
        """Do not show it again."""
        self._dismissed.add(self._said)
        self.display = False

    def forget(self, text: str) -> None:
        """What this told is over: it may be told again, also to whoever closed it."""
        self._dismissed = {closed for closed in self._dismissed if text not in closed}

    def on_click(self) -> None:
        """A click closes it."""
        self.close()


class ChatScreen(Screen[None], inherit_bindings=False):
    """List at the left, messages and prompt at the right, one line of state below."""

    BINDINGS: ClassVar[list[BindingType]] = []
    AUTO_FOCUS = "#prompt"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - Textual declares it without ClassVar
        (0, "-narrow"),
        (WIDE, "-wide"),
        (110, "-broad"),
    ]
    VERTICAL_BREAKPOINTS = [  # noqa: RUF012 - as above
        (0, "-flat"),
        (10, "-low"),
        (20, "-tall"),
    ]

    def __init__(
        self,
        keys: Keys,
        clock: Callable[[], float],
        ticks: Callable[[], float],
        history: History,
        list_width: int,
        size: Size,
    ) -> None:
        """`clock`: Unix seconds. `ticks`: seconds that never go back. `list_width` and the first `size` in cells."""
        fits = (_fitting(self.HORIZONTAL_BREAKPOINTS, size.width), _fitting(self.VERTICAL_BREAKPOINTS, size.height))
        super().__init__(classes=" ".join(fits))  # Textual sets them after the first frame, and begins again
        bind(self, "anywhere", keys, without=ALWAYS)
        self.title_bar = Title()
        self.banner = Banner()
        self.sidebar = Sidebar(keys, clock, list_width)
        self.sidebar.limit(alone=size.width < WIDE)
        self.transcript = Transcript(clock=clock, id="transcript")
        self.transcript.end_key = shown(keys, "scroll.end") or "↓"
        bind(self.transcript, "messages", keys)
        self.welcome = Welcome(keys)
        self.sign = Static("❯", id="sign", markup=False)
        self.prompt = Prompt(keys, history)
        self.queue = Queue()
        self.status = Status(keys, ticks)
        self._time: Timer | None = None
        self._divider, self._rule, self._floor = Divider(), Rule(), Rule(id="floor")
        self._divider.rule, self._floor.divider = self._rule, self._divider

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield self.sidebar
            yield self._divider
            with Vertical(id="main"):
                yield self.title_bar
                yield self.banner
                yield self.welcome
                yield self.transcript
                yield self._rule
                yield self.queue
                with Horizontal(id="write"):
                    yield self.sign
                    yield self.prompt
        yield self._floor
        yield self.status

    def on_mount(self) -> None:
        self.set_interval(MINUTE, self.sidebar.conversations.refresh)  # ages
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._divider.follow())

    def on_resize(self, event: events.Resize) -> None:
        """A list that was shown over the messages goes when there is room for it beside them."""
        if event.size.width >= WIDE:
            self.remove_class("-over")
        self.sidebar.limit(alone=event.size.width < WIDE)
        self._redraw_lines()

    def look(self, chat: Chat) -> None:
        """The shown conversation is this one, as it is now."""
        self.title_bar.chat = chat
        self.title_bar.refresh()
        self.welcome.display = chat.empty
        self.transcript.display = not chat.empty
        if chat.empty:
            self.welcome.about(chat.session.endpoint, chat.session.model)
        if (sign := "✎" if chat.editing else "❯") != self.sign.content:
            self.sign.update(sign)
        self.status.look(chat)

    def keep_time(self, wanted: bool) -> None:
        """Refresh what shows seconds four times a second, or stop it."""
        if wanted and self._time is None:
            self._time = self.set_interval(TICK, self.status.refresh)
        elif not wanted and self._time is not None:
            self._time.stop()
            self._time = None

    def on_descendant_focus(self) -> None:
        self.status.refresh()
        self.sidebar.conversations.refresh()

    def toggle_list(self) -> None:
        """Show or hide the list; where there is no room beside the messages, over them."""
        over = self.has_class("-narrow")
        self.toggle_class("-over" if over else "-hidden")
        if over and self.has_class("-over"):
            self.sidebar.conversations.focus()
        elif self.sidebar.conversations.has_focus:
            self.prompt.focus()
        self._redraw_lines()

    def _redraw_lines(self) -> None:
        def redraw() -> None:
            for line in (self._divider, self._rule, self._floor):
                line.refresh()

        self.call_after_refresh(redraw)  # where they meet is known after the layout


def _fitting(breakpoints: list[tuple[int, str]], cells: int) -> str:
    """The class of the widest of these that fits."""
    return max((limit, name) for limit, name in breakpoints if limit <= cells)[1]
