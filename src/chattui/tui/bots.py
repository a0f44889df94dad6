"""What bots bring to the screen: they speak first, offer answers to choose from, and hand over to people."""

from __future__ import annotations

from functools import partial

from textual.timer import Timer

from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.events import Choice
from chattui.providers import pulls
from chattui.pulling import pull
from chattui.tui.base import log
from chattui.tui.chat import Chat
from chattui.tui.compare import Comparing
from chattui.tui.transcript import Transcript

WATCH = 5.0
"""Seconds between two looks for the answer of a person who has taken over."""


class Bots(Comparing, inherit_bindings=False):
    """Greetings, quick replies, and answers that come later."""

    _watch: Timer | None = None
    _conversation: str | None = None

    # ------------------------------------------------------------ they speak first

    def show(self, chat: Chat) -> None:
        """As everywhere; and a conversation that the other side opens is opened."""
        super().show(chat)
        self.call_after_refresh(self.greet, chat)

    def use(self, endpoint: Endpoint, model: str = "") -> None:
        """As everywhere; and an empty conversation is opened by the endpoint that was chosen for it."""
        chat = self.shown
        if (
            not chat.busy and not chat.empty and not chat.session.conversation.lasting
        ):  # nothing but another bot's greeting
            self.endpoint = endpoint
            self.show(self.new_chat())
        super().use(endpoint, model)
        self.greet(self.shown)

    def greet(self, chat: Chat) -> None:
        """Let the other side speak, if it is to speak first and has not. Not before a conversation that was asked for
        at the start.
        """
        if chat is self.shown and chat.session.opens and not chat.busy and self._conversation is None:
            self.turn(chat, chat.session.begin())

    # ------------------------------------------------------------ quick replies

    def action_message_code(self, number: int) -> None:
        """The answer of this number, while the last message offers some; otherwise a code block."""
        last = self.shown.last
        offered = self.shown.session.conversation.offered
        if last is not None and number <= len(offered) and self.transcript.selected in {None, last.id}:
            self.choose(offered[number - 1])
        else:
            super().action_message_code(number)

    def on_transcript_choice_clicked(self, clicked: Transcript.ChoiceClicked) -> None:
        """An offered answer was clicked: it is sent, if the bot still waits for it."""
        chat = self.shown
        offered = chat.session.conversation.offered
        if chat.last is None or clicked.message_id != chat.last.id or not 1 <= clicked.number <= len(offered):
            self.notify("This question has been answered.")
        else:
            self.choose(offered[clicked.number - 1])

    def choose(self, choice: Choice) -> None:
        """Send an offered answer; what stands in the prompt stays there."""
        chat = self.shown
        if chat.busy:
            self.notify("The reply is still coming.")
        else:
            self.turn(chat, chat.session.send(choice.value or choice.label))

    # ------------------------------------------------------------ answers that come later

    def refresh_chat(self, chat: Chat) -> None:
        """As everywhere; and while a person is to answer, look for that from time to time."""
        super().refresh_chat(chat)
        waits = self._waits
        if waits and self._watch is None:
            self._watch = self.set_interval(WATCH, self._look)
        elif not waits and self._watch is not None:
            self._watch.stop()
            self._watch = None

    @property
    def _waits(self) -> bool:
        """Whether the shown conversation ends with an empty answer to which the server may know more."""
        last = self.shown.last
        return (
            last is not None
            and (last.role, last.state, last.has_content) == ("assistant", "complete", False)
            and pulls(self.shown.session.endpoint)
        )

    def _look(self) -> None:
        self.only("pull", partial(self._pull, self.shown, quiet=True))

    def action_conversation_pull(self) -> None:
        """Fetch what the server has more of the shown conversation."""
        if not pulls(self.shown.session.endpoint):
            self.notify("This endpoint's server does not tell what it keeps.")
        elif self.shown.busy:
            self.notify("The reply is still coming.")
        else:
            self.only("pull", partial(self._pull, self.shown))

    async def _pull(self, chat: Chat, *, quiet: bool = False) -> None:
        try:
            count = await pull(chat.session)
        except ChattuiError as error:
            if quiet:
                log.info("no later answer: %s", error)
            else:
                self.tell(error)
            return
        if count:
            if chat is self.shown and not chat.busy:
                self.transcript.show(chat.messages, chat.places)
            elif chat is not self.shown:
                self.rows.unread.add(chat.id)
            self.refresh_chat(chat)
        if not quiet:
            said = "1 message" if count == 1 else f"{count} messages"
            self.notify(f"{said} came from the server." if count else "The server has nothing more.")
