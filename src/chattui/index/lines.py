"""Where the messages of a document stand in its file: our own documents have one in each line.

Others, written by hand or by another program, are read as a whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from chattui import reading
from chattui.chat import Message
from chattui.document import encode_message
from chattui.errors import StoreError
from chattui.events import JSON

_decode = json.JSONDecoder().raw_decode  # without the questions that json.loads asks first
_OPEN = b'"messages": ['
WHOLE = -1
"""In place of an offset: only the whole document tells."""


class Entry(NamedTuple):
    """A message in its line: `at` is counted from the beginning of the first one, because what is before changes."""

    at: int
    line: bytes

    @property
    def value(self) -> JSON:
        """What the line holds; None where it is no JSON."""
        try:
            return _decode(self.line.decode("utf-8"))[0]
        except (ValueError, RecursionError):
            return None

    @property
    def message(self) -> Message | None:
        """The message; None where the line holds none."""
        return reading.message(self.value)


class Lines(NamedTuple):
    """A document in lines; the first one begins at byte `start`."""

    start: int
    entries: list[Entry]


def lines(path: Path) -> Lines:
    """The messages of a document. Raises OSError, Damaged, ReadOnly."""
    return split(path.read_bytes(), path.name)


def split(data: bytes, name: str) -> Lines:
    """The messages in the bytes of a document. Raises Damaged, ReadOnly."""
    return _own(data) or _foreign(data, name)


def _own(data: bytes) -> Lines | None:
    end = data.find(b"\n")
    if end < 0 or not data[:end].endswith(_OPEN):
        return None
    entries: list[Entry] = []
    at = 0
    for line in _lines(data, end + 1):
        if line.startswith(b"]"):
            return Lines(end + 1, entries)
        own = line.removesuffix(b",")
        if own.startswith(b"{") and own.endswith(b"}"):
            entries.append(Entry(at, own))
        elif line:
            return None
        at += len(line) + 1
    return None


def _lines(data: bytes, at: int) -> Iterator[bytes]:
    while (end := data.find(b"\n", at)) >= 0:
        yield data[at:end]
        at = end + 1


def _foreign(data: bytes, name: str) -> Lines:
    found = reading.decode(data, name)
    return Lines(0, [Entry(WHOLE, encode_message(one).encode("utf-8", "backslashreplace")) for one in found.walk()])


def read(path: Path, known: str, at: int, size: int, sieve: Callable[[bytes], bool]) -> Message | None:
    """The message with the id `known` from its place in the file, counted from its beginning; None when something else
    stands there now, and when the sieve does not let it through.
    """
    try:
        if at == WHOLE:
            everything = (entry.message for entry in lines(path).entries)
            return next((one for one in everything if one is not None and one.id == known), None)
        file = os.open(path, os.O_RDONLY)
        try:
            line = os.pread(file, size, at)
        finally:
            os.close(file)
    except (OSError, StoreError):
        return None
    found = Entry(at, line).message if sieve(line) else None
    return found if found is not None and found.id == known else None
