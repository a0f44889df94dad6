"""What a server keeps, taken over: its messages into a conversation, its conversations into the store.

Nothing is ever deleted, and the same again changes nothing: a conversation is known by what the server calls it, a
message by the server's id or, where it was said here, by its words and its place.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from chattui.chat import Conversation, Message, title_of
from chattui.endpoint import Endpoint
from chattui.errors import ChatError, ChattuiError, StoreError, Unsupported
from chattui.events import JSON
from chattui.providers import ServerChat, provider, pulls
from chattui.session import Means, Session
from chattui.wire.retry import pause
from chattui.writer import Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Pulled:
    """What became of one conversation of the server."""

    id: str
    """Of the conversation here; "" when there is none."""
    title: str
    what: Literal["new", "updated", "unchanged", "failed"]
    messages: int = 0
    """How many came, or grew."""
    error: str = ""


async def pull(session: Session) -> int:
    """Take over what the server has more of this conversation; how many messages came or grew.

    Raises ChatError, SecretError, and ReadOnly when another program writes to the conversation.
    """
    endpoint = session.endpoint.tuned(session.conversation.params)
    ask = provider(endpoint.provider).messages
    remote = session.conversation.remote.get(endpoint.name)
    if ask is None or not isinstance(remote, Mapping) or session.busy:
        return 0
    found = await _patiently(lambda: ask(endpoint, session.means.wire, remote), endpoint)
    now = session.means.clock()
    if not caught_up(session.conversation, found, endpoint.name, now)[1]:
        return 0
    count = 0

    def grown(conversation: Conversation) -> Conversation:  # what it is by then
        nonlocal count
        conversation, count = caught_up(conversation, found, endpoint.name, now)
        return conversation

    await session.adopt(grown)
    return count


async def pull_all(means: Means, endpoint: Endpoint) -> AsyncGenerator[Pulled, None]:
    """Every conversation that the server lists, or, where it lists none, those held with it here. Oldest first.

    Raises Unsupported, ChatError, SecretError, StoreError; what fails with one conversation is told in its place.
    """
    found = provider(endpoint.provider)
    if found.messages is None or not pulls(endpoint) or means.writer is None:
        raise Unsupported(
            f"‘{endpoint.name}’ has no way to fetch conversations.",
            hint="It needs calls.messages; see docs/providers.md.",
        )
    ask = found.chats
    listed = None if ask is None else await _patiently(lambda: ask(endpoint, means.wire), endpoint)
    mine = await means.writer.run(_held, means.writer, endpoint.name)
    if listed is None:
        listed = tuple(
            ServerChat(remote, conversation.title, conversation.updated)
            for conversation in mine
            if isinstance(remote := conversation.remote.get(endpoint.name), Mapping)
        )
    for chat in sorted(listed, key=lambda chat: chat.updated):
        yield await _one(means, endpoint, chat, mine)


async def _one(means: Means, endpoint: Endpoint, chat: ServerChat, mine: Sequence[Conversation]) -> Pulled:
    known = next((one for one in mine if _is(one.remote.get(endpoint.name), chat.remote)), None)
    when = chat.updated or means.clock()
    new = Conversation(means.new_id(), when, when, chat.title, remote={endpoint.name: dict(chat.remote)})
    session = Session(means, endpoint, known or new)
    try:
        count = await pull(session)
    except ChattuiError as error:
        return Pulled(known.id if known else "", chat.title, "failed", error=str(error))
    finally:
        session.close()
    held = session.conversation
    if session.trouble:
        return Pulled(held.id if known else "", held.title, "failed", error=session.trouble)
    if known is None and not session.conversation.lasting:
        return Pulled("", chat.title, "unchanged")
    what: Literal["new", "updated", "unchanged"] = "new" if known is None else "updated" if count else "unchanged"
    return Pulled(held.id, held.title, what, count)


def _held(writer: Writer, endpoint: str) -> list[Conversation]:
    """The conversations that were held with the endpoint last. Those that cannot be read are passed over."""
    found = []
    for row in writer.store.rows():
        if row.endpoint == endpoint and not row.damaged:
            try:
                found.append(writer.store.load(row.id))
            except StoreError:
                continue
    return found


def _is(known: JSON, remote: Mapping[str, JSON]) -> bool:
    return isinstance(known, Mapping) and all(known.get(name) == value for name, value in remote.items())


async def _patiently(ask: Callable[[], Awaitable[T]], endpoint: Endpoint) -> T:
    attempt = 1
    while True:
        try:
            return await ask()
        except ChatError as error:
            seconds = pause(error, attempt, 0.5) if attempt <= endpoint.retry.attempts else None
            if seconds is None:
                raise
        await asyncio.sleep(seconds)
        attempt += 1


# ---------------------------------------------------------------- messages


def caught_up(
    conversation: Conversation, server: Sequence[Message], endpoint: str, now: float
) -> tuple[Conversation, int]:
    """The conversation with all that the server has of it, and how many messages came or grew. Pure.

    A reply that was stopped or cut here is made whole; what was said elsewhere takes its place in the shown branch.
    """
    merge = _Merge(conversation, now, {_name(endpoint, theirs) for theirs in server})
    for theirs in server:
        merge.take(replace(theirs, id=_name(endpoint, theirs), endpoint=endpoint if theirs.role == "assistant" else ""))
    return merge.result, merge.count


def _name(endpoint: str, theirs: Message) -> str:
    """The id here of a message that came from the server: always the same."""
    return hashlib.sha256(f"{endpoint}\0{theirs.id}".encode()).hexdigest()[:22]


class _Merge:
    """Walks down the shown branch beside the server's messages. `came`: the ids of those that came from there."""

    def __init__(self, conversation: Conversation, now: float, came: Collection[str]) -> None:
        self.conversation, self.now, self.came = conversation, now, came
        self.messages = dict(conversation.messages)
        self.branch = [message.id for message in conversation.branch()]
        self.at = 0
        """Messages of the branch before this place are known to the server."""
        self.count = 0
        self._met: dict[str, int] = {}

    @property
    def result(self) -> Conversation:
        if not self.count:
            return self.conversation
        conversation = self.conversation
        users = (self.messages[name] for name in self.branch if self.messages[name].role == "user")
        title = conversation.title or next((title for user in users if (title := title_of(user))), "")
        updated = max((message.created for message in self.messages.values()), default=0.0)
        return replace(
            conversation,
            messages=self.messages,
            head=self.branch[-1] if self.branch else None,
            title=title,
            updated=max(conversation.updated, updated),
        )

    def take(self, theirs: Message) -> None:
        """Find the message of the server here, or add it."""
        mine = self.messages.get(theirs.id) or self._same(theirs)
        if mine is None:
            self._add(theirs)
            return
        if _wants(mine, theirs):
            sources = theirs.sources or mine.sources
            whole = replace(mine, text=theirs.text, state="complete", error=None, notices=(), sources=sources)
            self.messages[mine.id] = whole
            self.count += 1
        self._met[mine.id] = self._met.get(mine.id, 0) + 1
        if mine.id in self.branch[self.at :]:
            self.at = self.branch.index(mine.id) + 1

    def _same(self, theirs: Message) -> Message | None:
        """The message that was said here and came to the server as this one."""
        words = _words(theirs)
        following = [self.messages[name] for name in self.branch[self.at :] if name not in self.came]
        if following and (_wants(following[0], theirs) or _holds(following[0], theirs)):
            return following[0]
        if self.at and (before := self.branch[self.at - 1]) not in self.came and _holds(self.messages[before], theirs):
            return self.messages[before]  # one answer here, several messages there
        for mine in (*following, *self.messages.values()):
            spoken = mine.id not in self.came and mine.role == theirs.role and _words(mine) == words
            if spoken and self._met.get(mine.id, 0) < self._said(mine):
                return mine
        return None

    def _said(self, mine: Message) -> int:
        """How often the server was told it: once, and once more for every time that it was answered again."""
        if mine.role != "user":
            return 1
        spoken = (one for one in self.messages.values() if one.id not in self.came)
        return max(1, sum(self._asked(one) == mine.id for one in spoken))

    def _asked(self, mine: Message) -> str | None:
        """The id of what was said here before this message."""
        at = mine.parent
        while at in self.came and (between := self.messages.get(at or "")) is not None:
            at = between.parent
        return at

    def _add(self, theirs: Message) -> None:
        parent = self.branch[self.at - 1] if self.at else None
        if self.at < len(self.branch):
            following = self.messages[self.branch[self.at]]
            self.messages[following.id] = replace(following, parent=theirs.id)
        self.messages[theirs.id] = replace(theirs, parent=parent, created=theirs.created or self.now)
        self.branch.insert(self.at, theirs.id)
        self.at += 1
        self.count += 1


def _words(message: Message) -> str:
    return " ".join(message.text.split())


def _wants(mine: Message, theirs: Message) -> bool:
    """Whether the server's message is the whole of which there is a beginning, or nothing yet, here."""
    if mine.role != "assistant" or theirs.role != "assistant" or not theirs.text.strip():
        return False
    unfinished = mine.state != "complete" or not mine.has_content
    begins = _words(theirs).startswith(_words(mine))
    return unfinished and begins and (mine.state != "complete" or not mine.text.strip())


def _holds(mine: Message, theirs: Message) -> bool:
    """Whether the server's message is a part of one that was said here: one or more of its paragraphs."""
    if not (mine.role == theirs.role == "assistant" and mine.text.strip() and theirs.text.strip()):
        return False
    mark = "\n\n"
    return f"{mark}{theirs.text.strip()}{mark}" in f"{mark}{mine.text.strip()}{mark}"
