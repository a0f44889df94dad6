"""Tags: the words by which a person finds conversations again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from chattui import safe
from chattui.fold import fold

LONGEST = 40
"""Characters of a tag."""
MOST = 20
"""Tags of a conversation."""


def cleaned(words: Iterable[str]) -> tuple[str, ...]:
    """The words as tags: harmless, without # and blanks, each once whatever its capitals, as many as there may be."""
    found: dict[str, str] = {}
    for word in words:
        tag = "-".join(safe.line(word).replace(",", " ").split()).lstrip("#")[:LONGEST]
        if tag:
            found.setdefault(fold(tag), tag)
    return tuple(found.values())[:MOST]


def typed(text: str) -> tuple[str, ...]:
    """The tags in a line that a person has typed, with blanks or commas between them."""
    return cleaned(re.split(r"[\s,]+", text))


def fit(wanted: Iterable[str], tags: Iterable[str]) -> bool:
    """Whether each of the folded words begins one of the tags."""
    known = [fold(tag) for tag in tags]
    return all(any(tag.startswith(word) for tag in known) for word in wanted)
