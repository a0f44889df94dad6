"""Answers played to a provider: recorded ones, and ones written down in a test. Frames are cut by the real framing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry
from chattui.errors import ChatError, CutShort
from chattui.events import JSON, ChatEvent, Finished, Progress
from chattui.providers import Turn, provider
from chattui.wire import Frame, Framing, Request
from chattui.wire.framing import framer

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"


@dataclass(frozen=True)
class Case:
    """A recorded exchange, and what it says."""

    name: str
    raw: bytes
    expected: Mapping[str, Any]

    def __repr__(self) -> str:
        return self.name

    @property
    def ok(self) -> bool:
        return self.raw.split(b" ", 2)[1] == b"200"

    @property
    def head(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0].lower()

    @property
    def type(self) -> str:
        lines = self.head.decode("latin-1").split("\r\n")
        return next((line.partition(":")[2].strip() for line in lines if line.startswith("content-type:")), "")

    @property
    def body(self) -> bytes:
        """The bytes without the chunks of HTTP; a broken chunk is left out, as a client would."""
        rest = self.raw.partition(b"\r\n\r\n")[2]
        if b"\r\ntransfer-encoding: chunked" not in self.head:
            return rest
        found = b""
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            found += rest[: int(size or b"0", 16)]
            rest = rest[int(size or b"0", 16) + 2 :]
        return found


def cases(name: str) -> list[Case]:
    """The recorded exchanges of a format."""
    files = sorted((TRANSCRIPTS / name).glob("*.http"))
    return [
        Case(file.stem, file.read_bytes(), json.loads(file.with_suffix(".json").read_text("utf-8"))) for file in files
    ]


def frames(pieces: Iterable[bytes], content_type: str = "") -> list[Frame]:
    """The frames of a body that arrives in these pieces."""
    cutter = framer("auto", content_type)
    items = [item for piece in pieces for item in cutter.feed(piece)] + cutter.flush()
    return [item for item in items if isinstance(item, Frame)]


def sse(*values: JSON) -> bytes:
    """An event stream of JSON values."""
    return b"".join(b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n" for value in values)


@dataclass
class Exchange:
    """An answer without a network."""

    body: list[Frame]
    cut: bool
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    framing: Framing = "auto"

    async def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        for frame in self.body:
            yield frame
        if self.cut:
            raise CutShort("The connection dropped in the middle of the reply.")

    recorder = None

    def saw_content(self) -> None:
        pass

    def ends_within(self, seconds: float) -> None:
        pass


@dataclass
class FakeWire:
    """Answers with these frames, whatever is asked; `answer` is what `fetch` gets."""

    body: list[Frame] = field(default_factory=list)
    cut: bool = False
    answer: JSON = None
    asked: list[Request] = field(default_factory=list)

    @asynccontextmanager
    async def exchange(self, request: Request, endpoint: Endpoint) -> AsyncIterator[Exchange]:
        self.asked.append(request)
        yield Exchange(self.body, self.cut)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        self.asked.append(request)
        return self.answer

    def later(self, work: Any) -> None:
        work.close()

    async def aclose(self) -> None:
        pass


@dataclass
class Played:
    """What came of an answer."""

    message: Message
    events: list[ChatEvent]
    error: ChatError | None

    @property
    def complete(self) -> bool:
        return self.error is None and any(isinstance(event, Finished) for event in self.events)

    @property
    def told(self) -> str:
        """The error as the transcripts write it."""
        return f"{type(self.error).__name__}: {self.error.text}" if self.error else ""


def turn(name: str, *messages: Message, **more: Any) -> Turn:
    """A turn of the conversation with these messages (default: "hi") at an endpoint of this wire format."""
    settings = {"url": "http://it.test", "params": {}} | {
        key: more.pop(key) for key in ("url", "params") if key in more
    }
    endpoint = Endpoint("it", name, retry=Retry(0), **settings)
    return Turn(
        endpoint, more.pop("model", "m1"), messages or (Message("u1", None, "user", "hi"),), **{"reply": "r1"} | more
    )


async def folded(asked: Turn, wire: Any) -> Played:
    """The turn through its provider, the events folded into a message as the session does it."""
    message = next((old for old in asked.messages if old.id == asked.reply), Message(asked.reply, None, "assistant"))
    events: list[ChatEvent] = []
    try:
        async for event in provider(asked.endpoint.provider).reply(asked, wire):
            events.append(event)
            message += event
    except ChatError as error:
        return Played(message, events, error)
    return Played(message, events, None)


def played(asked: Turn, body: bytes | list[Frame], *, cut: bool = False, type: str = "") -> Played:  # noqa: A002
    """What comes of this body."""
    wire = FakeWire(body if isinstance(body, list) else frames([body], type), cut)
    return asyncio.run(folded(asked, wire))


def said(found: Played) -> dict[str, Any]:
    """What a transcript's .json says of an exchange."""
    message = found.message
    return {
        "text": message.text,
        "reasoning": message.reasoning,
        "tools": {tool.name: json.loads(tool.arguments) for tool in message.tools},
        "finish": message.finish,
        "error": found.told,
    }
