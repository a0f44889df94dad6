"""Secrets: values that never show themselves, and where they come from.

A Secret is resolved late (when a request needs it) and once. Its repr, str and format say `***`.
"""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from chattui.errors import SecretError

COMMAND_SECONDS = 30
MOST_BYTES = 64 * 1024

_seen: set[str] = set()


class Secret:
    """A value that must not be seen. `source` is what may be said of it: "$LAB_KEY", "the file ~/.lab-key" …"""

    __slots__ = ("_read", "_value", "file", "source")

    def __init__(self, read: Callable[[], str] | str, source: str, file: Path | None = None) -> None:
        self._value: str | None = None
        self._read: Callable[[], str] = (lambda: read) if isinstance(read, str) else read
        if isinstance(read, str):
            _seen.add(read)
        self.source = source
        self.file = file
        """The file it is read from, for what finds more in it than a line: see chattui.cookies."""

    def reveal(self) -> str:
        """The value, read from its source the first time. May block up to 30 s (a command): call it off the event loop.

        Raises SecretError when the source has none, or when the value cannot be sent in a header.
        """
        if self._value is None:
            value = self._read()
            _seen.add(value.strip())  # also of one that is refused: nothing that follows may quote it
            self._value = checked(value, self.source)
        return self._value

    def prefixed(self, prefix: str) -> Secret:
        """The secret behind a prefix, such as "Bearer "."""
        return Secret(lambda: prefix + self.reveal(), self.source) if prefix else self

    @property
    def known(self) -> str | None:
        """The value if it has been revealed before; for redaction."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError("a secret is not written anywhere")


def seen() -> frozenset[str]:
    """The values of all secrets that this process has read, for blacking them out: see chattui.redaction."""
    return frozenset(_seen - {""})


def checked(value: str, source: str) -> str:
    """The value without surrounding blanks; SecretError, with the position only, if a header cannot carry it."""
    value = value.strip()
    if not value:
        raise SecretError(f"The key from {source} is empty.", hint="Set it and try again.")
    for at, character in enumerate(value, 1):
        if not 0x20 <= ord(character) < 0x7F:
            what = "a control character" if ord(character) < 0x20 or ord(character) == 0x7F else "not plain ASCII"
            raise SecretError(
                f"The key from {source} cannot be sent: character {at} is {what}.",
                hint="Copy the key again; quotes or invisible characters may have come along.",
            )
    return value


def from_env(name: str, environ: Mapping[str, str]) -> Secret:
    """The environment variable `name`."""
    _seen.add(environ.get(name, "").strip())  # not read yet, but nobody may quote it from now on

    def read() -> str:
        value = environ.get(name, "")
        if not value.strip():
            raise SecretError(f"${name} is not set.", hint=f"Set it with export {name}=… and start chattui again.")
        return value

    return Secret(read, f"${name}")


def from_command(argv: tuple[str, ...]) -> Secret:
    """The first line that a command prints. Run without a shell, at most 30 s, at most 64 KiB."""

    def read() -> str:
        try:
            done = subprocess.run(  # noqa: S603 - the user's own command from the user's own configuration
                argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_SECONDS, check=False
            )
        except (OSError, ValueError) as error:
            raise SecretError(f"The key command ‘{argv[0]}’ cannot be run: {_reason(error)}.") from None
        except subprocess.TimeoutExpired:
            raise SecretError(f"The key command ‘{argv[0]}’ did not answer within {COMMAND_SECONDS} s.") from None
        if done.returncode:
            raise SecretError(f"The key command ‘{argv[0]}’ failed with exit code {done.returncode}.")
        first, *_ = done.stdout[:MOST_BYTES].decode("utf-8", "replace").splitlines() or [""]
        return first

    return Secret(read, f"the command ‘{argv[0]}’")


def from_file(path: Path) -> Secret:
    """The first line of a file that nobody else may read."""

    def read() -> str:
        try:
            mode = path.stat().st_mode
            with path.open("rb") as file:
                text = file.read(MOST_BYTES).decode("utf-8", "replace")
        except OSError as error:
            raise SecretError(f"The key file {path} cannot be read: {_reason(error)}.") from None
        if os.name == "posix" and mode & (stat.S_IRGRP | stat.S_IROTH):
            raise SecretError(
                f"The key file {path} can be read by others.", hint=f"Run chmod 600 {path} and try again."
            )
        first, *_ = text.splitlines() or [""]
        return first

    return Secret(read, f"the file {path}", path)


def from_keyring(service: str, name: str) -> Secret:
    """The system's keyring, where the optional package `keyring` and a keyring service are present."""

    def read() -> str:
        try:
            import keyring  # noqa: PLC0415 - optional and slow to import
        except ImportError:
            raise SecretError(
                "Keys from a keyring need the package ‘keyring’.",
                hint="Install chattui[keyring], or use env, cmd or file.",
            ) from None
        try:
            value: str | None = keyring.get_password(service, name)
        except Exception:  # noqa: BLE001 - a boundary: back-ends of keyrings raise whatever their desktop does
            raise SecretError(
                "No keyring service works on this machine.", hint="Use env, cmd or file for the key instead."
            ) from None
        if value is None:
            raise SecretError(
                f"The keyring has no entry {service}/{name}.", hint=f"Add it: keyring set {service} {name}"
            )
        return value

    return Secret(read, f"the keyring entry {service}/{name}")


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__).lower()
