"""`chattui endpoints`: what can be talked to, and what keeps the others out."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from chattui import safe
from chattui.commands import world
from chattui.commands.exits import Exit
from chattui.commands.output import columns, put, put_json
from chattui.config import Problem
from chattui.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class Entry:
    """One endpoint as it is listed. `key` is none, set, not set or not looked at; `key_source` says where from."""

    name: str
    default: bool
    usable: bool
    provider: str = ""
    preset: str = ""
    url: str = ""
    host: str = ""
    model: str = ""
    key: str = ""
    key_source: str = ""
    origin: str = ""
    problem: str = ""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """List them. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    chosen = world.default(here)
    out = world.disabled(here.config)
    entries = [_entry(found, chosen) for found in here.config.endpoints.values()]
    entries += [_disabled(name, problem, chosen) for name, problem in out.items()]
    if arguments.json:
        put_json([asdict(entry) for entry in entries], indent=1)
    else:
        for line in table(entries):
            put(line)
    world.warn(tuple(problem for problem in here.config.problems if problem not in out.values()))
    return Exit.COMPLETE


def _entry(found: Endpoint, chosen: str) -> Entry:
    key = world.key_state(found.api_key)
    return Entry(
        found.name,
        found.name == chosen,
        key != "not set",
        found.provider,
        found.preset,
        found.url,
        found.host,
        found.model,
        key,
        found.api_key.source if found.api_key else "",
        found.origin,
    )


def _disabled(name: str, problem: Problem, chosen: str) -> Entry:
    return Entry(name, name == chosen, usable=False, problem=str(problem))


def table(entries: Iterable[Entry]) -> Iterable[str]:
    """A line for each, under a line of headings; what keeps one out stands in the place of its facts."""
    entries = list(entries)
    heads = ("", "NAME", "PROVIDER", "HOST", "MODEL", "KEY")
    working = [_cells(entry) for entry in entries if not entry.problem]
    yield from columns([heads, *working])
    for entry in entries:
        if entry.problem:
            yield f"{_mark(entry)}  {safe.line(entry.name, 30)}  disabled: {safe.line(entry.problem, 400)}"


def _cells(entry: Entry) -> tuple[str, ...]:
    key = f"{entry.key_source}: {entry.key}" if entry.key_source else entry.key
    texts = (entry.name, entry.provider, entry.host, entry.model or "the server's first", key)
    return (_mark(entry), *(safe.line(text, 50) for text in texts))


def _mark(entry: Entry) -> str:
    return "*" if entry.default else " "
