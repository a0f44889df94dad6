"""Opening the inspector on a message, and recording on disk."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from chattui.chat import Message
from chattui.errors import ChattuiError
from chattui.tui.copying import Copying

if TYPE_CHECKING:
    from chattui.tape import Tape


class Inspecting(Copying, inherit_bindings=False):
    """Looks at what an endpoint really sends."""

    def action_pane_inspector(self) -> None:
        """Inspect the selected message, or else the last reply; the question stands for its answer."""
        self.only("inspector", self._inspect)

    async def _inspect(self) -> None:
        chat, tapes = self.shown, self.means.tapes
        reply = chat.session.reply or self._meant()
        if reply is None:
            self.notify("There is no reply yet to inspect.")
            return
        if tapes is None:
            self.notify("Nothing is recorded here.")
            return
        tape = tapes.live(reply.id)
        if tape is None:
            try:
                tape = await asyncio.to_thread(tapes.load, chat.session.conversation.id, reply.id)
            except ChattuiError as error:
                self.tell(error)
                return
        if tape is None:
            name = reply.endpoint or chat.session.endpoint.name
            self.notify(f'This reply was not recorded. With record = "wire" at ‘{name}’ later ones are kept on disk.')
            return
        self._show_tape(tape)

    def _meant(self) -> Message | None:
        """The selected reply, or the one behind the selected question, or the last one."""
        messages = self.shown.messages
        wanted = self.transcript.selected
        at = next((at for at, one in enumerate(messages) if one.id == wanted), None)
        replies = [one for one in (messages[at:] if at is not None else messages[::-1]) if one.role == "assistant"]
        return replies[0] if replies else None

    def _show_tape(self, tape: Tape) -> None:
        from chattui.tui.inspector import Inspector  # noqa: PLC0415 - loaded when first wanted

        self.push_screen(
            Inspector(tape, copy=self.copy, save=self._save_tape, record=self._record, growing=lambda: not tape.state)
        )

    def action_tape_record(self) -> None:
        """Record the replies of this conversation's endpoint on disk from now on, or no longer."""
        self.notify(self._record())

    def _record(self) -> str:
        tapes, endpoint = self.means.tapes, self.shown.session.endpoint
        if tapes is None or tapes.folder is None:
            return "Nothing is recorded here."
        if tapes.turn(endpoint) == "none":
            return f"‘{endpoint.name}’ is no longer recorded."
        return f'Replies of ‘{endpoint.name}’ are recorded until chattui ends; record = "wire" makes it last.'

    def _save_tape(self, tape: Tape) -> None:
        if (tapes := self.means.tapes) is None or tapes.folder is None:
            self.notify("Nothing is recorded here.")
        elif not tape.state:
            self.notify("The reply is still coming; save it when it is over.")
        else:
            self.run_worker(self._saved(tape), exit_on_error=False)

    async def _saved(self, tape: Tape) -> None:
        assert self.means.tapes is not None
        try:
            path = await asyncio.to_thread(self.means.tapes.save, tape)
        except ChattuiError as error:
            self.tell(error)
            return
        if path is not None:
            self.copy(str(path), "the path of the tape")
