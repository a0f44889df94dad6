"""Turns on the screen: send, stop, answer again, go on. One worker per conversation pulls the session's generator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from chattui import attach, safe
from chattui.chat import Message
from chattui.errors import ChattuiError
from chattui.redaction import likeness
from chattui.session import Began, Ended, Update
from chattui.tui.base import log
from chattui.tui.chat import Chat
from chattui.tui.flow import Flow
from chattui.tui.queueing import Queueing


class Talking(Queueing, inherit_bindings=False):
    """What sends, and what shows replies as they come."""

    # ------------------------------------------------------------ asking

    def action_prompt_send(self) -> None:
        """Send the prompt, or put it into the queue while a reply is in flight; an empty one sends what waits there."""
        chat = self.shown
        if self.prompt.is_blank:
            if not chat.busy and (text := self.next_in_queue(chat)):
                self.say(chat, text)
            return
        if chat.busy or (chat.place and chat.queue):  # what was taken out goes back behind those that wait before it
            self.put_in_queue(chat, self.prompt.take())
            return
        text = self.prompt.take()
        self.keep_prompt(text, chat)
        instead_of = chat.editing
        self.edited(chat)  # brings back what the prompt held before
        self.turn(chat, self._sent(chat, text, instead_of), typed=text)

    def say(self, chat: Chat, text: str) -> None:
        """Send this, which was typed before."""
        self.keep_prompt(text, chat)
        self.turn(chat, self._sent(chat, text, ""), typed=text)

    def keep_prompt(self, text: str, chat: Chat) -> None:
        """Put a prompt into the history; that of a temporary conversation only for as long as chattui runs."""
        self.history.add(text)
        if self.writer is not None and not chat.temporary and not likeness(text):  # no key outlives its conversation
            self.writer.later(self.writer.store.memory.add_prompt, text)

    async def _sent(self, chat: Chat, text: str, instead_of: str) -> AsyncGenerator[Update, None]:
        """The turn of a prompt, with the files that it names. Raises AttachmentError before anything has changed."""
        old = chat.session.conversation.messages.get(instead_of)
        pasted = self.prompt.pasted | {mention.token for mention in attach.mentions(old.text if old else "")}
        files = await asyncio.to_thread(attach.named, text, pasted) if "@" in text else {}
        if any(mention.token in self.prompt.pasted and mention.certain for mention in attach.mentions(text)):
            self.notify("A file named by pasted text was not attached; write its path in quotes to attach it.")
        async with aclosing(chat.session.send(text, files, instead_of=instead_of)) as updates:
            async for update in updates:
                yield update

    def action_message_retry(self) -> None:
        """Answer the selected question, or that of the selected answer, or else the last one again; the old answer is
        kept beside the new one.
        """
        chat = self.shown
        if chat.busy:
            self.notify("The reply is still coming; stop it first.")
        elif not chat.session.can_regenerate:
            self.notify("There is no question yet to answer again.")
        else:
            chosen = chat.session.conversation.messages.get(self.transcript.selected or "")
            asked = chosen.parent if chosen is not None and chosen.role == "assistant" else chosen and chosen.id
            self.turn(chat, chat.session.regenerate(asked or ""))

    action_message_regenerate = action_message_retry

    def action_message_continue(self) -> None:
        """Let the last answer go on where it was cut."""
        chat = self.shown
        if chat.busy:
            self.notify("The reply is still coming.")
        elif not chat.session.can_go_on:
            key = self.key("message.retry")
            self.notify("This answer cannot be continued" + (f"; {key} asks again." if key else "."))
        else:
            self.turn(chat, chat.session.go_on())

    def stop(self, chat: Chat) -> bool:
        """Stop the reply in flight, at once; whether there was one."""
        if chat.flow is None or chat.worker is None:
            return False
        if not chat.flow.stopping:  # a second cancel would disturb the first one's saving
            chat.flow.stopping = True
            chat.worker.cancel()
            self.refresh_chat(chat)
        return True

    # ------------------------------------------------------------ the turn

    def turn(self, chat: Chat, updates: AsyncGenerator[Update, None], typed: str = "") -> None:
        """Pull a turn of the session to its end. `typed` goes back to the prompt when it could not even begin."""
        chat.flow = Flow(self.means.ticks())
        chat.worker = self.run_worker(self._turn(chat, updates, typed), group=chat.id, exit_on_error=False)
        self.refresh_chat(chat)

    async def _turn(self, chat: Chat, updates: AsyncGenerator[Update, None], typed: str) -> None:
        reply = ""
        broken = False
        try:
            async with aclosing(updates) as pulled:
                async for update in pulled:
                    if isinstance(update, Began):
                        reply = update.reply.id
                    try:
                        self._took(chat, reply, update)
                    except Exception as error:  # noqa: BLE001 - a mistake in showing a reply must not cost the reply
                        if not broken:
                            broken = True
                            self._own_mistake(error)
        except ChattuiError as error:  # before anything had changed
            self.tell(error)
        except Exception as error:  # noqa: BLE001 - the boundary: one conversation's mistake must not end the others
            self._own_mistake(error)
        finally:
            if typed and not reply and (chat.last is None or chat.last.text != typed):
                self._give_back(chat, typed)
            self._over(chat, chat.session.conversation.messages.get(reply))

    def _own_mistake(self, error: Exception) -> None:
        log.error("a turn could not be shown", exc_info=error)
        self.notify(f"chattui made a mistake ({type(error).__name__}); the log has the details.", severity="error")

    def _give_back(self, chat: Chat, typed: str) -> None:
        if chat is self.shown:
            self.prompt.give_back(typed)
        else:
            self.drafts[self.draft_name(chat)] = typed

    def _took(self, chat: Chat, reply: str, update: Update) -> None:
        flow = chat.flow
        assert flow is not None
        if not self.screen_stack:  # the app is closing; the session saves the reply
            return
        match update:
            case Began(user, begun):
                if chat is self.shown:
                    self._show_begun(chat, user, begun)
                self.refresh_chat(chat)
            case Ended():
                pass  # `_over` sees to every end, also those without an update
            case _:
                flow.feed(update, self.means.ticks())
                if chat is self.shown:
                    self.transcript.write(reply, update)

    def _show_begun(self, chat: Chat, user: Message | None, reply: Message) -> None:
        if user is not None and user.parent == self.transcript.last:
            if not self.transcript.display:
                self.chat_screen.look(chat)
            self.transcript.add(user)
            self.transcript.add(reply)
            self.transcript.to_end()
        else:  # a sibling takes the place of what stood there
            if not self.transcript.display:
                self.chat_screen.look(chat)
            self.transcript.show(chat.messages, chat.places)

    def _over(self, chat: Chat, reply: Message | None) -> None:
        """A turn has ended, in whatever way, and is saved."""
        flow, chat.flow, chat.worker = chat.flow, None, None
        if not self.is_running:
            return
        if chat is self.shown:
            self.tell_ways_on(chat)
            if reply is not None:
                self.transcript.finish(reply)
        elif reply is not None:
            self.rows.unread.add(chat.id)
        self.refresh_chat(chat)
        self.let_go(chat)
        if reply is not None and flow is not None and not flow.stopping:
            self._call(chat, reply, self.means.ticks() - flow.began)
        if reply is not None and reply.state == "complete":
            self.replied(chat)

    def replied(self, chat: Chat) -> None:
        """A reply has ended well: the next prompt that waits is sent."""
        if not chat.busy and (text := self.next_in_queue(chat)):
            self.say(chat, text)

    def _call(self, chat: Chat, reply: Message, seconds: float) -> None:
        """Tell of the end of a long reply while the terminal has no focus."""
        said = self.config.notify
        if self.app_focus or seconds < said.after:
            return
        if said.bell:
            self.bell()
        if said.osc9 and self._driver is not None:
            how = "answered" if reply.state == "complete" else reply.state
            title = safe.line(chat.session.conversation.title, 60).replace(";", ",")
            self._driver.write(f"\x1b]9;chattui: {how} · {title}\x07")

    async def stop_all(self, seconds: float) -> None:
        """Stop every reply and wait, at most so long, until what came of them is saved."""
        workers = [chat.worker for chat in self.chats.values() if chat.worker is not None]
        for chat in list(self.chats.values()):
            self.stop(chat)
        waits = [asyncio.ensure_future(worker.wait()) for worker in workers]
        if waits:
            await asyncio.wait(waits, timeout=seconds)
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
