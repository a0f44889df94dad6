"""SQLite files of other programs, read without touching them.

Raises Unimportable where a file is no such database, or is damaged.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from chattui.errors import Unimportable
from chattui.imports import Item, Skipped, elia, llm

MAGIC = b"SQLite format 3\0"
STEPS = 2_000_000_000
"""Instructions of SQLite's machine, after which a query is given up: a file can hold tables that never end."""


def items(path: Path, told: Callable[[float], None]) -> Iterator[Item]:
    """The conversations in the file; what breaks off in the middle is told last."""
    with opened(path) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        reader = next((reader for reader in (llm, elia) if reader.fits(names)), None)
        if reader is None:
            raise Unimportable("It is an SQLite database, but neither of llm nor of elia.")
        try:
            yield from reader.read(database, names, told)
        except sqlite3.Error as error:
            yield Skipped("the rest of the database", f"It could not be read: {error}.")


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, read-only. One that was left open by its program is looked at as a copy."""
    journal = path.with_name(path.name + "-wal")
    with tempfile.TemporaryDirectory(prefix="chattui-") as folder:
        if journal.exists() and journal.stat().st_size:
            copy = Path(folder) / "copy.db"
            shutil.copyfile(path, copy)
            shutil.copyfile(journal, copy.with_name("copy.db-wal"))
            uri = f"{copy.as_uri()}?mode=rw"
        else:
            uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            with closing(sqlite3.connect(uri, uri=True)) as database:
                database.row_factory = sqlite3.Row
                database.text_factory = lambda data: data.decode("utf-8", "replace")
                left = [STEPS // 1_000_000]
                database.set_progress_handler(lambda: _tick(left), 1_000_000)
                database.execute("PRAGMA trusted_schema = OFF")
                database.execute("PRAGMA query_only = ON")
                yield database
        except sqlite3.Error as error:
            raise Unimportable(f"It is a damaged SQLite database: {error}.") from None


def _tick(left: list[int]) -> int:
    left[0] -= 1
    return left[0] < 0
