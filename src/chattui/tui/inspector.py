"""The inspector: what one exchange really was, frame by frame, with its times and what was made of each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from chattui.tape import Take, Tape, copies
from chattui.tape.detective import Suspicion, investigate
from chattui.tape.lint import Finding, lint
from chattui.tape.pieces import Piece, Pieces
from chattui.tui import exposed
from chattui.tui.frames import Frames
from chattui.tui.gauges import Foot, Head, KeyLine

LOOK = 0.1
"""Seconds between two looks at a tape that still grows."""
ARRIVALS = 1500
"""Arrivals that are cut into frames at a time: a long tape must not hold up a key."""
View = Literal["", "frame", "head", "findings"]


class Inspector(Screen[None], inherit_bindings=False):
    """Shows a tape. `copy(text, what)` puts it on the clipboard; `save` writes the tape and says where; `record` turns
    recording on disk on or off and says how it is now.
    """

    CSS_PATH = Path(__file__).with_name("inspector.tcss")
    AUTO_FOCUS = "#frames"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False),
        Binding("f12,q,ctrl+t", "leave", show=False),
        Binding("enter,space", "view('frame')", show=False),
        Binding("h", "view('head')", show=False),
        Binding("l", "view('findings')", show=False),
        Binding("f,slash", "filter", show=False),
        Binding("right,right_square_bracket", "take(1)", show=False),
        Binding("left,left_square_bracket", "take(-1)", show=False),
        Binding("y,c", "copy_frame", show=False),
        Binding("u", "copy_curl", show=False),
        Binding("p", "copy_python", show=False),
        Binding("t", "copy_rule", show=False),
        Binding("n", "next_finding", show=False),
        Binding("ctrl+down,J", "scroll(2)", show=False),
        Binding("ctrl+up,K", "scroll(-2)", show=False),
        Binding("s", "save", show=False),
        Binding("r", "record", show=False),
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 - Textual declares it without ClassVar

    def __init__(
        self,
        tape: Tape,
        *,
        copy: Callable[[str, str], None],
        save: Callable[[Tape], None],
        record: Callable[[], str],
        growing: Callable[[], bool],
    ) -> None:
        super().__init__()
        self.tape = tape
        self._copy, self._save, self._record, self._growing = copy, save, record, growing
        self.frames = Frames()
        self.wanted = ""
        self.view: View = ""
        self._jump = -1
        self._take: Take | None = None
        self._head, self._foot, self._keys = Head(self), Foot(self), KeyLine(self)
        self._detail = Static("", id="detail", markup=False)
        self.choose(tape.main)

    def choose(self, take: Take | None) -> None:
        """Show this exchange of the tape."""
        self._take = take
        self.pieces = Pieces(take or Take())
        self.measures = exposed.Measures()
        self.findings: tuple[Finding, ...] = ()
        self.suspicions: tuple[Suspicion, ...] = ()
        self._rows: list[int] = []
        self._matched = 0
        self._judged = -1

    @property
    def take(self) -> Take | None:
        """The exchange that is shown."""
        return self._take

    @property
    def matching(self) -> int:
        """How many frames the filter leaves."""
        return len(self._rows)

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.frames
        with VerticalScroll(id="more"):
            yield self._detail
        yield Input(placeholder="part of event, data or became; empty shows all", id="filter", compact=True)
        yield self._foot
        yield self._keys

    def on_mount(self) -> None:
        """Look at the tape, again and again while it grows."""
        self._show_view()
        self.look(first=True)
        self._timer = self.set_interval(LOOK, self.look)

    # ------------------------------------------------------------ following the tape

    def look(self, *, first: bool = False) -> None:
        """What has come since the last look."""
        if self._take is None or (self._take.ended is not None and self._growing()):
            self._follow()
        before = len(self.pieces.found)
        found = self.pieces.read(ARRIVALS)
        self.measures.add(found)
        fresh = first or len(found) != before or self._judged != len(found)
        if fresh:
            self._filter(found)
            zero = (self._take.sent or 0.0) if self._take else 0.0
            rows = self._rows if self.wanted else range(len(found))
            self.frames.show(found, rows, zero, keep=len(found) if first and self._growing() else None)
            if self.view == "head":
                self._show_view()
        if fresh or self._growing():  # else nothing is written while somebody reads
            self._head.refresh()
            self._foot.refresh()
        if self.pieces.behind:
            self.call_later(self.look)
        else:
            self._judge()

    def _follow(self) -> None:
        """The reply goes on with another exchange: show that one, unless somebody has chosen."""
        last = self.tape.takes[-1] if self.tape.takes else None
        if last is not None and last is not self._take:
            self.choose(last)

    def _filter(self, found: list[Piece]) -> None:
        if self.wanted:
            self._rows += [at for at in range(self._matched, len(found)) if exposed.fits(found[at], self.wanted)]
        self._matched = len(found)

    def _judge(self) -> None:
        """Lint and detective, once the exchange is over."""
        take = self._take
        if take is None or take.ended is None or self._judged == len(self.pieces.found):
            return
        self._judged = len(self.pieces.found)
        self.run_worker(self._judged_apart(take, list(self.pieces.found)), exclusive=True, group="judge")

    async def _judged_apart(self, take: Take, found: list[Piece]) -> None:
        findings, suspicions = await asyncio.to_thread(lambda: (lint(take, found), investigate(take, found)))
        if take is self._take:
            self.findings, self.suspicions = findings, suspicions
            if self.view == "findings":
                self._show_view()
            self._head.refresh()
            self._foot.refresh()
            self._foot.refresh()
            self._keys.refresh()

    # ------------------------------------------------------------ views

    def action_view(self, view: View) -> None:
        """Open a view beneath the frames; the same key closes it."""
        self.view = "" if self.view == view else view
        self._show_view()

    def _show_view(self) -> None:
        match self.view:
            case "frame":
                piece = self.frames.selected
                said = (
                    exposed.frame(piece, self.frames.number or 0, self.frames.zero)
                    if piece is not None
                    else "There is no frame yet."
                )
            case "head":
                said = exposed.head(self.tape, self._take) if self._take is not None else "Nothing was sent yet."
            case "findings":
                said = exposed.verdict(self.findings, self.suspicions)
            case _:
                said = ""
        self._detail.update(Content(said))
        more = self.query_one("#more")
        more.display = bool(self.view)
        more.scroll_home(animate=False)
        self._keys.refresh()

    def action_scroll(self, by: int) -> None:
        """Scroll the open view."""
        self.query_one("#more").scroll_relative(y=by, animate=False)

    def on_frames_moved(self) -> None:
        """The open view follows the cursor."""
        if self.view == "frame":
            self._show_view()
        self._foot.refresh()

    def on_frames_chosen(self) -> None:
        """The selected frame was clicked."""
        self.action_view("frame")

    def action_take(self, by: int) -> None:
        """The next or the previous exchange of the reply."""
        takes = self.tape.takes
        if self._take is None or len(takes) < 2:
            return
        self.choose(takes[(takes.index(self._take) + by) % len(takes)])
        self.frames.cursor = 0
        self.look(first=True)
        self._show_view()

    def action_next_finding(self) -> None:
        """To the next frame that lint has found something in."""
        places = sorted({one.first for one in self.findings if one.first is not None})
        if places:
            here = self.frames.number or 0
            self.frames.go_to(next((place for place in places if place > here), places[0]))

    def action_close(self) -> None:
        """Close the filter, or the open view, or the inspector."""
        box = self.query_one("#filter", Input)
        if box.has_focus or self.wanted:
            box.value = ""
            box.display = False
            self._refilter("")
            self.frames.focus()
        elif self.view:
            self.action_view(self.view)
        else:
            self.dismiss(None)

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.dismiss(None)

    # ------------------------------------------------------------ filter

    def action_filter(self) -> None:
        """Show only some frames."""
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Filter while typing."""
        self._refilter(changed.value)

    def on_input_submitted(self) -> None:
        """Back to the frames, which stay filtered."""
        self.query_one("#filter").display = bool(self.wanted)
        self.frames.focus()

    def _refilter(self, wanted: str) -> None:
        keep = self.frames.number
        self.wanted = wanted.strip().casefold()
        self._rows, self._matched = [], 0
        found = self.pieces.found
        self._filter(found)
        self.frames.show(found, self._rows if self.wanted else range(len(found)), self.frames.zero, keep=keep)
        self.on_frames_moved()

    # ------------------------------------------------------------ copying and keeping

    def action_copy_frame(self) -> None:
        """Copy the data of the selected frame."""
        piece = self.frames.selected
        if piece is not None:
            self._copy(
                piece.frame.data if piece.frame is not None else piece.raw.decode("utf-8", "replace"), "the frame"
            )

    def action_copy_curl(self) -> None:
        """Copy the request as a curl command."""
        if self._take is not None:
            self._copy(copies.curl(self._take), "the request as curl")

    def action_copy_python(self) -> None:
        """Copy the request as a Python program."""
        if self._take is not None:
            self._copy(copies.python(self._take), "the request as Python")

    def action_copy_rule(self) -> None:
        """Copy a rule that would take the selected frame."""
        if (piece := self.frames.selected) is not None:
            self._copy(copies.rule(piece), "a rule for this frame")

    def action_save(self) -> None:
        """Write the tape to disk."""
        self._save(self.tape)

    def action_record(self) -> None:
        """Record this endpoint on disk from now on, or no longer."""
        self.notify(self._record(), markup=False)
