"""Titles by the model, where the configuration asks for them: after the first complete reply, beside all else."""

from __future__ import annotations

from dataclasses import replace

from chattui import naming
from chattui.chat import Conversation
from chattui.errors import ChattuiError
from chattui.tui.chat import Chat
from chattui.tui.talking import Talking
from chattui.tui.tidying import Tidying


class Naming(Talking, Tidying, inherit_bindings=False):
    """A title that a person gave stays as it is."""

    def replied(self, chat: Chat) -> None:
        """As everywhere; and the model is asked for a title."""
        if self.config.titles == "model" and naming.wants_title(chat.session.conversation):
            self.run_worker(self._ask_title(chat), exit_on_error=False)
        super().replied(chat)

    async def _ask_title(self, chat: Chat) -> None:
        if not (title := await naming.title(chat.session)):
            return

        def named(old: Conversation) -> Conversation:
            return old if old.titled else replace(old, title=title)

        try:
            row = await self.edited_row(chat.id, named)
        except ChattuiError:  # it was deleted, or another chattui has it: it has a title
            return
        self.rows.renew([row])
