"""The recording of a reply: each request that it took, what was answered, every arrival of bytes with its time.

    __init__   Tape and Take, which grow while a reply comes in
    recording arrivals   the wire that fills them: `Recorded` · what it fills them with, packed
    pieces     the bytes cut into frames again, each with its time and raw bytes
    masking    what must not be in a recording
    scrub      a take without the keys that were quoted
    form       the file: one JSON object a line (docs/tape-format.md)
    lint       what is wrong with a stream, one sentence each
    detective suspects   who holds a stream back, and the cures
    play       a tape as the network: `Played`
    har copies a tape as HAR; a request as curl, as Python; a frame as a rule

Times are milliseconds: of a take since its tape began, of everything else since its take began.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence, Sequence
from dataclasses import dataclass, field
from typing import Literal

from chattui.events import JSON
from chattui.wire import Framing

Level = Literal["metadata", "wire"]
"""What of a reply is kept: times, sizes and what became of each frame, or its content as well."""

TAKE_BYTES = 32 * 1024 * 1024
"""Bytes of one answer that are kept; what comes after them is counted only."""
LONGEST = 120
"""Characters of what became of a frame that are kept."""


@dataclass(frozen=True, slots=True)
class Became:
    """What one frame was made into.

    kind: text, replaced (the whole text anew), reasoning, tool, choices, sources, file, notice, usage, state, model,
    thinking, done; several joined by "+" · ignored (known to say nothing) · unmatched (no rule took it) · unreadable ·
    error.
    """

    kind: str
    text: str = ""
    """The beginning of it."""
    chars: int = 0
    """Of text; for `replaced` of the whole text."""

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.kind.split("+"))


@dataclass(frozen=True, slots=True)
class Failed:
    """How an exchange or a reply failed: the class of the ChatError and its sentence."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A frame of which only the measures were kept."""

    at: float
    size: int
    event: str
    became: Became | None


@dataclass(slots=True)
class Take:
    """One exchange. It grows while it is recorded; lists are only ever appended to."""

    began: float = 0.0
    method: str = ""
    url: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    """As sent, with *** for secrets."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """Where a masked header or query parameter came from: {"authorization": "$LAB_KEY"}."""
    proxy: str = ""
    """The proxy of ours that it went through."""
    body: JSON = None
    """The JSON that was sent; None for none, and where it was not kept."""
    sent: float | None = None
    """When the connection stood and the request left."""
    answered: float | None = None
    status: int = 0
    answer: tuple[tuple[str, str], ...] = ()
    """The headers of the answer, lower-case names, masked."""
    framing: Framing | Literal["socket"] = "auto"
    """socket: each arrival is one message of a WebSocket."""
    chunks: MutableSequence[tuple[float, bytes]] = field(default_factory=list)
    """Every arrival: when, and which bytes. Compressed ones are here as they read."""
    became: list[Became] = field(default_factory=list)
    """One for each frame, in their order; shorter than the frames where nobody told."""
    outline: tuple[Outline, ...] | None = None
    """In the place of chunks, when only measures were kept."""
    ended: float | None = None
    error: Failed | None = None
    unended: bool = False
    """The body was over, but the end marker that the format wants had not come."""
    left: bool = False
    """We left before the answer was over."""
    lost: int = 0
    """Bytes that came but were not kept."""
    secrets: tuple[str, ...] = ()
    """What must not be seen; never written."""
    spelled: bool = False
    """The reply spelled one of them in pieces."""
    size: int = 0
    """Bytes in chunks."""

    @property
    def header(self) -> dict[str, str]:
        """The answer's headers by name."""
        return dict(self.answer)

    @property
    def seconds(self) -> float:
        """How long it took, as far as it is known."""
        last = self.ended if self.ended is not None else self.chunks[-1][0] if self.chunks else self.answered or 0.0
        return last / 1000

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream of frames, and not one document."""
        return self.framing not in {"json", "auto"} and (200 <= self.status < 300 or self.status == 101)


@dataclass(slots=True)
class Tape:
    """One reply. `made` is Unix seconds."""

    message: str
    conversation: str = ""
    endpoint: str = ""
    provider: str = ""
    preset: str = ""
    model: str = ""
    prompt: str = ""
    remote: Mapping[str, JSON] = field(default_factory=dict)
    """What the server had issued before: the turn was asked with it."""
    made: float = 0.0
    by: str = ""
    """The program and version that recorded it."""
    level: Level = "wire"
    takes: list[Take] = field(default_factory=list)
    state: str = ""
    """As the message's: complete, incomplete, stopped, failed; "" while it grows."""
    error: Failed | None = None

    @property
    def size(self) -> int:
        """Bytes that it holds, about."""
        return sum(take.size + 200 * len(take.became) + 400 for take in self.takes)

    @property
    def main(self) -> Take | None:
        """The exchange that people want to see first: the last one that streams, else the last one."""
        streamed = (take for take in reversed(self.takes) if take.streams and (take.chunks or take.outline))
        return next(streamed, self.takes[-1] if self.takes else None)


def kinds(became: Sequence[Became]) -> dict[str, int]:
    """How often each kind was made."""
    counted: dict[str, int] = {}
    for one in became:
        for kind in one.kinds:
            counted[kind] = counted.get(kind, 0) + 1
    return counted
