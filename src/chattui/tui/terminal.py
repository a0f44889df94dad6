"""The terminal behind the screen: it may go away at any time, and then chattui ends instead of hanging or spinning.

Textual's own driver loses its writing thread at the first error, and with a full queue the event loop; and it reads the
end of a terminal that has gone again and again, at full speed. A signal tells of most terminals that close, not of all.
"""

from __future__ import annotations

import select
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.app import App


class Terminal(LinuxDriver):
    """Textual's driver for Unix, which tells the app once (`terminal_lost`) when its terminal is no more."""

    def __init__(self, app: App[object], **settings: Any) -> None:
        super().__init__(app, **settings)
        self._watching: threading.Thread | None = None
        assert self._file is not None, "there is a terminal"
        self._file = cast("Any", Unbreakable(self._file, self._lost))

    @property
    def in_use(self) -> bool:
        """Whether the app has the terminal now, and not an editor to which it was handed."""
        return self._auto_restart

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual's
        if self._watching is None:
            self._watching = threading.Thread(target=self._watch, daemon=True, name="chattui-hangup")
            self._watching.start()

    def _watch(self) -> None:
        """Waits, at no cost, until the other side of the terminal closes: only errors are asked for."""
        with suppress(OSError, AttributeError):  # a system that cannot poll terminals has its signal
            waiting = select.poll()
            waiting.register(self.fileno, 0)
            if any(found & (select.POLLHUP | select.POLLERR) for _, found in waiting.poll()):
                self._lost()

    def run_input_thread(self) -> None:
        try:
            super().run_input_thread()
        except OSError:
            self._lost()

    def _lost(self) -> None:
        self.exit_event.set()  # the input thread would read the end of the terminal for ever
        self._app.call_later(cast("Any", self._app).terminal_lost)


class Unbreakable:
    """A file for the writing thread. After the first error everything is thrown away: nobody reads it."""

    def __init__(self, file: IO[str], lost: Callable[[], None]) -> None:
        self._file = file
        self._lost: Callable[[], None] | None = lost

    def write(self, text: str) -> int:
        if self._lost is not None:
            try:
                return self._file.write(text)
            except (OSError, ValueError):
                self._tell()
        return len(text)

    def flush(self) -> None:
        if self._lost is not None:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self._tell()

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()

    def _tell(self) -> None:
        lost, self._lost = self._lost, None
        if lost is not None:
            lost()
