"""The few file operations that everything durable is made of. POSIX semantics; raises OSError as the system does.

Measured with kill -9 and simulated power cuts: a file replaced this way is always the old or the new one, and what was
acknowledged is there. Leaving out any of the four steps loses data.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG

from chattui.errors import ReadOnly, Unwritable
from chattui.events import JSON

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; one process at a time is then up to the user
    fcntl = None  # type: ignore[assignment]

Stamp = tuple[int, int, int]
"""(mtime in ns, size in bytes, inode): a file with the same stamp was not changed. `replace` makes a new inode, which
tells two changes within one tick of the file system's clock apart.
"""


def private_folder(folder: Path) -> None:
    """Make the folder, and those above it, durable and readable by their owner only, as far as they are not there."""
    if not folder.is_dir():
        if not folder.parent.exists():
            private_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            sync_folder(folder.parent)
        except OSError:
            with suppress(OSError):  # made again, and synced, by the next try
                folder.rmdir()
            raise


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
        remove(temp)
        raise
    sync_folder(path.parent)


def keep_version(path: Path, backup: Path) -> None:
    """Let `backup` be the file as it is now: a second name for it, or a copy where a file has one name only."""
    temp = backup.with_name(f"{backup.name}.{secrets.token_hex(4)}.tmp")
    try:
        try:
            os.link(path, temp)
        except OSError as error:
            if error.errno not in {errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS}:
                raise
            replace(backup, path.read_bytes())
            return
        temp.replace(backup)
        remove(temp)  # the rename does nothing where both are names of the same file
    except BaseException:
        remove(temp)
        raise


def remove(path: Path) -> None:
    """Delete a file that must not stay, if it is there; a second try where the first one was refused."""
    for _ in range(2):
        with suppress(FileNotFoundError):
            try:
                path.unlink()
            except FileNotFoundError:
                raise
            except OSError:
                continue
        return


def move(source: Path, target: Path) -> None:
    """Rename a file within a file system, durably."""
    source.replace(target)
    for folder in dict.fromkeys((target.parent, source.parent)):
        sync_folder(folder)


def sync(file: int) -> None:
    """Everything written to the descriptor reaches the device. On macOS only F_FULLFSYNC promises that."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:  # pragma: no cover - macOS
        with suppress(OSError):
            fcntl.fcntl(file, full)
            return
    os.fsync(file)


def sync_folder(folder: Path) -> None:
    """The names in the folder reach the device, where the file system can do that at all."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # pragma: no cover - Windows does not open folders
        return
    try:
        os.fsync(handle)
    except OSError as error:  # some network and FUSE file systems sync files only
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS}:
            raise
    finally:
        os.close(handle)


def stamp(path: Path) -> Stamp | None:
    """The file's stamp; None when there is no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def stamps(folder: Path, name: re.Pattern[str]) -> Iterator[tuple[str, Stamp]]:
    """The files in the folder that are so named, with their stamps; none when there is no folder."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if name.fullmatch(entry.name):
                with suppress(OSError):  # it has just gone, or leads nowhere
                    about = entry.stat()
                    if S_ISREG(about.st_mode):  # anything else could block whoever opens it
                        yield entry.name, (about.st_mtime_ns, about.st_size, about.st_ino)


def read_object(path: Path) -> Mapping[str, JSON]:
    """The JSON object in a small file of ours; {} when there is none that can be read."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def set_aside(path: Path) -> None:
    """Before a small file of ours is written anew: what cannot be read stays, as <name>.damaged."""
    if not read_object(path) and path.exists() and path.read_bytes().strip() not in {b"", b"{}"}:
        move(path, path.with_name(f"{path.name}.damaged"))


def rescue(name: str, data: bytes) -> Path:
    """What its own place does not take, in the system's temporary folder; where it is then. Raises Unwritable."""
    try:
        path = Path(tempfile.mkdtemp(prefix="chattui-")) / name
        replace(path, data)
    except OSError as error:
        raise trouble(error, Path(tempfile.gettempdir())) from None
    return path


def as_json(value: JSON, indent: int | None = None) -> bytes:
    """JSON as UTF-8. Lone surrogates, which JSON can say and UTF-8 cannot, are written as escapes."""
    return json.dumps(value, ensure_ascii=False, indent=indent).encode("utf-8", "backslashreplace")


class Lock:
    """An flock, held until `close` or the end of the process, however it ends. Raises ReadOnly when it is taken.

    The file is there only while somebody holds it, or after a crash: `found` says that it was there already.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for attempt in range(TRIES):
            self.found = path.exists()
            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                if _flocked(self._file) and self._is_named:
                    return
            except BaseException:
                os.close(self._file)
                raise
            os.close(self._file)  # its holder has just removed it, or somebody has just looked whether it is held
            time.sleep(0.002 * attempt)
        raise ReadOnly(
            "This conversation is open in another chattui, so it can only be read here.",
            hint="Close it there, or open a copy.",
        )

    @property
    def _is_named(self) -> bool:
        """Whether the file that is locked is still the one that has the name."""
        try:
            return os.path.samestat(os.fstat(self._file), self._path.stat())
        except FileNotFoundError:
            return False

    def close(self) -> None:
        """Let it go, and leave no file behind."""
        with suppress(OSError):  # what counts is the lock, not the file
            self._path.unlink()
        os.close(self._file)


TRIES = 3


def _flocked(file: int) -> bool:
    """Whether the lock could be taken. A file system without locks has none to refuse: there, what two programs write
    is merged all the same.
    """
    if fcntl is None:  # pragma: no cover - Windows
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return False
        if error.errno not in {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS}:
            raise
    return True


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock on this file."""
    if fcntl is None:  # pragma: no cover - Windows
        return False
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno in {errno.EWOULDBLOCK, errno.EACCES}
    finally:
        os.close(file)
    return False


def trouble(error: OSError, path: Path) -> Unwritable:
    """What the system said, as a sentence."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return Unwritable("Not saved: the disk is full.", hint="Free some space.")
        case errno.EACCES | errno.EPERM:
            return Unwritable(f"No permission for {path}.", hint="Check its owner and mode.")
        case errno.EROFS:
            return Unwritable(f"{path} is on a read-only file system.", hint="Set CHATTUI_HOME to a writable folder.")
        case _:
            reason = (error.strerror or "unknown error").lower()
            return Unwritable(f"{path} could not be used: {reason}.", hint="Check the folder and try again.")
