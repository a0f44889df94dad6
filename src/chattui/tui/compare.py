"""The same question to several endpoints: choose them, ask, and go on with one of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING

from chattui import attach
from chattui.chat import Message
from chattui.comparing import Answer, Comparison
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.session import Began, Ended, Update
from chattui.tui.base import log
from chattui.tui.chat import Chat
from chattui.tui.flow import Flow
from chattui.tui.looks import Looks
from chattui.tui.messages import Messages
from chattui.tui.sending import Sending

if TYPE_CHECKING:
    from chattui.tui.columns import Columns

Rival = tuple[Endpoint, str]


class Comparing(Sending, Messages, Looks, inherit_bindings=False):
    """Several answers at once. The conversation has all of them, whatever becomes of the screen."""

    def action_compare(self) -> None:
        """Choose who answers the prompt or, while that is empty, the last question again."""
        from chattui.tui.picker import offers  # noqa: PLC0415 - dialogs are loaded when first wanted
        from chattui.tui.rivals import Rivals  # noqa: PLC0415 - as above

        chat, session = self.shown, self.shown.session
        if chat.busy:
            self.notify("The reply is still coming; stop it first.")
        elif self.prompt.is_blank and session.conversation.last_question is None:
            self.notify("Write the question first; then several can answer it.")
        else:
            known = offers(self.remembered.get("models"))
            now = (session.endpoint.name, session.model)
            before = _pairs(self.remembered.get("compare"))
            self.push_screen(
                Rivals(self.endpoints, self.means.wire, now, known, self._offered, before, self._chosen_rivals)
            )

    def _chosen_rivals(self, rivals: Sequence[Rival]) -> None:
        self.remembered["compare"] = names = [[endpoint.name, model] for endpoint, model in rivals]
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, compare=names)
        if self.prompt.is_blank:
            self.compare(rivals)
        else:
            hosts = ", ".join(dict.fromkeys(endpoint.host for endpoint, _ in rivals))
            self.with_care(lambda: self.compare(rivals), hosts)

    def compare(self, rivals: Sequence[Rival]) -> None:
        """Ask them all."""
        chat = self.shown
        text = "" if self.prompt.is_blank else self.prompt.take()
        instead_of = chat.editing
        if text:
            self.keep_prompt(text, chat)
            self.edited(chat)
        chat.flow = Flow(self.means.ticks())
        chat.worker = self.run_worker(self._compare(chat, rivals, text, instead_of), group=chat.id, exit_on_error=False)
        self.refresh_chat(chat)

    async def _compare(self, chat: Chat, rivals: Sequence[Rival], text: str, instead_of: str) -> None:
        from chattui.tui.columns import Columns  # noqa: PLC0415 - loaded when first wanted

        comparison = Comparison(chat.session, rivals)
        finished = asyncio.Event()
        try:
            question = await self._put_question(chat, comparison, text, instead_of)
            tasks: list[asyncio.Task[None]] = []

            def stop(which: Sequence[int]) -> None:
                for at in which:
                    tasks[at].cancel()

            def chosen(at: int | None) -> None:
                kept = comparison.answers[at] if at is not None else None
                self.run_worker(self._kept_answer(chat, comparison, kept, finished), exit_on_error=False)

            columns = Columns(question, comparison.answers, self.means.clock, self.means.ticks, stop, self.copy,
                              self.transcript.look.files)  # fmt: skip
            await self.push_screen(columns, chosen)
            tasks += [
                asyncio.ensure_future(self._column(chat, comparison, at, answer, columns))
                for at, answer in enumerate(comparison.answers)
            ]
            try:
                await asyncio.wait(tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        except ChattuiError as error:  # before anything had changed
            self.tell(error)
            if text:
                self._give_back(chat, text)
        finally:
            await comparison.end()
            self._all_over(chat)
            finished.set()

    async def _put_question(self, chat: Chat, comparison: Comparison, text: str, instead_of: str) -> str:
        """The question, durably in the conversation. Raises what keeps it from being asked."""
        asked: Message | None
        if text:
            files = await asyncio.to_thread(attach.named, text, self.prompt.pasted) if "@" in text else {}
            asked = await comparison.ask(text, files, instead_of=instead_of)
        else:
            asked = chat.session.conversation.last_question
            assert asked is not None, "action_compare has looked"
            await comparison.again(asked.id)
        return asked.text

    async def _column(self, chat: Chat, comparison: Comparison, at: int, answer: Answer, columns: Columns) -> None:
        def show(update: Update) -> None:
            if not isinstance(update, Began | Ended) and chat.flow is not None:
                chat.flow.feed(update, self.means.ticks())
            if columns.is_attached:
                columns.took(at, update)

        try:
            async with aclosing(comparison.run(answer)) as updates:
                async for update in updates:
                    show(update)
        except Exception as error:  # noqa: BLE001 - the boundary: one column's mistake must not end the others
            log.error("an answer could not be shown", exc_info=error)
            self.notify(f"chattui made a mistake ({type(error).__name__}); the log has the details.", severity="error")
        finally:
            if columns.is_attached:
                columns.ended(at)

    def _all_over(self, chat: Chat) -> None:
        chat.flow, chat.worker = None, None
        if not self.is_running:
            return
        if chat is self.shown:
            self.transcript.show(chat.messages, chat.places)
        else:
            self.rows.unread.add(chat.id)
        self.refresh_chat(chat)
        self.let_go(chat)

    async def _kept_answer(
        self, chat: Chat, comparison: Comparison, kept: Answer | None, finished: asyncio.Event
    ) -> None:
        await finished.wait()
        if kept is not None:
            await comparison.keep(kept)
        count = len(comparison.answers)
        keys = f"{self.key('message.sibling_prev')} {self.key('message.sibling_next')}".strip()
        self.notify(f"All {count} answers are in the conversation" + (f"; {keys} page through them." if keys else "."))
        if chat is self.shown and not chat.busy:
            self.transcript.turn(chat.messages, chat.places, None)
            self.transcript.to_end()
            self.prompt.focus()
        self.refresh_chat(chat)


def _pairs(remembered: object) -> list[tuple[str, str]]:
    """Endpoint and model of each, from what the program remembers."""
    found = remembered if isinstance(remembered, list) else []
    return [(pair[0], pair[1]) for pair in found
            if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair)]  # fmt: skip
