"""The database of elia (elia.sqlite): chats in a row, the first message the system prompt. Times are UTC."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator

from chattui.chat import Conversation, Message, title_of
from chattui.imports import Found, Item, Skipped, message_id, seconds, stable, text

SOURCE = "elia"


def fits(tables: Collection[str]) -> bool:
    """Whether these are elia's tables."""
    return {"chat", "message"} <= set(tables)


def read(database: sqlite3.Connection, _: Collection[str], told: Callable[[float], None]) -> Iterator[Item]:
    """Every chat, the archived ones included. Raises sqlite3.Error."""
    columns = {column["name"] for column in database.execute("PRAGMA table_info(chat)")}
    archived = "archived" if "archived" in columns else "0 AS archived"  # which older ones lack
    asked = f"SELECT id, model, title, started_at, {archived} FROM chat ORDER BY id"  # noqa: S608 - of the two above
    chats = database.execute(asked).fetchall()
    for number, chat in enumerate(chats):
        told(number / len(chats))
        rows = database.execute(
            "SELECT id, role, content, timestamp, model FROM message WHERE chat_id = ? ORDER BY id", (chat["id"],)
        )
        yield _conversation(chat, rows.fetchall())


def _conversation(chat: sqlite3.Row, rows: list[sqlite3.Row]) -> Item:
    title = text(chat["title"])
    started = seconds(chat["started_at"])
    messages: dict[str, Message] = {}
    system: str | None = None
    above: str | None = None
    for row in rows:
        role, words = row["role"], text(row["content"])
        if role == "system" and not messages:
            system = words or system
        elif role in {"user", "assistant", "system"} and words:
            name = message_id(f"elia-{row['id']}")
            model = text(row["model"]) if role == "assistant" else ""
            messages[name] = Message(name, above, role, words, seconds(row["timestamp"]), model=model)
            above = name
    if not messages:
        return Skipped(title or f"chat {chat['id']}", "It has no messages.", broken=False)
    first = next(iter(messages.values()))
    created = started or first.created
    made = Conversation(
        id=stable(SOURCE, chat["id"], chat["started_at"], first.text),
        created=created,
        updated=max(created, *(message.created for message in messages.values())),
        title=title or next(filter(None, map(title_of, messages.values())), ""),
        titled=bool(title),
        endpoint="elia",
        model=text(chat["model"]),
        system=system,
        head=above,
        messages=messages,
        archived=bool(chat["archived"]),
    )
    return Found(made, SOURCE)
