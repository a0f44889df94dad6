"""The bytes of a take, cut into frames again: each with its raw bytes, when it was whole, and what became of it.

The framing that cut the answer cuts it again, a line at a time, so that every frame knows its bytes.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from chattui.errors import ChattuiError
from chattui.events import Progress
from chattui.tape import Became, Take, masking
from chattui.wire import Frame, Framing
from chattui.wire.framing import Framer, framer

_ENDS = (b"\n", b"\r\n", b"\r")
_LINES = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(slots=True)
class Piece:
    """One frame, or a keep-alive (`frame` None)."""

    at: float
    """When its last byte had come, in ms."""
    gap: float
    """Since the piece before it; of the first one since the request left."""
    raw: bytes
    size: int
    """Bytes."""
    frame: Frame | None
    arrival: int
    """The number of the arrival that completed it: pieces of one number came together."""
    became: Became | None = None

    @property
    def kind(self) -> str:
        """What became of it, in a word: "alive" for a keep-alive, "" where nobody told."""
        return self.became.kind if self.became is not None else "alive" if self.frame is None else ""

    @property
    def said(self) -> bool:
        """Whether it held text of the reply."""
        return self.became is not None and any(kind in {"text", "replaced"} for kind in self.became.kinds)


class Pieces:
    """The pieces of a take that may still grow: `read` adds those that have come since."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self.found: list[Piece] = []
        self.broken = ""
        """Why the bytes could not be cut any further."""
        self._rest = bytearray()
        self._framer: Framer | None = None
        self._arrivals = 0
        self._told = 0
        self._untold: deque[Piece] = deque()
        self._last = take.sent or 0.0
        self._over = False

    @property
    def rest(self) -> bytes:
        """The bytes at the end that make no frame yet."""
        return masking.raw(bytes(self._rest), self.take.secrets)

    @property
    def behind(self) -> bool:
        """Whether there are arrivals that have not been cut yet."""
        return self._arrivals < len(self.take.chunks) and not self.broken

    def read(self, most: int | None = None) -> list[Piece]:
        """All pieces so far; with `most`, so many arrivals further at most."""
        take = self.take
        if take.outline is not None:
            if not self.found:
                self.found = list(_outlined(take))
            return self.found
        self._framer = self._framer or self._begin()
        if self._framer is None:
            return self.found
        end = self._arrivals + most if most is not None else len(take.chunks)
        while self.behind and self._arrivals < end:
            at, data = take.chunks[self._arrivals]
            self._arrivals += 1
            whole = take.framing == "socket" or self._framer.framing == "text"
            for part in (data,) if whole else _LINES.findall(data):
                self._rest += part
                self._cut(at, part)
        if take.ended is not None and not (self._over or self.broken or self.behind):
            self._over = True
            self._cut(take.chunks[-1][0] if take.chunks else take.ended, None)
        while self._untold and self._told < len(take.became):
            self._untold.popleft().became = take.became[self._told]
            self._told += 1
        return self.found

    def _begin(self) -> Framer | None:
        """The framer for the answer, once it is known which."""
        take = self.take
        kind = take.header.get("content-type", "")
        if take.framing == "socket":
            return _Messages()
        if take.framing == "auto":
            probe = framer("auto", kind)
            with suppress(ChattuiError):
                for _, data in take.chunks[:16]:
                    probe.feed(data)
                    if probe.framing != "auto":
                        break
            if probe.framing == "auto" and take.ended is None:
                return None
            return framer("auto" if probe.framing == "json" else probe.framing, kind)
        return framer(take.framing, kind)

    def _cut(self, at: float, part: bytes | None) -> None:
        """Feed the framer; None is the end."""
        assert self._framer is not None
        try:
            items = self._framer.flush() if part is None else self._framer.feed(part)
        except ChattuiError as error:
            self.broken = error.text
            return
        if items:
            self._add(at, items)
        elif self._rest in _ENDS and self.found and self.found[-1].frame is None:  # the blank line after a comment
            self.found[-1].raw += bytes(self._rest)
            self.found[-1].size += len(self._rest)
            self._rest.clear()

    def _add(self, at: float, items: Sequence[Frame | Progress]) -> None:
        for number, item in enumerate(items, 1):
            raw = b""
            if number == len(items):
                raw = bytes(self._rest)
                self._rest.clear()
            frame = item if isinstance(item, Frame) else None
            if secrets := self.take.secrets:
                raw = masking.raw(raw, secrets)
                if frame is not None and any(secret in frame.data for secret in secrets):
                    frame = Frame(masking.text(frame.data, secrets), frame.event, frame.id, frame.whole, frame.ended)
            piece = Piece(at, round(at - self._last, 3), raw, len(raw), frame, self._arrivals)
            self._last = at
            self.found.append(piece)
            if frame is not None:
                self._untold.append(piece)


class _Messages:
    """The framer of a WebSocket, whose messages are frames already."""

    framing: Framing = "text"

    def feed(self, data: bytes) -> list[Frame | Progress]:
        return [Frame(data.decode("utf-8", "replace"))]

    def flush(self) -> list[Frame | Progress]:
        return []


def pieces(take: Take) -> list[Piece]:
    """All pieces of a take."""
    return Pieces(take).read()


def _outlined(take: Take) -> Iterator[Piece]:
    last, arrival = take.sent or 0.0, 0
    for one in take.outline or ():
        arrival += one.at != last
        alive = one.became is not None and one.became.kind == "alive"
        frame = None if alive else Frame("", one.event)
        yield Piece(one.at, round(one.at - last, 3), b"", one.size, frame, arrival, None if alive else one.became)
        last = one.at
