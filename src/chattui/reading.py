"""Reading the JSON form of a conversation, tolerantly: unknown fields are kept, broken messages are set aside."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from typing import get_args

from chattui import pieces
from chattui.beyond import beyond
from chattui.chat import NOTHING, Conversation, Failure, Line, Message, State, Timing, Tool
from chattui.document import VERSION, Row
from chattui.errors import Damaged
from chattui.events import JSON, Attachment, Choice, Kept, SourceCited, Usage
from chattui.tags import cleaned

LONGEST_ROLE = 40
DIGEST = re.compile(r"[0-9a-f]{64}")
LEFT = "It was left as it is."
STATES: Mapping[str, State] = {state: state for state in get_args(State)}


def decode(data: bytes, name: str) -> Conversation:
    """The conversation in a file. Raises Damaged when it is none."""
    with suppress(ValueError, RecursionError):
        if (value := pieces.read(data, _DECODER.decode)) is not None and _is_document(value):
            return conversation(value)
    try:
        value = _DECODER.decode(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Damaged(f"{name} is damaged: {_why(error)}.", hint=LEFT) from None
    if not isinstance(value, dict) or not isinstance(value.get("messages"), list):
        raise Damaged(f"{name} is damaged: it is JSON, but not a conversation.", hint=LEFT)
    if not _is_document(value):
        raise Damaged(f"{name} is damaged: its id or its version is not one.", hint=LEFT)
    return conversation(value)


def _no_number(_: str) -> None:
    """NaN and the infinities, which are not JSON, say nothing."""


_DECODER = json.JSONDecoder(parse_constant=_no_number)


def _is_document(value: Mapping[str, JSON]) -> bool:
    return isinstance(value.get("id"), str) and _is_version(value.get("v", VERSION))


def _is_version(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def conversation(value: Mapping[str, JSON]) -> Conversation:
    """The conversation that a JSON object holds, as far as this version understands it."""
    messages: dict[str, Message] = {}
    strays: list[JSON] = []
    for item in value["messages"]:
        twice = isinstance(item, dict) and isinstance(known := item.get("id"), str) and known in messages
        if twice or (read := message(item)) is None:
            strays.append(item)
        else:
            messages[read.id] = read
    head = value.get("head")
    if not isinstance(head, str) or head not in messages:
        head = next(reversed(messages), None)
    system = value.get("system")
    params, remote = value.get("params"), value.get("remote")
    found = Conversation(
        id=value["id"],
        created=_number(value.get("created")),
        updated=_number(value.get("updated")),
        title=_text(value.get("title")),
        titled=value.get("titled") is True,
        endpoint=_text(value.get("endpoint")),
        model=_text(value.get("model")),
        system=system if isinstance(system, str) else None,
        params=params if isinstance(params, dict) else {},
        head=head,
        messages=messages,
        remote=remote if isinstance(remote, dict) else {},
        lines=tuple(_lines(value.get("lines"))),
        chosen=_chosen(value.get("chosen")),
        pinned=value.get("pinned") is True,
        archived=value.get("archived") is True,
        tags=_tags(value.get("tags")),
        strays=tuple(strays),
        extra={key: item for key, item in value.items() if key not in _CONVERSATION_FIELDS},
        newer=value.get("v", VERSION) > VERSION,
    )
    rest = beyond({"lines": value.get("lines")}, found)
    return replace(found, beyond=rest) if rest else found


_CONVERSATION_FIELDS = frozenset(
    {
        *("v", "id", "title", "titled", "created", "updated", "endpoint", "model", "system", "state", "count", "head"),
        *("messages", "params", "remote", "lines", "chosen", "pinned", "archived", "tags"),
    }
)
_MESSAGE_FIELDS = frozenset(field.name for field in fields(Message)) - {"extra", "beyond"}


def message(value: JSON) -> Message | None:
    """The message that a JSON object holds; None when it holds none. Parts of a wrong shape are not shown."""
    if not isinstance(value, dict):
        return None
    known, parent, text, role = value.get("id"), value.get("parent"), value.get("text"), value.get("role")
    if not isinstance(known, str) or not known or not isinstance(parent, str | None):
        return None
    if text is None and (text := _content(value.get("content"))) is not None:
        value = {name: item for name, item in value.items() if name != "content"}
    if not isinstance(text, str) or not isinstance(role, str) or not 0 < len(role) <= LONGEST_ROLE:
        return None
    state = STATES.get(_text(value.get("state")))
    if len(value) == 6 and state is not None:  # the common message, without parts
        return Message(known, parent, role, text, _number(value.get("created")), state)
    found = Message(
        id=known,
        parent=parent,
        role=role,
        text=text,
        created=_number(value.get("created")),
        state=state or "complete",
        reasoning=_text(value.get("reasoning")),
        tools=tuple(_tools(value.get("tools"))),
        sources=tuple(
            SourceCited(item["url"], _text(item.get("title")), _text(item.get("snippet")))
            for item in _objects(value.get("sources"), "url")
        ),
        attachments=tuple(_attachments(value.get("attachments"))),
        choices=tuple(
            Choice(item["label"], _text(item.get("value"))) for item in _objects(value.get("choices"), "label")
        ),
        notices=tuple(item for item in _list(value.get("notices")) if isinstance(item, str)),
        finish=_text(value.get("finish")),
        endpoint=_text(value.get("endpoint")),
        model=_text(value.get("model")),
        error=_failure(value.get("error")),
        usage=_usage(value.get("usage")),
        timing=_timing(value.get("timing")),
        kept=_kept(value.get("kept")),
        extra={key: item for key, item in value.items() if key not in _MESSAGE_FIELDS} or NOTHING,
    )
    rest = beyond(value, found)
    return replace(found, beyond=rest) if rest else found


def _lines(value: JSON) -> Iterable[Line]:
    for item in _objects(value, "endpoint"):
        yield Line(item["endpoint"], _text(item.get("last")), item.get("remote"), _text(item.get("name")))


def _chosen(value: JSON) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {fork: way for fork, way in value.items() if isinstance(way, str)}


def _tags(value: JSON) -> tuple[str, ...]:
    return cleaned(item for item in _list(value) if isinstance(item, str))


def _content(value: JSON) -> str | None:
    """The text of a message as chat APIs write it, and people who make a file by hand: `content`, a text or parts."""
    if isinstance(value, list):
        parts = [_text(part.get("text")) if isinstance(part, dict) else _text(part) for part in value]
        return "\n\n".join(filter(None, parts)) or None
    return value if isinstance(value, str) else None


def _tools(value: JSON) -> Iterable[Tool]:
    for item in _objects(value, "id"):
        result = item.get("result")
        yield Tool(
            item["id"],
            _text(item.get("name")),
            _text(item.get("arguments")),
            result if isinstance(result, str) else None,
            item.get("failed") is True,
        )


def _attachments(value: JSON) -> Iterable[Attachment]:
    for item in _objects(value, "name"):
        digest = _text(item.get("digest"))
        yield Attachment(
            item["name"],
            _text(item.get("type")),
            _whole(item.get("size")) or 0,
            digest if DIGEST.fullmatch(digest) else "",
            _text(item.get("url")),
        )


def _failure(value: JSON) -> Failure | None:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        return None
    return Failure(_text(value.get("kind")), value["text"], _text(value.get("hint")), value.get("retryable") is True)


def _usage(value: JSON) -> Usage | None:
    if not isinstance(value, dict):
        return None
    whole = {name: _whole(value.get(name)) for name in ("input", "output", "cached", "reasoning")}
    return Usage(**whole, cost=_seconds(value.get("cost")))


def _timing(value: JSON) -> Timing:
    if not isinstance(value, dict):
        return Timing()
    return Timing(_seconds(value.get("first")), _seconds(value.get("total")), _seconds(value.get("thought")))


def _kept(value: JSON) -> Kept | None:
    if not isinstance(value, dict) or not isinstance(value.get("by"), str):
        return None
    return Kept(value["by"], tuple(_list(value.get("items"))))


def _objects(value: JSON, key: str) -> list[dict[str, JSON]]:
    return [item for item in _list(value) if isinstance(item, dict) and isinstance(item.get(key), str)]


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: JSON) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _seconds(value: JSON) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if usable else None


def _number(value: JSON) -> float:
    return _seconds(value) or 0.0


def _why(error: BaseException) -> str:
    match error:
        case UnicodeDecodeError():
            return "it is not UTF-8 text"
        case json.JSONDecodeError(lineno=line) if (
            error.msg.startswith("Expecting value") and line == 1 and error.pos == 0
        ):
            return "it is empty or no JSON"
        case json.JSONDecodeError(lineno=line, colno=column):
            return f"no JSON at line {line}, column {column}"
        case RecursionError():
            return "it is nested too deeply"
        case _:
            return "it holds a number that is too long"


def head_row(start: bytes, end: bytes, name: str) -> Row | None:
    """The Row in the first bytes of a file; None when the metadata is not whole there, or its last bytes are not the
    end of a document: then decode the file.
    """
    stop = start.find(b', "messages": [')
    if stop < 0 or not start.startswith(b"{") or not end.rstrip().endswith(b"}"):
        return None
    try:
        value = json.loads(start[:stop] + b"}")
    except (ValueError, RecursionError):
        return None
    if not _is_version(value.get("v", VERSION)):
        return None
    return Row(
        id=name,
        title=_text(value.get("title")),
        endpoint=_text(value.get("endpoint")),
        model=_text(value.get("model")),
        created=_number(value.get("created")),
        updated=_number(value.get("updated")),
        state=_text(value.get("state")) or "complete",
        count=_whole(value.get("count")) or 0,
        pinned=value.get("pinned") is True,
        archived=value.get("archived") is True,
        tags=_tags(value.get("tags")),
    )
