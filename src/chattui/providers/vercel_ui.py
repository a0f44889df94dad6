"""Vercel's AI SDK: the UI message stream v1 (SSE), the older data stream (`0:"text"` lines), and plain text streams.

    POST {id, messages: [{id, role, parts}], trigger}      complete: finish, abort, [DONE] · d: · the end of plain text

Sources: vercel/ai packages/ai/src/ui-message-stream and packages/ui-utils at 4.3; recorded from ai 4, 5. Which of the
three it is, the body tells. `params.sdk = 4` writes the messages of the old SDK (`content`) beside the parts.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from urllib.parse import urlsplit

from chattui import safe
from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    Started,
    ToolReturned,
    UsageReported,
)
from chattui.providers import Provider, Turn, prepared, stream
from chattui.providers.attached import IMAGES, images, linked, returned
from chattui.providers.fields import reported, table, tables, text
from chattui.providers.native import LENGTH
from chattui.providers.parts import Calls, Pieces, failed, source, usage, worded
from chattui.wire import Exchange, Frame, Framing, Recorder, Request, Wire
from chattui.wire.recognise import recognise, recognise_body

PROTOCOLS = ("x-vercel-ai-ui-message-stream", "x-vercel-ai-data-stream")
"""Headers of answers that are not plain text, whatever they look like."""


def request(turn: Turn) -> Request:
    """The request of DefaultChatTransport. An address without a path gets /api/chat."""
    endpoint = turn.endpoint
    params = dict(endpoint.params)
    old = params.pop("sdk", 5) == 4
    messages = [_written(turn, message, old=old) for message in turn.messages if message.text]
    if turn.system:
        messages.insert(0, _written(turn, Message("system", None, "system", turn.system), old=old))
    body = {"id": turn.conversation, "messages": messages, "trigger": "submit-message", **params}
    if turn.model:
        body.setdefault("model", turn.model)
    path = "" if urlsplit(endpoint.url).path.strip("/") else "/api/chat"
    return prepared(endpoint, path, body, auth=Auth())


def _written(turn: Turn, message: Message, *, old: bool) -> JSON:
    """A UIMessage; the old SDK has files beside the text, under other names."""
    written: dict[str, JSON] = {"id": message.id, "role": message.role}
    parts: list[JSON] = [{"type": "text", "text": message.text}]
    found = images(turn, message)
    if old:
        named = [{"name": image.name, "contentType": image.type, "url": image.url} for image in found]
        beside = {"experimental_attachments": named} if named else {}
        return {**written, "parts": parts, "content": message.text, **beside}
    parts += [{"type": "file", "mediaType": image.type, "filename": image.name, "url": image.url} for image in found]
    return {**written, "parts": parts}


class Reading:
    """A Decode for one reply. Plain text comes as events "text" and its end as "eof" (`_Telling`)."""

    def __init__(self) -> None:
        self._pieces = Pieces()
        self._calls = Calls()
        self._step = 0
        self._continued = False  # the old format: the next step goes on in the middle of a sentence
        self._blocks: dict[str, str] = {}  # the open text blocks: their id may be used again
        self._thought = False  # there was reasoning before this block of it

    def __call__(self, frame: Frame) -> list[ChatEvent]:
        match frame.event:
            case "text" if not frame.whole:
                return self._pieces.append(frame.data)
            case "eof":
                return [Finished()]
            case code if len(code) == 1:
                return self._line(code, frame.json())
        if frame.whole:
            return self._document(frame)
        if frame.data.startswith("[DONE]"):
            return [Finished()]
        part = frame.json()
        if not isinstance(part, dict):
            raise ValueError("not a part")  # noqa: TRY004 - what a Decode raises for a frame it cannot read
        return self._part(part)

    def _document(self, frame: Frame) -> list[ChatEvent]:
        """The server did not stream: an error, or a text that happens to look like JSON."""
        try:
            value = frame.json()
        except ValueError:
            if frame.event != "text":
                raise
            value = None
        refused = isinstance(status := table(value).get("status"), int) and status >= 400
        if (problem := recognise(value, refusal=refused)) is not None:
            raise reported(problem, whole=frame.whole)
        return [*self._pieces.append(_said(value) or frame.data), Finished()]

    def _part(self, part: dict[str, JSON]) -> list[ChatEvent]:
        call, name = text(part.get("toolCallId")), text(part.get("toolName"))
        match part:
            case {"type": "text-start"}:
                self._blocks[text(part.get("id"))] = f"{len(self._blocks)}.{self._step}"
            case {"type": "text-delta", "delta": str(delta)}:
                return self._pieces.append(delta, str(self._step), self._blocks.get(text(part.get("id")), ""))
            case {"type": "reasoning-start"} if self._thought:
                return [ReasoningDelta("\n\n")]
            case {"type": "reasoning-delta", "delta": str(delta)}:
                self._thought = True
                return [ReasoningDelta(delta)]
            case {"type": "tool-input-start"}:
                return self._calls.piece(call, name)
            case {"type": "tool-input-delta"}:
                return self._calls.piece(call, "", text(part.get("inputTextDelta")))
            case {"type": "tool-input-available"}:
                return self._calls.whole(call, name, part.get("input"))
            case {"type": "tool-input-error"}:
                known = self._calls.whole(call, name, part.get("input"))
                return [*known, ToolReturned(call, text(part.get("errorText")), failed=True)]
            case {"type": "tool-output-available"}:
                return [ToolReturned(call, worded(part.get("output")))]
            case {"type": "tool-output-error"}:
                return [ToolReturned(call, text(part.get("errorText")), failed=True)]
            case {"type": "tool-output-denied"}:
                return [ToolReturned(call, "denied", failed=True)]
            case {"type": "tool-approval-request"}:
                return [Notice("The server waits for a tool call to be approved, which cannot be done from here.")]
            case {"type": "source-url"}:
                return source(part.get("url"), part.get("title"))
            case {"type": "source-document"}:
                return source("", part.get("title") or part.get("filename"), part.get("filename"))
            case {"type": "file" | "reasoning-file"}:
                return [linked(part.get("url"), part.get("mediaType"), part.get("filename"))]
            case {"type": "start" | "message-metadata"}:
                return self._metadata(part.get("messageMetadata"), started=part["type"] == "start")
            case {"type": "start-step"}:
                self._step += 1
            case {"type": "reset-step"}:
                return self._pieces.drop(str(self._step))
            case {"type": "finish"}:
                return [*self._metadata(part.get("messageMetadata")), *_finished(part.get("finishReason"))]
            case {"type": "abort"}:
                why = safe.line(text(part.get("reason")))
                return [Notice(f"The server stopped the reply: {why}" if why else "The server stopped the reply."),
                        Finished("abort")]  # fmt: skip
            case {"type": str(kind)} if kind.startswith("data-"):
                said = _words(part.get("data"))
                return [Progress("thinking", said)] if said else []
            case {"type": str(kind)} if kind != "error":
                pass  # parts that a reader does not see, and those of newer versions
            case _:
                raise reported(recognise({"type": "error", **part}) or recognise({"error": True}))  # type: ignore[arg-type]  # never None
        return []

    def _line(self, code: str, value: JSON) -> list[ChatEvent]:
        """One line of the old data stream."""
        fields = table(value)
        call, name = text(fields.get("toolCallId")), text(fields.get("toolName"))
        match code, value:
            case "0", str():
                return self._pieces.append(value, str(self._step))
            case "g", str():
                return [ReasoningDelta(value)]
            case "3", _:
                problem = recognise_body(value) if isinstance(value, str) else recognise(value, refusal=True)
                raise reported(problem) if problem else failed("", "an error without a text")
            case "f", _:
                self._step += 0 if self._continued else 1
                return []
            case "b", {"toolCallId": str()}:
                return self._calls.piece(call, name)
            case "c", {"argsTextDelta": str(delta)}:
                return self._calls.piece(call, "", delta)
            case "9", {"toolCallId": str()}:
                return self._calls.whole(call, name, fields.get("args"))
            case "a", {"toolCallId": str()}:
                return [ToolReturned(call, worded(fields.get("result")))]
            case "h", {}:
                return source(fields.get("url"), fields.get("title"))
            case "k", {}:
                data, kind = fields.get("data"), fields.get("mimeType")
                return [returned(data, kind) if data else linked(fields.get("url"), kind)]
            case (("e" | "d"), {}):
                self._continued = fields.get("isContinued") is True
                counted = self._metadata(fields)
                return [*counted, *_finished(fields.get("finishReason"))] if code == "d" else counted
            case (("2" | "8" | "i" | "j"), _):
                return []  # data and annotations of the application, redacted reasoning and its signature
        raise ValueError("not a line of the data stream")

    def _metadata(self, metadata: JSON, *, started: bool = False) -> list[ChatEvent]:
        """What applications put there by custom: the model, and usage under the SDK's own names."""
        fields = table(metadata)
        model = text(fields.get("model") or fields.get("modelId"))
        events: list[ChatEvent] = [Started(model)] if started or model else []
        counts = fields.get("totalUsage") or fields.get("usage") or fields
        old = usage(counts, input="promptTokens", output="completionTokens")
        new = usage(counts, input="inputTokens", output="outputTokens",
                    cached="cachedInputTokens", reasoning="reasoningTokens")  # fmt: skip
        return events + [UsageReported(found) for found in (old, new) if found is not None]


def _said(value: JSON) -> str:
    """The text of a document: of generateText's result, or of a message."""
    parts = "".join(text(part.get("text")) for part in tables(table(value).get("parts")) if part.get("type") == "text")
    return text(table(value).get("text")) or parts or text(table(value).get("content"))


def _finished(reason: JSON) -> list[ChatEvent]:
    match reason:
        case "error":
            raise failed("", "The server ended the reply with an error")
        case "length":
            return [Notice(LENGTH), Finished("length")]
        case "content-filter":
            return [Notice("The reply was stopped by the server's content filter."), Finished("content_filter")]
    return [Finished(text(reason).replace("-", "_"))]


def _words(data: JSON) -> str:
    """The words for a person in a `data-…` part, if it has any under a usual name."""
    named = (table(data).get(name) for name in ("message", "label", "status", "text"))
    return safe.line(text(data) or next((word for word in named if isinstance(word, str)), ""), 80)


class _Telling:
    """An Exchange whose plain text says that it is that: pieces are events "text", and its end is an event "eof"."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.status, self.headers = exchange.status, exchange.headers
        self.saw_content, self.ends_within = exchange.saw_content, exchange.ends_within

    @property
    def framing(self) -> Framing:
        return self._exchange.framing

    @property
    def recorder(self) -> Recorder | None:
        return self._exchange.recorder

    async def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        may = not any(name in self.headers for name in PROTOCOLS)
        document = may and self.headers.get("content-type", "").startswith("text/plain")
        async for item in self._exchange:
            if isinstance(item, Frame) and ((may and self.framing == "text") or (item.whole and document)):
                yield replace(item, event="text")
            else:
                yield item
        if may and self.framing == "text":
            yield Frame("", "eof")


class _TellingWire:
    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.fetch, self.later, self.aclose = wire.fetch, wire.later, wire.aclose

    @asynccontextmanager
    async def exchange(self, request: Request, endpoint: Endpoint) -> AsyncIterator[Exchange]:
        async with self._wire.exchange(request, endpoint) as exchange:
            yield _Telling(exchange)


def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply."""
    return stream(_TellingWire(wire), turn.endpoint, request(turn), Reading)


PROVIDER = Provider(reply=reply, images=IMAGES)
