"""The body of one request as a template: where the prompt, the history, the model and the server's ids stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from chattui.events import JSON

Table = dict[str, Any]

_PROMPTS = (
    "prompt", "message", "question", "query", "input", "text", "content", "msg", "user_input", "userinput",
    "user_message", "usermessage", "chatinput", "chat_input", "inputs", "q",
)  # fmt: skip
_HISTORIES = ("history", "chat_history", "chathistory", "previous_messages", "context_messages")
_USERS = ("user", "userid", "user_id", "uid")
_SESSIONS = re.compile(r"(conversation|chat|session|thread|dialog|dialogue)_?id$", re.IGNORECASE)
_ROLES = ("role", "sender", "author", "from", "type")
_CONTENTS = ("content", "text", "message", "body", "value")


def template(body: JSON, remembered: Collection[str] = ()) -> Table:
    """`body`, `messages`, `model`, `user` of an endpoint with rules, for requests like this one.

    `remembered`: the names under which the rules keep the server's ids. Without a place for the prompt `body` is left
    out, and the table is empty.
    """
    if not isinstance(body, Mapping):
        return {}
    found: Table = {}
    made = _object(body, found, tuple(remembered))
    if "{prompt}" not in set(_texts(made)) and "{messages}" not in set(_texts(made)):
        way = _way_to_prompt(body)
        if way is None:
            return {}
        made = _put(made, way, "{prompt}")
    return {"body": made, **found}


def _object(body: Mapping[str, JSON], found: Table, remembered: tuple[str, ...], *, asks: bool = True) -> Table:
    """`asks`: the prompt may stand in this object, because it does not in one around it."""
    made: Table = {}
    own = _prompt_key(body)
    inner = asks and own is None
    for key, item in body.items():
        low = key.lower()
        if (roles := _turns(item)) is not None:
            made[key] = "{history}" if low in _HISTORIES or own is not None else "{messages}"
            inner = False
            if roles:
                found["messages"] = roles
        elif low in _HISTORIES and item == []:
            made[key] = "{history}"
        elif low == "model" or low in {"modelid", "model_id"}:
            if isinstance(item, str) and item:
                found["model"] = item
            made[key] = "{model}"
        elif low in _USERS and isinstance(item, str):
            if item:
                found["user"] = item
            made[key] = "{user}"
        elif _SESSIONS.search(key) and (item is None or isinstance(item, str)):
            kept = next((name for name in remembered if _plain(name) == _plain(key)), "")
            if kept or item is not None:
                made[key] = f"{{remote.{kept}?}}" if kept else "{conversation.id}"
        elif isinstance(item, Mapping):
            made[key] = _object(item, found, remembered, asks=inner)
        elif isinstance(item, list) and len(item) == 1 and isinstance(item[0], Mapping):  # parts: [{ text }]
            made[key] = [_object(item[0], found, remembered, asks=inner)]
        elif item is not None:
            made[key] = item
    if own is not None and asks:
        made[own] = "{prompt}"
    return made


def _plain(name: str) -> str:
    return name.lower().replace("_", "")


def _prompt_key(body: Mapping[str, JSON]) -> str | None:
    """The key that holds the prompt, by its name."""
    low = {key.lower(): key for key in body if isinstance(body[key], str)}
    return next((low[name] for name in _PROMPTS if name in low), None)


def _way_to_prompt(body: Mapping[str, JSON]) -> tuple[str, ...] | None:
    """The way to the longest text with a blank in it: what a person would have written."""
    texts = [(way, text) for way, text in _leaves(body) if " " in text.strip() and not text.startswith("http")]
    return max(texts, key=lambda pair: len(pair[1]))[0] if texts else None


def _leaves(value: JSON, way: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, (*way, key))
    elif isinstance(value, str):
        yield way, value


def _put(table: Table, way: tuple[str, ...], text: str) -> Table:
    first, *rest = way
    inner = table.get(first)
    return {**table, first: _put(inner if isinstance(inner, dict) else {}, tuple(rest), text) if rest else text}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value


def _turns(value: JSON) -> Table | None:
    """How a list of turns names their parts, as `messages = {…}`: {} for role and content, None for anything else."""
    if not (isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value)):
        return None
    first = value[0]
    assert isinstance(first, Mapping)
    low = {key.lower(): key for key in first}
    role = next((low[name] for name in _ROLES if name in low), None)
    content = next((low[name] for name in _CONTENTS if name in low and isinstance(first[low[name]], str)), None)
    if role is None or content is None:
        return None
    table: Table = {}
    if role != "role":
        table["role"] = role
    if content != "content":
        table["content"] = content
    words = {str(item.get(role, "")) for item in value if isinstance(item, Mapping)}
    for name, also in (("user", ("human", "Human", "USER", "User")), ("assistant", ("bot", "ai", "AI", "model"))):
        if name not in words and (said := next((word for word in also if word in words), None)) is not None:
            table[name] = said
    return table
