"""Ollama's own API, POST /api/chat: one JSON object per line.

Facts: ollama's api/types.go and server/routes.go. Unlike its OpenAI-compatible API it tells errors in mid-stream, and
takes `think` and the context size. Nothing is sent while a model loads.
"""

from __future__ import annotations

from collections.abc import Iterator

from chattui.endpoint import Auth, Endpoint
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    Started,
    ToolCalled,
    Usage,
    UsageReported,
)
from chattui.providers import Decode, Dialect, Provider, Turn, prepared
from chattui.providers.attached import IMAGES, images, returned
from chattui.providers.fields import compact, opened, table, tables, text, whole
from chattui.providers.inline import InlineReasoning
from chattui.providers.native import LENGTH, asking, is_other, listed, partial, said, system, under
from chattui.wire import Frame, Request, Wire

AUTH = Auth()
BESIDE = frozenset(
    {"think", "format", "keep_alive", "tools", "options", "truncate", "shift", "logprobs", "top_logprobs"}
)
"""Parameters beside the model; all others are its options."""
ALIASES = {"max_tokens": "num_predict"}


def request(turn: Turn) -> Request:
    params = turn.endpoint.params
    messages: list[JSON] = [{"role": "system", "content": system(turn)}] if system(turn) else []
    for message in said(turn):
        pictures = [image.data for image in images(turn, message)]
        messages.append({"role": message.role, "content": message.text, **({"images": pictures} if pictures else {})})
    body: dict[str, JSON] = {"model": turn.model, "messages": messages, "stream": True}
    body |= {name: value for name, value in params.items() if name in BESIDE}
    options = {ALIASES.get(name, name): value for name, value in params.items() if name not in BESIDE}
    if options:
        body["options"] = {**options, **table(params.get("options"))}
    return prepared(turn.endpoint, under(turn.endpoint, "api/chat"), body, auth=AUTH)


def decoder(turn: Turn) -> Decode:
    inline = InlineReasoning()
    inline.watches = partial(turn) is None
    calls = 0
    begun = False

    def decode(frame: Frame) -> Iterator[ChatEvent]:
        nonlocal calls, begun
        value = table(opened(frame))
        if not begun and (model := text(value.get("model"))):
            begun = True
            yield Started(model)
        message = table(value.get("message"))
        if frame.whole and not message:
            raise is_other("chat answer of Ollama")
        if reasoning := text(message.get("thinking")) or text(message.get("reasoning_content")):
            inline.watches = False
            yield ReasoningDelta(reasoning)
        if content := text(message.get("content")):
            yield from inline.feed(content)
        for picture in message.get("images") or ():
            yield returned(picture)
        for call in tables(message.get("tool_calls")):  # always whole
            calls += 1
            function = table(call.get("function"))
            yield ToolCalled(
                text(call.get("id")) or f"call_{calls}",
                text(function.get("name")),
                compact(function.get("arguments", {})),
            )
        if value.get("done") is True:
            yield from inline.flush()
            yield UsageReported(
                Usage(input=whole(value.get("prompt_eval_count")), output=whole(value.get("eval_count")))
            )
            reason = text(value.get("done_reason"))
            if reason == "length":
                yield Notice(LENGTH)
            yield Finished(reason or "stop")

    return decode


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The models that have been pulled, the latest first. Raises ChatError and SecretError only."""
    found = await listed(endpoint, wire, under(endpoint, "api/tags"), "models", auth=AUTH)
    return tuple(name for entry in tables(found) if (name := text(entry.get("name")) or text(entry.get("model"))))


PROVIDER = Provider(reply=asking(Dialect(request, decoder), models), models=models, continues=True, images=IMAGES)
"""It goes on from a trailing assistant message, where the model's template leaves it open, as nearly all do."""
