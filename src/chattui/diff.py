"""What differs between two texts: line by line beside each other, and word by word within lines that changed.

The search is Myers' (An O(ND) Difference Algorithm, 1986), with a bound on D: it costs the square of the number
of edits, and texts that differ in more than that many places are told as wholly different. difflib's is cubic where
blanks are all that two texts have in common.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

Piece = tuple[str, bool]
"""A part of a line, and whether the other text does not have it."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_WORDS = re.compile(rf"[{_CJK}]|[^\W{_CJK}]+|[^\S\n]+|\n|[^\w\s]")
"""Chinese, Japanese and Korean have no blanks between words: there, each character is one."""
MOST_EDITS = 800
"""Words or lines that may have come and gone: a tenth of a second."""
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
    found: list[Pair] = []
    for a, b, c, d, same in _runs(one, other):
        if same:
            found += _beside(_plain(one[a:b]), _plain(other[c:d]))
        elif a < b and c < d:
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
    runs = _runs(one, other)
    common = sum(not word.isspace() for a, b, _, _, same in runs if same for word in one[a:b])
    if 2 * common >= ALIKE * sum(not word.isspace() for word in (*one, *other)):
        lefts = [("".join(one[a:b]), not same) for a, b, _, _, same in runs]
        rights = [("".join(other[c:d]), not same) for _, _, c, d, same in runs]
        return _lines(lefts), _lines(rights)
    return _plain(left.split("\n"), changed=True), _plain(right.split("\n"), changed=True)


def _lines(pieces: Iterable[Piece]) -> list[tuple[Piece, ...]]:
    found: list[list[Piece]] = [[]]
    for text, changed in pieces:
        first, *others = text.split("\n")
        found[-1].append((first, changed))
        found += [[(other, changed)] for other in others]
    return [tuple(piece for piece in line if piece[0]) or (("", False),) for line in found]


# ---------------------------------------------------------------- the search

Run = tuple[int, int, int, int, bool]
"""one[a:b] stands beside other[c:d]; whether they are the same."""


def _runs(one: Sequence[str], other: Sequence[str]) -> list[Run]:
    """Both sequences cut into runs that are the same and runs that are not, in turn."""
    start, most = 0, min(len(one), len(other))
    while start < most and one[start] == other[start]:
        start += 1
    end = 0
    while end < most - start and one[-1 - end] == other[-1 - end]:
        end += 1
    inner = _matches(one[start : len(one) - end], other[start : len(other) - end]) or []
    matches = [(at, at) for at in range(start)] + [(start + x, start + y) for x, y in inner]
    matches += [(len(one) - at, len(other) - at) for at in range(end, 0, -1)]
    found: list[Run] = []
    a = c = 0
    for x, y in (*matches, (len(one), len(other))):
        if x > a or y > c:
            found.append((a, x, c, y, False))
        if x < len(one) or y < len(other):
            if found and found[-1][4]:
                found[-1] = (found[-1][0], x + 1, found[-1][2], y + 1, True)
            else:
                found.append((x, x + 1, y, y + 1, True))
        a, c = x + 1, y + 1
    return found


def _matches(one: Sequence[str], other: Sequence[str]) -> list[tuple[int, int]] | None:
    """Where the sequences meet when as little as can be has come and gone; None beyond MOST_EDITS."""
    n, m = len(one), len(other)
    far = {1: 0}  # on each diagonal, how far in `one` so many edits lead
    trail: list[dict[int, int]] = []
    for edits in range(min(n + m, MOST_EDITS) + 1):
        trail.append(dict(far))
        for k in range(-edits + 2 * max(0, edits - m), edits - 2 * max(0, edits - n) + 1, 2):
            x = far[k + 1] if k == -edits or (k != edits and far[k - 1] < far[k + 1]) else far[k - 1] + 1
            while x < n and x - k < m and one[x] == other[x - k]:
                x += 1
            far[k] = x
            if x >= n and x - k >= m:
                return _back(trail, n, m)
    return None


def _back(trail: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for edits in range(len(trail) - 1, -1, -1):
        far, k = trail[edits], x - y
        down = k == -edits or (k != edits and far.get(k - 1, -1) < far.get(k + 1, -1))
        before = far[k + 1] if down else far[k - 1]
        over = before - (k + 1 if down else k - 1)
        while x > before and y > over and x > 0 and y > 0:
            x, y = x - 1, y - 1
            found.append((x, y))
        x, y = before, over
    return found[::-1]
