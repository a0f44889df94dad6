"""Where a key stands in a TOML text: line and column, which the standard library's parser does not tell.

Only ever used on text that has been parsed without a mistake, and only when there is something to report.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress

Path = tuple[str | int, ...]
"""The way to a value: keys of tables and indices of arrays."""
Position = tuple[int, int]
"""Line and column, both from 1, in characters."""

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def positions(text: str) -> Mapping[Path, Position]:
    """Where every key, table header and array item of a valid TOML text stands first."""
    scan = _Scan(text.replace("\r\n", "\n"))
    with suppress(RecursionError, IndexError):  # what has been found so far still helps
        scan.document()
    return {path: _position(scan.text, at) for path, at in scan.found.items()}


def nearest(found: Mapping[Path, Position], path: Path) -> Position | None:
    """The place of `path`, or of the nearest thing around it that stands in the text."""
    for length in range(len(path), 0, -1):
        if (at := found.get(path[:length])) is not None:
            return at
    return None


def _position(text: str, at: int) -> Position:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


class _Scan:
    """One walk over the text; `found` holds offsets."""

    __slots__ = ("at", "found", "lengths", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.lengths: dict[Path, int] = {}
        """Of each array of tables: how many of its tables have begun."""

    def document(self) -> None:
        table: Path = ()
        while self.skip(_BLANK) < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)

    def skip(self, pattern: re.Pattern[str]) -> int:
        match = pattern.match(self.text, self.at)
        if match is None:
            raise IndexError(self.at)
        self.at = match.end()
        return self.at

    def header(self) -> Path:
        start, array = self.at, self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        parts = self.key()
        for number, (part, _) in enumerate(parts, 1):
            path = (*path, part)
            last = number == len(parts)
            if array and last:
                self.lengths[path] = self.lengths.get(path, 0) + 1
            self.found.setdefault(path, start)
            if path in self.lengths:
                path = (*path, self.lengths[path] - 1)
                self.found.setdefault(path, start)
        self.skip(_SPACE)
        self.at += 2 if array else 1
        return path

    def key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            start = self.skip(_SPACE)
            if self.text[start] in "\"'":
                self.skip(_STRING)
                name = next(iter(tomllib.loads(self.text[start : self.at] + "=0")))
            else:
                self.skip(_BARE_KEY)
                name = self.text[start : self.at]
            parts.append((name, start))
            if self.text[self.skip(_SPACE)] != ".":
                return parts
            self.at += 1

    def pair(self, table: Path) -> None:
        path = table
        for part, start in self.key():
            path = (*path, part)
            self.found.setdefault(path, start)
        self.at += 1  # the sign =
        self.skip(_SPACE)
        self.value(path)

    def value(self, path: Path) -> None:
        match self.text[self.at]:
            case '"' | "'":
                self.skip(_STRING)
            case "[":
                self.items(path)
            case "{":
                self.inline(path)
            case _:
                self.skip(_SCALAR)

    def items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self.text[self.skip(_BLANK)] != "]":
            item = (*path, index)
            self.found.setdefault(item, self.at)
            self.value(item)
            if self.text[self.skip(_BLANK)] == ",":
                self.at += 1
            index += 1
        self.at += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        while self.text[self.skip(_BLANK)] != "}":
            self.pair(path)
            if self.text[self.skip(_BLANK)] == ",":
                self.at += 1
        self.at += 1
