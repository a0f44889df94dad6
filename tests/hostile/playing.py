"""Texts on surfaces in a real pty: what the terminal got of each, as a Screen that has seen all of it."""

from __future__ import annotations

import codecs
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from screen_of_bytes import Screen
from surfaces import SURFACES

from pty_terminal import Terminal

TESTS = Path(__file__).parents[1]
SIZE = (120, 40)


@dataclass(frozen=True)
class Shown:
    """A text on a surface: the rows of the screen, what leaked, and all that was written for it."""

    surface: str
    name: str
    rows: list[str]
    leaks: list[str]
    written: str
    copied: list[str]


class Broken(AssertionError):
    """The app failed while a text was shown."""


def played(folder: Path, texts: Mapping[str, str], surfaces: Sequence[str] = ()) -> Iterator[Shown]:
    """Each text on each surface, by default all of the screen; commands are played by themselves. Raises Broken."""
    wanted = list(surfaces) or [surface.name for surface in SURFACES]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.json").write_text(json.dumps(dict(texts)), "utf-8")
    environ = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environ["PYTHONPATH"] = os.pathsep.join(map(str, (TESTS, TESTS / "tui", TESTS / "hostile")))
    screen = Screen(*SIZE, tabs=not {surface.name for surface in SURFACES}.issuperset(wanted))
    order = [(surface, name) for surface in wanted for name in texts]
    with Terminal(
        [sys.executable, str(TESTS / "hostile" / "stage.py"), str(folder), *wanted], environ, size=SIZE
    ) as program:
        written = ""
        for piece in _pieces(program):
            written += piece
            for _ in screen.feed(piece):
                if screen.marks > len(order):
                    break
                surface, name = order[screen.marks - 1]
                yield Shown(surface, name, screen.rows, screen.leaks, written, screen.copied)
                screen.leaks, screen.copied, written = [], [], ""
        screen.ended()
        program.wait(30)
    report = folder / "report.txt"
    if screen.marks < len(order) or screen.leaks:
        told = report.read_text("utf-8") if report.exists() else screen.text
        raise Broken(f"{order[min(screen.marks, len(order) - 1)]}: {screen.leaks} {told}")


def _pieces(program: Terminal) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    idle = 0
    while idle < 2:
        if program.read(0.2):
            data, program.out = program.out, b""
            yield decoder.decode(data)
        elif program.process.poll() is not None:
            idle += 1
