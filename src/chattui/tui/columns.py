"""The screen on which several endpoints answer the same question: a column each, as many as fit beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message as Posted
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from chattui import safe
from chattui.comparing import Answer
from chattui.session import Began, Ended, Update
from chattui.tui.bars import Bar, Divider, crop
from chattui.tui.flow import Flow, after
from chattui.tui.transcript import Transcript

LEAST = 38
"""Cells of a column that can still be read; where all of them do not fit, one pages through them."""
TICK = 0.25


def name_of(answer: Answer) -> str:
    """Endpoint and model."""
    parts = (answer.endpoint.name, answer.model)
    return " · ".join(dict.fromkeys(safe.line(part, 40) for part in parts if part))


class Caption(Bar):
    """Above a column: its number and its name."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self.column = column

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        column = self.column
        chosen = column.has_class("-chosen")
        style = self.part("bar--key") if chosen else self.part("bar--strong")
        sign = "▸" if chosen else " "
        return [Segment(crop(f"{sign}{column.number} {name_of(column.answer)}", width), style)], []


class Footing(Bar):
    """Below a column: how its answer is doing, in words; a click keeps it."""

    def __init__(self, column: Column, ticks: Callable[[], float]) -> None:
        super().__init__()
        self.column, self.ticks = column, ticks

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        column = self.column
        words = column.words(self.ticks())
        bad = words.startswith(("failed", "incomplete", "stopped"))
        style = self.part("bar--warning") if bad else self.part("bar--dim")
        keep = [Segment(" keep ", self.part("bar--key") + Style(meta={"keep": True}))] if width > 20 else []
        return [Segment(crop(f" {words}", width - (6 if keep else 0)), style)], keep

    def on_click(self) -> None:
        """Keep this answer."""
        self.column.post_message(Column.Kept(self.column))


class Column(Vertical):
    """One answer: who, what, and how it is doing."""

    class Kept(Posted):
        """A click wants to keep the answer of this column."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    class Clicked(Posted):
        """A click chose the column."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self, number: int, answer: Answer, clock: Callable[[], float], ticks: Callable[[], float], files: Path | None
    ) -> None:
        super().__init__()
        self.number, self.answer = number, answer
        self.flow = Flow(ticks())
        self.over = False
        """Whether the answer has ended, in whatever way."""
        self.kept = False
        self.caption, self.footing = Caption(self), Footing(self, ticks)
        self.pane = Transcript(clock=clock)
        self.pane.look.files = files

    def compose(self) -> ComposeResult:
        yield self.caption
        yield self.pane
        yield self.footing

    def words(self, now: float) -> str:
        """How it is doing."""
        if self.over:
            message = self.answer.message
            said = after(message)
            return f"done{said.removeprefix('ready')}" if said.startswith("ready") else said
        kept = "kept; " if self.kept else ""
        return kept + self.flow.words(now, "esc")

    def took(self, update: Update, now: float) -> None:
        """Something of the answer has come."""
        match update:
            case Began(_, reply):
                self.pane.show([reply])
            case Ended(reply):
                self.over = True
                self.pane.replace(reply)
                self.footing.refresh()
            case _:
                self.flow.feed(update, now)
                self.pane.write(self.answer.name, update)

    def ended(self) -> None:
        """Nothing more will come."""
        self.over = True
        if (message := self.answer.message) is not None:
            self.pane.add(message)
        self.footing.refresh()

    def choose(self, *, chosen: bool) -> None:
        """Whether keys are meant for this column."""
        self.set_class(chosen, "-chosen")
        self.caption.refresh()
        if chosen:
            self.pane.focus()

    def on_click(self, event: events.Click) -> None:
        """A click anywhere chooses it."""
        event.stop()
        self.post_message(self.Clicked(self))


class Columns(Screen[int], inherit_bindings=False):
    """The answer is the index of the column that is kept, None when nobody has chosen. Tells `stop` which columns the
    reader wants to end.
    """

    CSS_PATH = Path(__file__).with_name("columns.tcss")
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right,l", "step(1)", show=False, priority=True),
        Binding("shift+tab,left,h", "step(-1)", show=False, priority=True),
        *(Binding(str(number), f"column({number})", show=False) for number in range(1, 5)),
        Binding("enter", "keep", show=False),
        Binding("escape", "stop", show=False, priority=True),
        Binding("ctrl+c,s", "stop_all", show=False, priority=True),
        Binding("y,c", "copy", show=False),
        Binding("space", "fold", show=False),
        Binding("m", "raw", show=False),
        *(
            Binding(keys, f"scroll('{how}')", show=False, priority=True)
            for keys, how in (("up,k,ctrl+up", "line_up"), ("down,j,ctrl+down", "line_down"), ("pageup", "page_up"),
                              ("pagedown", "page_down"), ("home,g,ctrl+home", "to_start"), ("end,G,ctrl+end", "to_end"))
        ),
    ]  # fmt: skip

    def __init__(
        self,
        question: str,
        answers: Sequence[Answer],
        clock: Callable[[], float],
        ticks: Callable[[], float],
        stop: Callable[[Sequence[int]], None],
        copy: Callable[[str, str], None],
        files: Path | None = None,
    ) -> None:
        super().__init__()
        self.columns = [Column(at, answer, clock, ticks, files) for at, answer in enumerate(answers, 1)]
        self._question = question
        self._ticks, self._stop, self._copy = ticks, stop, copy
        self._at = 0
        self._time: Timer | None = None
        self._dividers = [Divider() for _ in self.columns[1:]]
        self._tabs = Static("", id="tabs", markup=False)
        self._hints = Static("", id="hints", markup=False)

    def compose(self) -> ComposeResult:
        yield Static(f"❯ {safe.line(self._question, 400)}", id="question", markup=False)
        yield self._tabs
        with Horizontal(id="columns"):
            yield self.columns[0]
            for divider, column in zip(self._dividers, self.columns[1:], strict=True):
                yield divider
                yield column
        yield self._hints

    def on_mount(self) -> None:
        """The first column is chosen; seconds go on."""
        self._time = self.set_interval(TICK, self._tick)
        self._choose(0)

    def on_resize(self) -> None:
        """More columns fit, or fewer."""
        self._fit()

    def _tick(self) -> None:
        for column in self.columns:
            if not column.over:
                column.footing.refresh()
        if all(column.over for column in self.columns) and self._time is not None:
            self._time.stop()
            self._time = None

    # ------------------------------------------------------------ which columns are seen

    @property
    def chosen(self) -> Column:
        """The column that keys are meant for."""
        return self.columns[self._at]

    def _choose(self, at: int) -> None:
        self._at = at % len(self.columns)
        self._fit()
        for column in self.columns:
            column.choose(chosen=column is self.chosen)
        self.refresh_words()

    def _fit(self) -> None:
        room = max(1, min(len(self.columns), (self.size.width + 1) // (LEAST + 1)))
        first = min(max(0, self._at - room + 1), len(self.columns) - room)
        for at, column in enumerate(self.columns):
            column.display = first <= at < first + room
            if at:
                self._dividers[at - 1].display = first < at < first + room
        self._tabs.display = room < len(self.columns)
        self.refresh_words()

    def refresh_words(self) -> None:
        """What the lines above and below say."""
        names = (
            f"{'▸' if column is self.chosen else ' '}{column.number} {crop(name_of(column.answer), 18)}"
            f" {'✓' if column.over else '…'}"
            for column in self.columns
        )
        self._tabs.update("  ".join(names))
        running = [column for column in self.columns if not column.over]
        if running:
            esc = "esc stop" if not self.chosen.over else "esc stop the others" if len(running) > 1 else "esc stop it"
            every = "   s stop all" if len(running) > 1 else ""
        else:
            esc, every = "esc close", ""
        keep = "⏎ keep this" + (" (stops the others)" if any(one is not self.chosen for one in running) else "")
        self._hints.update(f"{keep}   ← → column   ↑ ↓ scroll   y copy   {esc}{every}")

    # ------------------------------------------------------------ what comes

    def took(self, at: int, update: Update) -> None:
        """Something of an answer has come."""
        column = self.columns[at]
        column.took(update, self._ticks())
        if isinstance(update, Began | Ended):
            self.refresh_words()

    def ended(self, at: int) -> None:
        """An answer has ended, in whatever way."""
        self.columns[at].ended()
        self.refresh_words()
        if all(column.over for column in self.columns):
            for kept, column in enumerate(self.columns):
                if column.kept:
                    self.dismiss(kept)
                    return

    # ------------------------------------------------------------ keys

    def action_step(self, by: int) -> None:
        """The next column, or the one before."""
        self._choose(self._at + by)

    def action_column(self, number: int) -> None:
        """The column of this number."""
        if number <= len(self.columns):
            self._choose(number - 1)

    def on_column_clicked(self, clicked: Column.Clicked) -> None:
        """A click chooses."""
        self._choose(self.columns.index(clicked.column))

    def on_column_kept(self, kept: Column.Kept) -> None:
        """A click keeps."""
        self._choose(self.columns.index(kept.column))
        self.action_keep()

    def action_keep(self) -> None:
        """Go on with this answer. Others that still stream are stopped; this one is waited for."""
        others = [at for at, column in enumerate(self.columns) if column is not self.chosen and not column.over]
        for column in self.columns:
            column.kept = column is self.chosen
        self._stop(others)
        if self.chosen.over and not others:
            self.dismiss(self._at)
        self.refresh_words()

    def action_stop(self) -> None:
        """Stop this answer; if it has ended, those that have not; if all have, close."""
        running = [at for at, column in enumerate(self.columns) if not column.over]
        if not self.chosen.over:
            self._stop([self._at])
        elif running:
            self._stop(running)
        else:
            self.dismiss(None)

    def action_stop_all(self) -> None:
        """Stop all that still stream."""
        self._stop([at for at, column in enumerate(self.columns) if not column.over])

    def action_copy(self) -> None:
        """Copy this answer as it was written."""
        if (message := self.chosen.answer.message) is not None:
            self._copy(message.text, "the answer")

    def action_fold(self) -> None:
        """Open or close reasoning, tools and usage."""
        self.chosen.pane.toggle_reasoning()

    def action_raw(self) -> None:
        """Markdown as it was written, or rendered."""
        self.chosen.pane.toggle_source()

    def action_scroll(self, how: str) -> None:
        """In this column."""
        getattr(self.chosen.pane, how)()
