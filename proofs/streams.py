"""Replies over loopback from a server that does everything wrong: each ends in exactly one way, and nothing is left.

    python proofs/streams.py [STREAMS] [SEED]

Each stream is one turn of a session with one of the wire formats, over the real network. Its script is made of the
format's own frames, damage, pauses and faults; a third of the turns are cancelled, half of these twice in a row.
Counted as wrong: an end that is none, two ends, an error that is no ChatError, text in the wrong place, and a task, a
descriptor or a connection that is left at the end.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "providers")]

from talk import endpoint

from chattui import errors
from chattui.endpoint import Endpoint, Timeouts
from chattui.means import Means
from chattui.session import Ended, Session
from chattui.wire.http import HttpWire
from families import FAMILIES, Family
from server import CUT, RESET, STALL, Server, Step

AT_ONCE = 16
FAST = Timeouts(connect=5, headers=0.15, first_token=0.3, idle=0.1, idle_content=0.2, total=3)
KINDS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.ChatError)}
"""The names of the errors that a turn may end with: anything else is a mistake of ours."""
ENDS = ("complete", "incomplete", "failed", "stopped")


@dataclass
class Tally:
    wrong: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stops: list[float] = field(default_factory=list)
    """Seconds from each cancellation to the end of its turn."""
    left: str = ""


def script(server: Server, family: Family, dice: random.Random) -> None:
    """What the server does to one turn."""
    family.before(server)
    frames: list[Step] = [*[family.says] * dice.randrange(5), *[family.end] * (dice.random() < 0.7)]
    for _ in range(dice.choice((0, 0, 1, 1, 2, 4))):
        damage: list[Step] = [
            CUT, RESET, STALL, 0.001, 0.02, family.alive, family.unreadable, family.error, b"\n", b"\x00\xff", b"data: [DONE]\n\n",
            family.says[: dice.randrange(len(family.says))], b"{}", b"x" * dice.randrange(5000), b'{"error":"no"}\n',
        ]  # fmt: skip
        frames.insert(dice.randrange(len(frames) + 1), dice.choice(damage))
    match dice.randrange(12):
        case 0:
            server.raw(*frames, dice.choice((CUT, RESET)))
        case 1:
            server.raw(family.head + b"\r\n", *frames, dice.choice((CUT, RESET)))
        case 2:
            server.reply(*frames, status=dice.choice((204, 301, 400, 401, 404, 408, 429, 500, 503, 529)), body="length")
        case 3:
            server.reply(b"<html><title>Hello</title>", *frames, type="text/html")
        case 4:
            coding = dice.choice(("gzip", "deflate", "br", "identity"))
            server.reply(*frames, type=family.type, headers={"Content-Encoding": coding})
        case 5:
            steps = [b"".join(step for step in frames if isinstance(step, bytes))]
            server.reply(*(steps[0][at : at + 3] for at in range(0, len(steps[0]), 3)), type=family.type)
        case _:
            server.reply(
                *frames,
                type=dice.choice((family.type, family.type, None, "text/plain")),
                body=dice.choice(("chunked", "close")),
            )
    family.after(server)


async def turn(server: Server, wire: HttpWire, name: str, spoken: Endpoint, dice: random.Random, tally: Tally) -> None:
    server._script.clear()
    script(server, FAMILIES[name], dice)
    session = Session(Means(wire, None), spoken)
    ended: list[str] = []

    async def pull() -> None:
        async with aclosing(session.send("Hi")) as updates:
            ended.extend([update.reply.state async for update in updates if isinstance(update, Ended)])

    task = asyncio.create_task(pull())
    if dice.random() < 0.33:
        await asyncio.sleep(dice.choice((0, 0, 0.001, 0.01, 0.05, 0.1)))
        for _ in range(dice.randrange(5)):
            await asyncio.sleep(0)
        began = time.monotonic()
        task.cancel()
        if dice.random() < 0.5:
            await asyncio.sleep(0)
            task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        tally.stops.append(time.monotonic() - began)
    else:
        await task
    reply = next((message for message in session.conversation.walk() if message.role == "assistant"), None)
    state = reply.state if reply is not None else "never begun"
    tally.ends[state] += 1
    cancelled = task.cancelled()
    if cancelled != (not ended) or len(ended) > 1 or (ended and ended != [state]):
        tally.wrong.append(f"{name}: ended as {ended}, is {state}, cancelled: {cancelled}")
    if state not in ENDS and not (cancelled and reply is None):
        tally.wrong.append(f"{name}: the end is {state}")
    if session.busy or sum(message.role == "user" for message in session.conversation.walk()) > 1:
        tally.wrong.append(f"{name}: the session is busy, or holds the question twice")
    if reply is not None and reply.error is not None:
        tally.errors[reply.error.kind] += 1
        if reply.error.kind not in KINDS:
            tally.wrong.append(f"{name}: {reply.error}")
    if (
        state in {"incomplete", "failed"}
        and reply is not None
        and (reply.error is None or not reply.error.text.endswith((".", "…", "!", "?")))
    ):
        tally.wrong.append(f"{name}: {state} without a sentence: {reply.error}")


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@asynccontextmanager
async def nothing_left(tally: Tally, servers: Mapping[str, Server]) -> AsyncIterator[HttpWire]:
    """A wire; after it no task, no descriptor and no connection may be left."""
    tasks, open_before = asyncio.all_tasks(), descriptors()
    wire = HttpWire()
    yield wire
    await wire.aclose()
    gc.collect()
    for _ in range(300):  # the other ends, which are in this process, need a moment to see it
        more = asyncio.all_tasks() - tasks
        if not more and descriptors() <= open_before and not any(server.open for server in servers.values()):
            break
        await asyncio.sleep(0.01)
    tally.left = f"{len(more)} tasks, {descriptors() - open_before} descriptors, {sum(s.open for s in servers.values())} connections"
    if more or descriptors() > open_before or any(server.open for server in servers.values()):
        tally.wrong.append(f"left: {tally.left}")


async def run(streams: int, seed: int) -> Tally:
    tally = Tally()
    names = list(FAMILIES)
    with ExitStack() as stack:
        servers = {str(at): stack.enter_context(Server().running()) for at in range(AT_ONCE)}
        numbers = iter(range(streams))

        async def work(server: Server, wire: HttpWire) -> None:
            for number in numbers:
                dice = random.Random(f"{seed}/{number}")
                name = names[number % len(names)]
                family = FAMILIES[name]
                spoken = endpoint(
                    f'url = "http://{server.host}{family.path}"\napi_key = "sk-x"\n{family.lines}', tries=0
                )
                await turn(server, wire, name, replace(spoken, timeouts=FAST), dice, tally)

        async with nothing_left(tally, servers) as wire:
            await asyncio.gather(*(work(server, wire) for server in servers.values()))
    return tally


def main() -> int:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    tally = asyncio.run(run(streams, seed))
    for line in tally.wrong[:20]:
        print(line)
    print(f"{streams:,} streams, seed {seed}: {len(tally.wrong)} wrong, in {time.monotonic() - began:.0f} s")
    print(f"ends: {dict(tally.ends)}; errors: {dict(tally.errors)}")
    stops = sorted(tally.stops) or [0.0]
    p50, p99 = (stops[int(len(stops) * part)] * 1000 for part in (0.5, 0.99))
    print(
        f"{len(stops):,} stops: p50 {p50:.1f} ms, p99 {p99:.0f} ms, slowest {stops[-1] * 1000:.0f} ms; left: {tally.left}"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
