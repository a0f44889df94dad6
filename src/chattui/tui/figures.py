"""The statistics: a table of endpoints and models, and the curve of the marked one over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from chattui import safe, usage
from chattui.errors import StoreError
from chattui.stats import MEASURES, SPREAD, Figures, Key, Reply, by_day, figures, groups, since
from chattui.stats.charts import chart
from chattui.stats.reading import replies
from chattui.store import Store
from chattui.tui.dialogs import Dialog

SPANS = (None, 90, 30, 7)
COLUMNS = (
    ("replies", 8),
    ("failed", 8),
    ("first", 8),
    ("p95", 8),
    ("tok/s", 7),
    ("p95", 6),
    ("tokens", 10),
    ("cost", 8),
)
"""Headings and cells of the figures; p50 stands under `first` and `tok/s`."""
INKS = ("$primary", "$accent")


class Statistics(Dialog[None]):
    """Shows only; nothing is answered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "measure(-1)", show=False, priority=True),
        Binding("right", "measure(1)", show=False, priority=True),
        Binding("d", "span", show=False),
    ]
    title_text = "Statistics"
    keys_text = "↑ ↓ endpoint  ← → curve  d days  esc close"

    def __init__(self, data: Path, clock: Callable[[], float]) -> None:
        super().__init__()
        self._data = data
        self._clock = clock
        self._groups: dict[Key, list[Reply]] = {}
        self._span = 0
        self._measure = 0

    def body(self) -> ComposeResult:
        """The table, then the curve."""
        yield Static("reading …", id="heading", markup=False)
        yield OptionList(markup=False, compact=True)
        yield Static("", id="curve", markup=False)

    def on_mount(self) -> None:
        """Read the store beside the screen's own work."""
        self._read()

    def _read(self) -> None:
        self.run_worker(self._load, thread=True, exclusive=True, group="stats", exit_on_error=False)

    def _load(self) -> None:
        begin = since(SPANS[self._span], self._clock())
        try:
            found = groups(replies(Store(self._data), begin))
        except StoreError:
            found = {}
        self.app.call_from_thread(self._fill, found)

    def _fill(self, found: dict[Key, list[Reply]]) -> None:
        if not self.is_attached:
            return
        self._groups = found
        table = self.query_one(OptionList)
        at = table.highlighted or 0
        table.clear_options()
        rows = [(key, figures(group)) for key, group in found.items()]
        if len(rows) > 1:
            rows.append((("all", ""), figures(reply for group in found.values() for reply in group)))
        wide = self._wide
        table.add_options(Content(row(key, one, wide)) for key, one in rows)
        days = SPANS[self._span]
        span = "all time" if days is None else f"the last {days} days"
        heading = row(("", ""), None, wide) if rows else "No endpoint has answered yet."
        self.query_one("#heading", Static).update(Content.assemble((span, "bold"), "\n", (heading, "dim")))
        table.highlighted = min(at, len(rows) - 1) if rows else None
        table.focus()
        self._draw()

    @property
    def _wide(self) -> int:
        """Cells for figures in a row."""
        bar = len(self._groups) >= (2 if self.has_class("-short") else 10)  # of the table, with its last row
        return max(20, (self.query_one(".dialog").content_size.width or self.size.width - 8) - bar)

    def _draw(self) -> None:
        table = self.query_one(OptionList)
        at = table.highlighted
        listed = list(self._groups.items())
        curve = self.query_one("#curve", Static)
        if at is None or not listed:
            curve.update("")
            return
        key, group = listed[at] if at < len(listed) else (("all", ""), [one for _, some in listed for one in some])
        curve.update(self._curve(key, group))

    def _curve(self, key: Key, group: Sequence[Reply]) -> Content:
        measure = tuple(MEASURES)[self._measure]
        days = by_day(group)
        lines = [{day: value for day, one in days.items() if (value := one.value(measure)) is not None}]
        words = [(f"  {MEASURES[measure]}", "")]
        if measure in SPREAD:
            lines.append(
                {day: value for day, one in days.items() if (value := one.value(measure, high=True)) is not None}
            )
            words += [("   p50", INKS[0]), ("   p95, above it", INKS[1])]
        if self._wide < 70:
            words = [(f"  {measure}", "")]
        short = self.has_class("-short")
        tall = max(4, min(14, self.size.height - (11 if short else 12 + min(len(self._groups) + 1, 10))))
        drawn = chart(lines, self._wide, tall, whole=measure in {"failures", "tokens"})
        parts: list[tuple[str, str]] = [(named(key), "bold"), *words]
        if not drawn.rows:
            parts.append(("\nnothing was measured", "dim"))
        for line in drawn.rows:
            parts.append(("\n", ""))
            parts += [(text, "dim" if number is None else INKS[number]) for text, number in line]
        return Content.assemble(*parts)

    def on_option_list_option_highlighted(self) -> None:
        """Another endpoint or model."""
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        """Everything has another size."""
        if self._groups:
            self._fill(self._groups)

    def action_measure(self, by: int) -> None:
        """The next measure, round and round."""
        self._measure = (self._measure + by) % len(MEASURES)
        self._draw()

    def action_span(self) -> None:
        """Fewer days, then all again."""
        self._span = (self._span + 1) % len(SPANS)
        self._read()


def named(key: Key) -> str:
    """Endpoint and model in a line."""
    return " · ".join(filter(None, (safe.line(key[0], 40), safe.line(key[1], 60))))


def row(key: Key, one: Figures | None, width: int) -> str:
    """A row of the table, or its heading; columns that do not fit are left out from the right."""
    shown = list(COLUMNS)
    while len(shown) > 2 and sum(size for _, size in shown) > width - 16:
        shown.pop()
    room = max(8, min(44, width - sum(size for _, size in shown)))
    values = [head for head, _ in COLUMNS] if one is None else list(told(one))
    cells = "".join(f"{value:>{size}}" for value, (_, size) in zip(values, shown, strict=False))
    name = safe.line(named(key), room - 1)
    return f"{name}{' ' * (room - Content(name).cell_length)}{cells}"


def told(one: Figures) -> tuple[str, ...]:
    """The figures, as short as they can be; – where nothing is known."""
    bad = one.failed + one.incomplete
    tokens = one.input + one.output
    return (
        f"{one.replies:,}",
        f"{100 * bad / one.replies:.0f} %" if bad else "0",
        *(f"{value:.2f} s" if value is not None else "–" for value in (one.first_p50, one.first_p95)),
        *(f"{value:.0f}" if value is not None else "–" for value in (one.speed_p50, one.speed_p95)),
        f"{tokens:,}" if tokens else "–",
        usage.dollars(one.cost) if one.cost else "–",
    )
