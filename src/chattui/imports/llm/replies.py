"""llm before 0.32: one row of `responses` for a prompt and its reply."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import replace

from chattui.chat import Message, Timing, Tool
from chattui.events import Attachment
from chattui.imports import message_id, seconds, text
from chattui.imports.llm.gathered import Gathered, usage
from chattui.imports.tree import Node, messages

COLUMNS = ("resolved_model", "reasoning", "input_tokens", "output_tokens", "token_details")
"""Columns that older versions have not got."""


def conversations(database: sqlite3.Connection) -> dict[str, str]:
    """The names of all conversations by id; replies without a conversation are one of their own, by their own id."""
    found = {str(row["id"]): text(row["name"]) for row in database.execute("SELECT id, name FROM conversations")}
    loose = database.execute("SELECT id FROM responses WHERE conversation_id IS NULL ORDER BY id")
    return {**found, **{str(row["id"]): "" for row in loose}}


def read(database: sqlite3.Connection, name: str, tables: Collection[str]) -> Gathered:
    """The conversation of this id. Raises sqlite3.Error."""
    found = Gathered()
    there = {row["name"] for row in database.execute("PRAGMA table_info(responses)")}
    more = ", ".join(column if column in there else f"NULL AS {column}" for column in COLUMNS)
    rows = database.execute(
        f"SELECT id, model, prompt, system, response, duration_ms, datetime_utc, {more} FROM responses"  # noqa: S608 - names of ours
        " WHERE conversation_id = ? OR (conversation_id IS NULL AND id = ?) ORDER BY datetime_utc, id",
        (name, name),
    ).fetchall()
    nodes: dict[str, Node] = {}
    above: str | None = None
    for row in rows:
        found.system = found.system or text(row["system"]) or None
        when = seconds(row["datetime_utc"])
        key = message_id(str(row["id"]))
        fragments = _fragments(database, row["id"], tables)
        asked = Message(f"{key}-prompt", None, "user", "\n\n".join((*fragments, text(row["prompt"]))).strip("\n"), when)
        asked = replace(asked, attachments=_attached(database, row["id"], tables, found))
        results = _results(database, row["id"], tables)
        given = asked if asked.has_content else None
        if results:
            given = replace(asked, role="assistant", text="", tools=results)
        nodes[asked.id] = Node(asked.id, above, given)
        reply = Message(
            key,
            None,
            "assistant",
            text(row["response"]),
            when,
            reasoning=text(row["reasoning"]),
            tools=_calls(database, row["id"], tables),
            model=text(row["resolved_model"]) or text(row["model"]),
            usage=usage(row),
            timing=Timing(total=seconds(row["duration_ms"]) / 1000 or None),
        )
        nodes[key] = Node(key, asked.id, reply if reply.has_content else None)
        above = key
    found.messages, found.head = messages(nodes, above)
    return found


def _fragments(database: sqlite3.Connection, name: str, tables: Collection[str]) -> list[str]:
    if not {"prompt_fragments", "fragments"} <= set(tables):
        return []
    rows = database.execute(
        "SELECT f.content FROM fragments f JOIN prompt_fragments p ON p.fragment_id = f.id"
        ' WHERE p.response_id = ? ORDER BY p."order"',
        (name,),
    )
    return [text(row["content"]) for row in rows]


def _attached(
    database: sqlite3.Connection, name: str, tables: Collection[str], found: Gathered
) -> tuple[Attachment, ...]:
    if not {"prompt_attachments", "attachments"} <= set(tables):
        return ()
    rows = database.execute(
        "SELECT a.* FROM attachments a JOIN prompt_attachments p ON p.attachment_id = a.id"
        ' WHERE p.response_id = ? ORDER BY p."order"',
        (name,),
    )
    return tuple(map(found.attached, rows))


def _calls(database: sqlite3.Connection, name: str, tables: Collection[str]) -> tuple[Tool, ...]:
    if "tool_calls" not in tables:
        return ()
    rows = database.execute(
        "SELECT id, name, arguments, tool_call_id FROM tool_calls WHERE response_id = ? ORDER BY id", (name,)
    )
    return tuple(
        Tool(text(row["tool_call_id"]) or f"call-{row['id']}", text(row["name"]), text(row["arguments"]))
        for row in rows
    )


def _results(database: sqlite3.Connection, name: str, tables: Collection[str]) -> tuple[Tool, ...]:
    """What was given to the model with this prompt: the results of the calls before."""
    if "tool_results" not in tables:
        return ()
    rows = database.execute(
        "SELECT name, output, tool_call_id FROM tool_results WHERE response_id = ? ORDER BY id", (name,)
    )
    return tuple(Tool(text(row["tool_call_id"]), text(row["name"]), "", text(row["output"])) for row in rows)
