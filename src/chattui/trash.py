"""Deleted conversations: moved aside with all that belongs to them, brought back on demand, gone after 30 days.

    <data>/trash/<id>.json, <id>.draft.json, <id>.bak

Everything here blocks. Raises StoreError only.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from chattui import disk
from chattui.errors import NotFound, StoreError
from chattui.files import Files

DAYS = 30
BESIDE = (".draft.json", ".bak")
"""What belongs to a document. A conversation is where its document is, however far a move has come."""


class Trash:
    """What was deleted from one folder of conversations."""

    def __init__(self, folder: Path, conversations: Path, files: Files) -> None:
        self.folder = folder
        self._conversations = conversations
        self._files = files

    def take(self, name: str) -> None:
        """Move a conversation here. Raises NotFound, Unwritable."""
        self._move(name, self._conversations, self.folder)

    def newest(self) -> str | None:
        """The id of the conversation that came here last; None when there is none."""
        found: list[tuple[float, str]] = []
        for path in self.folder.glob("*.json"):
            with suppress(OSError):
                if not path.name.endswith(".draft.json"):
                    found.append((path.stat().st_ctime, path.stem))
        return max(found)[1] if found else None

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

    def sweep(self) -> None:
        """Delete what has been here for 30 days, with the files that nobody else names."""
        oldest = time.time() - DAYS * 86400
        for path in self.folder.glob("*.json"):
            with suppress(OSError):
                if path.name.endswith(".draft.json") or path.stat().st_ctime >= oldest:
                    continue  # st_ctime: when it came here; moving keeps the time of the last change
                gone = path.read_bytes()
                for part in (*BESIDE, ".json"):
                    path.with_name(f"{path.stem}{part}").unlink(missing_ok=True)
                self._files.drop(gone, [*self._conversations.glob("*.json"), *self.folder.glob("*.json")])
