"""When a request is tried again, and how long it waits before that: every status, and every Retry-After."""

import pytest

from chattui.errors import CutShort, Insecure, NotAnApi, Reported, TimedOut, TooLarge, Unreachable, Unsupported
from chattui.wire.faults import Stage
from chattui.wire.refusals import refused
from chattui.wire.retry import pause

AFTER: list[tuple[str | None, float | None]] = [
    # what Retry-After says, and the seconds that are waited; None: as without it
    (None, None),
    ("0", 0.0),
    ("5", 5.0),
    ("5.5", 5.5),
    ("60", 60.0),
    ("Thu, 01 Jan 1970 00:00:30 GMT", 20.0),
    ("Thu, 01 Jan 1970 00:00:01 GMT", 0.0),
    ("-1", None),
    ("1e999", None),
    ("nan", None),
    ("garbage", None),
    ("", None),
]
NOW = 10.0


def headers(after: str | None) -> dict[str, str]:
    return {} if after is None else {"retry-after": after}


@pytest.mark.parametrize(("after", "seconds"), AFTER)
def test_every_status_with_every_retry_after(after: str | None, seconds: float | None) -> None:
    for status in range(400, 600):
        error = refused(status, headers(after), "", Stage("reading", "h"), "http://h", NOW)
        waits = [pause(error, attempt, 0.0) for attempt in (1, 2, 3, 9)]
        if status in {408, 409, 429} or status >= 500:
            assert waits == ([0.5, 1.0, 2.0, 8.0] if seconds is None else [seconds] * 4), status
        else:
            assert waits == [None] * 4, status


@pytest.mark.parametrize("after", ["61", "3600", "Thu, 01 Jan 1970 01:00:00 GMT", "1e300"])
def test_too_long_a_wait_is_told_and_not_waited_for(after: str) -> None:
    error = refused(429, headers(after), "", Stage("reading", "h"), "http://h", NOW)
    assert pause(error, 1, 0.0) is None
    assert error.hint.startswith("The server asks to wait ")


def test_the_wait_is_spread_by_a_quarter_and_never_longer() -> None:
    waits = [pause(Unreachable("x"), 3, dice / 100) or 0.0 for dice in range(100)]
    assert max(waits) == 2.0
    assert min(waits) == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Unreachable("dns, refused, reset, a cut handshake"), True),
        (CutShort("dropped before the first text"), True),
        (Reported("overloaded", retryable=True), True),
        (Reported("wrong"), False),
        (TimedOut("a second try would take as long"), False),
        (Insecure("certificate"), False),
        (NotAnApi("a page"), False),
        (TooLarge("x"), False),
        (Unsupported("x"), False),
    ],
)
def test_what_else_is_tried_again(error: Reported, again: bool) -> None:
    assert (pause(error, 1, 0.0) is not None) is again
