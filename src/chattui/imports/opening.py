"""Which kind of file it is, by its content, and the conversations in it. Nothing is unpacked to the disk.

Raises Unimportable where a file as a whole cannot be read; what is wrong with a part of it is an item.
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from chattui import attach, safe
from chattui.errors import Unimportable
from chattui.events import Attachment
from chattui.imports import Item, Skipped, chatgpt, databases, markdown, shapes
from chattui.imports.values import Readable, values

MOST_BYTES = 4 * 1024**3
"""Of a file, and of what a zip holds. Larger exports than this are not known."""
MOST_MARKDOWN = 64 * 1024 * 1024
MOST_MEMBERS = 200_000
_CONVERSATIONS = re.compile(r"(?:.*/)?conversations(?:[-_]\d+)?\.json")
_OURS = re.compile(r"(?:.*/)?[^/]+\.(?:json|jsonl|md|markdown)", re.IGNORECASE)
Told = Callable[[float], None]


def items(path: Path, told: Told = lambda _: None) -> Iterator[Item]:
    """The conversations in the file, and what of it is not imported. `told` hears how far it is, from 0 to 1.

    Blocks. Raises Unimportable.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):
            what = "a folder; name the files in it" if stat.S_ISDIR(about.st_mode) else "no file"
            raise Unimportable(f"It is {what}.")
        if about.st_size > MOST_BYTES:
            raise Unimportable("It is larger than 4 GiB.")
        if not about.st_size:
            raise Unimportable("It is empty.")
        with path.open("rb") as file:
            start = file.read(64)
            file.seek(0)
            if start.startswith(databases.MAGIC):
                yield from databases.items(path, told)
            elif start.startswith(b"PK\x03\x04"):
                yield from _archive(file, about.st_mtime, told)
            else:
                stream = _Counted(file, about.st_size, told, MOST_BYTES)
                yield from _text(stream, about.st_mtime, lambda _: None)
    except FileNotFoundError:
        raise Unimportable("There is no such file.") from None
    except OSError as error:
        raise Unimportable(f"It cannot be read: {(error.strerror or 'the system refused').lower()}.") from None


class _Counted:
    """A stream that tells how far it is, and ends with OSError where it holds more than it may."""

    def __init__(self, stream: Readable, size: int, told: Told, most: int) -> None:
        self._stream, self._size, self._told, self._left = stream, max(1, size), told, most
        self._most = most

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise OSError(0, "it holds more than it may")
        self._told(min(1.0, (self._most - self._left) / self._size))
        return data


def _text(stream: _Counted, when: float, asset: chatgpt.Asset) -> Iterator[Item]:
    """JSON, JSONL or our Markdown."""
    start = stream.read(64)
    whole = _Again(start, stream)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["} or start.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from shapes.items(values(whole), asset, when)
        return
    data = whole.read(MOST_MARKDOWN + 1)
    if len(data) > MOST_MARKDOWN:
        raise Unimportable("It is larger than 64 MiB and no JSON.")
    words = attach.text_of(data)
    said = data.decode("utf-8-sig", "replace") if words is None else words
    if not markdown.fits(said):
        raise Unimportable("It is of a kind that is not known here: neither JSON nor Markdown that chattui exported.")
    yield from markdown.read(said)


class _Again:
    """A stream with what was read of it put back."""

    def __init__(self, start: bytes, rest: _Counted) -> None:
        self._start, self._rest = start, rest

    def read(self, size: int, /) -> bytes:
        if size > len(self._start):
            start, self._start = self._start, b""
            return start + self._rest.read(size - len(start))
        start, self._start = self._start[:size], self._start[size:]
        return start


# ---------------------------------------------------------------- archives


def _archive(file: BinaryIO, when: float, told: Told) -> Iterator[Item]:
    """What a zip holds: the conversations of an export, or else what chattui has exported itself."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_MEMBERS:
                raise Unimportable("It is an archive of more than 200,000 files.")
            wanted = [member for member in members if _CONVERSATIONS.fullmatch(member.filename)]
            wanted = wanted or [member for member in members if _OURS.fullmatch(member.filename)]
            if not wanted:
                raise Unimportable("It is an archive without conversations.json.")
            total = max(1, sum(member.file_size for member in wanted))
            asset = _Assets(archive, members)
            before = 0
            for member in sorted(wanted, key=lambda member: member.filename):
                part = _Part(told, before / total, member.file_size / total)
                yield from _member(archive, member, when, part, asset)
                before += member.file_size
    except (zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        raise Unimportable(f"It is a damaged archive: {safe.line(str(error), 120).lower()}.") from None


class _Part:
    """Progress of a part, told as progress of the whole."""

    def __init__(self, told: Told, begin: float, share: float) -> None:
        self._told, self._begin, self._share = told, begin, share

    def __call__(self, done: float) -> None:
        self._told(self._begin + done * self._share)


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, when: float, told: Told, asset: chatgpt.Asset
) -> Iterator[Item]:
    name = safe.line(member.filename, 120)
    try:
        with archive.open(member) as stream:
            yield from _text(_Counted(stream, member.file_size, told, MOST_BYTES), when, asset)
    except Unimportable as error:
        yield Skipped(name, str(error))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:  # also: a password
        yield Skipped(name, f"It cannot be unpacked: {safe.line(str(error), 120)}.")
    except zlib.error:
        yield Skipped(name, "It cannot be unpacked: its data is damaged.")


class _Assets:
    """The other files of an archive, by the ids with which their names begin."""

    def __init__(self, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._members = members
        self._named: dict[str, zipfile.ZipInfo] | None = None

    def __call__(self, name: str) -> tuple[Attachment, bytes] | None:
        """The file that belongs to this id; None when there is none, or when it is larger than 20 MB."""
        if self._named is None:
            self._named = {_id(member.filename): member for member in self._members}
        member = self._named.get(_id(name))
        if member is None or not 0 < member.file_size <= attach.IMAGE_BYTES:
            return None
        try:
            with self._archive.open(member) as stream:
                data = stream.read(attach.IMAGE_BYTES + 1)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError, OSError, zlib.error):
            return None
        return (attach.described(data, member.filename.rpartition("/")[2]), data) if data else None


def _id(name: str) -> str:
    """`file-AbC123-photo.png`, `file_00a1-sanitized.png` and `file-AbC123` are the same file."""
    found = re.match(r"(file[-_][0-9A-Za-z]+)", name.rpartition("/")[2])
    return found[1] if found else name
