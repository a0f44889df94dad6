"""What untrusted text may do to a terminal: nothing.

Every character that could steer a terminal or hide is replaced one for one (never deleted: deleting lets remnants join
into new sequences). Apply at the sinks — the store keeps what was really said. For Markdown apply twice: to the source
and to the final segments, because HTML entities come alive in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import cache, cached_property
from itertools import groupby
from urllib.parse import unquote, urlsplit

VEIL = "␦"
"""What stands for a character that would not be seen."""
_LONGEST_OPEN = 8
FEW = 4
"""Hidden characters in a row that are named one by one."""


class _Signs:
    """The table and the patterns, each made when a text first needs it: most starts and most replies do without."""

    def __init__(self) -> None:
        escapes = {code: 0x2400 + code for code in range(0x20) if code not in {0x09, 0x0A}}  # ␀ … ␟
        line_ends = dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), "\n")
        hidden = dict.fromkeys(
            (
                *range(0x202A, 0x202F), *range(0x2066, 0x2070), 0x200E, 0x200F, 0x061C,  # bidi, deprecated controls
                *range(0xE0000, 0xE0080),  # tag characters
                *range(0xE0100, 0xE01F0),  # variation selectors, which can carry any bytes unseen
                *range(0x2060, 0x2065), 0xFEFF, 0x00AD, 0x200B, 0x180E,  # invisible, and of no use to a reader
                0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFFF9, 0xFFFC),  # Hangul fillers, interlinear marks
                0x034F, 0x17B4, 0x17B5, *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B),  # invisible in other ways
            ),
            VEIL,
        )  # fmt: skip
        ends = (plane + end for plane in range(0, 0x110000, 0x10000) for end in (0xFFFE, 0xFFFF))
        broken = dict.fromkeys(
            (*range(0x80, 0xA0), *range(0xD800, 0xE000), *range(0xFDD0, 0xFDF0), *ends),  # C1, lone surrogates
            "\ufffd",
        )
        self.table: dict[int, int | str] = {**broken, **escapes, 0x7F: "␡", **hidden, **line_ends}
        self.suspect: Callable[[str], object] = re.compile(f"[{_ranges(self.table)}]").search
        self.joiners = re.compile("[\u200c\u200d\ufe00-\ufe0f\u180b-\u180d\u180f]+")

    @cached_property
    def meant(self) -> re.Pattern[str]:
        """Sequences in which characters that can hide something are what a person means."""
        return re.compile(
            "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{2,6}\U000e007f"  # the flags of England, Wales …
            "|[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # a kanji in another form
            "[\U000e0100-\U000e01ef](?![\U000e0100-\U000e01ef]))"
        )

    @cached_property
    def joined(self) -> re.Pattern[str]:
        """Joiners and variation selectors as people use them. Runs of them, and those in Latin words, only hide."""
        return re.compile(
            "[\\d#*\u00a9-\u2027\u2030-\U0010ffff][\ufe00-\ufe0f\u180b-\u180d\u180f]"  # a selector after a sign
            "|[\u0300-\u2027\u2030-\U0010ffff](?:\u200c|\ufe0f?\u200d)"  # in scripts that join, and between emoji
        )

    @cached_property
    def open(self) -> re.Pattern[str]:
        """An end of a text that means something else with what follows it."""
        return re.compile(
            "(?:\r|\U0001f3f4[\U000e0020-\U000e007e]{0,6}|[\u200c\u200d\ufe00-\ufe0f\u180b-\u180d\u180f]{1,3}"
            "|[\U000e0100-\U000e01ef]{1,2})\\Z"
        )

    @cached_property
    def address(self) -> re.Pattern[str]:
        return re.compile(r"(?i)(https?://)\S+|(?:www\.\S+|[\w.-]+\.(?:com|org|net|gov|edu|io|info))(?:[/:]\S*)?")


_signs = cache(_Signs)


def _ranges(codes: Collection[int]) -> str:
    """A character class of runs: compiling one of single characters takes longer than all else at start."""
    ends = [code for code in sorted(codes) if code + 1 not in codes]
    starts = [code for code in sorted(codes) if code - 1 not in codes]
    return "".join(f"\\U{start:08x}-\\U{end:08x}" for start, end in zip(starts, ends, strict=True))


def clean(text: str) -> str:
    """Text of any number of lines that may be shown. Newlines and tabs stay; every other control is made visible."""
    if text.isascii() and text.replace("\n", "").isprintable():  # the common case, at the speed of C
        return text
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if not text.isascii():
        text = _signs().joiners.sub(_joined, text)
    if not _signs().suspect(text):
        return text
    parts = _signs().meant.split(text)
    parts[::2] = [part.translate(_signs().table) for part in parts[::2]]
    return "".join(parts)


def _joined(found: re.Match[str]) -> str:
    at = found.start()
    return found[0] if at and _signs().joined.fullmatch(found.string, at - 1, found.end()) else VEIL * len(found[0])


def hidden(text: str) -> int:
    """How many characters of the text would not be seen: `clean` shows a ␦ for each."""
    return 0 if text.isascii() else clean(text).count(VEIL) - text.count(VEIL)


def revealed(text: str) -> str:
    """The cleaned text with hidden characters named: ⟨U+202E⟩; a long run of them by its length: ⟨31 × U+E0xxx⟩."""
    text = text.replace("\r\n", "\n")
    found: list[str] = []
    for veiled, group in groupby(zip(text, clean(text), strict=True), lambda pair: pair[1] == VEIL != pair[0]):
        pairs = list(group)
        if not veiled:
            found.append("".join(shown for _, shown in pairs))
        elif len(pairs) <= FEW:
            found += [f"⟨U+{ord(character):04X}⟩" for character, _ in pairs]
        else:
            found.append(f"⟨{len(pairs)} × U+{ord(pairs[0][0]) >> 8:02X}xx⟩")
    return "".join(found)


def smuggled(text: str) -> str:
    """What tag characters and variation selectors in a text spell, as one line; "" when they spell nothing."""
    if text.isascii():
        return ""
    plain = "".join(_signs().meant.split(text)[::2])
    tags = "".join(chr(ord(character) - 0xE0000) for character in plain if 0xE0020 <= ord(character) < 0xE007F)
    octets = bytes(ord(character) - 0xE0100 + 16 for character in plain if 0xE0100 <= ord(character) < 0xE01F0)
    return line(" ".join(filter(None, (tags, octets.decode("utf-8", "replace")))), 400)


class Pieces:
    """Cleans text that arrives in pieces, so that any cut of it shows the same."""

    def __init__(self) -> None:
        self._held = ""
        self._before = ""

    def feed(self, text: str) -> str:
        """More of the text, cleaned, but for an end that the next piece may change."""
        if self._held:
            text = self._held + text
        if text.isascii() and text[-1:] != "\r":
            self._held, self._before = "", text[-1:] or self._before
            return clean(text)
        text = text.replace("\r\n", "\n")
        found = _signs().open.search(text, max(0, len(text) - _LONGEST_OPEN))
        at = found.start() if found else len(text)
        self._held, before = text[at:], len(self._before)
        shown = clean(self._before + text)[before : before + at]
        self._before = text[at - 1 : at] or self._before
        return shown

    def end(self) -> str:
        """What was held back."""
        shown = clean(self._before + self._held)[len(self._before) :]
        self._held = self._before = ""
        return shown


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


def host(address: str) -> str:
    """The host of an address in its ASCII form, so that look-alike letters show; for mailto: the mailbox."""
    parts = urlsplit(unquote(address))
    if parts.scheme.lower() == "mailto":
        return line(parts.path)
    name = parts.hostname or ""
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return line(ascii(name)[1:-1])


def poses(words: str, address: str) -> bool:
    """Whether the words of a link are an address themselves, of another host than the one it leads to."""
    if not (found := _signs().address.fullmatch(words.strip())):
        return False
    try:
        said = host(found[0] if found[1] else f"https://{found[0]}")
        return said.removeprefix("www.").lower() != host(address).removeprefix("www.").lower()
    except ValueError:
        return True
