"""Every n-th system call of the store is refused: the old state or the new one, a sentence, nothing left, all saved later.

    python proofs/refusals.py [EVERY]      default: 1, every call in turn; 5 = every fifth, as the tests do

A scenario is played once to count its calls, and then again for each call and each error. Calls: open, write, write
that stops half way, fsync, replace, unlink, link, flock. Errors: EIO, ENOSPC, EACCES, EROFS, EMFILE, EINTR.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chattui import saving, session
from chattui.chat import Conversation, Message
from chattui.composer import NEW, Unsent
from chattui.endpoint import Endpoint
from chattui.errors import StoreError
from chattui.events import ChatEvent, Finished, TextDelta
from chattui.means import Means
from chattui.providers import Provider, Turn
from chattui.session import Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

ID = "0123456789abcdef012345"
LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m")
CALLS: dict[str, tuple[Any, str]] = {
    "open": (os, "open"), "write": (os, "write"), "short write": (os, "write"), "fsync": (os, "fsync"),
    "replace": (os, "replace"), "unlink": (os, "unlink"), "link": (os, "link"), "flock": (fcntl, "flock"),
}  # fmt: skip
ERRORS = (errno.EIO, errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EMFILE, errno.EINTR)


@dataclass
class Tally:
    played: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        total = sum(self.played.values())
        by = ", ".join(f"{call} {count}" for call, count in self.played.items())
        return f"{total} refusals ({by}): {len(self.wrong)} wrong"


@contextmanager
def refusing(call: str, at: int, code: int) -> Iterator[Counter[str]]:
    """The `at`-th of these calls (from 1; 0 = none) is refused once; how many there were."""
    counted: Counter[str] = Counter()
    module, name = CALLS[call]
    real = getattr(module, name)

    def stand_in(*args: Any, **kwargs: Any) -> Any:
        counted[call] += 1
        if counted[call] == at:
            if call != "short write":
                raise OSError(code, os.strerror(code))
            file, data = args
            real(file, data[: len(data) // 2])
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    setattr(module, name, stand_in)
    try:
        yield counted
    finally:
        setattr(module, name, real)


# ---------------------------------------------------------------- scenarios


def talk(*texts: str) -> Conversation:
    found = Conversation(ID, 1.0, 1.0)
    for number, text in enumerate(texts):
        found = found.with_message(Message(f"m{number}", found.head, "user", text, 1.0), now=1.0 + number)
    return found


def left(folder: Path) -> list[str]:
    """The temp files in a store."""
    return [path.name for path in folder.rglob("*.tmp")]


Look = Callable[[Store], object]
"""What a scenario is about, read from the disk."""


@dataclass(frozen=True)
class Scenario:
    name: str
    before: Look
    act: Look
    look: Look


def _texts(store: Store) -> object:
    return [message.text for message in store.load(ID).walk()] if store.has(ID) else None


def _left(store: Store) -> object:
    return (_texts(store), (store.trash.folder / f"{ID}.json").exists())


def _prompts(store: Store) -> object:
    return store.memory.prompts()


def _unsent(store: Store) -> object:
    store.composer.close()
    composer = Store(store.data).composer
    found = sorted(prompt.text for _, prompt in composer.adopt())
    composer.close()
    return found


def _held(store: Store) -> None:
    store.save(talk("one"))


def _saved(store: Store) -> None:
    _held(store)
    store.release(ID)


def _drafted(store: Store) -> None:
    store.drafts.save(ID, Message("r", "m0", "assistant", "half"))


def _crashed(store: Store) -> None:
    _held(store)
    _drafted(store)
    store.release(ID)


def _grown(store: Store) -> None:
    store.save(talk("one", "two"))


def _opened(store: Store) -> None:
    store.open(ID)
    _grown(store)


def _recovered(store: Store) -> None:
    store.open(ID)
    store.save(store.load(ID))


def _deleted(store: Store) -> None:
    _saved(store)
    store.delete(ID)


SCENARIOS = (
    Scenario("a new conversation", lambda _: None, _held, _texts),
    Scenario("a longer one", _held, _grown, _texts),
    Scenario("another session", _saved, _opened, _texts),
    Scenario("a reply in flight", _held, _drafted, _texts),
    Scenario("a reply left behind", _crashed, _recovered, _texts),
    Scenario("deleting", _saved, lambda store: store.delete(ID), _left),
    Scenario("bringing back", _deleted, lambda store: store.restore(ID), _left),
    Scenario("a choice", lambda store: store.memory.remember(theme="a"), lambda store: store.memory.remember(theme="b"),
             lambda store: dict(store.memory.recall())),
    Scenario("a prompt sent", lambda store: store.memory.add_prompt("a"), lambda store: store.memory.add_prompt("b"), _prompts),
    Scenario("a prompt typed", lambda store: store.composer.keep({NEW: Unsent("a")}),
             lambda store: store.composer.keep({NEW: Unsent("b")}), _unsent),
)  # fmt: skip


def play(scenario: Scenario, folder: Path, call: str, at: int, code: int) -> tuple[int, str]:
    """One refusal; how many calls there were, and what was wrong."""
    store = Store(folder)
    scenario.before(store)
    old = scenario.look(Store(folder)) if scenario.look is not _unsent else ["a"]
    told = ""
    with refusing(call, at, code) as counted:
        try:
            scenario.act(store)
        except StoreError as error:
            told = str(error)
        except Exception as error:  # noqa: BLE001 - counted, whatever it is
            return counted[call], f"{type(error).__name__} came out: {error}"
    refused = counted[call] >= at > 0
    if temp := left(folder):
        return counted[call], f"left {temp}"
    try:
        now = scenario.look(Store(folder)) if scenario.look is not _unsent else None
        scenario.act(store)  # a later save succeeds
        new = scenario.look(Store(folder)) if scenario.look is not _unsent else scenario.look(store)
    except StoreError as error:
        if scenario.name in {"deleting", "bringing back"}:  # done the first time, all but its last sync
            return counted[call], ""
        return counted[call], f"later: {error}"
    finally:
        store.release(ID)
    if now is not None and now not in (old, new):
        return counted[call], f"neither old nor new: {now}"
    if refused and not told and now is not None and now != new:
        return counted[call], "refused, and nobody was told"
    return counted[call], ""


# ---------------------------------------------------------------- a whole turn


async def reply(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:  # noqa: ARG001 - the shape of a provider
    for word in ("a ", "reply ", "of ", "words"):
        yield TextDelta(word)
        await asyncio.sleep(0.002)
    yield Finished("stop")


async def turn(folder: Path, call: str, at: int, code: int) -> tuple[int, str]:
    """A turn of the real session with one refusal in it."""
    writer = Writer(Store(folder))
    held = Session(Means(None, writer), LAB)  # type: ignore[arg-type]  # nobody uses the network
    with refusing(call, at, code) as counted:
        async with aclosing(held.send("question")) as updates:
            async for _ in updates:
                pass
        await writer.run(lambda: None)
    temp = left(folder)
    texts = [message.text for message in held.conversation.walk()]
    if texts != ["question", "a reply of words"]:
        return counted[call], f"the screen shows {texts}"

    def stored() -> list[str]:
        store = Store(folder)
        name = held.conversation.id
        return [message.text for message in store.load(name).walk()] if store.has(name) else []

    wrong = f"left {temp}" if temp else ""
    if stored() != texts and not held.trouble:
        wrong = f"not saved ({stored()}), and nobody was told"
    if held.trouble and not await held.retry(now=True):
        wrong = f"not saved the second time: {held.trouble}"
    if stored() != texts:
        wrong = f"lost: {stored()}"
    held.close()
    if not writer.close():
        wrong = "the writer did not end"
    return counted[call], wrong


def main(every: int = 1) -> Tally:
    """All of it; what was counted."""
    tally = Tally()
    began = time.perf_counter()
    session.provider = lambda _: Provider(reply)  # type: ignore[attr-defined, assignment]  # the only one there is
    was, saving.SAVE_EVERY = saving.SAVE_EVERY, 0.003
    root = Path(tempfile.mkdtemp(prefix="chattui-refusals-"))
    number = 0

    def once(name: str, act: Callable[[Path, str, int, int], tuple[int, str]]) -> None:
        nonlocal number
        for call in CALLS:
            number += 1
            count, wrong = act(root / f"{number}", call, 0, 0)
            if wrong:
                tally.wrong.append(f"{name} without any refusal: {wrong}")
            for at in range(1, min(count, 60) + 1):
                for code in ERRORS:
                    number += 1
                    if number % every:
                        continue
                    _, wrong = act(root / f"{number}", call, at, code)
                    shutil.rmtree(root / f"{number}", ignore_errors=True)
                    tally.played[call] += 1
                    if wrong:
                        tally.wrong.append(f"{name}, {call} {at} {errno.errorcode[code]}: {wrong}")

    try:
        for scenario in SCENARIOS:
            once(scenario.name, lambda folder, *what, of=scenario: play(of, folder, *what))
        once("a turn", lambda folder, *what: asyncio.run(turn(folder, *what)))
    finally:
        saving.SAVE_EVERY = was
        shutil.rmtree(root, ignore_errors=True)
    print(f"{tally} ({time.perf_counter() - began:.0f} s)", *tally.wrong, sep="\n", flush=True)
    return tally


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])).wrong else 0)
