"""The one line on standard error that tells how a request is doing: only on a terminal, and gone before text comes."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Mapping
from typing import Self, TextIO

from chattui import safe
from chattui.commands.output import is_terminal
from chattui.events import Progress

TICK = 0.5
ERASE = "\r\x1b[K"
BAR = 24
"""Cells of a whole bar."""


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


class Bar:
    """A bar on one line, for work whose end can be told; only on a terminal, drawn at most ten times a second.

    A context manager: nothing of it is left behind.
    """

    def __init__(self, stream: TextIO | None, what: str, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream if on_terminal(stream) else None
        self._what = what
        self._ticks = ticks
        self._drawn = -1.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.erase()

    def show(self, part: float, words: str = "") -> None:
        """`part` is how much is done, from 0 to 1; `words` stand behind the bar."""
        now = self._ticks()
        if self._stream is None or (self._drawn >= 0 and now - self._drawn < 0.1):
            return
        self._drawn = now
        done = round(min(max(part, 0.0), 1.0) * BAR)
        said = f"{self._what} {'━' * done}{'─' * (BAR - done)} {round(part * 100):>3} %  {words}"
        width = shutil.get_terminal_size().columns - 1
        self._stream.write(ERASE + safe.line(said, max(width, 1)))
        self._stream.flush()

    def erase(self) -> None:
        """Take it away, so that something else can be said."""
        if self._stream is not None and self._drawn >= 0:
            self._drawn = -1.0
            self._stream.write(ERASE)
            self._stream.flush()
