"""A tape as the network: its answers come again, byte for byte and at their times, through the wire's own exchange."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from chattui import errors
from chattui.endpoint import Endpoint
from chattui.errors import ChatError, Unsupported
from chattui.events import JSON
from chattui.tape import Take, Tape
from chattui.wire import Frame, Lost, Recorder, Request, Socket
from chattui.wire.exchange import HttpExchange, Sending


class Played:
    """A Wire that answers from a tape. After its end it begins anew, so that the same can be looked at again.

    `speed` 2 is twice as fast; 0 waits for nothing.
    """

    def __init__(self, tape: Tape, speed: float = 1.0) -> None:
        self._takes = [
            take for number, take in enumerate(tape.takes) if not (speed == 0 and _tried_again(tape, number))
        ]
        self._speed = speed
        self._left: list[Take] = []

    def exchange(self, request: Request, endpoint: Endpoint) -> HttpExchange:
        """See Wire.exchange. The answer is the next one to this method and path."""

        async def send(sending: Sending) -> _Answer:
            return await self._answered(request, sending)

        return HttpExchange(send, request, endpoint, time.time)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch."""
        async with self.exchange(request, endpoint) as exchange:
            async for item in exchange:
                if isinstance(item, Frame):
                    try:
                        return item.json()
                    except ValueError:
                        break
        raise errors.NotAnApi("The tape holds no JSON for this request.")

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        endpoint: Endpoint,  # noqa: ARG002 - the wire's signature
        *,
        protocols: Sequence[str] = (),  # noqa: ARG002 - as above
        recorder: Recorder | None = None,
    ) -> AsyncGenerator[Socket, None]:
        """See wire.socket.opened."""
        take = self._next(Request(url, "GET"))
        if take.answered is None:
            raise _failure(take)
        if recorder is not None:
            recorder.sent()
            recorder.answered(take.status, take.header)
        yield _PlayedSocket(self, take, recorder)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later. A server that is only played has nothing to be told."""
        work.close()

    async def aclose(self) -> None:
        """See Wire.aclose."""

    async def _answered(self, request: Request, sending: Sending) -> _Answer:
        take = self._next(request)
        if request.recorder is not None:  # what was asked then is what this answers
            body = b"" if take.body is None else json.dumps(take.body).encode()
            request.recorder.asked(take.method, take.url, take.headers, body, (), take.sources)
        sending.reached("connecting")
        await self.until(take.sent or 0.0)
        if take.sent is not None:
            sending.reached("waiting")
        if take.answered is None:
            await self.until((take.ended or 0.0) - (take.sent or 0.0))
            raise _failure(take)
        await self.until(take.answered - (take.sent or 0.0))
        return _Answer(self, take, request.recorder)

    def _next(self, request: Request) -> Take:
        if not self._left:
            self._left = list(self._takes)
        wanted = (request.method, urlsplit(request.url).path)
        found = next((take for take in self._left if (take.method, urlsplit(take.url).path) == wanted), None)
        take = found or next(iter(self._left), None)
        if take is None:
            raise Unsupported("The tape holds no answer.")
        self._left.remove(take)
        return take

    async def until(self, ms: float) -> None:
        """Wait as long as it took then, at this speed."""
        if self._speed and ms > 0:
            await asyncio.sleep(ms / 1000 / self._speed)
        else:
            await asyncio.sleep(0)


class _Answer:
    """`wire.exchange.Answer`. The body is plain, whatever it was when it came."""

    def __init__(self, played: Played, take: Take, recorder: Recorder | None) -> None:
        self._played = played
        self._take = take
        self._recorder = recorder
        self._at = take.answered or 0.0
        self._chunks = iter(take.chunks)
        self.status = take.status
        self.headers: Mapping[str, str] = {
            name: value for name, value in take.answer if name not in {"content-encoding", "content-length"}
        } | {"transfer-encoding": "chunked"}

    async def read(self) -> bytes:
        """The next bytes, when they are due; the failure that the recording ended with."""
        take = self._take
        if self._recorder is not None:  # with the headers that tell of the way, not only of these bytes
            self._recorder.answered(take.status, dict(take.answer))
            self._recorder = None
        for at, data in self._chunks:
            if at - self._at >= 1 or not data:
                await self._played.until(at - self._at)
                self._at = at
            return data
        if take.ended is not None:
            await self._played.until(take.ended - self._at)
            self._at = take.ended
        if take.error is not None and take.error.kind in {"CutShort", "TimedOut", "Unreachable"}:
            raise _failure(take)
        return b""

    async def close(self, *, clean: bool) -> None:
        """Nothing is open."""


class _PlayedSocket:
    """`wire.Socket`. What was sent then is sent to nobody now."""

    def __init__(self, played: Played, take: Take, recorder: Recorder | None) -> None:
        self.recorder = recorder
        self._played = played
        self._at = take.answered or 0.0
        self._chunks = iter(take.chunks)

    async def send(self, text: str) -> None:
        """See Socket.send."""
        if self.recorder is not None:
            self.recorder.said(text)

    async def receive(self, seconds: float) -> str | None:  # noqa: ARG002 - as above
        """See Socket.receive. The next message comes when it is due, however long that takes."""
        for at, data in self._chunks:
            await self._played.until(at - self._at)
            self._at = at
            if self.recorder is not None:
                self.recorder.read(data)
            return data.decode("utf-8", "replace")
        raise Lost("The recording ended here.")


def _tried_again(tape: Tape, number: int) -> bool:
    """Whether the take failed before it gave anything, and the same was asked again."""
    take = tape.takes[number]
    later = tape.takes[number + 1 :]
    failed = take.error is not None and not any(one.kind not in {"ignored", "model", "error"} for one in take.became)
    return failed and any((other.method, other.url) == (take.method, take.url) for other in later)


def _failure(take: Take) -> ChatError:
    """The failure that was recorded, as the error that it was."""
    kind = getattr(errors, take.error.kind, errors.CutShort) if take.error is not None else errors.CutShort
    text = take.error.text if take.error is not None else "The recording ended here."
    if not (isinstance(kind, type) and issubclass(kind, ChatError)) or kind is errors.Rejected:
        kind = errors.CutShort
    found: ChatError = kind(text)
    return found
