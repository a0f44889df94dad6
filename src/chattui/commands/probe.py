"""Asking a server that nobody knows: what it lists, and what it answers to one request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chattui.adding.curl import Curl
from chattui.adding.known import Known, name_of
from chattui.endpoint import Endpoint, Timeouts
from chattui.errors import ChatError, Rejected, Unreachable
from chattui.events import JSON
from chattui.secret import Secret
from chattui.wire import Frame, Request, Wire

SECONDS = 5.0
"""For each question to an address."""
MOST_FRAMES = 5000


@dataclass(frozen=True, slots=True)
class _Question:
    """A path below the address, what its answer looks like, and what that means."""

    path: str
    fits: Callable[[JSON], bool]
    words: str
    provider: str
    below: str = ""
    """What is added to the address for the url."""


def _list(key: str) -> Callable[[JSON], bool]:
    return lambda value: isinstance(value, Mapping) and isinstance(value.get(key), list)


QUESTIONS = (
    _Question("/api/tags", _list("models"), "Ollama", "ollama"),
    _Question("/v1/models", _list("data"), "an OpenAI-compatible server", "openai-chat", "/v1"),
    _Question("/models", _list("data"), "an OpenAI-compatible server", "openai-chat"),
    _Question(
        "/.well-known/agent-card.json",
        lambda value: isinstance(value, Mapping) and "skills" in value,
        "an A2A agent",
        "a2a",
    ),
    _Question(
        "/info", lambda value: isinstance(value, Mapping) and "langgraph_py_version" in value, "LangGraph", "langgraph"
    ),
)


async def identified(url: str, wire: Wire) -> AsyncGenerator[str | Known, None]:
    """What an address speaks, by what it lists: sentences on the way, and a Known at the end where one fits."""
    base = url.rstrip("/")
    for question in QUESTIONS:
        endpoint = Endpoint(
            "add", "rules", base, timeouts=Timeouts(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
        )
        try:
            answered = await wire.fetch(Request(base + question.path, "GET"), endpoint)
        except Unreachable as error:
            yield str(error)
            return
        except Rejected as error:
            if error.status not in {401, 403} or question.provider != "openai-chat":
                continue
            name = name_of(urlsplit(base).hostname or "")
            table = _table(question, base) | {"api_key": {"env": f"{name.upper().replace('-', '_')}_API_KEY"}}
            yield Known(name, question.words, table, "It wants a key: api_key says where it is looked for.")
            return
        except ChatError:
            continue
        if question.fits(answered):
            yield Known(name_of(urlsplit(base).hostname or ""), question.words, _table(question, base))
            return


def _table(question: _Question, base: str) -> dict[str, Any]:
    return {"provider": question.provider, "url": base + question.below, "models": "fetch"}


async def answer(asked: Curl, wire: Wire) -> tuple[Frame, ...]:
    """The frames of the answer to this request, as far as they come. Raises ChatError where there is none."""
    headers: dict[str, str | Secret] = dict(asked.headers)
    if (key := asked.key) is not None and key.value:
        headers[key.header] = Secret(key.prefix + key.value, "the curl command")
    endpoint = Endpoint("add", "rules", asked.url, timeouts=Timeouts(total=120))
    frames: list[Frame] = []
    try:
        async with wire.exchange(Request(asked.url, asked.method, headers, body=asked.body), endpoint) as exchange:
            async for item in exchange:
                if isinstance(item, Frame):
                    frames.append(item)
                    if len(frames) >= MOST_FRAMES:
                        break
    except ChatError:
        if not frames:
            raise
    return tuple(frames)
