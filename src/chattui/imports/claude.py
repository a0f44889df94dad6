"""The data export of Claude.ai: conversations.json, alone or in its zip.

A conversation has `chat_messages`, each with a sender and content blocks; newer ones name their parents. Large pastes
are attachments whose text stands in `extracted_content`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui import attach
from chattui.chat import Conversation, Message, Tool, title_of
from chattui.events import JSON, Attachment, SourceCited
from chattui.imports import Found, Item, Skipped, listed, message_id, seconds, stable, table, text
from chattui.imports.tree import Node, messages

SOURCE = "Claude.ai"


def fits(value: Mapping[str, JSON]) -> bool:
    """Whether it is a conversation of Claude.ai."""
    return isinstance(value.get("chat_messages"), list)


def read(value: Mapping[str, JSON]) -> Item:
    """The conversation with every branch that the export tells of."""
    said = [table(item) for item in listed(value.get("chat_messages"))]
    title = text(value.get("name"))
    files: dict[Attachment, bytes] = {}
    lost: list[str] = []
    nodes: dict[str, Node] = {}
    treed = any(text(item.get("parent_message_uuid")) for item in said)
    before: str | None = None
    for number, item in enumerate(said):
        key = text(item.get("uuid")) or f"message-{number}"
        parent = text(item.get("parent_message_uuid")) if treed else before
        nodes[key] = Node(key, parent, _message(item, key, files, lost))
        before = key
    leaf = text(value.get("current_leaf_message_uuid"))
    found, head = messages(nodes, leaf if leaf in nodes else before)
    if not found:
        return Skipped(title or text(value.get("uuid")), "It has no messages.", broken=False)
    times = [message.created for message in found.values() if message.created]
    created = seconds(value.get("created_at")) or min(times, default=0.0)
    conversation = Conversation(
        id=stable(SOURCE, text(value.get("uuid")) or sorted(nodes)),
        created=created,
        updated=max(seconds(value.get("updated_at")), created, *times, 0.0),
        title=title or next(filter(None, map(title_of, found.values())), ""),
        titled=bool(title),
        endpoint="claude.ai",
        model=text(value.get("model")),
        head=head,
        messages=found,
        pinned=value.get("is_starred") is True,
    )
    return Found(conversation, SOURCE, files, tuple(dict.fromkeys(lost)))


def _message(item: Mapping[str, JSON], key: str, files: dict[Attachment, bytes], lost: list[str]) -> Message | None:
    made = Message(
        id=message_id(key),
        parent=None,
        role="user" if text(item.get("sender")) in {"human", "user"} else "assistant",
        created=seconds(item.get("created_at")),
        state="incomplete" if item.get("truncated") is True else "complete",
        attachments=tuple(_attached(item, files, lost)),
    )
    words: list[str] = []
    for block in map(table, listed(item.get("content"))):
        match block.get("type"):
            case "text" | "voice_note":
                words.append(text(block.get("text")))
                made = replace(made, sources=(*made.sources, *_sources(block)))
            case "thinking":
                thought = "\n\n".join(filter(None, (made.reasoning, text(block.get("thinking")))))
                made = replace(made, reasoning=thought)
            case "tool_use":
                given = json.dumps(block.get("input"), ensure_ascii=False)
                tool = Tool(text(block.get("id")) or f"call-{len(made.tools)}", text(block.get("name")), given)
                made = replace(made, tools=(*made.tools, tool))
            case "tool_result":
                made = replace(made, tools=_answered(made.tools, block))
            case "token_budget" | "flag":
                pass
            case other:
                lost.append(f"a part of the kind ‘{text(other) or 'unknown'}’")
    said = "\n\n".join(filter(None, words)) or text(item.get("text"))
    made = replace(made, text=said)
    return made if made.has_content else None


def _answered(tools: tuple[Tool, ...], block: Mapping[str, JSON]) -> tuple[Tool, ...]:
    parts = block.get("content")
    said = parts if isinstance(parts, str) else "\n".join(
        filter(None, (text(part.get("text")) for part in map(table, listed(parts))))
    )  # fmt: skip
    failed, name = block.get("is_error") is True, text(block.get("tool_use_id"))
    waiting = [at for at, tool in enumerate(tools) if tool.result is None]
    at = next((at for at in waiting if tools[at].id == name), next(iter(waiting), None))
    if at is None:
        return (*tools, Tool(name or f"call-{len(tools)}", text(block.get("name")), "", said, failed))
    return (*tools[:at], replace(tools[at], result=said, failed=failed), *tools[at + 1 :])


def _sources(block: Mapping[str, JSON]) -> Iterator[SourceCited]:
    for citation in map(table, listed(block.get("citations"))):
        url = text(citation.get("url")) or text(table(citation.get("details")).get("url"))
        if url:
            yield SourceCited(url, text(citation.get("title")))


def _attached(item: Mapping[str, JSON], files: dict[Attachment, bytes], lost: list[str]) -> Iterator[Attachment]:
    for one in map(table, listed(item.get("attachments"))):
        name = text(one.get("file_name")) or "pasted text"
        if content := text(one.get("extracted_content")):
            data = content.encode("utf-8", "replace")
            file = attach.described(data, name)
            files[file] = data
            yield file
        else:
            lost.append("a file that is not in the export")
            yield Attachment(name, "")
    for one in map(table, listed(item.get("files"))):
        lost.append("a file that is not in the export")
        yield Attachment(text(one.get("file_name")) or "file", "")
