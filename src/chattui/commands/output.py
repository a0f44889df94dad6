"""What commands print: text and tables on standard output, one sentence at a time on standard error.

Nothing foreign reaches a terminal raw; a pipe gets what was really said.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from chattui import safe
from chattui.events import JSON
from chattui.redaction import redacted


def prepare() -> None:
    """Let no character that the system's encoding lacks end a command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person looks at this stream. A closed one (None) is none."""
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def say(text: str) -> None:
    """A sentence on standard error, under the program's name; silent where there is no standard error."""
    if sys.stderr is not None:
        print(f"chattui: {safe.clean(redacted(text))}", file=sys.stderr, flush=True)


def agreed(question: str) -> bool:
    """What a person at a terminal says; without a terminal nobody says yes."""
    if not is_terminal(sys.stdin):
        return False
    sys.stderr.write(f"{safe.clean(redacted(question))} [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def put(text: str) -> None:
    """Whole text on standard output, with a line end: harmless on a terminal, raw elsewhere."""
    print(safe.clean(text) if is_terminal(sys.stdout) else text)


def put_json(value: JSON, *, indent: int | None = None) -> None:
    """A JSON value on standard output, flushed."""
    print(as_json(value, ascii_only=is_terminal(sys.stdout), indent=indent), flush=True)


def as_json(value: JSON, *, ascii_only: bool, indent: int | None = None) -> str:
    """JSON text. With `ascii_only` nothing but ASCII, also no DEL; lone surrogates are escaped in any case."""
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if ascii_only:
        return text.replace("\x7f", "\\u007f")
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, ensure_ascii=True, indent=indent)
    return text


def columns(rows: Sequence[Sequence[str]], gap: str = "  ") -> Iterable[str]:
    """Lines with the cells of each column under each other, in terminal cells; the last column is not padded."""
    from chattui.exports.words import cells

    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        padded = (cell + " " * (width - cells(cell)) for cell, width in zip(row[:-1], widths, strict=False))
        yield gap.join((*padded, row[-1])).rstrip()


def nobody_reads() -> None:
    """Let nothing more go to a standard output whose reader has left (Python would complain at its exit)."""
    try:
        closed = os.open(os.devnull, os.O_WRONLY)
        os.dup2(closed, sys.stdout.fileno())
        os.close(closed)
    except (OSError, ValueError):  # not a file of the system: nothing will complain
        return
