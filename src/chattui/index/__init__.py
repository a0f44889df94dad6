"""The derived index: rows of the list and words of all messages in SQLite. Delete it and nothing is lost.

    <cache>/index.sqlite     what the documents said when they had the stamp that is noted beside them

    schema    the tables, and how they are opened, checked and thrown away
    intake    documents -> index
    plan      a query -> what SQLite is asked
    reading   lines of documents: where each message stands in its file

The documents are the truth: a hit is shown only after its message was read from its file and found to fit. Whatever is
not in the index, or has changed since, is read from the files (`chattui.scan`). Several processes may read and write
at the same time. Everything here blocks; it raises `Unusable` only.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from chattui.disk import Stamp
from chattui.document import Row
from chattui.fold import fold
from chattui.index import intake, plan, schema
from chattui.index.schema import Unusable
from chattui.query import Query
from chattui.store import Store

__all__ = ["Candidate", "Index", "Unusable", "row_of"]

_TUPLES = tuple(at for at, field in enumerate(fields(Row)) if str(field.type).startswith("tuple"))
BATCH = 64
"""Candidates that are taken from SQLite at once."""


class Candidate(NamedTuple):
    """A message that may be what is looked for, and where it stands: `at` is -1 where only the whole document tells."""

    conversation: str
    row: str
    """Of the conversation; `row_of` reads it."""
    id: str
    at: int
    size: int


class Index:
    """The index of one data folder. Holds nothing open: every call sees what other processes have written."""

    def __init__(self, path: Path, store: Store) -> None:
        """`path` of the file, which need not exist."""
        self.path = path
        self.store = store

    # ------------------------------------------------------------ reading

    def rows(self, most: int = -1) -> list[Row]:
        """The rows of the list, newest change first, at most so many (-1: all), and before them those that are pinned;
        they may be old ones.
        """
        with schema.reading(self.path, self.store.data) as db:
            found = db.execute("SELECT row FROM conversations WHERE pinned ORDER BY updated DESC").fetchall()
            others = "SELECT row FROM conversations WHERE NOT pinned ORDER BY updated DESC LIMIT ?"
            found += db.execute(others, (most,)).fetchall()
            return [_row(values) for values in json.loads(f"[{','.join(text for (text,) in found)}]")]

    def stamps(self) -> dict[str, Stamp]:
        """The stamp that each document had when it was taken in."""
        with schema.reading(self.path, self.store.data) as db:
            found = db.execute("SELECT name, mtime, size, inode FROM conversations")
            return {name: (mtime, size, inode) for name, mtime, size, inode in found}

    def titled(self, query: Query, most: int) -> list[Row]:
        """The newest rows whose title holds what is looked for."""
        words = [fold(word) for word in (*query.words, *query.title)]
        tags = [f"\n{tag}" for tag in query.tag]
        where = " AND ".join([*("instr(title, ?) > 0" for _ in words), *("instr(tags, ?) > 0" for _ in tags)]) or "1"
        with schema.reading(self.path, self.store.data) as db:
            sql = f"SELECT row FROM conversations WHERE {where} ORDER BY updated DESC LIMIT ?"  # noqa: S608 - all texts are values
            found = db.execute(sql, (*words, *tags, most))
            return [row_of(text) for (text,) in found]

    def candidates(self, query: Query, cancelled: Callable[[], bool]) -> Iterator[Candidate] | None:
        """Messages among which are all that fit, the last taken in first; None when the index cannot narrow it down."""
        with schema.reading(self.path, self.store.data) as db:
            found = plan.question(db, query)
        return None if found is None else self._candidates(*found, cancelled)

    def _candidates(
        self, sql: str, values: Collection[str | float], cancelled: Callable[[], bool]
    ) -> Iterator[Candidate]:
        with schema.reading(self.path, self.store.data) as db:
            db.set_progress_handler(cancelled, 20_000)
            cursor = db.execute(sql, tuple(values))
            try:
                while batch := cursor.fetchmany(BATCH):
                    yield from (Candidate(*one) for one in batch)
            except sqlite3.OperationalError:
                if not cancelled():
                    raise

    @property
    def complete(self) -> bool:
        """Whether every word of what was taken in is known: not so while it is being built."""
        with schema.reading(self.path, self.store.data) as db:
            return plan.complete(db)

    # ------------------------------------------------------------ writing

    def take(self, names: Iterable[str], *, bulk: bool = False) -> None:
        """Take in these documents as they are now; those that are gone are forgotten.

        `bulk`: there are many, and `finish` will be called after the last of them.
        """
        with schema.writing(self.path, self.store.data) as db:
            intake.take(db, self.store, names, bulk=bulk)

    def finish(self) -> None:
        """The last of many documents was taken in."""
        with schema.writing(self.path, self.store.data) as db:
            intake.finish(db)

    def worn(self) -> bool:
        """Whether most of it is about messages that are there no longer."""
        with schema.reading(self.path, self.store.data) as db:
            return intake.worn(db)

    def discard(self) -> None:
        """Throw it away."""
        schema.discard(self.path)


def row_of(text: str) -> Row:
    """A row as the index keeps it."""
    return _row(json.loads(text))


def _row(values: list[object]) -> Row:
    for at in _TUPLES:
        values[at] = tuple(values[at])  # type: ignore[arg-type]  # what JSON made of it
    return Row(*values)  # type: ignore[arg-type]  # written by intake from a Row of this version
