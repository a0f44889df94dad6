"""LM Studio's own API: POST /api/v1/chat. The server keeps the conversation; every reply is a place to go on from.

Source: lmstudio-ai/docs 1_developer/2_rest (chat, streaming-events, stateful-chats, list). Unlike its OpenAI-compatible
API it tells how far the model has been loaded and the prompt read, and runs tools. It takes no earlier answers: what
was said since the last reply that it knows (another branch, a reply that was stopped) goes along as text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.errors import Rejected
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Progress,
    ReasoningDelta,
    Started,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, prepared
from chattui.providers.attached import IMAGES, images
from chattui.providers.fields import compact, opened, table, tables, text, whole
from chattui.providers.native import asking, is_other, keep, listed, own, said, system
from chattui.providers.parts import Pieces
from chattui.providers.retold import told
from chattui.wire import Frame, Request, Wire

AUTH = Auth()
ALIASES = {"max_tokens": "max_output_tokens", "reasoning_effort": "reasoning"}


# ---------------------------------------------------------------- asking


def request(turn: Turn) -> Request:
    known, new = _known(turn)
    settings = {ALIASES.get(name, name): value for name, value in turn.endpoint.params.items()}
    body: dict[str, JSON] = {"model": turn.model, "input": _input(turn, new), "stream": True}
    if system(turn):
        body["system_prompt"] = system(turn)
    if known and settings.get("store") is not False:
        body["previous_response_id"] = known
    return prepared(_at(turn.endpoint), "api/v1/chat", {**body, **settings}, auth=AUTH)


def _at(endpoint: Endpoint) -> Endpoint:
    """The endpoint at the server's root, also where its address is that of one of its APIs."""
    root = endpoint.url.rstrip("/").removesuffix("/chat").removesuffix("/v1").removesuffix("/api")
    return replace(endpoint, url=root)


def _known(turn: Turn) -> tuple[str, list[Message]]:
    """The last reply that the server keeps, "" without one, and what was said since."""
    messages = said(turn)
    if turn.endpoint.params.get("store") is not False:
        for at in range(len(messages) - 1, -1, -1):
            for item in own(turn, messages[at]):
                if response := text(item.get("response_id")):
                    return response, messages[at + 1 :]
    return "", messages


def _input(turn: Turn, messages: list[Message]) -> JSON:
    *earlier, last = messages or [Message("", None, "user")]
    pictures = [image for message in messages for image in images(turn, message)]
    words = last.text
    if earlier:
        words = told(earlier, words)
    if not pictures:
        return words
    items: list[JSON] = [{"type": "message", "content": words}]
    return [*items, *({"type": "image", "data_url": image.url} for image in pictures)]


def plainer(turn: Turn, refused: Rejected) -> Turn | None:
    """A reply that the server has lost is no place to go on from."""
    known, _ = _known(turn)
    lost = known and (known in refused.body or "previous_response" in refused.body or "job_not_found" in refused.body)
    if not lost or refused.status not in {400, 404}:
        return None
    return replace(turn, messages=tuple(replace(message, kept=None) for message in turn.messages))


# ---------------------------------------------------------------- the answer


def decoder(turn: Turn) -> Decode:
    return _Events(turn).decode


class _Events:
    """What one reply needs to remember."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self._pieces = Pieces()
        self._messages = self._calls = 0
        self._open = False  # the last call has no result yet
        self._argued = False  # … but its arguments
        self._heard = False

    def decode(self, frame: Frame) -> Iterator[ChatEvent]:
        value = table(opened(frame))
        if frame.whole:  # an answer that was not streamed
            if not isinstance(value.get("output"), list):
                raise is_other("chat answer of LM Studio")
            yield Started(text(value.get("model_instance_id")))
            yield from self._end(value)
            return
        kind, content = text(value.get("type")) or frame.event, text(value.get("content"))
        self._heard = self._heard or bool(content)
        match kind:
            case "chat.start":
                yield Started(text(value.get("model_instance_id")))
            case "model_load.start" | "model_load.progress":
                yield Progress("thinking", "loading the model" + _percent(value))
            case "prompt_processing.start" | "prompt_processing.progress":
                yield Progress("thinking", "reading the prompt" + _percent(value))
            case "reasoning.delta" if content:
                yield ReasoningDelta(content)
            case "message.start":
                self._messages += 1
            case "message.delta":
                yield from self._pieces.append(content, str(self._messages))
            case "tool_call.start":
                yield self._called(value)
            case "tool_call.arguments":
                yield from self._arguments(value)
            case "tool_call.success" | "tool_call.failure":
                yield from self._returned(value, failed=kind.endswith("failure"))
            case "chat.end":
                yield from self._end(table(value.get("result")))

    def _called(self, value: Mapping[str, JSON]) -> ToolCalled:
        """A new call; the format has no ids."""
        self._calls += 1
        self._open, self._argued = True, False
        name = text(value.get("tool")) or text(table(value.get("metadata")).get("tool_name"))
        return ToolCalled(f"call_{self._calls}", name)

    def _arguments(self, value: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        if not self._open:
            yield self._called(value)
        arguments = value.get("arguments") or table(value.get("metadata")).get("arguments")
        if arguments is not None and not self._argued:
            self._argued = True
            yield ToolCalled(f"call_{self._calls}", "", compact(arguments))

    def _returned(self, value: Mapping[str, JSON], *, failed: bool) -> Iterator[ChatEvent]:
        yield from self._arguments(value)
        self._open = False
        result = value.get("reason") if failed else value.get("output")
        yield ToolReturned(f"call_{self._calls}", compact(result or ""), failed)

    def _end(self, result: Mapping[str, JSON]) -> Iterator[ChatEvent]:
        """The end of a reply, whose object repeats everything."""
        for item in () if self._heard else tables(result.get("output")):
            match item.get("type"):
                case "reasoning" if thought := text(item.get("content")):
                    yield ReasoningDelta(thought)
                case "message":
                    self._messages += 1
                    yield from self._pieces.append(text(item.get("content")), str(self._messages))
                case "tool_call" | "mcp_call":
                    yield from self._returned(item, failed=False)
        stats = table(result.get("stats"))
        if stats:
            reasoning = whole(stats.get("reasoning_output_tokens"))
            yield UsageReported(
                Usage(whole(stats.get("input_tokens")), whole(stats.get("total_output_tokens")), reasoning=reasoning)
            )
        if response := text(result.get("response_id")):
            yield keep(self._turn, [{"response_id": response}])
        yield Finished("stop")


def _percent(value: Mapping[str, JSON]) -> str:
    progress = value.get("progress")
    known = isinstance(progress, int | float) and not isinstance(progress, bool) and 0 <= progress <= 1
    return f" {progress:.0%}" if known else ""


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models that can chat, those that are loaded first. Raises ChatError and SecretError only."""
    found = await listed(_at(endpoint), wire, "api/v1/models", "models", auth=AUTH)
    chats = [entry for entry in tables(found) if entry.get("type") != "embedding" and text(entry.get("key"))]
    chats.sort(key=lambda entry: not entry.get("loaded_instances"))
    return tuple(text(entry["key"]) for entry in chats)


PROVIDER = Provider(reply=asking(Dialect(request, decoder), models, plainer), models=models, images=IMAGES)
"""`continues` is False: answers of the assistant cannot be sent."""
