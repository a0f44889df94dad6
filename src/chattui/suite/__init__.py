"""Assertions about streams: what replies must say, in which order, how fast. For the CI of those who build back-ends.

read    a suite's TOML -> Cases; every mistake in one sentence
judge   a reply and its tape against what was expected: what failed, in words
report  results for people, as JSON and as JUnit's XML
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chattui.events import JSON


@dataclass(frozen=True, slots=True)
class Expected:
    """What must hold. None and () = does not matter."""

    state: str = "complete"
    """The state of the reply: complete, incomplete, failed."""
    text: tuple[str, ...] = ()
    """Regular expressions that are found in the text."""
    not_text: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    """What frames became (docs/tape-format.md), in this order; others may stand between."""
    first_text: float | None = None
    """Seconds from the request to the first text, at most."""
    gap: float | None = None
    """Seconds between two frames with text, at most."""
    total: float | None = None
    """Seconds of the whole reply, at most."""
    min_events: int | None = None
    """Frames with text, at least: a reply that comes in one piece is no stream."""
    end_marker: bool | None = None
    status: int | None = None
    usage: bool | None = None
    lint: bool | None = None
    """True: nothing is wrong with the stream as such, and nothing holds it back."""


@dataclass(frozen=True, slots=True)
class Case:
    """One question to an endpoint, or a tape, and what is expected of the last reply."""

    name: str
    expect: Expected
    endpoint: str = ""
    tape: Path | None = None
    turns: tuple[str, ...] = ()
    model: str = ""
    system: str | None = None
    params: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How a case went. `failures` are sentences; () = it passed."""

    case: Case
    failures: tuple[str, ...]
    seconds: float = 0.0
    text: str = ""
