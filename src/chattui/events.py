"""What a reply is made of: the closed family of events that every provider yields and every screen shows.

Facts only, no behaviour. `chat.Message + event` is what they mean for the message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JSON = Any
"""What json.loads returns: to be looked at before it is used."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and cost of one reply. None = the server has not said."""

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    cost: float | None = None
    """In US dollars, only when the server reports it."""

    def over(self, older: Usage | None) -> Usage:
        """What is known after this report: the newest non-None value wins, nothing is ever summed."""
        if older is None:
            return self
        return Usage(
            input=older.input if self.input is None else self.input,
            output=older.output if self.output is None else self.output,
            cached=older.cached if self.cached is None else self.cached,
            reasoning=older.reasoning if self.reasoning is None else self.reasoning,
            cost=older.cost if self.cost is None else self.cost,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that a bot offers. `value` is sent when it is picked; `label` is shown."""

    label: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message. Its content is in the store under `digest`, or stayed where `url` says."""

    name: str
    type: str
    """The media type that its content shows, such as image/png; text/plain for every text."""
    size: int = 0
    """Bytes; 0 = not known."""
    digest: str = ""
    """SHA-256 of the content in hexadecimal; "" when only the address is known."""
    url: str = ""

    @property
    def is_image(self) -> bool:
        return self.type.startswith("image/")


# ---------------------------------------------------------------- on the way: not part of the reply


@dataclass(frozen=True, slots=True)
class Progress:
    """How the request is doing, for the status line.

    connecting: opening the connection to `host` · waiting: request sent, nothing yet · retrying: in `seconds`, because
    of `text` · alive: a keep-alive or an event without content · thinking: the server works on it (`text` in its words)
    """

    phase: Literal["connecting", "waiting", "retrying", "alive", "thinking"]
    text: str = ""
    host: str = ""
    seconds: float = 0.0
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Started:
    """The server took the request. `model` is the model that really answers, when it says so."""

    model: str = ""


# ---------------------------------------------------------------- content


@dataclass(frozen=True, slots=True)
class TextDelta:
    """Text to append to the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class TextReplaced:
    """The whole answer so far, for servers that send it cumulatively or take text back."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """Text to append to the reasoning."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool call or a piece of one, told apart by `id`; `arguments` is appended, a non-empty `name` replaces."""

    id: str
    name: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """What a tool gave back, as text."""

    id: str
    result: str
    failed: bool = False


@dataclass(frozen=True, slots=True)
class SourceCited:
    """A source of the answer. The same `url` twice is one source."""

    url: str
    title: str = ""
    snippet: str = ""


@dataclass(frozen=True, slots=True)
class FileReturned:
    """A file that belongs to the answer, such as a painted image. `data` is its content, empty when only its address
    came. The same file twice is one.
    """

    file: Attachment
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class ChoicesOffered:
    """The bot asks, and offers these answers. Replaces earlier offers of the same reply."""

    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know that is not the answer: a refusal, a content filter, skipped events."""

    text: str


@dataclass(frozen=True, slots=True)
class UsageReported:
    """Usage so far; laid over the former report, never summed."""

    usage: Usage


@dataclass(frozen=True, slots=True)
class RemoteState:
    """Ids and opaque values that the server issued and the next turn needs. None removes a name."""

    values: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """The reply in its API's own form, where parts of it must go back unchanged: signed or encrypted reasoning, what
    hosted tools found. Never shown; the last one counts. `by` names who issued it: nobody else gets it.
    """

    by: str
    items: tuple[JSON, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The explicit end marker. Without one a reply is never `complete`.

    reason: stop, length, tool_calls, content_filter, … or "" when the format does not say.
    more: the text is whole, but usage or a last marker may follow; the wire waits at most two seconds for it.
    """

    reason: str = ""
    more: bool = False


ChatEvent = (
    Progress
    | Started
    | TextDelta
    | TextReplaced
    | ReasoningDelta
    | ToolCalled
    | ToolReturned
    | SourceCited
    | FileReturned
    | ChoicesOffered
    | Notice
    | UsageReported
    | RemoteState
    | Kept
    | Finished
)
