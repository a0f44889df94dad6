"""Suites: how they are read, how replies are judged, and what is reported."""

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from chattui.chat import Failure, Message
from chattui.errors import ConfigError
from chattui.events import Usage
from chattui.suite import Case, Expected, Result
from chattui.suite.judge import judge
from chattui.suite.read import read
from chattui.suite.report import document, junit, line, summary
from chattui.tape import Became, Take, Tape

SUITE = """
[defaults]
endpoint = "lab"
expect = { total = 30 }

[[case]]
name = "hello"
prompt = "Say hello"
params = { temperature = 0 }
expect = { text = "(?i)hello", events = ["text", "done"], first_text = 2, gap = 1.5, end_marker = true }

[[case]]
tape = "old.tape.jsonl"
endpoint = ""

[[case]]
name = "two turns"
turns = ["one", "two"]
system = "Be brief."
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "suite.toml"
    path.write_text(text)
    return path


def test_defaults_lie_under_every_case(tmp_path: Path) -> None:
    hello, tape, turns = read(written(tmp_path, SUITE))
    assert hello == Case(
        "hello",
        Expected(text=("(?i)hello",), events=("text", "done"), first_text=2, gap=1.5, total=30, end_marker=True),
        "lab",
        turns=("Say hello",),
        params={"temperature": 0},
    )
    assert (tape.name, tape.tape, tape.endpoint) == ("case 2", tmp_path / "old.tape.jsonl", "")
    assert (turns.turns, turns.system, turns.expect.total) == (("one", "two"), "Be brief.", 30)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[case]\n", "no TOML"),
        ("", "at least one"),
        ("[cases]\n", "there is no key ‘cases’"),
        ('[[case]]\nname = "a"\n', "needs a prompt, or a tape"),
        ('[[case]]\npromt = "a"\n', "Did you mean ‘prompt’?"),
        ("[[case]]\nprompt = 7\n", "turns must be text"),
        ('[[case]]\nprompt = "a"\nexpect = { txt = "b" }\n', "Did you mean ‘text’?"),
        ('[[case]]\nprompt = "a"\nexpect = { text = "(" }\n', "no regular expression"),
        ('[[case]]\nprompt = "a"\nexpect = { gap = "1 s" }\n', "gap must be seconds"),
        ('[[case]]\nprompt = "a"\nexpect = { state = "done" }\n', "state is one of"),
        ('[[case]]\nprompt = "a"\nexpect = { events = ["txt"] }\n', "events is one of"),
        ('[[case]]\nprompt = "a"\nexpect = { end_marker = 1 }\n', "true or false"),
        ('[[case]]\nprompt = "a"\nexpect = { min_events = 1.5 }\n', "whole number"),
        ("case = [1]\n", "must be a table"),
    ],
)
def test_a_mistake_is_told_with_its_case(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        read(written(tmp_path, text))


def test_a_suite_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read(tmp_path / "none.toml")


def frame(text: str) -> bytes:
    return b'data: {"t": "' + text.encode() + b'"}\n\n'


def tape(**more: Any) -> Tape:
    chunks = [(300.0, frame("Hel")), (400.0, frame("lo")), (1900.0, b"data: [DONE]\n\n")]
    take = Take(
        method="POST", url="http://h", sent=0.0, answered=200.0, status=200, framing="sse", chunks=chunks,
        answer=(("content-type", "text/event-stream"), ("cache-control", "no-cache"), ("x-accel-buffering", "no")),
        became=[Became("text", "Hel", 3), Became("text", "lo", 2), Became("done")], ended=2000.0,
    )  # fmt: skip
    for name, value in more.items():
        setattr(take, name, value)
    return Tape("m", takes=[take])


REPLY = Message("r", None, "assistant", "Hello", endpoint="lab", usage=Usage(output=2))


@pytest.mark.parametrize(
    ("expected", "failure"),
    [
        (Expected(), ""),
        (Expected(text=("^Hel", "lo$"), not_text=("error",)), ""),
        (Expected(text=("bye",)), "The text has no ‘bye’; it says ‘Hello’."),
        (Expected(not_text=("l+",)), "The text has ‘ll’, which it must not have."),
        (Expected(state="incomplete"), "The reply is complete, not incomplete"),
        (Expected(events=("text", "text", "done")), ""),
        (Expected(events=("text", "tool")), "No frame became ‘tool’ after 1 others; they became text, done."),
        (Expected(events=("done", "text")), "No frame became ‘text’ after 3 others; they became text, done."),
        (Expected(first_text=0.3), ""),
        (Expected(first_text=0.2), "The first text came after 0.30 s; at most 0.2 s were expected."),
        (Expected(gap=0.1), ""),
        (Expected(gap=0.05), "Between two texts were 0.10 s; at most 0.05 s were expected."),
        (Expected(total=2.0), ""),
        (Expected(total=1.0), "The reply took 2.00 s; at most 1 s were expected."),
        (Expected(min_events=2), ""),
        (Expected(min_events=3), "The text came in 2 events; at least 3 were expected."),
        (Expected(end_marker=True), ""),
        (Expected(end_marker=False), "There was an end marker."),
        (Expected(status=200, usage=True, lint=True), ""),
        (Expected(status=201), "The status is 200, not 201."),
        (Expected(usage=False), "Usage was reported."),
        (Expected(lint=False), "Nothing is wrong with the stream of lab, though that was expected."),
    ],
)
def test_what_was_expected_holds_or_is_told(expected: Expected, failure: str) -> None:
    assert judge(expected, REPLY, tape()) == ((failure,) if failure else ())


def test_a_reply_that_failed_says_why() -> None:
    failed = Message("r", None, "assistant", state="failed", error=Failure("Rejected", "401: no."))
    (said,) = judge(Expected(), failed, Tape("m"))
    assert said == "The reply is failed, not complete: 401: no."


def test_a_stream_that_is_not_sound_is_told_by_lint() -> None:
    found = judge(Expected(lint=True), REPLY, tape(answer=(("content-type", "text/plain"),)))
    assert any(said.startswith("Lint: ") for said in found)


RESULTS = (
    Result(Case("good", Expected(), "lab", turns=("q",)), (), 1.25, "Hi"),
    Result(Case("bad \x1b[31m", Expected(), "lab", turns=("q",)), ("It said \x00 <no>.", "Twice."), 0.5),
)


def test_results_are_told_to_people() -> None:
    assert line(RESULTS[0]) == ["ok      good  (lab, 1.25 s)"]
    bad = "\n".join(line(RESULTS[1]))
    assert bad.startswith("FAILED  bad")
    assert "\x1b" not in bad
    assert summary(RESULTS) == "2 cases: 1 passed, 1 failed"


def test_results_are_told_to_programs() -> None:
    found: Any = document(RESULTS)
    assert found["passed"] is False
    assert [case["passed"] for case in found["cases"]] == [True, False]
    suite = ET.fromstring(junit(RESULTS, "suite.toml"))
    assert suite.attrib == {"name": "suite.toml", "tests": "2", "failures": "1", "errors": "0", "time": "1.750"}
    assert [case.get("name") for case in suite] == ["good", "bad \ufffd[31m"]
    failure = suite[1].find("failure")
    assert failure is not None
    assert failure.text == "It said \ufffd <no>.\nTwice."
