"""What became of a file that was imported, for people and as JSON. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from chattui import safe
from chattui.events import JSON
from chattui.imports.taking import Taken

KINDS = ("new", "grown", "unchanged", "skipped", "failed")


def counts(taken: Sequence[Taken]) -> dict[str, int]:
    """How many became what."""
    return {what: sum(one.what == what for one in taken) for what in KINDS}


def summed(taken: Sequence[Taken]) -> str:
    """In a few words: "312 new, 4 grown, 2 failed"."""
    return ", ".join(f"{count:,} {what}" for what, count in counts(taken).items() if count) or "nothing in it"


def source(taken: Sequence[Taken]) -> str:
    """The programs that wrote it."""
    return ", ".join(dict.fromkeys(one.source for one in taken if one.source))


def telling(taken: Sequence[Taken], most: int) -> Iterator[str]:
    """A line for every conversation about which there is something to say, at most so many."""
    found = [one for one in taken if one.why]
    for one in found[:most]:
        yield f"{one.what}  {safe.line(one.title, 60) or '(no title)'}: {safe.line(one.why, 300)}"
    if len(found) > most:
        yield f"… and {len(found) - most:,} more"


def as_json(name: str, taken: Sequence[Taken]) -> dict[str, JSON]:
    """Everything."""
    listed = {what: [_plain(one) for one in taken if one.what == what] for what in KINDS}
    return {"file": name, "source": source(taken), "counts": counts(taken), **listed}


def _plain(one: Taken) -> dict[str, JSON]:
    return {name: value for name, value in asdict(one).items() if value and name not in {"what", "source", "file"}}
