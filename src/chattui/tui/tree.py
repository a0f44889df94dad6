"""The tree of a conversation: every message, the shown branch marked, to jump to any of them."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from chattui import safe
from chattui.branches import Twig, outline
from chattui.chat import Conversation, Message
from chattui.exports.words import speaker
from chattui.tui.dialogs import Dialog

DEEPEST = 24
"""Cells that forks may take at the left; deeper ones are cut there."""
LONGEST = 200
"""Characters of a message that are shown."""


class Tree(Dialog[str]):
    """The answer is the id of the message whose branch shall be shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "move('cursor_down')", show=False),
        Binding("k", "move('cursor_up')", show=False),
        Binding("b,q", "close", show=False),
    ]
    keys_text = "↑ ↓ choose  enter show  esc close  ● shown now"

    def __init__(self, conversation: Conversation, at: str) -> None:
        """`at` is the message that is marked first."""
        super().__init__()
        self._twigs = outline(conversation)
        self._at = at
        parents = {message.parent for message in conversation.walk()}
        ends = sum(twig.message.id not in parents for twig in self._twigs)
        branches = "1 branch" if ends == 1 else f"{ends} branches"
        count = len(self._twigs)
        self.title_text = f"Tree: {branches}, {count:,} messages" if count > 1 else "Tree"

    def body(self) -> ComposeResult:
        """One line a message."""
        yield OptionList(*(Option(line(twig)) for twig in self._twigs), markup=False, compact=True, id="tree")

    def on_mount(self) -> None:
        """Begin where the reader is."""
        options = self.query_one(OptionList)
        options.highlighted = next((at for at, twig in enumerate(self._twigs) if twig.message.id == self._at), 0)

    def on_option_list_option_selected(self, selected: OptionList.OptionSelected) -> None:
        """Enter or a click."""
        self.dismiss(self._twigs[selected.option_index].message.id)

    def action_move(self, how: str) -> None:
        """As the arrows."""
        getattr(self.query_one(OptionList), f"action_{how}")()


def line(twig: Twig) -> Content:
    """A message as one line: its place in the tree, who, and how it begins."""
    lead = twig.lead if len(twig.lead) <= DEEPEST else f"… {twig.lead[-DEEPEST:]}"
    sign = "●" if twig.shown else "○"
    said = safe.line(twig.message.text, LONGEST) or _instead(twig.message)
    style = "bold" if twig.shown else ""
    who = _who(twig.message)
    return Content.assemble((lead, "dim"), (f"{sign} ", "$primary" if twig.shown else "dim"), (f"{who}  ", "dim"),
                            (said, style)).truncate(LONGEST)  # fmt: skip


def _who(message: Message) -> str:
    return safe.line(speaker(message), 24)


def _instead(message: Message) -> str:
    return message.state if message.state != "complete" else "empty"
