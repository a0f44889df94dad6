"""A configuration file's bytes to a table, or to the one sentence that says why not. Caps come before the parser:
a 40 KB dotted key would cost the standard library's parser seconds and gigabytes.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chattui import safe
from chattui.errors import ConfigError

MOST_BYTES = 1024 * 1024
LONGEST_LINE = 8 * 1024
MOST_PARTS = 64

_DOTTED = re.compile(rf"""(?<![\w"'-])(?:[\w"'-]++[ \t]*+\.[ \t]*+){{{MOST_PARTS}}}""")
_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_CURLY = re.compile("[“”„‘’‚«»]")
_LONG_NUMBER = re.compile(r"\d{4000}")


class Unreadable(ConfigError):
    """The file is not a configuration. `line` and `column` count from 1; 0 = the file as a whole."""

    def __init__(self, text: str, *, hint: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(text, hint=hint)
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was found: its bytes, and who else may touch it."""

    data: bytes
    seen_by_others: bool = False
    """Group or others may read it."""
    changed_by_others: bool = False
    """Others may write it, or it belongs to another person."""


def file(path: Path) -> File | None:
    """The file, or None when there is none. Never blocks on a pipe, never reads more than the cap.

    Raises Unreadable.
    """
    try:
        info = path.stat()
        if not stat.S_ISREG(info.st_mode):
            raise Unreadable("is not a file.", hint="Move it away; chattui config init writes a new one.")
        with path.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise Unreadable("is a link to a file that does not exist.") from None
        return None
    except OSError as error:
        raise Unreadable(f"cannot be read: {(error.strerror or type(error).__name__).lower()}.") from None
    if os.name != "posix":
        return File(data)
    foreign = info.st_uid not in {0, os.getuid()}
    return File(data, bool(info.st_mode & 0o044), foreign or bool(info.st_mode & 0o002))


def text(data: bytes) -> str:
    """The text of a file: UTF-8, with or without a byte order mark; line ends become LF. Raises Unreadable."""
    if len(data) > MOST_BYTES:
        raise Unreadable("The file is larger than 1 MiB.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("The file is UTF-16, not UTF-8.", hint="Save it as UTF-8.", line=1, column=1)
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").replace("\r\n", "\n")
        line, column = _end(before)
        raise Unreadable(
            f"The file is not UTF-8: byte 0x{data[error.start]:02x}.",
            hint="Save it as UTF-8.",
            line=line,
            column=column,
        ) from None


def table(source: str) -> dict[str, Any]:
    """The table that a text describes. Raises Unreadable for the first mistake of syntax."""
    if len(source) > MOST_BYTES:
        raise Unreadable("The file is larger than 1 MiB.")
    for number, content in enumerate(source.split("\n"), 1):
        if len(content) > LONGEST_LINE:
            raise Unreadable(
                "This line is longer than 8 KiB.", hint='Break long text with """…""".', line=number, column=1
            )
        if content.count(".") >= MOST_PARTS and (found := _DOTTED.search(content)):
            raise Unreadable(f"A key has more than {MOST_PARTS} parts.", line=number, column=found.start() + 1)
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise _explained(str(error), source) from None
    except RecursionError:
        raise Unreadable("Arrays or tables are nested too deeply.") from None
    except ValueError:  # int() refuses thousands of digits
        number_at = _LONG_NUMBER.search(source)
        line, column = _end(source[: number_at.start()]) if number_at else (0, 0)
        raise Unreadable("A number is too long.", line=line, column=column) from None


def _end(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _explained(message: str, source: str) -> Unreadable:
    """The parser's message in our words where they can help more; what stands on the line is never repeated."""
    line, column = _end(source)
    if place := _PLACE.search(message):
        message = message[: place.start()]
        if place[1]:
            line, column = int(place[1]), int(place[2])
    content = source.split("\n")[line - 1] if line <= source.count("\n") + 1 else ""
    what, hint = safe.line(message), ""
    if _CURLY.search(content):
        hint = "The line has curly quotes; TOML wants straight ones: \" or '."
    elif "\\" in content and ("escape" in message or "hex" in message or "'\\\\'" in message):
        hint = "In \"…\" a backslash starts an escape: write '…' instead, or \\\\ for each backslash."
    elif message.startswith("Illegal character '\\n'"):
        what, hint = "A string is not closed on its line", 'Add the missing quote, or use """…""" for several lines.'
    elif message.startswith("Cannot declare"):
        hint = "A table may have only one [header]; put its keys together."
    elif message.startswith("Cannot overwrite"):
        what = "A key is given twice"
    elif message.startswith("Invalid value"):
        hint = 'Text needs quotes: key = "text".'
    elif "\r" in content:
        hint = "The file has old Mac line ends; save it with Unix or Windows ones."
    return Unreadable(f"{what}.", hint=hint, line=line, column=column)
