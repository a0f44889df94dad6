"""chattui as a whole, in a pseudo-terminal of 120×40: start, streaming, latency, keys, long conversations, memory.

    python benchmarks/program.py                  every measure; some minutes, with nothing else on the machine
    python benchmarks/program.py start rate       some of them
    python benchmarks/program.py --json           one JSON object at the end

Beside it run a bare httpx-sse print loop and an empty Textual app: only ratios within one run say anything. The server
is benchmarks/loopback.py, the stores are benchmarks/generated.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from ask import BARE
from generated import write
from pseudo import Program

from chattui.tape import Became, Take, Tape, form

HERE = Path(__file__).parent
EMPTY = """
from textual.app import App
from textual.containers import VerticalScroll
from textual.widgets import Input, Markdown, Static
class Empty(App):
    AUTO_FOCUS = "Input"
    def compose(self):
        yield VerticalScroll()
        yield Input(placeholder="Ask anything")
Empty().run()
"""
"""The least a chat client of Textual's own parts begins with."""
RARE = "ĀĂĄĆĈĊČĎĐĒĔĖĘĚĜĞĠĢĤĦĨĪĬĮĴĶĹĻĽĿŁŃŅŇŌŎŐŔŖŘŚŜŞŢŤŦŨŪŬŮŰŲŴŶŹŻŽ"
"""Characters that no reply holds: each is typed once, and seen when it is echoed."""
Found = dict[str, float]


class Server:
    """benchmarks/loopback.py in a process of its own, and when it sent which marker."""

    def __enter__(self) -> Self:
        argv = [sys.executable, str(HERE / "loopback.py")]
        self._process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        self.sent: dict[str, float] = {}
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            marker, when = json.loads(line)
            self.sent[marker] = when

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def chattui(server: Server, *words: str, conversations: int = 0, messages: int = 0) -> Iterator[Program]:
    """A chattui in a home of its own, perhaps with stored conversations."""
    with tempfile.TemporaryDirectory() as home:
        config = Path(home, "config.toml")
        config.write_text(f'[endpoints.lab]\nurl = "http://127.0.0.1:{server.port}/v1"\nmodel = "m"\n')
        config.chmod(0o600)
        if conversations:
            write(Path(home, "data"), conversations, messages)
        environ = {**os.environ, "CHATTUI_HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        environ.pop("NO_COLOR", None)
        if conversations > 1:  # the index that an earlier start would have left
            with Program([sys.executable, "-m", "chattui"], environ) as first:
                first.shows("Ask anything")
                first.settled(6.0, 120)
        with Program([sys.executable, "-m", "chattui", *words], environ) as program:
            yield program


def empty() -> Program:
    """A Textual app with an input and nothing else."""
    return Program([sys.executable, "-c", EMPTY], {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"})


def bare(server: Server, wish: str) -> float:
    """Seconds of CPU that a print loop takes for a reply."""
    script = BARE.replace('json={"messages": []}', 'json={"messages": [{"content": sys.argv[2]}]}')
    argv = [sys.executable, "-c", script, f"http://127.0.0.1:{server.port}/v1", wish]
    before = os.times()
    subprocess.run(argv, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def ready(program: Program, letter: str = "Ā") -> float:
    """Seconds from the start until a typed character has echoed."""
    program.shows("sk anything")
    program.expect(letter)
    program.type(letter)
    return program.shown() - program.began


def at(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


# ------------------------------------------------------------ the measures


def start(server: Server) -> Found:
    """Ready to type and memory, against an empty app; in turn, the median of five."""
    ours, theirs, memory, their_memory = [], [], [], []
    for _ in range(5):
        with empty() as program:
            theirs.append(ready(program))
            time.sleep(0.5)
            their_memory.append(program.memory)
        with chattui(server) as program:
            ours.append(ready(program))
            time.sleep(0.5)
            memory.append(program.memory)
    mine, other = statistics.median(ours), statistics.median(theirs)
    held, base = statistics.median(memory), statistics.median(their_memory)
    return {"ready s": mine, "empty app s": other, "ratio": mine / other, "MB": held, "memory ratio": held / base}


def many(server: Server) -> Found:
    """Ready to type with 10,000 stored conversations, against an empty app."""
    with empty() as program:
        other = ready(program)
    with chattui(server, conversations=10_000, messages=2) as program:
        mine = ready(program)
    return {"ready s": mine, "empty app s": other, "ratio": mine / other}


def burst(server: Server, chunks: int) -> Found:
    """A reply of so many chunks at unlimited rate: CPU against a bare loop, memory, bytes."""
    with chattui(server) as program:
        program.shows("sk anything")
        time.sleep(1.5)
        before, wrote, began = program.cpu, program.bytes, time.monotonic()
        program.expect("the-very-end")
        program.type(f"burst={chunks}\r")
        spent = program.shown(300) - began
        program.settled()
        cpu, held, wrote = program.cpu - before, program.memory, program.bytes - wrote
    other = bare(server, f"burst={chunks}")
    return {
        "CPU s": cpu, "bare loop s": other, "ratio": cpu / other, "CPU us a chunk": cpu / chunks * 1e6,
        "seconds": spent, "MB": held, "bytes a chunk": wrote / chunks,
    }  # fmt: skip


def rate(server: Server, before: int = 0) -> Found:
    """100 chunks a second for 20 s, perhaps after a burst: CPU, latency, bytes."""
    server.sent.clear()
    with chattui(server) as program:
        program.shows("sk anything")
        time.sleep(1.5)
        program.expect("zq00000qz")
        program.type(f"burst={before} rate=100 for=20\r")
        seen = {"zq00000qz": program.shown(300)}
        cpu, wrote, began = program.cpu, program.bytes, time.monotonic()
        for number in range(10, 2000, 10):
            marker = f"zq{number:05d}qz"
            program.expect(marker)
            seen[marker] = program.shown()
        cpu, wrote, spent = program.cpu - cpu, program.bytes - wrote, time.monotonic() - began
    late = [(seen[marker] - server.sent[marker]) * 1000 for marker in list(seen)[1:]]
    return {
        "CPU %": cpu / spent * 100, "first ms": (seen["zq00000qz"] - server.sent["zq00000qz"]) * 1000,
        "p50 ms": at(late, 0.5), "p99 ms": at(late, 0.99), "bytes a chunk": wrote / (100 * spent),
    }  # fmt: skip


def keys(server: Server) -> Found:
    """A typed character on the screen while 100 chunks a second stream."""
    with chattui(server) as program:
        program.shows("sk anything")
        time.sleep(1.5)
        program.type("rate=100 for=20\r")
        program.shows("zq00100qz")
        late = []
        for letter in RARE:
            program.expect(letter)
            began = time.monotonic()
            program.type(letter)
            late.append((program.shown(10) - began) * 1000)
            time.sleep(0.11)
    return {"p50 ms": at(late, 0.5), "p99 ms": at(late, 0.99), "max ms": max(late)}


def opened(server: Server, messages: int) -> Found:
    """A conversation of so many messages: opening it, its memory, and 120 → 80 columns."""
    with chattui(server, messages=1, conversations=1) as program:
        program.shows("sk anything")
        program.settled()
        small = program.memory
    with chattui(server, conversations=1, messages=messages) as program:
        program.shows("sk anything")
        program.settled(1.0)
        began, wrote = time.monotonic(), program.bytes
        program.type("\x1b1")  # alt+1
        while program.bytes < wrote + 2000:
            time.sleep(0.0005)
        shown = time.monotonic() - began
        program.settled(1.0)
        held = program.memory
        began, wrote = time.monotonic(), program.bytes
        program.resize(80, 40)
        while program.bytes < wrote + 2000:
            time.sleep(0.0005)
        resized = time.monotonic() - began
        done = program.settled() - began
    return {"first paint s": shown, "MB more": held - small, "resize s": resized, "resize settled s": done}


def inspector(_server: Server) -> Found:
    """A recording of 50,000 frames, played at once: the inspector over it, and a key's way to the screen there."""
    with tempfile.TemporaryDirectory() as home:
        tape = Path(home, "long.tape.jsonl")
        tape.write_bytes(long_tape(50_000))
        environ = {**os.environ, "CHATTUI_HOME": home, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        with Program([sys.executable, "-m", "chattui", "replay", str(tape), "--instant"], environ) as program:
            program.shows(" ready ", 120)
            program.settled(1.0)
            held, began = program.memory, time.monotonic()
            program.expect("50,000 frames")
            program.type("\x1b[24~")  # f12
            opened = program.shown() - began
            program.settled(0.5)
            more = program.memory - held
            far = [key(program, code, words) for _ in range(5) for code, words in FAR]
            late = [key(program, "\x1b[B", f"▸{number:05}") for number in range(2, 102)]
            program.expect("▸49998")
            program.type("f")
            time.sleep(0.5)
            began = time.monotonic()
            program.type("word49998")
            filtered = program.shown() - began
    return {
        "open s": opened, "MB more": more, "down p50 ms": at(late, 0.5), "down p99 ms": at(late, 0.99),
        "home, end p50 ms": at(far, 0.5), "home, end max ms": max(far), "filter s": filtered,
    }  # fmt: skip


FAR = (("\x1b[F", "▸50000"), ("\x1b[H", "▸00001"))
"""End and home, and where they lead."""


def key(program: Program, code: str, words: str) -> float:
    """Milliseconds from a key until the words stand there."""
    program.expect(words)
    began = time.monotonic()
    program.type(code)
    return (program.shown(10) - began) * 1000


def long_tape(frames: int) -> bytes:
    """A recording of so many frames, a word each, ten ms apart."""
    take = Take(
        method="POST", url="http://localhost/v1/chat/completions", sent=1.0, answered=9.0, status=200, framing="sse",
        answer=(("content-type", "text/event-stream"), ("cache-control", "no-cache")),
    )  # fmt: skip
    for number in range(1, frames):
        delta = json.dumps({"choices": [{"index": 0, "delta": {"content": f" word{number}"}}]})
        take.chunks.append((10.0 * number, f"data: {delta}\n\n".encode()))
        take.became.append(Became("text", f" word{number}", len(f" word{number}")))
    take.chunks.append((10.0 * frames, b"data: [DONE]\n\n"))
    take.became.append(Became("done", "", 0))
    take.ended = 10.0 * frames
    tape = Tape("m", "c", "long", "openai-chat", model="m", prompt="Write a book", takes=[take], state="complete")
    return form.encode(tape)


def idle(server: Server) -> Found:
    """Ten seconds of nothing."""
    with chattui(server) as program:
        program.shows("sk anything")
        program.settled(3.0)
        cpu, wrote = program.cpu, program.bytes
        time.sleep(10)
        return {"CPU %": (program.cpu - cpu) * 10, "bytes": program.bytes - wrote}


MEASURES: dict[str, Callable[[Server], Found]] = {
    "start": start,
    "many": many,
    "burst2k": lambda server: burst(server, 2_000),
    "burst10k": lambda server: burst(server, 10_000),
    "burst50k": lambda server: burst(server, 50_000),
    "rate": rate,
    "rate50k": lambda server: rate(server, 50_000),
    "keys": keys,
    "open1k": lambda server: opened(server, 1_000),
    "open10k": lambda server: opened(server, 10_000),
    "inspector": inspector,
    "idle": idle,
}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []], default=[])
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found: dict[str, Found] = {}
    with Server() as server:
        for name in wanted.measures or MEASURES:
            found[name] = MEASURES[name](server)
            if not wanted.json:
                print(f"{name:<9}", "  ".join(f"{what} {value:.4g}" for what, value in found[name].items()), flush=True)
    if wanted.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
