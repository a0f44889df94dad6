"""curl command lines, as documentation shows them and browsers copy them, read into what they send.

The options are curl's (https://curl.se/docs/manpage.html): the request's own are read, those about output and
connection are passed over, the rest is told.
"""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chattui.errors import ConfigError
from chattui.events import JSON

Place = Literal["header", "cookie", "jar"]

_SILENT = frozenset("sSNkviLfgOJ#0")
_FLAGS = frozenset((
    "--silent", "--show-error", "--no-buffer", "--insecure", "--verbose", "--include", "--location", "--fail",
    "--fail-with-body", "--compressed", "--http1.1", "--http2", "--globoff", "--no-progress-meter", "--ipv4",
))  # fmt: skip
_VALUED = frozenset((
    "-o", "--output", "-m", "--max-time", "--connect-timeout", "-w", "--write-out", "-x", "--proxy", "--retry", "-c",
    "--cookie-jar", "--cacert", "-E", "--cert", "--key", "-D", "--dump-header", "--resolve", "-e", "--referer",
))  # fmt: skip
_DATA = frozenset(("-d", "--data", "--data-raw", "--data-binary", "--data-ascii", "--json"))
_SHORT_VALUED = frozenset("XHdubAFomwxcEDe")
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?")
_LEFT_OPEN = re.compile(r"<[^>]*>|\{[^}]*\}|\.{3}|…|x{4,}|your|api[_-]?key|token$|secret$", re.IGNORECASE)
_KEY_HEADERS = ("x-api-key", "api-key", "x-goog-api-key", "x-auth-token", "x-token", "xi-api-key", "apikey")
_DROPPED = frozenset((
    "content-type", "content-length", "accept", "accept-encoding", "accept-language", "user-agent", "host", "origin",
    "referer", "connection", "priority", "dnt", "pragma", "cache-control", "anthropic-version",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Key:
    """How the request proves who it is from. `value` is what stood there; `variable` the environment's, if it did.

    `value` is "" where documentation leaves it open (YOUR_API_KEY, <token> …).
    """

    header: str
    prefix: str = ""
    value: str = field(default="", repr=False)
    variable: str = ""
    jar: str = ""
    """The file of cookies that `-b FILE` named."""

    @property
    def is_plain(self) -> bool:
        """Whether it is the bearer token that is sent where nothing is said."""
        return self.header.lower() == "authorization" and self.prefix.strip().lower() == "bearer"


@dataclass(frozen=True, slots=True)
class Curl:
    """What a command line sends. `headers` holds what is neither the key nor a matter of course."""

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: JSON = None
    key: Key | None = None
    notes: tuple[str, ...] = ()
    """What could not be taken over, a sentence each."""


def read(command: str) -> Curl:
    """The request of a curl command. Raises ConfigError where there is none, or one that chattui could not send."""
    words = _words(command)
    if words and words[0].rsplit("/", 1)[-1] in {"curl", "curl.exe"}:
        words = words[1:]
    said = _Said()
    at = 0
    while at < len(words):
        at += said.take(words, at)
    return said.curl()


def of_address(url: str) -> Curl:
    """A bare address, as a request that has nothing else."""
    return Curl(_address(url))


def _words(command: str) -> list[str]:
    plain = re.sub(r"[\\^]\r?\n", " ", command.strip().removeprefix("$ "))
    plain = _ANSI.sub(lambda found: shlex.quote(_unescaped(found[1])), plain)
    try:
        return shlex.split(plain)
    except ValueError:
        raise ConfigError(
            "The curl command has a quote that is not closed.", hint="Put it into a file: --from-curl - < FILE."
        ) from None


def _unescaped(text: str) -> str:
    """The text of a $'…' as shells and browsers write it."""
    named = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "!": "!"}
    pattern = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)

    def one(found: re.Match[str]) -> str:
        code = found[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else named.get(code, found[0])

    return pattern.sub(one, text)


class _Said:
    """What has been read of the command line so far."""

    def __init__(self) -> None:
        self.url = ""
        self.method = ""
        self.headers: dict[str, str] = {}
        self.data: list[str] = []
        self.key: Key | None = None
        self.notes: list[str] = []
        self.as_query = False

    def take(self, words: list[str], at: int) -> int:
        """Read the option at this place; how many words it took."""
        word = words[at]
        if word.startswith("--"):
            name, _, inline = word.partition("=")
            if name in _FLAGS or name == "--get":
                self.as_query |= name == "--get"
                return 1
            return self._option(name, inline if "=" in word else None, words, at)
        if word.startswith("-") and len(word) > 1:
            return self._short(word, words, at)
        self.url = self.url or word
        return 1

    def _short(self, word: str, words: list[str], at: int) -> int:
        for place, letter in enumerate(word[1:], 1):
            if letter == "G":
                self.as_query = True
            elif letter in _SHORT_VALUED:
                rest = word[place + 1 :]
                return self._option(f"-{letter}", rest or None, words, at)
            elif letter not in _SILENT:
                self.notes.append(f"The option -{letter} of curl was passed over.")
        return 1

    def _option(self, name: str, inline: str | None, words: list[str], at: int) -> int:
        value = inline if inline is not None else words[at + 1] if at + 1 < len(words) else ""
        taken = 1 if inline is not None else 2
        match name:
            case "-X" | "--request":
                self.method = value.upper()
            case "-H" | "--header":
                self._header(value)
            case "--url":
                self.url = value
            case "-u" | "--user":
                coded = base64.b64encode(value.encode()).decode()
                self.key = Key("Authorization", "Basic ", "" if _is_open(value) else coded)
            case "-b" | "--cookie":
                self._cookie(value)
            case "-A" | "--user-agent":
                pass
            case _ if name in _DATA:
                self._data(value)
            case "--data-urlencode" | "-F" | "--form":
                raise ConfigError(
                    "The curl command sends a form; chattui sends JSON.", hint="Is there a JSON variant of the API?"
                )
            case _ if name in _VALUED:
                pass
            case _:
                self.notes.append(f"The option {name} of curl was passed over.")
                taken = 1
        return taken

    def _header(self, line: str) -> None:
        name, _, value = line.partition(":")
        name, value = name.strip(), value.strip()
        low = name.lower()
        if low == "cookie":
            self._cookie(value)
        elif low == "authorization":
            prefix, _, rest = value.rpartition(" ")
            self.key = _key(name, f"{prefix} " if prefix else "", rest)
        elif low in _KEY_HEADERS:
            self.key = _key(name, "", value)
        elif low not in _DROPPED and not low.startswith(("sec-", ":", "x-stainless-")):
            self.headers[name] = value

    def _cookie(self, value: str) -> None:
        name, equals, rest = value.partition("=")
        if not equals:
            self.key = Key("Cookie", jar=value)
        elif ";" in rest:
            self.key = _key("Cookie", "", value)
        else:
            self.key = _key("Cookie", f"{name.strip()}=", rest.strip())

    def _data(self, value: str) -> None:
        if value.startswith("@"):
            raise ConfigError(
                f"The curl command reads its body from a file ({value[1:41]}).", hint="Write the JSON in its place."
            )
        self.data.append(value)

    def curl(self) -> Curl:
        """Everything that was read, as a request."""
        if not self.url:
            raise ConfigError("There is no address in the curl command.", hint="It looks like: curl https://… -d '{…}'")
        url, key = _without_key(_address(self.url))
        text = "&".join(self.data)
        if self.as_query and text:
            parts = urlsplit(url)
            url = urlunsplit(parts._replace(query="&".join(part for part in (parts.query, text) if part)))
            text = ""
        body: JSON = None
        if text.strip():
            try:
                body = json.loads(text)
            except ValueError:
                raise ConfigError(
                    "The body of the curl command is no JSON.", hint="chattui sends JSON; see docs/providers.md."
                ) from None
        method = self.method or ("POST" if body is not None else "GET")
        return Curl(url, method, self.headers, body, self.key or key, tuple(self.notes))


def _address(text: str) -> str:
    url = text.strip()
    if "://" not in url:
        url = f"http://{url}" if re.match(r"(localhost|127\.|\[::1\]|0\.0\.0\.0)", url) else f"https://{url}"
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname
    except ValueError:
        known = None
    if not known:
        raise ConfigError("That is no address.", hint="It begins with http:// or https://.")
    return url


def _without_key(url: str) -> tuple[str, Key | None]:
    """An address without the key that stands in its query: a key does not belong into an address."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for name, value in query:
        if name.lower() in {"key", "api_key", "apikey", "access_token"}:
            rest = urlencode([pair for pair in query if pair[0] != name])
            header = "x-goog-api-key" if "googleapis" in (parts.hostname or "") else "Authorization"
            key = _key(header, "" if header != "Authorization" else "Bearer ", value)
            return urlunsplit(parts._replace(query=rest)), key
    return url, None


def _key(header: str, prefix: str, value: str) -> Key:
    if (variable := _VARIABLE.fullmatch(value)) is not None:
        return Key(header, prefix, variable=variable[1])
    return Key(header, prefix, "" if _is_open(value) else value)


def _is_open(value: str) -> bool:
    """Whether documentation leaves it to the reader to fill this in."""
    return not value or bool(_LEFT_OPEN.search(value)) or "$" in value
