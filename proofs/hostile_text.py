"""Every hostile text on every surface, through a real pty: nothing leaks, nothing breaks, what can be read is read.

    python proofs/hostile_text.py [-s SURFACE] [-v VECTORS.json] [-j PROCESSES]

The oracle is the list of what Textual and chattui write by themselves (tests/hostile/screen_of_bytes.py). VECTORS is a
list of {name, text, must_not_emit[, must_show, must_keep]}, played besides the texts of tests/hostile/vectors.py.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "tui"), str(TESTS / "hostile")]

from judging import faults
from playing import Broken, played
from printed import COMMANDS
from surfaces import SURFACES
from vectors import ALL, BATCHES


def proved(surface: str, vectors: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong on one surface."""
    found: list[str] = []
    texts = {name: vector["text"] for name, vector in vectors.items()}
    with tempfile.TemporaryDirectory() as folder:
        try:
            for shown in played(Path(folder), texts, [surface]):
                found += [f"{surface}: {shown.name}: {fault}" for fault in faults(shown, vectors[shown.name])]
        except Broken as broken:
            found.append(f"{surface}: {broken}")
    return found


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-s", "--surface", action="append", default=[])
    parser.add_argument("-v", "--vectors", type=Path)
    parser.add_argument("-j", "--jobs", type=int, default=1)
    given = parser.parse_args(argv)
    vectors: dict[str, Mapping[str, Any]] = {name: {"text": text} for name, text in {**ALL, **BATCHES}.items()}
    if given.vectors:
        vectors |= {item["name"]: item for item in json.loads(given.vectors.read_text("utf-8"))}
    surfaces = given.surface or [*(surface.name for surface in SURFACES), *COMMANDS]
    began = time.monotonic()
    wrong = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for surface, found in zip(surfaces, pool.map(lambda name: proved(name, vectors), surfaces), strict=True):
            wrong += len(found)
            print(f"{surface}: {len(vectors)} texts, {len(found)} faults", *found[:20], sep="\n  ", flush=True)
    print(f"{len(vectors)} texts x {len(surfaces)} surfaces, {wrong} faults, {time.monotonic() - began:.0f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
