"""An endpoint: where a chat is held, in which wire format, with which key. Frozen data, made by `config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from chattui.events import JSON
from chattui.secret import Secret

if TYPE_CHECKING:
    from chattui.rules import Rules


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port of an address: a key is sent to no other than its endpoint's."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Deadlines in seconds; 0 = none."""

    connect: float = 10.0
    headers: float = 60.0
    """From the sent request to the status line."""
    first_token: float = 300.0
    """From the sent request to the first content; local models load slowly."""
    idle: float = 120.0
    """Without a single byte."""
    idle_content: float = 300.0
    """With keep-alives but no content."""
    total: float = 0.0


@dataclass(frozen=True, slots=True)
class Retry:
    """How many further tries an unanswered request gets; only ever before the first content."""

    attempts: int = 2


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS of one endpoint; `ca_file` is trusted besides the system's store."""

    verify: bool = True
    ca_file: Path | None = None
    client_cert: Path | None = None
    """A PEM file with certificate and key."""


@dataclass(frozen=True, slots=True)
class Auth:
    """How the key is sent: `header: prefix + key`. An empty header sends none."""

    header: str = "Authorization"
    prefix: str = "Bearer "


@dataclass(frozen=True, slots=True)
class BodyEdits:
    """What the user changes in a request body: keys to merge in, keys to leave out (dotted paths)."""

    add: Mapping[str, JSON] = field(default_factory=dict)
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to chat with. `url` is the base address; the provider adds its path unless `path` is given."""

    name: str
    provider: str
    url: str = ""
    path: str | None = None
    preset: str = ""
    model: str = ""
    """"" = the server's first, asked when needed."""
    models: tuple[str, ...] | Literal["fetch"] = ()
    system: str = ""
    params: Mapping[str, JSON] = field(default_factory=dict)
    headers: Mapping[str, str | Secret] = field(default_factory=dict)
    query: Mapping[str, str | Secret] = field(default_factory=dict)
    body: BodyEdits = BodyEdits()
    auth: Auth | None = None
    """None = as the provider's format wants it."""
    api_key: Secret | None = None
    timeouts: Timeouts = Timeouts()
    retry: Retry = Retry()
    proxy: str | Literal[False] | None = None
    """None = the environment's, but never for loopback · False = none · else an address."""
    tls: Tls = Tls()
    user: str = ""
    """An end-user id, for back-ends that want one."""
    record: Literal["none", "metadata", "wire"] = "none"
    """What of each reply is recorded on disk: see chattui.tape."""
    rules: Rules | None = None
    """The back-end in the rule language, for `provider = "rules"`; url, path, headers, query may hold placeholders."""
    origin: str = ""
    """Where it was described, in words: the file, "$OPENAI_API_KEY", "found on this machine", "built in"."""

    def tuned(self, params: Mapping[str, JSON]) -> Endpoint:
        """The endpoint with `params` laid over its own; a table is replaced as a whole."""
        return replace(self, params={**self.params, **params}) if params else self

    @property
    def host(self) -> str:
        """host[:port] for people, without user info; the name itself for addresses without a host."""
        rest = self.url.partition("://")[2] or self.url
        authority = rest.partition("/")[0].partition("?")[0]
        return authority.rpartition("@")[2] or self.name
