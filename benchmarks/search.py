"""What a thousand conversations cost: the list, search while typing, the index and its building, a very long talk.

    python benchmarks/search.py                 10,000 conversations of 20 messages, generated once below $TMPDIR
    python benchmarks/search.py --conversations 1000

Each measure runs in a process of its own: the real app without a terminal (Textual's headless driver), or the search
behind it. Times are of the wall clock, and in brackets of the processor: on a machine that is in use these say more.
`cold`: the files were put out of the system's cache before; where that needs root, only their contents were.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from statistics import median
from typing import Any

import generated

from chattui import config, paths
from chattui.discover import DEMO
from chattui.indexing import Indexer
from chattui.query import parse
from chattui.search import Found, search
from chattui.session import Means
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.late import LateWire
from chattui.tui.search import SearchScreen
from chattui.writer import Writer

SIZE = (120, 40)
TYPED = ("network", "timeout buffer", "模型", "zurich", "quokka", "conmark has:code", '"end marker"')
"""What is typed, letter by letter; the first letters are as common as letters are."""
FRAME = 1 / 60
RUNS = 5


class Watch:
    """Milliseconds since it was made: of the wall clock, and of the processor in all threads."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        return (time.perf_counter() - self._wall) * 1000, (time.process_time() - self._cpu) * 1000


def both(times: Sequence[Sequence[float]]) -> str:
    """The median: 12 (8) ms."""
    wall, cpu = (median(one) for one in zip(*times, strict=True))
    return f"{wall:.0f} ({cpu:.0f}) ms"


def say(name: str, value: str, goal: str) -> None:
    print(f"  {name:<58} {value:>22}   {goal}")


# ---------------------------------------------------------------- the app


@asynccontextmanager
async def opened(home: Path, conversation: str | None = None) -> AsyncIterator[tuple[ChattuiApp, Watch]]:
    """The app, and when its first frame was shown."""
    place = paths.find({"CHATTUI_HOME": str(home)})
    store = Store(place.data)
    settings = config.Config(endpoints={"demo": DEMO}, default="demo", keys={}, layers={}, file=place.config)
    app = ChattuiApp(
        settings,
        place,
        Means(LateWire(), Writer(store)),
        {},
        look_around=False,
        conversation=conversation,
        indexer=lambda: Indexer(store, place.index),
    )
    first: list[Watch] = []
    begin = app._begin  # noqa: SLF001 - what the app does right after its first frame

    def begun() -> None:
        first.append(Watch())
        begin()

    app._begin = begun  # type: ignore[method-assign]  # noqa: SLF001 - as above
    async with app.run_test(size=SIZE):
        await until(lambda: first)
        yield app, first[0]
    if app.indexer is not None:
        app.indexer.stop()


async def until(holds: Callable[[], object], seconds: float = 120) -> None:
    end = time.perf_counter() + seconds
    while not holds():
        if time.perf_counter() > end:
            raise TimeoutError
        await asyncio.sleep(0.0005)


async def painted(app: ChattuiApp) -> None:
    """What was asked to be painted has been."""
    done = asyncio.Event()
    app.call_after_refresh(done.set)
    await done.wait()


async def the_list(home: Path) -> dict[str, Any]:
    """Milliseconds from the first frame to the list, and to the moment from which it is known to be right."""
    async with opened(home) as (app, first):
        await until(lambda: app.rows.rows)
        await painted(app)
        shown = first.read()
        await until(lambda: app.indexer is not None and app.indexer.behind is not None)
        return {"shown": shown, "right": first.read()}


async def typing(home: Path) -> dict[str, Any]:
    """Milliseconds from each letter to the first hits that answer it; letters come every 150 ms."""
    found: dict[str, list[tuple[float, float]]] = {}
    async with opened(home) as (app, _):
        await until(lambda: app.indexer is not None and app.indexer.behind == set())
        for words in TYPED:
            app.action_search_all()
            await until(lambda: isinstance(app.screen, SearchScreen) and app.screen.line.has_focus)
            screen = app.screen
            assert isinstance(screen, SearchScreen)
            screen.line.value = ""
            await asyncio.sleep(0.2)
            for letter in words:
                before, watch = screen._found, Watch()  # noqa: SLF001 - changes with the first hits
                screen.line.insert_text_at_cursor(letter)
                with suppress(TimeoutError):
                    await until(lambda: screen._found is not before, 5)  # noqa: B023, SLF001 - asked at once
                await painted(app)
                found.setdefault(words, []).append(watch.read())
                await asyncio.sleep(0.15)
            screen.dismiss(None)
            await until(lambda: not isinstance(app.screen, SearchScreen))
    return found


async def building(home: Path) -> dict[str, float]:
    """Seconds until everything is indexed, and how late the event loop came round meanwhile, in ms."""
    late: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + 0.004
            await asyncio.sleep(0.004)
            late.append((time.perf_counter() - due) * 1000)

    async with opened(home) as (app, first):
        await until(lambda: app.indexer is not None and app.indexer.state)
        await asyncio.sleep(2.5)  # without an index the list comes from the files; that is measured elsewhere
        watching = asyncio.ensure_future(watch())
        await until(lambda: app.indexer is not None and not app.indexer.state and app.indexer.behind == set())
        took, _ = first.read()
        watching.cancel()
    late.sort()
    return {
        "seconds": took / 1000,
        "cpu": sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2]),
        "p99": late[int(len(late) * 0.99)],
        "worst": late[-1],
        "frames": sum(one > FRAME * 1000 for one in late),
        "looks": len(late),
    }


async def long_talk(home: Path) -> dict[str, Any]:
    """Milliseconds from the wish to open it until its messages are painted, and how long the loop was held up by it."""
    (name,) = Store(home / "data").ids()
    async with opened(home) as (app, _):
        await asyncio.sleep(1.5)  # what follows the first frame is over
        watch = Watch()
        app.open(name)
        await until(lambda: app.shown.id == name)
        await painted(app)
        shown = watch.read()
        watch = Watch()
        app.transcript.seek(("network",))
        return {"shown": shown, "find": watch.read()}


# ---------------------------------------------------------------- without the app


def scanned(home: Path) -> dict[str, Any]:
    """Milliseconds to the first hits, and to the end, without an index."""
    store = Store(home / "data")
    found: dict[str, Any] = {}
    for words in (*TYPED, generated.NEEDLE[2:8], "nowhere to be found"):
        watch = Watch()
        first, hits = None, Found()
        for batch in search(store, None, parse(words, time.time())):
            hits.add(batch)
            first = first or (watch.read() if batch else None)
        found[words] = [first or watch.read(), watch.read()]
    return found


# ---------------------------------------------------------------- all of it


def share() -> float:
    """How much of a core a busy process gets: everything below is longer by that on a machine that is in use."""
    began, used = time.perf_counter(), time.process_time()
    while time.perf_counter() - began < 1:
        pass
    return time.process_time() - used


def forget(home: Path) -> str:
    """Put the files out of the system's cache; what was forgotten."""
    os.sync()
    with suppress(OSError):
        Path("/proc/sys/vm/drop_caches").write_text("3", "ascii")
        return "contents, names and times"
    for path in home.rglob("*"):
        if path.is_file() and hasattr(os, "posix_fadvise"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return "contents"


def run(measure: str, home: Path) -> Any:
    """What a process of its own has measured."""
    done = subprocess.run([sys.executable, __file__, measure, str(home)], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def report(count: int, folder: Path) -> None:
    home, talk = folder / f"{count}x20", folder / "1x10000"
    for place, conversations, messages in ((home, count, 20), (talk, 1, 10_000)):
        if not (place / "data").exists():
            generated.write(place / "data", conversations, messages)
    print(f"{count:,} conversations of 20 messages; one process gets {share():.0%} of a core just now")
    index = paths.find({"CHATTUI_HOME": str(home)}).index
    for path in index.parent.glob("index.*"):
        path.unlink()
    built = run("building", home)
    say("index built in the background", f"{built['seconds']:.1f} ({built['cpu']:.1f}) s", "≤ 10 s")
    say("  its size", f"{index.stat().st_size / 1e6:.0f} MB", "")
    late = f"{built['p99']:.1f}, {built['worst']:.1f} ms"
    say("  event loop late meanwhile, p99 and worst", late, "≤ 17 ms, one frame")
    say("  looks at which it was later than a frame", f"{built['frames']} of {built['looks']}", "0")
    warm = [run("list", home) for _ in range(RUNS)]
    say("list after the first frame, warm", both([one["shown"] for one in warm]), "≤ 50 ms")
    say("  and known to be right", both([one["right"] for one in warm]), "")
    cold = []
    for _ in range(3):
        forgotten = forget(home)
        cold.append(run("list", home)["shown"])
    say(f"  cold ({forgotten})", both(cold), "≤ 150 ms")
    for words, times in run("typing", home).items():
        said = ", ".join(f"{wall:.0f} ({cpu:.0f})" for wall, cpu in times)
        say(f"first hits after a letter of {words}", both(times), f"≤ 100 ms: {said}")
    for words, (first, whole) in run("scanned", home).items():
        say(f"no index: {words}, first and all", f"{both([first])}, {both([whole])}", "≤ 500 ms")
    print("1 conversation of 10,000 messages")
    opening = [run("long", talk) for _ in range(3)]
    say("opened, to its first paint", both([one["shown"] for one in opening]), "≤ 300 ms")
    say("a word found in it", both([one["find"] for one in opening]), "")


def main() -> None:
    """See the module."""
    measures: dict[str, Callable[[Path], Any]] = {
        "list": the_list,
        "typing": typing,
        "building": building,
        "long": long_talk,
    }
    if len(sys.argv) == 3 and sys.argv[1] in measures:
        print(json.dumps(asyncio.run(measures[sys.argv[1]](Path(sys.argv[2])))))
        return
    if len(sys.argv) == 3 and sys.argv[1] == "scanned":
        print(json.dumps(scanned(Path(sys.argv[2]))))
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "chattui-benchmark")
    wanted = parser.parse_args()
    report(wanted.conversations, wanted.folder)


if __name__ == "__main__":
    main()
