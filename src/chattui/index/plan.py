"""A query -> what SQLite is asked. What it answers holds all that fits, and more: the messages themselves decide.

A typed word is found inside of others, too. `terms` lists every word there is; those that hold the typed one are asked
for. Where there are too many of them, or none can be named, the files answer faster (`chattui.scan`): what is as common
as that is found soon.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

from chattui.index.intake import GRAMS, grams
from chattui.index.schema import fact
from chattui.query import Query

LETTERS = "0-9a-zßæøþœłđα-ρσ-ωа-яђ-џ"
"""Folded characters that SQLite's tokenizer, too, takes for letters and leaves as they are; no others are asked for."""
_PIECE = re.compile(f"[{LETTERS}]+|[{GRAMS}]+")
_GRAM = re.compile(f"[{GRAMS}]")
SHORTEST = 3
"""Letters from which on a piece of a word tells anything."""
MOST = 600
"""Words that may hold a piece of a typed one."""

Question = tuple[str, list[str | float]]


def complete(db: sqlite3.Connection) -> bool:
    """Whether `terms` lists every word."""
    return bool(fact(db, "complete"))


def question(db: sqlite3.Connection, query: Query) -> Question | None:
    """SQL and its values, whose rows make a Candidate; None: ask the files."""
    if not (fact(db, "words") and complete(db)):
        return None
    where, values = _filters(query)
    source = "messages m"
    if query.words:
        asked = [part for word in query.words for part in _parts(db, word)]
        if not asked:
            return None
        source = "texts JOIN messages m ON m.key = texts.rowid"
        where.insert(0, "texts MATCH ?")
        values.insert(0, " AND ".join(dict.fromkeys(asked)))
    order = "texts.rowid" if query.words else "m.key"
    columns = "c.name, c.row, m.id, iif(m.at < 0, m.at, c.start + m.at), m.size"
    joined = f"{source} JOIN conversations c ON c.key = m.conversation"
    condition = " AND ".join(where) or "1"
    sql = f"SELECT {columns} FROM {joined} WHERE {condition} ORDER BY {order} DESC"  # noqa: S608 - all texts are values
    return sql, values


def _parts(db: sqlite3.Connection, word: str) -> Iterator[str]:
    """Expressions of FTS5 that are all true of every text that holds the word."""
    for piece in _PIECE.findall(word):
        if _GRAM.match(piece):
            yield " AND ".join(map(_quoted, grams(piece))) or f"{_quoted(piece)} *"
        elif len(piece) >= SHORTEST:
            found = db.execute("SELECT term FROM terms WHERE instr(term, ?) LIMIT ?", (piece, MOST + 1)).fetchall()
            if len(found) <= MOST:
                yield f"({' OR '.join(_quoted(term) for (term,) in found) or _quoted(piece)})"


def _quoted(term: str) -> str:
    """A word that FTS5 reads as nothing but a word."""
    return '"' + term.replace('"', '""') + '"'


def _filters(query: Query) -> tuple[list[str], list[str | float]]:
    where: list[str] = []
    values: list[str | float] = []
    for column, words in (("endpoint", query.endpoint), ("model", query.model)):
        for word in words:
            where.append(f"m.place IN (SELECT key FROM places WHERE instr({column}, ?))")  # noqa: S608 - a column of ours
            values.append(word)
    for word in query.title:
        where.append("instr(c.title, ?)")
        values.append(word)
    for tag in query.tag:
        where.append("instr(c.tags, ?)")
        values.append(f"\n{tag}")
    if query.role is not None:
        where.append("m.role = ?")
        values.append(query.role)
    if query.after is not None:
        where.append("m.created >= ?")
        values.append(query.after)
    if query.before is not None:
        where.append("m.created < ?")
        values.append(query.before)
    if query.code:
        where.append("m.code")
    return where, values
