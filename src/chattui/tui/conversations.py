"""The list of conversations at work: load it, open, begin, rename. See `tidying` for the rest."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import islice

from chattui.errors import ChattuiError, Damaged, NotFound, StoreError
from chattui.tui.base import Base
from chattui.tui.flow import unsaved
from chattui.tui.listing import ConversationList

BATCH = 400
"""Rows that are read at once: a few milliseconds of a disk."""


class Conversations(Base, inherit_bindings=False):
    """What a person does with whole conversations."""

    async def load_rows(self) -> None:
        """Read the list from the disk, in the background and in batches."""
        if (writer := self.writer) is None:
            return
        rows = writer.store.rows()
        try:
            while batch := await writer.run(lambda: list(islice(rows, BATCH))):
                self.rows.load(batch)
        except StoreError as error:
            self.warn_of(str(error))

    # ------------------------------------------------------------ opening

    def on_conversation_list_wanted(self, wanted: ConversationList.Wanted) -> None:
        """A key or a click in the list."""
        match wanted.what:
            case "open":
                self.open(wanted.name)
                self.chat_screen.remove_class("-over")
                self.prompt.focus()
            case "rename":
                self.rename(wanted.name)
            case "filter":
                self.run_worker(self.chat_screen.sidebar.begin_filter(), exit_on_error=False)

    def open(self, name: str) -> None:
        """Show a conversation; one that is not open is loaded first."""
        if (chat := self.chats.get(name)) is not None:
            self.show(chat)
        else:
            self.only("open", partial(self._open, name))

    async def _open(self, name: str) -> None:
        if (writer := self.writer) is None:
            return
        try:
            opened = await writer.run(writer.store.open, name)
        except asyncio.CancelledError:  # another one was wanted meanwhile
            writer.later(writer.store.release, name)
            raise
        except NotFound as error:
            self.rows.drop(name)
            self.tell(error)
        except Damaged as error:
            self.rows.put(await writer.run(writer.store.row, name, whole=True))
            self.tell(error)
        except StoreError as error:
            self.tell(error)
        else:
            self.show(self.chats.get(name) or self.new_chat(opened.conversation, opened))

    def action_conversation_new(self) -> None:
        """A new conversation; an empty one is new enough."""
        if not self.shown.empty:
            self.show(self.new_chat())
        self.chat_screen.remove_class("-over")
        self.prompt.focus()

    def action_conversation_next(self) -> None:
        self._step(1)

    def action_conversation_prev(self) -> None:
        self._step(-1)

    def _step(self, by: int) -> None:
        rows = self.rows.listed
        at = self.rows.index(self.rows.shown)
        to = (0 if by > 0 else -1) if at is None else at + by
        if 0 <= to < len(rows):
            self.open(rows[to].id)

    def action_conversation(self, number: int) -> None:
        """The n-th in the list, from 1."""
        if number <= len(self.rows.listed):
            self.open(self.rows.listed[number - 1].id)
        else:
            self.notify(f"There is no conversation {number} yet.")

    # ------------------------------------------------------------ renaming

    def action_conversation_rename(self) -> None:
        if not self.shown.session.conversation.lasting:
            self.notify("A conversation gets its title with the first message.")
        else:
            self.rename(self.shown.id)

    def rename(self, name: str) -> None:
        """Ask for a new title."""
        from chattui.tui.dialogs import Rename  # noqa: PLC0415 - dialogs are loaded when first wanted

        row = next((row for row in self.rows.rows if row.id == name), None)
        if row is None or row.damaged:
            return

        def named(title: str | None) -> None:
            if title is not None:
                self.run_worker(self._rename(name, title), exit_on_error=False)

        self.push_screen(Rename(row.title), named)

    async def _rename(self, name: str, title: str) -> None:
        try:
            chat = self.chats.get(name)
            if chat is None:
                assert self.writer is not None
                opened = await self.writer.run(self.writer.store.open, name)
                chat = self.new_chat(opened.conversation, opened)
            await chat.session.rename(title)
            self.refresh_chat(chat)
            if chat.session.trouble:
                self.notify(unsaved(chat.session.trouble), severity="error")
            self.let_go(chat)
        except ChattuiError as error:
            self.tell(error)
