"""Cookie jars as curl writes them (`curl -c cookies.txt`): the Netscape format, read and never written.

A line is a cookie: host, TRUE for its subdomains too, path, TRUE for https only, expiry in Unix seconds (0 = with the
session), name, value, with tabs between. `#HttpOnly_` in front of the host is part of the format, other # are comments.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from chattui.errors import SecretError

MOST_BYTES = 1024 * 1024
_SECURE = "__Secure-"


@dataclass(frozen=True, slots=True)
class Cookie:
    """One line of a jar."""

    host: str
    subdomains: bool
    secure: bool
    expires: float
    name: str
    value: str


def is_jar(first: str) -> bool:
    """Whether a file with this first line is a jar."""
    return first.startswith("#") and "HTTP Cookie File" in first


def is_jar_file(path: Path) -> bool:
    """Whether there is a jar at this place."""
    try:
        with path.open("rb") as file:
            return is_jar(file.readline(200).decode("utf-8", "replace"))
    except OSError:
        return False


def of(path: Path, url: str, name: str, now: float) -> str:
    """`name=value` of the cookie that belongs to this address. Raises SecretError when the jar has none that is valid.

    Behind https it may have the prefix `__Secure-`. Cookies of other hosts are never looked at.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        raise SecretError(f"The cookie jar {path} cannot be read.") from None
    parts = urlsplit(url)
    host, secure = (parts.hostname or "").lower(), parts.scheme == "https"
    named = [one for one in parsed(text) if one.name in {name, _SECURE + name} and _fits(one, host, secure=secure)]
    if not named:
        raise SecretError(f"The cookie jar {path} has no {name} for {host}.", hint="Sign in again.")
    valid = [one for one in named if not one.expires or one.expires > now]
    if not valid:
        raise SecretError(f"The cookie for {host} in {path} has expired.", hint="Sign in again.")
    best = max(valid, key=lambda one: (one.host == host, one.name != name))
    return f"{best.name}={best.value}"


def parsed(text: str) -> Iterator[Cookie]:
    """The cookies of a jar; lines that are none are passed over."""
    for line in text.splitlines():
        fields = line.removeprefix("#HttpOnly_").split("\t")
        if len(fields) == 7 and not fields[0].startswith("#"):
            host, subdomains, _, secure, expires, name, value = fields
            if expires.isascii() and expires.isdecimal():
                yield Cookie(
                    host.removeprefix(".").lower(), subdomains == "TRUE", secure == "TRUE", float(expires), name, value
                )


def _fits(cookie: Cookie, host: str, *, secure: bool) -> bool:
    here = cookie.host == host or (cookie.subdomains and host.endswith(f".{cookie.host}"))
    return here and (secure or not cookie.secure or host in {"localhost", "127.0.0.1", "::1"})
