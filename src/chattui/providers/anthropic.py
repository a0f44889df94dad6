"""Anthropic Messages: POST /v1/messages, also spoken by Ollama, LM Studio, llama.cpp, LiteLLM and other gateways.

Facts: anthropic-sdk-python (types, errors) and recorded streams. A reply is a list of blocks; where one of them is not
plain text the whole list is kept, because the API wants signed reasoning and the finds of its tools back unchanged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui import safe
from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.errors import CutShort, Rejected
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    SourceCited,
    Started,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, native, prepared
from chattui.providers.attached import images
from chattui.providers.fields import compact, opened, table, tables, text, total, whole
from chattui.wire import Frame, Request, Wire

AUTH = Auth("x-api-key", "")
HEADERS = {"anthropic-version": "2023-06-01"}
MAX_TOKENS = 16384
"""Of the answer, besides what reasoning may take. The API wants a limit, and refuses one above what the model can."""
IMAGES = 3_900_000
"""Bytes of an image: 5 MiB, and the API counts its base64."""
REASONS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls",
           "refusal": "content_filter", "model_context_window_exceeded": "length"}  # fmt: skip
GO_ON = "Your last message was cut off. Go on exactly where it ended; repeat nothing and explain nothing."


# ---------------------------------------------------------------- asking


def request(turn: Turn) -> Request:
    params = turn.endpoint.params
    budget = whole(table(params.get("thinking")).get("budget_tokens")) or 0
    body: dict[str, JSON] = {"model": turn.model, "max_tokens": MAX_TOKENS + budget, "stream": True}
    if native.system(turn):
        body["system"] = native.system(turn)
    body["messages"] = [
        {"role": role, "content": blocks}
        for role, messages in native.alternating(native.said(turn))
        if (blocks := [block for message in messages for block in _content(turn, message)])
    ]
    if turn.continues and body["messages"]:
        _without_last_blank(body["messages"][-1]["content"])
    return prepared(
        turn.endpoint, native.under(turn.endpoint, "v1/messages"), {**body, **params}, auth=AUTH, headers=HEADERS
    )


def _content(turn: Turn, message: Message) -> list[dict[str, JSON]]:
    """The blocks of a message, as the API accepts them back: a call of a tool that was never run is left out, and so is
    reasoning that is unsigned or that nothing follows.
    """
    blocks: list[dict[str, JSON]] = []
    for block in reversed(native.own(turn, message)):
        kind = block.get("type")
        if kind == "tool_use" or (kind == "text" and not block.get("text")):
            continue
        if kind in {"thinking", "redacted_thinking"} and not (blocks and (block.get("signature") or block.get("data"))):
            continue
        blocks.insert(0, block)
    if not blocks:
        blocks = [
            {"type": "image", "source": {"type": "base64", "media_type": image.type, "data": image.data}}
            for image in images(turn, message)
        ]
        blocks += [{"type": "text", "text": message.text}] if message.text else []
    return blocks


def _without_last_blank(blocks: list[dict[str, JSON]]) -> None:
    """A partial answer must not end with blanks."""
    if blocks and blocks[-1].get("type") == "text":
        blocks[-1]["text"] = text(blocks[-1]["text"]).rstrip()


def plainer(turn: Turn, refused: Rejected) -> Turn | None:
    """Newer models, and all while they reason, do not go on from a partial answer; they do when they are told to."""
    if not turn.continues or refused.status != 400 or not ("prefill" in refused.body or "final `assis" in refused.body):
        return None
    return replace(turn, messages=(*turn.messages, Message("", turn.messages[-1].id, "user", GO_ON)))


# ---------------------------------------------------------------- the answer


def decoder(turn: Turn) -> Decode:
    return _Blocks(turn).decode


class _Blocks:
    """What one reply needs to remember."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        before = native.partial(turn)
        self._before = before.text if before else ""
        self._old = _content(turn, before) if before else []
        self._tail = self._before[len(self._before.rstrip()) :] if turn.continues else ""
        self._reset()
        self._counts: dict[str, JSON] = {}
        self._reasoned = False

    def _reset(self) -> None:
        self._blocks: dict[JSON, dict[str, JSON]] = {}  # by index
        self._input: dict[JSON, str] = {}  # JSON of a tool's arguments so far, by index
        self._said = ""  # the last characters of the text
        self._apart = False  # a tool's work lies between the last text and the next
        self._reason = ""

    def decode(self, frame: Frame) -> Iterator[ChatEvent]:
        value = table(opened(frame))
        if frame.whole:  # an answer that was not streamed: as the stream that it could have been
            if not isinstance(value.get("content"), list):
                raise native.is_other("message")
            yield from self._event({"type": "message_start", "message": value})
            for index, block in enumerate(tables(value.get("content"))):
                yield from self._started(index, dict(block))
                yield from self._stopped(index)
            yield from self._event({"type": "message_delta", "delta": value})
            yield from self._event({"type": "message_stop"})
        else:
            yield from self._event(value)

    def _event(self, value: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        index = whole(value.get("index"))
        match value.get("type"):
            case "message_start":
                if self._said:  # a gateway began anew
                    yield TextReplaced(self._before)
                self._reset()
                message = table(value.get("message"))
                yield Started(text(message.get("model")))
                yield from self._usage(message.get("usage"))
            case "content_block_start":
                yield from self._started(index, dict(table(value.get("content_block"))))
            case "content_block_delta":
                yield from self._delta(index, table(value.get("delta")))
            case "content_block_stop":
                yield from self._stopped(index)
            case "message_delta":
                yield from self._usage(value.get("usage"))
                yield from self._ending(table(value.get("delta")))
            case "message_stop":
                if self._reason == "pause_turn":
                    raise CutShort("The model paused its long turn.", hint="Continue to let it go on.")
                yield Finished(REASONS.get(self._reason, self._reason))

    def _started(self, index: JSON, block: dict[str, JSON]) -> Iterator[ChatEvent]:
        self._blocks[index] = block
        kind = text(block.get("type"))
        name = text(block.get("id")) or f"call_{index}"
        match kind:
            case "text":
                yield from self._text(text(block.get("text")))
                yield from _sources(block.get("citations"))
            case "thinking":
                yield from self._thinking(("\n\n" if self._reasoned else "") + text(block.get("thinking")))
            case "tool_use" | "server_tool_use" | "mcp_tool_use":
                block["id"] = name
                self._input[index] = ""
                self._apart = True
                yield ToolCalled(name, text(block.get("name")))
            case _ if kind.endswith("_tool_result"):
                yield _result(block)
            case "fallback":
                model = text(table(table(block).get("to")).get("model"))
                yield Started(model)

    def _delta(self, index: JSON, delta: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        block = self._blocks.setdefault(index, {"type": text(delta.get("type")).removesuffix("_delta")})
        match delta:
            case {"type": "text_delta", "text": str(piece)}:
                block["text"] = text(block.get("text")) + piece
                yield from self._text(piece)
            case {"type": "thinking_delta", "thinking": str(piece)}:
                block["thinking"] = text(block.get("thinking")) + piece
                yield from self._thinking(piece)
            case {"type": "signature_delta", "signature": str(signature)}:
                block["signature"] = signature
            case {"type": "input_json_delta", "partial_json": str(piece)} if piece:
                self._input[index] = self._input.get(index, "") + piece
                yield ToolCalled(text(block.get("id")) or f"call_{index}", "", piece)
            case {"type": "citations_delta", "citation": dict(citation)}:
                block["citations"] = [*tables(block.get("citations")), citation]
                yield from _sources([citation])
            case {"type": "compaction_delta"}:
                block["content"] = delta.get("content")

    def _stopped(self, index: JSON) -> Iterator[ChatEvent]:
        """A call's arguments are whole: they may have come with its start, or not at all."""
        block = self._blocks.get(index, {})
        said = self._input.pop(index, None)
        if said:
            try:
                block["input"] = json.loads(said)
            except (ValueError, RecursionError):
                block["input"] = {}
        elif said is not None:
            yield ToolCalled(text(block.get("id")), "", compact(block.get("input", {})))

    def _text(self, piece: str) -> Iterator[ChatEvent]:
        if not self._said and self._tail:
            piece = piece.removeprefix(self._tail)
        if piece:
            if self._apart and self._said and not self._said.isspace() and not piece[0].isspace():
                piece = "\n\n" + piece
            self._apart = False
            self._said = piece[-1:]
            yield TextDelta(piece)

    def _thinking(self, piece: str) -> Iterator[ChatEvent]:
        if piece:
            self._reasoned = self._reasoned or bool(piece.strip())
            yield ReasoningDelta(piece)

    def _usage(self, usage: JSON) -> Iterator[ChatEvent]:
        """Reports are cumulative, and may leave out what an earlier one has told."""
        if not isinstance(usage, dict):
            return
        self._counts |= {name: count for name, count in usage.items() if count is not None}
        parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
        counts = [whole(self._counts.get(name)) for name in parts]
        reasoning = table(self._counts.get("output_tokens_details")).get("thinking_tokens")
        output = whole(self._counts.get("output_tokens"))
        yield UsageReported(Usage(total(*counts), output, cached=counts[1], reasoning=whole(reasoning)))

    def _ending(self, delta: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        reason = self._reason = text(delta.get("stop_reason"))
        if not reason:
            return
        blocks = [*self._old, *self._blocks.values()]
        if any(block.get("type") not in {"text", "tool_use"} for block in blocks):
            yield native.keep(self._turn, blocks)
        match reason:
            case "refusal":
                why = safe.line(text(table(delta.get("stop_details")).get("explanation")), 500)
                yield Notice(f"The model refused: {why}" if why else "The model refused to answer.")
            case "max_tokens":
                yield Notice(native.LENGTH)
            case "model_context_window_exceeded":
                yield Notice("The conversation has filled the model's context.")
            case "pause_turn":
                return
            case _ if reason not in REASONS:
                yield Notice(f"The reply ended with ‘{safe.line(reason, 60)}’.")
        yield Finished(REASONS.get(reason, reason), more=True)


def _sources(citations: JSON) -> Iterator[ChatEvent]:
    for citation in tables(citations):
        url = text(citation.get("url")) or text(citation.get("source"))
        title = text(citation.get("title")) or text(citation.get("document_title"))
        if url or title:
            yield SourceCited(url, title, text(citation.get("cited_text")))


def _result(block: Mapping[str, JSON]) -> ChatEvent:
    """What a tool on the server gave back, in words where it is a list of pages."""
    content = block.get("content")
    failed = block.get("is_error") is True or text(table(content).get("type")).endswith("_error")
    pages = [f"{text(item.get('title'))} {text(item['url'])}".strip() for item in tables(content) if "url" in item]
    texts = [text(item["text"]) for item in tables(content) if "text" in item]
    said = "\n".join(pages or texts) or text(table(content).get("error_code")) or compact(content)
    return ToolReturned(text(block.get("tool_use_id")), said, failed)


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models, newest first. Raises ChatError and SecretError only."""
    wide = replace(endpoint, query={"limit": "1000", **endpoint.query})
    found = await native.listed(wide, wire, native.under(endpoint, "v1/models"), "data", auth=AUTH, headers=HEADERS)
    return tuple(name for entry in tables(found) if (name := text(entry.get("id"))))


PROVIDER = Provider(
    reply=native.asking(Dialect(request, decoder), models, plainer), models=models, continues=True, images=IMAGES
)
