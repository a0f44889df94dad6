"""text/event-stream bytes -> httpx-sse's ServerSentEvents, as WHATWG HTML §9.2.6 has it. No I/O.

Fields become events through httpx-sse's own SSEDecoder. Around it stands what that library leaves open: the stream is
always UTF-8 (its reader believes a `charset`); a BOM at the start goes; a lone CR ends a line at once; a block without
a data line is no event (after any `id:` the library makes an empty one of every blank line); `retry` is ASCII digits
only; comments are seen; an event has a cap; an unfinished last event is kept.
The block that nearly every chat server sends, one `data:` line, skips the decoder and with it most of its cost.
"""

from __future__ import annotations

from dataclasses import dataclass

from httpx_sse import ServerSentEvent
from httpx_sse._decoders import SSEDecoder

from chattui.errors import TooLarge

EVENT_CAP = 16 * 1024 * 1024
"""Bytes of one event or one line: painted images come in one piece."""
LONGEST_STRAY = 100
"""Lines of a JSON document outside of events."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class KeepAlive:
    """A comment, or a block without data: the server lives and has nothing to say. `text` is the comment, unsafe."""

    text: str = ""


class SseParser:
    """Bytes in, cut anywhere; events out. `last_event_id` is what a reconnect starts with."""

    __slots__ = (
        "_block",
        "_cap",
        "_decoder",
        "_has_data",
        "_head",
        "_last_id",
        "_partial",
        "_single",
        "_size",
        "_skip_lf",
        "_stray",
    )

    def __init__(self, *, cap: int = EVENT_CAP, last_event_id: str = "") -> None:
        self._cap = cap
        self._decoder = SSEDecoder()
        self._last_id = last_event_id
        if last_event_id:
            self._decoder.decode(f"id: {last_event_id}")
        self._head: bytes | None = b""  # the first bytes, while they may still be a BOM
        self._skip_lf = False  # the last chunk ended with CR
        self._partial: list[bytes] = []  # of an unfinished line
        self._single: bytes | None = None  # the only line of the block so far, a data line
        self._block = False  # some field of the block has gone into the decoder
        self._has_data = False  # and a data line was among them
        self._size = 0  # bytes of the block and the unfinished line
        self._stray: list[str] = []  # lines of a JSON document between the events

    def feed(self, data: bytes) -> list[ServerSentEvent | KeepAlive]:
        """The events that these bytes complete. Raises TooLarge."""
        if self._head is not None:
            data = self._head + data
            if len(data) < len(BOM) and BOM.startswith(data):
                self._head = data
                return []
            self._head = None
            data = data.removeprefix(BOM)
        if self._skip_lf and data:
            self._skip_lf = False
            data = data.removeprefix(b"\n")
        if b"\r" in data:
            self._skip_lf = data.endswith(b"\r")
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not data:
            return []
        if self._partial:
            self._partial.append(data)
            if b"\n" not in data:
                self._grow(len(data))
                return []
            self._size -= sum(map(len, self._partial)) - len(data)
            data = b"".join(self._partial)
            self._partial.clear()
        *lines, rest = data.split(b"\n")
        found = self._lines(lines)
        if rest:
            self._partial.append(rest)
            self._grow(len(rest))
        return found

    def flush(self) -> list[ServerSentEvent | KeepAlive]:
        """At the end of the body: the event that lacks its blank line, if it has data. The standard would drop it."""
        rest = b"".join(self._partial) or self._head or b""
        self._partial.clear()
        self._head = None
        self._size = 0
        found = self._lines([rest] if rest else [])
        if self._single is not None or self._has_data:
            found += self._lines([b""])
        if self._stray:  # Gemini writes an error in the middle of a stream without any `data:`
            found.append(ServerSentEvent("message", "\n".join(self._stray)))
            self._stray.clear()
        return found

    def _lines(self, lines: list[bytes]) -> list[ServerSentEvent | KeepAlive]:
        found: list[ServerSentEvent | KeepAlive] = []
        for line in lines:
            if line:
                if line[:1] == b":":
                    found.append(KeepAlive(line[1:401].decode("utf-8", "replace").strip()))
                    if len(line) > self._cap:
                        raise too_large(self._cap)
                    continue
                self._grow(len(line))
                if not self._block and self._single is None and line[:5] == b"data:":
                    self._single = line
                else:
                    self._field(line)
            elif self._single is not None:
                value = self._single[6:] if self._single[5:6] == b" " else self._single[5:]
                found.append(ServerSentEvent("message", value.decode("utf-8", "replace"), self._last_id))
                self._single = None
                self._size = 0
            elif self._block:
                event = self._decoder.decode("")
                found.append(event if self._has_data and event is not None else KeepAlive())
                self._block = self._has_data = False
                self._size = 0
        return found

    def _field(self, line: bytes) -> None:
        if self._single is not None:
            self._decoder.decode(self._single.decode("utf-8", "replace"))
            self._single = None
            self._has_data = True
        self._block = True
        text = line.decode("utf-8", "replace")
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._has_data = True
            case "id" if "\0" not in value:
                self._last_id = value
            case _ if name not in {"event", "retry", "id"} and (self._stray or line[:1] in {b"{", b"["}):
                if len(self._stray) < LONGEST_STRAY:
                    self._stray.append(text)
                return
            case "error" if value.startswith("{"):  # llama-server until 2025-09, instead of `data:`
                self._has_data = True
                self._decoder.decode("event: error")
                text = f"data: {value}"
            case "retry" if not (value.isascii() and value.isdigit() and len(value) < 16):
                return
        self._decoder.decode(text)

    def _grow(self, by: int) -> None:
        self._size += by
        if self._size > self._cap:
            raise too_large(self._cap)


def too_large(cap: int) -> TooLarge:
    """What is said of an event, line or document over its cap in bytes."""
    size = f"{cap // (1024 * 1024)} MiB" if cap >= 1024 * 1024 else f"{cap} bytes"
    return TooLarge(f"The server sent an event larger than {size}; stopped.")
