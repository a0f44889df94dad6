"""One question to two and to four endpoints that stream 100 chunks a second each: is it smooth, what does it cost?

    python benchmarks/columns.py [SECONDS]

The real app with its real HTTP in a pseudo-terminal of 160×40; the servers are benchmarks/loopback.py. Printed are the
processor's time of chattui, how late its event loop came round while the columns streamed, what it worked meanwhile
(which is all that a machine of its own would wait for), and the bytes that it wrote.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from chattui import config, paths
from chattui.endpoint import Endpoint
from chattui.session import Means
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.columns import Columns
from chattui.tui.late import LateWire
from chattui.writer import Writer

HERE = Path(__file__).parent
SIZE = (160, 40)
RATE = 100
SECONDS = 20
FRAME = 1000 / 60


def inside(home: Path, ports: list[str], seconds: int) -> None:
    """In the pseudo-terminal: ask all of them, look at the loop meanwhile, and write down what was found."""
    place = paths.find({"CHATTUI_HOME": str(home)})
    endpoints = {
        f"lab{at}": Endpoint(f"lab{at}", "openai-chat", url=f"http://127.0.0.1:{port}/v1", model="m", models=("m",))
        for at, port in enumerate(ports)
    }
    settings = config.Config(endpoints=endpoints, default="lab0", keys={}, layers={}, file=place.config)
    app = ChattuiApp(settings, place, Means(LateWire(), Writer(Store(place.data))), {}, look_around=False)

    async def drive(_: Pilot[Any]) -> None:
        await asyncio.sleep(2)  # what follows the first frame is over
        app.prompt.put(f"rate={RATE} for={seconds}")
        app.compare([(endpoint, "m") for endpoint in endpoints.values()])
        await asyncio.sleep(2)  # all of them stream, and Markdown and colours are loaded
        assert isinstance(app.screen, Columns)
        late: list[float] = []
        held: list[float] = []
        began, cpu = time.perf_counter(), time.process_time()
        while time.perf_counter() < began + seconds - 3:
            due, worked = time.perf_counter() + 0.004, time.thread_time()
            await asyncio.sleep(0.004)
            late.append((time.perf_counter() - due) * 1000)
            held.append((time.thread_time() - worked) * 1000)
        spent = time.perf_counter() - began
        late.sort()
        held.sort()
        found.update(
            {
                "cpu": (time.process_time() - cpu) / spent * 100,
                "p50": late[len(late) // 2],
                "p99": late[int(len(late) * 0.99)],
                "worst": late[-1],
                "held p99": held[int(len(held) * 0.99)],
                "held worst": held[-1],
                "frames": sum(one > FRAME for one in late),
                "looks": len(late),
                "words": [one.words(app.means.ticks()) for one in app.screen.columns],
                "chunks": sum(len(one.answer.message.text) for one in app.screen.columns if one.answer.message),
            }
        )
        app.exit(0)

    found: dict[str, Any] = {}
    app.run(auto_pilot=drive)
    Path(home, "found.json").write_text(json.dumps(found))


def measured(columns: int, seconds: int) -> dict[str, Any]:
    """What `inside` found with so many columns, and the bytes that went to the terminal."""
    servers = [
        subprocess.Popen(
            [sys.executable, str(HERE / "loopback.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(columns)
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        ports = [server.stdout.readline().strip() for server in servers if server.stdout is not None]
        for server in servers:
            threading.Thread(target=list, args=(server.stdout,), daemon=True).start()  # nobody looks at its markers
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        environ = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        argv = [sys.executable, __file__, "--inside", home, str(seconds), *ports]
        child = subprocess.Popen(argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environ, start_new_session=True)
        os.close(theirs)
        wrote = 0
        with suppress(OSError):  # how Linux says that the other end is closed
            while piece := os.read(ours, 65536):
                wrote += len(piece)
        child.wait()
        found: dict[str, Any] = json.loads(Path(home, "found.json").read_text())
    for server in servers:
        server.kill()
    if failed := [words for words in found["words"] if not words.startswith("streaming")]:
        raise SystemExit(f"not all of them were streaming: {failed}")
    return {**found, "bytes": wrote / (columns * RATE * seconds)}


def main() -> None:
    """See the module."""
    if sys.argv[1:2] == ["--inside"]:
        inside(Path(sys.argv[2]), sys.argv[4:], int(sys.argv[3]))
        return
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    print(f"{RATE} chunks a second in each column, load {os.getloadavg()[0]:.1f}")
    for columns in (2, 4):
        one = measured(columns, seconds)
        print(
            f"{columns} columns: {one['cpu']:.1f} % of a core, {one['bytes']:.0f} bytes a chunk; "
            f"loop late p50 {one['p50']:.1f}, p99 {one['p99']:.1f}, worst {one['worst']:.0f} ms, "
            f"{one['frames']} of {one['looks']:,} looks by more than a frame; "
            f"its own work in between p99 {one['held p99']:.1f}, worst {one['held worst']:.1f} ms"
        )


if __name__ == "__main__":
    main()
