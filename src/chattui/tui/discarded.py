"""The screen of the trash: what was deleted and when, to bring back, or to delete for good."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chattui import safe
from chattui.trash import DAYS, Deleted
from chattui.tui.ages import ago
from chattui.tui.bars import crop
from chattui.tui.dialogs import Confirm, Dialog

Act = Callable[[Sequence[str]], Awaitable[bool]]
FRAME = 8
"""Cells of the dialog beside its lines."""
WIDEST = 84
MORE = 24
"""Cells behind the titles."""


class Discarded(Dialog[None]):
    """Stays until it is closed: several may be brought back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move('cursor_down')", show=False),
        Binding("k", "move('cursor_up')", show=False),
        Binding("r,u", "restore", show=False),
        Binding("A", "restore_all", show=False),
        Binding("d,delete", "drop", show=False),
        Binding("E", "empty", show=False),
        Binding("q,T", "close", show=False),
    ]
    keys_text = "enter restore  A all  d delete  E empty  esc close"

    def __init__(self, found: Sequence[Deleted], clock: Callable[[], float], restore: Act, drop: Act) -> None:
        """`found`: the one deleted last first; `restore` and `drop` are given ids, and tell whether that was done."""
        super().__init__()
        self._found = list(found)
        self._clock = clock
        self._restore, self._drop = restore, drop
        self._busy = False

    def body(self) -> ComposeResult:
        """How long things stay, and one line for each."""
        yield Static(f"What is deleted stays here for {DAYS} days, then it goes for good.", id="stays", markup=False)
        yield OptionList(markup=False, compact=True, id="discarded")

    def on_mount(self) -> None:
        self._fill(0)

    def on_resize(self) -> None:
        """The columns follow the width."""
        self._fill(self.query_one(OptionList).highlighted or 0)

    def _fill(self, at: int) -> None:
        count = len(self._found)
        title = f"Trash: {count:,} conversations" if count > 1 else "Trash: 1 conversation" if count else "Trash"
        self.query_one(".dialog--title", Static).update(title)
        options = self.query_one(OptionList)
        options.clear_options()
        now, room = self._clock(), min(WIDEST, self.app.size.width * 96 // 100) - FRAME
        if count:
            options.add_options(Option(line(one, now, room)) for one in self._found)
            options.highlighted = min(at, count - 1)
        else:
            options.add_option(Option("nothing is in the trash", disabled=True))

    @property
    def _chosen(self) -> Deleted | None:
        at = self.query_one(OptionList).highlighted
        return self._found[at] if at is not None and at < len(self._found) else None

    def action_move(self, how: str) -> None:
        """As the arrows."""
        getattr(self.query_one(OptionList), f"action_{how}")()

    def on_option_list_option_selected(self) -> None:
        """Enter or a click."""
        self.action_restore()

    def action_restore(self) -> None:
        """Bring the marked one back."""
        if (one := self._chosen) is not None:
            self.run_worker(self._done((one.row.id,), self._restore), exit_on_error=False)

    def action_restore_all(self) -> None:
        """Bring everything back, once that is confirmed."""
        if names := tuple(one.row.id for one in self._found):
            many = "One conversation comes" if len(names) == 1 else f"{len(names):,} conversations come"
            self._once_sure(Confirm("Bring all back?", f"{many} back into the list.", "restore"), names, self._restore)

    def action_drop(self) -> None:
        """Delete the marked one for good, once that is confirmed."""
        if (one := self._chosen) is not None:
            title = safe.line(one.row.title, 60) or "untitled"
            self._drop_once_sure((one.row.id,), f"‘{title}’ goes for good. That cannot be undone.")

    def action_empty(self) -> None:
        """Delete everything for good, once that is confirmed."""
        if names := tuple(one.row.id for one in self._found):
            many = "One conversation goes" if len(names) == 1 else f"{len(names):,} conversations go"
            self._drop_once_sure(names, f"{many} for good. That cannot be undone.")

    def _drop_once_sure(self, names: Sequence[str], words: str) -> None:
        self._once_sure(Confirm("Delete for good?", words, "delete for good"), names, self._drop)

    def _once_sure(self, question: Confirm, names: Sequence[str], act: Act) -> None:
        def answered(yes: bool | None) -> None:
            if yes:
                self.run_worker(self._done(names, act), exit_on_error=False)

        self.app.push_screen(question, answered)

    async def _done(self, names: Sequence[str], act: Act) -> None:
        if self._busy:  # a key that repeats
            return
        self._busy = True
        done = await act(names)
        self._busy = False
        if done:
            self._found = [one for one in self._found if one.row.id not in names]
            if self.is_attached:
                self._fill(self.query_one(OptionList).highlighted or 0)


def line(one: Deleted, now: float, room: int) -> Content:
    """A conversation in so many cells: its title and place, since when it is here, and how long still."""
    days = one.left(now)
    still = f"{days} day left" if days == 1 else f"{days} days left"
    when = f"{ago(one.at, now):>7}  {still:>12}"
    title = safe.line(one.row.title, 200) or ("a damaged file" if one.row.damaged else "untitled")
    place = safe.line(one.row.endpoint, 24)
    left = room - MORE
    title = crop(title, max(8, left - len(place) - 2))
    head = Content.assemble(title, (f"  {place}" if place else "", "dim"))
    return Content.assemble(head.truncate(left).pad_right(max(0, left - head.cell_length)), (f"  {when}", "dim"))
