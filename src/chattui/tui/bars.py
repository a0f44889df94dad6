"""One-line and one-column widgets: bars of text, and the lines between the panes, joined where they meet."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


def crop(text: str, width: int) -> str:
    """The text in at most `width` cells, with … where it was cut."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…" if width > 0 else ""


def bar(left: list[Segment], right: list[Segment], width: int, fill: Style) -> Strip:
    """One line: `left` cut to what `right` leaves, the gap filled."""
    strip = Strip(left)
    behind = Strip(right)
    room = max(0, width - behind.cell_length)
    if strip.cell_length > room:
        strip = strip.crop(0, max(0, room - 1))
        strip = Strip([*strip, Segment("…", fill)] if room else [])
    return Strip([*strip.adjust_cell_length(room, fill), *behind]).adjust_cell_length(width, fill)


class Rule(Widget):
    """A line across; it has a branch where the divider stands on it."""

    divider: Divider | None = None

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - it is one line high
        at = self.divider.region.x if self.divider is not None and self.divider.display else -1
        text = "".join("┴" if x == at else "─" for x in range(self.size.width))
        return Strip([Segment(text, self.rich_style)])


class Divider(Widget):
    """The line at the right of the list; it has a branch where a rule begins at its right."""

    rule: Rule | None = None
    _branch = -1

    def follow(self) -> None:
        """The rule may stand elsewhere now: the prompt grows."""
        if self.rule is not None and self.rule.region.y != self._branch:
            self._branch = self.rule.region.y
            self.refresh()

    def render_line(self, y: int) -> Strip:
        branch = self.rule is not None and self.rule.region.y == self.region.y + y
        return Strip([Segment("├" if branch else "│", self.rich_style)])


class Bar(Widget):
    """A line of text with a left and a right end, which subclasses say."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"bar--strong", "bar--dim", "bar--key", "bar--warning"}

    def part(self, name: str) -> Style:
        """The style of one of the parts that bars are made of."""
        return self.get_component_rich_style(name)

    def ends(self, width: int) -> tuple[list[Segment], list[Segment]]:
        """What stands at the left and at the right of `width` cells."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - it is one line high
        width = self.size.width
        left, right = self.ends(width)
        return bar(left, right, width, self.rich_style)
