"""How a conversation gets to the disk while it is held: the lock, the document, the draft of the reply, their failures.

A disk that refuses never stops a chat: `trouble` says why, for a banner, until all is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from chattui.carried import Carried
from chattui.chat import Conversation, Message
from chattui.errors import StoreError, Unwritable
from chattui.events import Attachment
from chattui.writer import Writer


class Saving:
    """One conversation's way to the store; without a writer nothing is left on disk."""

    def __init__(self, writer: Writer | None, files: Carried) -> None:
        self._writer = writer
        self._files = files
        self.trouble = ""
        """Why the last save failed; "" while all is saved."""

    async def hold(self, name: str) -> None:
        """Keep other programs from writing. Raises ReadOnly, before anything has changed, when one already does."""
        if self._writer is not None:
            try:
                await self._writer.run(self._writer.store.hold, name)
            except Unwritable as error:
                self.trouble = str(error)

    async def keep(self, files: Mapping[Attachment, bytes]) -> None:
        """Save the contents of files."""
        self.trouble = await self._files.keep(files) or self.trouble

    async def save(self, conversation: Conversation, *, last: bool = False) -> Conversation:
        """Save the document; it comes back with what another program had added to the file.

        `last`: the reply in flight is in it, so its draft can go.
        """
        writer = self._writer
        if writer is None or not conversation.lasting:
            return conversation
        try:
            saved = await writer.run(writer.store.save, conversation)
        except StoreError as error:
            self.trouble = str(error)
            return conversation
        self.trouble = await self._files.keep({})
        if last:
            writer.later(writer.store.drop_draft, conversation.id)
        return saved

    def draft(self, conversation: Conversation, reply: Message) -> None:
        """Save the reply in flight, without waiting for it."""
        if self._writer is not None and conversation.lasting:
            self._writer.later(self._writer.store.save_draft, conversation.id, reply)

    def release(self, name: str) -> None:
        """Let other programs write to the conversation."""
        if self._writer is not None:
            self._writer.later(self._writer.store.release, name)


def adopted(conversation: Conversation, saved: Conversation) -> Conversation:
    """With what another program had added to the file; what was said here since the save began stays."""
    if all(known in conversation.messages for known in saved.messages):
        return conversation
    return replace(conversation, messages={**saved.messages, **conversation.messages})
