"""The lines above the prompt that show which prompts wait to be sent."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from chattui import safe
from chattui.tui.bars import crop
from chattui.tui.chat import Chat

SHOWN = 3
"""Prompts that are shown, at most; of the others their number is told."""
LONGEST = 400
"""Characters of one that are looked at."""
LEAST = 24
"""Cells of a prompt that its keys leave free."""


class Queue(Static):
    """One line for each prompt that waits; there is nothing to see while none does."""

    class Wanted(Message):
        """A person wants to change what waits."""

    class Moved(Message):
        """Other prompts wait now in the shown conversation."""

    def __init__(self) -> None:
        super().__init__("", id="queue", markup=False)
        self.display = False
        self._lines: list[tuple[str, list[tuple[str, str]]]] = []

    def on_click(self) -> None:
        """A click shows all of it."""
        self.post_message(self.Wanted())

    def look(self, chat: Chat, send: str, back: str, change: str) -> None:
        """What waits in this conversation. The others are keys, "" = none."""
        self.display = bool(chat.queue)
        if not chat.queue:
            return
        state = "next" if chat.busy else "not sent"
        texts = [f" ⏎ {state}: {safe.line(chat.queue[0], LONGEST)}"]
        texts += [f"   then: {safe.line(text, LONGEST)}" for text in chat.queue[1:SHOWN]]
        if (more := len(chat.queue) - SHOWN) > 0:
            texts[-1] = f"   then: {more + 1} more"
        several = len(chat.queue) > 1
        first = [(send, "sends it")] if send and not chat.busy else []
        first += [(change, "changes them")] if change and several else []
        last = [(back, "takes it back")] if back and not more > 0 else []
        keys = [first, *([] for _ in texts[2:]), last] if several else [first + last]
        self._lines = list(zip(texts, keys, strict=True))
        self._draw()

    def on_resize(self) -> None:
        """Texts are cut for their keys."""
        self._draw()

    def _draw(self) -> None:
        if self._lines and (width := self.size.width or self.app.size.width):
            self.update(Content("\n").join([_line(text, keys, width) for text, keys in self._lines]))


def _line(text: str, keys: list[tuple[str, str]], width: int) -> Content:
    """The text and as many of its keys as leave it room."""
    for count in range(len(keys), 0, -1):
        said = Content("   ").join([Content.assemble((key, "bold $primary"), f" {does}") for key, does in keys[:count]])
        if (room := width - said.cell_length - 2) >= LEAST:
            return Content.assemble(crop(text, room), "  ", said)
    return Content(crop(text, width))
