"""Recorded answers played back: over the real wire as they were, and through the framing cut and damaged at will."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from talk import Talk, endpoint

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.errors import ChatError, CutShort, Unreachable
from chattui.events import JSON, ChatEvent, Finished, Progress, ReasoningDelta, RemoteState, TextDelta
from chattui.providers import Turn, provider
from chattui.wire import Exchange, Frame, Framing, Request, Wire
from chattui.wire.framing import Framer, framer
from server import CUT, Server

FUZZ = int(os.environ.get("CHATTUI_FUZZ", "1000"))
"""Damaged answers for each format. The long run: `CHATTUI_FUZZ=10000 pytest tests/providers -k "damage or broken"`."""
FOLDER = Path(__file__).parents[1] / "transcripts"


@dataclass(frozen=True)
class Case:
    """One answer. `whole` is false when its chunked body was cut."""

    name: str
    raw: bytes
    status: int
    headers: Mapping[str, str]
    """With lower-case names."""
    body: bytes
    whole: bool
    expected: Mapping[str, Any]

    @property
    def type(self) -> str:
        return self.headers.get("content-type", "")

    def __str__(self) -> str:
        return self.name


def cases(folder: str) -> list[Case]:
    return [_case(path) for path in sorted((FOLDER / folder).glob("*.http"))]


def _case(path: Path) -> Case:
    raw = path.read_bytes()
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    whole = True
    if "chunked" in headers.get("transfer-encoding", ""):
        body, whole = _dechunked(body)
    expected = json.loads(path.with_suffix(".json").read_text("utf-8"))
    return Case(path.stem, raw, int(first.split()[1]), headers, body, whole, expected)


def _dechunked(body: bytes) -> tuple[bytes, bool]:
    found = b""
    while True:
        size, newline, rest = body.partition(b"\r\n")
        if not newline:
            return found, False
        try:
            length = int(size, 16)
        except ValueError:  # garbage on the way
            return found, False
        if length == 0:
            return found, True
        found += rest[:length]
        body = rest[length + 2 :]


# ---------------------------------------------------------------- over the real wire


async def told(case: Case, server: Server, lines: str) -> tuple[Talk, Message]:
    """The case as the only answer of a server, to a turn with the endpoint that these lines describe."""
    server.raw(case.raw, CUT)
    talk = Talk(endpoint(f'url = "http://{server.host}/it"\n{lines}'))
    return talk, await talk.say("Hi")


def check(case: Case, talk: Talk, reply: Message) -> None:
    """All that the case's file says of the answer, and that it is complete or has failed."""
    expected = case.expected
    assert reply.text == expected["text"]
    assert reply.reasoning == expected["reasoning"]
    assert {tool.id: [tool.name, tool.arguments, tool.result] for tool in reply.tools} == expected["tools"]
    assert reply.finish == expected["finish"]
    kind, _, sentence = expected["error"].partition(": ")
    assert (type(talk.error).__name__ if talk.error else "") == kind
    assert sentence in str(talk.error or "")
    assert talk.finished is not bool(kind)
    if "usage" in expected:
        assert reply.usage is not None
        counts = [reply.usage.input, reply.usage.output, reply.usage.cached, reply.usage.reasoning]
        assert counts == expected["usage"]
    if "cost" in expected:
        assert reply.usage is not None
        assert reply.usage.cost == expected["cost"]
    if "sources" in expected:
        assert [[source.url, source.title] for source in reply.sources] == expected["sources"]
    if "files" in expected:
        assert [[file.name, file.type, file.size or file.url] for file in reply.attachments] == expected["files"]
    if "choices" in expected:
        assert [choice.label for choice in reply.choices] == expected["choices"]
    if "remote" in expected:
        assert talk.kept == expected["remote"]


# ---------------------------------------------------------------- through the framing


@dataclass
class Played:
    """A Wire whose first request is answered with these pieces of bytes, and no other is."""

    pieces: Iterable[bytes]
    headers: Mapping[str, str] = field(default_factory=dict)
    whole: bool = True
    requests: list[Request] = field(default_factory=list)

    @asynccontextmanager
    async def exchange(self, request: Request, endpoint: Endpoint) -> AsyncIterator[Exchange]:
        self.requests.append(request)
        if len(self.requests) > 1:
            raise Unreachable("There is one answer only.")
        yield cast("Exchange", _Playing(self, framer(request.framing, self.headers.get("content-type", ""))))

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        raise Unreachable("There is one answer only.")

    def later(self, work: Any) -> None:
        work.close()

    async def aclose(self) -> None:
        pass


@dataclass
class _Playing:
    played: Played
    framer: Framer
    status: int = 200

    @property
    def headers(self) -> Mapping[str, str]:
        return self.played.headers

    @property
    def framing(self) -> Framing:
        return self.framer.framing

    async def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        for piece in self.played.pieces:
            for item in self.framer.feed(piece):
                yield item
        for item in self.framer.flush():
            yield item
        if not self.played.whole:
            raise CutShort("dropped")

    recorder = None

    def saw_content(self) -> None:
        pass

    def ends_within(self, seconds: float) -> None:
        pass


@dataclass(frozen=True)
class Heard:
    """What came of an answer. `error` is its class and sentence."""

    reply: Message
    events: tuple[ChatEvent, ...]
    error: str

    @property
    def complete(self) -> bool:
        return not self.error and isinstance(self.events[-1], Finished)


async def heard(spoken: Endpoint, played: Played) -> Heard:
    """The whole way of a turn but for sockets. Text, which may be cut anywhere, comes joined; Progress is left out."""
    turn = Turn(spoken, spoken.model, (Message("u1", None, "user", "Hi"),), conversation="conv-1", reply="a1")
    reply, error = Message("a1", "u1", "assistant"), ""
    events: list[ChatEvent] = []
    answer = provider(spoken.provider).reply(turn, cast("Wire", played))
    try:
        async with aclosing(cast("AsyncGenerator[ChatEvent, None]", answer)) as stream:
            async for event in stream:
                reply += event
                if not isinstance(event, Progress):
                    _join(events, event)
    except ChatError as failure:
        error = f"{type(failure).__name__}: {failure}"
    return Heard(reply, tuple(events), error)


def _join(events: list[ChatEvent], event: ChatEvent) -> None:
    last = events[-1] if events else None
    if isinstance(event, TextDelta) and isinstance(last, TextDelta):
        events[-1] = TextDelta(last.text + event.text)
    elif isinstance(event, ReasoningDelta) and isinstance(last, ReasoningDelta):
        events[-1] = ReasoningDelta(last.text + event.text)
    elif not isinstance(event, RemoteState) or event != last:
        events.append(event)


def bytewise(body: bytes) -> Iterator[bytes]:
    return (body[at : at + 1] for at in range(len(body)))


def framed(case: Case, pieces: Iterable[bytes]) -> list[Frame]:
    """The frames of a body that arrives in these pieces; pieces of plain text are joined."""
    cutter = framer("auto", case.type)
    items = [item for piece in pieces for item in cutter.feed(piece)] + cutter.flush()
    frames = [item for item in items if isinstance(item, Frame)]
    return [Frame("".join(frame.data for frame in frames))] if cutter.framing == "text" else frames
