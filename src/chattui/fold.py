"""Text as it is compared: small letters without accents. Pure; what "holds a word" means is written here and only here.

`fold` makes two texts comparable; `pattern` finds in a text, as it was written, what is equal after folding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from chattui import safe

Span = tuple[int, int]
"""Start and end of some characters."""

_ACCENTED = (range(0xC0, 0x250), range(0x370, 0x400), range(0x1E00, 0x1F00))
"""Latin and Greek letters with marks. Elsewhere a mark makes another letter: й is not и, が is not か."""
_SAME = {"ı": "i", "ς": "σ", "ſ": "s", "µ": "μ", "ё": "е"}
_MARKS = "\u0300-\u036f"
LEAD = 24
"""Characters before the first find in an excerpt: the find is then in view on a narrow screen, too."""
EXCERPT = 280


@cache
def _plain() -> Mapping[str, str]:
    """Small letters with marks, and the letter without."""
    found = dict(_SAME)
    for code in (code for codes in _ACCENTED for code in codes):
        base = unicodedata.normalize("NFD", chr(code))[0]
        if base != chr(code) and base.isalpha() and chr(code).islower():
            found[chr(code)] = found.get(base, base)
    return found


@cache
def _variants() -> Mapping[str, str]:
    """A letter, and all that are folded to it."""
    found: dict[str, str] = {}
    for letter, base in _plain().items():
        found[base] = found.get(base, base) + letter
    return found


@cache
def _marked() -> re.Pattern[str]:
    return re.compile(f"[{_MARKS}{''.join(_plain())}]")


def fold(text: str) -> str:
    """The text in small letters without accents."""
    if text.isascii():
        return text.lower()
    plain = _plain()
    return _marked().sub(lambda found: plain.get(found[0], ""), text.lower())


def holds(folded: str, word: str) -> bool:
    """Whether a folded text holds a folded word; blanks in it stand for any blanks."""
    if " " in word:
        folded = " ".join(folded.split())
    return word in folded


@lru_cache(64)
def pattern(words: Sequence[str]) -> re.Pattern[str]:
    """Finds any of the folded words in a text as it was written, longer ones first; nothing where there is no word."""
    if not words:
        return re.compile(r"(?!)")
    return re.compile("|".join(map(_spelled, sorted(words, key=len, reverse=True))), re.IGNORECASE)


def _spelled(word: str) -> str:
    parts = []
    for letter in word:
        others = _variants().get(letter)
        one = r"\s" if letter == " " else f"[{others}]" if others else re.escape(letter)
        parts.append(f"(?:{one}[{_MARKS}]*)+" if letter == " " else f"{one}[{_MARKS}]*")
    return "".join(parts)


def spans(text: str, words: Sequence[str]) -> tuple[Span, ...]:
    """Where the words stand in the text."""
    return tuple(found.span() for found in pattern(tuple(words)).finditer(text))


def excerpt(text: str, words: Sequence[str], size: int = EXCERPT) -> tuple[str, tuple[Span, ...]]:
    """One line around the place where most of the words stand near each other, harmless, and where they stand in it."""
    start = _best(text, words, size) - LEAD
    start = start if start > LEAD // 2 else 0
    if start:
        blank = text.find(" ", start, start + LEAD // 2)
        start = start if blank < 0 else blank + 1
    shown = safe.line(text[start : start + size], size)
    shown = ("… " if start else "") + shown + (" …" if start + size < len(text) and not shown.endswith("…") else "")
    return shown, spans(shown, words)


def _best(text: str, words: Sequence[str], size: int) -> int:
    """Where to begin: the first of the finds that has most of the words after it."""
    if not words:
        return 0
    finder = pattern(tuple(words))
    places = [(found.start(), fold(found[0])) for found, _ in zip(finder.finditer(text), range(50), strict=False)]
    best, most = 0, -1
    for at, (start, _) in enumerate(places):
        near = _distinct(word for place, word in places[at:] if place < start + size - LEAD)
        if near > most:
            best, most = start, near
    return best


def _distinct(words: Iterable[str]) -> int:
    return len(set(words))
