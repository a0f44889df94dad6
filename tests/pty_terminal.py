"""A real terminal for tests: runs a program in a pty, and knows which modes it has switched on and not off again."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

_ESCAPE = re.compile(rb"\x1b(?:\[[0-9:;<=>?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
_KITTY = re.compile(rb"\x1b\[([<>])[0-9]*u")
ON_AT_REST = {7, 25}
"""Modes that a terminal has without any program: line wrap and the cursor."""


class Terminal:
    """A program in a terminal of its own. Leaving the context kills what is left of it."""

    def __init__(
        self,
        argv: Sequence[str],
        environ: Mapping[str, str],
        *,
        size: tuple[int, int] = (100, 30),
        controlling: bool = True,
    ) -> None:
        """`controlling` False: the kernel will not tell the program by a signal when the terminal closes."""
        self.out = b""
        self._leader, follower = pty.openpty()
        fcntl.ioctl(self._leader, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.at_rest = self.attributes
        environ = {**environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environ.pop("COLUMNS", None)
        environ.pop("LINES", None)

        def own() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            argv, stdin=follower, stdout=follower, stderr=follower, env=environ,
            start_new_session=True, preexec_fn=own if controlling else None,  # noqa: PLW1509 - one thread here
        )  # fmt: skip
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.close()

    # ------------------------------------------------------------ using it

    def type(self, keys: str) -> None:
        os.write(self._leader, keys.encode())

    def close(self) -> None:
        """Close the window."""
        if self._leader >= 0:
            os.close(self._leader)
            self._leader = -1

    def read(self, seconds: float = 0.05) -> bool:
        """Take what has come; False when there was nothing."""
        if self._leader < 0 or not select.select([self._leader], [], [], seconds)[0]:
            return False
        try:
            self.out += os.read(self._leader, 1 << 16)
        except OSError as error:  # the last program in it has gone
            if error.errno != errno.EIO:
                raise
            return False
        return True

    def until_modes(self, wanted: AbstractSet[object], seconds: float = 20.0) -> None:
        """Wait until these private modes are on: they need not be written before the first words are."""
        end = time.monotonic() + seconds
        while not self.modes >= wanted:
            assert time.monotonic() < end, f"{wanted - self.modes} never came on"
            self.read(0.1)

    def until_written(self, sequence: str, seconds: float = 20.0) -> None:
        """Wait until these very bytes came since the last `forget`."""
        end = time.monotonic() + seconds
        while sequence.encode() not in self.out:
            assert time.monotonic() < end, f"{sequence!r} never came"
            self.read(0.1)

    def until(self, words: str, seconds: float = 20.0) -> None:
        """Wait until these words were written, escape sequences aside, since the last `forget`."""
        end = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < end, f"‘{words}’ never came\n{self.text[-3000:]}"
            if not self.read(0.1) and self.process.poll() is not None:
                while self.read():
                    pass
                assert words in self.text, f"‘{words}’ never came\n{self.text[-3000:]}"

    def forget(self) -> None:
        while self.read():
            pass
        self.modes_before = self.modes
        self.out = b""

    def wait(self, seconds: float = 15.0) -> int:
        """The exit code."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"it does not end\n{self.text[-3000:]}"
            self.read(0.02)
        while self.read():
            pass
        return self.process.returncode

    # ------------------------------------------------------------ looking at it

    @property
    def text(self) -> str:
        return _ESCAPE.sub(b"", self.out).decode("utf-8", "replace")

    modes_before: frozenset[int | str] = frozenset(ON_AT_REST)

    @property
    def modes(self) -> frozenset[int | str]:
        """The private modes that are on (alternate screen 1049, mouse 1000 …, paste 2004, cursor 25, wrap 7), and
        "kitty" while its keyboard protocol is pushed.
        """
        on: set[int | str] = set(self.modes_before)
        for numbers, way in _MODE.findall(self.out):
            for number in map(int, numbers.split(b";")):
                (on.add if way == b"h" else on.discard)(number)
        depth = int("kitty" in self.modes_before)
        for way in _KITTY.findall(self.out):
            depth = max(0, depth + (1 if way == b">" else -1))
        (on.add if depth else on.discard)("kitty")
        return frozenset(on - {2026})

    @property
    def attributes(self) -> list[Any]:
        """Echo, line mode and the rest, as `stty` shows them."""
        return termios.tcgetattr(self._leader)

    def assert_restored(self) -> None:
        """The terminal is as it was before the program came."""
        assert self.modes == ON_AT_REST
        assert self.attributes == self.at_rest
