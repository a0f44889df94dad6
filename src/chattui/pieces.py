"""Reading a document of ours piece by piece, so that a long one takes little more memory than its messages do.

As a whole it is text of up to four bytes a character, and all of its objects, beside what is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from chattui.events import JSON

PIECE = 1 << 16
"""Bytes that are read at a time, about."""
_OPEN = b'"messages": ['


def read(data: bytes, decode: Callable[[str], Any]) -> dict[str, Any] | None:
    """The object in a document whose messages have lines of their own, as ours have; its "messages" can be gone through
    once. None for every other document.

    Raises ValueError, RecursionError, also while the messages are gone through: only the whole tells what is wrong.
    """
    start = data.find(b"\n") + 1
    end = data.rfind(b"\n], ", start - 1)
    if end < 0 or not data.endswith(_OPEN, 0, start - 1):
        return None
    head, tail = decode(f"{data[:start].decode()}]}}"), decode(f"{{{data[end + 4 :].decode()}")
    if next(reversed(head)) != "messages" or head["messages"] or "messages" in tail:
        return None
    return {**head, **tail, "messages": _items(data, start, end, decode)}


def _items(data: bytes, at: int, end: int, decode: Callable[[str], Any]) -> Iterator[JSON]:
    while at < end:  # what stands between two of these commas is whole, or it is no JSON: within strings are no lines
        stop = data.find(b",\n", min(at + PIECE, end), end)
        stop = stop if stop >= 0 else end
        yield from decode(f"[{data[at:stop].decode()}]")
        at = stop + 2
