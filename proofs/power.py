"""A power cut before every file operation of the store: whatever had reached the disk, nothing acknowledged is lost.

    python proofs/power.py [file | folder]      leave out that fsync: words are lost then, or this would prove nothing

A day of chatting is recorded: turns, checkpoints, names, prompts, files, a crash, deleting, importing. Before each
operation every disk is made that POSIX permits after a cut:

  * a file that was not synced as it is now is as it was synced last, cut in the middle, full of zeros, or whole;
  * of the names that were made, moved and removed in a folder since that was synced, any subset is done, in order.

A rename is done or not, also between two folders. Of more than twelve changes of names, and of more than three files,
the oldest have reached the disk. Each disk is opened as chattui opens it, and again.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any
from unittest import mock

from chattui import bulk, disk, saving, session
from chattui.chat import Conversation, Message
from chattui.composer import NEW, Unsent
from chattui.document import encode
from chattui.endpoint import Endpoint
from chattui.events import Attachment, ChatEvent, Finished, TextDelta
from chattui.means import Means
from chattui.providers import Provider, Turn
from chattui.reading import message
from chattui.session import Began, Ended, Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m")
FOLDER = 0
CALLS = ("open", "fsync", "replace", "unlink", "link", "mkdir")
FILES = 3
SYNCS = {"file": "sync", "folder": "sync_folder"}

Key = tuple[str, str]
"""What is promised: a message, a title, a prompt, a choice, a file … and its name."""
Promises = frozenset[tuple[Key, tuple[str, ...]]]
"""Of each, the texts that it may have: one, and while it is being changed two."""
Disk = frozenset[tuple[Path, bytes | None]]
"""Files with their contents; None = a folder."""


class Recorder:
    """The file operations below a folder, and what of them a power cut may leave."""

    def __init__(self, root: Path, most: int) -> None:
        """`most`: how many changes of names may not have reached the disk."""
        self.root = root
        self._most = most
        self.cuts: dict[Disk, dict[Promises, str]] = {}
        self.operations = self.most = 0
        self._promises: dict[Key, tuple[str, ...]] = {}
        self._durable: dict[Path, int | None] = {root: FOLDER}
        self._pending: list[dict[Path, int | None]] = []
        self._now: dict[int, bytes] = {}
        self._synced: dict[int, bytes] = {}
        self._open: dict[int, Path] = {}
        self._last = FOLDER
        self._alone = threading.RLock()

    # ------------------------------------------------------------ what is promised

    def promise(self, kind: str, name: str, *texts: str) -> None:
        with self._alone:
            self._promises[kind, name] = texts

    @contextmanager
    def changing(self, kind: str, name: str, new: str) -> Iterator[None]:
        """It is the old one or the new one now, and the new one afterwards."""
        old = self._promises.get((kind, name), ())
        if old:
            self.promise(kind, name, *old, new)
        yield
        self.promise(kind, name, new)

    # ------------------------------------------------------------ what is done

    def names(self, done: tuple[bool, ...] = ()) -> dict[Path, int]:
        """Every path that is there when these of the pending changes are done; all of them by default."""
        found = dict(self._durable)
        for at, change in enumerate(self._pending):
            if not done or done[at]:
                found |= change
        return {
            path: node
            for path, node in found.items()
            if node is not None and all(found.get(up) == FOLDER for up in path.parents if up.is_relative_to(self.root))
        }

    @contextmanager
    def recording(self) -> Iterator[None]:
        with ExitStack() as held:
            for name in CALLS:
                held.enter_context(mock.patch.object(os, name, self._recorded(name, getattr(os, name))))
            yield
            self._cut("the end")
        real = {self.root, *self.root.rglob("*")}
        assert self.names().keys() == real, "an operation went past the recorder"

    def _recorded(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def stand_in(*args: Any, **settings: Any) -> Any:
            paths = [Path(arg) for arg in args[:2] if isinstance(arg, str | Path)]
            ours = all(path.is_relative_to(self.root) for path in paths) if paths else args[0] in self._open
            if not ours:
                return real(*args, **settings)
            with self._alone:
                self._cut(f"before {name} {' '.join(path.name for path in paths)}")
                result = real(*args, **settings)
                self._note(name, paths, args, result)
            return result

        return stand_in

    def _note(self, name: str, paths: list[Path], args: tuple[Any, ...], result: Any) -> None:
        there, path = self.names(), paths[0] if paths else self._open[args[0]]
        match name:
            case "open":
                self._open[result] = path
                if path not in there:
                    self._last += 1
                    self._pending.append({path: self._last})
            case "fsync" if there.get(path) == FOLDER:
                for change in [one for one in self._pending if any(of.parent == path for of in one)]:
                    self._durable |= change
                    self._pending.remove(change)
            case "fsync":
                self._read()
                self._synced[there[path]] = self._now[there[path]]
            case "replace" if there[path] != there.get(paths[1]):
                self._pending.append({path: None, paths[1]: there[path]})
            case "unlink":
                self._pending.append({path: None})
            case "link":
                self._pending.append({paths[1]: there[path]})
            case "mkdir":
                self._pending.append({path: FOLDER})

    # ------------------------------------------------------------ what a cut leaves

    def _read(self) -> None:
        for path, node in self.names().items():
            if node != FOLDER and path.exists():
                self._now[node] = path.read_bytes()

    def _cut(self, when: str) -> None:
        self.operations += 1
        self._read()
        while len(self._pending) > self._most:
            self._durable |= self._pending.pop(0)
        self.most = max(self.most, len(self._pending))
        promises = frozenset(self._promises.items())
        late = sorted(node for node, now in self._now.items() if self._synced.get(node) != now)[:-FILES]
        for node in late:
            self._synced[node] = self._now[node]
        for done in product((True, False), repeat=len(self._pending)):
            names = self.names(done)
            for contents in product(*map(self._contents, names.values())):
                self.cuts.setdefault(frozenset(zip(names, contents, strict=True)), {}).setdefault(promises, when)

    def _contents(self, node: int) -> set[bytes | None]:
        if node == FOLDER:
            return {None}
        now, synced = self._now.get(node, b""), self._synced.get(node, b"")
        return {now} if now == synced else {synced, now[: len(now) // 2], bytes(len(now)), now}


# ---------------------------------------------------------------- the day


async def reply(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:  # noqa: ARG001 - the shape of a provider
    for number in range(3):
        yield TextDelta(f"word {number} to {turn.prompt}, ")
        await asyncio.sleep(0.004)
    yield Finished("stop")


async def turns(store: Store, recorder: Recorder, name: str, count: int) -> None:
    """Some turns of a real session, and a name for what was talked about."""
    writer, real = Writer(store), store.drafts.save

    def save(of: str, message: Message) -> None:
        real(of, message)
        recorder.promise("message", message.id, message.text)

    opened = store.open(name) if store.has(name) else None
    with mock.patch.object(store.drafts, "save", save):
        means = Means(None, writer)  # type: ignore[arg-type]  # nobody uses the network
        held = Session(means, LAB, opened.conversation if opened else None, opened=opened)
        held.conversation = replace(held.conversation, id=name)
        for _ in range(count):
            async with aclosing(held.send(f"question {len(held.conversation.messages)} of {name}")) as updates:
                async for update in updates:
                    match update:
                        case Began(user=Message() as said) | Ended(reply=said):
                            recorder.promise("message", said.id, said.text)
            title = f"Talk of {len(held.conversation.messages)}"
            with recorder.changing("title", name, title):
                await held.rename(title)
        held.close()
        writer.close(60)


def crash(store: Store, recorder: Recorder, name: str) -> None:
    """A reply in flight that its chattui has left behind, found by the next one."""
    known = store.open(name).conversation
    for text in ("half", "half of a reply"):
        store.drafts.save(name, Message("left", known.head, "assistant", text))
        recorder.promise("message", "left", text)
    store.release(name)
    store.open(name)
    store.drafts.save(name, Message("next", "left", "assistant", "and one more"))
    recorder.promise("message", "next", "and one more")
    store.drafts.save(name, Message("another", "left", "assistant", "of another mind"))  # the one that lies there stays
    store.release(name)


def small_things(data: Path, recorder: Recorder) -> None:
    """What the program itself remembers."""
    store = Store(data)
    for number, text in enumerate(("a", "b")):
        with recorder.changing("choice", "theme", text):
            store.memory.remember(theme=text)
        store.memory.add_prompt(text)
        recorder.promise("sent", text, text)
        with recorder.changing("unsent", NEW, f"typed {text}"):
            store.composer.keep({NEW: Unsent(f"typed {text}", at=float(number))})
        file = Attachment("x", "text/plain", 1, hashlib.sha256(text.encode()).hexdigest())
        store.files.keep({file: text.encode()})
        recorder.promise("file", file.digest, text)
    store.close()
    later = Store(data)
    later.composer.adopt()
    later.close()


def imported(store: Store, recorder: Recorder) -> None:
    """Conversations of another program."""
    names = [f"{number}" * 22 for number in (7, 8)]
    talks = [
        Conversation(name, 1.0, 1.0).with_message(Message(name, None, "user", f"hi {name}"), now=1.0) for name in names
    ]
    bulk.create({store.path(talk.id): (encode(talk), talk.updated) for talk in talks})
    for name in names:
        recorder.promise("message", name, f"hi {name}")


async def day(data: Path, recorder: Recorder) -> None:
    """All that is done to a store, from the first start on."""
    one, other = "1" * 22, "2" * 22
    await turns(Store(data), recorder, one, 2)
    small_things(data, recorder)
    await turns(Store(data), recorder, one, 1)
    crash(Store(data), recorder, one)
    store = Store(data)
    imported(store, recorder)
    await turns(Store(data), recorder, other, 1)
    for name in (one, other):
        store.delete(name)
    store.restore(one)
    store.tidy()


# ---------------------------------------------------------------- the morning after


def found(store: Store) -> Iterator[tuple[Key, str]]:
    """Everything that can be had of a store."""
    for path in store.trash.folder.glob("*.json"):
        if not path.name.endswith(".draft.json"):
            store.restore(path.stem)
    for name in store.ids():
        opened = store.open(name)
        assert not opened.refused, opened.refused
        assert not opened.trouble, opened.trouble
        texts = [(message.id, message.text) for message in opened.conversation.walk()]
        yield from ((("message", of), text) for of, text in texts)
        assert len({text for _, text in texts}) == len(texts), f"twice: {texts}"
        yield ("title", name), opened.conversation.title
        store.release(name)
    yield from ((("choice", name), str(value)) for name, value in store.memory.recall().items())
    yield from ((("sent", text), text) for text in store.memory.prompts())
    yield from ((("unsent", name), unsent.text) for name, unsent in store.composer.adopt())
    for path in store.files.folder.glob("*.txt"):
        if hashlib.sha256(path.read_bytes()).hexdigest() == path.stem:
            yield ("file", path.stem), path.read_text()
    for path in store.folder.glob("*.kept"):
        if (kept := message(json.loads(path.read_bytes()))) is not None:
            yield ("message", kept.id), kept.text


def look(data: Path, cut: Disk, root: Path, promises: Mapping[Promises, str]) -> Iterator[str]:
    """What is wrong with what a cut has left."""
    for path, content in sorted(cut, key=lambda one: len(one[0].parts)):
        here = data / path.relative_to(root)
        if content is None:
            here.mkdir(parents=True, exist_ok=True)
        else:
            here.write_bytes(content)
    folder = data / "share" / "chattui"
    when = next(iter(promises.values()))
    try:
        known = dict(found(store := Store(folder)))
        store.close()
        once = tree(folder)
        again = dict(found(store := Store(folder)))
        store.close()
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        yield f"{when}: {type(error).__name__}: {error}"
        return
    if again != known or tree(folder) != once:
        yield f"{when}: a second opening changed something"
    for promised, when in promises.items():
        for key, texts in promised:
            if not any(known.get(key, "").startswith(text) for text in texts):
                yield f"{when}: {key} is {known.get(key)!r} and not {texts}"


def tree(folder: Path) -> Mapping[Path, bytes]:
    """The conversations and what the program remembers, as they stand there."""
    return {path: path.read_bytes() for path in folder.rglob("*.json") if path.parent.name != "composer"}


def main(without: str = "", every: int = 1, most: int = 12) -> list[str]:
    """What was wrong, a line for each disk. `without`: an fsync that is left out, "" = none; `every`: 5 = every fifth disk is looked at;
    `most`: how many changes of names may not have reached the disk.
    """
    began = time.perf_counter()
    wrong: list[str] = []
    with ExitStack() as held:
        memory = Path("/dev/shm")  # only to be quick: what is durable is in the recorder's books
        place = memory if memory.is_dir() else None
        root = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="chattui-power-", dir=place))).resolve()
        held.enter_context(mock.patch.object(session, "provider", return_value=Provider(reply)))
        held.enter_context(mock.patch.object(saving, "SAVE_EVERY", 0.003))
        recorder = Recorder(root / "disk", 3 if without else most)  # without a sync they are ever more
        recorder.root.mkdir()
        with ExitStack() as left_out:
            if without:
                left_out.enter_context(mock.patch.object(disk, SYNCS[without]))
            with recorder.recording():
                asyncio.run(day(recorder.root / "share" / "chattui", recorder))
        held.enter_context(mock.patch.object(os, "fsync"))  # the looks need not be durable
        for number, (cut, promises) in enumerate(islice(recorder.cuts.items(), 0, None, every)):
            wrong += islice(look(root / f"{number}", cut, recorder.root, promises), 1)
            shutil.rmtree(root / f"{number}", ignore_errors=True)
    print(
        f"{recorder.operations} moments, {len(recorder.cuts):,} different disks after a cut, at most {recorder.most} "
        f"changes of names not yet synced, {len(recorder._promises)} things acknowledged: {len(wrong)} wrong "
        f"({time.perf_counter() - began:.0f} s)"
    )
    print(*wrong[:40], sep="\n")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main("".join(sys.argv[1:2])) else 0)
