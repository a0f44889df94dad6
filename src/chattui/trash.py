"""Deleted conversations: moved aside with all that belongs to them, brought back on demand, gone after 30 days.

    <data>/trash/<id>.json, <id>.draft.json, <id>.bak

Everything here blocks. Raises StoreError only.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from chattui import disk
from chattui.document import Row
from chattui.documents import Documents
from chattui.errors import NotFound, StoreError
from chattui.files import Files

DAYS = 30
BESIDE = (".draft.json", ".bak")
"""What belongs to a document. A conversation is where its document is, however far a move has come."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """A conversation in the trash."""

    row: Row
    at: float
    """When it came here, in Unix seconds."""

    def left(self, now: float) -> int:
        """Days until it goes for good, the one that has begun counted, at least 0."""
        return max(0, ceil(self.at / 86400 + DAYS - now / 86400))


class Trash(Documents):
    """What was deleted from one folder of conversations."""

    shown_by = "chattui trash shows them all."

    def __init__(self, folder: Path, conversations: Path, files: Files) -> None:
        super().__init__(folder)
        self._conversations = conversations
        self._files = files

    def latest(self) -> Iterator[Row]:
        """A Row per document, the one that was deleted last first."""
        return (one.row for one in self.deleted())

    def deleted(self) -> Iterator[Deleted]:
        """What is here, the one that was deleted last first."""
        for at, name in self._arrived():
            yield Deleted(self.row(name), at)

    def newest(self) -> str | None:
        """The id of the conversation that came here last; None when there is none."""
        return next((name for _, name in self._arrived()), None)

    def _arrived(self) -> list[tuple[float, str]]:
        found: list[tuple[float, str]] = []
        for name in self.stamps():
            with suppress(OSError):  # moving a file keeps the time of its last change, and notes when that was
                found.append((self.path(name).stat().st_ctime, name))
        return sorted(found, reverse=True)

    # ------------------------------------------------------------ in and out

    def take(self, name: str) -> None:
        """Move a conversation here. Raises NotFound, Unwritable."""
        self._move(name, self._conversations, self.folder)

    def give_back(self, name: str) -> None:
        """Bring a conversation back. Raises NotFound once it is gone, StoreError when its id is taken again."""
        if (self._conversations / f"{name}.json").exists():
            raise StoreError("There is a conversation with this id again; the deleted one stays in the trash.")
        self._move(name, self.folder, self._conversations)

    def _move(self, name: str, source: Path, target: Path) -> None:
        try:
            disk.private_folder(target)
            (source / f"{name}.json").replace(target / f"{name}.json")
            for part in BESIDE:
                with suppress(OSError):
                    (source / f"{name}{part}").replace(target / f"{name}{part}")
            disk.sync_folder(target)
            disk.sync_folder(source)
        except FileNotFoundError:
            raise NotFound("The conversation is not there any more.") from None
        except OSError as error:
            raise disk.trouble(error, source) from None

    # ------------------------------------------------------------ gone for good

    def drop(self, names: Iterable[str]) -> int:
        """Delete these for good, with the files that nobody else names; how many there were. Raises Unwritable."""
        gone: list[bytes] = []
        try:
            for name in names:
                path = self.path(name)
                with suppress(FileNotFoundError):
                    data = path.read_bytes()
                    for part in (*BESIDE, ".json"):
                        self.path(name, part).unlink(missing_ok=True)
                    gone.append(data)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        finally:
            if gone:
                self._files.drop(b"\n".join(gone), [*self._conversations.glob("*.json"), *self.folder.glob("*.json")])
        return len(gone)

    def sweep(self) -> None:
        """Delete what has been here for 30 days."""
        oldest = time.time() - DAYS * 86400
        for at, name in self._arrived():
            if at < oldest:
                with suppress(StoreError):  # the next time
                    self.drop((name,))
