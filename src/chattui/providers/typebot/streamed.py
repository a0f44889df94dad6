"""The answer of a Typebot's streamMessage: AI SDK data-stream lines, although its documentation says events.

Understood besides: events with those lines or with the AI SDK's or OpenAI's chunks in them (what the documentation
says), and the bare text of versions before 3.15.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui.errors import Reported
from chattui.events import JSON, ChatEvent, Finished, ReasoningDelta, TextDelta, ToolCalled, ToolReturned
from chattui.providers.fields import reported
from chattui.wire import Frame
from chattui.wire.recognise import recognise

_LINE = re.compile(r"([0-9a-z]):(.+)", re.DOTALL)
AGAIN = "A retry lets the bot try again."


class Streamed:
    """A Decode for one stream."""

    def __init__(self) -> None:
        self._calls: set[str] = set()

    def __call__(self, frame: Frame) -> Iterator[ChatEvent]:
        """The events of a frame. Raises Reported."""
        if len(frame.event) == 1:
            yield from self._part(frame.event, frame.json())
            return
        if frame.data.strip() == "[DONE]":
            yield Finished()
            return
        value = _json(frame.data)
        if frame.whole or isinstance(value, Mapping):
            yield from _chunk(value, whole=frame.whole)
        elif (line := _LINE.fullmatch(frame.data.strip())) and (part := _json(line[2])) is not None:
            yield from self._part(line[1], part)
        else:
            yield TextDelta(frame.data)

    def _part(self, code: str, value: JSON) -> Iterator[ChatEvent]:
        match code, value:
            case "0", str(text):
                yield TextDelta(text)
            case "g", str(text):
                yield ReasoningDelta(text)
            case "3", _:
                raise failure(value)
            case "b", {"toolCallId": str(call), "toolName": str(name)}:
                self._calls.add(call)
                yield ToolCalled(call, name)
            case "c", {"toolCallId": str(call), "argsTextDelta": str(text)}:
                yield ToolCalled(call, arguments=text)
            case "9", {"toolCallId": str(call), "toolName": str(name), **rest}:
                if call not in self._calls:
                    yield ToolCalled(call, name, json.dumps(rest.get("args"), ensure_ascii=False))
            case "a", {"toolCallId": str(call), "result": result}:
                yield ToolReturned(call, result if isinstance(result, str) else json.dumps(result, ensure_ascii=False))
            case "d", _:
                yield Finished(str(value.get("finishReason", "")) if isinstance(value, Mapping) else "")


def _chunk(value: JSON, *, whole: bool) -> Iterator[ChatEvent]:
    match value:
        case {"message": str(), "status": int(status)} if status >= 400:  # a failure under status 200, since 3.5
            raise failure(value, whole=whole)
        case {"type": "text-delta", "delta": str(text)}:
            yield TextDelta(text)
        case {"type": "finish"}:
            yield Finished()
        case {"choices": [{"delta": {"content": str(text)}}, *_]}:
            yield TextDelta(text)
        case _:
            if problem := recognise(value):
                raise reported(problem, whole=whole, hint=AGAIN)
            if whole:
                raise Reported("The bot's answer could not be read.", hint=AGAIN)


def failure(value: JSON, *, whole: bool = False) -> Reported:
    """The error of a `3:` line, whose text is itself JSON in newer versions, or of a document."""
    said = _json(value) if isinstance(value, str) else value
    if isinstance(said, Mapping):
        text = said.get("description") or said.get("message")
        problem = recognise({"error": text if isinstance(text, str) else "an error without a text"})
    else:
        problem = recognise({"error": value if isinstance(value, str) and value else "an error without a text"})
    assert problem is not None, "a text is always recognised"
    return reported(replace(problem, passing=False), whole=whole, hint=AGAIN)


def _json(text: str) -> JSON:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
