"""Looking at JSON from the network: the value if it is of the wanted type, else the empty one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from chattui.errors import Reported
from chattui.events import JSON
from chattui.wire import Frame
from chattui.wire.recognise import Problem, recognise


def opened(frame: Frame) -> JSON:
    """The JSON of a frame; None for blank data and for the `[DONE]` that gateways add. Raises ValueError, or Reported
    when it is an error of any known shape.
    """
    if not frame.data.strip() or frame.data.startswith("[DONE]"):
        return None
    try:
        value = frame.json()
    except ValueError:
        if frame.event == "error":  # plain words
            value = {"error": frame.data}
        else:
            raise
    problem = recognise(value, refusal=frame.event == "error")
    if problem is not None:
        raise reported(problem, whole=frame.whole)
    if not isinstance(value, dict | list):
        raise ValueError("an event is an object")  # noqa: TRY004 - what a Decode says of an unreadable frame
    return value


def reported(problem: Problem, *, whole: bool = False, hint: str = "") -> Reported:
    """What a server told of its trouble, as the error that ends the reply. `whole`: in the place of an answer."""
    start = "The server answered 200 with an error" if whole else "The provider reported"
    return Reported(f"{start}: {problem.sentence}", hint=hint, retryable=problem.passing)


def text(value: JSON) -> str:
    return value if isinstance(value, str) else ""


def whole(value: JSON) -> int | None:
    """A count."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def table(value: JSON) -> Mapping[str, JSON]:
    return value if isinstance(value, dict) else {}


def tables(value: JSON) -> Iterator[Mapping[str, JSON]]:
    """The objects of a list."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def compact(value: JSON) -> str:
    """JSON as one line of text, for the arguments of tools that come as objects."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cost(usage: Mapping[str, JSON]) -> float | None:
    """US dollars in an OpenAI-like usage: OpenRouter's number, Perplexity's table, xAI's ticks (10¹⁰ are a dollar)."""
    found, ticks = usage.get("cost"), whole(usage.get("cost_in_usd_ticks"))
    if isinstance(found, dict):
        found = found.get("total_cost")
    if isinstance(found, int | float) and not isinstance(found, bool) and math.isfinite(found):
        return float(found)
    return ticks / 10**10 if ticks is not None else None


def total(*counts: int | None) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
