"""Search without an index: through the bytes of the documents. Slower, and always right."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from chattui.chat import Message
from chattui.document import Row
from chattui.documents import MOST_BYTES
from chattui.errors import StoreError
from chattui.fold import fold, foldable, holds
from chattui.index.lines import split
from chattui.query import Query
from chattui.store import Store

_OTHER_SPELLINGS = re.compile(
    rb"[\xc3-\xca\xcc-\xcf]|\xe1[\xb8-\xbb]|\xe2\x84[\xaa\xab]"  # letters with marks, Greek, the Kelvin sign
    rb"|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80"  # blanks
)
"""Bytes of characters that count as others: letters without marks, and blanks."""
_ASCII = bytes(range(0x80))
_BLANKS = rb"(?:[ \t]|\\[nrtf])+"
_ESCAPED = re.compile(r"\\[nrtf]")
LARGE = 1024 * 1024
"""Bytes from which on a document is looked at line by line, so that nothing takes long at once."""


class _Part(NamedTuple):
    """One of the words as JSON writes it: text, how it is found in bytes, and whether nothing else can stand for it."""

    text: str
    data: bytes
    phrase: re.Pattern[bytes] | None
    plain: bool


class Sieve:
    """Lets all bytes of documents through that hold the words, and few others."""

    def __init__(self, query: Query) -> None:
        self._parts = [_part(word) for word in query.words]

    def lets(self, data: bytes) -> bool:
        """Whether these bytes may hold all of the words."""
        lowered = data.lower()  # ASCII alone
        folded: str | None = None
        for part in self._parts:
            if part.phrase.search(lowered) if part.phrase is not None else part.data in lowered:
                continue
            if b"\\u" in data:
                continue
            if data.isascii() or (part.plain and _OTHER_SPELLINGS.search(data.translate(None, _ASCII)) is None):
                return False
            if folded is None:
                folded = _ESCAPED.sub(" ", fold(data.decode("utf-8", "replace")))
            if not holds(folded, part.text):
                return False
        return True


def _part(word: str) -> _Part:
    text = json.dumps(word, ensure_ascii=False)[1:-1]
    data = text.encode("utf-8", "surrogatepass")
    phrase = re.compile(_BLANKS.join(map(re.escape, data.split(b" ")))) if b" " in data else None
    plain = all(letter.isascii() or (letter.lower() == letter.upper() and not foldable(letter)) for letter in word)
    return _Part(text, data, phrase, plain)


def document(store: Store, name: str, query: Query, sieve: Sieve) -> tuple[Row, list[Message]] | None:
    """What of a document fits, and its row; None when its words do not. Raises nothing: a damaged one has nothing."""
    try:
        with open(store.path(name), "rb", buffering=0) as file:  # noqa: PTH123 - half the time of Path.read_bytes
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES or (len(data) < LARGE and not sieve.lets(data)):
            return None
        row = store.row(name)
        return row, list(_messages(data, row, query, sieve))
    except (OSError, StoreError):
        return None


def _messages(data: bytes, row: Row, query: Query, sieve: Sieve) -> Iterator[Message]:
    if query.fits_title(row.title) and (query.words or query.filtered):
        for entry in split(data, row.id).entries:
            if sieve.lets(entry.line) and (message := entry.message) is not None and query.fits(message, row):
                yield message
