"""Which preset or wire format a request belongs to, told from its address and body alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from chattui import presets
from chattui.adding.curl import Curl
from chattui.events import JSON
from chattui.rules.placeholders import SPREAD
from chattui.wire import Frame

Table = dict[str, Any]

_PARAM = re.compile(r"\{param\.([^}?]+)\??\}")
_NOT_PARAMS = frozenset(("messages", "stream", "model", "input", "stream_options", "query", "user", "conversation_id"))


@dataclass(frozen=True, slots=True)
class Known:
    """A table of TOML that speaks to the request's server, and how it was recognised, in words."""

    name: str
    """What the endpoint could be called."""
    words: str
    table: Table = field(default_factory=dict)
    lacks: str = ""
    """What only the user knows, as a sentence; "" when nothing is open."""


@dataclass(frozen=True, slots=True)
class _Sign:
    """How a system or format is told: the end of the path, and what the body must have."""

    path: str
    """A regular expression that the path ends with; what comes before it belongs to the url."""
    words: str
    preset: str = ""
    provider: str = ""
    body: Callable[[Mapping[str, JSON]], bool] = lambda _: True


def _has(*keys: str) -> Callable[[Mapping[str, JSON]], bool]:
    return lambda body: all(key in body for key in keys)


def _ui_messages(body: Mapping[str, JSON]) -> bool:
    messages = body.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return isinstance(first, Mapping) and "parts" in first


_SIGNS = (
    _Sign(r"/api/chats/[^/]+/messages/stream$", "HardWire", preset="hardwire", body=_has("content")),
    _Sign(r"/v1/kb/chat(/stream)?$", "Snackprompt", preset="snackprompt"),
    _Sign(r"/api(/v\d+)?/typebots/[^/]+/(preview/)?startChat$", "Typebot", preset="typebot"),
    _Sign(r"/api(/v\d+)?/sessions/[^/]+/(continueChat|streamMessage)$", "Typebot", preset="typebot"),
    _Sign(r"/api/(chat|chatbot)$", "ChatIQ", preset="chatiq", body=lambda body: "message" in body and (
        "bot_slug" in body or "conversation_id" in body or "private_mode" in body)),
    _Sign(r"/api/v1/prediction/[^/]+$", "Flowise", preset="flowise", body=_has("question")),
    _Sign(r"/generate_stream$", "text-generation-inference", preset="tgi", body=_has("inputs")),
    _Sign(r"/chat/stream$", "Motia over SSE", preset="motia-sse", body=_has("message", "history")),
    _Sign(r"/chat$", "Motia", preset="motia", body=lambda body: "message" in body and "userId" in body),
    _Sign(r"/chat/completions$", "OpenAI chat completions", provider="openai-chat", body=_has("messages")),
    _Sign(r"/responses$", "OpenAI Responses", provider="openai-responses", body=_has("input")),
    _Sign(r"/v1/messages$", "Anthropic Messages", provider="anthropic", body=_has("messages")),
    _Sign(r"/v1beta/models/[^/]+:(stream)?[gG]enerateContent$", "Gemini", provider="gemini", body=_has("contents")),
    _Sign(r"/v2/chat$", "Cohere", provider="cohere", body=_has("messages")),
    _Sign(r"/chat-messages$", "Dify", provider="dify", body=_has("query")),
    _Sign(r"(/threads(/[^/]+)?)?/runs/stream$", "LangGraph", provider="langgraph", body=_has("assistant_id")),
    _Sign(r"/api/v1/chat$", "LM Studio's own API", provider="lmstudio", body=_has("input")),
    _Sign(r"/api/chat$", "the Vercel AI SDK", provider="vercel-ui", body=_ui_messages),
    _Sign(r"/api/chat$", "Ollama", provider="ollama", body=_has("messages", "model")),
    _Sign(r"", "AG-UI", provider="ag-ui", body=_has("threadId", "runId", "messages")),
    _Sign(r"", "A2A", provider="a2a", body=lambda body: str(body.get("method", "")).startswith("message/") or (
        body.get("method") in {"SendMessage", "SendStreamingMessage"})),
    _Sign(r"", "the Vercel AI SDK", provider="vercel-ui", body=_ui_messages),
)  # fmt: skip
_LACKS = {
    "typebot": "params.public_id is still to be set: the last part of the published bot's address.",
    "snackprompt": "params.tenant_id is still to be set.",
    "chatiq": "params.bot_slug is to be set, unless the key belongs to one bot.",
    "flowise": "params.flow is still to be set: the id of the flow.",
}
_WHOLE_ADDRESS = frozenset(("vercel-ui", "ag-ui", "a2a"))


def recognise(curl: Curl) -> Known | None:
    """The preset of the request's host, else the format that its path and body are of; None for a stranger."""
    parts = urlsplit(curl.url)
    body = curl.body if isinstance(curl.body, Mapping) else {}
    sign = next((one for one in _SIGNS if re.search(one.path, parts.path) and _fits(one, curl, body)), None)
    preset = (sign.preset if sign else "") or _of_host(parts.hostname or "", sign.provider if sign else "")
    if preset:
        shipped = presets.preset(preset)
        table: Table = {"preset": preset, **_address(curl, sign, shipped.table)}
        table |= _filled(shipped.table, body)
        lacks = "" if preset not in _LACKS or "params" in table else _LACKS[preset]
        return Known(preset, f"{shipped.title}, a shipped preset", table, lacks)
    if sign is None:
        return None
    table = {"provider": sign.provider, **_address(curl, sign, {})}
    table |= _asked(body, sign.provider)
    if sign.provider == "gemini" and (model := re.search(r"models/([^/:]+):", parts.path)):
        table["model"] = model[1]
    return Known(_name(parts.hostname or ""), sign.words, table)


_DATA_STREAM = frozenset("0123456789abcdefghijk")
"""The codes before the colon in lines of the AI SDK's data stream (versions 3 and 4)."""


def of_answer(curl: Curl, frames: Sequence[Frame]) -> Known | None:
    """The format that an answer is of, where the request did not tell it; None for a stranger."""
    codes = {frame.event for frame in frames}
    turns = isinstance(curl.body, Mapping) and isinstance(curl.body.get("messages"), list)
    if turns and codes <= _DATA_STREAM and "0" in codes and codes & {"d", "e", "f"}:
        name = _name(urlsplit(curl.url).hostname or "")
        return Known(name, "the Vercel AI SDK (data stream)", {"provider": "vercel-ui", "url": curl.url})
    return None


def _fits(sign: _Sign, curl: Curl, body: Mapping[str, JSON]) -> bool:
    if sign.preset == "typebot" and not curl.body:  # the session's own calls may have no body
        return True
    return bool(body) and sign.body(body)


def _of_host(host: str, provider: str) -> str:
    """The preset whose address has this host, the one for the provider first; "" for this machine's own servers."""
    if not host or host in {"localhost", "127.0.0.1", "::1", "0.0.0.0"}:  # noqa: S104 - compared, not bound
        return ""
    found = [
        name for name in presets.names() if urlsplit(str(presets.preset(name).table.get("url", ""))).hostname == host
    ]
    speaks = [name for name in found if presets.preset(name).table.get("provider", "openai-chat") == provider]
    return next(iter((*speaks, *found)), "")


def _address(curl: Curl, sign: _Sign | None, shipped: Mapping[str, Any]) -> Table:
    """`url`, and `path` where it is another than the format's or the preset's own."""
    parts = urlsplit(curl.url)
    query = f"?{parts.query}" if parts.query else ""
    origin = f"{parts.scheme}://{parts.netloc}"
    if sign is None:
        return {} if str(shipped.get("url", "")).startswith(origin) else {"url": f"{origin}{parts.path}{query}"}
    if sign.provider in _WHOLE_ADDRESS and not sign.preset:
        return {"url": f"{origin}{parts.path}{query}"}
    base = origin + re.sub(sign.path, "", parts.path)
    found: Table = {} if base.rstrip("/") == str(shipped.get("url", "")).rstrip("/") else {"url": base}
    usual = str(shipped.get("path", ""))
    if sign.preset and usual and "{" not in usual and parts.path != usual and base == origin:
        found["path"] = parts.path
    if sign.preset == "typebot" and (bot := re.search(r"/typebots/([^/{]+)/", parts.path)):
        found["params"] = {"public_id": bot[1]}
    return found


def _filled(shipped: Mapping[str, Any], body: Mapping[str, JSON]) -> Table:
    """What a preset's placeholders stand for in this body; for a preset of a built-in format, as `_asked`."""
    if "body" not in shipped:
        return _asked(body, str(shipped.get("provider", "openai-chat")))
    params: Table = {}
    found: Table = {}
    for name, value in _walk(shipped["body"], body):
        if name == "model" and isinstance(value, str):
            found["model"] = value
        elif name == "user" and isinstance(value, str):
            found["user"] = value
        elif name.startswith("param."):
            params[name.removeprefix("param.")] = value
    return found | ({"params": params} if params else {})


def _walk(template: Any, body: JSON) -> Iterator[tuple[str, JSON]]:
    """The placeholders of a template, with what stands in their place; what `...` takes in as parameters."""
    match template, body:
        case Mapping(), Mapping():
            for key, item in template.items():
                if key != SPREAD and key in body:
                    yield from _walk(item, body[key])
            if SPREAD in template:
                yield from ((f"param.{key}", item) for key, item in body.items() if key not in template)
        case str(), _ if (name := re.fullmatch(r"\{([^{}?]+)\??\}", template)) is not None:
            yield name[1], body


def _asked(body: Mapping[str, JSON], provider: str) -> Table:
    """The model, the system prompt and the parameters that a request of a built-in format names."""
    found: Table = {}
    if isinstance(model := body.get("model") or body.get("assistant_id"), str):
        found["model"] = model
    match body:
        case {"system": str(system)} | {"instructions": str(system)}:
            found["system"] = system
        case {"messages": [{"role": "system" | "developer", "content": str(system)}, *_]}:
            found["system"] = system
    if isinstance(user := body.get("userId") or body.get("user"), str):
        found["user"] = user
    if provider in {"openai-chat", "openai-responses", "anthropic", "cohere", "ollama"}:
        odd = _NOT_PARAMS | {"system", "instructions"}
        if params := {key: item for key, item in body.items() if key not in odd and item is not None}:
            found["params"] = params
    return found


def _name(host: str) -> str:
    """A name for an endpoint of this host: the part that says most."""
    parts = [
        part for part in host.split(".") if part not in {"www", "api", "com", "org", "net", "io", "ai", "co", "dev"}
    ]
    if not parts or re.fullmatch(r"[\d.:]+|localhost", host):
        return "local"
    return re.sub(r"[^A-Za-z0-9_-]", "-", parts[-1])


name_of = _name
