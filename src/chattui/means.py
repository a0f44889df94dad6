"""What a session works with, passed in: the network, the store, the clocks and the source of ids."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chattui.wire import Wire
from chattui.writer import Writer

if TYPE_CHECKING:
    from chattui.tapes import Tapes


def new_id() -> str:
    """A random id that sorts by time: 12 hex digits of milliseconds, 10 of chance."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


@dataclass(frozen=True, slots=True)
class Means:
    """What a session works with; tests give their own clock and ids. `writer` None leaves nothing on disk."""

    wire: Wire
    writer: Writer | None
    clock: Callable[[], float] = time.time
    """Unix seconds."""
    ticks: Callable[[], float] = time.monotonic
    """Seconds that never go back."""
    new_id: Callable[[], str] = new_id
    tapes: Tapes | None = None
    """Records replies; None: nobody wants to see what endpoints really send."""

    def fleeting(self) -> Means:
        """The same without a disk: what is said is there as long as chattui runs, and no longer."""
        return replace(self, writer=None, tapes=self.tapes.fleeting() if self.tapes is not None else None)
