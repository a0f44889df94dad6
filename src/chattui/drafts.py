"""The reply in flight on the disk, beside its document: `<id>.draft.json`, a second old at most, one message.

What a crash leaves behind here is put into the document when the conversation is opened the next time. Everything here
blocks. Raises Unwritable only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from chattui import disk
from chattui.chat import Conversation, Failure, Message
from chattui.document import message_json
from chattui.reading import message

INTERRUPTED = Failure(
    "Interrupted", "chattui ended while this reply was streaming; what had arrived is kept.", "", True
)


class Drafts:
    """The drafts of all conversations. `path` gives the file of one; raises NotFound for what is no id."""

    def __init__(self, path: Callable[[str], Path]) -> None:
        self.path = path
        self._ours: dict[str, str] = {}  # the message whose draft we have written

    def read(self, name: str) -> Message | None:
        """The reply that was in flight; None when there is none that can be read."""
        try:
            return message(json.loads(self.path(name).read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    def save(self, name: str, reply: Message) -> None:
        """The reply as it is now, durable. A file that is no draft of the document's is set aside, not overwritten."""
        path = self.path(name)
        try:
            if self._ours.get(name) != reply.id:
                self.set_aside(name, reply.id)
            disk.replace(path, disk.as_json(message_json(reply)))
        except OSError as error:
            raise disk.trouble(error, path) from None
        self._ours[name] = reply.id

    def drop(self, name: str) -> None:
        """Forget the reply, once the document holds it."""
        disk.remove(self.path(name))
        self._ours.pop(name, None)

    def set_aside(self, name: str, wanted: str) -> None:
        """Keep a draft of another message than `wanted` under another name. Raises OSError."""
        path = self.path(name)
        if path.exists() and ((left := self.read(name)) is None or left.id != wanted):
            number = 1
            while (aside := path.with_name(f"{path.name}.{number}.kept")).exists():
                number += 1
            disk.move(path, aside)


def belongs(conversation: Conversation, draft: Message) -> bool:
    """Whether the draft is newer than what the document knows of its message."""
    known = conversation.messages.get(draft.id)
    if known is not None:  # a continued reply: the draft holds more of it, unless the document was saved last
        return draft.text.startswith(known.text) and _size(draft) > _size(known)
    return draft.parent is None or draft.parent in conversation.messages


def _size(message: Message) -> int:
    return len(message.text) + len(message.reasoning)


def with_draft(conversation: Conversation, draft: Message | None, *, live: bool) -> Conversation:
    """With the reply in flight: `streaming` while a chattui is at it, else as the end of that chattui left it."""
    if draft is None or not belongs(conversation, draft):
        return conversation
    if live:
        return conversation.with_message(replace(draft, state="streaming"), now=conversation.updated)
    kept = replace(draft, state="incomplete" if draft.has_content else "failed", error=INTERRUPTED)
    return conversation.with_message(kept, now=conversation.updated)
