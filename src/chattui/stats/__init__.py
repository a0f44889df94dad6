"""Figures of replies: how fast, how reliable, how dear each endpoint and model is, over time. Pure.

reading   the replies out of the store
charts    curves of braille
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from chattui import usage

Measure = Literal["first", "speed", "failures", "tokens", "cost"]
MEASURES: Mapping[Measure, str] = {
    "first": "seconds to the first token",
    "speed": "tokens per second",
    "failures": "failed or incomplete replies",
    "tokens": "tokens, in and out",
    "cost": "cost in dollars",
}
SPREAD: Collection[Measure] = ("first", "speed")
"""Measures with p50 and p95; the others are sums."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the figures need of one reply. Times in seconds; None = not known."""

    when: float
    """Unix seconds."""
    endpoint: str
    model: str
    state: str
    first: float | None = None
    total: float | None = None
    input: int | None = None
    output: int | None = None
    cost: float | None = None

    @property
    def speed(self) -> float | None:
        """Tokens per second while it was written."""
        return usage.speed(self.output, self.first, self.total)


@dataclass(frozen=True, slots=True)
class Figures:
    """Some replies, summed up. p50 and p95 are None where nothing was measured; sums count what servers have told."""

    replies: int
    failed: int
    """Nothing came, or it ended with an error."""
    incomplete: int
    """Cut after some content."""
    stopped: int
    """By the user: no failure."""
    first_p50: float | None
    first_p95: float | None
    speed_p50: float | None
    speed_p95: float | None
    input: int
    output: int
    cost: float

    def value(self, measure: Measure, *, high: bool = False) -> float | None:
        """One of the measures; `high` gives p95 where there is one."""
        match measure:
            case "first":
                return self.first_p95 if high else self.first_p50
            case "speed":
                return self.speed_p95 if high else self.speed_p50
            case "failures":
                return self.failed + self.incomplete
            case "tokens":
                return self.input + self.output
            case "cost":
                return self.cost


Key = tuple[str, str]
"""Endpoint and model."""


def figures(replies: Iterable[Reply]) -> Figures:
    """The sums and percentiles of these replies."""
    found = list(replies)
    first = sorted(reply.first for reply in found if reply.first is not None)
    speed = sorted(value for reply in found if (value := reply.speed) is not None)
    states = [reply.state for reply in found]
    return Figures(
        replies=len(found),
        failed=states.count("failed"),
        incomplete=states.count("incomplete"),
        stopped=states.count("stopped"),
        first_p50=percentile(first, 0.5),
        first_p95=percentile(first, 0.95),
        speed_p50=percentile(speed, 0.5),
        speed_p95=percentile(speed, 0.95),
        input=sum(reply.input or 0 for reply in found),
        output=sum(reply.output or 0 for reply in found),
        cost=sum(reply.cost or 0.0 for reply in found),
    )


def percentile(ordered: Sequence[float], part: float) -> float | None:
    """The value below which this part of the ordered values lies, between two of them in proportion; None for none."""
    if not ordered:
        return None
    at = part * (len(ordered) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def groups(replies: Iterable[Reply]) -> dict[Key, list[Reply]]:
    """The replies by endpoint and model, those with the most replies first."""
    found: dict[Key, list[Reply]] = {}
    for reply in replies:
        found.setdefault((reply.endpoint, reply.model), []).append(reply)
    return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def by_day(replies: Iterable[Reply], day: Callable[[float], date] | None = None) -> dict[date, Figures]:
    """The figures of each day with replies, in order. `day` tells the day of a time; default: on this machine."""
    days: dict[date, list[Reply]] = {}
    for reply in replies:
        days.setdefault((day or local_day)(reply.when), []).append(reply)
    return {when: figures(days[when]) for when in sorted(days)}


def local_day(seconds: float) -> date:
    """The day of a time on this machine's clock; the first of all days for a number that is no time."""
    try:
        found = time.localtime(seconds)
    except (ValueError, OverflowError, OSError):
        return date(1970, 1, 1)
    return date(found.tm_year, found.tm_mon, found.tm_mday)


def since(days: int | None, now: float) -> float:
    """When the last `days` days began, today included; 0 for all time."""
    if not days:
        return 0.0
    begin = local_day(now) - timedelta(days=days - 1)
    return time.mktime(begin.timetuple())
