"""JSON of any size, value by value: an array is read element by element, lines of JSONL one by one.

Only one value is in memory at a time, and what stands before a break in the file is read.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from chattui.events import JSON
from chattui.imports import Skipped

PIECE = 1024 * 1024
MOST = 64 * 1024 * 1024
"""Characters of one value: as much as the store keeps in one document."""
_BLANKS = re.compile(r"[\s,]*")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the file, and where: `number` counts from 1; `inside` means an element of the array that it is."""

    value: JSON
    number: int
    inside: bool


def values(stream: Readable) -> Iterator[Value | Skipped]:
    """The values in the stream; last of all why it goes no further, if it does not end well. Raises OSError."""
    return _Reader(stream).values()


class _Reader:
    """A window on the text of the stream."""

    def __init__(self, stream: Readable) -> None:
        self.stream = stream
        self.window = ""
        self.at = 0
        self.passed = 0
        """Characters before the window."""
        self.ended = False
        self.wrong = ""
        start = stream.read(3)
        mark, name = next(((mark, name) for mark, name in _MARKS if start.startswith(mark)), (b"", "utf-8"))
        self.decode = codecs.getincrementaldecoder(name)()
        self._take(start[len(mark) :])
        self.decoder = json.JSONDecoder(parse_constant=lambda _: None)

    def _take(self, data: bytes) -> None:
        try:
            self.window += self.decode.decode(data, final=self.ended)
        except UnicodeDecodeError as error:
            self.window += data[: error.start].decode(errors="ignore")
            self.ended, self.wrong = True, "it is not UTF-8 text from there on"

    def more(self, size: int = PIECE) -> bool:
        """Let the window grow; whether it did."""
        if self.ended:
            return False
        data = self.stream.read(size)
        self.passed += self.at
        self.window, self.at = self.window[self.at :], 0
        self.ended = not data
        self._take(data)
        return not self.ended or bool(data)

    def skip(self) -> str:
        """Pass blanks and commas; the character that follows, "" at the end."""
        while True:
            found = _BLANKS.match(self.window, self.at)
            assert found is not None
            self.at = found.end()
            if self.at < len(self.window):
                return self.window[self.at]
            if not self.more():
                return ""

    def values(self) -> Iterator[Value | Skipped]:
        """See `values` above."""
        inside = self.skip() == "["
        self.at += inside
        number = 0
        while (sign := self.skip()) and not (inside and sign == "]"):
            number += 1
            found = self.one()
            if isinstance(found, Value):
                yield Value(found.value, number, inside)
                continue
            yield Skipped(f"value {number}, at character {self.passed + self.at:,}", found)
            if inside or not self.next_line():
                return
        if inside and not sign:
            why = self.wrong or "it ends in the middle"
            yield Skipped(f"after value {number}", f"The file is cut off: {why}; what stands before is read.")

    def one(self) -> Value | str:
        """The value here, or why there is none."""
        size = PIECE
        while True:
            try:
                value, self.at = self.decoder.raw_decode(self.window, self.at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith(("Unterminated", "Invalid \\")) or error.pos >= len(self.window) - 16
                if cut and len(self.window) - self.at > MOST:
                    return "It is larger than 64 MiB."
                if cut and self.more(size):
                    size *= 2
                    continue
                return (
                    f"It is cut off: {self.wrong or 'the file ends in it'}."
                    if cut
                    else f"It is no JSON: {_why(error)}."
                )
            except RecursionError:
                return "It is nested too deeply."
            except ValueError:
                return "It holds a number that is too long."
            else:
                return Value(value, 0, inside=False)

    def next_line(self) -> bool:
        """Go behind the next line end; whether there is one."""
        while (found := self.window.find("\n", self.at)) < 0:
            self.at = len(self.window)
            if not self.more():
                return False
        self.at = found + 1
        return True


def _why(error: json.JSONDecodeError) -> str:
    return error.msg[:1].lower() + error.msg[1:].removesuffix(" (char 0)")
