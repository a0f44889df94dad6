"""What chattui itself exports as JSON: a document of the store, with the contents of its files."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chattui import attach, reading
from chattui.chat import Conversation, Message
from chattui.document import VERSION
from chattui.documents import ID
from chattui.events import JSON, Attachment
from chattui.imports import Found, Item, Skipped, listed, message_id, stable, table, text, whole

SOURCE = "chattui"


def fits(value: Mapping[str, JSON]) -> bool:
    """Whether it is a document of ours: messages with ids and texts."""
    return isinstance(value.get("id"), str) and any(
        isinstance(one, dict) and isinstance(one.get("text"), str) and isinstance(one.get("id"), str)
        for one in listed(value.get("messages"))
    )


def read(value: Mapping[str, JSON]) -> Item:
    """The conversation, to the letter; a reply that was in flight when it was written is incomplete."""
    title = text(value.get("title"))
    if whole(value.get("v", VERSION)) is None or not isinstance(value.get("messages"), list):
        return Skipped(title, "It is damaged: its version or its messages are none.")
    found = reading.conversation({name: item for name, item in value.items() if name != "files"})
    if found.newer:
        return Skipped(title, "A newer chattui wrote it; update chattui to import it.")
    if not found.messages:
        return Skipped(title, "It has no messages.", broken=bool(found.strays))
    lost = (f"{len(found.strays)} entries that are no messages",) if found.strays else ()
    files = dict(_contents(found, table(value.get("files"))))
    return Found(_named(found), SOURCE, files, lost)


def _named(found: Conversation) -> Conversation:
    """With ids that can be names: of the conversation, and of every message."""
    name = found.id if ID.fullmatch(found.id) else stable(SOURCE, found.id)
    messages = {message_id(old): _settled(message) for old, message in found.messages.items()}
    head = None if found.head is None else message_id(found.head)
    chosen = {parent and message_id(parent): message_id(child) for parent, child in found.chosen.items()}
    lines = tuple(replace(line, last=line.last and message_id(line.last)) for line in found.lines)
    return replace(found, id=name, head=head, messages=messages, chosen=chosen, lines=lines)


def _settled(message: Message) -> Message:
    parent = None if message.parent is None else message_id(message.parent)
    state = "incomplete" if message.state == "streaming" else message.state
    return replace(message, id=message_id(message.id), parent=parent, state=state)


def _contents(found: Conversation, carried: Mapping[str, JSON]) -> Iterator[tuple[Attachment, bytes]]:
    for message in found.walk():
        for file in message.attachments:
            coded = carried.get(file.digest)
            if isinstance(coded, str) and len(coded) <= attach.IMAGE_BYTES * 2:
                try:
                    data = base64.b64decode(coded, validate=True)
                except ValueError:
                    continue
                if hashlib.sha256(data).hexdigest() == file.digest:
                    yield file, data
