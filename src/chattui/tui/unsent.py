"""Prompts that nobody has sent yet: they are kept while they are typed, and return with their conversation."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from textual.timer import Timer
from textual.widgets import TextArea

from chattui.composer import NEW, Unsent
from chattui.errors import StoreError
from chattui.memory import LONGEST
from chattui.tui.chat import Chat
from chattui.tui.prompt import Prompt
from chattui.tui.queueing import Queueing

KEEP = 0.5
"""Seconds of typing that a crash can cost at most."""
AGAIN = 5.0
"""Seconds until another try when the disk has refused."""


class UnsentPrompts(Queueing, inherit_bindings=False):
    """What was typed and not sent, per conversation."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **settings)  # type: ignore[arg-type]  # Base has them by name
        self._keeping: Timer | None = None
        self._adopted = asyncio.Event()
        self._returned: dict[str, Unsent] = {}  # as they were found on the disk

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """A key in the prompt."""
        if isinstance(event.text_area, Prompt) and self.screen_stack:  # which is empty once the app is closing
            if self.prompt.is_blank:
                self.shown.place = None
            self._keep_soon(KEEP)

    def queue_moved(self) -> None:
        """As a key in the prompt."""
        self._keep_soon(KEEP)

    def _keep_soon(self, seconds: float) -> None:
        if self._keeping is None and self.writer is not None and self._adopted.is_set():
            self._keeping = self.set_timer(seconds, self._keep)

    def _keep(self) -> None:
        self._keeping = None
        self.run_worker(self.keep_prompts(), group="unsent", exit_on_error=False)

    async def keep_prompts(self) -> None:
        """Bring to the disk what is in the prompts now."""
        if (writer := self.writer) is None or (not self._adopted.is_set() and not self._unsent()):
            return
        told = self.prompt_trouble
        try:
            await writer.run(writer.store.composer.keep, self._unsent())
        except StoreError as error:
            self.prompt_trouble = str(error)
            self._keep_soon(AGAIN)
        else:
            self.prompt_trouble = ""
        if self.prompt_trouble != told and self.is_running:
            self.refresh_chat(self.shown)

    async def rescue_prompts(self) -> list[str]:
        """At the end, the sentence that tells where prompts are that could not be kept."""
        if (writer := self.writer) is None or not self.prompt_trouble or not (prompts := self._unsent()):
            return []
        with suppress(StoreError):
            path = await writer.run(writer.store.composer.rescue, prompts)
            return [f"{self.prompt_trouble} Your unsent prompt is in {path} instead."]
        return [self.prompt_trouble]

    def keep_prompts_now(self) -> None:
        """As `keep_prompts`, by somebody who cannot wait; nothing is told."""
        if self.writer is not None and (self._adopted.is_set() or self._unsent()):
            self.writer.later(self.writer.store.composer.keep, self._unsent())

    def _unsent(self) -> dict[str, Unsent]:
        here = self.draft_name(self.shown)
        texts = {**self.drafts, here: self._typed}
        queues = {**self.queued, **{self.draft_name(chat): chat.queue for chat in self.chats.values() if chat.queue}}
        fleeting = {self.draft_name(chat) for chat in self.chats.values() if chat.temporary}
        now, pasted = self.means.clock(), self.prompt.pasted
        found: dict[str, Unsent] = {}
        for name in texts.keys() | queues.keys():
            text, queue = texts.get(name, ""), tuple(queues.get(name, ()))
            if (text.strip() or queue) and name not in fleeting:
                mentions = tuple(sorted(one for one in pasted if any(one in part for part in (text, *queue))))
                found[name] = Unsent(text, self.shown.id if name == here else name, mentions, now, queue)
        return found

    @property
    def _typed(self) -> str:
        """What is in the prompt, and what it held before a message was edited in it."""
        return "\n\n".join(filter(None, (self.shown.before_edit, self.prompt.content)))

    async def adopt_prompts(self) -> None:
        """Give back what was typed before chattui ended."""
        if (writer := self.writer) is None:
            return
        try:
            for name, found in reversed(await writer.run(writer.store.composer.adopt)):  # the newest last
                await self._give(name, found)
            if (here := self.draft_name(self.shown)) in self.drafts or here in self.queued:
                typed = self.prompt.content
                self.give_prompt(self.shown)
                if typed.strip():
                    self.prompt.put("\n\n".join(filter(None, (self.prompt.content, typed))))
                self.refresh_chat(self.shown)
        except StoreError as error:
            self.prompt_trouble = str(error)
        self._adopted.set()
        if not self.prompt.is_blank:
            self._keep_soon(KEEP)

    async def _give(self, name: str, found: Unsent) -> None:
        assert self.writer is not None
        store = self.writer.store
        if name == NEW and found.conversation and await self.writer.run(store.has, found.conversation):
            name = found.conversation  # it was sent, and chattui ended before it knew
        if name != NEW and not await self.writer.run(store.has, name):
            for text in filter(None, (*found.queue, found.text)):
                self._put_away(text)  # its conversation is gone
            return
        self.prompt.pasted.update(found.pasted)
        if found.queue:
            self.queued.setdefault(name, []).extend(found.queue)
        self._returned[name] = found
        if not (text := found.text):
            return
        if older := self.drafts.get(name, ""):
            text = text if self._put_away(older) else f"{older}\n\n{text}"
        self.drafts[name] = text

    def _put_away(self, text: str) -> bool:
        """Put a prompt that has no place any more into the history, if that takes it."""
        if self.writer is None or len(text) > LONGEST:
            return False
        self.history.add(text)
        self.writer.later(self.writer.store.memory.add_prompt, text)
        return True

    def give_prompt(self, chat: Chat) -> None:
        """As everywhere; but not again what was sent before chattui ended."""
        name = self.draft_name(chat)
        found, question = self._returned.pop(name, None), chat.session.conversation.last_question
        if found is not None and question is not None and question.created >= found.at:
            text = question.text.strip()
            if text == found.text.strip():
                self.drafts.pop(name, None)
            if (queue := self.queued.get(name)) and text == queue[0].strip():
                del queue[0]
        chat.queue[:0] = self.queued.pop(name, [])
        super().give_prompt(chat)
