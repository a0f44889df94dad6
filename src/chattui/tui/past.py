"""The prompts sent before, in all conversations: type a part, choose one, and it stands in the prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from chattui import safe
from chattui.fold import fold
from chattui.tui.dialogs import Dialog, Line

LONGEST = 200
"""Characters of a prompt that are shown."""


def fitting(prompts: Sequence[str], typed: str) -> list[str]:
    """The prompts that hold every word of what is typed, the newest first. `prompts` are the oldest first."""
    wanted = fold(typed).split()
    return [prompt for prompt in reversed(prompts) if all(word in fold(prompt) for word in wanted)]


class Past(Dialog[str]):
    """The answer is the prompt to be put in place of what is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False, priority=True),
        Binding("up", "move('cursor_up')", show=False, priority=True),
        Binding("ctrl+r", "move('cursor_down')", show=False, priority=True),
    ]
    title_text = "Prompts sent before"
    keys_text = "type to narrow  ↑ ↓ choose  enter take  esc close"

    def __init__(self, prompts: Sequence[str], typed: str) -> None:
        """`prompts` are the oldest first; `typed` stands there at the beginning."""
        super().__init__()
        self._prompts, self._typed = prompts, typed
        self._fits = fitting(prompts, typed)

    def body(self) -> ComposeResult:
        """A line to type in, and one line for each prompt."""
        yield Line(self._typed, placeholder="words of a prompt", compact=True)
        yield OptionList(markup=False, compact=True, id="past")

    def on_mount(self) -> None:
        """All of them, or what fits what was typed."""
        self._list()

    def on_input_changed(self, changed: Input.Changed) -> None:
        """Each letter narrows them."""
        self._fits = fitting(self._prompts, changed.value)
        self._list()

    def _list(self) -> None:
        options = self.query_one(OptionList)
        options.clear_options()
        if self._fits:
            options.add_options(Option(Content(safe.line(prompt, LONGEST))) for prompt in self._fits)
            options.highlighted = 0
        else:
            options.add_option(Option("no prompt says that", disabled=True))

    def on_input_submitted(self, _: Input.Submitted) -> None:
        """Enter takes the one that is marked."""
        at = self.query_one(OptionList).highlighted
        if self._fits and at is not None:
            self.dismiss(self._fits[at])

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """A click takes it."""
        if self._fits:
            self.dismiss(self._fits[selected.option_index])

    def action_move(self, how: str) -> None:
        """Up and down among them, while one types."""
        getattr(self.query_one(OptionList), f"action_{how}")()
