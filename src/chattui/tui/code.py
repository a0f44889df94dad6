"""Dialogs for code blocks: which of several, and where to save one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from chattui import safe
from chattui.tui.dialogs import Dialog, Line


class Blocks(Dialog[int]):
    """The answer is the number of a code block, from 1."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move('cursor_down')", show=False),
        Binding("k", "move('cursor_up')", show=False),
    ]

    def __init__(self, blocks: Sequence[tuple[str, str]], verb: str) -> None:
        """`blocks`: language and code of each."""
        super().__init__()
        self._blocks = blocks
        self.title_text = f"Which code block to {verb}?"
        self.keys_text = f"1 … {min(9, len(blocks))} or enter {verb}   esc close"

    def body(self) -> ComposeResult:
        """One line each."""
        yield OptionList(
            *(Option(self._line(at)) for at in range(1, len(self._blocks) + 1)),
            markup=False,
            compact=True,
            id="blocks",
        )

    def _line(self, number: int) -> Content:
        language, code = self._blocks[number - 1]
        lines = code.rstrip("\n").split("\n")
        size = "1 line" if len(lines) == 1 else f"{len(lines)} lines"
        begins = next((safe.line(line, 60) for line in lines if line.strip()), "")
        name = safe.line(language, 16) or "text"
        start = (f"{number:>2} ", "$primary"), (f"{name:<12} ", "bold"), (f"{size:<10} ", "dim")
        return Content.assemble(*start, begins)

    def on_key(self, event: events.Key) -> None:
        """A digit takes the block of that number."""
        if event.key.isdecimal() and 1 <= int(event.key) <= len(self._blocks):
            event.stop()
            self.dismiss(int(event.key))

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        self.dismiss(selected.option_index + 1)

    def action_move(self, how: str) -> None:
        """As the arrows."""
        getattr(self.query_one(OptionList), f"action_{how}")()


class SaveAs(Dialog[tuple[str, bool]]):
    """The answer is a path, and whether the file that is there may be replaced."""

    title_text = "Save the code block to a file"
    keys_text = "enter save   esc leave it"

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__()
        self._proposed, self._folder = name, folder
        self._asked = ""

    def body(self) -> ComposeResult:
        """One line to type in, and what is to be known about it."""
        yield Line(self._proposed, compact=True)
        yield Static(f"in {safe.line(str(self._folder), 200)}", id="where", markup=False)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter saves; a file that is there is replaced by a second enter only."""
        name = submitted.value.strip()
        if not name:
            return
        path = self._folder / Path(name).expanduser()
        if path.is_dir():
            self.query_one("#where", Static).update("That is a folder; add a name.")
        elif path.exists() and self._asked != name:
            self._asked = name
            self.query_one("#where", Static).update("⚠ That file exists already. Enter again replaces it.")
        else:
            self.dismiss((str(path), self._asked == name))
