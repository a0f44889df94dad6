"""`chattui import`: conversations out of files, and a report of what became of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from chattui import safe
from chattui.commands import world
from chattui.commands.exits import Exit
from chattui.commands.output import put, put_json
from chattui.commands.progress import Bar
from chattui.errors import Unimportable
from chattui.imports import opening
from chattui.imports.taking import Taken, Taking
from chattui.store import Store

KINDS = ("new", "grown", "unchanged", "skipped", "failed")
MOST_TOLD = 20
"""Conversations with something to say that are printed of one file; --json has all of them."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Import, and report; 1 when something could not be read. Raises ChattuiError."""
    taking = Taking(Store(world.places(arguments, environ).data), dry=arguments.dry_run)
    found = {path: list(_file(path, taking)) for path in dict.fromkeys(arguments.files)}
    if arguments.json:
        put_json(
            {"dry_run": arguments.dry_run, "files": [_report(path, taken) for path, taken in found.items()]}, indent=1
        )
    else:
        for path, taken in found.items():
            for line in lines(path, taken, dry=arguments.dry_run):
                put(line)
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


def _report(path: Path, taken: list[Taken]) -> dict[str, object]:
    counts = {what: sum(one.what == what for one in taken) for what in KINDS}
    listed = {what: [_plain(one) for one in taken if one.what == what] for what in KINDS}
    return {"file": str(path), "source": _source(taken), "counts": counts, **listed}


def _plain(one: Taken) -> dict[str, object]:
    return {name: value for name, value in asdict(one).items() if value and name not in {"what", "source"}}


def _source(taken: list[Taken]) -> str:
    return ", ".join(dict.fromkeys(one.source for one in taken if one.source))


def lines(path: Path, taken: list[Taken], *, dry: bool) -> Iterator[str]:
    """What became of a file, for a person: its sums, then every conversation about which there is something to say."""
    counts = {what: sum(one.what == what for one in taken) for what in KINDS}
    said = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count) or "nothing in it"
    source = f" ({_source(taken)})" if _source(taken) else ""
    yield f"{safe.line(str(path), 120)}{source}: {said}{' · nothing was written' if dry else ''}"
    telling = [one for one in taken if one.why]
    for one in telling[:MOST_TOLD]:
        yield f"  {one.what}  {safe.line(one.title, 60) or '(no title)'}: {safe.line(one.why, 300)}"
    if len(telling) > MOST_TOLD:
        yield f"  … and {len(telling) - MOST_TOLD:,} more; --json lists them all"
