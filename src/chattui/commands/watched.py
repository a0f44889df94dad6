"""A wire that tells a report how far each exchange is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from chattui import safe
from chattui.commands.steps import Report
from chattui.endpoint import Endpoint
from chattui.events import JSON, Progress
from chattui.tape.recording import Recorded
from chattui.wire import Exchange, Frame, Framing, Recorder, Request, SocketContext


class Watched:
    """A wire that reports how far each exchange is."""

    def __init__(self, wire: Recorded, report: Report) -> None:
        self._wire = wire
        self._report = report
        self.last: Exchange | None = None

    @asynccontextmanager
    async def exchange(self, request: Request, endpoint: Endpoint) -> AsyncIterator[Exchange]:
        """See Wire.exchange."""

        def sent() -> None:
            self._report.ok("tls")  # whatever the way was, it is behind us
            if request.sent is not None:
                request.sent()

        async with self._wire.exchange(replace(request, sent=sent), endpoint) as exchange:
            self.last = exchange
            self._report.ok("status", str(exchange.status))
            kind = exchange.headers.get("content-type", "")
            doubt = "" if kind else "A stream is sent as text/event-stream, or as application/x-ndjson."
            self._report.ok("content type", safe.line(kind, 60) or "none", doubt=doubt)
            yield WatchedExchange(exchange, self._report)

    def socket(
        self, url: str, endpoint: Endpoint, *, protocols: Sequence[str] = (), recorder: Recorder | None = None
    ) -> SocketContext:
        """See wire.Sockets."""
        return self._wire.socket(url, endpoint, protocols=protocols, recorder=recorder)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch."""
        return await self._wire.fetch(request, endpoint)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later."""
        self._wire.later(work)

    async def aclose(self) -> None:
        """See Wire.aclose."""
        await self._wire.aclose()


class WatchedExchange:
    """An exchange that reports its first byte and its first event."""

    def __init__(self, exchange: Exchange, report: Report) -> None:
        self._exchange = exchange
        self._report = report

    @property
    def status(self) -> int:
        return self._exchange.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._exchange.headers

    @property
    def framing(self) -> Framing:
        return self._exchange.framing

    @property
    def recorder(self) -> Recorder | None:
        return self._exchange.recorder

    async def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        """See Exchange.__aiter__."""
        async for item in self._exchange:
            self._report.ok("first byte")
            if isinstance(item, Frame):
                self._report.ok(
                    "first event", f"{self.framing}" + (f" ‘{safe.line(item.event, 30)}’" if item.event else "")
                )
            yield item

    def saw_content(self) -> None:
        """See Exchange.saw_content."""
        self._exchange.saw_content()

    def ends_within(self, seconds: float) -> None:
        """See Exchange.ends_within."""
        self._exchange.ends_within(seconds)
