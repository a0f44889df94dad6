"""The one line on standard error that tells how a request is doing: only on a terminal, and gone before text comes."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping
from typing import TextIO

from chattui import safe
from chattui.commands.output import is_terminal
from chattui.events import Progress

TICK = 0.5
ERASE = "\r\x1b[K"


def words(progress: Progress) -> str:
    """What is going on, without the time."""
    match progress.phase:
        case "connecting":
            return f"connecting to {progress.host}"
        case "thinking":
            return progress.text or "thinking"
        case "retrying":
            return f"{progress.text} Retrying"
        case "waiting" | "alive":
            return "waiting for the first token"


class ProgressLine:
    """The line, kept up to date by the event loop: elapsed seconds, or the seconds until a retry."""

    def __init__(self, stream: TextIO, *, shown: bool, ticks: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._shown = shown
        self._ticks = ticks
        self._begun = ticks()
        self._until: float | None = None
        self._words = ""
        self._timer: asyncio.TimerHandle | None = None

    def tell(self, said: str, seconds_left: float | None = None) -> None:
        """Show these words from now on; `seconds_left` counts down instead of up."""
        if self._shown:
            self._words = said
            self._until = None if seconds_left is None else self._ticks() + seconds_left
            self._draw()

    def erase(self) -> None:
        """Take the line away until the next `tell`."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._stream.write(ERASE)
            self._stream.flush()

    def text(self) -> str:
        """The line as it is now."""
        now = self._ticks()
        if self._until is not None:
            return f"{self._words} in {max(0.0, self._until - now):.0f} s"
        return f"{self._words} {now - self._begun:.0f} s"

    def _draw(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(ERASE + safe.line(self.text(), max(width, 1)))
        self._stream.flush()
        self._timer = asyncio.get_running_loop().call_later(TICK, self._draw)


def on_terminal(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a line may be drawn and erased there."""
    return is_terminal(stream) and environ.get("TERM", "dumb") != "dumb"
