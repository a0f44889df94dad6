"""The lines above the prompt that show which prompts wait to be sent."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from chattui import safe
from chattui.tui.bars import crop
from chattui.tui.chat import Chat

SHOWN = 3
"""Prompts that are shown, at most; of the others their number is told."""
LONGEST = 400
"""Characters of one that are looked at."""


class Queue(Static):
    """One line for each prompt that waits; there is nothing to see while none does."""

    def __init__(self) -> None:
        super().__init__("", id="queue", markup=False)
        self.display = False

    def look(self, chat: Chat, *, send: str, back: str) -> None:
        """What waits in this conversation. `send` and `back` are keys, "" = none."""
        self.display = bool(chat.queue)
        if not chat.queue:
            return
        width = max(20, self.app.size.width - 40 if self.size.width == 0 else self.size.width)
        first, *others = chat.queue
        keys = [f"{back} takes it back"] if back else []
        if not chat.busy and send:
            keys.insert(0, f"{send} sends it")
        state = "next" if chat.busy else "not sent"
        said = f"  {'   '.join(keys)}" if keys else ""
        lines = [f" ⏎ {state}: {crop(safe.line(first, LONGEST), max(8, width - len(state) - len(said) - 6))}{said}"]
        lines += [f"   then: {safe.line(text, LONGEST)}" for text in others[: SHOWN - 1]]
        if (more := len(others) - SHOWN + 1) > 0:
            lines[-1] = f"   then: {more + 1} more"
        self.update(Content("\n".join(crop(line, width) for line in lines)))
