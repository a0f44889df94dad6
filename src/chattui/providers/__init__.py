"""Wire formats: how a turn becomes a request, and how an answer's frames become ChatEvents.

Most formats are a Dialect: two pure functions. `stream` is the one loop that carries them (retries before the first
content, unreadable events, end markers). The few that need several requests in a turn call `stream` themselves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module

from chattui.chat import Message
from chattui.endpoint import Auth, Endpoint
from chattui.events import JSON, ChatEvent
from chattui.providers.refused import refusal
from chattui.providers.stream import CONTENT, Decode, stream
from chattui.secret import Secret
from chattui.wire import Framing, Request, Wire


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be answered: the shown branch, up to the user's message or the partial reply to go on from."""

    endpoint: Endpoint
    model: str
    messages: tuple[Message, ...]
    """Oldest first, without the reply in flight. Empty only where the back-end speaks first: nobody has said anything,
    `prompt` is "", and a provider whose back-end does so begins its conversation anew."""
    system: str = ""
    conversation: str = ""
    """What the conversation is called at the server: its id, or another one after it branched."""
    reply: str = ""
    """The id of the reply in flight."""
    remote: Mapping[str, JSON] = field(default_factory=dict)
    """What the server issued in earlier turns of this branch."""
    rewound: bool = False
    """The server has the conversation along another branch: it begins anew, and `remote` has nothing of it."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """What the messages' attachments hold, by digest. Those of the user are images: texts are in their message."""

    @property
    def prompt(self) -> str:
        """The text of the last user message; "" while there is none."""
        return next((message.text for message in reversed(self.messages) if message.role == "user"), "")

    @property
    def continues(self) -> bool:
        """Whether the last message is a partial reply that the answer shall go on from."""
        return bool(self.messages) and self.messages[-1].role == "assistant"


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format of one request per turn: two pure functions. `decoder` makes a fresh Decode for each reply, which may
    remember what one reply needs (open tool calls).
    """

    request: Callable[[Turn], Request]
    decoder: Callable[[Turn], Decode]
    ends_at_eof: bool = False
    """The format has no end marker: a clean end of the body is the end of the reply."""

    def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        return stream(wire, turn.endpoint, self.request(turn), lambda: self.decoder(turn), ends_at_eof=self.ends_at_eof)


@dataclass(frozen=True, slots=True)
class ServerChat:
    """A conversation that the server keeps. `remote` is what it is known by there, as Conversation.remote keeps it
    under the endpoint's name.
    """

    remote: Mapping[str, JSON]
    title: str = ""
    updated: float = 0.0
    """Unix seconds; 0 = the server does not say."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What the registry holds for a wire format."""

    reply: Callable[[Turn, Wire], AsyncIterator[ChatEvent]]
    """The answer to a turn. Raises ChatError (and SecretError) only."""
    models: Callable[[Endpoint, Wire], Awaitable[tuple[str, ...]]] | None = None
    """The names of the models that the endpoint offers now. Raises ChatError and SecretError only."""
    check: Callable[[Endpoint, Wire], Awaitable[None]] | None = None
    """Tests the key without a question, where the endpoint offers that. Raises ChatError and SecretError only."""
    chats: Callable[[Endpoint, Wire], Awaitable[tuple[ServerChat, ...] | None]] | None = None
    """The conversations that the server keeps, None when it does not list them. Raises ChatError, SecretError only."""
    messages: Callable[[Endpoint, Wire, Mapping[str, JSON]], Awaitable[tuple[Message, ...]]] | None = None
    """What the server keeps of the conversation that it knows by this `remote`: oldest first, with the server's ids and
    without parents. Raises ChatError and SecretError only; Unsupported when this endpoint's server has no such call."""
    continues: bool = False
    """Whether a partial assistant message at the end of the turn is continued by the API."""
    images: int = 0
    """Bytes of the largest image that can be sent; 0 = none can."""


__all__ = [
    "CONTENT",
    "PROVIDERS",
    "Decode",
    "Dialect",
    "Provider",
    "ServerChat",
    "Turn",
    "edited",
    "prepared",
    "provider",
    "pulls",
    "refusal",
    "speaks_first",
    "stream",
]

_MODULES = {
    "openai-chat": "openai_chat",
    "openai-responses": "openai_responses",
    "anthropic": "anthropic",
    "gemini": "gemini",
    "ollama": "ollama",
    "lmstudio": "lmstudio",
    "cohere": "cohere",
    "vercel-ui": "vercel_ui",
    "ag-ui": "ag_ui",
    "langgraph": "langgraph",
    "dify": "dify",
    "a2a": "a2a",
    "rules": "rules",
    "typebot": "typebot",
    "motia-streams": "motia_streams",
    "demo": "demo",
}
PROVIDERS = tuple(_MODULES)
"""The names that `provider = …` may have."""


_SPEAK_FIRST = frozenset({"typebot"})


def speaks_first(endpoint: Endpoint) -> bool:
    """Whether a conversation with this endpoint begins with the other side. Loads nothing."""
    return endpoint.provider in _SPEAK_FIRST or (endpoint.rules is not None and endpoint.rules.opens == "bot")


def pulls(endpoint: Endpoint) -> bool:
    """Whether the endpoint's server tells what it keeps of a conversation. Loads nothing."""
    return endpoint.rules is not None and "messages" in endpoint.rules.calls


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
    url = f"{endpoint.url.rstrip('/')}/{where.lstrip('/')}" if where else endpoint.url  # whose last slash may count
    return Request(url, method, merged, endpoint.query, edited(body, endpoint) if body is not None else None, framing)


def edited(body: JSON, endpoint: Endpoint) -> JSON:
    """The body with `body.add` merged in (tables merge, others replace), without the dotted paths of `body.drop`."""
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
