"""A conversation being held: begin · send · regenerate · continue · stop · rename. The only place where it changes.

Knows no screen. The TUI, `ask` and the tests pull the same generator, always under `contextlib.aclosing`: stopping is
cancelling the task that pulls, and only a generator that is then closed notices.
A turn's failure becomes data (`draft.grow`), on the message, so that it survives a restart.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

from chattui.branches import remembered, turned
from chattui.carried import Carried, check, still_named
from chattui.chat import Conversation, Message, picked
from chattui.draft import Draft, grow
from chattui.endpoint import Endpoint
from chattui.errors import Unsupported
from chattui.events import JSON, Attachment, ChatEvent, FileReturned, Notice, RemoteState
from chattui.followed import Course, course, went_on
from chattui.means import Means, new_id
from chattui.providers import Turn, provider, speaks_first
from chattui.saving import Saving, adopted

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


class Session:
    """One conversation and the endpoint it is held with."""

    def __init__(
        self, means: Means, endpoint: Endpoint, conversation: Conversation | None = None, model: str = ""
    ) -> None:
        now = means.clock()
        self.means = means
        self.conversation = conversation or Conversation(means.new_id(), now, now, endpoint=endpoint.name)
        self.use(endpoint, model or self.conversation.model)
        self._draft: Draft | None = None
        self._course: Course | None = None
        self._carried = Carried(means.writer)
        self._saving = Saving(means.writer, self._carried)

    @property
    def busy(self) -> bool:
        """Whether a reply is in flight."""
        return self._draft is not None

    @property
    def reply(self) -> Message | None:
        """The reply in flight as it is now."""
        return self._draft.message if self._draft else None

    @property
    def model(self) -> str:
        """The model that the next turn asks for; "" = the endpoint's first."""
        return self.conversation.model or self.endpoint.model

    # ------------------------------------------------------------ turns

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
        async with aclosing(self._turn(user, self._new_reply(user.id))) as updates:
            async for update in updates:
                yield update

    async def regenerate(self, question: str = "") -> AsyncGenerator[Update, None]:
        """Answer a user message of the conversation again, by its id, else the last one; an earlier answer stays as a
        sibling. Without any, begin again.
        """
        if not self.can_regenerate:
            return
        asked = self.conversation.messages.get(question) or self.conversation.last_question
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
        messages, files, left = await self._carried.sent(branch, self.endpoint)
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
                    elif draft.due:
                        self._saving.draft(self.conversation, draft.message)
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
            wire = tapes.onto(wire, turn.endpoint, turn.reply, turn.conversation, turn.model, turn.prompt)
        events = found.reply(turn, wire)
        try:
            async for event in events:
                yield event
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    # ------------------------------------------------------------ edits

    def use(self, endpoint: Endpoint, model: str = "") -> None:
        """Hold the next turns with this endpoint and model ("" = the endpoint's own).

        The conversation's parameters stay with their endpoint: another one knows other names.
        """
        params = self.conversation.params if endpoint.name == self.conversation.endpoint else {}
        self.endpoint = endpoint
        self.conversation = replace(self.conversation, endpoint=endpoint.name, model=model, params=params)

    async def settle(self, params: Mapping[str, JSON], system: str | None) -> None:
        """The next turns are asked with these parameters over the endpoint's, and with this system prompt (None = the
        endpoint's own).
        """
        await self.edit(lambda old: replace(old, params=params, system=system))

    async def rename(self, title: str) -> None:
        """Name the conversation; an empty title gives the automatic one back."""
        await self.edit(lambda old: old.named(title))

    async def adopt(self, change: Callable[[Conversation], Conversation]) -> None:
        """Take over what somebody else knows more of the conversation, as `edit`. Not while a reply is in flight."""
        await self.edit(lambda old: old if self.busy else change(old))

    async def edit(self, change: Callable[[Conversation], Conversation]) -> None:
        """Change the conversation and save it; a refusal of the disk is told in `trouble`.

        Raises ReadOnly, before anything has changed, when another program writes to it.
        """
        await self._hold()
        self.conversation = change(self.conversation)
        await self._save()

    async def keep(self) -> None:
        """Save what `use` has changed; a refusal of the disk is told in `trouble`."""
        await self._save()

    async def turn_to(self, message: str, *, below: bool = True) -> None:
        """Show the branch through this message: to its end as it was shown last, or no further than the message. Not
        while a reply is in flight; a refusal of the disk is told in `trouble`.
        """
        if not self.busy:
            self.conversation = turned(self.conversation, message, below=below)
            await self._save()

    # ------------------------------------------------------------ saving

    @property
    def trouble(self) -> str:
        """Why the last save failed, for a banner; "" while all is saved."""
        return self._saving.trouble

    async def _hold(self) -> None:
        await self._saving.hold(self.conversation.id)

    async def _save(self, *, last: bool = False) -> None:
        saved = await self._saving.save(self.conversation, last=last)
        self.conversation = adopted(self.conversation, saved)

    def close(self) -> None:
        """Let other programs write to the conversation."""
        self._saving.release(self.conversation.id)
