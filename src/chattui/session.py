"""A conversation being held: begin · send · regenerate · continue · stop. With `held`, the only place where it changes.

Knows no screen. The TUI, `ask` and the tests pull the same generator, always under `contextlib.aclosing`: stopping is
cancelling the task that pulls, and only a generator that is then closed notices.
A turn's failure becomes data (`draft.grow`), on the message, so that it survives a restart.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from chattui.branches import remembered
from chattui.carried import check, still_named
from chattui.chat import Message, picked
from chattui.draft import Draft, grow
from chattui.errors import Unsupported
from chattui.events import Attachment, ChatEvent, FileReturned, Notice, RemoteState
from chattui.followed import course, went_on
from chattui.held import Held
from chattui.means import Means, new_id
from chattui.providers import CONTENT, Turn, provider, speaks_first

__all__ = ["Began", "Ended", "Means", "Session", "Update", "new_id"]


@dataclass(frozen=True, slots=True)
class Began:
    """The user's message is durable, the request leaves now. `user` is None when an old one is answered again, and when
    the other side speaks first.
    """

    user: Message | None
    reply: Message


@dataclass(frozen=True, slots=True)
class Ended:
    """The turn is over and saved; `reply.state` says how."""

    reply: Message


Update = Began | ChatEvent | Ended


class Session(Held):
    """One conversation, the endpoint it is held with, and their turns."""

    @property
    def opens(self) -> bool:
        """Whether the conversation is empty and the other side is to speak first: `begin` lets it."""
        return not self.conversation.messages and speaks_first(self.endpoint)

    async def begin(self) -> AsyncGenerator[Update, None]:
        """Let the other side speak first, in a conversation that is empty: a reply to nothing.

        It is on the disk from the user's first message on, not before: nobody misses a greeting.
        """
        if not self.opens:
            return
        async with aclosing(self._turn(None, self._new_reply(None))) as updates:
            async for update in updates:
                yield update

    async def send(
        self, text: str, files: Mapping[Attachment, bytes] | None = None, *, instead_of: str = ""
    ) -> AsyncGenerator[Update, None]:
        """Answer a new user message; the number of an offered answer stands for that answer. Nothing is sent for an
        empty text. `instead_of` is the id of a user message that was edited: the new one becomes its sibling. Raises
        Unsupported, before anything has changed, when the endpoint does not take one of the files.
        """
        if not text.strip():
            return
        user = await self.say(text, files, instead_of=instead_of)
        async with aclosing(self._turn(user, self._new_reply(user.id))) as updates:
            async for update in updates:
                yield update

    async def say(self, text: str, files: Mapping[Attachment, bytes] | None = None, *, instead_of: str = "") -> Message:
        """Put a user message into the conversation, as `send` does. Not yet saved, and nothing is sent."""
        edited = self.conversation.messages.get(instead_of)
        sent = (*(still_named(edited, text) if edited is not None else ()), *(files or ()))
        check(sent, self.endpoint)
        await self._hold()
        await self._saving.keep(files or {})
        after = self.conversation.head if edited is None else edited.parent
        answered = self.conversation.messages.get(after or "")
        if answered is not None and (choice := picked(answered.choices, text)) is not None:
            text = choice.value or choice.label
        user = Message(self.means.new_id(), after, "user", text, self.means.clock(), attachments=sent)
        self.conversation = remembered(self.conversation).with_message(user, now=user.created)
        return user

    async def regenerate(self, question: str = "") -> AsyncGenerator[Update, None]:
        """Answer a user message of the conversation again, by its id, else the last one; an earlier answer stays as a
        sibling. Without any, begin again.
        """
        if not self.can_regenerate:
            return
        asked = self.conversation.messages.get(question)
        if asked is None or asked.role != "user":
            asked = self.conversation.last_question
        check(asked.attachments if asked else (), self.endpoint)
        await self._hold()
        self.conversation = remembered(self.conversation)
        async with aclosing(self._turn(None, self._new_reply(asked.id if asked else None))) as updates:
            async for update in updates:
                yield update

    async def go_on(self) -> AsyncGenerator[Update, None]:
        """Continue the last answer where it was cut, in the same message, where the API can."""
        partial = self.conversation.messages.get(self.conversation.head or "")
        if partial is None or partial.role != "assistant" or not self.can_go_on:
            return
        await self._hold()
        async with aclosing(self._turn(None, replace(partial, state="streaming", error=None, finish=""))) as updates:
            async for update in updates:
                yield update

    @property
    def can_regenerate(self) -> bool:
        """Whether there is a question to answer again, or a greeting to ask for again."""
        conversation = self.conversation
        return conversation.last_question is not None or (bool(conversation.messages) and speaks_first(self.endpoint))

    @property
    def can_go_on(self) -> bool:
        """Whether the last answer was cut and the API continues partial answers."""
        last = self.conversation.messages.get(self.conversation.head or "")
        return (
            last is not None
            and last.state in {"incomplete", "stopped"}
            and bool(last.text)
            and provider(self.endpoint.provider).continues
        )

    def _new_reply(self, parent: str | None) -> Message:
        return Message(self.means.new_id(), parent, "assistant", created=self.means.clock(), state="streaming",
                       endpoint=self.endpoint.name, model=self.model)  # fmt: skip

    async def _asked(self, reply: Message) -> tuple[Turn, list[Notice]]:
        """The turn, and what of it is not sent."""
        continued = reply.id in self.conversation.messages
        conversation = self.conversation
        branch = conversation.branch(said) if (said := reply.id if continued else reply.parent) else ()
        self._course = way = course(conversation, self.endpoint.name, branch, self.means.new_id())
        self.conversation = replace(conversation, remote=way.remote(conversation))
        messages, files, left = await self.carried.sent(branch, self.endpoint)
        system = self.endpoint.system if conversation.system is None else conversation.system
        turn = Turn(endpoint=self.endpoint.tuned(conversation.params), model=self.model, messages=messages,
                    system=system, conversation=way.line.name or conversation.id, reply=reply.id,
                    remote=self.conversation.remote, rewound=way.rewound, files=files)  # fmt: skip
        return turn, left

    async def _turn(self, user: Message | None, reply: Message) -> AsyncGenerator[Update, None]:
        if self._draft is not None:
            raise RuntimeError("a reply is in flight")  # the caller's mistake: it asks `busy` first
        draft, self._course = Draft(reply, self.means.ticks), None
        self._draft = draft
        try:
            await self._save()
            yield Began(user, reply)
            async with aclosing(grow(draft, self._events(reply))) as events:
                async for event in events:
                    if isinstance(event, RemoteState):
                        self.conversation = self.conversation.with_remote(event.values)
                    elif isinstance(event, FileReturned):
                        await self._saving.keep({event.file: event.data})
                    elif isinstance(event, CONTENT):
                        self._saving.grew(self.conversation, draft)
                    yield event
        finally:
            if draft.message.state == "streaming":  # stopped before the first event was asked for
                draft.end("stopped")
            self._draft = None
            if self.means.tapes is not None:
                self.means.tapes.end(draft.message)
            self.conversation = self.conversation.with_message(draft.message, now=self.means.clock())
            if way := self._course:
                self.conversation = went_on(self.conversation, way.line, draft.message)
            await self._save(last=True)
        yield Ended(draft.message)

    async def _events(self, reply: Message) -> AsyncGenerator[ChatEvent, None]:
        turn, left = await self._asked(reply)
        for notice in left:
            yield notice
        try:
            found = provider(turn.endpoint.provider)
        except KeyError:
            raise Unsupported(
                f"There is no provider ‘{turn.endpoint.provider}’.", hint="See chattui endpoints."
            ) from None
        wire = self.means.wire
        if (tapes := self.means.tapes) is not None:
            wire = tapes.onto(wire, turn)
        events = found.reply(turn, wire)
        try:
            async for event in events:
                yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()
