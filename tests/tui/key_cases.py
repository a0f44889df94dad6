"""The table of key cases: what is done for an action's key, and what a person then sees."""

from collections.abc import Awaitable, Callable

from textual.pilot import Pilot
from world import World

Do = Callable[[World, Pilot[int], str], Awaitable[None]]

CASES: dict[str, Do] = {}


def case(*ids: str) -> Callable[[Do], Do]:
    """The test of these actions; it is run with each of their keys, on an app that shows `World.has` conversations."""

    def keep(do: Do) -> Do:
        CASES.update(dict.fromkeys(ids, do))
        return do

    return keep
