"""One of several answers to the same question: who, what, and how it is doing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message as Posted

from chattui import safe
from chattui.comparing import Answer
from chattui.session import Began, Ended, Update
from chattui.tui.bars import Bar, crop
from chattui.tui.flow import Flow, after
from chattui.tui.transcript import Transcript


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

    @property
    def sign(self) -> str:
        """How it is doing, as a sign beside its name."""
        if not self.over:
            return "…"
        message = self.answer.message
        return {"complete": "✓", "stopped": "■"}.get(message.state if message else "", "✗")

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
