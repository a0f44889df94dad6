"""Google Gemini: POST /v1beta/models/MODEL:streamGenerateContent.

Facts: python-genai (types; how it reads a stream) and recorded streams. The format has no end marker but a
`finishReason`; a blocked prompt has not even that. Signed parts are kept, because the API wants them back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import quote

from chattui import safe
from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    SourceCited,
    Started,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, prepared
from chattui.providers.attached import images, linked, returned, with_content, without
from chattui.providers.fields import compact, opened, table, tables, text, total, whole
from chattui.providers.native import LENGTH, alternating, asking, is_other, keep, listed, own, said, system, under
from chattui.wire import Frame, Request, Wire

AUTH = Auth("x-goog-api-key", "")
BESIDE = frozenset({"tools", "toolConfig", "safetySettings", "cachedContent", "generationConfig", "labels"})
"""Parameters beside the contents; all others belong to generationConfig."""
ALIASES = {"maxTokens": "maxOutputTokens", "stop": "stopSequences"}
IMAGES = 14_000_000
"""Bytes of an image: a request holds at most 20 MB, with the images as base64."""
REASONS = {"STOP": "stop", "MAX_TOKENS": "length", "FUNCTION_CALL": "tool_calls",
           "MALFORMED_FUNCTION_CALL": "error", "UNEXPECTED_TOOL_CALL": "error"}  # fmt: skip
WHY = {
    "MAX_TOKENS": LENGTH,
    "SAFETY": "The reply was stopped by Gemini's safety filter.",
    "RECITATION": "The reply was stopped because it recites protected material.",
    "LANGUAGE": "The reply was stopped because its language is not supported.",
    "BLOCKLIST": "The reply was stopped because it holds a forbidden term.",
    "PROHIBITED_CONTENT": "The reply was stopped because its content is prohibited.",
    "SPII": "The reply was stopped because it holds personal data.",
    "MALFORMED_FUNCTION_CALL": "The model made a broken tool call.",
    "UNEXPECTED_TOOL_CALL": "The model called a tool that was not offered.",
}


# ---------------------------------------------------------------- asking


def request(turn: Turn) -> Request:
    params = {_camel(name): value for name, value in turn.endpoint.params.items()}
    body: dict[str, JSON] = {name: value for name, value in params.items() if name in BESIDE}
    body["contents"] = [
        {"role": "user" if role == "user" else "model", "parts": parts}
        for role, messages in alternating(said(turn))
        if (parts := [part for message in messages for part in _parts(turn, message)])
    ]
    if system(turn):
        body["systemInstruction"] = {"parts": [{"text": system(turn)}]}
    settings = {ALIASES.get(name, name): value for name, value in params.items() if name not in BESIDE}
    if settings:
        body["generationConfig"] = {**settings, **table(params.get("generationConfig"))}
    model = turn.model if "/" in turn.model else f"models/{turn.model}"
    path = under(turn.endpoint, f"v1beta/{quote(model, safe='/-._~')}:streamGenerateContent")
    asked = prepared(turn.endpoint, path, body, auth=AUTH)
    return replace(asked, query={"alt": "sse", **asked.query})


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def _parts(turn: Turn, message: Message) -> list[dict[str, JSON]]:
    """The parts of a message; a call of a tool that was never run is left out."""
    parts = [_with_data(turn, part) for part in own(turn, message) if "functionCall" not in part]
    if kept := [part for part in parts if part is not None]:
        return kept
    pictures = [{"inlineData": {"mimeType": image.type, "data": image.data}} for image in images(turn, message)]
    return [*pictures, *([{"text": message.text}] if message.text else [])]


def _with_data(turn: Turn, part: dict[str, JSON]) -> dict[str, JSON] | None:
    if not isinstance(inline := part.get("inlineData"), dict):
        return part
    data = with_content(turn, inline, "data")
    return None if data is None else {**part, "inlineData": data}


# ---------------------------------------------------------------- the answer


def decoder(turn: Turn) -> Decode:
    return _Chunks(turn).decode


class _Chunks:
    """What one reply needs to remember."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._parts: list[dict[str, JSON]] = []
        self._model = ""
        self._usage: Usage | None = None
        self._calls = 0
        self._ran = ""  # the id of the last code that the server ran
        self._pieces: dict[str, JSON] = {}  # arguments of the call that is streamed, by their JSON paths

    def decode(self, frame: Frame) -> Iterator[ChatEvent]:
        """A chunk, or without `alt=sse` the list of all."""
        value = opened(frame)
        chunks = list(tables(value)) if isinstance(value, list) else [table(value)]
        if frame.whole and not any("candidates" in chunk or "promptFeedback" in chunk for chunk in chunks):
            raise is_other("answer of Gemini")
        for chunk in chunks:
            yield from self._chunk(chunk)

    def _chunk(self, chunk: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        if not self._model and (model := text(chunk.get("modelVersion"))):
            self._model = model
            yield Started(model)
        usage = chunk.get("usageMetadata")
        if isinstance(usage, dict) and (found := _usage(usage)) != self._usage:
            self._usage = found
            yield UsageReported(found)
        for candidate in tables(chunk.get("candidates")):
            if candidate.get("index"):
                continue  # one of several answers
            for part in tables(table(candidate.get("content")).get("parts")):
                yield from self._part(part)
            yield from _sources(candidate)
            yield from self._ending(text(candidate.get("finishReason")), text(candidate.get("finishMessage")))
        if blocked := text(table(chunk.get("promptFeedback")).get("blockReason")):
            yield Notice(f"Gemini refused the prompt ({safe.line(blocked, 60).lower().replace('_', ' ')}).")
            yield Finished("content_filter", more=True)

    def _part(self, part: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        self._keep(part)
        match part:
            case {"text": str(said), "thought": True} if said:
                yield ReasoningDelta(said)
            case {"text": str(said)} if said:
                yield TextDelta(said)
            case {"functionCall": dict(call)}:
                yield from self._call(call)
            case {"executableCode": dict(code)}:
                self._calls += 1
                self._ran = text(code.get("id")) or f"code_{self._calls}"
                yield ToolCalled(self._ran, "code_execution", compact({"code": code.get("code", "")}))
            case {"codeExecutionResult": dict(result)}:
                failed = result.get("outcome") != "OUTCOME_OK"
                yield ToolReturned(text(result.get("id")) or self._ran, text(result.get("output")), failed)
            case {"inlineData": dict(data)}:
                if part.get("thought") is not True:  # sketches on the way to the image
                    yield returned(data.get("data"), data.get("mimeType"), data.get("displayName"))
            case {"fileData": dict(data)}:
                yield linked(data.get("fileUri"), data.get("mimeType"), data.get("displayName"))

    def _call(self, call: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """A tool call: whole, or its arguments in pieces, the last of which has no `willContinue`."""
        if name := text(call.get("name")):
            self._calls += 1
            self._pieces = {}
            yield ToolCalled(self._id(call), name, compact(call["args"]) if call.get("args") else "")
        for piece in tables(call.get("partialArgs")):
            path = text(piece.get("jsonPath")).removeprefix("$.")
            value = next((piece[kind] for kind in ("stringValue", "numberValue", "boolValue") if kind in piece), None)
            before = self._pieces.get(path)
            self._pieces[path] = before + value if isinstance(before, str) and isinstance(value, str) else value
        if self._pieces and call.get("willContinue") is not True:
            yield ToolCalled(self._id(call), "", compact(self._pieces))
            self._pieces = {}

    def _id(self, call: Mapping[str, JSON]) -> str:
        return text(call.get("id")) or f"call_{self._calls}"

    def _keep(self, part: Mapping[str, JSON]) -> None:
        """Neighbouring texts are one, unless one of them is signed. Thoughts are not sent back."""
        if part.get("thought") is True and "thoughtSignature" not in part:
            return
        if isinstance(inline := part.get("inlineData"), dict):
            part = {**part, "inlineData": without(inline, "data")}
        last = self._parts[-1] if self._parts else {}
        if part.keys() == {"text"} == last.keys():
            last["text"] = text(last["text"]) + text(part["text"])
        else:
            self._parts.append(dict(part))

    def _ending(self, reason: str, message: str) -> Iterator[ChatEvent]:
        if not reason or reason == "FINISH_REASON_UNSPECIFIED":
            return
        if any("thoughtSignature" in part for part in self._parts):
            yield keep(self._turn, self._parts)
        if reason not in {"STOP", "FUNCTION_CALL"}:
            yield Notice(
                WHY.get(reason) or safe.line(message, 500) or f"The reply ended with ‘{safe.line(reason, 60)}’."
            )
        yield Finished(REASONS.get(reason) or ("content_filter" if reason in WHY else reason.lower()), more=True)


def _usage(usage: Mapping[str, JSON]) -> Usage:
    """As the other APIs count: what reasoning took is a part of the output."""
    thoughts = whole(usage.get("thoughtsTokenCount"))
    return Usage(
        input=whole(usage.get("promptTokenCount")),
        output=total(whole(usage.get("candidatesTokenCount")), thoughts),
        cached=whole(usage.get("cachedContentTokenCount")),
        reasoning=thoughts,
    )


def _sources(candidate: Mapping[str, JSON]) -> Iterator[ChatEvent]:
    grounding = tables(table(candidate.get("groundingMetadata")).get("groundingChunks"))
    found = [table(chunk.get("web") or chunk.get("retrievedContext") or chunk.get("maps")) for chunk in grounding]
    cited = table(candidate.get("citationMetadata"))
    for source in (*found, *tables(cited.get("citationSources")), *tables(cited.get("citations"))):
        if url := text(source.get("uri")):
            yield SourceCited(url, text(source.get("title")))


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models that can chat. Raises ChatError and SecretError only."""
    wide = replace(endpoint, query={"pageSize": "1000", **endpoint.query})
    found = await listed(wide, wire, under(endpoint, "v1beta/models"), "models", auth=AUTH)
    return tuple(
        text(entry.get("name")).removeprefix("models/")
        for entry in tables(found)
        if entry.get("name")
        and "generateContent" in compact(entry.get("supportedGenerationMethods", "generateContent"))
    )


PROVIDER = Provider(reply=asking(Dialect(request, decoder), models), models=models, images=IMAGES)
"""`continues` is False: most models answer a trailing message of their own anew."""
