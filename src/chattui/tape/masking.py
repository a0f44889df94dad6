"""What must not be in a recording: the keys that were sent, wherever a server quotes them, and values that are secret
by their name. A mask has the length of what it hides, so that nothing else moves.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import AnyStr
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from chattui.events import JSON
from chattui.redaction import MARK, SHORTEST, UNMISTAKABLE, names_secret, shown_nowhere

_HARMLESS = frozenset(("key", "auth", "sig", "signature"))
"""Names of body fields that mean something else there: signed reasoning, a musical key."""


def header(name: str, value: str, secrets: Iterable[str]) -> str:
    """The header's value as it may be kept: what stands before a key stays ("Bearer ***")."""
    if names_secret(name):
        if name.lower() == "set-cookie":
            return f"{value.partition('=')[0]}={MARK}"
        scheme, blank, rest = value.partition(" ")
        return f"{scheme} {MARK}" if blank and rest and scheme.isalpha() else MARK
    return text(value, secrets, mask=MARK)


def url(address: str, secrets: Iterable[str]) -> str:
    """The address without user info and without the values of secret parameters."""
    parts = urlsplit(address)
    query = parts.query
    if query:
        pairs = parse_qsl(query, keep_blank_values=True)
        if any(names_secret(name) for name, _ in pairs):
            query = urlencode([(name, MARK if names_secret(name) else value) for name, value in pairs], safe="*")
    host = parts.netloc.rpartition("@")[2]
    return text(urlunsplit((parts.scheme, host, parts.path, query, "")), secrets, mask=MARK)


def body(value: JSON, secrets: Iterable[str]) -> JSON:
    """The JSON without secrets: by the names of its fields, and the values that are known."""
    known = tuple(secrets)

    def masked(item: JSON, name: str = "") -> JSON:
        match item:
            case str() if item and names_secret(name) and name.lower() not in _HARMLESS:
                return MARK
            case str():
                return text(item, known, mask=MARK)
            case Mapping():
                return {key: masked(inner, str(key)) for key, inner in item.items()}
            case list() | tuple():
                return [masked(inner) for inner in item]
        return item

    return masked(value)


def variants(secrets: Iterable[str]) -> tuple[str, ...]:
    """The secrets in all the ways in which a server may quote them, the longest first."""
    found: dict[str, None] = {}
    for secret in shown_nowhere(secrets):
        coded = base64.b64encode(secret.encode()).decode().rstrip("=")
        for way in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), coded):
            if len(way) >= SHORTEST:
                found[way] = None
    return tuple(sorted(found, key=len, reverse=True))


def text(value: str, secrets: Iterable[str], *, mask: str = "") -> str:
    """The text with `mask` for each secret and each long beginning of one, as it stands in an answer that grows from
    frame to frame or was cut; without a mask, with as many stars as it had characters.
    """
    for secret in secrets:
        at, parts = 0, []
        for begin, end in _places(value, secret):
            parts += [value[at:begin], mask or "*" * (end - begin)]
            at = end
        if parts:
            value = "".join((*parts, value[at:]))
    return value


def raw(data: bytes, secrets: Iterable[str]) -> bytes:
    """The bytes with stars for each secret and each long beginning of one, as many as it had."""
    for secret in secrets:
        if places := _places(data, secret.encode()):
            clean = bytearray(data)
            for begin, end in places:
                clean[begin:end] = b"*" * (end - begin)
            data = bytes(clean)
    return data


def _places(text: AnyStr, secret: AnyStr) -> list[tuple[int, int]]:
    """Where the secret stands, or a long beginning of it."""
    head = secret[:UNMISTAKABLE]
    found: list[tuple[int, int]] = []
    at = text.find(head)
    while at >= 0:
        end = at + len(head)
        while end - at < len(secret) and text[end : end + 1] == secret[end - at : end - at + 1]:
            end += 1
        found.append((at, end))
        at = text.find(head, end)
    return found


def arrivals(chunks: Sequence[tuple[float, bytes]], secrets: Iterable[str]) -> list[tuple[float, bytes]]:
    """The chunks without secrets, also those that arrived in two halves."""
    whole = b"".join(data for _, data in chunks)
    clean = raw(whole, secrets)
    if clean == whole:
        return list(chunks)
    found: list[tuple[float, bytes]] = []
    at = 0
    for when, data in chunks:
        found.append((when, clean[at : at + len(data)]))
        at += len(data)
    return found
