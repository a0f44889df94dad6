"""Conversations that were read, into the store. Nothing that is there changes; the same again adds nothing.

New ones are written in groups: a group is durable when the next one begins. One that is here already
gets the messages that it lacks, as branches of its own where somebody went on with it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from chattui import bulk, disk
from chattui.chat import Conversation
from chattui.document import encode
from chattui.documents import MOST_BYTES
from chattui.errors import StoreError, Unimportable
from chattui.imports import Found, Item, Skipped
from chattui.store import Store

GROUP = 200
GROUP_MESSAGES = 20_000
"""A group is written when it holds so many conversations or messages."""
ABANDONED = 3600.0
"""Seconds after which a file that an import has begun is nobody's any more."""
MOST_FAILED = 10_000
"""Parts of a file that cannot be read, after which nobody reads on: a small archive can hold millions of them."""
LATEST = 4e9
"""Unix seconds that every file system can say."""


What = Literal["new", "grown", "unchanged", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one conversation, or of a part of the file that is none.

    new · grown: it got messages that it lacked · unchanged · skipped: there is nothing to import · failed
    """

    what: What
    title: str
    id: str = ""
    """Of the conversation here; "" when there is none."""
    source: str = ""
    messages: int = 0
    """How many came."""
    why: str = ""
    """Of what is skipped and failed; what was left out of the others."""
    file: str = ""
    """The file that it was in."""


class Taking:
    """One import of any number of files. `dry`: everything but the writing."""

    def __init__(self, store: Store, *, dry: bool = False) -> None:
        self._store = store
        self._dry = dry
        if not dry:
            bulk.sweep(store.folder, time.time() - ABANDONED)
        self._here = set(store.ids())
        self._dead = {path.stem for path in store.trash.folder.glob("*.json")}
        self._group: dict[str, tuple[Found, str]] = {}
        self._seen: dict[str, Conversation] = {}
        """New ones of a dry run, which are not in the store."""

    def take(self, items: Iterable[Item], file: str = "") -> Iterator[Taken]:
        """What becomes of each item, as soon as it is durable; what waits for its group is told by a later `take`, or
        by `close`. Raises Unimportable where too much cannot be read, and what `items` raises.
        """
        failed = 0
        for item in items:
            if isinstance(item, Skipped):
                failed += item.broken
                if failed > MOST_FAILED:
                    raise Unimportable(f"More than {MOST_FAILED:,} parts of it cannot be read; the rest was left.")
                yield Taken("failed" if item.broken else "skipped", item.name, why=item.why, file=file)
                continue
            name = item.conversation.id
            if name in self._group:
                yield from self.close()
            if name in self._dead:
                yield _told("skipped", item, file, why="It is in the trash; bring it back there.")
            elif name in self._here:
                yield self._grow(item, file)
            else:
                self._group[name] = (item, file)
                if len(self._group) >= GROUP or self._messages >= GROUP_MESSAGES:
                    yield from self.close()

    @property
    def _messages(self) -> int:
        return sum(len(found.conversation.messages) for found, _ in self._group.values())

    def close(self) -> Iterator[Taken]:
        """Write what waits. To be called in the end, also after a mistake: what was read stays read."""
        group, self._group = self._group, {}
        made = [found.conversation for found, _ in group.values()]
        refused: dict[str, str] = {}
        if group and not self._dry:
            try:
                for found, _ in group.values():
                    self._store.files.keep(found.files)
                refused = add(self._store, made)
            except StoreError as error:
                saved = set(self._store.ids())
                refused = {found.id: str(error) for found in made if found.id not in saved}
        for name, (found, file) in group.items():
            if why := refused.get(name):
                yield _told("failed", found, file, why=why)
                continue
            self._here.add(name)
            if self._dry:
                self._seen[name] = found.conversation
            count = len(found.conversation.messages)
            yield _told("new", found, file, count, ", ".join(found.lost) and f"left out: {', '.join(found.lost)}")

    def _grow(self, item: Found, file: str) -> Taken:
        name = item.conversation.id
        try:
            had = self._seen[name] if name in self._seen else self._store.load(name)
            has = grown(had, item.conversation)
            count = len(has.messages) - len(had.messages)
            if not count:
                return _told("unchanged", item, file)
            if self._dry:
                self._seen[name] = has
            else:
                self._store.files.keep(item.files)
                self._store.save(has)
        except StoreError as error:
            return _told("failed", item, file, why=str(error))
        finally:
            self._store.release(name)
        return _told("grown", item, file, count)


def _told(what: What, item: Found, file: str, messages: int = 0, why: str = "") -> Taken:
    return Taken(what, item.conversation.title, item.conversation.id, item.source, messages, why, file)


def grown(had: Conversation, read: Conversation) -> Conversation:
    """The conversation with the messages of `read` that it lacks. None of its own changes.

    Its end moves only where it was the end of what `read` goes on with.
    """
    new = {name: message for name, message in read.messages.items() if name not in had.messages}
    if not new:
        return had
    goes_on = any(message.id == had.head for message in read.branch())
    head = read.head if had.head is None or (goes_on and read.head in new) else had.head
    return replace(had, messages={**had.messages, **new}, head=head, updated=max(had.updated, read.updated))


def add(store: Store, conversations: Iterable[Conversation]) -> dict[str, str]:
    """New documents in the store, durable together, with the times of their last changes.

    Why some were not saved, by id: nothing that is there is replaced. Raises Unwritable when the disk refuses.
    """
    files: dict[Path, tuple[bytes, float]] = {}
    refused: dict[str, str] = {}
    for conversation in conversations:
        data = encode(conversation)
        if len(data) > MOST_BYTES:
            refused[conversation.id] = "It is larger than 64 MiB."
        else:
            changed = min(max(conversation.updated, 0.0), LATEST)
            files[store.folder / f"{conversation.id}.json"] = (data, changed)
    try:
        disk.private_folder(store.folder)
        there = bulk.create(files)
    except OSError as error:
        raise disk.trouble(error, store.folder) from None
    return {**refused, **{path.stem: "There is one with this id already." for path in there}}
