"""The line at the bottom: what is going on, in words, and the keys that work here."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from chattui.tui.bars import Bar, crop
from chattui.tui.chat import Chat
from chattui.tui.flow import after
from chattui.tui.keys import Keys, action, shown

Hint = tuple[str, str]
"""An action's id and the word for it here."""

ALWAYS: tuple[Hint, ...] = (
    ("conversation.new", "new"), ("endpoint.pick", "endpoint"), ("palette", "commands"), ("help.keys", "help"),
)  # fmt: skip
IN_LIST: tuple[Hint, ...] = (
    ("list.open", "open"), ("list.rename", "rename"), ("list.delete", "delete"), ("list.undo", "undo"),
    ("help.keys", "help"),
)  # fmt: skip
IN_MESSAGES: tuple[Hint, ...] = (
    ("message.copy", "copy"), ("message.regenerate", "again"), ("message.fold", "details"),
    ("focus.prompt", "prompt"), ("help.keys", "help"),
)  # fmt: skip
LEAST = 24
"""Cells that the words keep before keys are left out."""


def hints(where: str, chat: Chat) -> tuple[Hint, ...]:
    """The keys worth a place, for the focused pane ("list", "messages", "prompt") and the conversation's state."""
    last = chat.last
    if chat.busy:
        first: tuple[Hint, ...] = (("stream.stop", "stop"),)
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


class Status(Bar):
    """Words at the left, keys at the right; as many keys as there is room for, the last one always."""

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
        if chat.flow is None:
            return after(chat.last, chat.session.trouble)
        stop = shown(self.keys, "stream.stop")
        if chat.waiting and not chat.flow.stopping:
            return f"still answering: wait, or {stop or 'stop it'} stops; your text is kept"
        return chat.flow.words(self.ticks(), stop)

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        if self.chat is None:
            return [], []
        words = self.words
        pieces = [
            (f"{key} {word}", action(name))
            for name, word in hints(self._where, self.chat)
            if (key := shown(self.keys, name))
        ]
        room = width - min(cell_len(words), max(LEAST, width // 2)) - 3
        while len(pieces) > 1 and sum(cell_len(text) + 3 for text, _ in pieces) > room:
            del pieces[-2]
        if pieces and cell_len(pieces[-1][0]) + 3 > width // 2:
            pieces = []
        left = crop(f" {words}", width - sum(cell_len(text) + 3 for text, _ in pieces) - 1)
        warns = not self.chat.busy and words.startswith(("incomplete", "failed", "not saved", "stopped"))
        style = self.part("bar--warning") if warns else self.rich_style
        keys = [part for text, does in pieces for part in self._hint(text, does)]
        return [Segment(left, style)], [*keys, Segment(" ", self.rich_style)]

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
