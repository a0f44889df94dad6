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
        self._clean = clean
        self._held = ""
        self.at_line_start = True
        """Whether the next piece would start a line."""

    def write(self, text: str) -> None:
        """Print the piece, but for an end that the next piece may change."""
        if self._held:
            text, self._held = self._held + text, ""
        last = text[-1:]
        if (last == "\r" and self._clean) or "\ud800" <= last <= "\udbff":
            text, self._held = text[:-1], last
        self._put(text)

    def end(self, *, line: bool = False) -> None:
        """Print what was held back; with `line` also a line end where there is none yet."""
        held, self._held = self._held, ""
        self._put(held)
        if line and not self.at_line_start:
            self._put("\n")

    def _put(self, text: str) -> None:
        if not text:
            return
        if not text.isascii():
            text = paired(text)
        if self._clean:
            text = safe.clean(text)
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
