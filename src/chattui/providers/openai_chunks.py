"""The chunks of a Chat Completions stream, in every dialect that has been seen, as ChatEvents. No I/O."""

from __future__ import annotations

import json
from collections.abc import Mapping

from chattui import safe
from chattui.errors import NotAnApi, Reported
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    SourceCited,
    Started,
    ToolCalled,
    Usage,
    UsageReported,
)
from chattui.providers.attached import files
from chattui.providers.fields import cost, reported
from chattui.providers.inline import InlineReasoning
from chattui.wire import Frame
from chattui.wire.recognise import recognise

_FINISHES = {
    "length": "The reply hit its length limit.",
    "max_tokens": "The reply hit its length limit.",
    "content_filter": "The reply was stopped by the server's content filter.",
    "insufficient_system_resource": "The server ran out of resources; the reply may be cut short.",
}
_USUAL = frozenset({"stop", "tool_calls", "function_call", "eos", "end_turn", "eos_token", "stop_sequence"})


class Chunks:
    """What one reply needs to remember. `decode` is its Decode."""

    def __init__(self) -> None:
        self._inline = InlineReasoning()
        self._model = ""
        self._calls: dict[int, str] = {}  # ids of the open tool calls, by index
        self._last_call = ""
        self._refusal = ""
        self._usage: Usage | None = None
        self._cited: set[str] = set()
        self._finished = False

    def decode(self, frame: Frame) -> list[ChatEvent]:
        """The events of a chunk, of `[DONE]`, or of a whole answer. Raises ValueError, Reported, NotAnApi."""
        data = frame.data
        if not data or data.isspace():
            return []
        if data.startswith("[DONE]"):
            return [*self._last_words(), Finished()]
        try:
            chunk = frame.json()
        except ValueError:
            if frame.event == "error":
                raise Reported(f"The provider reported: {_sentence(data)}") from None
            raise
        if not isinstance(chunk, dict):
            if (problem := _problem(chunk, frame)) is not None:
                raise problem
            raise ValueError("a chunk is an object")  # noqa: TRY004 - what a Decode says of an unreadable frame
        choices = chunk.get("choices")
        if (not choices or frame.event or not _TROUBLE.isdisjoint(chunk)) and (problem := _problem(chunk, frame)):
            raise problem
        events: list[ChatEvent] = []
        model = chunk.get("model")
        if model and model != self._model and not self._model and isinstance(model, str):
            self._model = model
            events.append(Started(model))
        reason = ""
        if isinstance(choices, list):
            for choice in choices:
                if isinstance(choice, dict) and not choice.get("index"):  # other choices (n > 1) are not shown
                    reason = self._choice(choice, events) or reason
        elif frame.whole:
            raise NotAnApi("The answer is JSON, but no chat completion.", hint="Check the address and the provider.")
        if not _BESIDES.isdisjoint(chunk):
            self._besides(chunk, events)
        if reason == "error":
            raise Reported("The provider reported an error in the middle of the reply.", retryable=True)
        whole = frame.whole or chunk.get("object") == "chat.completion.done"
        if reason or whole:
            events += self._last_words()
            if notice := _FINISHES.get(reason) or ("" if reason in _USUAL or not reason else _ended(reason)):
                events.append(Notice(notice))
            events.append(Finished(reason, more=not whole))
        return events

    def _choice(self, choice: dict[str, JSON], events: list[ChatEvent]) -> str:
        """The events of a choice are appended; its finish reason is returned, or ""."""
        delta = choice.get("delta") or choice.get("message")
        if isinstance(delta, dict):
            reasoning = delta.get("reasoning_content") or delta.get("reasoning")
            if reasoning and isinstance(reasoning, str):
                self._inline.watches = False
                events.append(ReasoningDelta(reasoning))
            elif "reasoning_details" in delta and not reasoning:
                self._details(delta["reasoning_details"], events)
            content = delta.get("content")
            if content:
                if isinstance(content, str):
                    events += self._inline.feed(content)
                else:
                    self._parts(content, events)
            if not _EXTRAS.isdisjoint(delta):
                self._extras(delta, events)
        elif isinstance(text := choice.get("text"), str) and text:  # the older completions' shape
            events += self._inline.feed(text)
        reason = choice.get("finish_reason")
        return reason if isinstance(reason, str) else ""

    def _extras(self, delta: dict[str, JSON], events: list[ChatEvent]) -> None:
        if calls := delta.get("tool_calls"):
            for call in calls if isinstance(calls, list) else [calls]:
                if isinstance(call, dict):
                    self._call(call, events)
        if isinstance(call := delta.get("function_call"), dict):
            self._call({"index": 0, "id": "function_call", "function": call}, events)
        if isinstance(refusal := delta.get("refusal"), str):
            self._refusal += refusal
        if annotations := delta.get("annotations"):
            self._sources(annotations, events)
        if (images := delta.get("images")) and isinstance(images, list):
            events += files(images, _FILES)

    def _call(self, call: dict[str, JSON], events: list[ChatEvent]) -> None:
        """A piece of a tool call, told apart by index; without one by a new id, else it is the last open call's."""
        function = call.get("function")
        function = function if isinstance(function, dict) else {}
        index, given = call.get("index"), call.get("id")
        known = self._calls.get(index, "") if isinstance(index, int) else self._last_call
        if isinstance(given, str) and given:
            name = given
        elif known or not isinstance(index, int):
            name = known or f"call_{len(self._calls)}"
        else:
            name = f"call_{index}"
        if isinstance(index, int):
            self._calls[index] = name
        self._last_call = name
        arguments = function.get("arguments")
        if arguments is not None and not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        title = function.get("name")
        events.append(ToolCalled(name, title if isinstance(title, str) else "", arguments or ""))

    def _parts(self, content: JSON, events: list[ChatEvent]) -> None:
        """Content as a list of typed parts (Mistral), or one such part."""
        for part in content if isinstance(content, list) else [content]:
            match part:
                case {"type": "thinking", "thinking": inner}:
                    self._inline.watches = False
                    texts = inner if isinstance(inner, list) else [inner]
                    found = "".join(
                        text if isinstance(text, str) else text.get("text") or ""
                        for text in texts
                        if isinstance(text, str | dict)
                    )
                    if found:
                        events.append(ReasoningDelta(found))
                case {"text": str(text)} | str(text):
                    events += self._inline.feed(text)
                case {"type": "image_url"}:
                    events += files([part], _FILES)

    def _details(self, details: JSON, events: list[ChatEvent]) -> None:
        for detail in details if isinstance(details, list) else ():
            if (
                isinstance(detail, dict)
                and isinstance(text := detail.get("text") or detail.get("summary"), str)
                and text
            ):
                self._inline.watches = False
                events.append(ReasoningDelta(text))

    def _besides(self, chunk: dict[str, JSON], events: list[ChatEvent]) -> None:
        """Usage and sources: beside the choices, wherever this server puts them."""
        groq = chunk.get("x_groq")
        usage = chunk.get("usage") or (groq.get("usage") if isinstance(groq, dict) else None)
        if isinstance(usage, dict) and (reported := _usage(usage)) != self._usage:
            self._usage = reported
            events.append(UsageReported(reported))
        self._sources(chunk.get("search_results"), events)
        self._sources(chunk.get("citations"), events)

    def _sources(self, found: JSON, events: list[ChatEvent]) -> None:
        for source in found if isinstance(found, list) else ():
            item = source.get("url_citation", source) if isinstance(source, dict) else {"url": source}
            url = item.get("url") if isinstance(item, dict) else None
            if isinstance(url, str) and url and url not in self._cited:
                self._cited.add(url)
                title, snippet = item.get("title"), item.get("snippet") or item.get("content")
                events.append(SourceCited(url, *(text if isinstance(text, str) else "" for text in (title, snippet))))

    def _last_words(self) -> list[ChatEvent]:
        events = self._inline.flush()
        if self._refusal:
            events.append(Notice(f"The model refused: {safe.line(self._refusal, 500)}"))
            self._refusal = ""
        return events


_FILES = {"image_url": "image_url"}
_TROUBLE = frozenset({"error", "x_groq", "errorText", "detail"})
_EXTRAS = frozenset({"tool_calls", "function_call", "refusal", "annotations", "images"})
_BESIDES = frozenset({"usage", "x_groq", "citations", "search_results"})


def _problem(chunk: JSON, frame: Frame) -> Reported | None:
    """The error that a chunk tells, in whichever shape."""
    problem = recognise(chunk, refusal=frame.event == "error" or (frame.whole and "choices" not in chunk))
    if problem is None:
        return None
    return reported(problem, whole=frame.whole)


def _usage(usage: Mapping[str, JSON]) -> Usage:
    prompt, completion = usage.get("prompt_tokens_details"), usage.get("completion_tokens_details")
    cached = prompt.get("cached_tokens") if isinstance(prompt, dict) else None
    return Usage(
        input=_whole(usage.get("prompt_tokens")),
        output=_whole(usage.get("completion_tokens")),
        cached=_whole(usage.get("prompt_cache_hit_tokens") if cached is None else cached),
        reasoning=_whole(completion.get("reasoning_tokens") if isinstance(completion, dict) else None),
        cost=cost(usage),
    )


def _whole(value: JSON) -> int | None:
    try:
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):  # NaN and Infinity are JSON to Python
        return None


def _ended(reason: str) -> str:
    return f"The reply ended with ‘{safe.line(reason, 60)}’."


def _sentence(text: str) -> str:
    line = safe.line(text, 500)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
