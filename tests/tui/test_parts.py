"""The pure parts of the screens: words of the status line, ages, keys, history, the choices of the picker."""

import re
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Failure, Message, Timing
from chattui.config.params import lines, parsed
from chattui.discover import DEMO
from chattui.document import Row
from chattui.endpoint import Endpoint
from chattui.errors import ConfigError
from chattui.events import JSON, Progress, ReasoningDelta, TextDelta, TextReplaced, Usage, UsageReported
from chattui.safe import host
from chattui.tui.ages import ago
from chattui.tui.bars import crop
from chattui.tui.flow import Flow, after, unsaved
from chattui.tui.help import sections
from chattui.tui.history import History
from chattui.tui.keys import DEFAULTS, action, shown, spoken
from chattui.tui.order import words
from chattui.tui.picker import Pick, narrowed, offers, picks, place

FLOWS = [
    ([], 0.4, "sending"),
    ([], 3.0, "sending 3 s"),
    ([Progress("connecting", host="a.example:80")], 2.0, "connecting to a.example:80 2 s"),
    ([Progress("connecting", host="a", attempt=2)], 0.0, "connecting to a (try 2)"),
    ([Progress("waiting")], 8.0, "waiting for the first token 8 s"),
    ([Progress("waiting"), Progress("alive")], 8.0, "waiting for the first token 8 s"),
    ([Progress("thinking", "reading \x1b[2J files")], 4.0, "reading ␛[2J files 4 s"),
    (
        [Progress("retrying", "The server is busy.", seconds=9.0)],
        2.0,
        "retrying in 7 s (esc stops): The server is busy.",
    ),
    ([TextDelta("12345")], 2.0, "streaming · 0.00 s to first · 2 chars/s · 2.0 s · 5 characters"),
    (
        [ReasoningDelta("12345"), TextDelta("12345")],
        2.0,
        "streaming · 0.00 s to first · 5 chars/s · 2.0 s · 10 characters",
    ),
    ([TextDelta("12345"), TextReplaced("123")], 1.0, "streaming · 0.00 s to first · 3 chars/s · 1.0 s · 3 characters"),
    (
        [TextDelta("1"), UsageReported(Usage(output=1200)), UsageReported(Usage(input=4))],
        6.0,
        "streaming · 0.00 s to first · 200 tok/s · 6.0 s · 1,200 tokens",
    ),
    ([TextDelta("1")], 12.0, "no data for 12 s (esc stops)"),
]


@pytest.mark.parametrize(("events", "at", "said"), FLOWS, ids=[said for *_, said in FLOWS])
def test_a_reply_in_flight_in_words(events: list[object], at: float, said: str) -> None:
    flow = Flow(0.0)
    for event in events:
        flow.feed(event, 0.0)  # type: ignore[arg-type]  # the table holds events
    assert flow.words(at) == said


REPLY = Message("r", "q", "assistant", "one two three", timing=Timing(0.42, 3.1))
ENDS = [
    (None, "ready"),
    (replace(REPLY, role="user"), "ready"),
    (REPLY, "ready · 0.42 s to first · 5 chars/s · 3.1 s · 13 characters"),
    (replace(REPLY, usage=Usage(output=163)), "ready · 0.42 s to first · 61 tok/s · 3.1 s · 163 tokens"),
    (replace(REPLY, usage=Usage(output=0)), "ready · 0.42 s to first · 5 chars/s · 3.1 s · 13 characters"),
    (replace(REPLY, state="stopped"), "stopped, 3 words kept"),
    (replace(REPLY, state="stopped", text=""), "stopped"),
    (
        replace(REPLY, state="incomplete", error=Failure("CutShort", "The connection dropped.")),
        "incomplete: The connection dropped, 3 words kept",
    ),
    (replace(REPLY, state="failed", text="", error=Failure("X", "It is off.")), "failed: It is off"),
]


@pytest.mark.parametrize(("last", "said"), ENDS, ids=[said for _, said in ENDS])
def test_a_conversation_at_rest_in_words(last: Message | None, said: str) -> None:
    assert after(last) == said


def test_what_is_not_saved_is_said_before_all_else() -> None:
    assert after(REPLY, "The disk is full.") == "not saved: The disk is full."
    assert unsaved("Not saved: the disk is full.").startswith("Not saved: the disk is full. It is kept in memory")
    assert unsaved("") == ""


NOON = time.mktime((2026, 6, 17, 12, 0, 0, 0, 0, -1))  # a Wednesday


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(-500, "now"), (59, "now"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (86399, "23 h"), (86400 * 2, "Mon"),
     (86400 * 7, "Jun 10"), (86400 * 400, "2025")],
)  # fmt: skip
def test_ages(seconds: float, said: str) -> None:
    assert ago(NOON - seconds, NOON) == said


def test_an_impossible_time_has_an_age_too() -> None:
    assert ago(-1e30, NOON) == "?"


@pytest.mark.parametrize(
    ("row", "busy", "said"),
    [
        (Row("a", endpoint="lab"), False, "lab"),
        (Row("a", endpoint="lab"), True, "lab · streaming"),
        (Row("a", endpoint="lab", state="asks"), False, "lab · asks you something"),
        (Row("a", endpoint="lab", state="incomplete"), False, "lab · incomplete"),
        (Row("a", endpoint="lab", state="failed"), False, "lab · failed"),
        (Row("a", endpoint="lab", state="streaming"), False, "lab · interrupted"),
        (Row("a", damaged="a.json is damaged: it is no JSON. It was left as it is."), False, "it is no JSON"),
        (Row("a", damaged="No permission for /x."), False, "No permission for /x"),
    ],
)
def test_the_second_line_of_a_row(row: Row, busy: bool, said: str) -> None:
    assert words(row, busy=busy) == said


@pytest.mark.parametrize(
    ("key", "said"),
    [("ctrl+n", "^n"), ("ctrl+pagedown", "ctrl+page down"), ("escape", "esc"), ("right_square_bracket", "]"),
     ("alt+1", "alt+1"), ("f5", "f5"), ("G", "G")],
)  # fmt: skip
def test_keys_are_written_as_people_write_them(key: str, said: str) -> None:
    assert spoken(key) == said


def test_ids_name_their_actions() -> None:
    assert action("prompt.newline") == "newline"
    assert action("list.open") == "open"
    assert action("conversation.3") == "app.conversation(3)"
    assert action("message.code_7") == "app.message_code(7)"
    assert action("scroll.page_up") == "app.scroll_page_up"
    assert shown({"palette": ()}, "palette") == ""


@pytest.mark.parametrize(
    ("focused", "first"), [("prompt", "In the prompt"), ("conversations", "In the list"), ("", "Anywhere")]
)
def test_help_begins_where_one_is(focused: str, first: str) -> None:
    assert sections(DEFAULTS, focused)[0][0] == first


def test_help_tells_nine_keys_in_one_line_only_while_there_are_nine() -> None:
    whole = dict(dict(sections(DEFAULTS, ""))["Anywhere"])
    assert whole["alt+1 … alt+9"] == "Open the 1st … 9th conversation"
    rows = dict(sections({**DEFAULTS, "conversation.5": ()}, ""))["Anywhere"]
    assert ("alt+1", "Open the 1st conversation") in rows
    assert ("–", "Open the 5th conversation") in rows


def test_history_goes_back_and_the_draft_returns() -> None:
    history = History(["one", "two"])
    assert history.newer() is None
    assert [history.older("draft"), history.older("two"), history.older("one")] == ["two", "one", None]
    assert [history.newer(), history.newer(), history.newer()] == ["two", "draft", None]
    history.add("one")
    assert history.older("") == "one"
    assert history.older("one") == "two"


A = Endpoint("alpha", "x", model="m1", models=("m1", "m2"))
B = Endpoint("beta", "x", models="fetch")


def test_the_picker_lists_what_is_known_and_what_was_asked() -> None:
    ends = {"alpha": A, "beta": B, "demo": DEMO}
    asking = picks(ends, {"beta": "asking for its models …"})
    assert asking[:2] == [Pick(A, "m1"), Pick(A, "m2")]
    assert asking[2:4] == [Pick(B), Pick(B, note="asking for its models …")]
    told = picks(ends, {"beta": ("gamma-1", "gamma-2")})
    assert told[2:4] == [Pick(B, "gamma-1"), Pick(B, "gamma-2")]
    assert narrowed(told, "gam2") == [Pick(B, "gamma-2")]
    assert narrowed(told, " ") == told
    assert narrowed(told, "zzz") == []


def test_models_that_were_offered_before_stand_there_until_there_is_news() -> None:
    ends = {"alpha": A, "beta": B}
    before = {place(B): ("old-1",), place(A): ("never asked for",)}
    assert picks(ends, {"beta": ""}, before)[2:] == [Pick(B, "old-1")]
    assert picks(ends, {"beta": "refused."}, before)[2:] == [Pick(B, "old-1"), Pick(B, note="refused.")]
    assert picks(ends, {"beta": ("new-1",)}, before)[2:] == [Pick(B, "new-1")]
    assert place(B) != place(replace(B, url="https://elsewhere.example"))


@pytest.mark.parametrize("remembered", [None, [], "x", {"a": "b"}, {"a": [1]}, {"a": None}])
def test_remembered_models_of_a_wrong_shape_are_none(remembered: object) -> None:
    assert offers(remembered) == {}


SCALARS = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES: st.SearchStrategy[JSON] = st.deferred(
    lambda: SCALARS | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(), VALUES, max_size=3)
).filter(lambda value: not (isinstance(value, dict) and len(value) == 1 and "env" in value))


@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_parameters_survive_as_toml_lines(params: dict[str, JSON]) -> None:
    assert parsed(lines(params)) == params


def test_parameters_are_written_as_a_person_would() -> None:
    params: dict[str, JSON] = {"temperature": 0.2, "stop": ["a", None], "reasoning": {"effort": "high"}, "seed": None}
    assert lines(params) == 'temperature = 0.2\nstop = ["a"]\nreasoning = { effort = "high" }'
    assert lines({"a b": "\ud800\x1b\x7f"}) == '"a b" = "\N{REPLACEMENT CHARACTER}\\U0000001b\\U0000007f"'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("temperature =", "Line 1: "),
        ("a = 1\na = 2", "Line 2: "),
        ("a = 2020-01-01", "‘a’ holds a date or time"),
        ("ok = 1\nb = [nan]", "‘b’ holds nan or inf"),
    ],
)
def test_a_mistake_in_parameters_is_a_sentence_with_its_place(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        parsed(text)


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://example.org/a?b", "example.org"),
        ("https://user:pw@example.org:8443/", "example.org"),
        ("https://xn--pple-43d.com/", "xn--pple-43d.com"),
        ("https://аpple.com/", "xn--pple-43d.com"),
        ("mailto:me%40example.org", "me@example.org"),
        ("https://" + "a" * 70 + ".org/", "a" * 70 + ".org"),
    ],
)
def test_the_host_that_is_really_asked(address: str, said: str) -> None:
    assert host(address) == said


@pytest.mark.parametrize(
    ("text", "width", "said"), [("abc", 3, "abc"), ("abcd", 3, "ab…"), ("漢字漢", 4, "漢…"), ("abc", 0, "")]
)
def test_cropping_counts_cells(text: str, width: int, said: str) -> None:
    assert crop(text, width) == said


def test_the_first_frame_loads_neither_network_nor_markdown() -> None:
    code = "import chattui.tui, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"httpx", "markdown_it", "pygments", "truststore"}
