"""Random strings of the signs that markup is made of, on every surface: no exception, and every word is there to read.

    python proofs/markup.py [STRINGS] [SEED] [SURFACE …]

STRINGS for each surface, 20,000 by default. Textual reads `[…]` in most of its widgets as markup: it raises for some
strings, runs actions for others, and swallows the rest.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "tui"), str(TESTS / "hostile")]

import screen
from judging import pieces, squeezed
from surfaces import SURFACES, Stage, Surface, unhurried
from world import World

SIGNS = "[]/@$=\"'\\ a"
AT_ONCE = 24
"""Strings in one text; fewer where there is one line alone. More of them would be cut in notices and errors."""


def strings(count: int, chance: random.Random) -> list[str]:
    return ["".join(chance.choices(SIGNS, k=chance.randint(1, 12))) for _ in range(count)]


async def run(surface: Surface, count: int, chance: random.Random) -> list[str]:
    """What is wrong on one surface."""
    wrong: list[str] = []
    some = AT_ONCE // 2 if surface.room else AT_ONCE
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        unhurried(patch)
        world = World(Path(folder), patch)
        async with world.open((120, 40)) as pilot:
            stage = Stage(world, pilot)
            world.app.chat_screen.add_class("-hidden")
            for _ in range(-(-count // some)):
                text = "· " + " · ".join(strings(some, chance))
                await surface.show(stage, text)
                await stage.painted()
                if world.app._exception is not None:
                    return [*wrong, f"{text!r}: {world.app._exception!r}"]
                seen = text if not surface.room else text[: surface.room].rpartition(" · ")[0]
                lines = screen.lines(world.app)
                rows = [squeezed(lines), *(squeezed([line]) for line in lines)]
                wrong += [
                    f"{word!r} of {text!r}" for word in pieces([seen], surface) if not any(word in row for row in rows)
                ]
                await stage.rest()
        world.writer.close(2)
    return wrong


def main(argv: Sequence[str]) -> int:
    count = int(argv[0]) if argv else 20_000
    seed = int(argv[1]) if len(argv) > 1 else 7
    wanted = argv[2:] or [surface.name for surface in SURFACES]
    total = 0
    for surface in SURFACES:
        if surface.name in wanted:
            began = time.monotonic()
            wrong = asyncio.run(run(surface, count, random.Random(seed)))
            total += len(wrong)
            print(
                f"{surface.name}: {count} strings, {len(wrong)} wrong, {time.monotonic() - began:.0f} s",
                *(fault[:200] for fault in wrong[:5]),
                sep="\n  ",
                flush=True,
            )
    print(f"{count} strings x {len(wanted)} surfaces: {total} wrong")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
