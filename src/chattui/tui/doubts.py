"""What a prompt should not hold unnoticed — hidden characters, a key — is asked about before it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from chattui import safe
from chattui.doubts import of_hidden, of_key
from chattui.tui.dialogs import Dialog


def doubts(text: str, veiled: str, host: str) -> list[str]:
    """Why this prompt for `host` should be looked at again. `veiled`: what came with hidden characters."""
    return [doubt for doubt in (of_key(text, host), of_hidden(text, veiled)) if doubt]


class BeforeSending(Dialog[str]):
    """Shows the doubts; the answer is "send", "remove" (the ␦) or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer('send')", show=False),
        Binding("r", "answer('remove')", show=False),
    ]
    title_text = "Send this?"

    def __init__(self, doubts: Sequence[str], *, removable: bool) -> None:
        super().__init__()
        self.doubts = doubts
        self.keys_text = f"enter send   {f'r remove the {safe.VEIL} and send   ' if removable else ''}esc back to it"
        self._removable = removable

    def body(self) -> ComposeResult:
        """One paragraph each."""
        for doubt in self.doubts:
            yield Static(f"⚠ {doubt}", markup=False)

    def action_answer(self, wish: str) -> None:
        """The answer."""
        if wish == "send" or self._removable:
            self.dismiss(wish)
