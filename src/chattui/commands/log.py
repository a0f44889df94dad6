"""The log: what went wrong inside chattui, for whoever reports it. Written only when there is something to write.

Readable by its owner only (0600). Known secrets, and words that look like one, are blacked out; a traceback tells files
and lines, never the values of variables.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from pathlib import Path

from chattui import safe
from chattui.redaction import redacted

MOST_BYTES = 1024 * 1024
"""A larger log becomes chattui.log.1, and the one before is gone."""


class LogFile(logging.Handler):
    """A file that comes into being with its first record. A disk that refuses it is no reason to stop."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.written = False
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """See logging.Handler.emit; the record is written and the file closed again."""
        try:
            text = _one_record(redacted(self.format(record))) + "\n"
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
                self.path.replace(self.path.with_name(self.path.name + ".1"))
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
            file = os.open(self.path, flags, 0o600)
            try:
                os.write(file, text.encode("utf-8", "backslashreplace"))
            finally:
                os.close(file)
        except OSError:
            return
        self.written = True


def _one_record(text: str) -> str:
    """The text so that no line of it can pass for a record of its own, or steer the terminal of who reads it."""
    return "\n    ".join(safe.clean(text).split("\n"))


def start(folder: Path, *, debug: bool = False) -> LogFile:
    """Send what chattui logs to <folder>/chattui.log and nowhere else: warnings, with `debug` everything."""
    logger = logging.getLogger("chattui")
    if (old := running()) is not None:
        logger.removeHandler(old)
    file = LogFile(folder / "chattui.log")
    logger.addHandler(file)
    logger.setLevel(logging.DEBUG if debug else logging.WARNING)
    others = logging.getLogger()  # libraries: their complaints must not reach the screen either
    if not others.handlers:
        others.addHandler(logging.NullHandler())
    return file


def catch_all() -> None:
    """Log what fails where nobody waits for it. Python would print it over the screen, whatever the exception says."""
    logger = logging.getLogger("chattui")
    threading.excepthook = lambda failed: logger.error("a thread failed", exc_info=failed.exc_value)
    sys.unraisablehook = lambda failed: logger.error("a clean-up failed", exc_info=failed.exc_value)


def running() -> LogFile | None:
    """The log that was started last."""
    found = (handler for handler in logging.getLogger("chattui").handlers if isinstance(handler, LogFile))
    return next(found, None)
