"""Files on their way to and from an API: images of the user as base64, and what a reply brings as FileReturned."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from chattui import attach, safe
from chattui.chat import Message
from chattui.events import JSON, Attachment, FileReturned, Notice
from chattui.providers import Turn

IMAGES = attach.IMAGE_BYTES
"""Bytes of an image that most APIs take."""
_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+*-]{1,80}")
_DATA_URL = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),", re.IGNORECASE)


# ---------------------------------------------------------------- to the API


@dataclass(frozen=True, slots=True)
class Image:
    """An image that the user sends. `data` is base64."""

    name: str
    type: str
    data: str

    @property
    def url(self) -> str:
        return f"data:{self.type};base64,{self.data}"


def images(turn: Turn, message: Message) -> list[Image]:
    """The images of a user's message whose content is at hand."""
    if message.role != "user":
        return []
    return [
        Image(file.name, file.type, base64.b64encode(turn.files[file.digest]).decode())
        for file in message.attachments
        if file.is_image and file.digest in turn.files
    ]


def content(turn: Turn, message: Message) -> JSON:
    """What a message says in the manner of OpenAI's chat API: its text, or a list of parts when it has images."""
    found = images(turn, message)
    if not found:
        return message.text
    parts: list[JSON] = [{"type": "text", "text": message.text}]
    return [*parts, *({"type": "image_url", "image_url": {"url": image.url}} for image in found)]


# ---------------------------------------------------------------- from the API


def returned(data: JSON, kind: JSON = "", name: JSON = "") -> FileReturned | Notice:
    """A file that came as base64."""
    declared = kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else ""
    try:
        found = base64.b64decode(data if isinstance(data, str) else "")
    except (ValueError, binascii.Error):
        found = b""
    return _file(found, declared, name)


def linked(url: JSON, kind: JSON = "", name: JSON = "") -> FileReturned | Notice:
    """A file that came as an address: with its content in a `data:` URL, elsewhere without. It is never fetched."""
    address = url if isinstance(url, str) else ""
    declared = kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else ""
    if inline := _DATA_URL.match(address):
        rest = address[inline.end() :]
        declared = inline[1] if _TYPE.fullmatch(inline[1]) else declared
        if ";base64" in inline[2].lower():
            return returned(rest, declared, name)
        return _file(unquote_to_bytes(rest), declared, name)
    label = _label(name)
    if (link := safe.link(address)) is None:
        return Notice(f"The reply holds a file ({label or declared or 'unnamed'}) without a usable address.")
    shown = label or safe.line(unquote(urlsplit(link).path.rpartition("/")[2]), 80) or declared or "file"
    return FileReturned(Attachment(shown, declared, url=link))


def _file(data: bytes, declared: str, name: JSON) -> FileReturned | Notice:
    label = _label(name)
    if not data:
        return Notice(f"The reply holds a file ({label or declared or 'unnamed'}) that could not be read.")
    found = attach.described(data, label, declared)
    if not label:
        what = "image" if found.is_image else "file"
        found = replace(found, name=f"{what}.{attach.EXTENSIONS.get(found.type, 'bin')}")
    return FileReturned(found, data)


def _label(name: JSON) -> str:
    return safe.line(name, 80) if isinstance(name, str) else ""


# ---------------------------------------------------------------- kept replies

KEPT = "chattui_file"
"""In a kept reply: the digest of the file whose content stood at this place."""


def without(item: Mapping[str, JSON], key: str) -> dict[str, JSON]:
    """The item with the base64 under `key` replaced by the digest: conversations do not hold images twice."""
    found = returned(item.get(key))
    if isinstance(found, Notice):
        return dict(item)
    return {**item, key: {KEPT: found.file.digest}}


def with_content(turn: Turn, item: Mapping[str, JSON], key: str) -> dict[str, JSON] | None:
    """The item as the API sent it; None when its content is gone."""
    known = item.get(key)
    if not isinstance(known, dict):
        return dict(item)
    data = turn.files.get(known.get(KEPT, ""))
    return None if data is None else {**item, key: base64.b64encode(data).decode()}


def files(parts: JSON, kinds: Mapping[str, str]) -> Iterator[FileReturned | Notice]:
    """The files among OpenAI-like parts: `kinds` tells under which key a type of part has its address."""
    for part in parts if isinstance(parts, list) else ():
        key = kinds.get(part.get("type", "")) if isinstance(part, dict) and isinstance(part.get("type"), str) else None
        if key is not None:
            found = part.get(key)
            yield linked(found.get("url") if isinstance(found, dict) else found)
