"""The conversations on disk: one JSON document each, written so that a crash or a power cut loses nothing acknowledged.

    <data>/conversations/<id>.json         the document; 0600 in a 0700 folder
    <data>/conversations/<id>.draft.json   the reply in flight; gone when the document holds it: see chattui.drafts
    <data>/conversations/<id>.bak          the document as it was when a chattui last began to change it
    <data>/conversations/<id>.lock         flock while a chattui has it open for writing
    <data>/trash/                          deleted conversations, for 30 days: see chattui.trash
    <data>/attachments/                    the contents of their files: see chattui.files
    <data>/state.json, prompts.json        what the program remembers: see chattui.memory
    <data>/composer/                       prompts that nobody has sent yet: see chattui.composer

Names come from ids only. A file that cannot be read is left where it is, listed with the reason, and never rewritten.
Everything here blocks: call it from `chattui.writer`, never from an event loop. Raises StoreError only.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chattui import disk
from chattui.chat import Conversation, Message
from chattui.composer import Composer
from chattui.document import Lines, Row, encode, row_of
from chattui.documents import Documents
from chattui.drafts import Drafts, with_draft
from chattui.errors import ReadOnly, StoreError, Unwritable
from chattui.files import Files
from chattui.memory import Memory
from chattui.merging import merged
from chattui.trash import Trash

NEWER = ReadOnly(
    "A newer chattui wrote this conversation, so it can only be read here.",
    hint="Update chattui, or open a copy.",
)

OLD = 3600.0
"""Seconds after which a temp file belongs to nobody any more."""
_LEFT = re.compile(r".+\.(tmp|lock|draft\.json)")

Seen = tuple[disk.Stamp | None, disk.Stamp | None]
"""The stamps of a document and of its draft."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation as it was opened. `refused`: why it can only be read, "" when it is ours to write; `trouble`: why
    the disk would not let us write, "" when it would.
    """

    conversation: Conversation
    refused: str = ""
    trouble: str = ""
    seen: Seen = (None, None)


class Store(Documents):
    """The conversations below one data folder."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "conversations")
        self.data = data
        self.files = Files(data / "attachments")
        self.trash = Trash(data / "trash", self.folder, self.files)
        self.memory = Memory(data)
        self.composer = Composer(data / "composer")
        self.drafts = Drafts(lambda name: self.path(name, ".draft.json"))
        self.changed: Callable[[str], None] = lambda _: None
        """Told the id of each document that was written, moved away or brought back."""
        self._locks: dict[str, disk.Lock] = {}
        self._known: dict[str, tuple[disk.Stamp | None, Conversation]] = {}  # as read or written last
        self._backed: set[str] = set()
        self._lines: dict[str, dict[str, tuple[Message, str]]] = {}

    # ------------------------------------------------------------ opening

    def load(self, name: str) -> Conversation:
        """A conversation, with its reply in flight: `streaming` while another chattui holds it, `incomplete` where a
        crash left it behind.

        Raises NotFound, Damaged, Unwritable. Loading writes nothing.
        """
        conversation, stamp = self.read(name)
        if name not in self._locks or name not in self._known:
            self._known[name] = (stamp, conversation)
        return self._with_draft(conversation)

    def _with_draft(self, conversation: Conversation) -> Conversation:
        draft = self.drafts.read(conversation.id)
        ours = conversation.id in self._locks
        live = draft is not None and not ours and disk.is_locked(self.path(conversation.id, ".lock"))
        return with_draft(conversation, draft, live=live)

    def open(self, name: str) -> Opened:
        """A conversation to write to; or, while another chattui holds it, only to read.

        What a crash left behind is put in order, once: the reply goes into the document, the rest goes away.
        Raises NotFound, Damaged, Unwritable; then nothing is held.
        """
        found = self.follow(name, None)
        assert found is not None, "nothing is seen before it is opened"
        return found

    def follow(self, name: str, seen: Seen | None) -> Opened | None:
        """As `open`; but None while another chattui holds it and nothing has changed since `seen`."""
        trouble = ""
        try:
            crashed = self.hold(name)
        except ReadOnly as error:
            now = disk.stamp(self.path(name)), disk.stamp(self.drafts.path(name))
            return None if now == seen else Opened(self.load(name), error.text, seen=now)
        except Unwritable as error:
            crashed, trouble = False, str(error)
        try:
            document, stamp = self.read(name)
            self._known[name] = (stamp, document)
            if document.newer:
                self.release(name)
                return Opened(document, NEWER.text)
            conversation = self._with_draft(document)
        except StoreError:
            self.release(name)
            raise
        if not trouble:
            try:
                self._settle(document, conversation, crashed=crashed)
            except StoreError as error:
                trouble = str(error)
        return Opened(conversation, trouble=trouble)

    def _settle(self, document: Conversation, conversation: Conversation, *, crashed: bool) -> None:
        if conversation is not document:
            self.save(conversation)
        draft = self.drafts.read(conversation.id)
        if draft is not None and draft.id in conversation.messages:
            self.drafts.drop(conversation.id)
        if crashed:
            for left in self.folder.glob(f"{conversation.id}.*.tmp"):
                disk.remove(left)

    def hold(self, name: str) -> bool:
        """Keep other programs from writing to it until `release`; whether the last one that did was killed.

        Raises ReadOnly while another one does, Unwritable.
        """
        if name in self._locks:
            return False
        path = self.path(name, ".lock")
        try:
            disk.private_folder(self.folder)
            lock = self._locks[name] = disk.Lock(path)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        return lock.found

    def release(self, name: str) -> None:
        """Let other programs write to the conversation."""
        if lock := self._locks.pop(name, None):
            with suppress(OSError):
                lock.close()
        for known in (self._lines, self._known):
            known.pop(name, None)
        self._backed.discard(name)

    def close(self) -> None:
        """Let go of everything that is held, at the end."""
        for name in list(self._locks):
            self.release(name)
        self.composer.close()

    # ------------------------------------------------------------ writing

    def save(self, conversation: Conversation) -> Conversation:
        """The conversation made durable: when this returns it survives a power cut.

        If another program changed the file meanwhile, what we have changed is laid over it; what is saved is returned.
        Raises ReadOnly while another chattui writes to it or a newer one wrote it, Unwritable when the disk refuses.
        """
        name = conversation.id
        path = self.path(name)
        if conversation.newer:
            raise NEWER
        try:
            self.hold(name)
            on_disk = disk.stamp(path)
            known, base = self._known.get(name, (None, None))
            if on_disk is not None and on_disk != known:
                theirs, _ = self.read(name)
                if theirs.newer:
                    raise NEWER
                conversation = merged(base, conversation, theirs)
            if on_disk is not None and name not in self._backed:
                with suppress(OSError):  # no reason to keep the words of today from the disk
                    disk.keep_version(path.resolve(), self.path(name, ".bak"))
                    self._backed.add(name)
            disk.replace(path, encode(conversation, self._encoder(name)))
            self._known[name] = (disk.stamp(path), conversation)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        self.changed(name)
        return conversation

    def rescue(self, conversation: Conversation) -> Path:
        """A conversation that the store cannot take, in a file of the system's temporary folder; where that is."""
        return disk.rescue(self.path(conversation.id).name, encode(conversation))

    def _encoder(self, name: str) -> Lines:
        return Lines(self._lines.setdefault(name, {}))

    def edit(self, name: str, change: Callable[[Conversation], Conversation]) -> Row:
        """Change a conversation that nobody here has open; its row as it is then.

        Raises ReadOnly while another chattui writes to it, NotFound, Damaged, Unwritable.
        """
        opened = self.open(name)
        try:
            if opened.refused:
                raise ReadOnly(opened.refused)
            return row_of(self.save(change(opened.conversation)))
        finally:
            self.release(name)

    # ------------------------------------------------------------ deleting

    def delete(self, name: str) -> None:
        """Move the conversation to the trash; `restore` brings it back within 30 days.

        Raises NotFound, Unwritable, and ReadOnly while another chattui has it open.
        """
        self.hold(self.path(name).stem)
        try:
            self.trash.take(name)
        finally:
            self.release(name)
        self.changed(name)

    def restore(self, name: str) -> None:
        """Bring a deleted conversation back. Raises NotFound once it is gone."""
        self.trash.give_back(self.path(name).stem)
        self.changed(name)

    # ------------------------------------------------------------ tidying

    def tidy(self) -> int:
        """Remove what may go: trash after its 30 days, and temp files and locks of chattuis that were killed long ago.

        How many replies lie there whose conversations are gone: `chattui store repair` brings them back.
        """
        self.trash.sweep()
        names, drafts = set(self.stamps()), 0
        long_ago = time.time() - OLD
        for folder in (self.data, self.folder, self.files.folder, self.composer.folder):
            for file, (changed, _, _) in disk.stamps(folder, _LEFT):
                path = folder / file
                name = file.partition(".")[0]
                if file.endswith(".draft.json"):
                    drafts += name not in names and not disk.is_locked(folder / f"{name}.lock")
                elif changed / 1e9 < long_ago and not disk.is_locked(folder / f"{name}.lock"):
                    disk.remove(path)
        return drafts
