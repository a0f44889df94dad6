"""The contents of attached and returned files, kept once each under their digest.

    <data>/attachments/<sha256>.<ext>      0600 in a 0700 folder; <ext> follows from the media type

Everything here blocks. Raises StoreError only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from chattui import disk
from chattui.attach import EXTENSIONS
from chattui.events import Attachment

_NAME = re.compile(r"([0-9a-f]{64})\.[a-z0-9.]+")
_DIGEST = re.compile(rb"[0-9a-f]{64}")


class Files:
    """The files below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, file: Attachment) -> Path:
        """Where its content is kept, or would be."""
        return self.folder / f"{file.digest}.{EXTENSIONS.get(file.type, 'bin')}"

    def keep(self, files: Mapping[Attachment, bytes]) -> None:
        """Make the contents durable; what is there already is not written again. Raises Unwritable."""
        for file, data in files.items():
            path = self.path(file)
            try:
                disk.private_folder(self.folder)
                if not path.exists():
                    disk.replace(path, data)
            except OSError as error:
                raise disk.trouble(error, path) from None

    def contents(self, files: Iterable[Attachment]) -> dict[str, bytes]:
        """The contents that are there and are what was kept, by digest."""
        import hashlib  # noqa: PLC0415 - only where there are files

        found: dict[str, bytes] = {}
        for file in files:
            if file.digest and file.digest not in found:
                with suppress(OSError):
                    data = self.path(file).read_bytes()
                    if hashlib.sha256(data).hexdigest() == file.digest:
                        found[file.digest] = data
        return found

    def drop(self, gone: bytes, documents: Iterable[Path]) -> None:
        """Delete the files that a document that is gone named, unless one of these documents names them, too."""
        digests = set(_DIGEST.findall(gone))
        known = [path for path in self.folder.glob("*") if (name := _NAME.fullmatch(path.name)) is not None
                 and name[1].encode() in digests]  # fmt: skip
        if not known:
            return
        for document in documents:
            with suppress(OSError):
                digests -= set(_DIGEST.findall(document.read_bytes()))
        for path in known:
            if path.name[:64].encode() in digests:
                with suppress(OSError):
                    path.unlink()
