"""`chattui list` and `chattui show`: the store, read. Neither looks at the configuration, and neither writes."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import islice

from chattui import paths, safe
from chattui.commands.exits import Exit
from chattui.commands.output import columns, put, put_json, say
from chattui.document import Row, conversation_json
from chattui.exports import FORMATS, rendered
from chattui.fold import fold
from chattui.store import Store
from chattui.tags import fit
from chattui.tags import typed as tags_in

SHOWN = 20
LOOKED_INTO = 50
"""Conversations of which each is read whole for the list; of more of them the head alone, in a tenth of the time."""
SHORTEST = 6
"""Characters of an id's end that are printed at least."""


def run_list(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """The conversations, newest first. Raises ChattuiError."""
    store = _store(arguments, environ)
    most = arguments.n if arguments.n is not None else 0 if arguments.json else SHOWN
    found = ((number, row) for number, row in enumerate(store.latest(), 1) if wanted(row, arguments))
    rows = list(islice(found, most or None))
    more = next(found, None) is not None
    if len(rows) <= LOOKED_INTO:
        rows = [(number, store.row(row.id, whole=True)) for number, row in rows]
    if arguments.json:
        put_json([{"number": number, **asdict(row)} for number, row in rows], indent=1)
        return Exit.COMPLETE
    for line in table(rows, short(store.ids()), time.time()):
        put(line)
    if more:
        say("There are more; chattui list -n 0 shows them all.")
    elif not rows:
        say(_nothing(arguments))
    return Exit.COMPLETE


def wanted(row: Row, arguments: argparse.Namespace) -> bool:
    """Whether the list is to show it: what is archived stands apart, as on the screen."""
    return (
        (arguments.all or row.archived == arguments.archived)
        and (row.pinned or not arguments.pinned)
        and fit(map(fold, tags_in(" ".join(arguments.tag))), row.tags)
    )


def _nothing(arguments: argparse.Namespace) -> str:
    if arguments.tag or arguments.pinned:
        return "No conversation fits."
    return "Nothing is archived." if arguments.archived else "There is no conversation yet."


def _store(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Store:
    return Store(paths.find(environ, profile=arguments.profile, config=arguments.config).data)


def short(names: Iterable[str]) -> int:
    """How many of their last characters tell all ids apart, at least six."""
    known = list(names)
    length = SHORTEST
    while length < max(map(len, known), default=0) and len({name[-length:] for name in known}) < len(known):
        length += 1
    return length


def table(rows: Iterable[tuple[int, Row]], length: int, now: float) -> Iterable[str]:
    """A line for each conversation: number, end of the id, age, endpoint, title, and what else there is to say."""
    found = [
        (
            f"{number:>3}",
            row.id[-length:],
            age(now - row.updated),
            safe.line(row.endpoint, 20),
            safe.line(row.title or ("(damaged)" if row.damaged else "(no title)"), 60) + _mark(row),
        )
        for number, row in rows
    ]
    return columns(found)


def _mark(row: Row) -> str:
    """Behind the title: how it is kept, its tags, and its state where that matters."""
    state = {"complete": "", "asks": "asks you something"}.get(row.state, safe.line(row.state, 20))
    tags = " ".join(f"#{safe.line(tag)}" for tag in row.tags)
    said = (safe.line(row.damaged),) if row.damaged else ("pinned" * row.pinned, "archived" * row.archived, tags, state)
    return "".join(f" · {part}" for part in said if part)


def age(seconds: float) -> str:
    """How long ago, in a few cells."""
    for size, unit in ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def run_show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """One conversation. Raises ChattuiError."""
    store = _store(arguments, environ)
    found = store.load(store.find(arguments.id))
    if arguments.json:
        put_json(conversation_json(found), indent=1)
    else:
        form = FORMATS["markdown" if arguments.markdown else "text"]
        put(rendered(found, form, store.files).removesuffix("\n"))
    return Exit.COMPLETE
