"""The line at the bottom: what is going on, in words, and the keys that work here."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chattui import safe
from chattui.tui.bars import Bar, bar, crop
from chattui.tui.chat import Chat
from chattui.tui.flow import after
from chattui.tui.keys import Keys, action, shown

Hint = tuple[str, str]
"""An action's id and the word for it here."""

ALWAYS: tuple[Hint, ...] = (
    ("conversation.new", "new"), ("search.all", "search"), ("endpoint.pick", "endpoint"), ("palette", "commands"),
    ("help.keys", "help"),
)  # fmt: skip
IN_LIST: tuple[Hint, ...] = (
    ("list.open", "open"), ("list.filter", "filter"), ("list.select", "select"), ("list.delete", "delete"),
    ("list.undo", "undo"), ("list.pin", "pin"), ("list.tag", "tag"), ("list.archive", "archive"), ("help.keys", "help"),
)  # fmt: skip
IN_MESSAGES: tuple[Hint, ...] = (
    ("message.copy", "copy"), ("message.regenerate", "again"), ("message.edit", "edit"), ("message.fold", "details"),
    ("focus.prompt", "prompt"), ("help.keys", "help"),
)  # fmt: skip
LEAST = 24
"""Cells that the words keep before keys are left out."""
PARTS = 3
"""Segments of one key: the gap, the key, the word."""


def hints(where: str, chat: Chat) -> tuple[Hint, ...]:
    """The keys worth a place, for the focused pane ("list", "messages", "prompt") and the conversation's state."""
    last = chat.last
    if chat.busy:
        first: tuple[Hint, ...] = (("stream.stop", "stop"),)
        if where == "prompt":
            first = (*first, ("prompt.send", "queue"))
    elif chat.session.read_only:
        first = (("conversation.copy", "open a copy"),)
    elif last is not None and last.state in {"failed", "incomplete", "stopped"}:
        first = (("message.retry", "retry"),)
        if where == "messages" and chat.session.can_go_on:
            first = (*first, ("message.continue", "go on"))
    else:
        first = ()
    match where:
        case "list":
            return first + IN_LIST
        case "messages":
            return first + IN_MESSAGES
        case _:
            return first + ALWAYS


def place_of(chat: Chat) -> str:
    """The endpoint and the model: the one that a reply in flight names, else the one that the next turn asks for, else
    the one that the endpoint last answered with.
    """
    session = chat.session
    last = session.reply or chat.last
    named = last.model if last is not None and last.endpoint == session.endpoint.name else ""
    model = (named or session.model) if session.reply is not None else (session.model or named)
    return " · ".join(safe.line(part, 60) for part in (session.endpoint.name, model) if part)


class Status(Bar):
    """Endpoint, model and state in words, and the keys that work here: in one line, or in two where that is narrow."""

    def __init__(self, keys: Keys, ticks: Callable[[], float]) -> None:
        super().__init__()
        self.keys = keys
        self.ticks = ticks
        self.chat: Chat | None = None

    def look(self, chat: Chat) -> None:
        """The conversation that is spoken of."""
        self.chat = chat
        self.refresh()

    @property
    def words(self) -> str:
        """The state of the shown conversation."""
        chat = self.chat
        if chat is None:
            return ""
        if chat.flow is None and chat.editing:
            stop = shown(self.keys, "stream.stop")
            keys = "; ".join(f"{key} {does}" for key, does in ((shown(self.keys, "prompt.send"), "asks again"),
                                                               (stop, "leaves it as it was")) if key)  # fmt: skip
            return f"editing your message: {keys}"
        if chat.flow is None:
            return after(chat.last, chat.session.trouble if chat.session.unsaved else "", chat.session.read_only)
        stop = shown(self.keys, "stream.stop")
        return chat.flow.words(self.ticks(), stop)

    def render_line(self, y: int) -> Strip:
        """In one line words and keys share it; in two the words have the first."""
        if self.size.height < 2:
            return super().render_line(y)
        width = self.size.width
        left = [self._said(width)] if y == 0 else [Segment(" ", self.rich_style), *self._keys(width - 1)[1:]]
        return bar(left, [], width, self.rich_style)

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        if self.chat is None:
            return [], []
        keys = self._keys(width - min(cell_len(self._text(width)), max(LEAST, width * 3 // 4)) - 3)
        taken = sum(segment.cell_length for segment in keys) + 1
        if taken > width // 2 and len(keys) == PARTS:
            keys, taken = [], 1
        return [self._said(width - taken)], [*keys, Segment(" ", self.rich_style)]

    def _text(self, width: int) -> str:
        """Where the talk is held and how it is going. Where that is too long, how much has come is left out, then the
        model, then the endpoint: the state is what matters.
        """
        if self.chat is None:
            return ""
        words, place = self.words, place_of(self.chat)
        fewer = words.rpartition(" · ")[0] if words.endswith((" characters", " tokens")) else words
        tries = (f" {place} · {words}", f" {place} · {fewer}", f" {place.partition(' · ')[0]} · {fewer}", f" {fewer}")
        return next((text for text in tries if cell_len(text) <= width), tries[-1])

    def _said(self, width: int) -> Segment:
        text = self._text(width)
        troubled = ("incomplete", "failed", "not saved", "stopped")
        warns = self.chat is not None and not self.chat.busy and self.words.startswith(troubled)
        return Segment(crop(text, width), self.part("bar--warning") if warns else self.rich_style)

    def _keys(self, room: int) -> list[Segment]:
        """As many keys as there is room for, the last one always."""
        if self.chat is None:
            return []
        pieces = [
            (f"{key} {word}", action(name))
            for name, word in hints(self._where, self.chat)
            if (key := shown(self.keys, name))
        ]
        while len(pieces) > 1 and sum(cell_len(text) + 2 for text, _ in pieces) > room:
            del pieces[-2]
        return [part for text, does in pieces for part in self._hint(text, does)]

    def _hint(self, text: str, does: str) -> list[Segment]:
        key, _, word = text.rpartition(" ")
        click = Style(meta={"@click": does}) if does.startswith("app.") else Style()
        return [
            Segment("  ", self.rich_style),
            Segment(key, self.part("bar--key") + click),
            Segment(f" {word}", self.part("bar--dim") + click),
        ]

    @property
    def _where(self) -> str:
        match self.screen.focused.id if self.screen.focused else "":
            case "conversations":
                return "list"
            case "transcript":
                return "messages"
            case _:
                return "prompt"
