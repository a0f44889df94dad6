"""What must hold of a text on a surface: nothing of it reaches the terminal raw, and it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from playing import Shown
from surfaces import SURFACES, Surface

BY_NAME = {surface.name: surface for surface in SURFACES}
LONG = 1500
"""Characters of a text of which the whole would not fit on a screen."""


def faults(shown: Shown, vector: Mapping[str, Any]) -> list[str]:
    """What is wrong. `vector`: text, must_not_emit, must_show and must_keep, all lists of texts but the first."""
    found = [f"leak: {leak}" for leak in shown.leaks]
    surface = BY_NAME.get(shown.surface)
    # the line ends of a command: the pty itself puts a carriage return before each
    written = shown.written if surface is not None else shown.written.replace("\r\n", "\n")
    barred = [
        text for text in vector.get("must_not_emit", ()) if not text.endswith("\x1b")
    ]  # may be Textual's next one
    found += [f"emitted: {text[:60]!a}" for text in barred if text in written]
    size = len(vector["text"])
    if surface is not None and (size < LONG if not surface.room else 1 < size <= surface.room):
        on_screen = squeezed(shown.rows)
        words = [*(vector.get("must_show") or ()), *(vector.get("must_keep") or ())]
        found += [f"not shown: {word!a}" for word in pieces(words, surface) if squeezed([word]) not in on_screen]
    return found


def pieces(texts: Iterable[str], surface: Surface) -> Iterable[str]:
    """Words that are certain to stand in one row; Markdown takes the backslash before a sign away."""
    for text in texts:
        for word in text.split():
            yield (re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", word) if surface.markdown else word)[:30]


def squeezed(rows: Iterable[str]) -> str:
    return re.sub(r"\s|[│┃┆▌▍▐▎]", "", "".join(rows))
