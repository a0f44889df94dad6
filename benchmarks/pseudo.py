"""A program in a pseudo-terminal: what it writes, when, and what it costs. Linux only: /proc tells the cost."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import threading
import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=$]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()=>78]|[\r\n]")
TICK = os.sysconf("SC_CLK_TCK")


class Program:
    """Runs from `with` to the end of it. All times are those of time.monotonic, in seconds."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (120, 40)) -> None:
        self.argv, self.environ, self.size = list(argv), dict(environ), size
        self.written: list[tuple[float, int]] = []
        """When it wrote, and up to which byte."""
        self.output = bytearray()
        self._plain = bytearray()
        self._plain_written: list[tuple[int, float]] = []

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.execve(self.argv[0], self.argv, self.environ)
        self.resize(*self.size)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
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
            self._plain += ESCAPES.sub(b"", data)
            self._plain_written.append((len(self._plain), now))

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the terminal."""
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys: str) -> None:
        """Keys, as a terminal sends them."""
        os.write(self.file, keys.encode())

    def mark(self) -> int:
        """A place in the output, for `shows`."""
        return len(self._plain)

    def shows(self, words: str, seconds: float = 60.0, since: int = 0) -> float:
        """When the words had been written, at or after the place `since`. Raises TimeoutError."""
        wanted, end, looked = words.encode(), time.monotonic() + seconds, since
        while (found := self._plain.find(wanted, looked)) < 0:
            if time.monotonic() > end:
                raise TimeoutError(f"{words!r} did not come")
            looked = max(since, len(self._plain) - len(wanted))
            time.sleep(0.002)
        while not self._plain_written or self._plain_written[-1][0] < found + len(wanted):
            time.sleep(0.001)
        return self._plain_written[bisect_left(self._plain_written, (found + len(wanted), 0.0))][1]

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
