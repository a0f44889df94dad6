"""Documents -> index: only messages that are new or have changed are read and taken in.

Texts are kept by nobody but the documents. The index knows their words, and of each message the line it stands in.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

from chattui import disk
from chattui.disk import Stamp
from chattui.document import Row
from chattui.documents import HEAD_BYTES, MOST_BYTES, TAIL_BYTES
from chattui.errors import StoreError
from chattui.events import JSON
from chattui.fold import fold
from chattui.index.lines import Entry, Lines, split
from chattui.index.schema import fact, note
from chattui.query import has_code
from chattui.reading import head_row
from chattui.store import Store

GRAMS = "\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4db5\u4e00-\u9fcc\uac00-\ud7a3\U00020000-\U0002a6d6"
"""Characters of writings without blanks. Each pair of neighbours becomes a word, and the last one by itself."""
_RUN = re.compile(f"[{GRAMS}]+")
HASH, FEW = 16_000_000, 1_000_000
"""Bytes of words that SQLite gathers before it sorts and writes them: of many conversations, of one."""
_FIELDS = tuple(field.name for field in fields(Row))
SPARE = 10_000
WORN = 3
"""An index that has taken in so many times what it holds is made anew."""


def searchable(text: str) -> str:
    """The text as SQLite shall cut it into words."""
    folded = fold(text)
    if not folded.isascii():
        folded = _RUN.sub(_grams, folded).encode("utf-8", "replace").decode()
    return folded.replace("\0", " ")


def _grams(found: re.Match[str]) -> str:
    run = found[0]
    return " ".join(("", *grams(run), run[-1], ""))


def grams(run: str) -> tuple[str, ...]:
    """The pairs of neighbours in a run."""
    return tuple(map("".join, pairwise(run)))


def take(db: sqlite3.Connection, store: Store, names: Iterable[str], *, bulk: bool) -> None:
    """See `Index.take`; the caller has begun a transaction."""
    words = bool(fact(db, "words"))
    if words and not bulk:
        db.execute("CREATE VIRTUAL TABLE temp.fresh USING fts5(text, content='', columnsize=0, detail=none, "
                   "tokenize='unicode61 remove_diacritics 0')")  # fmt: skip
        db.execute("CREATE VIRTUAL TABLE temp.fresh_words USING fts5vocab(temp, fresh, 'row')")
    if words:
        db.execute("INSERT INTO texts(texts, rank) VALUES('hashsize', ?)", (HASH if bulk else FEW,))
    if bulk:
        note(db, "complete", False)
    intake = _Intake(db, words=words)
    for name in names:
        intake.document(store, name)
    intake.write(fresh=words and not bulk)
    if words and not bulk:
        db.execute("INSERT OR IGNORE INTO terms SELECT term FROM temp.fresh_words")


def finish(db: sqlite3.Connection) -> None:
    """See `Index.finish`."""
    if fact(db, "words"):
        db.execute("INSERT OR IGNORE INTO terms SELECT term FROM vocabulary")
    note(db, "complete", True)


def worn(db: sqlite3.Connection) -> bool:
    """See `Index.worn`."""
    (count,) = db.execute("SELECT count(*) FROM messages").fetchone()
    taken = fact(db, "next")
    return isinstance(taken, int) and taken > WORN * count + SPARE


class _Intake:
    """What one transaction takes in."""

    def __init__(self, db: sqlite3.Connection, *, words: bool) -> None:
        self.db, self.words = db, words
        self.next = int(str(fact(db, "next")))
        self.places: dict[tuple[str, str], int] = {}
        self.messages: list[tuple[object, ...]] = []
        self.texts: list[tuple[int, str]] = []

    def document(self, store: Store, name: str) -> None:
        """One document as it is now."""
        path = store.path(name)
        found = self.db.execute("SELECT key, mtime, size, inode FROM conversations WHERE name = ?", (name,)).fetchone()
        stamp = disk.stamp(path)
        if stamp is None:
            self._forget(found)
            return
        if found is not None and found[1:] == stamp:  # somebody else was faster
            return
        row, held = self._read(store, name, path, small=stamp[1] <= MOST_BYTES)
        if disk.stamp(path) != stamp:
            return  # it changes right now: there will be another time
        key = self._conversation(None if found is None else found[0], row, stamp, held.start)
        self._messages(key, row, held, held_before=found is not None)

    def _read(self, store: Store, name: str, path: Path, *, small: bool) -> tuple[Row, Lines]:
        """The row and the messages of a document; none of one that is damaged or too large."""
        nothing = Lines(0, [])
        try:
            data = path.read_bytes() if small else b""
            row = head_row(data[:HEAD_BYTES], data[-TAIL_BYTES:], name) or store.row(name)
            return row, split(data, path.name) if self.words and data and not row.damaged else nothing
        except (OSError, StoreError):
            return store.row(name, whole=True), nothing

    def _conversation(self, key: int | None, row: Row, stamp: Stamp, start: int) -> int:
        values = (
            row.id,
            *stamp,
            start,
            row.updated,
            _text(fold(row.title)),
            json.dumps([getattr(row, name) for name in _FIELDS]),
            row.pinned,
            _text("".join(f"\n{fold(tag)}" for tag in row.tags)),
        )
        cursor = self.db.execute(
            "INSERT OR REPLACE INTO conversations VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (key, *values)
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def _messages(self, conversation: int, row: Row, held: Lines, *, held_before: bool) -> None:
        """Add what is new, move what stands elsewhere now, and forget the rest."""
        known: defaultdict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        select = "SELECT sum, size, key, at FROM messages WHERE conversation = ?"
        for checksum, size, key, at in self.db.execute(select, (conversation,)) if held_before else ():
            known[checksum, size].append((key, at))
        moved: list[tuple[int, int]] = []
        for entry in held.entries:
            checksum = zlib.crc32(entry.line)
            if same := known.get((checksum, len(entry.line))):
                key, at = same.pop()
                if at != entry.at:
                    moved.append((entry.at, key))
            else:
                self._add(conversation, row, entry, checksum)
        if moved:
            self.db.executemany("UPDATE messages SET at = ? WHERE key = ?", moved)
        gone = [(key,) for keys in known.values() for key, _ in keys]
        if gone:
            self.db.executemany("DELETE FROM messages WHERE key = ?", gone)

    def _add(self, conversation: int, row: Row, entry: Entry, checksum: int) -> None:
        """A message, or what looks like one: whoever reads it again from its line looks closer."""
        value = entry.value
        if not isinstance(value, dict):
            return
        known, text, role = value.get("id"), value.get("text"), value.get("role")
        if not (isinstance(known, str) and isinstance(text, str) and isinstance(role, str)):
            return
        created, endpoint, model = value.get("created"), value.get("endpoint"), value.get("model")
        when = float(created) if isinstance(created, int | float) else 0.0
        place = self._place(_word(endpoint) or row.endpoint, _word(model) or row.model)
        what = (_text(known), entry.at, len(entry.line), checksum, when, role, place, has_code(text))
        self.messages.append((self.next, conversation, *what))
        self.texts.append((self.next, searchable(text)))
        self.next += 1

    def _place(self, endpoint: str, model: str) -> int:
        if (found := self.places.get((endpoint, model))) is None:
            both = (_text(fold(endpoint)), _text(fold(model)))
            self.db.execute("INSERT OR IGNORE INTO places(endpoint, model) VALUES(?, ?)", both)
            (found,) = self.db.execute("SELECT key FROM places WHERE endpoint = ? AND model = ?", both).fetchone()
            self.places[endpoint, model] = found
        assert isinstance(found, int)
        return found

    def write(self, *, fresh: bool) -> None:
        """Everything that was gathered."""
        self.db.executemany("INSERT INTO messages VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", self.messages)
        if self.words:
            self.db.executemany("INSERT INTO texts(rowid, text) VALUES(?, ?)", self.texts)
        if fresh:
            self.db.executemany("INSERT INTO temp.fresh(rowid, text) VALUES(?, ?)", self.texts)
        note(self.db, "next", self.next)

    def _forget(self, found: tuple[int, ...] | None) -> None:
        if found is not None:
            self.db.execute("DELETE FROM messages WHERE conversation = ?", found[:1])
            self.db.execute("DELETE FROM conversations WHERE key = ?", found[:1])


def _word(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def _text(text: str) -> str:
    """Without lone surrogates, which SQLite does not take."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
