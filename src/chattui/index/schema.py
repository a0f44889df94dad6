"""The tables of the index; how it is opened, checked, and thrown away when it is damaged, old, or of another folder."""

from __future__ import annotations

import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import fields
from pathlib import Path

from chattui import disk
from chattui.document import Row

TABLES = """
CREATE TABLE facts(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE conversations(
  key INTEGER PRIMARY KEY, name TEXT UNIQUE NOT NULL, mtime INTEGER, size INTEGER, inode INTEGER,
  start INTEGER,
  updated REAL, title TEXT, row TEXT, pinned INTEGER, tags TEXT);
CREATE INDEX newest ON conversations(updated);
CREATE INDEX pins ON conversations(updated) WHERE pinned;
CREATE TABLE places(key INTEGER PRIMARY KEY, endpoint TEXT, model TEXT, UNIQUE(endpoint, model));
CREATE TABLE messages(
  key INTEGER PRIMARY KEY, conversation INTEGER, id TEXT, at INTEGER, size INTEGER, sum INTEGER, created REAL,
  role TEXT, place INTEGER, code INTEGER);
CREATE INDEX whose ON messages(conversation);
CREATE TABLE terms(term TEXT PRIMARY KEY) WITHOUT ROWID;
"""
WORDS = """
CREATE VIRTUAL TABLE texts USING fts5(
  text, content='', columnsize=0, detail=none, tokenize='unicode61 remove_diacritics 0');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(texts, 'row');
"""
REVISION = 2
"""To be raised when what is written into the tables changes."""
VERSION = zlib.crc32(f"{REVISION}{TABLES}{WORDS}{[(f.name, f.type) for f in fields(Row)]}".encode()) & 0x7FFFFFFF
PATIENCE = 5.0
"""Seconds to wait for another process that writes."""
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class Unusable(Exception):
    """The index cannot be used now. `absent`: there is none; `broken`: this one can never be used again."""

    def __init__(self, why: str, *, absent: bool = False, broken: bool = False) -> None:
        super().__init__(why)
        self.absent, self.broken = absent, broken


@contextmanager
def reading(path: Path, data: Path) -> Iterator[sqlite3.Connection]:
    """The index of the data folder, to be read. Raises Unusable, also for what goes wrong in the block."""
    with _guarded():
        if not path.exists():
            raise Unusable("there is no index yet", absent=True)
        with closing(_connect(path)) as db:
            _check(db, data)
            yield db


@contextmanager
def writing(path: Path, data: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on the index, which is made if it is not there. Raises Unusable as `reading` does."""
    with _guarded():
        if not path.exists():
            disk.private_folder(path.parent)
            with suppress(FileExistsError):
                os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # its companions get its mode
        with closing(_connect(path)) as db:
            if not _version(db):
                db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA temp_store = MEMORY")
            db.execute(
                "PRAGMA wal_autocheckpoint = 8000"
            )  # pages: many documents in a row wait for the disk less often
            db.execute("BEGIN IMMEDIATE")
            if not _version(db):
                _fill(db, data)
            _check(db, data)
            yield db
            db.execute("COMMIT")


def discard(path: Path) -> None:
    """Remove the index. Processes that have it open go on with what they have."""
    for suffix in ("-wal", "-shm", ""):
        with suppress(OSError):
            Path(f"{path}{suffix}").unlink()


@contextmanager
def _guarded() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        raise Unusable(str(error), broken=code in DAMAGED) from None
    except OSError as error:
        raise Unusable(error.strerror or "the system refused") from None


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous = NORMAL")
    return db


def _version(db: sqlite3.Connection) -> int:
    found = db.execute("PRAGMA user_version").fetchone()[0]
    return int(found)


def _fill(db: sqlite3.Connection, data: Path) -> None:
    for statement in filter(str.strip, TABLES.split(";")):
        db.execute(statement)
    words = True
    try:
        for statement in filter(str.strip, WORDS.split(";")):
            db.execute(statement)
    except sqlite3.OperationalError:  # a SQLite without FTS5: the rows alone are worth having
        words = False
    facts = (("data", os.fsencode(data)), ("words", words), ("complete", True), ("next", 1))
    db.executemany("INSERT INTO facts VALUES(?, ?)", facts)
    db.execute(f"PRAGMA user_version = {VERSION}")


def _check(db: sqlite3.Connection, data: Path) -> None:
    if (version := _version(db)) == 0:
        raise Unusable("it is empty", absent=True)
    if version != VERSION:
        raise Unusable("it was made by another version", broken=True)
    if fact(db, "data") != os.fsencode(data):
        raise Unusable("it is of another folder", broken=True)


def fact(db: sqlite3.Connection, name: str) -> object:
    """One of the facts about the index."""
    found = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
    return None if found is None else found[0]


def note(db: sqlite3.Connection, name: str, value: object) -> None:
    """Change a fact."""
    db.execute("UPDATE facts SET value = ? WHERE name = ?", (value, name))
