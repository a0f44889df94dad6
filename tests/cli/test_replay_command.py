"""`chattui replay`: a tape to standard output, as HAR, as what is wrong with it."""

import json
import time
from pathlib import Path

import pytest

from chattui import cli
from chattui.tape import Became, Take, Tape, form
from chattui.tape.form import encode

HELLO = (b'data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n', b'data: {"choices":[{"delta":{"content":"lo"}}]}\n\n')
DONE = b"data: [DONE]\n\n"


def tape(folder: Path, **more: object) -> Path:
    one = Take(method="POST", url="http://it.test/v1/chat/completions", sent=1.0, answered=2.0, status=200,
               answer=(("content-type", "text/event-stream"),), framing="sse", ended=90_000.0,
               chunks=[(30_000.0, HELLO[0]), (60_000.0, HELLO[1]), (90_000.0, DONE)],
               became=[Became("text", "Hel", 3), Became("text", "lo", 2), Became("done")])  # fmt: skip
    fields = {"provider": "openai-chat", "endpoint": "elsewhere", "prompt": "Hi", "takes": [one], "state": "complete"}
    path = folder / "it.tape.jsonl"
    path.write_bytes(encode(Tape("m", **(fields | more))))  # type: ignore[arg-type]  # they fit
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHATTUI_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_a_tape_of_an_endpoint_that_is_not_configured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    assert cli.main(["replay", str(tape(tmp_path)), "--instant"]) == 0
    assert capsys.readouterr().out == "Hello"
    assert time.monotonic() - began < 30  # it took 90 s


def test_its_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(tape(tmp_path)), "--speed", "1000", "--events"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["text"] for one in told if one["event"] == "text"] == ["Hel", "lo"]
    assert told[-1]["state"] == "complete"


def test_another_endpoint_reads_it(tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "config.toml").write_text(
        '[endpoints.mine]\nurl = "http://mine.test"\nbody = { q = "{prompt}" }\n'
        'rules = [{ text = "choices.0.delta.content" }, { data = "[DONE]", done = true }]\n'
    )
    path = tape(tmp_path, provider="rules")
    assert cli.main(["replay", str(path), "--instant", "-e", "mine"]) == 0
    assert capsys.readouterr().out == "Hello"
    assert cli.main(["replay", str(path), "--instant"]) == 2
    assert "Name the endpoint that reads it: -e ENDPOINT." in capsys.readouterr().err


def test_a_reply_that_was_cut_is_cut_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tape(tmp_path)
    read = form.decode(path.read_bytes())
    read.takes[0].chunks.pop()
    path.write_bytes(encode(read))
    assert cli.main(["replay", str(path), "--instant"]) == 3
    said = capsys.readouterr()
    assert said.out == "Hello"
    assert "without an end marker" in said.err


def test_what_is_wrong_with_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(tape(tmp_path)), "--lint"]) == 1
    said = capsys.readouterr().out
    assert "Not a byte came for 30 s" in said
    assert "note: There is no cache-control" in said


def test_as_har(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(tape(tmp_path)), "--har"]) == 0
    assert json.loads(capsys.readouterr().out)["log"]["entries"][0]["response"]["status"] == 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"level": "metadata"}, "holds no content"),
        ({"takes": []}, "holds no request"),
        ({"provider": "rules"}, "rules of its own"),
        ({"provider": "strange"}, "no provider ‘strange’"),
    ],
)
def test_what_cannot_be_played(
    tmp_path: Path, change: dict[str, object], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["replay", str(tape(tmp_path, **change)), "--instant"]) != 0
    assert words in capsys.readouterr().err


def test_a_file_that_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["replay", str(tmp_path / "nowhere")]) != 0
    assert "cannot be read: no such file" in capsys.readouterr().err
    (tmp_path / "x").write_text("Hello")
    assert cli.main(["replay", str(tmp_path / "x")]) != 0
    assert "is not a tape" in capsys.readouterr().err
