"""The data export of ChatGPT: conversations.json, alone or in its zip.

A conversation is a `mapping` of nodes (id, parent, message) with a `current_node`. Messages have an author's role, a
content_type with parts, and metadata. Hidden messages are not what a person has seen, and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from chattui.chat import Conversation, Message, Tool, title_of
from chattui.events import JSON, Attachment, SourceCited
from chattui.imports import Found, Item, Skipped, listed, message_id, seconds, stable, table, text
from chattui.imports.tree import Node, messages

SOURCE = "ChatGPT"
UNFINISHED = frozenset({"in_progress", "finished_partial_completion"})
Asset = Callable[[str], tuple[Attachment, bytes] | None]
"""The file in the archive that an id names, None when it is not there."""
_CITED = re.compile("\ue200[^\ue201]{0,400}\ue201")
"""Marks of citations in the text, for which the page shows something else."""


def fits(value: Mapping[str, JSON]) -> bool:
    """Whether it is a conversation of ChatGPT."""
    return isinstance(value.get("mapping"), dict)


def read(value: Mapping[str, JSON], asset: Asset) -> Item:
    """The conversation with every branch."""
    title = text(value.get("title"))
    mapping = table(value.get("mapping"))
    name = text(value.get("conversation_id")) or text(value.get("id"))
    if not name:
        name = stable(*sorted(mapping))
    files: dict[Attachment, bytes] = {}
    lost: list[str] = []
    nodes: dict[str, Node] = {}
    for key, item in mapping.items():
        node = table(item)
        parent = text(node.get("parent")) or None
        message = _message(table(node.get("message")), key, parent, asset, files, lost)
        nodes[key] = Node(key, parent, message)
    current = value.get("current_node")
    found, head = messages(nodes, current if isinstance(current, str) else None)
    if not found:
        return Skipped(title or name, "It has no messages.", broken=False)
    times = [message.created for message in found.values() if message.created]
    created = seconds(value.get("create_time")) or min(times, default=0.0)
    conversation = Conversation(
        id=stable(SOURCE, name),
        created=created,
        updated=max(seconds(value.get("update_time")), created, *times, 0.0),
        title=title or next(filter(None, map(title_of, found.values())), ""),
        titled=bool(title),
        endpoint="chatgpt",
        model=next((message.model for message in reversed(found.values()) if message.model), ""),
        head=head,
        messages=found,
        pinned=value.get("is_starred") is True,
        archived=value.get("is_archived") is True,
    )
    return Found(conversation, SOURCE, files, tuple(dict.fromkeys(lost)))


def _message(
    said: Mapping[str, JSON],
    key: str,
    parent: str | None,
    asset: Asset,
    files: dict[Attachment, bytes],
    lost: list[str],
) -> Message | None:
    about = table(said.get("metadata"))
    author = table(said.get("author"))
    content = table(said.get("content"))
    role = text(author.get("role"))
    if not said or role == "system" or about.get("is_visually_hidden_from_conversation") is True:
        return None
    made = Message(
        id=message_id(key),
        parent=parent and message_id(parent),  # as a rule; chattui.imports.tree knows
        role="user" if role == "user" else "assistant",
        created=seconds(said.get("create_time")),
        state="incomplete" if text(said.get("status")) in UNFINISHED else "complete",
        model=text(about.get("model_slug")) if role != "user" else "",
        finish=text(table(about.get("finish_details")).get("type")).replace("max_tokens", "length"),
    )
    kind = text(content.get("content_type"))
    words, pictures = _parts(content, asset, files, lost)
    attachments = (*pictures, *_attached(about, asset, files, lost))
    if attachments:
        made = replace(made, attachments=attachments)
    match role, kind:
        case _, "thoughts":
            return replace(made, reasoning="\n\n".join(_thoughts(content)))
        case _, "reasoning_recap" | "user_editable_context" | "model_editable_context":
            return None
        case "tool", _:
            name = text(author.get("name")) or "tool"
            return replace(made, tools=(Tool("", name, "", words),)) if words or not pictures else made
        case "assistant", _ if text(said.get("recipient")) not in {"", "all"}:
            return replace(made, tools=(Tool(made.id, text(said.get("recipient")), words),))
        case "user" | "assistant", _:
            sources = tuple(_sources(about))
            words = _shown(words, about)
            return replace(made, text=words, sources=sources) if words or made.attachments else None
        case _:
            lost.append(f"a message of {role or 'nobody'}")
            return None


def _parts(
    content: Mapping[str, JSON], asset: Asset, files: dict[Attachment, bytes], lost: list[str]
) -> tuple[str, list[Attachment]]:
    """The words of a content, and its pictures."""
    words: list[str] = []
    pictures: list[Attachment] = []
    for part in listed(content.get("parts")):
        if isinstance(part, str):
            words.append(part)
        elif "asset_pointer" in table(part) or "audio_asset_pointer" in table(part):
            pointer = text(part.get("asset_pointer"))
            pictures.append(_kept(pointer.rpartition("/")[2], "", asset, files, lost))
        elif said := text(table(part).get("text")):
            words.append(said)
        elif part:
            lost.append(f"a part of the kind ‘{text(table(part).get('content_type')) or 'unknown'}’")
    if not words:
        words = [text(content.get("text")) or text(content.get("result"))]
    return "\n".join(filter(None, words)), pictures


def _attached(
    about: Mapping[str, JSON], asset: Asset, files: dict[Attachment, bytes], lost: list[str]
) -> Iterator[Attachment]:
    for item in listed(about.get("attachments")):
        named = table(item)
        if not text(named.get("mime_type") or named.get("mimeType")).startswith("image/"):  # those stand in the parts
            yield _kept(text(named.get("id")), text(named.get("name")), asset, files, lost)


def _kept(name: str, shown: str, asset: Asset, files: dict[Attachment, bytes], lost: list[str]) -> Attachment:
    found = asset(name) if name else None
    if found is None:
        lost.append("a file that is not in the export")
        return Attachment(shown or name or "file", "")
    file = replace(found[0], name=shown or found[0].name)
    files[file] = found[1]
    return file


def _thoughts(content: Mapping[str, JSON]) -> Iterator[str]:
    for item in listed(content.get("thoughts")):
        thought = table(item)
        yield "\n\n".join(filter(None, (text(thought.get("summary")), text(thought.get("content")))))


def _sources(about: Mapping[str, JSON]) -> Iterator[SourceCited]:
    seen: set[str] = set()
    cited = [table(one.get("metadata")) for one in map(table, listed(about.get("citations")))]
    for reference in map(table, listed(about.get("content_references"))):
        cited += map(table, listed(reference.get("items")))
    for one in cited:
        url = text(one.get("url"))
        if url and url not in seen:
            seen.add(url)
            yield SourceCited(url, text(one.get("title")))


def _shown(words: str, about: Mapping[str, JSON]) -> str:
    """The text with what the page shows in the place of citation marks."""
    for reference in map(table, listed(about.get("content_references"))):
        mark, shown = text(reference.get("matched_text")), text(reference.get("alt"))
        if mark.strip():
            words = words.replace(mark, shown)
    return _CITED.sub("", words)
