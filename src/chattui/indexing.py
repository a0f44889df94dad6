"""The index kept up to date, in the background: behind the first list, after each save, and from nothing.

A few documents are taken in by a thread. Many of them, such as all, are the work of a process of its own, because
reading them keeps Python busy for seconds, and every frame of the screen would wait for its turn:

    python -m chattui.indexing <data folder> <index file>     prints how many are done, line by line
"""

from __future__ import annotations

import gc
import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from chattui import disk
from chattui.disk import Stamp
from chattui.document import Row
from chattui.errors import ReadOnly, StoreError
from chattui.index import Index, Unusable
from chattui.search import stale
from chattui.store import Store

log = logging.getLogger(__name__)

MANY = 40
"""Documents from which on a process of its own is worth its start."""
LARGE = 16_000_000
"""Bytes of documents from which on it is, too."""
BATCH = 250
"""Documents in one transaction: a fifth of a second in which no other process can write."""
REST = 0.4
"""Seconds that are waited for more changes before they are taken in together."""
PATIENCE = 0.3
"""Seconds that the end waits for a batch, at most; what is not done is taken back."""
LOOK = ""
"""In the queue of changes: look at everything."""
AGAIN = 1.0
"""Seconds until another look when another process is at work."""


class Changes(NamedTuple):
    """What the first list did not know: rows that are others now, and ids of conversations that are gone."""

    rows: list[Row]
    gone: list[str]


class Indexer:
    """The index of a store at work. Its calls block; `start` begins a thread that ends with the process or `stop`."""

    def __init__(self, store: Store, path: Path) -> None:
        """`path` of the index file. The store's `changed` is taken over."""
        self.store = store
        self.index = Index(path, store)
        self.told: Callable[[], None] = lambda: None
        """Called from the thread when `state` has changed."""
        self.state = ""
        """What is going on, in words; "" when nothing is."""
        self.renewed: Callable[[Changes], None] = lambda _: None
        """Called from the thread with what `look_again` has found."""
        self._behind: set[str] | None = None
        self._now: dict[str, Stamp] = {}
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = False

    @property
    def behind(self) -> set[str] | None:
        """Documents that the index does not know as they are now; None: nobody has looked yet."""
        return None if self._behind is None else set(self._behind)

    # ------------------------------------------------------------ the list

    def rows(self, most: int = -1) -> list[Row] | None:
        """The list, or the newest of it, as it was when it was last looked at; None when there is no index."""
        try:
            return self.index.rows(most) or None
        except Unusable:
            return None

    def changes(self) -> Changes:
        """What `rows` did not know. Raises StoreError when the folder cannot be read."""
        self._compare()
        assert self._behind is not None
        found = [self.store.row(name) for name in self._behind if name in self._now]
        return Changes(found, [name for name in self._behind if name not in self._now])

    def _compare(self) -> None:
        """Find out what the index does not know as it is now."""
        self._now = self.store.stamps()
        try:
            known = self.index.stamps()
        except Unusable:
            known = {}
        self._behind = stale(self._now, known)

    # ------------------------------------------------------------ in the background

    def start(self) -> None:
        """Take in what is behind, then whatever changes."""
        self.store.changed = self._changed
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)
        self._thread.start()

    def look_again(self) -> None:
        """Other programs may have changed something: `renewed` is told what."""
        if self._thread is not None:
            self._queue.put(LOOK)

    def stop(self) -> None:
        """No more of it. What was taken in stays; what is half done is taken back by SQLite."""
        self._ended = True
        self._queue.put(None)
        if (child := self._child) is not None:
            with suppress(OSError):
                child.terminate()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def _changed(self, name: str) -> None:
        if self._behind is not None:
            self._behind.add(name)
        self._queue.put(name)

    def _run(self) -> None:
        try:
            self._catch_up()
            while not self._ended:
                names = self._waited()
                if LOOK in names:
                    with suppress(StoreError):  # who cannot read the folder now may do so later
                        self.renewed(self.changes())
                elif self._behind is not None:
                    self._behind |= names
                self._catch_up()
        except Exception:  # the boundary: without an index everything works
            log.exception("the index failed")
            self._say("")

    def _waited(self) -> set[str]:
        """The documents that change next, and those that change with them."""
        names: set[str | None] = {self._queue.get()}
        if self._ended:
            return set()
        if names != {LOOK}:
            threading.Event().wait(REST)
        while not self._queue.empty():
            names.add(self._queue.get())
        return {name for name in names if name is not None}

    def _catch_up(self) -> None:
        try:
            if self._behind is None:
                self._compare()
            elif self._behind:
                self._look(self._behind)
            if not self._behind:
                return
            with_room = [self._now[name][1] for name in self._behind if name in self._now]
            if len(self._behind) < MANY and sum(with_room) < LARGE and self.index.complete:
                self.index.take(self._behind)
            else:
                self._all()
            self._behind = stale(self._now, self.index.stamps())
        except Unusable as why:
            self._unusable(why)
        except StoreError as error:
            log.info("no index: %s", error)

    def _look(self, names: set[str]) -> None:
        """Note how these documents are now."""
        if len(names) > MANY:
            self._now = self.store.stamps()
            return
        for name in names:
            if (stamp := disk.stamp(self.store.path(name))) is None:
                self._now.pop(name, None)
            else:
                self._now[name] = stamp

    def _unusable(self, why: Unusable) -> None:
        if why.broken:
            log.info("the index is made anew: %s", why)
            self.index.discard()
            self._behind = None
        if why.broken or why.absent:
            self._all()
            self._behind = None
            with suppress(StoreError):
                self._compare()

    def _all(self) -> None:
        """Everything that is behind, by a process of its own; by this thread where none can be started."""
        total = len(self._behind) if self._behind else len(self.store.ids())
        self._say(f"the index is being built: 0 of {total:,}")
        try:
            for done in self._by_process():
                self._say(f"the index is being built: {done:,} of {total:,}")
        except OSError as error:
            log.info("no process for the index: %s", error)
            for _ in build(self.store, self.index):
                if self._ended:
                    break
        finally:
            self._say("")

    def _by_process(self) -> Iterator[int]:
        command = [sys.executable, "-P", "-m", "chattui.indexing", str(self.store.data), str(self.index.path)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(  # noqa: S603 - our own module
            command, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, start_new_session=True
        ) as child:
            self._child = child
            if self._ended:
                child.terminate()
            assert child.stdout is not None
            for line in child.stdout:
                if line.strip().isdigit():
                    yield int(line)
            self._child = None
        if child.returncode and not self._ended:
            raise OSError(f"it ended with {child.returncode}")

    def _say(self, words: str) -> None:
        self.state = words
        self.told()


def build(store: Store, index: Index) -> Iterator[int]:
    """Take in everything that is behind, the oldest documents first; yields how many are done after each batch.

    One process does it at a time; another one waits for it. Raises Unusable, StoreError.
    """
    lock = None
    index.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    while lock is None:
        try:
            lock = disk.Lock(index.path.with_suffix(".lock"))
        except ReadOnly:
            threading.Event().wait(AGAIN)
            yield 0
    try:
        yield from _built(store, index)
    finally:
        lock.close()


def _built(store: Store, index: Index) -> Iterator[int]:
    now = store.stamps()
    try:
        if index.worn():
            index.discard()
        known = index.stamps()
    except Unusable as why:
        if why.broken:
            index.discard()
        known = {}
    late = stale(now, known)
    many = len(late) >= MANY or not known
    names = iter(sorted(late, key=lambda name: now.get(name, (0, 0, 0))))
    done = 0
    while batch := list(islice(names, BATCH)):
        index.take(batch, bulk=many)
        done += len(batch)
        yield done
    if many or not index.complete:
        index.finish()


def main(arguments: Sequence[str]) -> int:
    """The process: see the module."""
    gc.disable()
    with suppress(OSError, AttributeError):
        os.nice(5)
    store = Store(Path(arguments[0]))
    try:
        for done in build(store, Index(Path(arguments[1]), store)):
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
    except (Unusable, StoreError, OSError):
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
