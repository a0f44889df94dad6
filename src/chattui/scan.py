"""Search without an index: through the bytes of the documents. Slower, and always right."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from chattui.chat import Message
from chattui.document import Row
from chattui.documents import MOST_BYTES
from chattui.errors import StoreError
from chattui.fold import fold, holds
from chattui.index.lines import split
from chattui.query import Query
from chattui.store import Store

_OTHERS = re.compile(
    rb"[\xc3-\xca\xcc-\xcf][\x80-\xbf]|\xe1[\xb8-\xbb][\x80-\xbf]|\xe2\x84[\xaa\xab]"  # Latin, Greek, the Kelvin sign
    rb"|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80"  # blanks
)
"""Characters that count as others: letters with marks as those without, any blank as a blank."""
_GREEK_END = "\u0400"
_ASCII = bytes(range(0x80))
_ESCAPED = re.compile(rb"\\u")
_BLANKS = rb"(?:[ \t]|\\[nrtf])+"
_BLANK = re.compile(r"\\[nrtf]")
LARGE = 1024 * 1024
"""Bytes from which on a document is looked at line by line, so that nothing takes long at once."""


class _Part(NamedTuple):
    """One of the words as JSON writes it: as text, how it is found in bytes, and whether `_respelled` bytes tell."""

    text: str
    data: bytes
    phrase: re.Pattern[bytes] | None
    plain: bool

    def stands(self, data: bytes) -> bool:
        return self.data in data if self.phrase is None else self.phrase.search(data) is not None


class Sieve:
    """Lets all bytes of documents through that hold the words, and few others."""

    def __init__(self, query: Query) -> None:
        self._parts = [_part(word) for word in query.words]

    def lets(self, data: bytes) -> bool:
        """Whether these bytes may hold all of the words."""
        lowered = data.lower()  # ASCII alone
        respelled: bytes | None = None
        folded: str | None = None
        for part in self._parts:
            if part.stands(lowered) or _ESCAPED.search(data):
                continue
            if data.isascii():
                return False
            if part.plain:
                respelled = _respelled(lowered) if respelled is None else respelled
                stands = respelled is not lowered and part.stands(respelled)
            else:
                folded = _BLANK.sub(" ", fold(data.decode("utf-8", "replace"))) if folded is None else folded
                stands = holds(folded, part.text)
            if not stands:
                return False
        return True


def _part(word: str) -> _Part:
    text = json.dumps(word, ensure_ascii=False)[1:-1]
    data = text.encode("utf-8", "surrogatepass")
    phrase = re.compile(_BLANKS.join(map(re.escape, data.split(b" ")))) if b" " in data else None
    plain = all(letter < _GREEK_END or letter.lower() == letter.upper() for letter in word)
    return _Part(text, data, phrase, plain)


def _respelled(lowered: bytes) -> bytes:
    """Bytes of small letters, with Latin and Greek letters folded and blanks made blank."""
    for other in set(_OTHERS.findall(lowered.translate(None, _ASCII))):
        lowered = lowered.replace(other, _plain(other))
    return lowered


@cache
def _plain(character: bytes) -> bytes:
    text = character.decode()
    return b" " if text.isspace() else fold(text).encode()


def document(store: Store, name: str, query: Query, sieve: Sieve) -> tuple[Row, list[Message]] | None:
    """What of a document fits, and its row; None when its words do not. Raises nothing: a damaged one has nothing."""
    try:
        data = _read(f"{store.folder}/{name}.json")
        if data is None or (len(data) < LARGE and not sieve.lets(data)):
            return None
        row = store.row(name)
        return row, list(_messages(data, row, query, sieve))
    except (OSError, StoreError):
        return None


def _read(path: str) -> bytes | None:
    """The bytes of a document, in half the time of Path.read_bytes; None when they are too many."""
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        size = os.fstat(file).st_size
        return os.read(file, size) if size <= MOST_BYTES else None
    finally:
        os.close(file)


def _messages(data: bytes, row: Row, query: Query, sieve: Sieve) -> Iterator[Message]:
    if query.fits_row(row) and (query.words or query.filtered):
        for entry in split(data, row.id).entries:
            if sieve.lets(entry.line) and (message := entry.message) is not None and query.fits(message, row):
                yield message
