"""A flow goes forward only: to answer an earlier question otherwise, all questions before it are answered again."""

from __future__ import annotations

from itertools import pairwise

from chattui.events import Notice
from chattui.providers import Turn

TOLD = Notice("The bot began anew, and your earlier answers were given again.")


def given(turn: Turn) -> list[str] | None:
    """The answers that the bot was given on the branch before the one that is asked; None when nothing is to be given
    again, because the flow stands where the branch ends, or has not spoken on it.
    """
    mine = [one for one in turn.messages if one.role == "assistant" and one.endpoint == turn.endpoint.name]
    if not turn.rewound or not mine:
        return None
    return [one.text for one, after in pairwise(turn.messages) if one.role == "user" and after in mine]
