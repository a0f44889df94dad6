"""What Markdown's blocks are made of: leaves, the marks before them, and how a line says what it begins."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

Kind = Literal["text", "heading", "code", "rule", "table", "raw"]

QUOTE = re.compile(r" {0,3}> ?")
HEADING = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})")
RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
ITEM = re.compile(r"( {0,3})([-+*]|(\d{1,9})([.)]))( +|$)")
SETEXT = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
DELIMITERS = re.compile(r" {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
REFERENCE = re.compile(
    r""" {0,3}\[((?:[^\[\]\\]|\\.)+)\]:\s*(<[^<>]*>|[^\s<]\S*)(?:\s+("[^"]*"|'[^']*'|\([^()]*\)))?\s*$"""
)
TASK = re.compile(r"\[([ xX])\] +(?=\S)")
LEAD = re.compile(r"[\s>*+\-.)\d]*")
CELL = re.compile(r"(?<!\\)\|")
TOP = re.compile(r"[\w@#<$/'\"*.\-]")
BULLETS = "•◦▪"

DEEPEST = 32
"""Containers inside of each other; what would open more is text. A screen has no room for them, an attacker no time."""
STEP = 400
"""Characters of code after which a block may be cut: what is coloured again at most when a line arrives."""
STEP_MAX = 4_000
PARAGRAPH = 1_500
"""Characters of prose after which a block may be cut at the end of a line."""
PARAGRAPH_MAX = 6_000
"""Characters after which it is cut wherever that is, also inside of a line: what one leaf costs has a bound."""
RUN = 1_500
"""Characters after which a long line may be cut, so that what has been read need not be read again."""
RUN_MAX = 4_000
COLUMNS_MAX = 40
"""Columns beyond which no screen has room for a table: each row stands alone, as a list of names and values."""


class Mark(NamedTuple):
    """What stands before a leaf for one of its containers: a bar for a quote, a label for the first leaf of an item."""

    label: str
    copied: str
    """The label as it is copied."""
    quote: bool = False


class Leaf:
    """A block without children. `marks[fresh:]` are shown with their labels, the others as bars and blanks."""

    __slots__ = ("cont", "fresh", "gap", "glue", "info", "kind", "level", "lines", "marks", "number")

    def __init__(self, kind: Kind, marks: tuple[Mark, ...], fresh: int, gap: int, lines: list[str]) -> None:
        self.kind: Kind = kind
        self.marks = marks
        self.fresh = fresh
        self.gap = gap
        """How many marks the blank line before it shares with the leaf above; -1 = no blank line."""
        self.lines = lines
        self.level = 0
        """Of a heading: 1 to 6."""
        self.info = ""
        """Of code: its language."""
        self.number = 0
        """Of code: which block of the message it is, from 1."""
        self.cont = False
        """Whether it goes on where the leaf above was cut."""
        self.glue = False
        """Whether it was cut inside of its last line."""

    @property
    def sign(self) -> tuple[object, ...]:
        """Equal for leaves that are laid out alike."""
        flags = (self.kind, self.marks, self.fresh, self.gap, self.level, self.info, self.number, self.cont, self.glue)
        return (*flags, *self.lines)


class Box(NamedTuple):
    """An open container."""

    mark: Mark
    indent: int = 0
    list: tuple[str, int] | None = None
    """Delimiter and last number of the list that a next item in here would go on with."""
    empty: bool = False


ROOT = Box(Mark("", ""))


def copy(leaf: Leaf) -> Leaf:
    twin = Leaf(leaf.kind, leaf.marks, leaf.fresh, leaf.gap, list(leaf.lines))
    twin.level, twin.info, twin.number, twin.cont, twin.glue = leaf.level, leaf.info, leaf.number, leaf.cont, leaf.glue
    return twin


def indent(text: str) -> int:
    """Columns of blanks at the start; a tab reaches the next multiple of four."""
    bare = text.lstrip(" ")
    if not bare.startswith("\t"):
        return len(text) - len(bare)
    blanks = text[: len(text) - len(text.lstrip(" \t"))]
    return len(blanks.expandtabs(4))


def unindented(text: str, columns: int) -> str:
    """The text without that many columns of blanks; what a tab reaches beyond them stays as spaces."""
    if text[:columns].count(" ") == columns:
        return text[columns:]
    at = done = 0
    while done < columns and at < len(text) and text[at] in " \t":
        done += 1 if text[at] == " " else 4 - done % 4
        at += 1
    return " " * (done - columns) + text[at:]


def definition(line: str) -> tuple[str, dict[str, str]] | None:
    """What a line like `[label]: address "title"` defines: the label as references are compared, and what it means."""
    if not (found := REFERENCE.match(line)):
        return None
    from markdown_it.common.utils import normalizeReference  # noqa: PLC0415 — as in `inline`

    return normalizeReference(found[1]), {"href": found[2].strip("<>"), "title": (found[3] or "")[1:-1]}


def piece(text: str) -> int:
    """How much of the beginning of a line is read before the rest of it; 0 = all of it."""
    return (_cut(text[:PARAGRAPH_MAX], 0) or RUN_MAX) if len(text) > PARAGRAPH_MAX else 0


def cuts(text: str) -> list[int]:
    """Where a very long text is cut into runs that are read one by one. More text at its end never moves a cut."""
    found: list[int] = []
    start = 0
    while len(text) - start > RUN:
        cut = _cut(text, start)
        if cut is None:
            break
        found.append(cut)
        start = cut
    return found


def _cut(text: str, start: int) -> int | None:
    at = start + RUN
    for _ in range(20):
        blank = text.find(" ", at, start + RUN_MAX)
        if blank < 0:
            break
        if blank + 1 < len(text) and balanced(text[start:blank]):
            return blank + 1
        at = blank + 1
    if len(text) - start <= RUN_MAX + 200:
        return None
    blank = text.find(" ", start + RUN_MAX, start + RUN_MAX + 200)
    return blank + 1 if blank >= 0 else start + RUN_MAX


def heading(text: str) -> str:
    content = text.strip()
    bare = content.rstrip("#")
    return bare.rstrip() if not bare or bare[-1] in " \t" else content


def weak(found: re.Match[str], rest: str) -> bool:
    """An item that may not interrupt a paragraph: an empty one, or a number other than 1."""
    return not rest[found.end() :].strip() or (found[3] is not None and int(found[3]) != 1)


def is_table(header: str, delimiters: str) -> bool:
    return "|" in header and len(cells(header)) == len(cells(delimiters))


def cells(row: str) -> list[str]:
    """The cells of a table row: cut at pipes that are not escaped, outer pipes and blanks dropped."""
    parts = CELL.split(row.strip())
    if parts and not parts[0].strip():
        del parts[0]
    if parts and not parts[-1].strip():
        del parts[-1]
    return [part.strip().replace("\\|", "|") for part in parts]


def balanced(text: str) -> bool:
    """Whether no emphasis, code span or link seems to be open at the end: it may be cut here."""
    return (
        not any(text.count(sign) % 2 for sign in ("`", "**", "__", "~~"))
        and text.count("*") % 2 == 0
        and text.count("[") == text.count("]")
        and text.count("<") == text.count(">")
    )


def settled(lines: list[str]) -> bool:
    """Whether no string or comment of several lines seems to be open: code may be cut here."""
    text = "\n".join(lines)
    return (
        text.count('"""') % 2 == 0
        and text.count("'''") % 2 == 0
        and text.count("`") % 2 == 0
        and text.count("/*") <= text.count("*/")
        and text.count("<!--") <= text.count("-->")
    )


def apart(above: Leaf, leaf: Leaf) -> bool:
    """Whether two leaves look better with a blank line between them although the source has none."""
    if sum(mark.quote for mark in above.marks) != sum(mark.quote for mark in leaf.marks):
        return True
    if leaf.fresh < len(leaf.marks):  # the first of an item: lists stay as dense as they were written
        return False
    return leaf.kind != "text" or above.kind in {"code", "table", "rule"}
