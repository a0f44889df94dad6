"""Servers that behave like the systems that chattui has presets for, written from what their sources and pages say.

Each answers by what it is asked (keys, bodies, ids), unlike tests/server.py, which plays a script. `shape` changes how
the bytes of a stream travel, never what they say.
"""

from __future__ import annotations

import gzip
import json
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass
from typing import Any, Literal

from server import CUT, RESET, Received, Server, Step, cut

Shape = Literal["plain", "bytewise", "crlf", "comments", "no space", "one chunk", "gzip", "no last blank line"]
SHAPES: tuple[Shape, ...] = (
    "plain", "bytewise", "crlf", "comments", "no space", "one chunk", "gzip", "no last blank line",
)  # fmt: skip
"""Ways of saying the same."""
Ending = Literal["", "eof", "cut", "reset"]
"""How a stream ends before its last event: the body ends well, the connection closes inside it, or is reset."""


@dataclass
class Fake(Server):
    """A server whose `answer` says with `reply`, `json` or `stream` what one request gets."""

    shape: Shape = "plain"
    ending: Ending = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reply(b"")  # the scripted server wants a script; `_play` puts the real answer in its place

    def answer(self, asked: Received) -> None:
        raise NotImplementedError

    async def _play(self, scripted: Any, reader: StreamReader, writer: StreamWriter) -> bool:
        self.answer(self.requests[-1])
        return await super()._play(self._script.pop(), reader, writer)

    @property
    def base(self) -> str:
        return f"http://{self.host}"

    @property
    def bodies(self) -> list[Any]:
        """The JSON bodies of the requests so far."""
        return [request.json for request in self.requests if request.body]

    def json(self, value: Any, status: int = 200, **headers: str) -> None:
        """Answer with a document."""
        self.reply(
            json.dumps(value).encode(), status=status, type="application/json", headers=named(headers), body="length"
        )

    def stream(self, events: list[bytes], **headers: str) -> None:
        """Answer with events, in the shape of the day."""
        if self.ending:
            events = events[:-1]
        steps: list[Step] = list(self._shaped(events))
        steps += {"": [], "eof": [], "cut": [CUT], "reset": [RESET]}[self.ending]
        extra = {"Content-Encoding": "gzip"} if self.shape == "gzip" else {}
        self.reply(*steps, headers={"Cache-Control": "no-cache", **extra, **named(headers)})

    def _shaped(self, events: list[bytes]) -> list[bytes]:
        whole = b"".join(events)
        match self.shape:
            case "plain":
                return events
            case "bytewise":
                return list(cut(whole))
            case "crlf":
                return [event.replace(b"\n", b"\r\n") for event in events]
            case "comments":
                return [b": ping - 2026-11-21\n\n" + event + b"retry: 3000\nunknown: field\n" for event in events]
            case "no space":
                return [event.replace(b"data: ", b"data:") for event in events]
            case "one chunk":
                return [whole]
            case "gzip":
                return list(cut(gzip.compress(whole), 7))
            case "no last blank line":
                return [*events[:-1], events[-1].rstrip(b"\n")] if events else []


def named(headers: dict[str, str]) -> dict[str, str]:
    """Keyword arguments as header names."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


def data(*values: Any) -> list[bytes]:
    """Values as events without a name, as these servers write them: text as it is, the rest as compact JSON."""
    return [b"data: " + (value if isinstance(value, str) else compact(value)).encode() + b"\n\n" for value in values]


def compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
