"""The log of llm (logs.db). Since 0.32 it keeps messages as a tree that threads point into; before, one row a reply.

Both may be in one file: a thread with messages holds all of its conversation, also what was said before.
Tables and columns as `llm logs path` of llm 0.36 has them (llm/migrations.py, llm/logs.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping

from chattui.chat import Conversation, Message, title_of
from chattui.imports import Found, Item, Skipped, stable, text
from chattui.imports.llm import replies, threads
from chattui.imports.llm.gathered import Gathered

SOURCE = "llm"


def fits(tables: Collection[str]) -> bool:
    """Whether these are llm's tables."""
    names = set(tables)
    return {"responses", "conversations"} <= names or {"threads", "turns", "messages", "parts"} <= names


def read(database: sqlite3.Connection, tables: Collection[str], told: Callable[[float], None]) -> Iterator[Item]:
    """Every conversation. Raises sqlite3.Error."""
    names = set(tables)
    newer: list[tuple[str, str]] = []
    if {"threads", "turns", "messages", "parts"} <= names:
        newer = [
            (str(row["id"]), text(row["name"]))
            for row in database.execute("SELECT id, name FROM threads WHERE tip_message_hash IS NOT NULL ORDER BY id")
        ]
    older: dict[str, str] = {}
    if {"responses", "conversations"} <= names:
        older = replies.conversations(database)
    known = {name for name, _ in newer}
    older = {name: title for name, title in older.items() if name not in known}
    total = max(1, len(newer) + len(older))
    for number, (name, title) in enumerate(newer):
        told(number / total)
        yield conversation(name, title, threads.read(database, name))
    for number, (name, title) in enumerate(older.items(), len(newer)):
        told(number / total)
        yield conversation(name, title, replies.read(database, name, names))


def conversation(name: str, title: str, found: Gathered) -> Item:
    """What was gathered of a conversation of this id."""
    if not found.messages:
        return Skipped(title or name, "It has no messages.", broken=False)
    times = [message.created for message in found.messages.values() if message.created]
    created = min(times, default=0.0)
    own = titled(title, found.messages)
    made = Conversation(
        id=stable(SOURCE, name),
        created=created,
        updated=max(times, default=created),
        title=own or next(filter(None, map(title_of, found.messages.values())), ""),
        titled=bool(own),
        endpoint="llm",
        model=next((message.model for message in reversed(found.messages.values()) if message.model), ""),
        system=found.system,
        head=found.head,
        messages=found.messages,
    )
    return Found(made, SOURCE, found.files, tuple(dict.fromkeys(found.lost)))


def titled(title: str, messages: Mapping[str, Message]) -> str:
    """The title, unless it is the beginning of the first prompt, which llm takes for one: ours is longer."""
    first = next((message.text for message in messages.values() if message.role == "user"), "")
    start = " ".join(title.removesuffix("…").split())
    return "" if " ".join(first.split()).startswith(start) else title
