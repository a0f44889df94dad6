"""When an unanswered request is tried again. Pure: the clock and the dice are the caller's.

The statuses, the backoff and its jitter are those of the OpenAI and Anthropic SDKs (0.5 s · 2ⁿ, at most 8 s, −25 %).
"""

from __future__ import annotations

from chattui.errors import ChatError, CutShort, Rejected, Reported, Unreachable

LONGEST_WAIT = 60.0
"""A server that asks for more patience than this is not waited for; the error says how long it asks for."""


def pause(error: ChatError, attempt: int, jitter: float) -> float | None:
    """Seconds to wait after try number `attempt` (from 1) failed with `error` before any content; None = give up.

    jitter: 0 ≤ jitter < 1. A deadline that passed is not tried again: the next try would take as long.
    """
    if not error.retryable or not isinstance(error, Rejected | Unreachable | CutShort | Reported):
        return None
    if isinstance(error, Rejected) and error.after is not None:
        return error.after if error.after <= LONGEST_WAIT else None
    return min(0.5 * 2.0 ** (attempt - 1), 8.0) * (1 - 0.25 * jitter)
