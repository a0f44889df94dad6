"""Secrets do not leave with an export: those that chattui knows, and what looks like one, become *** in its texts."""

from __future__ import annotations

from collections.abc import Callable

from chattui import reading
from chattui.chat import Conversation
from chattui.document import conversation_json
from chattui.events import JSON
from chattui.redaction import redacted

NAMES = frozenset({"id", "parent", "head", "role", "state", "digest", "chosen", "last"})
"""Fields that hold names of things, not texts."""


def without_secrets(conversation: Conversation, redact: Callable[[str], str] = redacted) -> tuple[Conversation, int]:
    """The conversation without secrets, and in how many texts there were some."""
    count = 0

    def cleaned(value: JSON) -> JSON:
        nonlocal count
        if isinstance(value, str):
            clean = redact(value)
            count += clean != value
            return clean
        if isinstance(value, list):
            return [cleaned(item) for item in value]
        if isinstance(value, dict):
            return {name: item if name in NAMES else cleaned(item) for name, item in value.items()}
        return value

    clean = cleaned(conversation_json(conversation))
    return (reading.conversation(clean), count) if count else (conversation, 0)
