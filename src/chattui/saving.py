"""How a conversation gets to the disk while it is held: the lock, the document, the draft of the reply, their failures.

A disk that refuses never stops a chat: `trouble` says why, for a banner, until all is saved; `retry` tries again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from chattui.carried import Carried
from chattui.chat import Conversation, Message
from chattui.draft import Draft
from chattui.errors import NotFound, ReadOnly, StoreError, Unwritable
from chattui.events import Attachment
from chattui.store import Opened
from chattui.writer import Writer

SAVE_EVERY = 1.0
"""Seconds between two saves of the reply in flight: what a crash can cost at most."""
PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""Seconds before each further try to save; the last one again and again."""
DELETED = "This conversation was deleted in another chattui; what is shown here is all that is left of it."


class Saving:
    """One conversation's way to the store; without a writer nothing is left on disk. `ticks`: see Means."""

    def __init__(
        self, writer: Writer | None, files: Carried, ticks: Callable[[], float], opened: Opened | None = None
    ) -> None:
        self._writer = writer
        self._files = files
        self._ticks = ticks
        self.refused = opened.refused if opened else ""
        """Why the conversation can only be read here; "" when it can be written to."""
        self._trouble = opened.trouble if opened else ""
        self._seen = opened.seen if opened else None
        self._tries = 0
        self._again = ticks() + PAUSES[0]
        self._timer: asyncio.TimerHandle | None = None
        self._latest: Message | None = None
        self._drafted: Future[None] | None = None
        self._over = False  # the next document that is saved holds the reply

    @property
    def trouble(self) -> str:
        """Why the last save failed, of the document or of the reply in flight; "" while all is saved."""
        if self._trouble or self._drafted is None or not self._drafted.done():
            return self._trouble
        return str(self._drafted.exception() or "")

    async def hold(self, name: str) -> None:
        """Keep other programs from writing. Raises ReadOnly, before anything has changed, when one already does."""
        if self._writer is None:
            return
        if self.refused:
            raise ReadOnly(self.refused, hint="Open a copy to go on here.")
        try:
            await self._writer.run(self._writer.store.hold, name)
        except Unwritable as error:
            self._failed(error)

    async def keep(self, files: Mapping[Attachment, bytes]) -> None:
        """Save the contents of files."""
        self._trouble = await self._files.keep(files) or self._trouble

    # ------------------------------------------------------------ the document

    async def save(self, conversation: Conversation, *, last: bool = False) -> Conversation:
        """Save the document; it comes back with what another program had added to the file.

        `last`: the reply in flight is in it, so its draft can go.
        """
        if last:
            self._stop()
            self._over = True
        writer = self._writer
        if writer is None or self.refused:
            return conversation
        try:
            saved = await writer.run(_saved, writer, conversation, self._over)
        except StoreError as error:
            self._failed(error)
            return conversation
        self._tries, self._drafted, self._over = 0, None, False
        self._trouble = await self._files.keep({})
        return saved

    def _failed(self, error: StoreError) -> None:
        self._trouble = str(error)
        self._again = self._ticks() + PAUSES[min(self._tries, len(PAUSES) - 1)]
        self._tries += 1

    @property
    def due(self) -> bool:
        """Whether a save has failed and the time for another try has come."""
        return bool(self.trouble) and not self.refused and self._ticks() >= self._again

    # ------------------------------------------------------------ the reply in flight

    def grew(self, conversation: Conversation, draft: Draft) -> None:
        """The reply in flight has content that it had not before: it is on the disk a second later at most."""
        if self._writer is not None and self._timer is None and conversation.lasting:
            wait = SAVE_EVERY if self._latest else 0.0
            self._timer = asyncio.get_running_loop().call_later(wait, self._save_draft, conversation.id, draft)

    def _save_draft(self, name: str, draft: Draft) -> None:
        self._timer, self._latest, self._over = None, draft.message, False
        if self._writer is None:
            return
        if self._drafted is None or self._drafted.done():
            self._drafted = self._writer.later(self._write_latest, name)
        else:  # a slow disk: one save at a time, and this one is not forgotten
            self._timer = asyncio.get_running_loop().call_later(SAVE_EVERY, self._save_draft, name, draft)

    def _write_latest(self, name: str) -> None:
        if self._writer is not None and (latest := self._latest) is not None:
            self._writer.store.drafts.save(name, latest)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._latest = None

    # ------------------------------------------------------------ others

    async def follow(self, name: str) -> Conversation | None:
        """What another chattui, which holds the conversation, has made of it; None when nothing has changed.

        Once nobody holds it any more it is ours to write: `refused` is "" then.
        """
        writer = self._writer
        if writer is None:
            return None
        try:
            opened = await writer.run(writer.store.follow, name, self._seen)
        except NotFound:
            self.refused = DELETED
            return None
        except StoreError as error:
            self.refused = str(error)
            return None
        if opened is None:
            return None
        self.refused, self._trouble, self._seen = opened.refused, opened.trouble, opened.seen
        return opened.conversation

    def release(self, name: str) -> None:
        """Let other programs write to the conversation."""
        self._stop()
        if self._writer is not None:
            self._writer.later(self._writer.store.release, name)


def _saved(writer: Writer, conversation: Conversation, last: bool) -> Conversation:
    """In the writer's thread: what is worth a file is saved, and the draft goes when it is in it."""
    store = writer.store
    if not conversation.lasting and not store.has(conversation.id):
        return conversation
    saved = store.save(conversation)
    if last:
        store.drafts.drop(conversation.id)
    return saved
