"""The documents in a folder, read: which there are, what a list shows of them, and what they hold.

A file that cannot be read is left where it is and listed with the reason; it hides no other. Everything here blocks.
Raises StoreError only.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from heapq import heappop, heappush
from itertools import islice
from pathlib import Path

from chattui import disk
from chattui.chat import Conversation
from chattui.document import Row, row_of
from chattui.errors import Damaged, NotFound, StoreError
from chattui.reading import LEFT, decode, head_row

ID = re.compile(r"[0-9a-z]{8,40}")
DOCUMENT = re.compile(rf"{ID.pattern}\.json")
MOST_BYTES = 64 * 1024 * 1024
HEAD_BYTES = 2048
TAIL_BYTES = 16


class Documents:
    """The conversations below one folder; their names come from ids only."""

    shown_by = "chattui list shows them all."
    """What to do when a name is none of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ids(self) -> list[str]:
        """The ids of all documents, newest change first, by the files' times alone."""
        return [name for _, name in sorted(((stamp[0], name) for name, stamp in self.stamps().items()), reverse=True)]

    def stamps(self) -> dict[str, disk.Stamp]:
        """The stamp of every document by its id."""
        try:
            return {name[:-5]: stamp for name, stamp in disk.stamps(self.folder, DOCUMENT)}
        except OSError as error:
            raise disk.trouble(error, self.folder) from None

    def rows(self) -> Iterator[Row]:
        """A Row per document, in the order of `ids`; damaged ones with the reason."""
        for name in self.ids():
            yield self.row(name)

    def latest(self) -> Iterator[Row]:
        """A Row per document, those first in which something was said last; damaged ones by their files' times.

        A file also changes when its conversation is pinned, tagged or paged through, and never before something was
        said in it: of the files, in the order of their times, no more are read than are needed.
        """
        newest = sorted(((stamp[0], name) for name, stamp in self.stamps().items()), reverse=True)
        held: list[tuple[float, int, Row]] = []
        for at, (changed, name) in enumerate(newest):
            while held and -held[0][0] >= changed / 1e9:
                yield heappop(held)[-1]
            row = self.row(name)
            heappush(held, (-row.updated, at, row))
        while held:
            yield heappop(held)[-1]

    def row(self, name: str, *, whole: bool = False) -> Row:
        """The Row of one document, from the head of its file where that is enough, or from the `whole` of it."""
        path = self.path(name)
        try:
            with path.open("rb") as file:
                start = file.read(HEAD_BYTES)
                file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
                found = head_row(start, file.read(), name)
            if found is None or whole:
                found = row_of(self.read(name)[0])
        except OSError as error:
            return Row(name, damaged=str(disk.trouble(error, path)), updated=_mtime(path))
        except StoreError as error:
            return Row(name, damaged=str(error), updated=_mtime(path))
        return found

    def find(self, reference: str) -> str:
        """The id that a person means: a whole id, its last 4 or more characters, or its number in `latest`, from 1.

        Raises NotFound when none or more than one fits.
        """
        names = self.ids()
        if reference in names:
            return reference
        if reference.isdecimal() and len(reference) < 4:
            if 1 <= (number := int(reference)) <= len(names):
                return next(islice(self.latest(), number - 1, None)).id
            raise NotFound(f"There is no conversation number {reference}; there are {len(names)}.")
        fits = [name for name in names if len(reference) >= 4 and name.endswith(reference)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise NotFound(f"{len(fits)} conversations end in ‘{reference}’.", hint="Give more of the id.")
        raise NotFound(f"There is no conversation ‘{reference}’.", hint=self.shown_by)

    def read(self, name: str) -> tuple[Conversation, disk.Stamp | None]:
        """What a document holds, and its stamp. Raises NotFound, Damaged, Unwritable."""
        path = self.path(name)
        try:
            about = path.stat()
            if not stat.S_ISREG(about.st_mode):
                raise Damaged(f"{path.name} is no file.", hint=LEFT)
            if about.st_size > MOST_BYTES:
                raise Damaged(f"{path.name} is larger than 64 MiB and was not read.", hint=LEFT)
            stamp = disk.stamp(path)
            data = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"There is no conversation ‘{name}’.", hint=self.shown_by) from None
        except OSError as error:
            raise disk.trouble(error, path) from None
        try:
            return replace(decode(data, path.name), id=name), stamp
        except Damaged as error:
            if (when := _mtime(self.path(name, ".bak"))) > 0:
                day = time.strftime("%d %B %Y %H:%M", time.localtime(when))
                error.hint = f"It was left as it is; chattui store repair brings back the version of {day}."
            raise

    def has(self, name: str) -> bool:
        """Whether there is a document."""
        return self.path(name).exists()

    def path(self, name: str, suffix: str = ".json") -> Path:
        """The file of a conversation. Raises NotFound for what is no id."""
        if not ID.fullmatch(name):
            raise NotFound("That is not the id of a conversation.", hint=self.shown_by)
        return self.folder / f"{name}{suffix}"


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
