"""`chattui import`: conversations out of files, and a report of what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from chattui import safe
from chattui.commands import world
from chattui.commands.exits import Exit
from chattui.commands.output import put, put_json
from chattui.commands.progress import Bar
from chattui.errors import Unimportable
from chattui.imports import opening, report
from chattui.imports.taking import Taken, Taking
from chattui.store import Store

MOST_TOLD = 20
"""Lines about single conversations that are printed of one file; --json has all of them."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Import, and report; 1 when something could not be read. Raises ChattuiError."""
    found: dict[str, list[Taken]] = {str(path): [] for path in arguments.files}
    for one in _taken(arguments.files, Taking(Store(world.places(arguments, environ).data), dry=arguments.dry_run)):
        found[one.file].append(one)
    if arguments.json:
        files = [report.as_json(name, taken) for name, taken in found.items()]
        put_json({"dry_run": arguments.dry_run, "files": files}, indent=1)
    else:
        for name, taken in found.items():
            for line in _lines(name, taken, dry=arguments.dry_run):
                put(line)
    return Exit.FAILED if any(one.what == "failed" for taken in found.values() for one in taken) else Exit.COMPLETE


def _taken(paths: Iterable[Path], taking: Taking) -> Iterator[Taken]:
    """What becomes of everything in these files, under a bar."""
    files = list(dict.fromkeys(paths))
    done = 0
    with Bar(sys.stderr, "importing") as bar:

        def told(number: int, name: str, part: float) -> None:
            bar.show((number + part) / len(files), f"{done:,} conversations · {name}")

        try:
            for number, path in enumerate(files):
                try:
                    items = opening.items(path, partial(told, number, path.name))
                    for one in taking.take(items, str(path)):
                        done += 1
                        yield one
                except Unimportable as error:
                    yield Taken("failed", path.name, why=str(error), file=str(path))
        finally:
            left = list(taking.close())
        yield from left


def _lines(name: str, taken: list[Taken], *, dry: bool) -> Iterator[str]:
    source = f" ({report.source(taken)})" if report.source(taken) else ""
    yield f"{safe.line(name, 120)}{source}: {report.summed(taken)}{' · nothing was written' if dry else ''}"
    yield from (f"  {line}" for line in report.telling(taken, MOST_TOLD))
