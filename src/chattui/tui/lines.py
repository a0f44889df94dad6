"""Rows and lines that the panes share: a row with a left and a right end, and the rules between panes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


def crop(text: str, width: int) -> str:
    """The text in at most `width` cells; … stands for what was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def bar(left: Sequence[Segment], right: Sequence[Segment], width: int, style: Style) -> Strip:
    """A row of `width` cells: `left` at its left end, `right` at its right end, `style` between them."""
    end = Strip(right)
    start = Strip(left).adjust_cell_length(max(0, width - end.cell_length), style)
    return Strip.join([start, end]).adjust_cell_length(width, style)


class Bar(Widget):
    """One line with two ends. Subclasses say what stands there."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--dim", "bar--strong"}
    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        """What stands at the left and at the right of `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        left, right = self.ends(width) if y == 0 else ([], [])
        return bar(left, right, width, self.rich_style)


class Rule(Widget):
    """A horizontal line between panes."""

    DEFAULT_CSS = "Rule { height: 1; width: 1fr; }"

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - every row is the same
        return Strip([Segment("─" * self.size.width, self.rich_style)], self.size.width)


class Divider(Widget):
    """A vertical line between panes."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - every row is the same
        return Strip([Segment("│", self.rich_style)], 1)
