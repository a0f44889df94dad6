"""A day of chatting at full speed through the whole app: what it costs must not grow.

    python proofs/soak.py [TURNS] [DELTAS] [CONVERSATIONS]

Each turn is typed into the prompt, saved, answered in as many pieces by a provider without a network, drawn by the
pane, and saved again; after its share of turns a conversation is left for a new one. At the end of every conversation
memory, descriptors and tasks are counted. Keys are timed while a reply streams, in the first conversation and in the
last, from the key to its letter in the prompt. The store's files are read again at the end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from textual import events

from chattui import keymap, session
from chattui.config import Config
from chattui.endpoint import Endpoint
from chattui.events import ChatEvent, Finished, Progress, TextDelta
from chattui.means import Means
from chattui.paths import Paths
from chattui.providers import Provider, Turn
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.late import LateWire
from chattui.wire import Wire
from chattui.writer import Writer
from pty_terminal import Terminal

WORDS = ("Some ", "*words* ", "of `code` ", "and\n", "\n", "- an item ", "with 日本 ", "more. ")
KEYS = 40
"""Keys that are timed in a conversation."""


@dataclass
class Soak:
    turns: int = 0
    seconds: float = 0.0
    memory: list[tuple[int, float]] = field(default_factory=list)
    """(turns so far, MB) at the end of each conversation."""
    descriptors: list[int] = field(default_factory=list)
    tasks: list[int] = field(default_factory=list)
    keys: list[list[float]] = field(default_factory=list)
    """Seconds of each timed key, per conversation."""
    wrong: list[str] = field(default_factory=list)

    @property
    def slope(self) -> float:
        """MB per 1,000 turns over the last four fifths, by least squares."""
        points = self.memory[len(self.memory) // 5 :]
        if len(points) < 2:
            return 0.0
        middle = sum(x for x, _ in points) / len(points)
        height = sum(y for _, y in points) / len(points)
        spread = sum((x - middle) ** 2 for x, _ in points)
        return 1000 * sum((x - middle) * (y - height) for x, y in points) / spread


def memory() -> float:
    """MB of this process that are in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def quantile(values: list[float], part: float) -> float:
    found = sorted(values)
    return found[min(len(found) - 1, int(len(found) * part))] if found else 0.0


async def timed_keys(app: ChattuiApp, soak: Soak) -> None:
    """Type while a reply streams. The keys come as a terminal's do."""
    taken: list[float] = []
    driver = app._driver
    assert driver is not None
    for number in range(KEYS):
        before = len(app.prompt.text)
        began = time.perf_counter()
        driver.process_message(events.Key("x", "x"))
        while app.is_running and len(app.prompt.text) == before:
            await asyncio.sleep(0)
            if time.perf_counter() - began > 5:
                soak.wrong.append(f"key {number} was lost")
                break
        taken.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    app.prompt.take()
    soak.keys.append(taken)


async def run(turns: int, deltas: int, conversations: int, folder: Path, *, terminal: bool = False) -> Soak:
    """`terminal`: in the terminal that this process has, otherwise without one."""
    soak = Soak()
    pieces = [WORDS[at % len(WORDS)] for at in range(deltas)]
    whole = "".join(pieces)
    paced = 0.0

    async def reply(_turn: Turn, _wire: Wire) -> AsyncIterator[ChatEvent]:
        yield Progress("connecting", host="soak")
        for piece in pieces:
            yield TextDelta(piece)
            await asyncio.sleep(paced)
        yield Finished("stop")

    module = cast("Any", session)
    given, module.provider = module.provider, lambda _: Provider(reply)
    store = Store(folder / "data")
    writer = Writer(store)
    lab = Endpoint("lab", "soak", "http://soak.invalid", model="m")
    config = Config(endpoints={"lab": lab}, default="lab", keys=keymap.bindings({})[0], layers={"lab": ()})
    paths = Paths(folder / "config.toml", folder / "data", folder / "cache", folder / "log")
    app = ChattuiApp(config, paths, Means(LateWire(), writer), {}, look_around=False)
    began = time.monotonic()

    async def ask(number: int) -> None:
        app.prompt.put(f"Question {number}?")
        app.action_prompt_send()
        while app.shown.worker is not None:
            if not app.is_running:  # a signal has ended it
                raise SystemExit("the app has ended")
            await asyncio.wait([asyncio.ensure_future(app.shown.worker.wait())])
            await asyncio.sleep(0)

    async def chat() -> None:
        nonlocal paced
        for number in range(conversations):
            app.action_conversation_new()
            for at in range(turns // conversations):
                await ask(at)
                soak.turns += 1
                if at == min(5, turns // conversations - 1):
                    paced = 0.005
                    timing = asyncio.create_task(ask(at))
                    await asyncio.sleep(0.1)
                    await timed_keys(app, soak)
                    await timing
                    paced = 0.0
                    soak.turns += 1
            last = app.shown.last
            if last is None or last.text != whole or last.state != "complete":
                soak.wrong.append(f"conversation {number} does not end with what was said")
            await writer.run(int)  # what was put into the queue is done
            gc.collect()
            soak.memory.append((soak.turns, memory()))
            soak.descriptors.append(descriptors())
            soak.tasks.append(len(asyncio.all_tasks()))
            (folder / "progress").write_text(f"{soak.memory}\n")

    try:
        if terminal:
            shown = asyncio.create_task(app.run_async())
            while not app.is_running or not app.screen.is_mounted:
                await asyncio.sleep(0.05)
            await chat()
            app.exit()
            await shown
        else:
            async with app.run_test(size=(120, 40)):
                await chat()
    finally:
        writer.close(10)
        module.provider = given
    soak.seconds = time.monotonic() - began
    kept = [store.load(name) for name in store.ids()]
    replies = [message for one in kept for message in one.walk() if message.role == "assistant"]
    if len(replies) != soak.turns or any(message.text != whole for message in replies):
        soak.wrong.append(f"the store has {len(replies)} replies, {soak.turns} were given")
    if max(soak.descriptors[1:] or [0]) > soak.descriptors[0] + 2 or max(soak.tasks[1:] or [0]) > soak.tasks[0] + 2:
        soak.wrong.append(f"descriptors {soak.descriptors}, tasks {soak.tasks}")
    return soak


def told(soak: Soak, deltas: int) -> tuple[str, bool]:
    first, last = soak.memory[len(soak.memory) // 5], soak.memory[-1]
    good = not soak.wrong and soak.slope <= 0.5
    lines = [
        *soak.wrong,
        f"{soak.turns:,} turns of {deltas} deltas in {len(soak.memory)} conversations, {soak.seconds:.0f} s",
        f"memory: {first[1]:.1f} MB after {first[0]:,} turns, {last[1]:.1f} MB after {last[0]:,}; {soak.slope:.3f} MB per 1,000 turns",
        *(
            f"keys in the {words} conversation: p50 {quantile(keys, 0.5) * 1000:.1f} ms, p95 {quantile(keys, 0.95) * 1000:.1f} ms"
            for words, keys in (("first", soak.keys[0]), ("last", soak.keys[-1]))
        ),
        f"descriptors {soak.descriptors[0]} → {soak.descriptors[-1]}, tasks {soak.tasks[0]} → {soak.tasks[-1]}",
        "good" if good else "NOT GOOD",
    ]
    return "\n".join(lines), good


def main() -> int:
    """Runs itself again in a terminal of its own, whose output is read and thrown away; the figures come by a file."""
    if "--inside" in sys.argv:
        sys.argv.remove("--inside")
        where = Path(sys.argv.pop(1))
        turns, deltas, conversations = map(int, sys.argv[1:])
        soak = asyncio.run(run(turns, deltas, conversations, where, terminal=True))
        text, good = told(soak, deltas)
        (where / "figures").write_text(text)
        return 0 if good else 1
    sizes = [*sys.argv[1:], *("20000", "200", "50")[len(sys.argv) - 1 :]]
    with (
        tempfile.TemporaryDirectory(prefix="chattui-soak-") as folder,
        Terminal([sys.executable, __file__, "--inside", folder, *sizes], os.environ, size=(120, 40)) as terminal,
    ):
        while terminal.process.poll() is None:
            terminal.read(0.5)
            terminal.out = terminal.out[-20_000:]
        figures = Path(folder) / "figures"
        print(figures.read_text() if figures.exists() else terminal.text)
        return terminal.process.returncode


if __name__ == "__main__":
    raise SystemExit(main())
