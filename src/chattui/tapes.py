"""The tapes of this run in memory, and those on disk.

    <data>/tapes/<conversation>/<message>.tape.jsonl    0600 in 0700 folders; the oldest go when there are too many

What is in memory is bounded, and is what the inspector shows. On disk is only what `record` of an endpoint asks for.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chattui import __version__, disk
from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError, StoreError
from chattui.wire import Wire

if TYPE_CHECKING:
    from chattui.providers import Turn
    from chattui.tape import Level, Tape

log = logging.getLogger(__name__)

MEMORY = 64 * 1024 * 1024
"""Bytes of tapes in memory."""
MOST_BYTES = 256 * 1024 * 1024
"""Bytes of tapes on disk."""
MOST_FILES = 2000
SUFFIX = ".tape.jsonl"
_NAME = re.compile(r"[0-9A-Za-z_-]{1,64}")

Record = Literal["none", "metadata", "wire"]


class Tapes:
    """Records replies. `folder` None: nothing goes to disk. `memory`: also what no endpoint asks for, for this run.

    `later` does blocking work elsewhere, `ticks` are seconds that never go back, `clock` Unix seconds.
    """

    def __init__(
        self,
        folder: Path | None,
        later: Callable[[Callable[[], None]], object],
        ticks: Callable[[], float],
        clock: Callable[[], float],
        *,
        memory: bool = True,
    ) -> None:
        self.folder = folder
        self._later = later
        self._ticks = ticks
        self._clock = clock
        self._memory = memory
        self._tapes: dict[str, tuple[Tape, Level | None]] = {}
        self._turned: dict[str, Record] = {}

    def fleeting(self) -> Tapes:
        """These tapes for replies of which nothing goes to disk."""
        found = copy.copy(self)
        found.folder = None
        return found

    def record(self, endpoint: Endpoint) -> Record:
        """What is recorded of the endpoint's replies on disk, now."""
        return self._turned.get(endpoint.name, endpoint.record) if self.folder is not None else "none"

    def turn(self, endpoint: Endpoint) -> Record:
        """Record on disk from now on, or no longer; for this run."""
        asked = endpoint.record if endpoint.record != "none" else "wire"
        self._turned[endpoint.name] = asked if self.record(endpoint) == "none" else "none"
        return self.record(endpoint)

    # ------------------------------------------------------------ recording

    def onto(self, wire: Wire, turn: Turn) -> Wire:
        """The wire through which the turn's reply is to be asked for: it records, if anybody wants that."""
        endpoint, message = turn.endpoint, turn.reply
        record = self.record(endpoint)
        if not self._memory and record == "none":
            return wire
        from chattui.tape import Tape, masking  # noqa: PLC0415 - the first frame does without
        from chattui.tape.recording import Recorded  # noqa: PLC0415

        tape = Tape(message, turn.conversation, endpoint.name, endpoint.provider, endpoint.preset, turn.model,
                    turn.prompt, masking.body(turn.remote, ()), self._clock(), f"chattui {__version__}")  # fmt: skip
        self._tapes.pop(message, None)
        self._make_room()
        self._tapes[message] = tape, None if record == "none" else record
        return Recorded(wire, tape, self._ticks)

    def end(self, reply: Message) -> None:
        """The reply has ended: its tape goes where it belongs."""
        tape, level = self._tapes.get(reply.id, (None, None))
        if tape is None or tape.state:
            return
        from chattui.tape import Failed  # noqa: PLC0415 - as above

        tape.state = reply.state
        tape.error = Failed(reply.error.kind, reply.error.text) if reply.error is not None else None
        if not self._memory:
            del self._tapes[reply.id]
        if level is not None and tape.takes:
            self._later(lambda: self._write(replace(tape, level=level)))

    def _make_room(self) -> None:
        sizes = {name: tape.size for name, (tape, _) in self._tapes.items()}
        held = sum(sizes.values())
        for name, size in sizes.items():
            if held <= MEMORY:
                return
            if self._tapes[name][0].state:
                held -= size
                del self._tapes[name]

    def _write(self, tape: Tape) -> None:
        try:
            self.save(tape)
        except StoreError as error:
            log.warning("a tape was not saved: %s", error)

    # ------------------------------------------------------------ having

    def live(self, message: str) -> Tape | None:
        """The tape of a reply of this run; it may still grow."""
        return self._tapes.get(message, (None, None))[0]

    def load(self, conversation: str, message: str) -> Tape | None:
        """The tape of a reply from the disk; None when there is none. Blocks. Raises StoreError."""
        from chattui.tape import form  # noqa: PLC0415 - recording does without

        path = self.path(conversation, message)
        if path is None:
            return None
        try:
            return form.decode(path.read_bytes(), path.name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk.trouble(error, path) from None

    def save(self, tape: Tape) -> Path | None:
        """Write the tape to its place, which is given back. Blocks. Raises StoreError."""
        from chattui.tape import form  # noqa: PLC0415 - as above

        path = self.path(tape.conversation, tape.message)
        if path is None:
            return None
        try:
            disk.private_folder(path.parent.parent)
            disk.private_folder(path.parent)
            disk.replace(path, form.encode(tape))
        except OSError as error:
            raise disk.trouble(error, path) from None
        self._prune(path)
        return path

    def path(self, conversation: str, message: str) -> Path | None:
        """Where the tape of a reply is, or would be."""
        if self.folder is None or not all(map(_NAME.fullmatch, (conversation, message))):
            return None
        return self.folder / conversation / f"{message}{SUFFIX}"

    def _prune(self, newest: Path) -> None:
        """Delete the oldest tapes while there are too many; never the one just written."""
        assert self.folder is not None
        found: list[tuple[int, int, Path]] = []
        with suppress(OSError):
            others = (path for path in self.folder.glob(f"*/*{SUFFIX}") if path != newest)
            found += [(stamp[0], stamp[1], path) for path in others if (stamp := disk.stamp(path)) is not None]
        found.sort(reverse=True)
        total = 0
        for number, (_, size, path) in enumerate(found, 2):
            total += size
            if total > MOST_BYTES or number > MOST_FILES:
                with suppress(OSError):
                    path.unlink()
                    path.parent.rmdir()  # fails, as it should, while there are others


def read(path: Path) -> Tape:
    """The tape in a file. Blocks. Raises StoreError and ChattuiError."""
    from chattui.tape import form  # noqa: PLC0415 - as above

    try:
        return form.decode(path.read_bytes(), path.name)
    except OSError as error:
        raise ChattuiError(f"{path} cannot be read: {(error.strerror or 'unknown error').lower()}.") from None
