"""Many new files at once, durable together.

One fsync after the other would cost a disk's turn for each file. Here several wait at once, which file systems answer
with one commit, and the folder is synced once for all.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from chattui import disk

SYNCS = 8
"""Files that wait for the disk at once."""


def create(files: Mapping[Path, tuple[bytes, float]]) -> set[Path]:
    """Write new files: content, and time of the last change in Unix seconds. Those that exist already are returned.

    Each one is whole or not there, and all are durable when this returns. Raises OSError; what was written until then
    may stay, or not.
    """
    temps: dict[Path, Path] = {}
    there: set[Path] = set()
    try:
        for path, (data, changed) in files.items():
            temp = temps[path] = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
            with os.fdopen(os.open(temp, flags, 0o600), "wb") as file:
                file.write(data)
            os.utime(temp, (changed, changed))
        with ThreadPoolExecutor(SYNCS, "sync") as threads:
            list(threads.map(_sync, temps.values()))
        for path, temp in temps.items():
            if not _named(temp, path):
                there.add(path)
    finally:
        for temp in temps.values():
            with suppress(OSError):
                temp.unlink()
    for folder in {path.parent for path in files}:
        disk.sync_folder(folder)
    return there


def sweep(folder: Path, before: float) -> None:
    """Delete what a `create` that was killed before this time (Unix seconds) has left in the folder."""
    for left in folder.glob("*.json.????????.tmp"):
        with suppress(OSError):
            if left.stat().st_ctime < before:  # when it came here: the other times are those of the conversations
                left.unlink()


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDWR)
    try:
        disk.sync(file)
    finally:
        os.close(file)


def _named(temp: Path, path: Path) -> bool:
    """Give the file its name; whether nothing had it."""
    try:
        os.link(temp, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        if path.exists():
            return False
        temp.replace(path)
    return True
