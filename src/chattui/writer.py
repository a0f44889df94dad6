"""The one thread in which the store works, so that no event loop ever waits for a disk and saves keep their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ParamSpec, TypeVar

from chattui.store import Store

P = ParamSpec("P")
T = TypeVar("T")


class Writer:
    """A store behind its thread."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, "store")
        self._open: set[Future[object]] = set()

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of the work, done in its turn. Cancelling the caller does not take back the work."""
        return await asyncio.shield(asyncio.wrap_future(self.later(work, *args, **kwargs)))

    def later(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Put the work in the queue and go on."""
        future = self._thread.submit(work, *args, **kwargs)
        self._open.add(future)  # type: ignore[arg-type]  # a set of results nobody reads
        future.add_done_callback(self._open.discard)
        return future

    def close(self, seconds: float = 2.0) -> bool:
        """Wait for what is queued, at most so long; whether all of it was done."""
        _, late = wait(list(self._open), seconds)
        self._thread.shutdown(wait=False)
        return not late
