"""The leaves of a Markdown text while it is read: the open one grows, may be cut, and ends."""

from __future__ import annotations

from chattui.tui import blocks
from chattui.tui.blocks import ROOT, Box, Kind, Leaf, Mark, indent, unindented


class Leaves:
    """What `Parser` knows while it reads: the open containers and the leaves so far."""

    def __init__(self) -> None:
        self.leaves: list[Leaf] = []
        self.references: dict[str, dict[str, str]] = {}
        self.boxes: list[Box] = [ROOT]
        self.open: Leaf | None = None
        self.blank = False
        self.shown = 0  # marks whose labels have been shown
        self.fence = ""
        self.fence_indent = 0
        self.size = 0  # characters in the open leaf
        self.blanks = 0  # blank lines at the end of indented code
        self.codes = 0

    @property
    def tail(self) -> int:
        """The index of the first leaf that may still change; all before it are final."""
        return len(self.leaves) - (self.open is not None)

    def _paragraph(self) -> Leaf | None:
        leaf = self.open
        return leaf if leaf is not None and leaf.kind == "text" and leaf.lines else None

    def _open(self, kind: Kind, *lines: str) -> Leaf:
        leaf = self.open
        if leaf is not None and leaf.kind == "text" and not leaf.lines:  # an empty item gets its content after all
            self.leaves.pop()
            self.shown = leaf.fresh
            self.blank = leaf.gap >= 0
        marks = tuple(box.mark for box in self.boxes[1:])
        content = list(lines)
        if kind == "text" and content and self.shown < len(marks) and (task := blocks.TASK.match(content[0])):
            done = task[1] != " "
            content[0] = content[0][task.end() :]
            marks = (*marks[:-1], Mark("☑ " if done else "☐ ", "- [x] " if done else "- [ ] "))
            self.boxes[-1] = self.boxes[-1]._replace(mark=marks[-1])
        leaf = Leaf(kind, marks, self.shown, -1, content)
        if self.leaves:
            above = self.leaves[-1]
            if self.blank or blocks.apart(above, leaf):
                shared = 0
                while shared < min(len(marks), len(above.marks)) and marks[shared] is above.marks[shared]:
                    shared += 1
                leaf.gap = shared
        self.boxes[-1] = self.boxes[-1]._replace(list=None, empty=False)
        self.leaves.append(leaf)
        self.shown = len(marks)
        self.blank = False
        self.open = leaf
        self.size = len(content[0]) if content else 0
        self.blanks = 0
        if kind == "code":
            self.codes += 1
            leaf.number = self.codes
        return leaf

    def _cut(self, leaf: Leaf) -> Leaf:
        """A new leaf that goes on with the open one."""
        more = Leaf(leaf.kind, leaf.marks, len(leaf.marks), -1, [])
        more.cont, more.info, more.number = True, leaf.info, leaf.number
        self.leaves.append(more)
        self.open = more
        self.size = 0
        return more

    def _end(self) -> None:
        """The open leaf is final."""
        leaf, self.open = self.open, None
        self.fence = ""
        if leaf is not None and leaf.kind == "text" and not leaf.cont and leaf.lines and leaf.lines[0].startswith("["):
            while leaf.lines and (found := blocks.definition(leaf.lines[0])):
                self.references.setdefault(*found)
                del leaf.lines[0]
            if not leaf.lines and leaf.fresh == len(leaf.marks):
                self.leaves.pop()
                self.blank = self.blank or leaf.gap >= 0

    def _code(self, leaf: Leaf, rest: str) -> bool:
        """One more line of code; False when it is not, and the block ended before it."""
        if self.fence:
            found = blocks.FENCE.match(rest)
            if found and found[2].startswith(self.fence) and not rest[found.end() :].strip():
                self._end()
                return True
            if self.fence_indent:
                rest = unindented(rest, min(self.fence_indent, indent(rest)))
        elif not rest or rest.isspace():
            self.blanks += 1
            return True
        elif indent(rest) < 4:
            self.blank = self.blank or self.blanks > 0
            self._end()
            return False
        else:
            leaf.lines += [""] * self.blanks
            self.blanks = 0
            rest = unindented(rest, 4)
        full = self.size >= blocks.STEP_MAX
        if full or (self.size >= blocks.STEP and blocks.TOP.match(rest) and blocks.settled(leaf.lines)):
            leaf = self._cut(leaf)
        leaf.lines.append(rest)
        self.size += len(rest) + 1
        return True

    def _table(self, para: Leaf, rest: str) -> None:
        header = para.lines.pop()
        if not para.lines:
            self.leaves.pop()
            self.shown, self.blank = para.fresh, para.gap >= 0
        self._end()
        self._open("table", header, rest.strip())

    def _more(self, text: str) -> None:
        """More of the line that the open leaf ends with."""
        leaf = self.open
        if leaf is None:
            self._open("text", text)
        elif leaf.kind == "table":
            leaf.lines[-1] += text
        else:
            leaf.glue = True
            self._cut(leaf).lines.append(text)
            self.size = len(text)
