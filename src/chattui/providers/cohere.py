"""Cohere's chat API, version 2: POST /v2/chat.

Facts: cohere-python (v2 types) and recorded streams. An error of the model comes inside of the end marker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui import safe
from chattui.endpoint import Auth, Endpoint
from chattui.errors import Reported
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    SourceCited,
    TextDelta,
    ToolCalled,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, prepared
from chattui.providers.attached import IMAGES, content
from chattui.providers.fields import compact, opened, table, tables, text, whole
from chattui.providers.native import LENGTH, asking, is_other, listed, said, system, under
from chattui.wire import Frame, Request, Wire

AUTH = Auth()
REASONS = {"COMPLETE": "stop", "STOP_SEQUENCE": "stop", "MAX_TOKENS": "length", "TOOL_CALL": "tool_calls"}


def request(turn: Turn) -> Request:
    messages: list[JSON] = [{"role": "system", "content": system(turn)}] if system(turn) else []
    messages += [{"role": message.role, "content": content(turn, message)} for message in said(turn)]
    body = {"model": turn.model, "messages": messages, "stream": True, **turn.endpoint.params}
    return prepared(turn.endpoint, under(turn.endpoint, "v2/chat"), body, auth=AUTH)


def decoder(_turn: Turn) -> Decode:
    calls: dict[JSON, str] = {}  # ids by index

    def decode(frame: Frame) -> Iterator[ChatEvent]:
        value = table(opened(frame))
        if frame.whole:
            yield from _whole(value)
            return
        delta = table(value.get("delta"))
        message = table(delta.get("message"))
        match value.get("type"):
            case "content-start" | "content-delta":
                yield from _content(table(message.get("content")))
            case "tool-plan-delta":
                yield from _content({"thinking": message.get("tool_plan")})
            case "tool-call-start" | "tool-call-delta":
                call = table(message.get("tool_calls"))
                index = whole(value.get("index"))
                calls[index] = text(call.get("id")) or calls.get(index) or f"call_{index}"
                yield _call(calls[index], call)
            case "citation-start":
                yield from _sources(table(message.get("citations")))
            case "message-end":
                yield from _end(delta)

    return decode


def _content(content: Mapping[str, JSON]) -> Iterator[ChatEvent]:
    if thinking := text(content.get("thinking")):
        yield ReasoningDelta(thinking)
    if said := text(content.get("text")):
        yield TextDelta(said)


def _call(name: str, call: Mapping[str, JSON]) -> ToolCalled:
    function = table(call.get("function"))
    return ToolCalled(name, text(function.get("name")), compact(function.get("arguments") or ""))


def _sources(citation: Mapping[str, JSON]) -> Iterator[ChatEvent]:
    for source in tables(citation.get("sources")):
        document = table(source.get("document"))
        name = text(document.get("title")) or text(source.get("id"))
        if name or document.get("url"):
            yield SourceCited(text(document.get("url")), name, text(citation.get("text")))


def _end(delta: Mapping[str, JSON]) -> Iterator[ChatEvent]:
    """The end of a reply. Raises Reported: a failure is told here, and nowhere before."""
    usage = table(delta.get("usage"))
    tokens = table(usage.get("tokens")) or table(usage.get("billed_units"))
    reason = text(delta.get("finish_reason"))
    error = text(delta.get("error"))
    if error or reason in {"ERROR", "TIMEOUT"}:
        words = safe.line(error, 500) or "the reply failed" + (" in time." if reason == "TIMEOUT" else ".")
        raise Reported(f"The provider reported: {words}", retryable=True)
    yield UsageReported(
        Usage(
            input=whole(tokens.get("input_tokens")),
            output=whole(tokens.get("output_tokens")),
            cached=whole(usage.get("cached_tokens")),
        )
    )
    if reason == "MAX_TOKENS":
        yield Notice(LENGTH)
    elif reason and reason not in REASONS:
        yield Notice(f"The reply ended with ‘{safe.line(reason, 60)}’.")
    yield Finished(REASONS.get(reason, reason.lower()))


def _whole(answer: Mapping[str, JSON]) -> Iterator[ChatEvent]:
    """An answer that was not streamed."""
    message = table(answer.get("message"))
    if "content" not in message and "tool_calls" not in message:
        raise is_other("chat answer of Cohere")
    yield from _content({"thinking": message.get("tool_plan")})
    for part in tables(message.get("content")):
        yield from _content(part)
    for index, call in enumerate(tables(message.get("tool_calls"))):
        yield _call(text(call.get("id")) or f"call_{index}", call)
    for citation in tables(message.get("citations")):
        yield from _sources(citation)
    yield from _end({**answer, "error": None})


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models that can chat. Raises ChatError and SecretError only."""
    old = replace(endpoint, url=endpoint.url.rstrip("/").removesuffix("/v2"))  # the list has stayed at v1
    found = await listed(old, wire, under(old, "v1/models"), "models", auth=AUTH)
    return tuple(
        name for entry in tables(found) if _chats(entry.get("endpoints")) and (name := text(entry.get("name")))
    )


def _chats(endpoints: JSON) -> bool:
    return not isinstance(endpoints, list) or "chat" in endpoints


PROVIDER = Provider(reply=asking(Dialect(request, decoder), models), models=models, images=IMAGES)
"""`continues` is False: the last message must be the user's or a tool's."""
