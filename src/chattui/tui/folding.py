"""The blocks of a document, and long ones folded to their beginning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile

from rich.segment import Segment
from rich.style import Style

from chattui.tui.blocks import Leaf
from chattui.tui.palette import Palette
from chattui.tui.rows import Line
from chattui.tui.table import Table
from chattui.tui.wrap import Row, Span

LONG = 14
"""Rows of a block that are not worth folding."""
SHOWN = 8
"""Rows of a folded block that stay."""


class Block:
    """A leaf and its layout. `height` is a guess until it is `exact`; `rows` may be dropped to save memory."""

    __slots__ = ("exact", "height", "leaf", "memo", "rows", "sign")

    def __init__(self, leaf: Leaf) -> None:
        self.leaf, self.sign = leaf, leaf.sign
        self.rows: list[Line] | None = None
        self.height = -1
        self.exact = False
        self.memo: Table | list[tuple[str, list[Row], list[Span]]] | None = None
        """What need not be done again while the leaf grows."""

    def forget(self, *, memo: bool = True) -> None:
        """The leaf, the width or the colours are different now."""
        self.rows, self.height, self.exact = None, -1, False
        if memo:
            self.memo = None


def folded(blocks: Sequence[Block], at: int, lay: Callable[[Block], list[Line]], palette: Palette) -> list[Line]:
    """The rows of a block where long ones show their beginning only. One that goes on from the block above is a part of
    that one.
    """
    first = at
    while first and blocks[first].leaf.cont:
        first -= 1
    parts = [blocks[first], *takewhile(lambda block: block.leaf.cont, blocks[first + 1 :])]
    rows = lay(blocks[first])
    for part in parts[1:]:
        if len(rows) > LONG:
            break
        rows = [*rows, *lay(part)]
    if len(rows) <= LONG:
        return lay(blocks[at])
    if at != first:
        return []
    if blocks[first].leaf.kind == "code":
        count = sum(len(part.leaf.lines) for part in parts) - SHOWN + 1 + (blocks[first].leaf.gap >= 0)
        words = f"┆ … {count:,} more lines"
    else:
        words = "… more"
    return [*rows[:SHOWN], Line([Segment(words, palette.accent + Style(meta={"unfold": True}))], None)]


def is_long(blocks: Sequence[Block]) -> bool:
    """Whether any block is likely long enough to be folded."""
    return any(block.leaf.cont or block.height > LONG or len(block.leaf.lines) > LONG for block in blocks)
