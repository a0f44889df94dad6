"""Prompts that wait for the end of a reply: shown above the prompt, taken back with a key, kept like what is typed."""

from __future__ import annotations

from chattui.tui.base import Base
from chattui.tui.chat import Chat


class Queueing(Base, inherit_bindings=False):
    """What waits for its turn, per conversation. `Talking` sends it."""

    def refresh_chat(self, chat: Chat) -> None:
        """As everywhere; and what waits stands above the prompt."""
        super().refresh_chat(chat)
        if chat is self.shown:
            self._show_queue()

    def _show_queue(self) -> None:
        self.chat_screen.queue.look(self.shown, send=self.key("prompt.send"), back=self.key("prompt.history_prev"))

    def put_in_queue(self, chat: Chat, text: str) -> None:
        """Send this once the reply in flight has ended well."""
        chat.queue.append(text)
        self._queue_changed(chat)

    def next_in_queue(self, chat: Chat) -> str:
        """The prompt whose turn it is, taken out; "" when none waits."""
        text = chat.queue.pop(0) if chat.queue else ""
        if text:
            self._queue_changed(chat)
        return text

    def action_take_back(self) -> bool:
        """Bring the prompt that was queued last back for editing, before whatever is typed; whether there was one."""
        chat = self.shown
        if not chat.queue:
            return False
        self.prompt.give_back(chat.queue.pop())
        self._queue_changed(chat)
        return True

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
        self.queue_moved()

    def queue_moved(self) -> None:
        """Other prompts wait now: they are to be kept."""
