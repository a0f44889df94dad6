"""What was said before, as text: for a server that keeps conversations itself and begins this one anew.

Such a server takes the new message alone. When the shown branch is not what it has heard, only this makes the turn what
the reader sees.
"""

from __future__ import annotations

from collections.abc import Sequence

from chattui.chat import Message
from chattui.events import Notice
from chattui.providers import Turn

BEFORE = "What was said before:"
RETOLD = Notice("The server began this conversation anew; what was said before went along as text.")
FORGOTTEN = Notice("The server began this conversation anew: it does not know what was said before.")


def told(earlier: Sequence[Message], words: str) -> str:
    """The words behind these messages."""
    said = [f"{message.role}: {message.text}" for message in earlier if message.text]
    return "\n\n".join([BEFORE, *said, "---", words]) if said else words


def earlier(turn: Turn) -> tuple[Message, ...]:
    """The messages before the one that is to be answered."""
    asked = next((at for at in range(len(turn.messages) - 1, -1, -1) if turn.messages[at].role == "user"), 0)
    return turn.messages[:asked]


def retold(turn: Turn) -> str:
    """The prompt, behind all that was said before."""
    return told(earlier(turn), turn.prompt)
