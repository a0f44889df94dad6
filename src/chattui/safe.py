"""What untrusted text may do to a terminal: nothing.

Every character that could steer a terminal or hide is replaced one for one (never deleted: deleting lets remnants join
into new sequences). Apply at the sinks — the store keeps what was really said. For Markdown apply twice: to the source
and to the final segments, because HTML entities come alive in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote, urlsplit

ESCAPES = {code: 0x2400 + code for code in range(0x20) if code not in {0x09, 0x0A}}  # ␀ … ␟
LINE_ENDS = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), "\n")
HIDDEN = dict.fromkeys(
    (
        *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C,  # bidi controls
        *range(0xE0000, 0xE0080),  # tag characters
        *range(0xE0100, 0xE01F0),  # variation selectors, which can carry any bytes unseen
        *range(0x2060, 0x2065), 0xFEFF, 0x00AD, 0x200B, 0x180E,  # invisible, and of no use to a reader
        0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFFF9, 0xFFFC),  # Hangul fillers, interlinear marks
    ),
    "␦",
)  # fmt: skip
BROKEN = dict.fromkeys(
    (
        *range(0x80, 0xA0), *range(0xD800, 0xE000),  # C1, lone surrogates
        *range(0xFDD0, 0xFDF0), *(plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF)),
    ),
    "\ufffd",
)  # fmt: skip
TABLE: dict[int, int | str] = {**BROKEN, **ESCAPES, 0x7F: "␡", **HIDDEN, **LINE_ENDS}


def _ranges(codes: list[int]) -> str:
    """A character class of runs: compiling one of single characters takes longer than all else at start."""
    ends = [code for code in codes if code + 1 not in TABLE]
    starts = [code for code in codes if code - 1 not in TABLE]
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))


_SUSPECT = re.compile(f"[{_ranges(sorted(TABLE))}]")
_find: Callable[[str], object] = _SUSPECT.search
_MEANT = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"  # the flags of England, Scotland, Wales …
    "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff][\U000e0100-\U000e01ef](?![\U000e0100-\U000e01ef]))"  # kanji
)
"""Sequences in which characters that can hide something are what a person means."""


def clean(text: str) -> str:
    """Text of any number of lines that may be shown. Newlines and tabs stay; every other control is made visible."""
    if text.isascii() and text.isprintable():  # the common case of a delta, at the speed of C
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not _find(text):
        return text
    parts = _MEANT.split(text)
    parts[::2] = [part.translate(TABLE) for part in parts[::2]]
    return "".join(parts)


def line(text: str, limit: int = 200) -> str:
    """One line that may be shown: titles, names, labels. Runs of blanks become one; cut to `limit` characters with …"""
    words = " ".join(clean(text[: limit * 8]).split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def link(url: str) -> str | None:
    """The address if it may be opened: http, https or mailto, without controls. None for everything else.

    Looked at after un-quoting, because "%66ile:" is "file:" to whoever opens it.
    """
    address = url.strip()
    plain = unquote(address)
    if (
        not address
        or plain != clean(plain)
        or any(character.isspace() for character in address)
        or not plain.isprintable()
    ):
        return None
    try:
        parts = urlsplit(plain)
        host = parts.hostname
    except ValueError:
        return None
    match parts.scheme.lower():
        case "http" | "https":
            return address if host else None
        case "mailto":
            return address if parts.path and not parts.path.startswith("-") else None
        case _:
            return None
