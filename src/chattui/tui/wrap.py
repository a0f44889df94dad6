"""Styled text cut into rows by cells: never inside a grapheme cluster, at blanks where there are any."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rich.cells import cell_len, split_graphemes
from rich.style import Style

Span = tuple[str, Style]

_ODD = re.compile("[^ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2010-\u2027\u2030-\u203b\u2190-\u2193\u2500-\u25fc]")
"""Finds nothing in text whose characters are all one cell wide: the common case, measured at the speed of C."""
_CLOSING = frozenset(
    "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】°′″℃％‰ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
"""What may not begin a row of Chinese or Japanese text."""


class Row(NamedTuple):
    """One row: its spans, and what stood between it and the next: a newline, a blank, or nothing (in a word)."""

    spans: list[Span]
    join: str

    @property
    def text(self) -> str:
        return "".join([text for text, _ in self.spans])


def plain(text: str) -> bool:
    """Whether every character of the text is one cell wide and stands for itself, as far as a glance can tell."""
    return not _ODD.search(text)


def cells(text: str) -> int:
    """The cells that the text takes on a screen."""
    return len(text) if not _ODD.search(text) else cell_len(text)


def wrap(spans: Sequence[Span], width: int) -> list[Row]:
    """The rows of the text, none wider than `width` cells (unless one cluster is). Newlines in it end rows."""
    text = "".join(part for part, _ in spans) if len(spans) != 1 else spans[0][0]
    width = max(1, width)
    found: list[tuple[int, int, str]] = []
    at = 0
    for line in text.split("\n"):
        if len(line) * 2 <= width:
            found.append((at, at + len(line), "\n"))
        elif _ODD.search(line):
            found += _wide(line, at, width)
        else:
            found += _narrow(text, at, at + len(line), width)
        at += len(line) + 1
    if len(spans) == 1:
        style = spans[0][1]
        return [Row([(text[start:end], style)] if end > start else [], join) for start, end, join in found]
    return _sliced(spans, found)


def _narrow(text: str, start: int, end: int, width: int) -> Iterable[tuple[int, int, str]]:
    while end - start > width:
        blank = text.rfind(" ", start, start + width + 1)
        if blank <= start or text[start:blank].isspace():
            yield start, start + width, ""
            start += width
            continue
        stop = blank
        while text[stop - 1] == " ":
            stop -= 1
        yield start, stop, " "
        start = blank + 1
        while start < end and text[start] == " ":
            start += 1
    yield start, end, "\n"


def _wide(line: str, offset: int, width: int) -> Iterable[tuple[int, int, str]]:
    clusters, _ = split_graphemes(line)
    start = used = since = 0  # `since`: cells after the last place where the row may be cut
    cut = -1
    join = ""
    before = 0
    for first, last, size in clusters:
        character = line[first]
        if character == " ":
            if used + size <= width or used == 0:
                used += size
                if line[start:first].strip():
                    cut, join, since = last, " ", 0
                before = size
                continue
            yield offset + start, offset + first, " "
            start, used, cut, since, before = last, 0, -1, 0, 0
            continue
        if first > start and 2 in (size, before) and line[first - 1] != " " and character not in _CLOSING:
            cut, join, since = first, "", 0
        if used + size > width and used:
            if cut > start:
                yield offset + start, offset + len(line[:cut].rstrip(" ")), join
                start, used = cut, since
            else:
                yield offset + start, offset + first, ""
                start, used = first, 0
            cut, since = -1, used
            if used and used + size > width:  # the rest of a word and a wide cluster
                yield offset + start, offset + first, ""
                start, used, since = first, 0, 0
        used += size
        since += size
        before = size
    yield offset + start, offset + len(line), "\n"


def _sliced(spans: Sequence[Span], found: Sequence[tuple[int, int, str]]) -> list[Row]:
    rows: list[Row] = []
    index = 0
    begin = 0  # where spans[index] begins in the text
    for start, end, join in found:
        row: list[Span] = []
        while index < len(spans) and begin + len(spans[index][0]) <= start:
            begin += len(spans[index][0])
            index += 1
        at, here = index, begin
        while at < len(spans) and here < end:
            text, style = spans[at]
            part = text[max(0, start - here) : end - here]
            if part:
                row.append((part, style))
            here += len(text)
            at += 1
        rows.append(Row(row, join))
    return rows
