"""Prompts that wait for the end of a reply: shown above the prompt, edited, moved, removed, kept like what is typed."""

from __future__ import annotations

from chattui.tui.base import Base
from chattui.tui.chat import Chat
from chattui.tui.waiting import Queue


class Queueing(Base, inherit_bindings=False):
    """What waits for its turn, per conversation. `Talking` sends it."""

    def refresh_chat(self, chat: Chat) -> None:
        """As everywhere; and what waits stands above the prompt."""
        super().refresh_chat(chat)
        if chat is self.shown:
            self._show_queue()

    def _show_queue(self) -> None:
        keys = (self.key(name) for name in ("prompt.send", "prompt.history_prev", "queue"))
        self.chat_screen.queue.look(self.shown, *keys)

    def put_in_queue(self, chat: Chat, text: str) -> None:
        """Send this once the reply in flight has ended well: in the place that it had, or as the last one."""
        chat.queue.insert(len(chat.queue) if chat.place is None else chat.place, text)
        chat.place = None
        self._queue_changed(chat)

    def next_in_queue(self, chat: Chat) -> str:
        """The prompt whose turn it is, taken out; "" when none waits."""
        text = chat.queue.pop(0) if chat.queue else ""
        if text:
            chat.place = max(0, chat.place - 1) if chat.place is not None else None
            self._queue_changed(chat)
        return text

    def action_take_back(self) -> bool:
        """Bring the prompt that was queued last back for editing, before whatever is typed; whether there was one."""
        chat = self.shown
        if not chat.queue:
            return False
        self._edit_queued(chat, len(chat.queue) - 1)
        return True

    def _edit_queued(self, chat: Chat, at: int) -> None:
        """Take a prompt out of the queue into the prompt, from where it goes back to its place."""
        self.prompt.give_back(chat.queue.pop(at))
        chat.place = at
        self._queue_changed(chat)

    def action_queue(self) -> None:
        """All that waits in the shown conversation: to edit, move or remove any of it."""
        from chattui.tui.lined import LinedUp  # noqa: PLC0415 - dialogs are loaded when first wanted

        chat = self.shown
        if not chat.queue:
            self.notify("Nothing waits to be sent. Enter while a reply comes puts a prompt into the queue.")
            return

        def chosen(at: int | None) -> None:
            if at is not None and at < len(chat.queue):
                self._edit_queued(chat, at)
                self.prompt.focus()

        self.push_screen(LinedUp(chat.queue, lambda: self._queue_changed(chat), self._put_off), chosen)

    def _put_off(self, text: str) -> None:
        self.history.add(text)
        key = self.key("prompt.history_search")
        self.notify("Removed." + (f" {key} finds it among the prompts." if key else ""))

    def on_queue_wanted(self) -> None:
        """A click on what waits."""
        self.action_queue()

    def action_prompt_history_search(self) -> None:
        """Look for a prompt that was sent before, in whatever conversation."""
        from chattui.tui.past import Past  # noqa: PLC0415 - dialogs are loaded when first wanted

        if not self.history.prompts:
            self.notify("No prompt was sent yet.")
            return

        def taken(prompt: str | None) -> None:
            if prompt is not None:
                self.history.add(self.prompt.take())  # up brings back what was typed
                self.prompt.put(prompt)
                self.prompt.focus()

        typed = self.prompt.text if "\n" not in self.prompt.text else ""
        self.push_screen(Past(self.history.prompts, typed), taken)

    def _queue_changed(self, chat: Chat) -> None:
        self.refresh_chat(chat)
        if chat is self.shown:
            self.screen.post_message(Queue.Moved())
        self.queue_moved()

    def queue_moved(self) -> None:
        """Other prompts wait now: they are to be kept."""
