"""`chattui stats`: how fast, reliable and dear every endpoint and model was."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from chattui import safe, usage
from chattui.commands import world
from chattui.commands.exits import Exit
from chattui.commands.output import columns, is_terminal, put, put_json, say
from chattui.stats import MEASURES, SPREAD, Figures, Key, Measure, Reply, by_day, figures, groups, since
from chattui.stats.reading import replies
from chattui.store import Store

CHARTS = 3
"""Endpoints and models whose curve is drawn: those with the most replies."""
TALL = 7
INKS = ("\x1b[36m", "\x1b[35m")
DIM, PLAIN = "\x1b[2m", "\x1b[0m"


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """A table and curves, or everything as JSON. Raises ChattuiError."""
    store = Store(world.places(arguments, environ).data)
    found = groups(replies(store, since(arguments.days, time.time())))
    if arguments.json:
        put_json({"days": arguments.days, "groups": [_plain(key, group) for key, group in found.items()]}, indent=1)
        return Exit.COMPLETE
    if not found:
        say("There is no reply yet." if not arguments.days else f"There is no reply of the last {arguments.days} days.")
        return Exit.COMPLETE
    for line in columns(list(table(found))):
        put(line)
    inked = is_terminal(sys.stdout) and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    width = min(100, shutil.get_terminal_size((80, 24)).columns)
    for key, group in list(found.items())[:CHARTS]:
        for line in curves(key, group, arguments.plot, width, inked=inked):
            sys.stdout.write(f"{line}\n")  # its own colours only: every word in it is cleaned
    return Exit.COMPLETE


def _plain(key: Key, group: Sequence[Reply]) -> dict[str, object]:
    days = {day.isoformat(): asdict(one) for day, one in by_day(group).items()}
    return {"endpoint": key[0], "model": key[1], **asdict(figures(group)), "by_day": days}


HEAD = ("endpoint", "model", "replies", "failed", "first p50", "p95", "tok/s p50", "p95", "tokens in", "out", "cost")


def table(found: Mapping[Key, Sequence[Reply]]) -> Iterator[tuple[str, ...]]:
    """A row for each endpoint and model below the heading; with several of them a last row for all."""
    yield HEAD
    for (endpoint, model), group in found.items():
        yield (safe.line(endpoint, 24), safe.line(model, 32) or "-", *cells(figures(group)))
    if len(found) > 1:
        yield ("all", "", *cells(figures(reply for group in found.values() for reply in group)))


def cells(one: Figures) -> tuple[str, ...]:
    """The figures in words, as the table has them; "-" where nothing is known."""
    bad = one.failed + one.incomplete
    return (
        f"{one.replies:,}",
        f"{bad:,} ({100 * bad / one.replies:.0f} %)" if bad else "0",
        *(f"{value:.2f} s" if value is not None else "-" for value in (one.first_p50, one.first_p95)),
        *(f"{value:.0f}" if value is not None else "-" for value in (one.speed_p50, one.speed_p95)),
        f"{one.input:,}" if one.input else "-",
        f"{one.output:,}" if one.output else "-",
        usage.dollars(one.cost) if one.cost else "-",
    )


def curves(key: Key, group: Sequence[Reply], measure: Measure, width: int, *, inked: bool) -> Iterator[str]:
    """The curve of one endpoint and model over its days, under its name."""
    from chattui.stats.charts import chart

    days = by_day(group)
    lines = [{day: value for day, one in days.items() if (value := one.value(measure)) is not None}]
    words = MEASURES[measure]
    if measure in SPREAD:
        lines.append({day: value for day, one in days.items() if (value := one.value(measure, high=True)) is not None})
        words += ": p50 and, above it, p95"
    name = " · ".join(filter(None, (safe.line(key[0], 40), safe.line(key[1], 60))))
    yield ""
    yield f"{name}  {words}"
    drawn = chart(lines, width, TALL, whole=measure in {"failures", "tokens"})
    if not drawn.rows:
        yield "  nothing was measured"
    for row in drawn.rows:
        yield "".join(_ink(text, curve, inked=inked) for text, curve in row).rstrip()


def _ink(text: str, curve: int | None, *, inked: bool) -> str:
    if not inked or text.isspace():
        return text
    return f"{DIM if curve is None else INKS[curve]}{text}{PLAIN}"
