"""`chattui export`: conversations as files, or one of them on standard output."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from chattui import safe
from chattui.chat import Conversation
from chattui.commands import world
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import is_terminal, put, put_json, say
from chattui.commands.progress import Bar
from chattui.document import row_of
from chattui.errors import Exists, StoreError
from chattui.exports import FORMATS, Format, encoded, place, rendered, shown_branch
from chattui.exports.blackout import without_secrets
from chattui.exports.documents import value
from chattui.store import Store


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Write, and tell where to; 1 when some conversation was not written. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    world.look_up(here)
    store = Store(here.paths.data)
    names = _names(arguments, store)
    form = _form(arguments)
    if arguments.output is None:
        return _print(arguments, store, names, form)
    output = Path(arguments.output)
    if len(names) == 1 and not (arguments.all or output.is_dir() or arguments.output.endswith(os.sep)):
        return _write_one(arguments, store, names[0], form)
    if output.exists() and not output.is_dir():
        raise UsageError(f"{safe.line(str(output), 300)} is a file; several conversations go into a folder.")
    return _write_all(arguments, store, names, form)


def _names(arguments: argparse.Namespace, store: Store) -> list[str]:
    if arguments.all == bool(arguments.ids):
        raise UsageError("Which conversations?", hint="Give their ids, or --all; chattui list shows them.")
    return store.ids() if arguments.all else list(dict.fromkeys(map(store.find, arguments.ids)))


def _form(arguments: argparse.Namespace) -> Format:
    if arguments.format:
        return FORMATS[arguments.format]
    suffix = "" if arguments.output is None else Path(arguments.output).suffix.lower().lstrip(".")
    found = {form.suffix: form for form in FORMATS.values()} | {"markdown": FORMATS["markdown"], "htm": FORMATS["html"]}
    return found.get(suffix, FORMATS["markdown"])


def _print(arguments: argparse.Namespace, store: Store, names: Sequence[str], form: Format) -> int:
    if form.name == "json":
        found = (_loaded(arguments, store, name) for name in names)
        values = [value(one if arguments.tree is not False else shown_branch(one), store.files) for one in found]
        put_json(values[0] if len(names) == 1 and not arguments.all else values, indent=1)
    elif len(names) == 1:
        put(rendered(_loaded(arguments, store, names[0]), form, store.files, tree=arguments.tree).removesuffix("\n"))
    else:
        raise UsageError(
            f"{len(names)} conversations need a place.", hint="Give a folder with -o; json can be printed."
        )
    return Exit.COMPLETE


def _loaded(arguments: argparse.Namespace, store: Store, name: str) -> Conversation:
    """The conversation, without secrets unless they are wanted."""
    found = store.load(name)
    store.release(name)  # or every one of them would stay in memory
    if arguments.keep_secrets:
        return found
    found, count = without_secrets(found)
    if count:
        title = safe.line(found.title, 60) or "(no title)"
        say(f"A key was blacked out in ‘{title}’; --keep-secrets leaves it.")
    return found


def _write_one(arguments: argparse.Namespace, store: Store, name: str, form: Format) -> int:
    data = encoded(rendered(_loaded(arguments, store, name), form, store.files, tree=arguments.tree))
    path = Path(arguments.output)
    try:
        place.write(path, data, force=arguments.force)
    except Exists as error:
        if not _asks() or _ask(path, several=False) != "y":
            say(f"{error} Give --force to overwrite it.")
            return Exit.FAILED
        place.write(path, data, force=True)
    say(f"wrote {safe.line(str(path), 300)}")
    return Exit.COMPLETE


def _write_all(arguments: argparse.Namespace, store: Store, names: Sequence[str], form: Format) -> int:
    folder = Path(arguments.output)
    place.make_folder(folder)
    force, asks = arguments.force, _asks()
    written, kept, failed = 0, 0, 0
    with Bar(sys.stderr, "exporting") as bar:
        for number, name in enumerate(names):
            bar.show(number / len(names), f"{number:,} of {len(names):,}")
            try:
                found = _loaded(arguments, store, name)
            except StoreError as error:
                bar.erase()
                say(str(error))
                failed += 1
                continue
            path = place.target(folder, place.file_name(row_of(found), form.suffix))
            data = encoded(rendered(found, form, store.files, tree=arguments.tree))
            try:
                place.write(path, data, force=force)
            except Exists:
                bar.erase()
                answer = _ask(path, several=True) if asks else "n"
                if answer in {"n", "q"}:
                    kept += 1
                    asks = asks and answer != "q"
                    continue
                force = answer == "a"
                place.write(path, data, force=True)
            written += 1
    said = f"wrote {written:,} {'file' if written == 1 else 'files'} to {safe.line(str(folder), 300)}"
    if kept:
        said += f"; {kept:,} exist already and were left as they are (--force overwrites)"
    say(said)
    return Exit.FAILED if kept or failed else Exit.COMPLETE


def _asks() -> bool:
    """Whether there is somebody to ask."""
    return is_terminal(sys.stdin) and is_terminal(sys.stderr)


def _ask(path: Path, *, several: bool) -> str:
    """What to do with a file that is there: y overwrite, n leave; of several also a all, q none."""
    choices = "y/N/a(ll)/q(uit)" if several else "y/N"
    sys.stderr.write(f"{safe.line(str(path), 300)} exists already. Overwrite it? [{choices}] ")
    sys.stderr.flush()
    answer = sys.stdin.readline().strip().lower()[:1]
    return answer if answer in ({"y", "a", "q"} if several else {"y"}) else "n"
