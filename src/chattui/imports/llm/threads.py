"""llm from 0.32: messages by hash, each with its parent; a thread points at its last one; turns tell of the calls."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui.chat import Message, Timing, Tool
from chattui.events import JSON
from chattui.imports import listed, message_id, seconds, table, text
from chattui.imports.llm.gathered import Gathered, parsed, usage
from chattui.imports.tree import Node, messages

TURNS = """SELECT tip_message_hash, model, resolved_model, input_tokens, output_tokens, token_details, duration_ms,
    datetime_utc FROM turns WHERE thread_id = ? ORDER BY datetime_utc, id"""


def read(database: sqlite3.Connection, thread: str) -> Gathered:
    """The messages of the thread, with what branches off. Raises sqlite3.Error."""
    found = Gathered()
    turns = database.execute(TURNS, (thread,)).fetchall()
    (tip,) = database.execute("SELECT tip_message_hash FROM threads WHERE id = ?", (thread,)).fetchone()
    nodes: dict[str, Node] = {}
    for turn in turns:
        new = [_node(database, row, found) for row in _chain(database, turn["tip_message_hash"], nodes)]
        nodes |= {node.id: _timed(node, turn) for node in reversed(new)}
        _measured(nodes, turn)
    for row in reversed(list(_chain(database, tip, nodes))):
        node = _node(database, row, found)
        nodes[node.id] = node
    found.messages, found.head = messages(nodes, tip)
    return found


def _chain(database: sqlite3.Connection, tip: JSON, known: Mapping[str, Node]) -> Iterator[sqlite3.Row]:
    """The messages from `tip` back to one that is known."""
    seen: set[str] = set()
    while isinstance(tip, str) and tip not in known and tip not in seen:
        seen.add(tip)
        row = database.execute("SELECT hash, parent_hash, role FROM messages WHERE hash = ?", (tip,)).fetchone()
        if row is None:
            return
        yield row
        tip = row["parent_hash"]


def _node(database: sqlite3.Connection, row: sqlite3.Row, found: Gathered) -> Node:
    name, role = row["hash"], row["role"]
    made = Message(message_id(name), None, "user" if role == "user" else "assistant")
    words: list[str] = []
    parts = database.execute(
        "SELECT id, type, text, payload FROM parts WHERE message_hash = ? ORDER BY position", (name,)
    )
    for part in parts.fetchall():
        payload = parsed(part["payload"])
        said = text(part["text"]) or text(payload.get("text")) or _referred(database, payload)
        match part["type"]:
            case "text":
                words.append(said)
            case "reasoning":
                made = replace(made, reasoning="\n\n".join(filter(None, (made.reasoning, said))))
            case "tool_call":
                given = json.dumps(payload.get("arguments"), ensure_ascii=False)
                call = Tool(_call(payload) or f"call-{part['id']}", text(payload.get("name")), given)
                made = replace(made, tools=(*made.tools, call))
            case "tool_result":
                failed = payload.get("exception") is not None
                result = Tool(_call(payload), text(payload.get("name")), "", text(payload.get("output")), failed)
                made = replace(made, tools=(*made.tools, result))
            case "attachment":
                files = database.execute(
                    "SELECT a.* FROM attachments a JOIN part_attachments p ON p.attachment_id = a.id"
                    ' WHERE p.part_id = ? ORDER BY p."order"',
                    (part["id"],),
                )
                made = replace(made, attachments=(*made.attachments, *map(found.attached, files)))
            case other:
                found.lost.append(f"a part of the kind ‘{text(other)}’")
    made = replace(made, text="\n\n".join(filter(None, words)))
    if role == "system":
        found.system = found.system or made.text or None
    return Node(name, row["parent_hash"], made if role != "system" and made.has_content else None)


def _call(payload: Mapping[str, JSON]) -> str:
    return text(payload.get("tool_call_id"))


def _referred(database: sqlite3.Connection, payload: Mapping[str, JSON]) -> str:
    """A text that is kept in pieces, some of them fragments."""
    found: list[str] = []
    for piece in map(table, listed(payload.get("text_ref"))):
        if isinstance(number := piece.get("fragment"), int):
            row = database.execute("SELECT content FROM fragments WHERE id = ?", (number,)).fetchone()
            found.append("" if row is None else text(row["content"]))
        else:
            found.append(text(piece.get("literal")))
    return "".join(found)


def _timed(node: Node, turn: sqlite3.Row) -> Node:
    if node.message is None:
        return node
    return replace(node, message=replace(node.message, created=seconds(turn["datetime_utc"])))


def _measured(nodes: dict[str, Node], turn: sqlite3.Row) -> None:
    """What the turn tells of its call stands with its last message."""
    node = nodes.get(text(turn["tip_message_hash"]))
    if node is not None and node.message is not None and node.message.role == "assistant":
        took = seconds(turn["duration_ms"]) / 1000
        nodes[node.id] = replace(
            node,
            message=replace(
                node.message,
                model=text(turn["resolved_model"]) or text(turn["model"]),
                usage=usage(turn),
                timing=Timing(total=took or None),
            ),
        )
