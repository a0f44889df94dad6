"""What is wrong in a store, by name and reason: `chattui store check`. Reads everything, changes nothing.

Everything here blocks.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chattui import disk
from chattui.chat import Conversation
from chattui.documents import ID
from chattui.drafts import belongs
from chattui.errors import StoreError
from chattui.index import Index, Unusable
from chattui.salvage import salvaged
from chattui.store import Store

Kind = Literal[
    "damaged", "no-file", "newer", "unreadable-messages", "missing-file", "damaged-file", "left-reply", "lone-reply",
    "damaged-reply", "kept-reply", "old-version", "stale-lock", "left-temp", "open-to-others", "damaged-memory",
    "damaged-prompts", "index", "not-writable", "disk-full", "unknown",
]  # fmt: skip
NOTES: frozenset[Kind] = frozenset({"newer", "kept-reply", "unknown", "left-reply", "left-temp", "stale-lock"})
"""What is worth a word and needs nobody to act: chattui does, in time."""
LITTLE = 16 * 1024 * 1024
"""Bytes of free space below which a save may fail soon."""
_PARTS = re.compile(rf"({ID.pattern})(\.draft\.json(?:\.\d+\.kept)?|\.json|\.lock|\.bak)")
_TEMP = re.compile(r"(.+?)\.[0-9a-f]{8}\.tmp")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    kind: Kind
    path: Path
    text: str
    """A sentence: what it is, and why."""
    mends: str = ""
    """What `chattui store repair` does about it; "" when it does nothing."""
    conversation: str = ""

    @property
    def is_note(self) -> bool:
        return self.kind in NOTES


def check(store: Store, index: Path) -> Iterator[Finding]:
    """Everything that is wrong below the store's folder, and with the index beside it."""
    yield from _place(store)
    for path in _entries(store.folder):
        yield from _entry(store, path)
    for folder in (store.data, store.files.folder, store.trash.folder, store.composer.folder):
        for path in _entries(folder):
            if _TEMP.fullmatch(path.name):
                yield Finding("left-temp", path, f"{path.name} is what a save left behind that was cut short.", TEMP)
    yield from _files(store)
    for name in ("state.json", "prompts.json"):
        path = store.data / name
        if path.exists() and not disk.read_object(path) and path.read_bytes().strip() != b"{}":
            text = f"{name} cannot be read; it counts as empty."
            yield Finding("damaged-memory", path, text, f"it becomes {name}.damaged")
    for path in _entries(store.composer.folder):
        if path.suffix == ".json" and not disk.read_object(path):
            yield Finding("damaged-prompts", path, f"{path.name}, which holds prompts never sent, cannot be read.")
    if index.exists():
        try:
            Index(index, store).stamps()
        except Unusable as error:
            text = f"{index.name} cannot be used ({error}); it is derived from the documents, and nothing is missing."
            yield Finding("index", index, text, "it is deleted, and made again at the next start")


TEMP = "it is removed when the store has all that it holds, else it moves to damaged/"


def _entries(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.iterdir())
    return []


def _place(store: Store) -> Iterator[Finding]:
    if not store.data.exists():
        return
    probe = store.folder if store.folder.exists() else store.data
    try:
        disk.replace(probe / "check.tmp", b"")
    except OSError as error:
        yield Finding("not-writable", probe, str(disk.trouble(error, probe)))
    disk.remove(probe / "check.tmp")
    with suppress(OSError):
        if (free := shutil.disk_usage(probe).free) < LITTLE:
            yield Finding("disk-full", probe, f"There are {free // 1024:,} KiB free; saving will soon fail.")
    for folder in (store.data, store.folder, store.files.folder):
        with suppress(OSError):
            if folder.stat().st_mode & 0o077:
                text = f"Other users of this machine may look into {folder}."
                yield Finding("open-to-others", folder, text, "its mode becomes 0700")


def _entry(store: Store, path: Path) -> Iterator[Finding]:
    if temp := _TEMP.fullmatch(path.name):
        name = temp[1].partition(".")[0]
        if not disk.is_locked(store.folder / f"{name}.lock"):
            yield Finding("left-temp", path, f"{path.name} is what a save left behind that was cut short.", TEMP, name)
        return
    found = _PARTS.fullmatch(path.name)
    if found is None:
        yield Finding("unknown", path, f"{path.name} is none of chattui's files.")
        return
    name, part = found[1], found[2]
    if not path.is_file():
        yield Finding("no-file", path, f"{path.name} is no file, so it is not listed.", conversation=name)
        return
    document = store.folder / f"{name}.json"
    if path.stat().st_mode & 0o077:
        text = f"Other users of this machine may read {path.name}."
        yield Finding("open-to-others", path, text, "its mode becomes 0600", name)
    match part:
        case ".json":
            yield from _document(store, path, name)
        case ".draft.json":
            yield from _draft(store, path, name)
        case ".lock" if not disk.is_locked(path):
            text = f"{path.name} was left behind by a chattui that was killed."
            yield Finding("stale-lock", path, text, "it is removed", name)
        case ".bak" if not document.exists():
            text = f"{path.name} is an older version of a conversation that is not there any more."
            yield Finding("old-version", path, text, "it moves to the trash, from where it can be brought back", name)
        case _ if part.endswith(".kept"):
            yield Finding("kept-reply", path, f"{path.name} is a reply that no conversation asked for.", "", name)


def _document(store: Store, path: Path, name: str) -> Iterator[Finding]:
    try:
        conversation, _ = store.read(name)
    except StoreError as error:
        found = salvaged(store, name)
        mends = f"what is whole comes back, {_count(found)}; the damaged file stays in damaged/" if found else ""
        yield Finding("damaged", path, f"{error.text} {'' if mends else 'Nothing in it can be saved.'}".strip(), mends,
                      name)  # fmt: skip
        return
    if conversation.newer:
        yield Finding("newer", path, f"{path.name} was written by a newer chattui and can only be read.", "", name)
    if lost := len(conversation.strays):
        said = "1 message" if lost == 1 else f"{lost} messages"
        text = f"{said} in {path.name} cannot be read; the file keeps what it holds."
        yield Finding("unreadable-messages", path, text, "", name)
    for file in {file for message in conversation.walk() for file in message.attachments if file.digest}:
        if not store.files.path(file).exists():
            text = f"{file.name}, a file of {path.name}, is not there any more."
            yield Finding("missing-file", store.files.path(file), text, "", name)


def _count(conversation: Conversation) -> str:
    count = len(conversation.messages)
    return "1 message" if count == 1 else f"{count} messages"


def _draft(store: Store, path: Path, name: str) -> Iterator[Finding]:
    if disk.is_locked(store.folder / f"{name}.lock"):
        return  # a chattui is at it
    draft = store.drafts.read(name)
    if draft is None:
        text = f"{path.name}, a reply that was in flight, cannot be read."
        yield Finding("damaged-reply", path, text, "it moves to damaged/", name)
        return
    try:
        conversation, _ = store.read(name)
    except StoreError:
        conversation = None
    if conversation is not None and (belongs(conversation, draft) or draft.id in conversation.messages):
        text = f"{path.name} is a reply that was in flight when chattui was ended."
        yield Finding("left-reply", path, text, "it is put into its conversation, as opening that does", name)
    elif conversation is not None or not (store.folder / f"{name}.json").exists():
        text = f"{path.name} is a reply whose conversation is not there."
        yield Finding("lone-reply", path, text, "it becomes a conversation of its own", name)


def _files(store: Store) -> Iterator[Finding]:
    for path in _entries(store.files.folder):
        digest = path.name.partition(".")[0]
        if re.fullmatch(r"[0-9a-f]{64}", digest) and path.is_file():
            with suppress(OSError), path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != digest:
                    yield Finding("damaged-file", path, f"{path.name}, an attached file, is not what was attached.")


def as_json(finding: Finding) -> dict[str, object]:
    """The finding for programs."""
    return {
        "kind": finding.kind,
        "problem": not finding.is_note,
        "path": str(finding.path),
        "conversation": finding.conversation or None,
        "text": finding.text,
        "repair": finding.mends or None,
    }
