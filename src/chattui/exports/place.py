"""Where exports go: file names from titles, and writing that stays in the chosen folder and overwrites nothing unasked.

Everything here blocks. Raises ExportError only.
"""

from __future__ import annotations

import os
import re
import secrets
import unicodedata
from contextlib import suppress
from pathlib import Path

from chattui import safe
from chattui.document import Row
from chattui.errors import Exists, ExportError

MOST_BYTES = 200
"""Of a file name: file systems take 255, and some programs add to it."""
_UNWANTED = re.compile(r"[^\w .-]+")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")


def file_name(row: Row, suffix: str) -> str:
    """A name for the file of a conversation: its title as far as every system takes it, and the end of its id.

    Never a path, never hidden, never an option of a command, never a device.
    """
    words = _UNWANTED.sub("_", unicodedata.normalize("NFC", safe.line(row.title, 120)))
    words = " ".join(words.split()).strip(" .-_")
    if not words or _RESERVED.fullmatch(words):
        words = f"conversation {words}".strip()
    tail = f" {re.sub('[^0-9a-z]', '', row.id)[-6:]}.{suffix}"
    room = MOST_BYTES - len(tail.encode())
    return words.encode()[:room].decode(errors="ignore").rstrip() + tail


def target(folder: Path, name: str) -> Path:
    """The path of a file right in this folder. Raises ExportError for a name that leads elsewhere."""
    here = folder.resolve()
    path = here / name
    if path.parent != here or path.name != name or name in {"", ".", ".."}:
        raise ExportError(f"‘{safe.line(name, 80)}’ is not the name of a file in {here}.")
    return path


def write(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write a new file; with `force` in the place of the one that is there. It is whole, or it is not there.

    A link in the place of the file is replaced, never followed. Raises Exists, or ExportError as the system refuses.
    """
    temp = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        file = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            with os.fdopen(file, "wb") as opened:
                opened.write(data)
            if path.is_dir() and not path.is_symlink():
                raise ExportError(f"{safe.line(str(path), 300)} is a folder; nothing was written.")
            if force:
                temp.replace(path)
            else:
                _link(temp, path)
        finally:
            with suppress(FileNotFoundError):
                temp.unlink()
    except FileExistsError:
        raise Exists(f"{safe.line(str(path), 300)} exists already; it was left as it is.") from None
    except OSError as error:
        raise _refused(path, error) from None


def _link(temp: Path, path: Path) -> None:
    """Give the file its name, unless something has it. Raises FileExistsError."""
    try:
        os.link(temp, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise FileExistsError(path) from None
        temp.replace(path)


def make_folder(folder: Path) -> None:
    """Make the folder if it is not there. Raises ExportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error) from None


def _refused(path: Path, error: OSError) -> ExportError:
    reason = (error.strerror or type(error).__name__).lower()
    return ExportError(f"{safe.line(str(path), 300)} could not be written: {reason}.")
