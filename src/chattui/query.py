"""The language of search: words, "phrases" and filters, and whether a message fits. Pure.

proxy cuts has:code            both words, anywhere in a message, also inside of words, and a code block
"proxy cuts" endpoint:openai   the words side by side, in a conversation held with an endpoint so named
model:gpt role:you after:2024-05 before:7d title:"release notes" tag:work
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chattui.chat import Message, Role
from chattui.document import Row
from chattui.fold import fold, holds
from chattui.tags import fit

FILTERS: Mapping[str, str] = {
    "endpoint:": "openai",
    "model:": "gpt",
    "role:": "you or assistant",
    "after:": "2024-05-31, 2024-05, today, 7d",
    "before:": "as after:",
    "has:": "code",
    "title:": "words of the title",
    "tag:": "how a tag begins",
}
"""Every filter, and what may follow it."""
_TOKEN = re.compile(r'(?:([A-Za-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))')
_ROLES: Mapping[str, Role] = {
    "you": "user", "user": "user", "me": "user", "assistant": "assistant", "answer": "assistant", "ai": "assistant",
    "bot": "assistant", "system": "system",
}  # fmt: skip
_CODE = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
_AGO = re.compile(r"(\d{1,4})(h|d|w|m|y)")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "m": 24 * 30, "y": 24 * 365}


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for; all of it must be true of a message. Words are folded (see `chattui.fold`)."""

    words: tuple[str, ...] = ()
    endpoint: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    role: Role | None = None
    after: float | None = None
    """Unix seconds, included."""
    before: float | None = None
    """Unix seconds, not included."""
    code: bool = False
    problem: str = ""
    """A sentence about a filter that cannot be understood; it is then left out."""

    @property
    def empty(self) -> bool:
        """Whether it asks for nothing."""
        return not (self.words or self.filtered or self.title or self.tag)

    @property
    def filtered(self) -> bool:
        """Whether it asks for messages of a kind: the title of a conversation alone does not answer it."""
        return bool(self.endpoint or self.model or self.role or self.after or self.before or self.code)

    def fits(self, message: Message, row: Row) -> bool:
        """Whether a message of the conversation `row` is what is looked for."""
        text = message.text
        if self.role is not None and message.role != self.role:
            return False
        if not in_time(self, message.created) or (self.code and not has_code(text)):
            return False
        folded = fold(text)
        return (
            all(holds(folded, word) for word in self.words)
            and self.fits_row(row)
            and among(self.endpoint, message.endpoint or row.endpoint)
            and among(self.model, message.model or row.model)
        )

    def fits_row(self, row: Row) -> bool:
        """Whether the conversation may hold what is looked for, by its title and tags."""
        return (not self.title or among(self.title, row.title)) and (not self.tag or fit(self.tag, row.tags))


def among(words: tuple[str, ...], text: str) -> bool:
    """Whether the text holds all of the words."""
    return not words or all(holds(fold(text), word) for word in words)


def in_time(query: Query, created: float) -> bool:
    """Whether something of that time can fit."""
    return (query.after is None or created >= query.after) and (query.before is None or created < query.before)


def has_code(text: str) -> bool:
    """Whether a Markdown text holds a fenced code block."""
    return ("```" in text or "~~~" in text) and _CODE.search(text) is not None


def parse(typed: str, now: float) -> Query:
    """What a person has typed, however unfinished. `now` in Unix seconds, for "today" and "7d"."""
    words: dict[str, None] = {}
    said: dict[str, tuple[str, ...]] = {"endpoint": (), "model": (), "title": (), "tag": ()}
    role: Role | None = None
    times: dict[str, float] = {}
    code = False
    problems: list[str] = []
    for found in _TOKEN.finditer(typed):
        key, quoted, bare = (found[1] or "").lower(), found[2], found[3]
        value = " ".join(fold(quoted if quoted is not None else bare or "").split())
        if bare is not None and bare.lower() in FILTERS:
            continue  # nothing stands behind it yet
        match key:
            case "endpoint" | "model" | "title" | "tag":
                value = value.lstrip("#") if key == "tag" else value
                said[key] += (value,) if value else ()
            case "role":
                role = next((_ROLES[name] for name in _ROLES if name.startswith(value)), None)
                problems += [f"role: is you or assistant, not ‘{value}’"] if role is None else []
            case "has":
                code = code or "code".startswith(value)
                problems += [] if "code".startswith(value) else [f"has: knows code, not ‘{value}’"]
            case "after" | "before":
                if (moment := _moment(value, now)) is None:
                    problems.append(f"{key}: takes a date such as 2024-05-31, 2024-05, today or 7d, not ‘{value}’")
                else:
                    times[key] = moment
            case _:
                words[" ".join(fold(found[0] if quoted is None or key else quoted).split())] = None
    words.pop("", None)
    return Query(
        tuple(words), **said, role=role, after=times.get("after"), before=times.get("before"), code=code,
        problem="; ".join(problems),
    )  # fmt: skip


def _moment(value: str, now: float) -> float | None:
    """The beginning of a day, month or year, or so long ago, in this machine's time zone; None when it is no date."""
    try:
        if ago := _AGO.fullmatch(value):
            return now - 3600 * _HOURS[ago[2]] * int(ago[1])
        if value in {"today", "yesterday"}:
            day = datetime.fromtimestamp(now).astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
            return (day - timedelta(days=value == "yesterday")).timestamp()
        parts = [int(part) for part in value.split("-")]
        if not 1 <= len(parts) <= 3 or parts[0] < 1970:
            return None
        year, month, day_number = (*parts, 1, 1)[:3]
        return datetime(year, month, day_number).astimezone().timestamp()
    except (ValueError, OverflowError, OSError):
        return None
