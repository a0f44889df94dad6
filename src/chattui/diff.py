"""What differs between two texts: line by line beside each other, and word by word within lines that changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

Piece = tuple[str, bool]
"""A part of a line, and whether the other text does not have it."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORDS = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\S\n]+|\n|[^\w\s]")
"""Chinese, Japanese and Korean have no blanks between words: there, each character is one."""
MOST_WORDS = 4_000
"""Words of a block beyond which it counts as changed as a whole: the search for what is common is quadratic."""
MOST_LINES = 5_000
ALIKE = 0.3
"""Share of common words below which two blocks are told as wholly different: crumbs in common only confuse."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A line of one text beside one of the other; None where one of them has none there."""

    left: tuple[Piece, ...] | None
    right: tuple[Piece, ...] | None

    @property
    def sign(self) -> str:
        """The same on both sides: a blank; only left: -, only right: +, changed: ~"""
        if self.left is None:
            return "+"
        if self.right is None:
            return "-"
        return "~" if any(changed for _, changed in (*self.left, *self.right)) else " "


def pairs(left: str, right: str) -> list[Pair]:
    """All lines of both texts, in their order."""
    one, other = left.split("\n"), right.split("\n")
    if max(len(one), len(other)) > MOST_LINES:
        return _beside(_plain(one, changed=one != other), _plain(other, changed=one != other))
    found: list[Pair] = []
    for what, a, b, c, d in SequenceMatcher(None, one, other).get_opcodes():
        if what == "equal":
            found += _beside(_plain(one[a:b]), _plain(other[c:d]))
        elif what == "replace":
            found += _beside(*_worded("\n".join(one[a:b]), "\n".join(other[c:d])))
        else:
            found += _beside(_plain(one[a:b], changed=True), _plain(other[c:d], changed=True))
    return found


def _plain(lines: Iterable[str], *, changed: bool = False) -> list[tuple[Piece, ...]]:
    return [((line, changed),) for line in lines]


def _beside(left: Sequence[tuple[Piece, ...]], right: Sequence[tuple[Piece, ...]]) -> list[Pair]:
    return [Pair(one, other) for one, other in zip_longest(left, right)]


def _worded(left: str, right: str) -> tuple[list[tuple[Piece, ...]], list[tuple[Piece, ...]]]:
    """Both blocks as lines of pieces."""
    one, other = _WORDS.findall(left), _WORDS.findall(right)
    if max(len(one), len(other)) <= MOST_WORDS:
        matcher = SequenceMatcher(None, one, other, autojunk=False)
        if matcher.ratio() >= ALIKE:
            codes = matcher.get_opcodes()
            lefts = [("".join(one[a:b]), what != "equal") for what, a, b, _, _ in codes]
            rights = [("".join(other[c:d]), what != "equal") for what, _, _, c, d in codes]
            return _lines(lefts), _lines(rights)
    return _plain(left.split("\n"), changed=True), _plain(right.split("\n"), changed=True)


def _lines(pieces: Iterable[Piece]) -> list[tuple[Piece, ...]]:
    found: list[list[Piece]] = [[]]
    for text, changed in pieces:
        first, *others = text.split("\n")
        found[-1].append((first, changed))
        found += [[(other, changed)] for other in others]
    return [tuple(piece for piece in line if piece[0]) or (("", False),) for line in found]
