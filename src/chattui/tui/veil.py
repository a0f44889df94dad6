"""The characters of one message that would not be seen: how many, and whether they are named in their places."""

from __future__ import annotations

from chattui import safe
from chattui.chat import Message


class Veil:
    """Counts as the message grows, and not before somebody asks."""

    __slots__ = ("_count", "_message", "lifted")

    def __init__(self, message: Message | None = None) -> None:
        self._count = 0
        self._message = message
        self.lifted = False
        """Whether hidden characters are named: ⟨U+202E⟩."""

    @property
    def count(self) -> int:
        """How many there are."""
        if (message := self._message) is not None:
            self._count = safe.hidden(message.text) + safe.hidden(message.reasoning)
            self._message = None
        return self._count

    def over(self, text: str) -> str:
        """The text as it is to be read."""
        return safe.revealed(text) if self.lifted else text

    def grow(self, *texts: str) -> None:
        """More of the message."""
        self._count = self.count + sum(map(safe.hidden, texts))

    def measure(self, message: Message) -> None:
        """The message is this one now."""
        self._message = message
