"""OpenAI Chat Completions and its dialects: the wire format of most servers there are.

Facts: openai-openapi (schemas), openai-python (what the official client tolerates), the sources of vLLM, llama.cpp,
Ollama, OpenRouter and Groq, and recorded streams of those and of Azure, Mistral, DeepSeek, xAI, Perplexity, Qwen.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from chattui.endpoint import Auth, Endpoint
from chattui.errors import NotAnApi, Rejected, Unsupported
from chattui.events import JSON, ChatEvent, Started
from chattui.providers import Provider, Turn, prepared
from chattui.providers.attached import IMAGES, content
from chattui.providers.native import blame
from chattui.providers.openai_chunks import Chunks
from chattui.providers.refused import fetched
from chattui.providers.stream import stream
from chattui.wire import Request, Wire

PATH = "chat/completions"
AUTH = Auth()
STREAM_OPTIONS = {"include_usage": True}

_NOT_CHAT = re.compile(
    r"embed|whisper|tts|dall-e|gpt-image|rerank|moderation|transcribe|bge-|sora|stable-diffusion|speech", re.IGNORECASE
)
_refuses_stream_options: set[tuple[str, str | None]] = set()
"""Addresses that have refused `stream_options` since the program started."""


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """The answer to a turn. Without a model the server's first one is asked for.

    A server that refuses `stream_options` (some older ones, some proxies) is asked again without, and from then on.
    """
    endpoint = turn.endpoint
    model = turn.model
    chosen = not model and (model := await _first_model(endpoint, wire))
    if chosen:
        yield Started(model)
    where = (endpoint.url, endpoint.path)
    body = _body(turn, model)
    while True:
        request = prepared(endpoint, PATH, body, auth=AUTH)
        try:
            async with aclosing(stream(wire, endpoint, request, lambda: Chunks().decode)) as events:
                async for event in events:
                    yield event
        except Rejected as error:
            if error.status not in {400, 422} or "stream_options" not in error.body or "stream_options" not in body:
                if chosen:
                    blame(error, model)
                raise
            _refuses_stream_options.add(where)
            del body["stream_options"]
        else:
            return


def request(turn: Turn) -> Request:
    """The request of a turn whose model is known."""
    return prepared(turn.endpoint, PATH, _body(turn, turn.model), auth=AUTH)


def _body(turn: Turn, model: str) -> dict[str, JSON]:
    endpoint = turn.endpoint
    body: dict[str, JSON] = {"model": model} if model else {}
    body |= {"messages": _messages(turn), "stream": True}
    if (endpoint.url, endpoint.path) not in _refuses_stream_options:
        body["stream_options"] = dict(STREAM_OPTIONS)
    if endpoint.user:
        body["user"] = endpoint.user
    return body | dict(endpoint.params)


def _messages(turn: Turn) -> list[JSON]:
    """The conversation as the API wants it. Failed and empty answers are left out, and so is a partial last answer
    unless the turn goes on from it. Tool calls of old replies are not repeated: their results were never sent.
    """
    messages: list[JSON] = [{"role": "system", "content": turn.system}] if turn.system else []
    messages += [
        {"role": message.role, "content": content(turn, message)}
        for message in turn.messages
        if message.role != "assistant" or (message.text and message.state != "failed")
    ]
    return messages


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The names of the models that the endpoint lists: those for chat first, each part in natural order."""
    return tuple(sorted(await _listed(endpoint, wire), key=_order))


def _order(name: str) -> tuple[bool, list[tuple[int, int, str]]]:
    parts = re.findall(r"\d+|\D+", name.lower())
    return bool(_NOT_CHAT.search(name)), [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]


async def _listed(endpoint: Endpoint, wire: Wire) -> list[str]:
    where = prepared(endpoint, "models", None, auth=AUTH, framing="json", method="GET")
    plain = Request(_models_url(endpoint, where.url), "GET", where.headers, where.query, framing="json")
    answer = await fetched(wire, plain, endpoint)
    entries = answer
    if isinstance(answer, Mapping):
        entries = next(
            (answer[name] for name in ("data", "models", "result") if isinstance(answer.get(name), list)), None
        )
    if not isinstance(entries, list):
        raise NotAnApi(
            f"{endpoint.host} did not answer with a list of models.", hint="Set models in the configuration."
        )
    names = [name for entry in entries if (name := _name(entry))]
    return list(dict.fromkeys(names))


def _models_url(endpoint: Endpoint, url: str) -> str:
    """The list lies beside the chat; `endpoint.path` names the chat alone."""
    if endpoint.path is None:
        return url
    base, _, _ = endpoint.path.strip("/").rpartition(PATH)
    return "/".join(part for part in (endpoint.url.rstrip("/"), base.strip("/"), "models") if part)


def _name(entry: JSON) -> str:
    if isinstance(entry, str):
        return entry
    if isinstance(entry, Mapping):
        return next((entry[key] for key in ("id", "model", "name") if isinstance(entry.get(key), str)), "")
    return ""


async def _first_model(endpoint: Endpoint, wire: Wire) -> str:
    """The first model in the server's own order (the newest or the loaded one) that can chat.

    "" where the server has no such list: then it is the server's choice.
    """
    try:
        names = await _listed(endpoint, wire)
    except Rejected as error:
        if error.status in {404, 405, 501}:
            return ""
        raise
    except NotAnApi:
        return ""
    if not names:
        raise Unsupported(f"{endpoint.host} has no model.", hint="Load or pull one there, or set model.")
    return next((name for name in names if not _NOT_CHAT.search(name)), names[0])


PROVIDER = Provider(reply=reply, models=models, images=IMAGES)
"""`continues` is False: OpenAI and most others answer a trailing partial message anew instead of going on from it."""
