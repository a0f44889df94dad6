"""The network, loaded when it is first used: the HTTP library costs more than the whole first frame may take."""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from chattui.endpoint import Endpoint
from chattui.events import JSON
from chattui.wire import Exchange, Request, Wire


class LateWire:
    """A Wire that becomes an HttpWire with the first request."""

    def __init__(self) -> None:
        self._wire: Wire | None = None

    def _loaded(self) -> Wire:
        if self._wire is None:
            from chattui.providers import demo  # noqa: PLC0415
            from chattui.wire.http import HttpWire  # noqa: PLC0415

            self._wire = HttpWire(local={"demo": demo.answer})
        return self._wire

    def exchange(self, request: Request, endpoint: Endpoint) -> AbstractAsyncContextManager[Exchange]:
        """See Wire.exchange."""
        return self._loaded().exchange(request, endpoint)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch."""
        return await self._loaded().fetch(request, endpoint)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later."""
        self._loaded().later(work)

    async def aclose(self) -> None:
        """See Wire.aclose."""
        if self._wire is not None:
            await self._wire.aclose()
