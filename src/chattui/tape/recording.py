"""The wire that fills a tape: every exchange through it is a Take. What it costs is an append for each arrival."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from typing import Any, Literal

from chattui import secret, wire
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.events import JSON
from chattui.redaction import Blackout
from chattui.tape import LONGEST, TAKE_BYTES, Became, Failed, Take, Tape, masking
from chattui.tape.arrivals import Arrivals
from chattui.wire import Exchange, Framing, Request, Socket, Sockets, Wire

SHORT, MOST_KNOWN = 24, 4096
"""Words of how many characters are remembered, and how many of them."""


class Recorder:
    """Writes one exchange into its take: `wire.Recorder`. `ticks` are seconds that never go back."""

    __slots__ = ("_beside", "_blackouts", "_known", "_ticks", "_zero", "take")

    def __init__(self, take: Take, ticks: Callable[[], float], beside: Sequence[Take] = ()) -> None:
        self.take = take
        self._beside = beside
        self._ticks = ticks
        self._zero = ticks()
        self._blackouts: dict[tuple[str, tuple[str, ...]], Blackout] = {}
        self._known: dict[tuple[str, str, int, tuple[str, ...]], Became] = {}  # models say the same words often
        take.chunks = Arrivals(take.chunks)

    def _now(self) -> float:
        return round((self._ticks() - self._zero) * 1000, 3)

    def asked(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        secrets: Sequence[str],
        sources: Mapping[str, str],
    ) -> None:
        """See wire.Recorder.asked."""
        take = self.take
        take.secrets = masking.variants((*secrets, *secret.seen()))
        for other in self._beside:  # a socket that is open meanwhile may repeat what goes out here
            if other.ended is None:
                other.secrets = tuple(sorted({*other.secrets, *take.secrets}, key=len, reverse=True))
        take.method = method
        take.url = masking.url(url, take.secrets)
        take.headers = tuple((name.lower(), masking.header(name, value, take.secrets)) for name, value in headers)
        take.sources = {name.lower(): source for name, source in sources.items()}
        take.body = masking.body(json.loads(body), take.secrets) if body else None

    def through(self, proxy: str) -> None:
        """See wire.Recorder.through."""
        self.take.proxy = proxy

    def sent(self) -> None:
        """See wire.Recorder.sent."""
        self.take.sent = self._now()

    def answered(self, status: int, headers: Mapping[str, str]) -> None:
        """See wire.Recorder.answered."""
        take = self.take
        take.answered = self._now()
        take.status = status
        take.answer = tuple(
            (name.lower(), masking.header(name, value, take.secrets)) for name, value in headers.items()
        )

    def read(self, data: bytes) -> None:
        """See wire.Recorder.read."""
        take = self.take
        if take.lost or take.size + len(data) > TAKE_BYTES:
            take.lost += len(data)
            return
        take.size += len(data)
        take.chunks.append((self._now(), data))

    def became(self, kind: str, text: str, chars: int) -> None:
        """See wire.Recorder.became."""
        take = self.take
        blackout = self._blackouts.get((kind, take.secrets))
        if blackout is None:
            blackout = self._blackouts[kind, take.secrets] = Blackout(take.secrets)
        blackout.feed(text)
        take.spelled = take.spelled or blackout.found
        if take.lost:
            return
        said = (kind, text[: LONGEST * 2], chars, take.secrets)
        if (found := self._known.get(said)) is None:
            found = Became(kind, masking.text(said[1], take.secrets)[:LONGEST], chars)
            if len(text) < SHORT and len(self._known) < MOST_KNOWN:
                self._known[said] = found
        take.became.append(found)

    def unended(self) -> None:
        """See wire.Recorder.unended."""
        self.take.unended = True

    def said(self, text: str) -> None:
        """See wire.Recorder.said."""
        sent = self.take.body if isinstance(self.take.body, list) else []
        try:
            told = json.loads(text)
        except (ValueError, RecursionError):
            told = text
        self.take.body = [*sent, masking.body(told, self.take.secrets)]

    def ended(self, framing: Framing | Literal["socket"], error: BaseException | None) -> None:
        """See wire.Recorder.ended."""
        take = self.take
        if take.ended is not None:
            return
        take.ended = self._now()
        if framing != "auto" or take.framing == "auto":
            take.framing = framing
        if isinstance(error, ChattuiError):
            take.error = Failed(type(error).__name__, masking.text(error.text, take.secrets))
        elif error is not None:
            take.left = True


class Recorded:
    """A Wire that records what goes through it onto a tape. `began` is when the tape did, on the clock of `ticks`."""

    def __init__(self, inner: Wire, tape: Tape, ticks: Callable[[], float]) -> None:
        self._wire = inner
        self._tape = tape
        self._ticks = ticks
        self._zero = ticks()

    def exchange(self, request: Request, endpoint: Endpoint) -> AbstractAsyncContextManager[Exchange]:
        """See Wire.exchange."""
        return self._wire.exchange(self._noted(request), endpoint)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch."""
        return await self._wire.fetch(self._noted(request), endpoint)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later."""
        self._wire.later(work)

    @asynccontextmanager
    async def socket(
        self,
        url: str,
        endpoint: Endpoint,
        *,
        protocols: Sequence[str] = (),
        recorder: wire.Recorder | None = None,  # noqa: ARG002 - this wire has its own
    ) -> AsyncGenerator[Socket, None]:
        """See wire.Sockets."""
        from chattui.wire.socket import opened  # noqa: PLC0415 - few endpoints want one

        mine = Recorder(self._take(Request(url, "GET")), self._ticks, self._tape.takes)
        mine.asked("GET", url, (), b"", protocols[1:], {})
        mine.take.framing = "socket"
        open_ = self._wire.socket if isinstance(self._wire, Sockets) else opened
        try:
            async with open_(url, endpoint, protocols=protocols, recorder=mine) as socket:
                yield socket
        except BaseException as error:
            mine.ended("socket", error)
            raise
        mine.ended("socket", None)

    async def aclose(self) -> None:
        """See Wire.aclose."""
        await self._wire.aclose()

    def _noted(self, request: Request) -> Request:
        return replace(request, recorder=Recorder(self._take(request), self._ticks, self._tape.takes))

    def _take(self, request: Request) -> Take:
        take = Take(round((self._ticks() - self._zero) * 1000, 3), request.method, framing=request.framing)
        take.url = masking.url(request.url, ())
        self._tape.takes.append(take)
        return take
