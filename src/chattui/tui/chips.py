"""A chip for each file that a prompt names."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from chattui import attach, safe
from chattui.events import Attachment
from chattui.tui.details import SIGN

GAP = "   "


class Chips(Static):
    """A chip for each file that would be sent, and a line for each that cannot."""

    DEFAULT_CSS = "Chips { height: auto; max-height: 4; padding: 0 3; color: $text-muted; }"

    def show(self, files: Sequence[Attachment], refused: Sequence[str]) -> None:
        """These are sent, and these sentences tell why others are not."""
        chips = [_chip(file) for file in files]
        lines = [Content(GAP).join(chips)] if chips else []
        lines += [Content.assemble(("✗ ", "bold"), safe.line(why, 300)) for why in refused]
        self.update(Content("\n").join(lines))
        self.display = bool(lines)


def _chip(file: Attachment) -> Content:
    name, size = (words.replace(" ", "\u00a0") for words in (safe.line(file.name, 60), attach.size(file.size)))
    return Content.assemble((SIGN.replace(" ", "\u00a0"), "$primary"), (name, "bold"), f"\u00a0\u00a0{size}")
