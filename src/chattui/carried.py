"""The files that a conversation carries: kept in the store, or in memory where nothing is kept; and how they are sent.

Texts go into the message that they belong to, for every endpoint alike. Images stay files, in the form of each API.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from chattui import attach, safe
from chattui.chat import ROLES, Message
from chattui.endpoint import Endpoint
from chattui.errors import StoreError, Unsupported
from chattui.events import Attachment, Notice
from chattui.providers import provider
from chattui.writer import Writer


class Carried:
    """The files of one conversation."""

    def __init__(self, writer: Writer | None) -> None:
        self._writer = writer
        self._loose: dict[Attachment, bytes] = {}  # what is not in the store, or not yet

    async def keep(self, files: Mapping[Attachment, bytes]) -> str:
        """Put the contents into the store, with those that it refused before; why it refuses, or ""."""
        self._loose |= {file: data for file, data in files.items() if file.digest}
        if self._writer is None or not self._loose:
            return ""
        try:
            await self._writer.run(self._writer.store.files.keep, dict(self._loose))
        except StoreError as error:
            return str(error)
        self._loose.clear()
        return ""

    def take(self, other: Carried) -> None:
        """Hold what another one holds that is in no store, to put it into this one's."""
        self._loose |= other._loose

    async def sent(
        self, branch: tuple[Message, ...], endpoint: Endpoint
    ) -> tuple[tuple[Message, ...], dict[str, bytes], list[Notice]]:
        """The branch as this endpoint gets it, what its files hold, and what is left out."""
        contents = await self._contents(branch)
        messages, left = outgoing(branch, contents, _largest(endpoint))
        return messages, contents, [Notice(said) for said in left]

    async def _contents(self, messages: Iterable[Message]) -> dict[str, bytes]:
        """What the files of these messages hold, by digest, as far as it is there."""
        files = [file for message in messages for file in message.attachments if file.digest]
        found = {file.digest: data for file, data in self._loose.items()}
        if self._writer is not None and any(file.digest not in found for file in files):
            found |= await self._writer.run(self._writer.store.files.contents, files)
        return found


def _largest(endpoint: Endpoint) -> int:
    """Bytes of the largest image that the endpoint takes; 0 = it takes none."""
    try:
        return provider(endpoint.provider).images
    except KeyError:  # the turn will tell
        return 0


def check(files: Iterable[Attachment], endpoint: Endpoint) -> None:
    """Raises Unsupported when the endpoint does not take one of these files."""
    for file in files:
        why, hint = refusal(file, endpoint)
        if why:
            raise Unsupported(f"{why}; nothing was sent.", hint=hint)


def refusal(file: Attachment, endpoint: Endpoint) -> tuple[str, str]:
    """Why the endpoint does not take this file, and what to do; two empty texts when it does."""
    if not file.is_image:
        return "", ""
    images, name = _largest(endpoint), safe.line(file.name, 60)
    if not images:
        return (
            f"‘{safe.line(endpoint.name, 40)}’ takes no images ({endpoint.provider})",
            f"Leave out {name}, or choose another endpoint.",
        )
    if file.size > images:
        return (
            f"‘{name}’ is {attach.size(file.size)}",
            f"{endpoint.provider} takes images of at most {attach.size(images)}.",
        )
    return "", ""


def still_named(edited: Message, text: str) -> tuple[Attachment, ...]:
    """The files of a message that stay with it when its text is another one: all but those it does not name any more.
    They are as they were sent, whatever has become of them on the disk.
    """
    before, now = ({Path(mention.path).name for mention in attach.mentions(said)} for said in (edited.text, text))
    return tuple(file for file in edited.attachments if file.name not in before - now)


def outgoing(
    messages: Iterable[Message], contents: Mapping[str, bytes], images: int
) -> tuple[tuple[Message, ...], list[str]]:
    """The messages as they are sent: texts of files in their text, images that can be sent as their only attachments.

    Beside them, a sentence for each file that is not sent.
    """
    sent: list[Message] = []
    left: list[str] = []
    for message in messages:
        if message.role not in ROLES:
            left.append(f"A message of ‘{safe.line(message.role, 20)}’ was not sent: no endpoint knows that role.")
            continue
        if not message.attachments or message.role != "user":
            sent.append(message)
            continue
        text, pictures = message.text, []
        for file in message.attachments:
            data = contents.get(file.digest)
            if data is None:
                left.append(f"‘{safe.line(file.name, 60)}’ is not in the store any more; it was not sent.")
            elif file.is_image and len(data) <= images:
                pictures.append(file)
            elif file.is_image:
                left.append(f"‘{safe.line(file.name, 60)}’ was not sent: this endpoint does not take it.")
            else:
                text += f"\n\n{fenced(file.name, attach.text_of(data) or '')}"
        sent.append(replace(message, text=text, attachments=tuple(pictures)))
    return tuple(sent), left


def fenced(name: str, text: str) -> str:
    """A text file within a message: its name, and its text in a fence that the text cannot close."""
    longest = max(map(len, re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    extension = re.search(r"\.([A-Za-z0-9_+-]{1,12})$", name)
    end = "" if text.endswith("\n") else "\n"
    return f"{safe.line(name)}:\n{fence}{extension[1] if extension else ''}\n{text}{end}{fence}"
