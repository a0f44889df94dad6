"""kill -9 while replies stream into the store: what was acknowledged is there, once, and a second look changes nothing.

    python proofs/kill.py [RUNS] [CHAIN] [SEED]       default: 500 kills on stores of their own, 300 on one and the same

A child holds a conversation through the real session, with a provider that streams known text. It says on a pipe what
it has been told is durable: each message whose save returned, each checkpoint of the reply in flight. It is killed at
a random moment. Then the store is opened as chattui opens it.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from chattui import saving, session
from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import ChatEvent, Finished, TextDelta
from chattui.means import Means
from chattui.providers import Provider, Turn
from chattui.session import Began, Ended, Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

ID = "0123456789abcdef012345"
LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m")
SAVE_EVERY = 0.02
"""Seconds between checkpoints here; chattui takes one: more of them are more chances to be hit."""


@dataclass
class Tally:
    runs: int = 0
    acknowledged: int = 0
    checkpoints: int = 0
    recovered: int = 0
    """Replies that were in flight and came back."""
    came_back: set[str] = field(default_factory=set)
    after: list[int] = field(default_factory=list)
    """Characters that had arrived after the last checkpoint, and were lost with the process."""
    lost: int = 0
    cut: int = 0
    """Checkpointed characters that are missing."""
    twice: int = 0
    changed: int = 0
    """Stores that were another one after they were opened a second time."""
    left: int = 0
    """Files that should not be there."""
    unreadable: int = 0

    @property
    def wrong(self) -> int:
        return self.lost + self.cut + self.twice + self.changed + self.left + self.unreadable

    def __str__(self) -> str:
        late = sorted(self.after) or [0]
        return (
            f"{self.runs} kills, {self.acknowledged} acknowledged messages, {self.checkpoints} checkpoints, "
            f"{self.recovered} replies recovered, "
            f"{late[len(late) * 95 // 100]} characters after the last checkpoint lost with the process (p95)\n"
            f"acknowledged messages lost: {self.lost}; checkpointed characters lost: {self.cut}; "
            f"duplicates: {self.twice}; changed by a second opening: {self.changed}; files left: {self.left}; "
            f"unreadable: {self.unreadable}"
        )


def text_of(question: str, size: int) -> str:
    """The reply to a question: always the same."""
    dice = random.Random(question)
    return " ".join(f"{dice.randrange(10**6):06d}-{'é漢🙂'[dice.randrange(3)]}" for _ in range(size // 8 + 1))[:size]


async def reply(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:  # noqa: ARG001 - the shape of a provider
    dice = random.Random(turn.reply)
    text = text_of(turn.prompt, dice.choice((50, 800, 5000)))
    at = 0
    while at < len(text):
        size = dice.randrange(1, 60)
        yield TextDelta(text[at : at + size])
        at += size
        await asyncio.sleep(0.001)
    yield Finished("stop")


def child(data: Path, pipe: int) -> None:
    """Talk until killed."""

    def tell(*words: object) -> None:
        os.write(pipe, ("\t".join(map(str, words)) + "\n").encode())

    async def talk() -> None:
        saving.SAVE_EVERY = SAVE_EVERY
        session.provider = lambda _: Provider(reply)  # type: ignore[attr-defined, assignment]  # the only one there is
        writer = Writer(Store(data))
        store = writer.store
        real = store.drafts.save

        def save(name: str, message: Message) -> None:
            real(name, message)
            tell("kept", message.id, len(message.text))

        store.drafts.save = save  # type: ignore[method-assign, assignment]  # one call of it, with a word before it ends
        opened = store.open(ID) if store.has(ID) else None
        means = Means(None, writer)  # type: ignore[arg-type]  # nobody uses the network
        held = Session(means, LAB, opened.conversation if opened else None, opened=opened)
        if opened is None:
            from dataclasses import replace

            held.conversation = replace(held.conversation, id=ID)
        tell("ready")
        number = len(held.conversation.messages)
        while True:
            number += 1
            async with aclosing(held.send(f"question {number} {random.random()}")) as updates:
                async for update in updates:
                    if isinstance(update, Began) and update.user is not None:
                        tell("said", update.user.id, update.user.text)
                    elif isinstance(update, TextDelta) and held.reply is not None:
                        tell("came", held.reply.id, len(held.reply.text))
                    elif isinstance(update, Ended):
                        tell("done", update.reply.id, len(update.reply.text))
            if number % 7 == 0:
                await held.rename(f"Talk {number}")

    asyncio.run(talk())


def killed(data: Path, dice: random.Random) -> list[list[str]]:
    """Let a child talk, kill it, and return what it had said was durable."""
    receives, sends = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(receives)
            child(data, sends)
        finally:
            os._exit(1)
    os.close(sends)
    with os.fdopen(receives, "rb") as pipe:
        first = pipe.readline()
        time.sleep(dice.uniform(0.0, 0.25) ** 1.3)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        said = pipe.read()
    assert first == b"ready\n", "the child did not begin"
    return [line.split("\t") for line in said.decode().split("\n")[:-1]]


def look(data: Path, tally: Tally, known: dict[str, int]) -> None:
    """Open the store as chattui does. `known`: message ids and how many characters of each must be there."""
    store = Store(data)
    if not store.has(ID):
        tally.lost += len(known)
        return
    try:
        before = store.load(ID)
        opened = store.open(ID)
    except Exception as error:  # noqa: BLE001 - counted, whatever it is
        print("unreadable:", error)
        tally.unreadable += 1
        return
    store.release(ID)
    found = opened.conversation
    texts = {message.id: message for message in found.walk()}
    for name, size in known.items():
        if name not in texts:
            tally.lost += 1
        elif len(texts[name].text) < size:
            tally.cut += size - len(texts[name].text)
    answers: set[str | None] = set()
    for message in found.walk():
        if message.role == "assistant":
            asked = texts[message.parent or ""]
            whole = text_of(asked.text, 5000)
            tally.cut += not whole.startswith(message.text)
            tally.twice += message.parent in answers
            answers.add(message.parent)
            if message.error is not None and message.error.kind == "Interrupted":
                tally.recovered += message.id not in tally.came_back
                tally.came_back.add(message.id)
                known[message.id] = len(message.text)
    tally.twice += len(texts) - len({(one.parent, one.text) for one in texts.values()})
    tally.changed += before != found
    once = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    again = Store(data)
    second = again.open(ID)
    again.release(ID)
    tally.changed += second.conversation != found
    tally.changed += once != {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    files = {path.name for path in data.rglob("*") if path.is_file()}
    tally.left += len(files - {f"{ID}.json", f"{ID}.bak"})


def run(data: Path, tally: Tally, dice: random.Random, known: dict[str, int]) -> None:
    """One kill. What the store must hold from now on goes into `known`."""
    tally.runs += 1
    lines = killed(data, dice)
    came = kept = 0
    for kind, name, value in lines:
        match kind:
            case "said":
                tally.acknowledged += 1
                known[name] = len(value)
            case "done":
                tally.acknowledged += 1
                known[name] = came = kept = int(value)
            case "came":
                came = int(value)
                kept = min(kept, came)
            case _:
                tally.checkpoints += 1
                known[name] = max(known.get(name, 0), int(value))
                kept = int(value)
    tally.after.append(came - kept)
    look(data, tally, known)


def main(runs: int = 500, chain: int = 300, seed: int = 1) -> Tally:
    """Both proofs; what they counted."""
    dice = random.Random(seed)
    both = Tally()
    for title, count, one_store in ((f"{runs} kills, a store each", runs, False), (f"chain of {chain}", chain, True)):
        tally = Tally()
        began = time.perf_counter()
        folder = Path(tempfile.mkdtemp(prefix="chattui-kill-"))
        known: dict[str, int] = {}
        try:
            for number in range(count):
                if not one_store:
                    known = {}
                run(folder / ("one" if one_store else str(number)), tally, dice, known)
                if not one_store:
                    shutil.rmtree(folder / str(number), ignore_errors=True)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        print(f"{title}: {tally} ({time.perf_counter() - began:.0f} s)", flush=True)
        for name in (
            "runs",
            "acknowledged",
            "checkpoints",
            "recovered",
            "lost",
            "cut",
            "twice",
            "changed",
            "left",
            "unreadable",
        ):
            setattr(both, name, getattr(both, name) + getattr(tally, name))
    return both


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])).wrong else 0)
