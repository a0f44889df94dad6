"""Several processes on one conversation, each with 300 messages to add: none is lost, none is there twice.

    python proofs/processes.py [MESSAGES] [ROUNDS]      default: 300 messages, 20 rounds each of 2 and of 5 processes

Each process opens the conversation, which it may only read while another one holds it, adds a message, saves it, and
lets go; and so again. Every tenth time it keeps what it has in memory while others write, so that its save has to merge.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from chattui.chat import Conversation, Message
from chattui.errors import ReadOnly
from chattui.store import Store

ID = "0123456789abcdef012345"
PROCESSES = (2, 5)


def add(data: Path, who: int, count: int) -> None:
    """Add so many messages, whatever the others do."""
    store = Store(data)
    mine: Conversation | None = None
    number = 0
    while number < count:
        try:
            store.hold(ID)
            if mine is None or number % 10:
                mine = store.open(ID).conversation
            message = Message(f"{who}-{number}", mine.head, "user", f"message {number} of {who}", time.time())
            mine = store.save(mine.with_message(message, now=time.time()))
        except ReadOnly:
            time.sleep(0.0005)
            continue
        number += 1
        store.release(ID)
    store.release(ID)


def play(folder: Path, processes: int, count: int) -> tuple[int, int]:
    """One round: how many messages are lost, and how many there twice."""
    store = Store(folder)
    store.save(Conversation(ID, 1.0, 1.0).with_message(Message("first", None, "user", "hi"), now=1.0))
    store.release(ID)
    children = []
    for who in range(processes):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                add(folder, who, count)
                code = 0
            finally:
                os._exit(code)
        children.append(pid)
    failed = sum(os.waitpid(pid, 0)[1] != 0 for pid in children)
    texts = [message.text for message in Store(folder).load(ID).walk()]
    left = [path for path in folder.rglob("*") if path.suffix in {".tmp", ".lock"}]
    return processes * count + 1 - len(set(texts)) + failed * count + len(left), len(texts) - len(set(texts))


def main(count: int = 300, rounds: int = 20) -> int:
    """How many messages were lost or doubled in all rounds."""
    wrong = 0
    for processes in PROCESSES:
        began = time.perf_counter()
        lost = twice = 0
        for _ in range(rounds):
            folder = Path(tempfile.mkdtemp(prefix="chattui-processes-"))
            try:
                found = play(folder / "data", processes, count)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            lost, twice = lost + found[0], twice + found[1]
        seconds = time.perf_counter() - began
        total = processes * count * rounds
        print(f"{processes} processes × {count} messages × {rounds} rounds = {total:,}: {lost} lost, {twice} twice ({seconds:.0f} s)",
              flush=True)  # fmt: skip
        wrong += lost + twice
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
