"""The screen on which several endpoints answer the same question: a column each, as many as fit beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from chattui import safe
from chattui.comparing import Answer
from chattui.session import Began, Ended, Update
from chattui.tui.bars import Divider, crop
from chattui.tui.column import Column, name_of

LEAST = 38
"""Cells of a column that can still be read; where all of them do not fit, one pages through them."""
TICK = 0.25


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
            f"{'▸' if column is self.chosen else ' '}{column.number} {crop(name_of(column.answer), 18)} {column.sign}"
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
        self._hints.update(f"{keep}   {esc}{every}   ← → column   y copy   ↑ ↓ scroll")

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
