"""`chattui test` against a server, against a tape, and its exit codes."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.cli import main
from server import CUT, Server

Out = pytest.CaptureFixture[str]


@pytest.fixture
def suite(tmp_path: Path) -> Callable[[str], str]:
    def write(text: str) -> str:
        path = tmp_path / "suite.toml"
        path.write_text(text)
        return str(path)

    return write


def test_good_replies_pass_and_others_fail(
    server: Server, config: Callable[[str], Path], suite: Callable[[str], str], capsys: Out, home: Path, tmp_path: Path
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("Hello, world.")
    good = '[[case]]\nname = "hello"\nendpoint = "lab"\nprompt = "hi"\nexpect = { text = "Hello", end_marker = true }\n'
    assert main(["test", suite(good)]) == 0
    assert "1 case: 1 passed, 0 failed" in capsys.readouterr().out
    report = tmp_path / "report.xml"
    bad = good + '[[case]]\nname = "bye"\nprompt = "bye"\nexpect = { text = "Good-bye", usage = true }\n'
    assert main(["test", suite(bad), "--json", "--junit", str(report)]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [case["passed"] for case in found["cases"]] == [True, False]
    assert "Good-bye" in found["cases"][1]["failures"][0]
    assert ET.parse(report).getroot().get("failures") == "1"
    assert main(["test", suite(bad), "--only", "hello"]) == 0
    assert not (home / "data").exists()


def test_turns_are_one_conversation(server: Server, config: Callable[[str], Path], suite: Callable[[str], str]) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("Hello.")
    assert main(["test", suite('[[case]]\nendpoint = "lab"\nturns = ["one", "two"]\nsystem = "S"\n')]) == 0
    said = [message["content"] for message in server.requests[1].json["messages"]]
    assert said == ["S", "one", "Hello.", "two"]


def test_a_cut_reply_fails_unless_it_was_expected(
    server: Server, config: Callable[[str], Path], suite: Callable[[str], str], capsys: Out
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.reply(b'data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n', CUT)
    assert main(["test", suite('[[case]]\nendpoint = "lab"\nprompt = "hi"\n')]) == 1
    assert "The reply is incomplete, not complete" in capsys.readouterr().out
    assert main(["test", suite('[[case]]\nendpoint = "lab"\nprompt = "hi"\nexpect = { state = "incomplete" }\n')]) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[case]]\nendpoint = "nope"\nprompt = "hi"\n', "There is no endpoint ‘nope’."),
        ('[[case]]\npromt = "hi"\n', "Did you mean ‘prompt’?"),
    ],
)
def test_a_wrong_suite_sends_nothing(
    server: Server, config: Callable[[str], Path], suite: Callable[[str], str], capsys: Out, text: str, said: str
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    assert main(["test", suite(text)]) == 2
    assert said in capsys.readouterr().err
    assert server.requests == []


def test_a_tape_is_judged_by_its_own_times(
    server: Server, config: Callable[[str], Path], suite: Callable[[str], str], capsys: Out, home: Path
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\nrecord = "wire"\n')
    server.says("Hello, world.")
    assert main(["ask", "-e", "lab", "hi"]) == 0
    (tape,) = (home / "data" / "tapes").rglob("*.tape.jsonl")
    text = f'[[case]]\ntape = "{tape}"\nexpect = {{ text = "world", events = ["text", "done"], total = 20 }}\n'
    assert main(["test", suite(text)]) == 0
    assert len(server.requests) == 1
    assert main(["test", suite(text.replace("total = 20", "total = 0"))]) == 1
    assert "at most 0 s were expected" in capsys.readouterr().out
