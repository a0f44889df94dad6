"""One timer for all deadlines of an exchange, so that a read costs two assignments and not a timer of its own."""

from __future__ import annotations

import asyncio
from math import inf

ASLEEP = 2.0
"""Seconds: a timer that rings so late tells that the process was stopped (ctrl+z), and that is nobody's silence."""


class Watch:
    """Cancels the task that waits past its due time; `blame` then tells this cancellation from everybody else's.

    As asyncio.timeout, but one timer serves any number of waits: it is armed again only when a due time comes nearer.
    Times are those of the event loop.
    """

    __slots__ = ("_armed", "_cancelling", "_due", "_expired", "_handle", "_loop", "_task", "now")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.now = self._loop.time
        self._handle: asyncio.TimerHandle | None = None
        self._armed = inf
        self._due = inf
        self._task: asyncio.Task[object] | None = None
        self._expired = False
        self._cancelling = 0

    def start(self, due: float) -> None:
        """The current task is going to wait, until `due` at most."""
        self._due = due
        self._task = asyncio.current_task()
        if due < self._armed:
            self._arm(due)

    def move(self, due: float) -> None:
        """The wait that is on has another due time."""
        self._due = due
        if due < self._armed:
            self._arm(due)

    def stop(self) -> None:
        """The wait is over. The timer stays armed for the next one."""
        self._task = None

    def blame(self) -> bool:
        """Whether the CancelledError just caught is this watch's, and nobody else wants the task to end; once."""
        if not self._expired:
            return False
        self._expired = False
        task = asyncio.current_task()
        return task is not None and task.uncancel() <= self._cancelling

    def close(self) -> None:
        """No timer is left behind."""
        self._task = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
            self._armed = inf

    def _arm(self, due: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._armed = due
        self._handle = self._loop.call_at(due, self._ring)

    def _ring(self) -> None:
        self._handle = None
        armed, self._armed = self._armed, inf
        if self._task is None:
            return
        now = self._loop.time()
        if (slept := now - armed) > ASLEEP:  # what came meanwhile has not been read yet
            self._due += slept
        if now < self._due:
            if self._due != inf:
                self._arm(self._due)
            return
        self._expired = True
        self._cancelling = self._task.cancelling()
        self._task.cancel()
        self._task = None
