"""What the frames of a Motia stream say about the reply that is waited for. Pure.

Three encodings, and any mixture of them (a recorded Motia 0.17 sends two at once, each item twice; an application may
send a chunk as an event and store it, too):
ephemeral events (`event.type = "event"`), the same stored as items of a group, and one item per message whose whole
text is in each update. 1.x adds `"type": "stream"` and `"id": null` to the envelope; neither matters here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chattui import safe
from chattui.errors import Unsupported
from chattui.events import JSON, ChatEvent, Finished, Progress, TextDelta, TextReplaced
from chattui.providers.fields import reported
from chattui.wire.recognise import Problem

ROLES = ("from", "role", "type")
TEXTS = ("message", "content", "text")
ENDED = ("completed", "complete", "done")


@dataclass(slots=True)
class _Said:
    """A reply so far, as each way of saying it has it: the sum of its events, the sum of its stored pieces, and the
    whole as an item had it. They say the same; the longest one is ahead.
    """

    events: str = ""
    stored: str = ""
    whole: str = ""

    @property
    def text(self) -> str:
        return max(self.events, self.stored, self.whole, key=len)


@dataclass(slots=True)
class Replies:
    """The group's messages. `learn` takes a sync before the question was asked, `read` everything after it."""

    synced: bool = False
    finished: bool = False
    shown: str = ""
    """The text that the events so far have made."""
    _old: set[str] = field(default_factory=set)
    _stored: set[str] = field(default_factory=set)
    _said: dict[str, _Said] = field(default_factory=dict)

    def learn(self, frame: str) -> None:
        """Remember what there was before. Raises Reported, Unsupported."""
        for kind, value, item in self._parts(frame):
            if kind in {"item", "known"} and isinstance(value, Mapping):
                self._old |= {_message(value, item), item}

    def read(self, frame: str) -> Iterator[ChatEvent]:
        """The events of a frame. What is no frame of a stream is passed over. Raises Reported, Unsupported."""
        for kind, value, item in self._parts(frame):
            if self.finished or not isinstance(value, Mapping):
                continue
            match kind:
                case "item" | "known":
                    yield from self._item(value, item)
                case _:
                    yield from self._event(kind, value, _message(value, ""))

    def _parts(self, frame: str) -> Iterator[tuple[str, JSON, str]]:
        """(kind, value, item id): "item" for a stored one, otherwise the name of an ephemeral event."""
        event = _event(frame)
        match event:
            case {"type": "unauthorized"}:
                raise Unsupported("Motia does not let you join this conversation.", hint="Is the key right?")
            case {"type": "sync", **rest}:
                self.synced = True
                data = rest.get("data")
                items = data if isinstance(data, list) else [data]
                for item in sorted(items, key=_time):
                    yield "known", item, _text(item, "id")
            case {"type": "create" | "update", "data": Mapping() as item}:
                yield "item", item, _text(item, "id") or _envelope_id(frame)
            case {"type": "event", "event": {"type": "create" | "update", "data": Mapping() as item}}:
                yield "item", item, _text(item, "id") or _envelope_id(frame)
            case {"type": "event", "event": {"type": "error", "data": Mapping() as data}}:
                raise reported(Problem(safe.line(_text(data, "message"), 500) or "an error without a text"))
            case {"type": "event", "event": {"type": str(name), "data": data}}:
                yield name, data, ""

    def _item(self, value: Mapping[str, JSON], item: str) -> Iterator[ChatEvent]:
        kind = _text(value, "type")
        message = _message(value, item)
        if kind.startswith("assistant_"):  # an event that is stored: each has an id of its own
            key = item if item and item != message else f"{kind} {_text(value, 'timestamp')} {value.get('content')!r}"
            if key not in self._stored and not {message, item} & self._old:
                self._stored.add(key)
                yield from self._event(kind, value, message, stored=True)
            return
        if not any(value.get(name) == "assistant" for name in ROLES) or {message, item} & self._old:
            return
        text = next((found for name in TEXTS if (found := _text(value, name))), "")
        said = self._said.setdefault(message, _Said())
        said.whole = text
        ended = value.get("status") in ENDED
        yield from self._show(text if ended else said.text)
        if ended:
            yield from self._end()

    def _event(
        self, kind: str, value: Mapping[str, JSON], message: str, *, stored: bool = False
    ) -> Iterator[ChatEvent]:
        match kind:
            case "assistant_thinking":
                yield Progress("thinking", "thinking")
            case "assistant_chunk" if message not in self._old:
                said = self._said.setdefault(message, _Said())
                if stored:
                    said.stored += _text(value, "content")
                else:
                    said.events += _text(value, "content")
                yield from self._show(said.text)
            case "assistant_complete" if message not in self._old:
                full = value.get("fullResponse")
                said = self._said.setdefault(message, _Said())
                yield from self._show(full if isinstance(full, str) else said.text)
                yield from self._end()

    def _show(self, text: str) -> Iterator[ChatEvent]:
        """The text of the newest message; a worker that is tried again begins a new one, without saying so."""
        if text == self.shown:
            return
        if text.startswith(self.shown):
            yield TextDelta(text[len(self.shown) :])
        elif text:
            yield TextReplaced(text)
        else:
            return
        self.shown = text

    def _end(self) -> Iterator[ChatEvent]:
        self.finished = True
        yield Finished("stop")


def _event(frame: str) -> JSON:
    try:
        value = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return value.get("event") if isinstance(value, Mapping) else None


def _envelope_id(frame: str) -> str:
    return _text(json.loads(frame), "id")


def _message(value: Mapping[str, JSON], item: str) -> str:
    return _text(value, "messageId") or item or _text(value, "id")


def _text(value: JSON, name: str) -> str:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""


def _time(item: JSON) -> str:
    return _text(item, "timestamp")
