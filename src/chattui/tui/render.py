"""Markdown as rows of a screen, while it grows: what is complete is laid out once, and only when it is looked at.

A `Document` needs no app. Text is cleaned before it is read and again after (HTML entities come alive in between).
The blocks that are final depend on complete lines only; the last, incomplete line is shown through a look ahead.
"""

from __future__ import annotations

from collections import deque

from rich.style import Style

from chattui import safe
from chattui.tui.blocks import COLUMNS_MAX, Leaf, cuts
from chattui.tui.folding import Block, folded
from chattui.tui.highlight import highlight
from chattui.tui.inline import spans as inline
from chattui.tui.palette import MONOCHROME, Palette
from chattui.tui.parser import Parser
from chattui.tui.plain import Plain
from chattui.tui.rows import Lead, Line, bars, code_rows
from chattui.tui.table import Table
from chattui.tui.wrap import Row, Span, wrap

KEPT = 1_000
"""Blocks that keep their rows: several screens full."""


class Document:
    """The text of one message. Every change goes through `append`, `set` and `finish`; `refresh` applies them."""

    def __init__(
        self,
        palette: Palette,
        *,
        width: int = 80,
        limit: int = 100,
        kept: deque[Block] | None = None,
        raw: bool = False,
    ) -> None:
        """`width` in cells; prose is never wider than `limit`, code and tables may be. `raw`: it is no Markdown.

        `kept` is shared by documents that are shown together: of the blocks in it only the latest keep their rows.
        """
        self.kept, self.raw = kept, raw
        self.folded = False
        """Long blocks show their beginning only."""
        self.palette, self.width, self.limit = palette, max(4, width), limit
        self.blocks: list[Block] = []
        self._start()

    def _start(self) -> None:
        self._parser: Parser | Plain = Plain() if self.raw else Parser()
        self._pending: list[str] = []
        self._partial = ""
        self._pieces = safe.Pieces()
        self._ended = False

    # ------------------------------------------------------------ the text

    def append(self, text: str) -> None:
        """More text. Costs nothing until `refresh`."""
        self._pending.append(text)

    def set(self, text: str) -> None:
        """Another text instead of all text so far."""
        self._start()
        self.blocks.clear()
        self._pending.append(text)

    @property
    def behind(self) -> bool:
        """Whether there is more to read."""
        return bool(self._pending)

    def refresh(self, most: int = 0) -> int:
        """Reads what was appended, at most so many characters of it unless 0.

        Returns the index of the first block that may look different now.
        """
        first = self._read(most) if self._pending else len(self.blocks)
        if self._ended and not self._pending:
            self._ended = False
            first = min(first, self._end())
        return first

    def finish(self, most: int = 0) -> int:
        """No more text will come: links whose address came late are resolved. Returns as `refresh`."""
        self._ended = True
        return self.refresh(most)

    def _read(self, most: int) -> int:
        text = "".join(self._pending)
        self._pending = [text[most:]] if 0 < most < len(text) else []
        return self._take(self._pieces.feed(text[:most] if self._pending else text))

    def _take(self, text: str) -> int:
        *lines, partial = text.split("\n")
        parser = self._parser
        first = parser.tail
        if lines:
            lines[0] = self._partial + lines[0]
            for line in lines:
                parser.line(line)
            self._partial = parser.pieces(partial)
        else:
            self._partial = parser.pieces(self._partial + partial)
        self._sync(first, parser.peek(self._partial) if self._partial else None)
        return first

    def _end(self) -> int:
        first = self._parser.tail
        if held := self._pieces.end():
            first = min(self._take(held), first)
        if self._partial:
            self._parser.line(self._partial)
            self._partial = ""
        self._parser.end()
        self._sync(first, None)
        if self._parser.references:
            for at, block in enumerate(self.blocks):
                if any("[" in line for line in block.leaf.lines) and block.leaf.kind != "code":
                    block.forget()
                    first = min(first, at)
        return first

    def _sync(self, first: int, tail: list[Leaf] | None) -> None:
        parser, blocks = self._parser, self.blocks
        leaves = parser.leaves[first:] if tail is None else parser.leaves[first : parser.tail] + tail
        for at, leaf in enumerate(leaves, first):
            if at < len(blocks):
                block, sign = blocks[at], leaf.sign
                if block.sign == sign:
                    block.leaf = leaf
                    continue
                was, block.sign = block.leaf, sign
                if (was.kind, was.marks, was.fresh) != (leaf.kind, leaf.marks, leaf.fresh) or (
                    leaf.kind == "table" and was.lines[1:2] != leaf.lines[1:2]
                ):
                    block.memo = None
                block.leaf = leaf
                block.forget(memo=False)
            else:
                blocks.append(Block(leaf))
        del blocks[first + len(leaves) :]

    @property
    def code(self) -> tuple[str, ...]:
        """The code blocks, as they were written, in the order of their numbers."""
        found: list[list[str]] = []
        for leaf in (block.leaf for block in self.blocks):
            if leaf.kind == "code":
                if not leaf.cont:
                    found.append([])
                found[-1] += ("\n".join(leaf.lines), "" if leaf.glue else "\n")
        return tuple("".join(parts[:-1]) for parts in found)

    @property
    def languages(self) -> tuple[str, ...]:
        """What the code blocks are said to be written in."""
        leaves = (block.leaf for block in self.blocks)
        return tuple(leaf.info for leaf in leaves if leaf.kind == "code" and not leaf.cont)

    # ------------------------------------------------------------ the layout

    def fold(self) -> None:
        """Long blocks show their beginning only, or all of it again."""
        self.folded = not self.folded
        for block in self.blocks:
            block.forget(memo=False)

    def look(self, palette: Palette | None = None, width: int | None = None) -> None:
        """Other colours or another width (cells): every layout is forgotten, heights are guessed again."""
        self.palette = palette or self.palette
        self.width = max(4, width or self.width)
        for block in self.blocks:
            block.forget()

    def height(self, at: int) -> int:
        """Rows of a block, with the blank line before it. A guess until the block has been laid out."""
        block = self.blocks[at]
        if block.height < 0:
            block.height = _guess(block.leaf, self.width, self.limit)
        return block.height

    def rows(self, at: int) -> list[Line]:
        """The rows of a block, with the blank line before it."""
        block = self.blocks[at]
        if block.rows is None:
            block.rows = folded(self.blocks, at, self._lay, self.palette) if self.folded else self._lay(block)
            block.height, block.exact = len(block.rows), True
            if self.kept is not None:
                self.kept.append(block)
                if len(self.kept) > KEPT:
                    self.kept.popleft().rows = None
        return block.rows

    def lines(self) -> list[Line]:
        """The rows of the whole document."""
        return [line for at in range(len(self.blocks)) for line in self.rows(at)]

    def _lay(self, block: Block) -> list[Line]:
        leaf, palette = block.leaf, self.palette
        marks, fresh = leaf.marks, leaf.fresh
        while marks and sum(len(mark.label) for mark in marks) > self.width // 2:  # nested too deeply to be shown
            marks, fresh = marks[1:], max(0, fresh - 1)
        room = self.width - sum(len(mark.label) for mark in marks)
        prose = max(1, min(room, self.limit - (self.width - room)))
        base = palette.quote if any(mark.quote for mark in marks) else palette.text
        found: list[Line] = []
        if leaf.gap >= 0:
            found.append(Line(bars(marks[: leaf.gap], palette), ""))
        lead = Lead(marks, fresh, palette)
        match leaf.kind:
            case "text":
                found += [lead.line(row.spans, join=row.join) for row in self._paragraph(block, base, prose)]
            case "heading":
                style = base + palette.headings[leaf.level - 1]
                styled = inline("\n".join(leaf.lines), style, palette, self._parser.references)
                found += [lead.line(row.spans, join=row.join) for row in wrap(styled, prose)]
            case "rule":
                found.append(lead.line([("─" * prose, palette.faint)], copied="---"))
            case "table":
                if not isinstance(block.memo, Table):
                    block.memo = Table(base, palette, self._parser.references)
                found += block.memo.lines(leaf.lines, room, lead)
            case "code":
                found += code_rows(leaf, lead, palette, room, prose)
            case "raw":
                for line in leaf.lines:
                    found += [lead.line(row.spans, join=row.join) for row in wrap([(line, palette.text)], prose)]
        if leaf.glue and leaf.lines:  # an opening fence can be too long for one piece, too
            found[-1] = found[-1]._replace(join=" " if leaf.lines[-1].endswith(" ") else "")
        return found

    def _paragraph(self, block: Block, base: Style, width: int) -> list[Row]:
        text = "\n".join(line.rstrip() if line[-2:] == "  " else line for line in block.leaf.lines)
        stops = [*cuts(text), len(text)]
        references = self._parser.references
        if len(stops) == 1:
            return wrap(inline(text, base, self.palette, references), width)
        memo = block.memo if isinstance(block.memo, list) else []
        block.memo = memo
        found: list[Row] = []
        carry: list[Span] = []
        start = 0
        for at, stop in enumerate(stops):
            run = text[start:stop]
            start = stop
            if at < len(memo) and memo[at][0] == run:
                _, rows, carry = memo[at]
            else:
                del memo[at:]
                rows = wrap([*carry, *inline(run, base, self.palette, references)], width)
                if stop < len(text):
                    carry = rows.pop().spans
                    memo.append((run, rows, carry))
            found += rows
        return found


def _guess(leaf: Leaf, width: int, limit: int) -> int:
    used = sum(len(mark.label) for mark in leaf.marks)
    room = max(4, width - used)
    extra = (leaf.gap >= 0) + (leaf.kind == "code" and not leaf.cont)
    if leaf.kind in {"text", "heading"}:
        room = max(4, min(room, limit - used))
    if leaf.kind == "table":
        columns = leaf.lines[1].count("|")
        return (len(leaf.lines) if columns <= COLUMNS_MAX else columns * (len(leaf.lines) - 2)) + extra
    return (
        sum((len(line) - 1) // room + 1 if line else 1 for line in leaf.lines) or (leaf.kind in {"text", "rule"})
    ) + extra


def warm() -> None:
    """Loads what the first emphasis and the first code would wait for. Any thread may do it."""
    inline("*a*", MONOCHROME.text, MONOCHROME, {})
    highlight(["a"], "python", MONOCHROME)
