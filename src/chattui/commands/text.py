"""Text that arrives in pieces, on its way to standard output or standard error.

A piece may end inside a unit: between CR and LF, or between the halves of a surrogate pair. Such an end is held back
until the next piece, so that any cut of a text prints the same.
"""

from __future__ import annotations

from typing import TextIO

from chattui import safe


class Printer:
    """Text onto `stream`, flushed at every piece. `clean` = a terminal reads it. Raises OSError as the stream does."""

    def __init__(self, stream: TextIO, *, clean: bool) -> None:
        self._stream = stream
        self._pieces = safe.Pieces() if clean else None
        self._held = ""
        self.at_line_start = True
        """Whether the next piece would start a line."""

    def write(self, text: str) -> None:
        """Print the piece, but for an end that the next piece may change."""
        if self._held:
            text, self._held = self._held + text, ""
        if "\ud800" <= (last := text[-1:]) <= "\udbff":
            text, self._held = text[:-1], last
        self._put(text)

    def end(self, *, line: bool = False) -> None:
        """Print what was held back; with `line` also a line end where there is none yet."""
        held, self._held = self._held, ""
        self._put(held)
        if self._pieces is not None:
            self._print(self._pieces.end())
        if line and not self.at_line_start:
            self._put("\n")

    def _put(self, text: str) -> None:
        if text and not text.isascii():
            text = paired(text)
        self._print(text if self._pieces is None else self._pieces.feed(text))

    def _print(self, text: str) -> None:
        if text:
            self._stream.write(text)
            self._stream.flush()
            self.at_line_start = text[-1] == "\n"


def paired(text: str) -> str:
    """The text with surrogate pairs as one character; halves without the other become U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
