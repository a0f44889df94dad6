"""The JSON form of a conversation: what stands in the store's files, and what `show --json` prints.

Metadata first, then the messages, one a line, then what the server issued: the head of a file tells all that the list
shows. `chattui.reading` is the other direction.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass

from chattui.beyond import written
from chattui.chat import Conversation, Message
from chattui.events import JSON

VERSION = 1


@dataclass(frozen=True, slots=True)
class Row:
    """What the list of conversations shows of one. `damaged` says why a file cannot be read, "" when it can."""

    id: str
    title: str = ""
    endpoint: str = ""
    model: str = ""
    created: float = 0.0
    updated: float = 0.0
    state: str = "complete"
    """The state of the shown branch's last message; "asks" when it offers choices."""
    count: int = 0
    pinned: bool = False
    archived: bool = False
    tags: tuple[str, ...] = ()
    damaged: str = ""


def row_of(conversation: Conversation) -> Row:
    """The list's view of a conversation."""
    last = conversation.messages.get(conversation.head or "")
    state = "complete" if last is None else "asks" if last.choices and last.state == "complete" else last.state
    return Row(
        conversation.id,
        conversation.title,
        conversation.endpoint,
        conversation.model,
        conversation.created,
        conversation.updated,
        state,
        len(conversation.messages),
        conversation.pinned,
        conversation.archived,
        conversation.tags,
    )


# ---------------------------------------------------------------- writing


def head_json(conversation: Conversation) -> dict[str, JSON]:
    """The metadata, in the order of the file; what keeps a conversation tidy only where it says something."""
    seen = row_of(conversation)
    tidy = {"pinned": seen.pinned, "archived": seen.archived, "tags": list(seen.tags)}
    return {
        "v": VERSION,
        "id": conversation.id,
        "title": conversation.title,
        "titled": conversation.titled,
        "created": conversation.created,
        "updated": conversation.updated,
        "endpoint": conversation.endpoint,
        "model": conversation.model,
        **{name: value for name, value in tidy.items() if value},
        "system": conversation.system,
        "state": seen.state,
        "count": seen.count,
        "head": conversation.head,
    }


def message_json(message: Message) -> dict[str, JSON]:
    """A message without the fields that say nothing."""
    found: dict[str, JSON] = {
        "id": message.id,
        "parent": message.parent,
        "role": message.role,
        "text": message.text,
        "created": message.created,
        "state": message.state,
    }
    for name in ("reasoning", "finish", "endpoint", "model"):
        if value := getattr(message, name):
            found[name] = value
    beyond = message.beyond
    for name in ("tools", "sources", "attachments", "choices", "notices"):
        if (items := getattr(message, name)) or name in beyond:
            found[name] = written(name, items, beyond)
    for name in ("error", "usage", "timing", "kept"):
        value = getattr(message, name)
        for entry in written(name, () if value is None else (value,), beyond):
            if entry:
                found.setdefault(name, entry)
    return {**found, **message.extra}


def conversation_json(conversation: Conversation) -> dict[str, JSON]:
    """The whole document as one value."""
    return {
        **head_json(conversation),
        "messages": [*map(message_json, conversation.walk()), *conversation.strays],
        **_tail_json(conversation),
    }


def _tail_json(conversation: Conversation) -> dict[str, JSON]:
    """What stands behind the messages: things of any size, which the list does not show."""
    params = {"params": dict(conversation.params)} if conversation.params else {}
    entries = written("lines", conversation.lines, conversation.beyond)
    lines = {"lines": entries} if entries else {}
    chosen = {"chosen": dict(conversation.chosen)} if conversation.chosen else {}
    return {**params, **chosen, **lines, "remote": dict(conversation.remote), **conversation.extra}


def encode_message(message: Message) -> str:
    """One message as one line of JSON."""
    return _dumps(message_json(message))


def encode(conversation: Conversation, encoded: Callable[[Message], str] = encode_message) -> bytes:
    """The whole document as UTF-8. `encoded` may remember lines of messages that have not changed.

    Lone surrogates, which JSON can say and UTF-8 cannot, are written as escapes.
    """
    lines = [*map(encoded, conversation.walk()), *map(_dumps, conversation.strays)]
    head = _dumps(head_json(conversation))[:-1]
    tail = _dumps(_tail_json(conversation))[1:]
    body = ",\n".join(lines)
    return f'{head}, "messages": [\n{body}\n], {tail}\n'.encode("utf-8", "backslashreplace")


class Lines:
    """Encoded messages remembered by identity, so that saving a long conversation costs what changed in it."""

    def __init__(self, known: dict[str, tuple[Message, str]]) -> None:
        self._known = known

    def __call__(self, item: Message) -> str:
        found = self._known.get(item.id)
        if found is None or found[0] is not item:
            found = self._known[item.id] = (item, encode_message(item))
        return found[1]


def _dumps(value: JSON) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # NaN or an infinity, which is not JSON
        return json.dumps(_finite(value), ensure_ascii=False)


def _finite(value: JSON) -> JSON:
    """The value with null in the place of numbers that are none."""
    match value:
        case dict():
            return {key: _finite(item) for key, item in value.items()}
        case list() | tuple():
            return [_finite(item) for item in value]
        case float():
            return value if math.isfinite(value) else None
        case _:
            return value
