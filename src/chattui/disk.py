"""The few file operations that everything durable is made of. POSIX semantics; raises OSError as the system does.

Measured with kill -9 and simulated power cuts: a file replaced this way is always the old or the new one, and what was
acknowledged is there. Leaving out any of the four steps loses data.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from chattui.errors import ReadOnly, Unwritable
from chattui.events import JSON

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; one process at a time is then up to the user
    fcntl = None  # type: ignore[assignment]

Stamp = tuple[int, int]
"""(mtime in ns, size in bytes): a file with the same stamp was not changed."""


def private_folder(folder: Path) -> None:
    """Make the folder, readable by its owner only, if it is not there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def replace(path: Path, data: bytes) -> None:
    """Put `data` in the place of the file, durably: temp file beside it, fsync, rename, fsync of the folder."""
    path = path.resolve()  # a symlink stays one: the file it points to is replaced
    temp = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
    file = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(file, view) :]
            sync(file)
        finally:
            os.close(file)
        temp.replace(path)
    except BaseException:
        with suppress(OSError):
            temp.unlink()
        raise
    sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Rename a file within a file system, durably."""
    source.replace(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def sync(file: int) -> None:
    """Everything written to the descriptor reaches the device. On macOS only F_FULLFSYNC promises that."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:  # pragma: no cover - macOS
        with suppress(OSError):
            fcntl.fcntl(file, full)
            return
    os.fsync(file)


def sync_folder(folder: Path) -> None:
    """The names in the folder reach the device."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # pragma: no cover - Windows does not open folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def stamp(path: Path) -> Stamp | None:
    """The file's stamp; None when there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size


def read_object(path: Path) -> Mapping[str, JSON]:
    """The JSON object in a small file of ours; {} when there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


class Lock:
    """An flock, held until `close` or the end of the process, however it ends. Raises ReadOnly when it is taken."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is None:  # pragma: no cover - Windows
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise ReadOnly(
                    "This conversation is open in another chattui, so it can only be read here.",
                    hint="Close it there, or start a new one.",
                ) from None
            raise

    def close(self) -> None:
        os.close(self._file)


def trouble(error: OSError, path: Path) -> Unwritable:
    """What the system said, as a sentence."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Unwritable("Not saved: the disk is full.", hint="Free some space; chattui keeps it and tries again.")
        case errno.EACCES | errno.EPERM:
            return Unwritable(f"No permission for {path}.", hint="Check its owner and mode.")
        case errno.EROFS:
            return Unwritable(f"{path} is on a read-only file system.", hint="Set CHATTUI_HOME to a writable folder.")
        case _:
            reason = (error.strerror or "unknown error").lower()
            return Unwritable(f"{path} could not be used: {reason}.", hint="Check the folder and try again.")
