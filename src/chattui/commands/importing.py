"""`chattui import`: conversations out of files, and a report of what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
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
    taking = Taking(Store(world.places(arguments, environ).data), dry=arguments.dry_run)
    found: dict[Path, list[Taken]] = {}
    for path in dict.fromkeys(arguments.files):
        found[path] = list(_file(path, taking))
        if not arguments.json:
            for line in _lines(path, found[path], dry=arguments.dry_run):
                put(line)
    if arguments.json:
        files = [report.as_json(str(path), taken) for path, taken in found.items()]
        put_json({"dry_run": arguments.dry_run, "files": files}, indent=1)
    return Exit.FAILED if any(one.what == "failed" for taken in found.values() for one in taken) else Exit.COMPLETE


def _file(path: Path, taking: Taking) -> Iterator[Taken]:
    done = 0
    with Bar(sys.stderr, "importing") as bar:
        try:
            items = opening.items(path, lambda part: bar.show(part, f"{done:,} conversations · {path.name}"))
            for taken in taking.take(items):
                done += 1
                yield taken
        except Unimportable as error:
            yield Taken("failed", path.name, why=str(error))


def _lines(path: Path, taken: list[Taken], *, dry: bool) -> Iterator[str]:
    source = f" ({report.source(taken)})" if report.source(taken) else ""
    yield f"{safe.line(str(path), 120)}{source}: {report.summed(taken)}{' · nothing was written' if dry else ''}"
    yield from (f"  {line}" for line in report.telling(taken, MOST_TOLD))
