"""The line in which one types what is looked for in the open conversation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from chattui import safe
from chattui.fold import fold
from chattui.tui.bars import Bar, crop
from chattui.tui.dialogs import Line
from chattui.tui.keys import Keys, shown
from chattui.tui.transcript import Transcript


class Told(Bar):
    """How much was found, and the keys."""

    def __init__(self, transcript: Transcript, keys: Keys) -> None:
        super().__init__()
        self.transcript = transcript
        self._keys = f"{shown(keys, 'search.next')} next  {shown(keys, 'search.prev')} previous  "
        self._end = f"{shown(keys, 'stream.stop')} end"

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        """Words at the left, keys at the right where there is room."""
        words = said(self.transcript.finding)
        room = width - len(words) - 4
        keys = next((one for one in (self._keys + self._end, self._end, "") if len(one) <= room), "")
        return [Segment(crop(f" {words}", width), self.rich_style)], [Segment(f"  {keys} ", self.part("bar--dim"))]


def said(finding: tuple[int, int] | None) -> str:
    """2 of 17 messages"""
    if finding is None:
        return ""
    at, of = finding
    return f"{at:,} of {of:,} message{'s' if of != 1 else ''}" if of else "not found"


class FindBar(Horizontal):
    """Words to find, how many messages say them, and the keys. Typing goes to the nearest one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "step(-1)", show=False, priority=True),
        Binding("down", "step(1)", show=False, priority=True),
    ]

    def __init__(self, transcript: Transcript, keys: Keys) -> None:
        super().__init__()
        self.transcript = transcript
        self._line = Line(placeholder="find in this conversation", compact=True)
        self._told = Told(transcript, keys)
        self._given: tuple[str, list[str]] = ("", [])  # what stands there without being typed, and its words
        transcript.found = self._found

    def compose(self) -> ComposeResult:
        yield Static("/", markup=False)
        yield self._line
        yield self._told

    def begin(self) -> None:
        """Type here; what was looked for last stands there, to be typed over."""
        self.display = True
        self._line.focus()
        self._line.select_all()
        self.transcript.seek(self._words)

    def about(self, words: Sequence[str]) -> None:
        """Say what is looked for, without typing."""
        self.display = True
        with self.prevent(Input.Changed):
            self._line.value = safe.line(" ".join(words))
        self._given = (self._line.value, list(words))

    def _found(self) -> None:
        """The line goes when nothing is looked for any more."""
        self._told.refresh()
        if self.transcript.finding is None and not self.typing:
            self.display = False

    @property
    def typing(self) -> bool:
        """Whether one types here now."""
        return self._line.has_focus

    @property
    def _words(self) -> list[str]:
        text, words = self._given
        return words if text and text == self._line.value else [" ".join(fold(self._line.value).split())]

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Each letter."""
        changed.stop()
        self.transcript.seek(self._words)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter: on with the keys of the messages."""
        submitted.stop()
        self.transcript.focus()

    def action_step(self, by: int) -> None:
        self.transcript.step(by)
