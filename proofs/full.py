"""A disk that is full: nothing that was acknowledged is lost, a sentence says so, and all is saved once there is room.

    python proofs/full.py [FOLDER]

FOLDER is an empty file system of a few megabytes. Without it, root mounts a tmpfs of 1 MiB for the time of the proof.
Nobody else has a full disk at hand: for them the size of files is limited to 200 KB (RLIMIT_FSIZE), which refuses
with EFBIG in the place of ENOSPC, and that is what is printed.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

from chattui import session
from chattui.endpoint import Endpoint
from chattui.events import ChatEvent, Finished, TextDelta
from chattui.means import Means
from chattui.providers import Provider, Turn
from chattui.session import Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m")
WORDS = "words and words " * 600
"""A reply of some 10 KB."""


@contextmanager
def small_disk(given: str) -> Iterator[tuple[Path, str, bool]]:
    """A folder that fills up soon, what it is, and whether it fills by what others put there."""
    folder = Path(given or tempfile.mkdtemp(prefix="chattui-full-"))
    kind = "the given file system"
    mounted = False
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    if not given:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
        )
        mounted = done.returncode == 0
        kind = "a tmpfs of 1 MiB"
    if not given and not mounted:
        kind = "files of at most 200 KB (RLIMIT_FSIZE), no full disk"
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limit[1]))
    try:
        yield folder, kind, mounted or bool(given)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        if not given:
            shutil.rmtree(folder, ignore_errors=True)


async def reply(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:  # noqa: ARG001 - the shape of a provider
    yield TextDelta(WORDS)
    yield Finished("stop")


def temp_files(folder: Path) -> list[str]:
    """What cut saves have left."""
    return [path.name for path in folder.rglob("*.tmp")]


def make_room(folder: Path, *, by_others: bool) -> None:
    """From now on there is room."""
    if by_others:
        subprocess.run(["mount", "-o", "remount,size=8m", str(folder)], capture_output=True, check=False)
    else:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


async def fill(folder: Path, *, by_others: bool) -> list[str]:
    """Talk until the disk is full and a little more, make room, and look; what was wrong."""
    wrong = []
    data = folder / "data"
    writer = Writer(Store(data))
    held = Session(Means(None, writer), LAB)  # type: ignore[arg-type]  # nobody uses the network
    safe = ballast = 0
    for number in range(400):
        async with aclosing(held.send(f"question {number}")) as updates:
            async for _ in updates:
                pass
        if held.trouble:
            ballast += 1
        else:
            safe = len(held.conversation.messages)
        if ballast == 3:
            break
    print(f"refused after {safe} saved messages: {held.trouble}")
    stored = Store(data).load(held.conversation.id)
    if not held.trouble:
        wrong.append("the disk was never full")
    if len(stored.messages) < safe:
        wrong.append(f"{safe - len(stored.messages)} acknowledged messages lost")
    if left := temp_files(folder):
        wrong.append(f"temp files left: {left}")
    if len(held.conversation.messages) != safe + 2 * ballast:
        wrong.append("the screen has lost words")
    make_room(folder, by_others=by_others)
    if not await held.retry(now=True):
        wrong.append(f"not saved when there was room: {held.trouble}")
    elif Store(data).load(held.conversation.id) != held.conversation:
        wrong.append("the disk has another conversation than the screen")
    held.close()
    writer.close()
    return wrong


def main(given: str = "") -> list[str]:
    """What was wrong."""
    session.provider = lambda _: Provider(reply)  # type: ignore[attr-defined, assignment]  # the only one there is
    with small_disk(given) as (folder, kind, by_others):
        wrong = asyncio.run(fill(folder, by_others=by_others))
    print(f"{kind}: {', '.join(wrong) or 'nothing lost, nothing left, all saved when there was room'}")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(*sys.argv[1:]) else 0)
