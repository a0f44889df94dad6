"""The conversations on disk: one JSON document each, written so that a crash or a power cut loses nothing acknowledged.

    <data>/conversations/<id>.json         the document; 0600 in a 0700 folder
    <data>/conversations/<id>.draft.json   the reply in flight; gone when the document holds it
    <data>/conversations/<id>.lock         flock while a chattui writes to the conversation
    <data>/trash/<id>.json                 deleted conversations, for 30 days
    <data>/attachments/                    the contents of their files: see chattui.files
    <data>/state.json, prompts.json        what the program remembers: choices, the history of prompts

Names come from ids only. A file that cannot be read is left where it is, listed with the reason, and never rewritten.
Everything here blocks: call it from `chattui.writer`, never from an event loop. Raises StoreError only.
"""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from chattui import disk
from chattui.chat import Conversation, Failure, Message
from chattui.document import Lines, Row, encode, message_json, row_of
from chattui.errors import Damaged, NotFound, StoreError
from chattui.events import JSON
from chattui.files import Files
from chattui.reading import decode, head_row, message

ID = re.compile(r"[0-9a-z]{8,40}")
MOST_BYTES = 64 * 1024 * 1024
HEAD_BYTES = 2048
TRASH_DAYS = 30
PROMPTS = 500

INTERRUPTED = Failure(
    "Interrupted", "chattui ended while this reply was streaming; what had arrived is kept.", "", True
)


class Store:
    """The conversations below one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / "conversations"
        self.trash = data / "trash"
        self.files = Files(data / "attachments")
        self._locks: dict[str, disk.Lock] = {}
        self._stamps: dict[str, disk.Stamp | None] = {}
        self._lines: dict[str, dict[str, tuple[Message, str]]] = {}

    # ------------------------------------------------------------ reading

    def ids(self) -> list[str]:
        """The ids of all documents, newest change first, by the files' times alone."""
        try:
            with os.scandir(self.folder) as entries:
                found = [
                    (entry.stat().st_mtime_ns, entry.name[:-5])
                    for entry in entries
                    if entry.name.endswith(".json") and ID.fullmatch(entry.name[:-5])
                ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        return [name for _, name in sorted(found, reverse=True)]

    def rows(self) -> Iterator[Row]:
        """A Row per document, in the order of `ids`; damaged ones with the reason."""
        for name in self.ids():
            yield self.row(name)

    def row(self, name: str) -> Row:
        """The Row of one document, from the head of its file where that is enough."""
        path = self._path(name)
        try:
            with path.open("rb") as file:
                found = head_row(file.read(HEAD_BYTES), name)
            if found is None:
                found = row_of(self._read(name))
        except OSError as error:
            return Row(name, damaged=str(disk.trouble(error, path)), updated=_mtime(path))
        except StoreError as error:
            return Row(name, damaged=str(error), updated=_mtime(path))
        return found

    def load(self, name: str) -> Conversation:
        """A conversation, with the reply that a crash left behind as `incomplete`.

        Raises NotFound, Damaged, ReadOnly, Unwritable. Loading writes nothing.
        """
        conversation = self._read(name)
        draft = self._draft(name)
        if draft is not None and self._belongs(conversation, draft):
            kept = replace(draft, state="incomplete" if draft.has_content else "failed", error=INTERRUPTED)
            conversation = conversation.with_message(kept, now=conversation.updated)
        return conversation

    def find(self, reference: str) -> str:
        """The id that a person means: a whole id, its last 4 or more characters, or a number (1 = newest).

        Raises NotFound when none or more than one fits.
        """
        names = self.ids()
        if reference in names:
            return reference
        if reference.isdecimal() and len(reference) < 4:
            if 1 <= int(reference) <= len(names):
                return names[int(reference) - 1]
            raise NotFound(f"There is no conversation number {reference}; there are {len(names)}.")
        fits = [name for name in names if len(reference) >= 4 and name.endswith(reference)]
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise NotFound(f"{len(fits)} conversations end in ‘{reference}’.", hint="Give more of the id.")
        raise NotFound(f"There is no conversation ‘{reference}’.", hint="chattui list shows them all.")

    def _read(self, name: str) -> Conversation:
        path = self._path(name)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise Damaged(f"{path.name} is larger than 64 MiB and was not read.", hint="It was left as it is.")
            stamp = disk.stamp(path)
            data = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"There is no conversation ‘{name}’.", hint="chattui list shows them all.") from None
        except OSError as error:
            raise disk.trouble(error, path) from None
        found = decode(data, path.name)
        self._stamps[name] = stamp
        return replace(found, id=name)

    def _draft(self, name: str) -> Message | None:
        try:
            return message(json.loads(self._path(name, ".draft.json").read_bytes()))
        except (OSError, ValueError, RecursionError):
            return None

    @staticmethod
    def _belongs(conversation: Conversation, draft: Message) -> bool:
        """Whether the draft is newer than what the document knows of its message."""
        known = conversation.messages.get(draft.id)
        if known is not None:  # a continued reply: the draft holds more of it, unless the document was saved last
            return len(draft.text) > len(known.text) and draft.text.startswith(known.text)
        return draft.parent is None or draft.parent in conversation.messages

    # ------------------------------------------------------------ writing

    def save(self, conversation: Conversation) -> Conversation:
        """The conversation made durable: when this returns it survives a power cut.

        If another program changed the file meanwhile, its messages are merged in; what is saved is returned.
        Raises ReadOnly while another chattui writes to it, Unwritable when the disk refuses.
        """
        name = conversation.id
        path = self._path(name)
        try:
            self.hold(name)
            on_disk = disk.stamp(path)
            if on_disk is not None and on_disk != self._stamps.get(name):
                conversation = merged(conversation, self._read(name))
            disk.replace(path, encode(conversation, self._encoder(name)))
            self._stamps[name] = disk.stamp(path)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        return conversation

    def save_draft(self, name: str, reply: Message) -> None:
        """The reply in flight, durable; at most once a second, by its caller."""
        path = self._path(name, ".draft.json")
        data = json.dumps(message_json(reply), ensure_ascii=False).encode("utf-8", "backslashreplace")
        try:
            disk.replace(path, data)
        except OSError as error:
            raise disk.trouble(error, path) from None

    def drop_draft(self, name: str) -> None:
        """Forget the reply in flight, once the document holds it."""
        with suppress(OSError):
            self._path(name, ".draft.json").unlink()

    def release(self, name: str) -> None:
        """Let other programs write to the conversation."""
        if lock := self._locks.pop(name, None):
            lock.close()
        self._lines.pop(name, None)

    def hold(self, name: str) -> None:
        """Keep other programs from writing to it until `release`. Raises ReadOnly when one does already."""
        if name in self._locks:
            return
        path = self._path(name, ".lock")
        try:
            disk.private_folder(self.folder)
            self._locks[name] = disk.Lock(path)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None

    def _encoder(self, name: str) -> Lines:
        return Lines(self._lines.setdefault(name, {}))

    # ------------------------------------------------------------ deleting

    def delete(self, name: str) -> None:
        """Move the conversation to the trash; `restore` brings it back within 30 days."""
        self._move(self._path(name), self.trash / f"{name}.json")
        self.release(name)
        for left in (".lock", ".draft.json"):
            with suppress(OSError):
                self._path(name, left).unlink()
        self._sweep()

    def restore(self, name: str) -> None:
        """Bring a deleted conversation back. Raises NotFound once it is gone."""
        self._move(self.trash / f"{name}.json", self._path(name))

    def _move(self, source: Path, target: Path) -> None:
        try:
            disk.private_folder(target.parent)
            disk.move(source, target)
        except FileNotFoundError:
            raise NotFound("The conversation is not there any more.") from None
        except OSError as error:
            raise disk.trouble(error, source) from None

    def _sweep(self) -> None:
        oldest = time.time() - TRASH_DAYS * 86400
        for path in self.trash.glob("*.json"):
            with suppress(OSError):
                if path.stat().st_ctime < oldest:  # when it came here; moving keeps the time of the last change
                    gone = path.read_bytes()
                    path.unlink()
                    self.files.drop(gone, [*self.folder.glob("*.json"), *self.trash.glob("*.json")])

    # ------------------------------------------------------------ what the program remembers

    def recall(self) -> Mapping[str, JSON]:
        """What `remember` was given: the theme, the last endpoint … {} when there is nothing readable."""
        return disk.read_object(self.data / "state.json")

    def remember(self, **values: JSON) -> None:
        """Lay values over what is remembered; None forgets a name."""
        kept = {name: value for name, value in {**self.recall(), **values}.items() if value is not None}
        self._write_own("state.json", kept)

    def prompts(self) -> list[str]:
        """The prompts sent before, oldest first."""
        stored = disk.read_object(self.data / "prompts.json").get("prompts")
        return [text for text in stored if isinstance(text, str)] if isinstance(stored, list) else []

    def add_prompt(self, text: str) -> None:
        """Put a prompt at the end of the history; the newest 500 are kept, none twice, none over 20,000 characters."""
        if len(text) <= 20_000:
            kept = [*(old for old in self.prompts() if old != text), text][-PROMPTS:]
            self._write_own("prompts.json", {"prompts": kept})

    def _write_own(self, file: str, value: JSON) -> None:
        path = self.data / file
        try:
            disk.private_folder(self.data)
            disk.replace(path, json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise disk.trouble(error, path) from None

    def _path(self, name: str, suffix: str = ".json") -> Path:
        if not ID.fullmatch(name):
            raise NotFound("That is not the id of a conversation.", hint="chattui list shows them all.")
        return self.folder / f"{name}{suffix}"


def merged(ours: Conversation, theirs: Conversation) -> Conversation:
    """Both trees in one: their messages first, ours where both have one; our head is the one shown."""
    remote = {**theirs.remote, **ours.remote}
    return replace(
        ours,
        messages={**theirs.messages, **ours.messages},
        remote=remote,
        strays=theirs.strays or ours.strays,
        extra={**theirs.extra, **ours.extra},
        updated=max(ours.updated, theirs.updated),
    )


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
