"""What a prompt should not hold unnoticed: a key, and characters that nobody sees. Pure."""

from __future__ import annotations

from chattui import safe
from chattui.redaction import likeness


def of_key(text: str, host: str) -> str:
    """A sentence when the prompt seems to hold a key; "" otherwise. `host` is where it would go."""
    if not (what := likeness(text)):
        return ""
    return f"The prompt seems to hold {what}. It goes to {safe.line(host, 60)} and into the conversation."


def of_hidden(text: str, veiled: str) -> str:
    """A sentence when the prompt holds signs for characters that nobody would see, which came with `veiled`."""
    count = text.count(safe.VEIL) if veiled else 0
    if not count:
        return ""
    return f"{_many(count)} came with the text and stand as {safe.VEIL} in it.{_spelled(veiled)}"


def of_unseen(text: str) -> str:
    """A sentence when the prompt, which is sent as it is, holds characters that nobody sees."""
    count = safe.hidden(text)
    return f"The prompt holds {_many(count)}, which are sent as they are.{_spelled(text)}" if count else ""


def _many(count: int) -> str:
    return "1 hidden character" if count == 1 else f"{count:,} hidden characters"


def _spelled(text: str) -> str:
    spelled = safe.smuggled(text)
    return f" They spell “{spelled}”." if spelled else ""
