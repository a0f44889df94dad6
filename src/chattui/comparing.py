"""One question, several endpoints at once: their answers become siblings of each other in one conversation.

Each answer is a session of its own over the same messages, so that everything that holds for a turn holds here, too.
What it saves goes into the conversation that all share: an answer in flight stands there as interrupted, a second old
at most, and is replaced by what has become of it. Whatever ends chattui, every answer is in the one document.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from chattui.branches import remembered
from chattui.chat import Conversation, Failure, Line, Message, State
from chattui.draft import Draft
from chattui.drafts import INTERRUPTED
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.events import Attachment
from chattui.followed import went_on
from chattui.saving import SAVE_EVERY, Saving
from chattui.session import Began, Ended, Session, Update

MOST = 4
"""Endpoints that are asked at once."""


class _Joint(Saving):
    """What an answer saves goes into the conversation that all answers share."""

    def __init__(self, comparison: Comparison, answer: Answer) -> None:
        super().__init__(None, comparison.session.carried, comparison.session.means.ticks)
        self._comparison, self._answer = comparison, answer

    async def save(self, conversation: Conversation, *, last: bool = False) -> Conversation:  # noqa: ARG002 - as Saving has it
        """See Saving."""
        self._comparison.take(self._answer)
        await self._comparison.save()
        return conversation

    def grew(self, conversation: Conversation, draft: Draft) -> None:  # noqa: ARG002 - as Saving has it
        """See Saving."""
        self._comparison.save_soon()


class Answer(Session):
    """One of the answers, by an endpoint and model of its own."""

    def __init__(self, comparison: Comparison, endpoint: Endpoint, model: str, *, alone: bool) -> None:
        """`alone`: no other answer is by this endpoint; else what its server keeps belongs to the first of them."""
        shared = comparison.session
        super().__init__(shared.means, endpoint, shared.conversation, model)
        self.use(endpoint, model)  # not the model that the conversation has for another endpoint
        self.wanted = model
        """The model that was asked for; "" = the endpoint's own."""
        self.name = ""
        """The id of the answer."""
        self.carried = shared.carried
        self._saving = _Joint(comparison, self)
        if not alone:
            lines = (*(line for line in self.conversation.lines if line.endpoint != endpoint.name), Line(endpoint.name))
            self.conversation = replace(self.conversation, lines=lines)

    def _new_reply(self, parent: str | None) -> Message:
        reply = super()._new_reply(parent)
        self.name = reply.id
        return reply

    @property
    def message(self) -> Message | None:
        """The answer as it is now; None before it was asked for."""
        return self.reply or self.conversation.messages.get(self.name)

    def failed(self, parent: str, error: ChattuiError) -> Message:
        """The answer as one that could not even be asked for."""
        reply = replace(self._new_reply(parent), state="failed",
                        error=Failure(type(error).__name__, error.text, error.hint))  # fmt: skip
        self.conversation = self.conversation.with_message(reply, now=reply.created)
        return reply

    def settled(self, shared: Conversation) -> Conversation:
        """The shared conversation with this answer as it is now, and with what its server issued once it has ended."""
        message = self.message
        if message is None:
            return shared
        if self.reply is not None:
            state: State = "incomplete" if message.has_content else "failed"
            return shared.with_message(replace(message, state=state, error=INTERRUPTED), now=shared.updated)
        shared = shared.with_message(message, now=message.created)
        if self._course is not None:
            endpoint = self.endpoint.name
            shared = shared.with_remote({endpoint: self.conversation.remote.get(endpoint)})
            shared = went_on(shared, self._course.line, message)
        return shared


class Comparison:
    """`answers` are in the order of the endpoints; pull each one's `run`, each in a task of its own."""

    def __init__(self, session: Session, rivals: Sequence[tuple[Endpoint, str]]) -> None:
        self.session = session
        self._rivals = rivals
        self.question = ""
        self.answers: tuple[Answer, ...] = ()
        self._soon: asyncio.Task[None] | None = None

    async def ask(self, text: str, files: Mapping[Attachment, bytes] | None = None, *, instead_of: str = "") -> Message:
        """Put the question into the conversation, durably; it is returned. Raises ReadOnly before anything changed."""
        user = await self.session.say(text, files, instead_of=instead_of)
        await self.session.keep()
        await self.again(user.id)
        return user

    async def again(self, question: str) -> None:
        """Let a question that is there be answered; earlier answers stay as siblings. Raises ReadOnly."""
        await self.session.edit(lambda old: old)
        self.session.conversation = replace(remembered(self.session.conversation), head=question)
        self.question = question
        names = [endpoint.name for endpoint, _ in self._rivals]
        self.answers = tuple(
            Answer(self, endpoint, model, alone=endpoint.name not in names[:at])
            for at, (endpoint, model) in enumerate(self._rivals)
        )

    async def run(self, answer: Answer) -> AsyncGenerator[Update, None]:
        """One answer. What keeps it from being asked for is its failure, and not that of the others."""
        try:
            async with aclosing(answer.regenerate(self.question)) as updates:
                async for update in updates:
                    yield update
        except ChattuiError as error:
            reply = answer.failed(self.question, error)
            self.take(answer)
            await self.save()
            yield Began(None, reply)
            yield Ended(reply)

    @property
    def head(self) -> str | None:
        """The answer that is shown when nobody has chosen: the first that is complete, or else the first."""
        found = [message for answer in self.answers if (message := answer.message) is not None]
        whole = [message for message in found if message.state == "complete"]
        return next((message.id for message in (*whole, *found)), None)

    async def end(self) -> None:
        """All answers have ended."""
        if self._soon is not None:
            self._soon.cancel()
        if self.head is not None:
            await self.session.turn_to(self.head)

    async def keep(self, answer: Answer) -> None:
        """Go on with this answer and its endpoint; the others are its siblings."""
        self.session.use(answer.endpoint, answer.wanted)
        await self.session.turn_to(answer.name)

    # ------------------------------------------------------------ saving

    def take(self, answer: Answer) -> None:
        """The shared conversation has this answer as it is now. Which branch is shown stays as it is."""
        head = self.session.conversation.head
        taken = answer.settled(self.session.conversation)
        self.session.conversation = replace(taken, head=head if head != self.question else self.head or head)

    async def save(self) -> None:
        """Save the shared conversation; a refusal of the disk is told in its session's `trouble`."""
        await self.session.keep()

    def save_soon(self) -> None:
        """Save it within a second."""
        if self._soon is None or self._soon.done():
            self._soon = asyncio.ensure_future(self._save_soon())

    async def _save_soon(self) -> None:
        for answer in self.answers:
            if answer.reply is not None:
                self.take(answer)
        await self.save()
        await asyncio.sleep(SAVE_EVERY)
