"""How addresses, headers and query parameters are read: everything that the network would choke on is found here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import SplitResult, urlsplit

from chattui import safe
from chattui.config.credentials import reference
from chattui.config.values import At, Wrong, text, word
from chattui.redaction import names_secret
from chattui.secret import Secret

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def header_name(value: Any, at: At) -> str:
    name = text(value, at)
    if name and not _TOKEN.fullmatch(name):
        raise Wrong("is not a header name.", "Letters, digits and - only.")
    return name


def header_text(value: Any, at: At) -> str:
    prefix = text(value, at)
    if not prefix.isascii() or not prefix.isprintable():
        raise Wrong("cannot be sent: it has a control character or is not plain ASCII.")
    return prefix


def headers(value: Any, at: At) -> dict[str, str | Secret | None]:
    """Header values by name; None takes a header of the preset or the defaults away."""
    if not isinstance(value, Mapping):
        raise Wrong("must be a table: { Name = value, … }.")
    found: dict[str, str | Secret | None] = {}
    for name, item in value.items():
        here = at / name
        if not _TOKEN.fullmatch(name):
            here.wrong("is not a header name.", "Letters, digits and - only.")
            continue
        try:
            read = _field(item, here)
            literal = isinstance(read, str) and names_secret(name) and "{" not in read  # else it is yet to be filled
            found[name] = Secret(read, "the configuration file") if literal and isinstance(read, str) else read
        except Wrong as wrong:
            here.wrong(wrong.text, wrong.hint)
    return found


def _field(value: Any, at: At) -> str | Secret | None:
    if value is False:
        return None
    if isinstance(value, Mapping):
        return reference(value, at)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return header_text(value, at)


def query(value: Any, at: At) -> dict[str, str | Secret | None]:
    """Query parameters by name. A literal key is refused: addresses end up in the logs of every proxy."""
    if not isinstance(value, Mapping):
        raise Wrong("must be a table: { name = value, … }.")
    found: dict[str, str | Secret | None] = {}
    for name, item in value.items():
        here = at / name
        try:
            if names_secret(name) and isinstance(item, str):
                raise Wrong("looks like a key.", 'Keep it out of the file: { env = "NAME" }.')  # noqa: TRY301
            if isinstance(item, bool) and item:
                raise Wrong('must be text: "true".')  # noqa: TRY301
            found[name] = (
                str(item) if isinstance(item, float) else item if isinstance(item, str) else _field(item, here)
            )
        except Wrong as wrong:
            here.wrong(wrong.text, wrong.hint)
    return found


def address(value: Any, at: At) -> str:
    """A base address. Raises Wrong without repeating it."""
    url = word(value, at)
    parts = _split(url)
    if parts.scheme == "demo":
        return url
    if parts.scheme not in {"http", "https"}:
        raise Wrong("must start with http:// or https://.")
    if parts.username is not None or parts.password is not None:
        raise Wrong("holds a user name or password.", "Take it out, and give the key as api_key = { env = … }.")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise Wrong("must end before ? and #.", "Parameters go into query = { name = value }.")
    return url


def proxy(value: Any, at: At) -> str | Literal[False]:
    """The address of a proxy, or False for none."""
    if value is False:
        return False
    url = word(value, at)
    parts = _split(url)
    if parts.scheme not in {"http", "https", "socks5", "socks5h"}:
        said = f"‘{safe.line(parts.scheme, 20)}://’ is not supported" if "://" in url else "it has no scheme"
        raise Wrong(f"is no proxy that chattui knows: {said}.", "Use http://, https://, socks5:// or socks5h://.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise Wrong("must be scheme://host:port and nothing more.")
    return url


def _split(value: str) -> SplitResult:
    if any(character.isspace() for character in value):
        raise Wrong("has a space in it.")
    try:
        parts = urlsplit(value)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Wrong("is not an address.", "The host or its port cannot be right; ports go up to 65535.") from None
    if "://" in value and (not host or port == 0):
        raise Wrong("is not an address.", "It needs a host: https://host.example/v1.")
    return parts
