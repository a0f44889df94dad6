"""The block structure of Markdown, line by line: each line is looked at once, so the cost of a reply never grows.

The algorithm is CommonMark's own (https://spec.commonmark.org/0.31.2/#appendix-a-parsing-strategy) with GFM tables and
task lists and without raw HTML, which is text here. Containers are flattened: what comes out is a list of leaves, each
with the marks (quote bars, list labels) that stand before it. markdown-it reads what is inside of a leaf (`inline`).

Very long code blocks and paragraphs are cut into several leaves, where possible at ends of lines, so that no leaf grows
for ever. A very long line is read in pieces: what it is shows in the first one.
"""

from __future__ import annotations

import re

from chattui.tui import blocks
from chattui.tui.blocks import Box, Leaf, Mark, indent, unindented
from chattui.tui.leaves import Leaves


class Parser(Leaves):
    """Feed it complete lines (without their ends); `leaves` grows. `peek` shows what one more line would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = False  # the beginning of this line has been read

    # ------------------------------------------------------------ one line

    def line(self, text: str) -> None:
        """One more complete line, or what is left of one."""
        self._begin(self.pieces(text))
        self.begun = False

    def pieces(self, text: str) -> str:
        """The beginning of a line, if it is too long to be read at once. Returns what is left of it."""
        while size := blocks.piece(text):
            self._begin(text[:size])
            text = text[size:]
        return text

    def _begin(self, text: str) -> None:
        if self.begun:
            self._more(text)
            return
        self.begun = True
        if "\t" in text and not self.fence and (lead := blocks.LEAD.match(text)) and lead.end():
            text = lead.group().expandtabs(4) + text[lead.end() :]
        boxes, leaf = self.boxes, self.open
        matched, rest = 1, text
        while matched < len(boxes):
            box = boxes[matched]
            if box.mark.quote:
                if not (found := blocks.QUOTE.match(rest)):
                    break
                rest = rest[found.end() :]
            elif not rest or rest.isspace():
                if box.empty and matched == len(boxes) - 1:
                    break
                rest = ""
            elif indent(rest) >= box.indent:
                rest = unindented(rest, box.indent)
            else:
                break
            matched += 1
        if matched == len(boxes) and leaf is not None and leaf.kind == "code" and self._code(leaf, rest):
            return
        if not rest or rest.isspace():
            self._blank(matched)
        else:
            self._starts(rest, matched)

    def end(self) -> None:
        """No more lines will come."""
        self._close(1)
        self._end()

    def _starts(self, rest: str, matched: int) -> None:
        opened = False
        while True:
            all_matched = matched == len(self.boxes)
            para = self._paragraph()
            here = para if all_matched else None  # a paragraph that this line could go on with or end
            if indent(rest) >= 4:
                if para is None:
                    self._close(matched)
                    self._open("code", unindented(rest, 4))
                    self.fence = ""
                    return
                break
            nests = len(self.boxes) <= blocks.DEEPEST
            if nests and (found := blocks.QUOTE.match(rest)):
                self._push(matched, Box(Mark("▎ ", "", quote=True)))
                rest = rest[found.end() :]
            elif found := blocks.HEADING.match(rest):
                self._close(matched)
                self._open("heading", blocks.heading(rest[found.end() :])).level = len(found[1])
                self._end()
                return
            elif (found := blocks.FENCE.match(rest)) and not (found[2][0] == "`" and "`" in rest[found.end() :]):
                self._close(matched)
                leaf = self._open("code")
                self.fence, self.fence_indent = found[2], len(found[1])
                leaf.info = (rest[found.end() :].split() or [""])[0]
                return
            elif here is not None and blocks.SETEXT.match(rest):
                here.kind, here.level = "heading", 1 if "=" in rest else 2
                self._end()
                return
            elif here is not None and blocks.DELIMITERS.match(rest) and blocks.is_table(here.lines[-1], rest):
                self._table(here, rest)
                return
            elif blocks.RULE.match(rest):
                self._close(matched)
                self._open("rule")
                self._end()
                return
            elif nests and (found := blocks.ITEM.match(rest)) and not (here and blocks.weak(found, rest)):
                rest = self._item(found, rest, matched)
            else:
                break
            opened = True
            matched = len(self.boxes)
            if not rest or rest.isspace():
                if not self.boxes[-1].mark.quote:
                    self._open("text")
                    self.boxes[-1] = self.boxes[-1]._replace(empty=True)
                return
        self._text(rest, matched, lazy=not opened)

    def _text(self, rest: str, matched: int, *, lazy: bool) -> None:
        leaf = self.open
        if self._paragraph() is not None and (lazy or matched == len(self.boxes)):
            assert leaf is not None
            full = self.size >= blocks.PARAGRAPH_MAX
            if matched == len(self.boxes) and self.size >= blocks.PARAGRAPH:
                leaf = self._cut(leaf) if full or blocks.balanced("\n".join(leaf.lines)) else leaf
            leaf.lines.append(rest.lstrip())
            self.size += len(rest)
        elif leaf is not None and leaf.kind == "table" and matched == len(self.boxes):
            if len(leaf.lines) > 2 and len(blocks.cells(leaf.lines[1])) > blocks.COLUMNS_MAX:
                head, leaf = leaf.lines[:2], self._cut(leaf)
                leaf.lines += head
            leaf.lines.append(rest.strip())
        else:
            self._close(matched)
            if self.boxes[-1].empty and self.open is not None:  # the item's own line was empty
                self.boxes[-1] = self.boxes[-1]._replace(empty=False)
                self.open.lines.append(rest.lstrip())
            else:
                self._open("text", rest.lstrip())

    def _blank(self, matched: int) -> None:
        if self.open is not None and self.open.kind == "code" and matched == len(self.boxes):
            return
        self._close(matched)
        self._end()
        if self.boxes[-1].empty:
            self._close(len(self.boxes) - 1)
        # quotes end at a blank line; items wait for what comes
        self.blank = True

    # ------------------------------------------------------------ containers

    def _close(self, depth: int) -> None:
        """Only the first `depth` containers stay open; a leaf inside of the others ends."""
        if depth < len(self.boxes):
            self._end()
            del self.boxes[depth:]
            self.shown = min(self.shown, depth - 1)
        elif self.open is not None and (self.open.kind != "text" or self.open.lines):
            self._end()

    def _push(self, depth: int, box: Box) -> None:
        self._close(depth)
        if self.boxes[-1].empty and self.open is not None:
            leaf = self.leaves.pop()
            self.open, self.shown, self.blank = None, leaf.fresh, leaf.gap >= 0
        keep = None if box.mark.quote else box.list
        self.boxes[-1] = self.boxes[-1]._replace(list=keep, empty=False)
        self.boxes.append(box._replace(list=None))

    def _item(self, found: re.Match[str], rest: str, depth: int) -> str:
        self._close(depth)
        blanks = len(found[5])
        content = found.end(2) + (blanks if 1 <= blanks <= 4 and rest[found.end() :].strip() else 1)
        before = self.boxes[-1].list
        if found[3]:
            number = before[1] + 1 if before and before[0] == found[4] else int(found[3])
            label = f"{number}{found[4]} "
            mark, state = Mark(label, label), (found[4], number)
        else:
            nested = sum(1 for box in self.boxes[1:] if not box.mark.quote and not box.mark.label[0].isdigit())
            mark, state = Mark(f"{blocks.BULLETS[nested % 3]} ", "- "), (found[2], 0)
        self._push(depth, Box(mark, content, state))
        return rest[content:]

    # ------------------------------------------------------------ a look ahead

    def peek(self, text: str) -> list[Leaf]:
        """The leaves from the open one on, as they would be after this line. The parser stays as it was."""
        at = self.tail
        kept = dict(vars(self))
        self.boxes = list(self.boxes)
        self.references = dict(self.references)
        self.leaves = [blocks.copy(leaf) for leaf in self.leaves[max(0, at - 1) :]]
        offset = at - max(0, at - 1)
        if self.open is not None:
            self.open = self.leaves[-1]
        self.line(text)
        found = self.leaves[offset:]
        vars(self).update(kept)
        return found
