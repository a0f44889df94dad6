"""The language of search."""

from datetime import datetime

import pytest

from chattui.chat import Message
from chattui.document import Row
from chattui.query import Query, parse

NOW = 1_700_000_000.0
ROW = Row("c1", "Release notes für Zürich", endpoint="ollama", model="llama")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", Query()),
        ("  Proxy  CUTS proxy ", Query(("proxy", "cuts"))),
        ('"Proxy \n Cuts"', Query(("proxy cuts",))),
        ('"proxy cu', Query(("proxy cu",))),
        ('""', Query()),
        ("has:code", Query(code=True)),
        ("HAS:c", Query(code=True)),
        ("endpoint:Open model:gpt-4", Query(endpoint=("open",), model=("gpt-4",))),
        ('title:"Release Notes" x', Query(("x",), title=("release notes",))),
        ("tag:Work tag:#rust tag:", Query(tag=("work", "rust"))),
        ("role:you", Query(role="user")),
        ("role:ass", Query(role="assistant")),
        ("role: model: before:", Query()),
        ("http://x.org/a:b", Query(("http://x.org/a:b",))),
        ('foo:"bar baz"', Query(('foo:"bar baz"',))),
        ("after:7d", Query(after=NOW - 7 * 86400)),
        ("before:12h", Query(before=NOW - 12 * 3600)),
        ("after:2024-05-31", Query(after=datetime(2024, 5, 31).astimezone().timestamp())),
        ("before:2024-05", Query(before=datetime(2024, 5, 1).astimezone().timestamp())),
        ("before:2024", Query(before=datetime(2024, 1, 1).astimezone().timestamp())),
    ],
)
def test_what_is_typed_is_understood(typed: str, expected: Query) -> None:
    assert parse(typed, NOW) == expected


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("role:robot", "role: is you or assistant, not ‘robot’"),
        ("has:fun", "has: knows code, not ‘fun’"),
        ("after:soon", "after: takes a date such as 2024-05-31, 2024-05, today or 7d, not ‘soon’"),
        ("before:2024-13", "before: takes a date such as 2024-05-31, 2024-05, today or 7d, not ‘2024-13’"),
        (
            "before:99999999999999",
            "before: takes a date such as 2024-05-31, 2024-05, today or 7d, not ‘99999999999999’",
        ),
    ],
)
def test_a_filter_that_says_nothing_is_told_and_left_out(typed: str, problem: str) -> None:
    query = parse(typed, NOW)
    assert query.problem == problem
    assert query.empty


def test_days_begin_at_midnight_here() -> None:
    today = datetime.fromtimestamp(parse("after:today", NOW).after or 0).astimezone()
    yesterday = parse("after:yesterday", NOW).after or 0
    assert (today.hour, today.minute, today.second) == (0, 0, 0)
    assert 0 < NOW - today.timestamp() < 86400
    assert 82_000 < today.timestamp() - yesterday < 91_000


@pytest.mark.parametrize(
    ("typed", "fits"),
    [
        ("proxy", True),
        ("rox uts", True),
        ("proxy missing", False),
        ('"proxy cuts"', True),
        ('"cuts proxy"', False),
        ("naive 模", True),
        ("has:code", True),
        ("endpoint:open", True),
        ("endpoint:ollama", False),
        ("model:gpt", True),
        ("title:zurich", True),
        ("title:other proxy", False),
        ("role:you", False),
        ("role:assistant after:2001 before:2030", True),
        ("before:2001", False),
        ("after:2030", False),
    ],
)
def test_a_message_fits_or_not(typed: str, fits: bool) -> None:
    text = "The Proxy\n cuts naïve 大模型\n```py\nx\n```"
    message = Message("m", None, "assistant", text, NOW, endpoint="openai", model="gpt-x")
    assert parse(typed, NOW).fits(message, ROW) is fits


def test_a_question_counts_to_the_endpoint_of_its_conversation() -> None:
    assert parse("endpoint:ollama model:llama", NOW).fits(Message("m", None, "user", "hi", NOW), ROW)


def test_code_is_a_fence_at_the_start_of_a_line() -> None:
    query = parse("has:code", NOW)
    assert query.fits(Message("m", None, "user", "> ```\n> x", NOW), ROW)
    assert not query.fits(Message("m", None, "user", "write ``` here", NOW), ROW)
