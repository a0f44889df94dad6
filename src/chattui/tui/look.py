"""What all messages of a pane share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from chattui.branches import Place
from chattui.chat import State
from chattui.tui.palette import Palette

if TYPE_CHECKING:  # what draws messages is loaded with the first one
    from chattui.tui.folding import Block
    from chattui.tui.message import MessageView

GUTTER = 3
"""Cells before the text of a message."""


@dataclass(slots=True)
class Look:
    """How messages are shown, and what they keep in common."""

    palette: Palette
    clock: Callable[[], float]
    """Unix seconds."""
    width: int = 76
    """Cells for text: the pane without gutter, margin and scroll bar."""
    limit: int = 100
    files: Path | None = None
    """The folder in which files of messages are kept."""
    keys: Mapping[State, str] = field(default_factory=dict)
    """What to press, for messages that did not end well."""
    reveal_key: str = ""
    """What to press to have hidden characters named."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where messages that have siblings stand among them, by id."""
    kept: deque[Block] = field(default_factory=deque)
    """Blocks that keep their rows, the latest last."""
    behind: set[MessageView] = field(default_factory=set)
    """Messages too long to be read at once, which have more to read."""

    @property
    def prose(self) -> int:
        return min(self.width, self.limit)

    def guess(self, text: str) -> int:
        """Rows of a message that nobody has looked at, with the blank one at the end."""
        return 3 + text.count("\n") + len(text) // self.prose
