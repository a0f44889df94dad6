"""The rule language: what the answers of a back-end mean, as data. Pure, and below everything that uses it.

    rules = [
      { event = "token", text = "delta" },                         # conditions: event, data, when; the rest are actions
      { when = { "meta.kind" = "session" }, set = { thread = "meta.id" } },
      { data = "[DONE]", done = true },
    ]

The first rule whose conditions hold, and that has something to act on, takes the frame; all its actions fire. A path
that leads nowhere does not fire.

    __init__      the types, and paths into JSON      read   TOML values to Rules, and every mistake in them
    placeholders  the request's side: templates

`chattui.providers.rules` carries them out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from chattui import safe
from chattui.events import JSON

Path = tuple[str, ...]
"""Keys and list indices into JSON; () is the whole, "*" inside every element of a list."""
Paths = tuple[Path, ...]
"""The first of them that leads to a value counts."""
Kind = Literal[
    "text", "replace", "reasoning", "thinking", "tool", "tool_result", "sources", "choices",
    "usage", "notice", "set", "error", "done", "ignore",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Action:
    """What a rule does with a frame: paths, or named paths, as its kind wants them."""

    kind: Kind
    paths: Paths = ()
    fields: Mapping[str, Paths] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """`when`: one of the values stands at the path."""

    path: Path
    values: tuple[JSON, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold (an empty one holds always), and the actions that then fire."""

    events: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True)
class Messages:
    """How `{messages}` and `{history}` are written. A role of "" leaves its messages out."""

    role: str = "role"
    content: str = "content"
    user: str = "user"
    assistant: str = "assistant"
    system: str = "system"
    last: int = 0
    """At most so many messages, the newest; 0 = all."""
    until: str = ""
    """Earlier turns go along only until the server has sent this `remote` value."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request beside the one for the reply, under the endpoint's url."""

    path: str
    method: str = "GET"
    body: JSON = None
    only: str = ""
    """A placeholder without whose value the call is not made."""
    each: Paths = ()
    """models, chats, messages: the list in the answer."""
    id: Paths = ()
    """models: the name in each of its elements; messages: the id."""
    rules: tuple[Rule, ...] = ()
    """after: what its answer means."""
    cookie: str = ""
    """login: the name of the cookie that it sets, which is the key from then on."""
    offset: str = ""
    """chats: the query parameter that passes over so many of them; "" = they come all at once."""
    keep: Mapping[str, Paths] = field(default_factory=dict)
    """chats: what a chat is known by, as `{remote.NAME}`; `set` in TOML."""
    title: Paths = ()
    """chats: what it is called."""
    time: Paths = ()
    """chats, messages: when it changed last, when it was said."""
    role: Paths = ()
    """messages: who said it."""
    text: Paths = ()
    """messages: what was said."""
    sources: Paths = ()
    """messages: the list of sources."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A back-end in the rule language: everything that `provider = "rules"` needs beside the endpoint itself."""

    rules: tuple[Rule, ...] = ()
    method: str = "POST"
    template: JSON = None
    """The body, with placeholders."""
    framing: Literal["auto", "sse", "ndjson", "ai-data", "json", "text"] = "auto"
    end: Literal["", "marker", "eof"] = ""
    """"" = a marker is expected if some rule has `done`."""
    history: Literal["client", "server"] = "client"
    opens: Literal["user", "bot"] = "user"
    remote: Mapping[str, JSON] = field(default_factory=dict)
    """Values made before the first request of a conversation, and kept."""
    messages: Messages = Messages()
    empty: str = ""
    """What is told when a reply ends well without content."""
    calls: Mapping[str, Call] = field(default_factory=dict)
    """check, models, after, login, chats, messages."""

    @property
    def ends_at_eof(self) -> bool:
        marked = any(action.kind == "done" for rule in self.rules for action in rule.actions)
        return self.end == "eof" or (not self.end and not marked)


# ---------------------------------------------------------------- paths

_STEP = re.compile(r'(?:^|(?<!^)\.)(?:"([^"]+)"|([^\s."\[\]]+))|\[(\d+)\]')


def path(text: str) -> Path:
    """`a.b.0`, `a[0].b`, `a."odd key"`, `$` (the whole), `list.*.name`. Raises ValueError with words for a person."""
    rest = text.strip()
    if rest == "$":
        return ()
    if rest.startswith("$") and rest[1:2] in {".", "["}:
        rest = rest[2:] if rest[1] == "." else rest[1:]
    if not rest:
        raise ValueError("is empty.")
    steps, at = [], 0
    while at < len(rest):
        match = _STEP.match(rest, at)
        if match is None or (match[3] is not None and at == 0 and not text.strip().startswith("$")):
            raise ValueError(f"is no path: it cannot be read from ‘{safe.line(rest[at:], 30)}’ on.")
        steps.append(match[1] or match[2] or match[3])
        at = match.end()
    return tuple(steps)


def look(value: JSON, way: Path) -> JSON:
    """What stands at the path; None when nothing does, or null. "*" gives the list of what its elements have there."""
    for at, step in enumerate(way):
        match value:
            case Mapping():
                value = value.get(step)
            case list() if step == "*":
                found = (look(item, way[at + 1 :]) for item in value)
                return [item for item in found if item is not None] or None
            case list() if step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            case _:
                return None
    return value


def first(value: JSON, paths: Paths) -> JSON:
    """What stands at the first of the paths that leads to something; None when none does."""
    return next((found for way in paths if (found := look(value, way)) is not None), None)
