"""The queue of a conversation, all of it: to edit, move or remove any of the prompts that wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from chattui import safe
from chattui.tui.dialogs import Dialog
from chattui.tui.waiting import Queue

LONGEST = 400
"""Characters of a prompt that are shown."""


class LinedUp(Dialog[int]):
    """The answer is the place of the prompt to be edited. Moving and removing act at once; replies go on meanwhile, and
    take the first one away.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move('cursor_down')", show=False),
        Binding("k", "move('cursor_up')", show=False),
        Binding("shift+up,K", "shift(-1)", show=False, priority=True),
        Binding("shift+down,J", "shift(1)", show=False, priority=True),
        Binding("d,delete", "remove", show=False),
        Binding("e", "edit", show=False),
        Binding("q", "close", show=False),
    ]
    keys_text = "enter edit  shift+↑ ↓ move  d remove  esc close"

    def __init__(self, queue: list[str], changed: Callable[[], None], removed: Callable[[str], None]) -> None:
        """`queue` is changed in place, and `changed` is told; `removed` is given what nobody wants to send."""
        super().__init__()
        self._queue, self._changed, self._removed = queue, changed, removed
        self._shown: list[str] = []

    def body(self) -> ComposeResult:
        """One line for each."""
        yield OptionList(markup=False, compact=True, id="lined")

    def on_mount(self) -> None:
        self._fill(0)

    @on(Queue.Moved)
    def look(self) -> None:
        """The first one may have been sent."""
        if self._queue == self._shown:
            return
        sent = self._queue == self._shown[1:]
        self._fill(max(0, self._at - 1) if sent else self._at)

    def _fill(self, at: int) -> None:
        self._shown = list(self._queue)
        count = len(self._shown)
        if not count:
            self.dismiss(None)
            return
        said = "1 prompt waits" if count == 1 else f"{count} prompts wait"
        self.query_one(".dialog--title", Static).update(f"{said} to be sent")
        options = self.query_one(OptionList)
        options.clear_options()
        wide = len(str(count))
        options.add_options(
            Option(Content.assemble((f"{number:>{wide}}  ", "dim"), safe.line(text, LONGEST)))
            for number, text in enumerate(self._shown, 1)
        )
        options.highlighted = min(at, count - 1)

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def action_move(self, how: str) -> None:
        """As the arrows."""
        getattr(self.query_one(OptionList), f"action_{how}")()

    def action_shift(self, by: int) -> None:
        """Move the marked one up or down."""
        at, to = self._at, self._at + by
        if 0 <= to < len(self._queue):
            self._queue.insert(to, self._queue.pop(at))
            self._fill(to)
            self._changed()

    def action_remove(self) -> None:
        """Take the marked one out."""
        self._removed(self._queue.pop(self._at))
        self._fill(self._at)
        self._changed()

    def on_option_list_option_selected(self) -> None:
        """Enter or a click."""
        self.action_edit()

    def action_edit(self) -> None:
        """Put the marked one into the prompt."""
        self.dismiss(self._at)
