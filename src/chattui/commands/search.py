"""`chattui search`: messages of all conversations, found. Reads the index where there is one, and writes nothing."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from chattui import paths, safe
from chattui.commands.conversations import age, short
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import is_terminal, put_json, say
from chattui.exports.words import cells
from chattui.fold import Span
from chattui.index import Index
from chattui.query import parse
from chattui.search import MOST, Found, Hit, search
from chattui.store import Store

SHOWN = 20
WIDE = 100
"""Cells of a line."""
MARK, PLAIN = "\x1b[1m", "\x1b[22m"
"""What was found stands out on a terminal (ECMA-48 SGR: bold)."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print what was found, the newest first; 1 when nothing was. Raises ChattuiError."""
    place = paths.find(environ, profile=arguments.profile, config=arguments.config)
    store = Store(place.data)
    query = parse(" ".join(arguments.query), time.time())
    if query.problem:
        raise UsageError(f"{query.problem[0].upper()}{query.problem[1:]}.", hint="chattui search --help has examples.")
    if query.empty:
        raise UsageError("There is nothing to look for.", hint='For example: chattui search "proxy cuts" has:code')
    most = arguments.n if arguments.n is not None else 0 if arguments.json else SHOWN
    found = Found()
    for batch in search(store, Index(place.index, store), query, most=most and max(most, MOST)):
        found.add(batch)
    hits = found.hits
    shown = hits[:most] if most else hits
    if arguments.json:
        put_json([asdict(hit) for hit in shown], indent=1)
    else:
        colours = is_terminal(sys.stdout) and not environ.get("NO_COLOR")
        for line in table(shown, short(store.ids()), time.time(), colours=colours):
            print(line)
        say(
            found.words
            + (f"; the newest {len(shown)} are shown, -n 0 shows all" if len(shown) < len(hits) else "")
            + "."
        )
    return Exit.COMPLETE if hits else Exit.FAILED


def table(hits: Iterable[Hit], length: int, now: float, *, colours: bool) -> Iterable[str]:
    """Two lines for each hit: end of the id, age, who, title; and the words where they stand."""
    for hit in hits:
        who = {"user": "you", "system": "system", None: "title"}.get(hit.role) or safe.line(hit.who, 30) or "assistant"
        head = f"{hit.conversation[-length:]}  {age(now - hit.created):>6}  {who}"
        yield f"{head} · {safe.line(hit.title) or '(no title)'}"
        if hit.role is not None:
            yield "    " + marked(*cut(hit.excerpt, hit.marks, WIDE - 4), colours=colours)


def cut(text: str, marks: tuple[Span, ...], width: int) -> tuple[str, tuple[Span, ...]]:
    """The line in at most so many cells."""
    if cells(text) > width:
        text = text[:width]
        while cells(text) >= width:
            text = text[:-1]
        text += "…"
    return text, tuple((start, min(end, len(text))) for start, end in marks if start < len(text))


def marked(text: str, marks: tuple[Span, ...], *, colours: bool) -> str:
    """The harmless line with what was found in bold."""
    if not colours:
        return text
    for start, end in reversed(marks):
        text = f"{text[:start]}{MARK}{text[start:end]}{PLAIN}{text[end:]}"
    return text
