"""Files that a person names: which words of a prompt name one, and what a file holds, told by its content.

Nothing is read that was not named. A name counts only where a person has typed it: pasted text names nothing.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from chattui import safe
from chattui.errors import AttachmentError
from chattui.events import Attachment

TEXT = "text/plain"
TEXT_BYTES = 1024 * 1024
"""Bytes of a text file: about a quarter of a million tokens."""
IMAGE_BYTES = 20 * 1024 * 1024
MOST = 20
"""Files of one message."""
EXTENSIONS = {
    TEXT: "txt", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp",
    "application/pdf": "pdf", "application/json": "json", "text/csv": "csv", "text/html": "html.txt",
    "audio/mpeg": "mp3", "audio/wav": "wav", "audio/ogg": "ogg", "video/mp4": "mp4", "application/zip": "zip",
}  # fmt: skip
"""What the names of kept files end in. HTML is kept as text: nothing that a server sent shall run when it is opened."""

_STARTS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
)
_SENT = frozenset({TEXT, "image/png", "image/jpeg", "image/gif", "image/webp"})
_CONTROLS = re.compile(rb"[\x00-\x06\x0e-\x1a\x7f]")
_MENTION = re.compile(r"""(?:(?<=\s)|(?<=\()|^)@(?:"([^"\n]+)"|'([^'\n]+)'|((?:\\.|[^\s\\"'])+))""", re.MULTILINE)
_PATHS = ("/", "./", "../", "~/")
_AFTER = ".,;:!?)]}"
_TOO_MANY = f"More than {MOST} files cannot be sent with one message."


# ---------------------------------------------------------------- what a file holds


def kind(data: bytes) -> str:
    """The media type that the content shows, "" when it shows none that is known here. Every text is text/plain."""
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(data[8:12], "")
    if data[4:8] == b"ftyp":
        return "video/mp4"
    if found := next((name for start, name in _STARTS if data.startswith(start)), ""):
        return found
    return TEXT if text_of(data) is not None else ""


def text_of(data: bytes) -> str | None:
    """The content as text: UTF-8, or UTF-16 with its mark. None when it is none."""
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        return None if _CONTROLS.search(data) else data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def described(data: bytes, name: str, declared: str = "") -> Attachment:
    """What is known of a file with this content; `declared` is its media type where the content shows none."""
    shown = kind(data)
    if not shown or (shown == TEXT and declared in EXTENSIONS):
        shown = declared or "application/octet-stream"
    import hashlib  # noqa: PLC0415 - only where there are files

    return Attachment(safe.line(name) or "file", shown, len(data), hashlib.sha256(data).hexdigest())


def size(count: int) -> str:
    """Bytes for people: 812 B, 3.4 KB, 1.2 MB."""
    for unit, step in (("MB", 1_000_000), ("KB", 1000)):
        if count >= step:
            return f"{count / step:.1f} {unit}" if count < 10 * step else f"{count // step} {unit}"
    return f"{count} B"


def read(path: str) -> tuple[Attachment, bytes]:
    """The file at a path as a person writes it. Blocks. Raises AttachmentError when it cannot be read or sent."""
    shown = safe.line(path, 120)
    data = _content(path, shown)
    found = described(data, os.path.basename(path.rstrip("/")) or path)  # noqa: PTH119 - a name, not a path
    if found.type not in _SENT:
        what = "a PDF" if found.type == "application/pdf" else "neither text nor an image that can be sent"
        raise AttachmentError(f"‘{shown}’ is {what}.", hint="Text, PNG, JPEG, GIF and WebP can be attached.")
    if found.type == TEXT and len(data) > TEXT_BYTES:
        raise AttachmentError(f"‘{shown}’ is {size(len(data))} of text; at most 1 MB can be attached.")
    return found, data


def _content(path: str, shown: str) -> bytes:
    try:
        file = os.open(Path(path).expanduser(), os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(file, "rb") as opened:
            mode = os.fstat(file).st_mode
            if not stat.S_ISREG(mode):
                raise AttachmentError(f"‘{shown}’ is {'a folder' if stat.S_ISDIR(mode) else 'no file'}.")
            data = opened.read(IMAGE_BYTES + 1)
    except FileNotFoundError:
        raise AttachmentError(f"There is no file ‘{shown}’.") from None
    except PermissionError:
        raise AttachmentError(f"No permission to read ‘{shown}’.") from None
    except IsADirectoryError:
        raise AttachmentError(f"‘{shown}’ is a folder.") from None
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the path, a home that nobody has
        reason = getattr(error, "strerror", None) or "not a path"
        raise AttachmentError(f"‘{shown}’ could not be read: {reason.lower()}.") from None
    if not data:
        raise AttachmentError(f"‘{shown}’ is empty.")
    if len(data) > IMAGE_BYTES:
        raise AttachmentError(f"‘{shown}’ is larger than {size(IMAGE_BYTES)}.")
    return data


# ---------------------------------------------------------------- what a prompt names


@dataclass(frozen=True, slots=True)
class Mention:
    """`@path` in a prompt. `certain`: it can only mean a file, because it is quoted or begins as a path does."""

    token: str
    path: str
    certain: bool


def mentions(text: str) -> Iterator[Mention]:
    """Every word that may name a file: `@notes.md`, `@"a b.txt"`, or a blank behind a backslash; never in a word."""
    for found in _MENTION.finditer(text):
        quoted = found[1] or found[2]
        path = quoted or re.sub(r"\\(.)", r"\1", found[3])
        yield Mention(found[0], path, bool(quoted) or path.startswith(_PATHS))


def named(text: str, pasted: Collection[str] = ()) -> Mapping[Attachment, bytes]:
    """The files that a prompt names, with their content. Blocks.

    `pasted` are mentions that nobody has typed: they stay text. So does a word such as @app.route that is no file here.
    Raises AttachmentError for a path that leads to nothing, for what cannot be sent, and for too many files.
    """
    found: dict[Attachment, bytes] = {}
    for _, path in _meant(text, pasted):
        file, data = read(path)
        found[file] = data
        if len(found) > MOST:
            raise AttachmentError(_TOO_MANY)
    return found


@dataclass(frozen=True, slots=True)
class Sight:
    """What would become of a file that a prompt names: `file` is sent, or `why` not."""

    mention: Mention
    file: Attachment | None = None
    why: str = ""
    missing: bool = False
    """Nothing is there, or a folder: perhaps the path is still being written."""


def sights(text: str, pasted: Collection[str] = ()) -> list[Sight]:
    """What `named` would say of each file, while the prompt is still written; one after too many. Blocks."""
    found: dict[str, Sight] = {}
    for mention, path in _meant(text, pasted):
        if path not in found:
            file, why = _glance(path, *_stamp(path))
            found[path] = Sight(mention, file, why, missing=not _is_file(path))
        if sum(sight.file is not None for sight in found.values()) > MOST:
            found[path] = Sight(mention, None, _TOO_MANY)
            break
    return list(found.values())


@lru_cache(maxsize=4 * MOST)
def _glance(path: str, _size: int, _changed: int) -> tuple[Attachment | None, str]:
    """The file, or why it cannot be sent; remembered for as long as it is as large and as old."""
    try:
        return read(path)[0], ""
    except AttachmentError as error:
        return None, str(error)


def _stamp(path: str) -> tuple[int, int]:
    try:
        found = Path(path).expanduser().stat()
    except (OSError, ValueError, RuntimeError):
        return -1, -1
    return found.st_size, found.st_mtime_ns


def _meant(text: str, pasted: Collection[str]) -> Iterator[tuple[Mention, str]]:
    """The mentions that are files, or ought to be, each with its path."""
    for mention in mentions(text):
        if mention.token in pasted:
            continue
        path = mention.path
        if not _is_file(path) and _is_file(path.rstrip(_AFTER)):
            path = path.rstrip(_AFTER)
        if mention.certain or _is_file(path):
            yield mention, path


def _is_file(path: str) -> bool:
    try:
        return Path(path).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        return False
