"""A program in a pseudo-terminal: what it shows, when, and what it costs. Linux only: /proc tells the cost.

A program that writes only what changes is read through a terminal emulator (pip install pyte), in a thread behind the
one that reads and takes the times, so that it never waits for it.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import queue
import re
import select
import signal
import struct
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import pyte

PRIVATE = re.compile(r"\x1b\[[<>=][0-9;]*[A-Za-z]|\x1b\[\?[0-9;]*\$p")
"""Questions and modes that the emulator would print."""
TICK = os.sysconf("SC_CLK_TCK")


class Program:
    """Runs from `with` to the end of it. All times are those of time.monotonic, in seconds."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (120, 40)) -> None:
        self.argv, self.environ, self.size = list(argv), dict(environ), size
        self.written: list[tuple[float, int]] = []
        """When it wrote, and up to which byte."""
        self.output = bytearray()
        self._fresh: queue.SimpleQueue[tuple[float, bytes] | None] = queue.SimpleQueue()
        self._screen = pyte.Screen(*size)
        self._wanted = ""
        self._found: queue.SimpleQueue[float] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(self.argv[0], self.argv, self.environ)
        self.resize(*self.size)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(self, *stop: object) -> None:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
                for _ in range(40):
                    if os.waitpid(self.pid, os.WNOHANG)[0]:
                        break
                    time.sleep(0.05)
                else:
                    continue
            except (ProcessLookupError, ChildProcessError):
                pass
            break
        self._reader.join(2)
        self._fresh.put(None)
        os.close(self.file)

    def _read(self) -> None:
        while True:
            try:
                if not select.select([self.file], [], [], 1)[0]:
                    continue
                data = os.read(self.file, 1 << 16)
            except (OSError, ValueError):
                return
            if not data:
                return
            now = time.monotonic()
            self.output += data
            self.written.append((now, len(self.output)))
            self._fresh.put((now, data))

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the terminal."""
        self._screen.resize(rows, columns)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Keys, as a terminal sends them."""
        os.write(self.file, keys.encode())

    def _watch(self) -> None:
        """Show what was written, and tell when the wanted words stand there."""
        stream, decoder = pyte.Stream(self._screen), codecs.getincrementaldecoder("utf-8")("replace")
        while (item := self._fresh.get()) is not None:
            when, data = item
            stream.feed(PRIVATE.sub("", decoder.decode(data)))
            dirty, wanted = set(self._screen.dirty), self._wanted
            self._screen.dirty.clear()
            if wanted and any(wanted in self._row(number) for number in dirty):
                self._wanted = ""
                self._found.put(when)

    def _row(self, number: int) -> str:
        cells = self._screen.buffer[number]
        return "".join(cells[column].data for column in range(self._screen.columns))

    def expect(self, words: str) -> None:
        """Look out for these words, which are not on the screen yet, from now on; `shown` waits for them."""
        self._wanted = words

    def shown(self, seconds: float = 60.0) -> float:
        """When the expected words stood on the screen. Raises queue.Empty."""
        return self._found.get(timeout=seconds)

    def shows(self, words: str, seconds: float = 60.0) -> float:
        """When the words stood on the screen, as far as the time of `expect` goes."""
        self.expect(words)
        if any(words in self._row(number) for number in range(self._screen.lines)):
            self._wanted = ""
            return time.monotonic()
        return self.shown(seconds)

    def settled(self, quiet: float = 0.4, seconds: float = 60.0) -> float:
        """When it wrote last before `quiet` seconds of silence."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            last = self.written[-1][0] if self.written else self.began
            if time.monotonic() - last >= quiet:
                return last
            time.sleep(0.02)
        raise TimeoutError("it never was quiet")

    @property
    def bytes(self) -> int:
        """Bytes written so far."""
        return len(self.output)

    @property
    def cpu(self) -> float:
        """Seconds of processor time so far, with its children."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICK

    @property
    def memory(self) -> float:
        """The most it has held, in MB."""
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
