"""Conversations out of files that other programs wrote, or that chattui has exported.

opening     which kind of file it is, by its content; sizes are limited here
values      JSON of any size, value by value: what stands before a break is read
shapes      which program wrote a JSON value
chatgpt claude openai own markdown llm elia     one reader for each form: data in, `Found` or `Skipped` out
tree        the nodes of a foreign tree -> messages: what one reply was split into becomes one message
taking      into the store: stable ids, nothing existing changes, the same again adds nothing

A file is data and nothing else: no address in it is opened, no path in it is read, no setting changes.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chattui.chat import Conversation
from chattui.events import JSON, Attachment


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation with the id that it will have here, whenever and however often it is read."""

    conversation: Conversation
    source: str
    """The program that wrote it, for people."""
    files: Mapping[Attachment, bytes] = field(default_factory=dict, repr=False)
    """The contents that came with it."""
    lost: tuple[str, ...] = ()
    """What of it could not be taken over, in words."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A conversation or a part of a file that is not imported. `broken`: it could not be read."""

    name: str
    why: str
    broken: bool = True


Item = Found | Skipped

_SAFE_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.:=+-]{0,127}")


def stable(*parts: object) -> str:
    """An id that is the same for the same parts, and for no others: 22 hexadecimal digits."""
    said = "\0".join(map(str, parts))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:22]


def message_id(value: str) -> str:
    """The id of a message as it came, if it is a plain word; else one made from it."""
    return value if _SAFE_ID.fullmatch(value) else stable("message", value)


def text(value: JSON) -> str:
    """The value if it is text, else ""."""
    return value if isinstance(value, str) else ""


def table(value: JSON) -> Mapping[str, JSON]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def listed(value: JSON) -> list[JSON]:
    """The value if it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def whole(value: JSON) -> int | None:
    """The value if it is a whole number that is not negative."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def seconds(value: JSON) -> float:
    """A time as Unix seconds: from such a number, or from an ISO 8601 text (UTC unless it says otherwise); else 0."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return float(value) if math.isfinite(value) and 0 <= value < 1e11 else 0.0
        except OverflowError:
            return 0.0
    if isinstance(value, str) and len(value) < 64:
        try:
            when = datetime.fromisoformat(value.strip())
            return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            return 0.0
    return 0.0
