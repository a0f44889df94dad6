"""What a back-end in the rule language is sent: its template filled with the turn."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from chattui import cookies
from chattui.chat import Message
from chattui.endpoint import Auth, BodyEdits, Endpoint
from chattui.errors import Unsupported
from chattui.events import JSON
from chattui.providers import Turn, prepared
from chattui.providers.retold import retold
from chattui.rules import Call, Messages, Rules, look
from chattui.rules.placeholders import UNKNOWN, as_text, filled, found, is_empty
from chattui.secret import Secret
from chattui.wire import Request

BEARER = Auth()
NEEDED = ("model", "user", "param")
"""Placeholders without which nothing is sent, unless they end with `?`; the others may be empty."""


def request(turn: Turn, kept: Mapping[str, JSON]) -> Request:
    """The request for a turn; `kept` is what the server has sent before. Raises Unsupported when a value is missing."""
    endpoint = turn.endpoint
    rules = rules_of(endpoint)
    url = address(endpoint)
    values = values_of(_templates(endpoint), endpoint, turn, kept)
    body = filled(rules.template, values) if rules.template is not None else None
    return _sent(endpoint, url, body, values, method=rules.method, framing=rules)


def _sent(
    endpoint: Endpoint, url: str, body: JSON, values: Mapping[str, JSON], *, method: str, framing: Rules | None = None
) -> Request:
    edits = BodyEdits(filled(endpoint.body.add, values), endpoint.body.drop)
    cut = framing.framing if framing else "json"
    made = prepared(replace(endpoint, body=edits), "", body, auth=BEARER, method=method, framing=cut)
    return replace(
        made, url=_url(url, values), headers=_headers(made, endpoint, values), query=_query(made.query, values)
    )


def side(call: Call, endpoint: Endpoint, turn: Turn | None = None, kept: Mapping[str, JSON] | None = None) -> Request:
    """A request beside the one for the reply."""
    plain = replace(endpoint, path=call.path, body=BodyEdits())
    url = address(plain)
    values = values_of([call.body, url], plain, turn, kept or {})
    return _sent(plain, url, filled(call.body, values) if call.body is not None else None, values, method=call.method)


def address(endpoint: Endpoint) -> str:
    if not endpoint.path:
        return endpoint.url
    return f"{endpoint.url.rstrip('/')}/{endpoint.path.lstrip('/')}"


def _url(url: str, values: Mapping[str, JSON]) -> str:
    for placeholder in found(url):
        value = values.get(placeholder.name)
        if as_text(value) in {".", ".."} or (is_empty(value) and not placeholder.optional):
            raise Unsupported(f"The address needs {{{placeholder.name}}}, which has no value now.")
    quoted = {name: quote(as_text(value), safe="") for name, value in values.items()}
    for placeholder in found(url):
        quoted.setdefault(placeholder.name, "")
    return as_text(filled(url.replace("?}", "}"), quoted))


def _headers(made: Request, endpoint: Endpoint, values: Mapping[str, JSON]) -> dict[str, str | Secret]:
    """The headers filled; a placeholder's value never brings a line end or a character that a header cannot hold."""
    sent: dict[str, str | Secret] = {}
    own = {name.lower() for name in endpoint.headers}
    for name, value in made.headers.items():
        if isinstance(value, Secret):
            cookie = name.lower() == "cookie" and name.lower() not in own and endpoint.api_key is not None
            sent[name] = _cookie(endpoint, value) if cookie else value
        elif (text := filled(value, values)) is not UNKNOWN:
            words = as_text(text)
            sent[name] = words if words.isascii() and words.isprintable() else quote(words)
    return sent


def _cookie(endpoint: Endpoint, prefixed: Secret) -> Secret:
    """A key that is sent as a cookie may be its value, `name=value` as browsers show it, or a jar of curl's."""
    key = endpoint.api_key
    assert key is not None, "the caller has looked"

    def read() -> str:
        value = key.reveal()
        if key.file is not None and cookies.is_jar(value):
            name = (endpoint.auth or BEARER).prefix.strip().rstrip("=")
            return cookies.of(key.file, endpoint.url, name, time.time())
        return value if "=" in value else prefixed.reveal()

    return Secret(read, key.source)


def _query(query: Mapping[str, str | Secret], values: Mapping[str, JSON]) -> dict[str, str | Secret]:
    sent: dict[str, str | Secret] = {}
    for name, value in query.items():
        text = value if isinstance(value, Secret) else filled(value, values)
        if text is not UNKNOWN:
            sent[name] = text if isinstance(text, Secret) else as_text(text)
    return sent


def values_of(template: JSON, endpoint: Endpoint, turn: Turn | None, kept: Mapping[str, JSON]) -> dict[str, JSON]:
    """The values of a template's placeholders, by their names. Raises Unsupported for one that must not be missing."""
    asked = list(found(template))
    values: dict[str, JSON] = {}
    for placeholder in asked:
        name = placeholder.name
        root, _, rest = name.partition(".")
        match root:
            case "param":
                value = look(dict(endpoint.params), tuple(rest.split(".")))
            case "remote":
                value = look(dict(kept), tuple(rest.split(".")))
            case "params":
                named = _named_params(endpoint)
                value = {key: item for key, item in endpoint.params.items() if key not in named}
            case _:
                value = _plain(name, endpoint, turn, kept, with_system=all(item.name != "system" for item in asked))
        if root in NEEDED and is_empty(value) and not placeholder.optional and turn is not None:
            raise _missing(root, name, endpoint)
        values[name] = value
    return values


def _named_params(endpoint: Endpoint) -> set[str]:
    """The params that some placeholder of the endpoint names: `{params}` is the rest."""
    rules = rules_of(endpoint)
    beside = [[call.path, call.body, call.only] for call in rules.calls.values()]
    asked = found([_templates(endpoint), beside])
    return {item.name.split(".")[1] for item in asked if item.name.startswith("param.")}


def _templates(endpoint: Endpoint) -> JSON:
    """Everything of the request for a reply that may hold placeholders."""
    fields = [endpoint.headers.values(), endpoint.query.values()]
    texts = [value for values in fields for value in values if isinstance(value, str)]
    return [rules_of(endpoint).template, endpoint.url, endpoint.path, endpoint.body.add, texts]


def asks_for(name: str, endpoint: Endpoint) -> bool:
    """Whether the request for a reply cannot do without this placeholder."""
    return any(item.name == name and not item.optional for item in found(_templates(endpoint)))


def retells(endpoint: Endpoint) -> bool:
    """Whether the back-end keeps the conversation and has no other place for what was said before than the prompt."""
    names = {item.name for item in found(_templates(endpoint))}
    keeps = "conversation.id" in names or any(name.startswith("remote.") for name in names)
    takes = {"messages", "history"} & names and rules_of(endpoint).history != "server"
    return keeps and not takes


def _plain(name: str, endpoint: Endpoint, turn: Turn | None, kept: Mapping[str, JSON], *, with_system: bool) -> JSON:
    if name == "user":
        return endpoint.user
    if name == "uuid":
        return str(uuid.uuid4())
    if turn is None:
        return endpoint.model if name == "model" else None
    match name:
        case "prompt":
            return retold(turn) if turn.rewound and retells(endpoint) else turn.prompt
        case "system":
            return turn.system
        case "model":
            return turn.model
        case "conversation.id":
            return turn.conversation
        case "message.id":
            return next((message.id for message in reversed(turn.messages) if message.role == "user"), "")
        case "messages":
            return messages(turn, kept, with_system=with_system)
        case "history":
            return messages(turn, kept, prompt=False, with_system=False)
    return None


def messages(
    turn: Turn, kept: Mapping[str, JSON], *, prompt: bool = True, with_system: bool = True
) -> list[dict[str, JSON]]:
    """The turns as the back-end wants them. `prompt`: with the message that is to be answered."""
    rules = rules_of(turn.endpoint)
    shape = rules.messages
    said = [message for message in turn.messages if message.text and _role(message, shape)]
    asked = next((at for at in range(len(said) - 1, -1, -1) if said[at].role == "user"), len(said))
    earlier: Sequence[Message] = said[:asked]
    if rules.history == "server" or (shape.until and not is_empty(kept.get(shape.until))):
        earlier = ()
    shown = [*earlier, *(said[asked:] if prompt else ())]
    if shape.last:
        shown = shown[-shape.last :]
    listed: list[dict[str, JSON]] = [
        {shape.role: _role(message, shape), shape.content: message.text} for message in shown
    ]
    if with_system and turn.system and shape.system:
        listed.insert(0, {shape.role: shape.system, shape.content: turn.system})
    return listed


def _role(message: Message, shape: Messages) -> str:
    return {"user": shape.user, "assistant": shape.assistant, "system": shape.system}[message.role]


def _missing(root: str, name: str, endpoint: Endpoint) -> Unsupported:
    key = {"param": f"params.{name.partition('.')[2]}"}.get(root, root)
    return Unsupported(f"‘{endpoint.name}’ needs {key}; nothing was sent.", hint=f"Set {key} in its configuration.")


def rules_of(endpoint: Endpoint) -> Rules:
    if endpoint.rules is None:
        raise Unsupported(f"‘{endpoint.name}’ has no rules.", hint="Write rules = [ … ], or choose a preset.")
    return endpoint.rules
