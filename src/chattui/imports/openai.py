"""Messages as the OpenAI API takes them: {"messages": […]}, a bare list, or a line of JSONL for each conversation.

They have no ids and no times: the id of a conversation is made from all that it says, and its time is the file's.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from chattui import attach, safe
from chattui.chat import Conversation, Message, Tool, title_of
from chattui.events import JSON, Attachment
from chattui.imports import Found, Item, Skipped, listed, seconds, stable, table, text
from chattui.imports.tree import Node, messages

SOURCE = "OpenAI messages"
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


def is_message(value: JSON) -> bool:
    """Whether it is one message: a role, and something that was said or called."""
    return (
        isinstance(value, dict) and text(value.get("role")) in ROLES and bool({"content", "tool_calls"} & value.keys())
    )


def fits(value: Mapping[str, JSON]) -> bool:
    """Whether it is an object with a list of messages."""
    return any(map(is_message, said(value)))


def said(value: Mapping[str, JSON]) -> list[JSON]:
    """The list of messages."""
    return listed(value.get("messages")) or listed(value.get("input"))


@dataclass(slots=True)
class _Read:
    files: dict[Attachment, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)


def read(value: Mapping[str, JSON], when: float) -> Item:
    """The conversation; `when` is its time where it says none."""
    title = text(value.get("title"))
    name = text(value.get("id"))
    key = stable(SOURCE, name or json.dumps(said(value), sort_keys=True))
    created = seconds(value.get("created") or value.get("created_at")) or when
    system: list[str] = []
    nodes: dict[str, Node] = {}
    at = _Read()
    before: str | None = None
    for number, item in enumerate(map(table, said(value))):
        if text(item.get("role")) in {"system", "developer"} and not nodes:
            system.append(_words(item, at)[0])
            continue
        here = f"{key[:12]}-{number}"
        nodes[here] = Node(here, before, _message(item, here, created, text(value.get("model")), at))
        before = here
    found, head = messages(nodes, before)
    if not found:
        return Skipped(title or name, "It has no messages.", broken=False)
    conversation = Conversation(
        id=key,
        created=created,
        updated=created,
        title=title or next(filter(None, map(title_of, found.values())), ""),
        titled=bool(title),
        model=text(value.get("model")),
        system="\n\n".join(system) if system else None,
        head=head,
        messages=found,
    )
    return Found(conversation, SOURCE, at.files, tuple(dict.fromkeys(at.lost)))


def _message(item: Mapping[str, JSON], name: str, created: float, model: str, at: _Read) -> Message | None:
    role = item.get("role")
    words, files = _words(item, at)
    made = Message(name, None, "assistant", created=created, attachments=files)
    match role:
        case "user" | "system" | "developer":
            return replace(made, role="user" if role == "user" else "system", text=words) if words or files else None
        case "tool" | "function":
            return replace(made, tools=(Tool(text(item.get("tool_call_id")), text(item.get("name")), "", words),))
        case "assistant":
            thought = text(item.get("reasoning_content")) or text(item.get("reasoning"))
            made = replace(made, text=words, reasoning=thought, tools=tuple(_calls(item)), model=model)
            return made if made.has_content else None
        case _:
            at.lost.append(f"a message of ‘{safe.line(text(role), 40) or 'nobody'}’")
            return None


def _calls(item: Mapping[str, JSON]) -> Iterator[Tool]:
    old = table(item.get("function_call"))
    for number, call in enumerate([*listed(item.get("tool_calls")), *([{"function": old}] if old else [])]):
        function = table(table(call).get("function"))
        yield Tool(
            text(table(call).get("id")) or f"call-{number}", text(function.get("name")), text(function.get("arguments"))
        )


def _words(item: Mapping[str, JSON], at: _Read) -> tuple[str, tuple[Attachment, ...]]:
    content = item.get("content")
    if isinstance(content, str):
        return content, ()
    words: list[str] = []
    files: list[Attachment] = []
    for part in map(table, listed(content)):
        match part.get("type"):
            case "text" | "input_text" | "output_text":
                words.append(text(part.get("text")))
            case "refusal":
                words.append(text(part.get("refusal")))
            case "image_url" | "input_image":
                image = part.get("image_url")
                files.append(_picture(text(image) or text(table(image).get("url")), at))
            case other:
                at.lost.append(f"a part of the kind ‘{safe.line(text(other), 40) or 'unknown'}’")
    return "\n\n".join(filter(None, words)), tuple(files)


def _picture(url: str, at: _Read) -> Attachment:
    """An image by its address, or by its content in a data: URL."""
    head, comma, coded = url.partition(",")
    if head.startswith("data:") and comma and len(coded) <= attach.IMAGE_BYTES * 2:
        try:
            data = base64.b64decode(coded)
        except ValueError:
            data = b""
        file = attach.described(data, "image")
        if data and file.is_image:
            at.files[file] = data
            return file
    if head.startswith("data:"):
        at.lost.append("an image that cannot be read")
        return Attachment("image", "")
    return Attachment(safe.line(url.rpartition("/")[2], 80) or "image", "image/*", url=url[:2000])
