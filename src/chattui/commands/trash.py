"""`chattui trash`: deleted conversations listed, brought back, or deleted for good."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from chattui import paths, safe
from chattui.commands.conversations import age, short
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import agreed, columns, is_terminal, put, put_json, say
from chattui.store import Store
from chattui.trash import Deleted


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """See the exit codes in the help. Raises ChattuiError."""
    store = Store(paths.find(environ, profile=arguments.profile, config=arguments.config).data)
    does, ids = arguments.does, arguments.ids
    if does in {"restore", "delete"} and not ids:
        raise UsageError("Which conversations?", hint="Give their ids; chattui trash shows them.")
    if does in {"list", "empty"} and ids:
        raise UsageError(f"chattui trash {does} takes no ids.")
    match does:
        case "restore":
            return _restore(store, ids)
        case "delete":
            return _drop(store, list(dict.fromkeys(map(store.trash.find, ids))), sure=arguments.yes)
        case "empty":
            return _drop(store, store.trash.ids(), sure=arguments.yes)
        case _:
            return _list(store, json=arguments.json)


def _list(store: Store, *, json: bool) -> int:
    found = list(store.trash.deleted())
    now = time.time()
    if json:
        put_json(
            [
                {"number": number, "deleted": one.at, "days_left": one.left(now), **asdict(one.row)}
                for number, one in enumerate(found, 1)
            ],
            indent=1,
        )
        return Exit.COMPLETE
    for line in _table(found, short(store.trash.ids()), now):
        put(line)
    if not found:
        say("Nothing is in the trash.")
    return Exit.COMPLETE


def _table(found: Iterable[Deleted], length: int, now: float) -> Iterable[str]:
    """A line each: number, end of the id, since when, how long still, endpoint, title."""
    rows = [
        (
            f"{number:>3}",
            one.row.id[-length:],
            age(now - one.at),
            f"{one.left(now)} d left",
            safe.line(one.row.endpoint, 20),
            safe.line(one.row.title or ("(damaged)" if one.row.damaged else "(no title)"), 60),
        )
        for number, one in enumerate(found, 1)
    ]
    return columns(rows)


def _restore(store: Store, ids: Iterable[str]) -> int:
    names = list(dict.fromkeys(map(store.trash.find, ids)))  # before the first one changes their numbers
    for name in names:
        store.restore(name)
        say(f"‘{safe.line(store.row(name).title, 60) or 'untitled'}’ is back.")
    return Exit.COMPLETE


def _drop(store: Store, names: Sequence[str], *, sure: bool) -> int:
    if not names:
        say("Nothing is in the trash.")
        return Exit.COMPLETE
    what = f"‘{_title(store, names[0])}’" if len(names) == 1 else f"{len(names):,} conversations"
    if not sure and not agreed(f"Delete {what} for good? That cannot be undone."):
        if not is_terminal(sys.stdin):
            raise UsageError("Nothing was deleted.", hint="Where nobody can be asked, --yes says that it is meant.")
        say("Nothing was deleted.")
        return Exit.FAILED
    count = store.trash.drop(names)
    say("1 conversation is gone for good." if count == 1 else f"{count:,} conversations are gone for good.")
    return Exit.COMPLETE


def _title(store: Store, name: str) -> str:
    return safe.line(store.trash.row(name).title, 60) or "untitled"
