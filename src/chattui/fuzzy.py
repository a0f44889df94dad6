"""Titles that fit a few typed letters: whole words best, then letters in order. Pure."""

from __future__ import annotations

import re

from chattui.fold import fold

AT_START, AT_WORD, INSIDE, SCATTERED = 4, 3, 2, 1


class Fuzzy:
    """What was typed, to be held against many titles. Each word of it must fit, in any order."""

    def __init__(self, typed: str) -> None:
        self._parts = [(word, _scattered(word)) for word in fold(typed).split()]

    def score(self, title: str) -> float:
        """How well the title fits, 0 = not at all. Shorter titles are the better ones among equals."""
        folded = fold(title)
        total = 0.0
        for word, scattered in self._parts:
            at = folded.find(word)
            if at == 0:
                total += AT_START
            elif at > 0:
                total += AT_WORD if f" {word}" in folded else INSIDE
            elif (found := scattered.search(folded)) is not None:
                total += SCATTERED * len(word) / (found.end() - found.start())
            else:
                return 0.0
        return total + 1 / (len(folded) + 2)


def _scattered(word: str) -> re.Pattern[str]:
    """The letters in their order, others between them."""
    return re.compile(
        "".join(f"{re.escape(letter)}[^{re.escape(letter)}]*?" for letter in word[:-1]) + re.escape(word[-1])
    )
