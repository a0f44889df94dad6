"""Wire formats: how a turn becomes a request, and how an answer's frames become ChatEvents.

Most formats are a Dialect: two pure functions. `stream` is the one loop that carries them (retries before the first
content, unreadable events, end markers). The few that need several requests in a turn call `stream` themselves.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.errors import ChatError, CutShort, Rejected, Reported
from chattui.events import (
    JSON,
    ChatEvent,
    ChoicesOffered,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
)
from chattui.secret import Secret
from chattui.wire import Frame, Framing, Request, Wire
from chattui.wire.retry import pause

CONTENT = (TextDelta, TextReplaced, ReasoningDelta, ToolCalled, ToolReturned, ChoicesOffered)
"""Events that a reader sees in the reply; the others do not move a content deadline and do not forbid a retry."""
AFTER_FINISH = 2.0
"""Seconds that usage and last markers may take after the end of the text."""
UNREADABLE_IN_A_ROW = 3


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be answered: the shown branch, ending with the user's message or with the partial reply to go on from."""

    endpoint: Endpoint
    model: str
    messages: tuple[Message, ...]
    """Oldest first, without the reply in flight; never empty."""
    system: str = ""
    conversation: str = ""
    """The id of the conversation."""
    reply: str = ""
    """The id of the reply in flight."""
    remote: Mapping[str, JSON] = field(default_factory=dict)
    """What the server issued in earlier turns."""

    @property
    def prompt(self) -> str:
        """The text of the last user message."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def continues(self) -> bool:
        """Whether the last message is a partial reply that the answer shall go on from."""
        return self.messages[-1].role == "assistant"


Decode = Callable[[Frame], Iterator[ChatEvent]]
"""One frame's events. Raises ValueError for an unreadable frame (skipped and counted), Reported for a server's error."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of one request per turn: two pure functions. `decoder` makes a fresh Decode for each reply, which may
    remember what one reply needs (open tool calls)."""

    request: Callable[[Turn], Request]
    decoder: Callable[[Turn], Decode]
    ends_at_eof: bool = False
    """The format has no end marker: a clean end of the body is the end of the reply."""

    def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        return stream(wire, turn.endpoint, self.request(turn), lambda: self.decoder(turn), ends_at_eof=self.ends_at_eof)


@dataclass(frozen=True, slots=True)
class Provider:
    """What the registry holds for a wire format."""

    reply: Callable[[Turn, Wire], AsyncIterator[ChatEvent]]
    """The answer to a turn. Raises ChatError (and SecretError) only."""
    models: Callable[[Endpoint, Wire], Awaitable[tuple[str, ...]]] | None = None
    """The names of the models that the endpoint offers now. Raises ChatError and SecretError only."""
    continues: bool = False
    """Whether a partial assistant message at the end of the turn is continued by the API."""


_MODULES = {
    "openai-chat": "openai_chat",
    "demo": "demo",
}
PROVIDERS = tuple(_MODULES)
"""The names that `provider = …` may have."""


def provider(name: str) -> Provider:
    """The provider of this name, loaded when first asked for. Raises KeyError."""
    module = import_module(f"chattui.providers.{_MODULES[name]}")
    found: Provider = module.PROVIDER
    return found


def prepared(
    endpoint: Endpoint,
    path: str,
    body: JSON,
    *,
    auth: Auth,
    headers: Mapping[str, str] | None = None,
    framing: Framing = "auto",
    method: str = "POST",
) -> Request:
    """The request with everything that the endpoint says about it: path, headers, query, key, edits of the body."""
    merged: dict[str, str | Secret] = dict(headers or {})
    auth = endpoint.auth or auth
    if endpoint.api_key is not None and auth.header:
        merged[auth.header] = endpoint.api_key.prefixed(auth.prefix)
    merged |= endpoint.headers
    where = path if endpoint.path is None else endpoint.path
    url = endpoint.url.rstrip("/") + ("/" + where.lstrip("/") if where else "")
    return Request(url, method, merged, endpoint.query, edited(body, endpoint) if body is not None else None, framing)


def edited(body: JSON, endpoint: Endpoint) -> JSON:
    """The body with `body.add` merged in (tables merge, other values replace) and the dotted paths of `body.drop` removed."""
    result = _merged(body, endpoint.body.add)
    for path in endpoint.body.drop:
        result = _without(result, path.split("."))
    return result


def _merged(base: JSON, over: JSON) -> JSON:
    if isinstance(base, Mapping) and isinstance(over, Mapping):
        return {**base, **{key: _merged(base.get(key), value) for key, value in over.items()}}
    return over


def _without(value: JSON, path: list[str]) -> JSON:
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    if len(path) == 1:
        return {key: item for key, item in value.items() if key != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}


async def stream(
    wire: Wire, endpoint: Endpoint, request: Request, decoder: Callable[[], Decode], *, ends_at_eof: bool = False
) -> AsyncIterator[ChatEvent]:
    """The events of one request's answer, ending with Finished.

    Retries (with Progress "retrying") only until the first content event has been yielded; afterwards a drop is CutShort.
    An unreadable frame is skipped and told in a Notice; three in a row end the reply.
    """
    for attempt in range(1, endpoint.retry.attempts + 2):
        seen = _Seen()
        try:
            async for event in _once(wire, endpoint, request, decoder(), seen, attempt, ends_at_eof=ends_at_eof):
                yield event
        except ChatError as error:
            last = attempt > endpoint.retry.attempts
            seconds = None if last or seen.content else pause(error, attempt, random.random())  # noqa: S311 - jitter
            if seconds is None:
                raise
            yield Progress("retrying", error.text, endpoint.host, seconds, attempt + 1)
            await asyncio.sleep(seconds)
        else:
            return


@dataclass(slots=True)
class _Seen:
    content: bool = False


async def _once(
    wire: Wire, endpoint: Endpoint, request: Request, decode: Decode, seen: _Seen, attempt: int, *, ends_at_eof: bool
) -> AsyncIterator[ChatEvent]:
    finished = False
    unreadable = in_a_row = 0
    yield Progress("connecting", host=endpoint.host, attempt=attempt)
    async with wire.exchange(request, endpoint) as exchange:
        yield Progress("waiting", host=endpoint.host, attempt=attempt)
        async for item in exchange:
            if isinstance(item, Progress):
                yield item
                continue
            try:
                events = list(decode(item))
            except ValueError:
                unreadable += 1
                in_a_row += 1
                if in_a_row >= UNREADABLE_IN_A_ROW:
                    raise Reported(
                        f"The last {in_a_row} events of {endpoint.host} could not be read; stopped."
                    ) from None
                continue
            in_a_row = 0
            for event in events:
                if isinstance(event, CONTENT):
                    seen.content = True
                    exchange.saw_content()
                elif isinstance(event, Finished):
                    finished = True
                    if event.more:
                        exchange.ends_within(AFTER_FINISH)
                yield event
                if isinstance(event, Finished) and not event.more:
                    break
            else:
                continue
            break
    if unreadable:
        yield Notice(
            "1 unreadable event was skipped." if unreadable == 1 else f"{unreadable} unreadable events were skipped."
        )
    if not finished:
        if not ends_at_eof:
            raise CutShort("The reply ended without an end marker; it may be cut short.")
        yield Finished()


def refusal(error: Rejected, endpoint: Endpoint) -> Rejected:
    """A 401 or 403 told with the source of the key that was refused."""
    if error.status not in {401, 403}:
        return error
    source = f"It comes from {endpoint.api_key.source}." if endpoint.api_key else "No key was sent."
    return Rejected(
        f"{error.status}: the key for ‘{endpoint.name}’ was refused. {source}",
        status=error.status,
        hint="Check the key, then press r to retry.",
        body=error.body,
    )
