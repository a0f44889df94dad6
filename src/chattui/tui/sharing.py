"""A store that several chattuis use, and a disk that may refuse: following what another one writes, copies, new tries.

A timer runs only while there is something to look after: a conversation that another chattui holds, a save that failed,
or a reply in flight, whose saves may fail.
"""

from __future__ import annotations

from contextlib import suppress

from textual.timer import Timer

from chattui.branches import copied
from chattui.chat import Message
from chattui.errors import StoreError
from chattui.events import ReasoningDelta, TextDelta
from chattui.tui.base import Base
from chattui.tui.chat import Chat

LOOK = 0.5
"""Seconds between two looks at what another chattui has written."""
CLOSING = 1.0
"""Seconds that quitting tries, at most, to save what the disk has refused."""


class Sharing(Base, inherit_bindings=False):
    """What keeps the screen true to the disk."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **settings)  # type: ignore[arg-type]  # Base has them by name
        self._store_timer: Timer | None = None
        self._at_store = False
        self._told: dict[str, str] = {}  # the trouble of each conversation, as the screen shows it

    def refresh_chat(self, chat: Chat) -> None:
        """As everywhere; what has to be looked after is looked after from now on."""
        super().refresh_chat(chat)
        if chat.session.trouble:
            self._told[chat.id] = chat.session.trouble
        wanted = any(self._needs_a_look(one) for one in self.chats.values())
        if wanted and self._store_timer is None:
            self._store_timer = self.set_interval(LOOK, self._look_at_store)
        elif not wanted and self._store_timer is not None:
            self._store_timer.stop()
            self._store_timer = None

    def _needs_a_look(self, chat: Chat) -> bool:
        return chat.busy or bool(chat.session.trouble) or (chat is self.shown and bool(chat.session.read_only))

    def _look_at_store(self) -> None:
        if not self._at_store:
            self._at_store = True
            self.run_worker(self._look_after(), group="store", exit_on_error=False)

    async def _look_after(self) -> None:
        try:
            shown = self.shown
            if shown.session.read_only and not shown.busy:
                await self._follow(shown)
            for chat in list(self.chats.values()):
                await self._retry(chat)
        finally:
            self._at_store = False

    async def tidy_store(self) -> None:
        """Remove what may go by now, and tell of replies that lie about."""
        if self.writer is not None:
            with suppress(StoreError):
                if count := await self.writer.run(self.writer.store.tidy):
                    found = (
                        "A reply was found whose conversation is"
                        if count == 1
                        else (f"{count} replies were found whose conversations are")
                    )
                    self.notify(f"{found} gone; chattui store repair brings it back.", timeout=10)

    # ------------------------------------------------------------ another chattui

    async def _follow(self, chat: Chat) -> None:
        session = chat.session
        before, refused = chat.messages, session.read_only
        if not await session.follow() or not self.is_running:
            return
        known = self.endpoints.get(session.conversation.endpoint)
        if known is not None and known is not session.endpoint:
            session.endpoint = known
        if chat is self.shown:
            self._show_changes(before, chat.messages)
        self.refresh_chat(chat)
        if refused and not session.read_only:
            self.notify("The other chattui has let go of this conversation: you can write here now.")

    def _show_changes(self, before: tuple[Message, ...], after: tuple[Message, ...]) -> None:
        """Bring the pane from one branch to the other without losing the place that is looked at."""
        pane = self.transcript
        if [one.id for one in before] != [one.id for one in after[: len(before)]] or not before:
            pane.show(after)
            return
        for old, new in zip(before, after, strict=False):
            if old.state == new.state == "streaming" and _grows(old, new):
                pane.write(new.id, ReasoningDelta(new.reasoning[len(old.reasoning) :]))
                pane.write(new.id, TextDelta(new.text[len(old.text) :]))
            elif old != new:
                pane.replace(new)
        for new in after[len(before) :]:
            pane.add(new)

    def action_conversation_copy(self) -> None:
        """Open a copy of the shown conversation, to go on in it here."""
        if not self.shown.session.conversation.messages:
            self.notify("There is nothing to copy yet.")
        else:
            self.run_worker(self._copy(self.shown), exit_on_error=False)

    async def _copy(self, chat: Chat) -> None:
        new = copied(chat.session.conversation, self.means.new_id(), self.means.clock())
        copy = self.new_chat(new, temporary=chat.temporary)
        await copy.session.keep()
        typed = self.prompt.take() if chat is self.shown else ""
        self.show(copy)
        if typed:
            self.prompt.put(typed)
        self.prompt.focus()
        self.notify("This is a copy: what is said here stays here.")

    # ------------------------------------------------------------ a disk that refuses

    async def _retry(self, chat: Chat) -> None:
        saved = await chat.session.retry()
        told = self._told.get(chat.id, "")
        if not self.is_running or chat.session.trouble == told:
            return
        self.refresh_chat(chat)
        if saved:
            del self._told[chat.id]
            self.chat_screen.banner.forget(told.removeprefix("Not saved: "))
            self.notify("Everything is saved again.")
            self.let_go(chat)

    async def save_all(self) -> list[str]:
        """One more try for all that is not saved, before the end; the sentences that tell where the rest is now."""
        left: list[str] = []
        for chat in list(self.chats.values()):
            if chat.session.unsaved and not await chat.session.retry(now=True) and self.writer is not None:
                why = chat.session.trouble
                try:
                    path = await self.writer.run(self.writer.store.rescue, chat.session.conversation)
                    left.append(f"{why} The conversation is in {path} instead.")
                except StoreError:
                    left.append(why)
        return left


def _grows(old: Message, new: Message) -> bool:
    return new.text.startswith(old.text) and new.reasoning.startswith(old.reasoning) and old.tools == new.tools
