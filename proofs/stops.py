"""Esc in every phase of a reply: how long until the app is idle again, with everything saved.

    python proofs/stops.py [ROUNDS]

The app runs against a scripted server. In the middle of a stream, Esc comes at word 1, 2, 3 … of as many replies as
there are rounds; each other phase is stopped that often, too. Measured from the key to the moment when the next prompt
can be sent. After each stop the question is on the disk once, the reply with what had come is there as stopped, and in
the end no connection is open.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests")]

from textual import events

from chattui import keymap
from chattui.config import Config
from chattui.endpoint import Endpoint, Retry
from chattui.means import Means
from chattui.paths import Paths
from chattui.secret import Secret
from chattui.session import Session
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.late import LateWire
from chattui.writer import Writer
from server import STALL, Server, Step, chunk, sse

Prepare = Callable[[Server, ExitStack], Endpoint]
LIMIT = 0.2


def slow_key() -> str:
    time.sleep(0.5)
    return "sk-x"


def at(url: str, **settings: object) -> Endpoint:
    return Endpoint("lab", "openai-chat", url, model="m", **{"retry": Retry(1), **settings})  # type: ignore[arg-type]


def scripted(*steps: Step, status: int = 200, headers: dict[str, str] | None = None) -> Prepare:
    def prepare(server: Server, _: ExitStack) -> Endpoint:
        server._script.clear()
        server.reply(*steps, status=status, headers=headers)
        return at(server.url)

    return prepare


def listening(held: ExitStack, queue: int) -> int:
    found = held.enter_context(socket.socket())
    found.bind(("127.0.0.1", 0))
    found.listen(queue)
    return int(found.getsockname()[1])


def full(_: Server, held: ExitStack) -> Endpoint:
    port = listening(held, 0)
    for _number in range(3):
        other = held.enter_context(socket.socket())
        other.setblocking(False)
        other.connect_ex(("127.0.0.1", port))
    return at(f"http://127.0.0.1:{port}/v1")


WORD: list[Step] = [sse(chunk({"content": "word "})), 0.002]
LIFE: list[Step] = [b": ping\n\n", 0.05]
PHASES: dict[str, Prepare] = {
    "in the middle of a stream": scripted(*WORD * 2000),
    "while its key is looked up": lambda server, _: at(server.url, api_key=Secret(slow_key, "a command")),
    "while connecting": full,
    "while TLS begins": lambda _, held: at(f"https://127.0.0.1:{listening(held, 50)}/v1"),
    "before the status": scripted(STALL),
    "while the server only lives": scripted(*LIFE * 400),
    "between two tries": scripted(status=429, headers={"Retry-After": "50"}),
    "in the body of a refusal": scripted(b"no", STALL, status=400),
}


def _text(session: Session) -> str:
    return session.reply.text if session.reply is not None else ""


async def stopped(app: ChattuiApp, phase: str, words: int) -> tuple[float, float]:
    """Seconds from Esc to idle, and those of them that this thread has worked."""
    app.prompt.put(f"Question {words}")
    app.action_prompt_send()
    chat = app.shown
    while app.is_running and chat.session.reply is None:
        await asyncio.sleep(0.001)
    if phase == "in the middle of a stream":
        while _text(chat.session).count("word") < words:
            await asyncio.sleep(0.001)
    else:
        await asyncio.sleep(0.02 + words % 10 * 0.01)
    began, worked = time.perf_counter(), time.thread_time()
    assert app._driver is not None
    app._driver.process_message(events.Key("escape", None))
    while app.is_running and chat.flow is not None:
        await asyncio.sleep(0)
    if not app.is_running:  # a signal has ended it
        raise SystemExit("the app has ended")
    return time.perf_counter() - began, time.thread_time() - worked


async def run(rounds: int, folder: Path) -> tuple[dict[str, list[tuple[float, float]]], list[str]]:
    """(seconds of each stop by phase, what went wrong)."""
    times: dict[str, list[tuple[float, float]]] = {}
    wrong: list[str] = []
    with ExitStack() as held:
        server = held.enter_context(Server().running())
        for phase, prepare in PHASES.items():
            writer = Writer(Store(folder / phase.replace(" ", "-")))
            lab = prepare(server, held)
            config = Config(endpoints={"lab": lab}, default="lab", keys=keymap.bindings({})[0], layers={"lab": ()})
            paths = Paths(folder / "config.toml", folder, folder, folder)
            app = ChattuiApp(config, paths, Means(LateWire(), writer), {}, look_around=False)
            async with app.run_test(size=(120, 40)):
                times[phase] = [await stopped(app, phase, number + 1) for number in range(rounds)]
                said = list(app.shown.session.conversation.walk())
                await app.means.wire.aclose()
            writer.close(10)
            kept = list(writer.store.load(app.shown.id).walk())
            questions = [message.text for message in kept if message.role == "user"]
            if questions != [f"Question {number + 1}" for number in range(rounds)]:
                wrong.append(f"{phase}: the questions on the disk are {questions}")
            replies = [message for message in kept if message.role == "assistant"]
            if any(reply.state != "stopped" for reply in replies) or len(replies) != rounds:
                wrong.append(f"{phase}: the replies are {[reply.state for reply in replies]}")
            if [message.text for message in said] != [message.text for message in kept]:
                wrong.append(f"{phase}: the disk has other words than the screen")
        for _ in range(200):
            if not server.open:
                break
            await asyncio.sleep(0.01)
        if server.open:
            wrong.append(f"{server.open} connections are open")
    return times, wrong


def main() -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="chattui-stops-") as folder:
        times, wrong = asyncio.run(run(rounds, Path(folder)))
    for line in wrong:
        print(line[:500])
    for phase, taken in times.items():
        taken.sort()
        p50, p95 = (taken[int(len(taken) * part)][0] * 1000 for part in (0.5, 0.95))
        work = sorted(worked for _, worked in taken)[len(taken) // 2] * 1000
        print(
            f"{phase:30} {len(taken)} stops: p50 {p50:.0f} ms ({work:.0f} ms of work), p95 {p95:.0f} ms, slowest {taken[-1][0] * 1000:.0f} ms"
        )
    slow = sum(seconds > LIMIT for taken in times.values() for seconds, _ in taken)
    print(f"{slow} of {sum(map(len, times.values()))} took longer than {LIMIT * 1000:.0f} ms; {len(wrong)} wrong")
    return 1 if wrong or slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
