"""The screen of search: one line to type in, and the messages of all conversations that fit, as they are found."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from chattui.errors import StoreError
from chattui.index import Index
from chattui.query import Query, parse
from chattui.search import Found, Hit, search
from chattui.store import Store
from chattui.tui.bars import Bar, crop
from chattui.tui.dialogs import Line
from chattui.tui.hits import HitList

PAUSE = 0.02
"""Seconds after a letter until it is looked for: who types on is not waited for."""
HELP = '"a phrase" endpoint: model: title: tag: role:you has:code after:7d before:'
KEYS = "↑ ↓ choose  enter open  esc close"


class Top(Bar):
    """The words for what was found, at the right of what one types."""

    words = ""

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        shorter = (self.words, self.words.partition(" · ")[0], self.words.partition(" in ")[0])
        words = next((words for words in shorter if len(words) + 2 <= width), shorter[-1])
        return [], [Segment(crop(f" {words} ", width), self.rich_style)]


class Bottom(Bar):
    """The filters, or what is wrong with one; the keys; and whether the index is at work."""

    words = HELP
    warns = False

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        right = f"  {KEYS} " if len(self.words) + len(KEYS) + 4 <= width else ""
        style = self.part("bar--warning" if self.warns else "bar--dim")
        return [Segment(crop(f" {self.words}", width - len(right)), style)], [Segment(right, self.part("bar--dim"))]


class SearchScreen(Screen[Hit | None]):
    """The answer is the hit to open. `typed` stands there at the beginning."""

    CSS_PATH = Path(__file__).with_name("search.tcss")
    AUTO_FOCUS = "Line"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", show=False, priority=True),
        Binding("down,ctrl+n", "move(1)", show=False, priority=True),
        Binding("up,ctrl+p", "move(-1)", show=False, priority=True),
        Binding("pagedown", "page(1)", show=False, priority=True),
        Binding("pageup", "page(-1)", show=False, priority=True),
        Binding("ctrl+home", "move(-1000000)", show=False, priority=True),
        Binding("ctrl+end", "move(1000000)", show=False, priority=True),
    ]

    def __init__(
        self,
        store: Store,
        index: Index | None,
        behind: Callable[[], set[str] | None],
        state: Callable[[], str],
        clock: Callable[[], float],
        ticks: Callable[[], float],
        typed: str = "",
    ) -> None:
        """`behind`: documents that the index does not know; `state`: what it is doing, in words. `clock`: Unix seconds,
        `ticks`: seconds that never go back.
        """
        super().__init__()
        self._store, self._index, self._behind, self._state = store, index, behind, state
        self._clock, self._ticks = clock, ticks
        self.line = Line(typed, placeholder="search all conversations", compact=True)
        self.results = HitList(clock)
        self._top, self._bottom = Top(), Bottom()
        self._pause: Timer | None = None
        self._number = 0  # of the search that is wanted; an older one is told nothing more
        self._found = Found()
        self._began = 0.0

    def compose(self) -> ComposeResult:
        with Horizontal(id="search"):
            yield Static("❯", markup=False)
            yield self.line
            yield self._top
        yield self.results
        yield self._bottom

    def on_mount(self) -> None:
        """Look for what stands there."""
        self.line.select_all()
        self.look()

    @property
    def typed(self) -> str:
        return self.line.value

    def on_unmount(self) -> None:
        """Nobody wants to know any more."""
        self._number += 1

    # ------------------------------------------------------------ typing and choosing

    def on_input_changed(self) -> None:
        """Look once the typing pauses."""
        if self._pause is not None:
            self._pause.stop()
        self._number += 1
        self._pause = self.set_timer(PAUSE, self.look)

    def on_input_submitted(self, _: Input.Submitted) -> None:
        """Enter opens the hit under the cursor."""
        if (hit := self.results.chosen) is not None:
            self.dismiss(hit)

    def on_hit_list_chosen(self, chosen: HitList.Chosen) -> None:
        """A click opens one."""
        self.dismiss(chosen.hit)

    def action_move(self, by: int) -> None:
        self.results.move(by)

    def action_page(self, by: int) -> None:
        self.results.move(by * self.results.page)

    def action_close(self) -> None:
        self.dismiss(None)

    # ------------------------------------------------------------ looking

    def look(self) -> None:
        """Look for what is typed; what was found before stays until there is something new."""
        query = parse(self.typed, self._clock())
        self._number += 1
        self._began = self._ticks()
        self.tell(query.problem)
        self.workers.cancel_group(self, "search")
        if query.empty:
            self._found = Found()
            self.results.nothing = ""
            self.results.show((), anew=True)
            self._count("")
        else:
            number = self._number
            self.run_worker(
                lambda: self._search(query, number), group="search", exclusive=True, thread=True, exit_on_error=False
            )

    def _search(self, query: Query, number: int) -> None:
        """In a thread: batches go to the screen as they come, until a newer search is wanted."""
        worker = get_current_worker()

        def cancelled() -> bool:
            return worker.is_cancelled or number != self._number

        found = Found()
        problem = ""
        try:
            for hits in search(self._store, self._index, query, behind=self._behind(), cancelled=cancelled):
                if cancelled():
                    return
                found.add(hits)
                if hits:
                    self._tell_screen(number, found, found.hits, ended=False)
        except StoreError as error:
            problem = str(error)
        self._tell_screen(number, found, found.hits, ended=True, problem=problem)

    def _tell_screen(self, number: int, found: Found, hits: list[Hit], *, ended: bool, problem: str = "") -> None:
        words = found.words
        with suppress(RuntimeError):  # the app has ended meanwhile
            self.app.call_from_thread(self._took, number, found, hits, words, ended, problem)

    def _took(self, number: int, found: Found, hits: list[Hit], words: str, ended: bool, problem: str) -> None:
        if number != self._number or not self.is_attached:
            return
        anew, self._found = found is not self._found, found
        self.results.nothing = "Nothing says that." if ended else ""
        self.results.show(hits, anew=anew)
        if ended:
            words += f" · {(self._ticks() - self._began) * 1000:,.0f} ms"
        self._count(words if ended else f"{words} …")
        if problem:
            self.tell(problem)

    def _count(self, words: str) -> None:
        self._top.words = words
        self._top.refresh()

    def tell(self, problem: str = "") -> None:
        """The bottom line: what is wrong, or what the index is doing, or the filters."""
        state = f"{self._state()}; the files are read meanwhile" if self._state() else ""
        self._bottom.words = problem or state or HELP
        self._bottom.warns = bool(problem)
        self._bottom.refresh()
