"""Conversations as frozen data: a tree of messages, and the pure edits of it. No I/O, no clock, no ids of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args

from chattui.events import (
    JSON,
    Attachment,
    ChatEvent,
    Choice,
    ChoicesOffered,
    FileReturned,
    Finished,
    Kept,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    SourceCited,
    Started,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)

Role = Literal["user", "assistant", "system"]
ROLES: frozenset[str] = frozenset(get_args(Role))
State = Literal["streaming", "complete", "stopped", "incomplete", "failed"]
"""streaming: in flight · complete: its end marker came · stopped: by the user · incomplete: cut after some content
· failed: nothing came. The last three may be retried."""


Rest = tuple[str | None, JSON]
"""The name of an entry, and its unknown fields; None, and an entry that could not be read."""
Beyond = Mapping[str, tuple[Rest, ...]]
"""By part of a message or of a conversation, what the stored form says that is not read here: see chattui.beyond."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
"""One for all messages: an empty dict each would cost a long conversation a megabyte."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds since the request was made; None = has not happened."""

    first: float | None = None
    """To the first visible content (text or reasoning)."""
    total: float | None = None
    """To the end, whatever the end was."""
    thought: float | None = None
    """From the first reasoning to the first text."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool call of a reply: its JSON arguments as text, and its result once there is one."""

    id: str
    name: str = ""
    arguments: str = ""
    result: str | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a message is incomplete or failed: one sentence, what to do next, and the class of error it was."""

    kind: str
    text: str
    hint: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `parent` is the id of the message it answers or follows, None for the first.

    `text` is what was said and nothing else: status words and errors never enter it, because it is sent back as it is.
    """

    id: str
    parent: str | None
    role: str
    """A Role. A file may say another word: such a message is shown with it, and never sent."""
    text: str = ""
    created: float = 0.0
    """Unix seconds."""
    state: State = "complete"
    reasoning: str = ""
    tools: tuple[Tool, ...] = ()
    sources: tuple[SourceCited, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    """Files that the user sent with it, or that the reply brought."""
    choices: tuple[Choice, ...] = ()
    notices: tuple[str, ...] = ()
    finish: str = ""
    """The server's reason for ending: stop, length, content_filter …"""
    endpoint: str = ""
    model: str = ""
    error: Failure | None = None
    usage: Usage | None = None
    timing: Timing = Timing()
    kept: Kept | None = None
    """What its API wants back unchanged in later turns."""
    extra: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)
    """Fields of the stored document that this version does not know; they survive a round trip."""
    beyond: Beyond = field(default_factory=lambda: NOTHING)
    """The same within its parts."""

    def __add__(self, event: ChatEvent) -> Message:
        """The only way a reply grows. Progress and RemoteState leave it as it is."""
        match event:
            case TextDelta(text):
                return replace(self, text=self.text + text)
            case TextReplaced(text):
                return replace(self, text=text)
            case ReasoningDelta(text):
                return replace(self, reasoning=self.reasoning + text)
            case ToolCalled():
                return replace(self, tools=_called(self.tools, event))
            case ToolReturned():
                return replace(self, tools=_returned(self.tools, event))
            case SourceCited():
                return replace(self, sources=_cited(self.sources, event))
            case FileReturned(file):
                return self if file in self.attachments else replace(self, attachments=(*self.attachments, file))
            case ChoicesOffered(choices):
                return replace(self, choices=choices)
            case Notice(text):
                return self if text in self.notices else replace(self, notices=(*self.notices, text))
            case UsageReported(usage):
                return replace(self, usage=usage.over(self.usage))
            case Started(model):
                return replace(self, model=model) if model else self
            case Kept():
                return replace(self, kept=event)
            case Finished(reason):
                return replace(self, finish=self.finish or reason)
            case Progress() | RemoteState():
                return self

    @property
    def has_content(self) -> bool:
        """Whether anything that a person would miss has arrived."""
        return bool(self.text or self.reasoning or self.tools or self.choices or self.attachments)


def _called(tools: tuple[Tool, ...], event: ToolCalled) -> tuple[Tool, ...]:
    for at, tool in enumerate(tools):
        if tool.id == event.id:
            grown = replace(tool, name=event.name or tool.name, arguments=tool.arguments + event.arguments)
            return (*tools[:at], grown, *tools[at + 1 :])
    return (*tools, Tool(event.id, event.name, event.arguments))


def _returned(tools: tuple[Tool, ...], event: ToolReturned) -> tuple[Tool, ...]:
    for at, tool in enumerate(tools):
        if tool.id == event.id:
            return (*tools[:at], replace(tool, result=event.result, failed=event.failed), *tools[at + 1 :])
    return (*tools, Tool(event.id, result=event.result, failed=event.failed))


def _cited(sources: tuple[SourceCited, ...], event: SourceCited) -> tuple[SourceCited, ...]:
    if any(source.url == event.url and source.title == event.title for source in sources):
        return sources
    return (*sources, event)


@dataclass(frozen=True, slots=True)
class Line:
    """A server's own record of the conversation: one line of messages, without branches. See chattui.followed."""

    endpoint: str
    last: str = ""
    """The id of the last message that it holds; "" = it ends on no branch that there is."""
    remote: JSON = None
    """What the server issued for it, as Conversation.remote has it under the endpoint's name."""
    name: str = ""
    """What the conversation is called there; "" = by its id."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A tree of messages; `head` is the last message of the branch that is shown, None while there is none."""

    id: str
    created: float
    updated: float
    title: str = ""
    titled: bool = False
    """True once a person named it: automatic titles keep away."""
    endpoint: str = ""
    model: str = ""
    """The model chosen for this conversation; "" = the endpoint's own."""
    system: str | None = None
    """The system prompt of this conversation; None = the endpoint's own."""
    params: Mapping[str, JSON] = field(default_factory=dict)
    """Parameters of this conversation, laid over the endpoint's."""
    head: str | None = None
    messages: Mapping[str, Message] = field(default_factory=dict)
    """By id, in the order of their arrival."""
    remote: Mapping[str, JSON] = field(default_factory=dict)
    """What the server issued: conversation ids, session ids …"""
    lines: tuple[Line, ...] = ()
    """How far each endpoint's server has followed which branch."""
    chosen: Mapping[str, str] = field(default_factory=dict)
    """The way that was shown last at a fork: the id of a parent ("" above the first message) -> that of its child."""
    pinned: bool = False
    archived: bool = False
    tags: tuple[str, ...] = ()
    strays: tuple[JSON, ...] = ()
    """Entries of the stored list of messages that are no messages; they are kept as they are."""
    newer: bool = False
    """A newer chattui wrote it: it is shown, and never saved."""
    extra: Mapping[str, JSON] = field(default_factory=lambda: NOTHING)
    beyond: Beyond = field(default_factory=lambda: NOTHING)

    def branch(self, head: str | None = None) -> tuple[Message, ...]:
        """The messages from the first to `head` (default: the shown head), oldest first.

        A parent that is missing, or that loops, ends the way back.
        """
        found: list[Message] = []
        seen: set[str] = set()
        at = self.head if head is None else head
        while at is not None and at not in seen and (message := self.messages.get(at)) is not None:
            seen.add(at)
            found.append(message)
            at = message.parent
        return tuple(reversed(found))

    @property
    def last_question(self) -> Message | None:
        """The last user message of the shown branch."""
        return next((message for message in reversed(self.branch()) if message.role == "user"), None)

    @property
    def offered(self) -> tuple[Choice, ...]:
        """The answers that the last message of the shown branch offers."""
        last = self.messages.get(self.head or "")
        return () if last is None else last.choices

    @property
    def lasting(self) -> bool:
        """Whether it holds anything to keep: a bot's greeting becomes a conversation when its user says something."""
        return any(message.role == "user" for message in self.messages.values())

    def children(self, parent: str | None) -> tuple[Message, ...]:
        """The messages that follow `parent`, oldest first: siblings of each other."""
        return tuple(message for message in self.messages.values() if message.parent == parent)

    def with_message(self, message: Message, *, now: float) -> Conversation:
        """The message added, or put in the place of the one with its id; it becomes the head when it is new."""
        new = message.id not in self.messages
        return replace(
            self,
            messages={**self.messages, message.id: message},
            head=message.id if new else self.head,
            updated=max(now, self.updated),
            title=self.title or title_of(message),
        )

    def named(self, title: str) -> Conversation:
        """With the title that a person gave; an empty one gives the automatic title back."""
        title = " ".join(title.split())
        first = next((message for message in self.walk() if message.role == "user"), None)
        return replace(self, title=title or (title_of(first) if first else ""), titled=bool(title))

    def with_remote(self, values: Mapping[str, JSON]) -> Conversation:
        """Server-issued values laid over the known ones; None removes a name."""
        merged = {**self.remote, **values}
        return replace(self, remote={name: value for name, value in merged.items() if value is not None})

    def walk(self) -> Iterator[Message]:
        """Every message of every branch, in the order of arrival."""
        return iter(self.messages.values())


def picked(choices: tuple[Choice, ...], text: str) -> Choice | None:
    """The offered answer that a person means: by its words, or by its number from 1 unless answers are numbers."""
    said = text.strip()
    for choice in choices:
        if said in {choice.label, choice.value}:
            return choice
    numbers = any(word.strip().isdecimal() for choice in choices for word in (choice.label, choice.value))
    if said.isascii() and said.isdecimal() and not numbers and 0 < int(said[:6]) <= len(choices):
        return choices[int(said[:6]) - 1]
    return None


def title_of(message: Message, limit: int = 60) -> str:
    """A title from a user's first words: one line, at most `limit` characters, cut at a word where that is near."""
    if message.role != "user":
        return ""
    words = " ".join(message.text[: limit * 8].split())
    if len(words) <= limit:
        return words
    cut = words[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit // 2 else cut) + "…"
