"""Putting a store in order: `chattui store repair`. Destroys nothing: what it cannot keep in place moves to damaged/.

    <data>/damaged/      damaged documents and replies, as they were; nobody deletes them but their owner

A conversation that a chattui has open is left alone. Everything here blocks. Raises StoreError.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from chattui import disk
from chattui.chat import Conversation, Message
from chattui.checkup import Finding, check
from chattui.document import encode
from chattui.drafts import INTERRUPTED
from chattui.errors import ReadOnly, StoreError
from chattui.reading import decode, message
from chattui.salvage import parsed, salvaged
from chattui.store import Store


def repair(store: Store, index: Path, new_id: Callable[[], str]) -> Iterator[tuple[Finding, str]]:
    """Every finding, with why it could not be mended, "" when it was. Again changes nothing."""
    for finding in list(check(store, index)):
        if not finding.mends:
            yield finding, "" if finding.is_note else "It stays as it is."
            continue
        try:
            _mend(store, finding, new_id)
        except StoreError as error:
            yield finding, str(error)
        except OSError as error:
            yield finding, str(disk.trouble(error, finding.path))
        else:
            yield finding, ""


def _mend(store: Store, finding: Finding, new_id: Callable[[], str]) -> None:
    path, name = finding.path, finding.conversation
    match finding.kind:
        case "damaged":
            _restore(store, name)
        case "left-reply":
            opened = store.open(name)
            store.release(name)
            if opened.trouble:
                raise StoreError(opened.trouble)
        case "lone-reply":
            draft = store.drafts.read(name)
            assert draft is not None, "it could be read a moment ago"
            _adopt(store, draft, new_id())
            disk.remove(path)
        case "damaged-reply":
            _aside(store, path)
        case "left-temp":
            _temp(store, path, name)
        case "old-version":
            disk.private_folder(store.trash.folder)
            kept = store.trash.folder / f"{name}{'.bak' if (store.trash.folder / f'{name}.json').exists() else '.json'}"
            disk.move(path, kept)
        case "stale-lock":
            store.hold(name)
            store.release(name)
        case "open-to-others":
            path.chmod(0o700 if path.is_dir() else 0o600)
        case "damaged-memory":
            disk.set_aside(path)
        case "index":
            for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
                file.unlink(missing_ok=True)
        case _:
            raise StoreError("It stays as it is.")


def _aside(store: Store, path: Path) -> None:
    """Move a file to damaged/, under a name that is free."""
    folder = store.data / "damaged"
    disk.private_folder(folder)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number = 1
    while (target := folder / f"{stamp}-{number}-{path.name}").exists():
        number += 1
    disk.move(path, target)


def _adopt(store: Store, draft: Message, name: str) -> None:
    """A conversation of its own for a reply whose conversation is not there."""
    now = time.time()
    first = replace(draft, parent=None, state="incomplete", error=INTERRUPTED)
    found = Conversation(name, now, now, "A reply whose conversation is gone", titled=True, endpoint=draft.endpoint)
    store.save(found.with_message(first, now=now))
    store.release(name)


def _temp(store: Store, path: Path, name: str) -> None:
    """Remove what a cut save left behind, unless it holds words that the store has not."""
    try:
        found = decode(path.read_bytes(), path.name)
        known, _ = store.read(name)
    except StoreError:
        said = message(parsed(path.read_bytes()))  # a draft, or nothing whole
        lost = said is not None and said.has_content and not _has(store, name, said)
    else:
        lost = any(known.messages.get(one.id) != one for one in found.walk())
    if lost:
        _aside(store, path)
    else:
        disk.remove(path)


def _has(store: Store, name: str, said: Message) -> bool:
    try:
        known = store.load(name).messages.get(said.id)
    except StoreError:
        return False
    return known is not None and known.text.startswith(said.text)


def _restore(store: Store, name: str) -> None:
    """What is left of a damaged document in its place, and the damaged one beside the store."""
    store.hold(name)
    try:
        found = salvaged(store, name)
        if found is None:
            raise ReadOnly("Nothing in it can be saved.")
        path = store.path(name)
        folder = store.data / "damaged"
        disk.private_folder(folder)
        disk.replace(folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{path.name}", path.read_bytes())
        disk.replace(path, encode(found))
        store.changed(name)
    finally:
        store.release(name)
