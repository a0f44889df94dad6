"""`chattui mock` as a process, and what it refuses."""

import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from chattui.cli import main
from chattui.mock.scripts import SCRIPTS

Out = pytest.CaptureFixture[str]


def test_the_scripts_are_listed_with_a_few_words(home: Path, capsys: Out) -> None:
    assert main(["mock", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCRIPTS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--script", "fin"], "Did you mean ‘fine’?"),
        (["--format", "openai"], "There is no format ‘openai’."),
        (["--port", "70000"], "A port is a number"),
        (["--speed", "-1"], "--speed is from 0"),
        (["x.tape.jsonl", "--script", "cut"], "not both"),
        (["missing.tape.jsonl"], "missing.tape.jsonl"),
    ],
)
def test_what_cannot_be_served_is_said(home: Path, capsys: Out, words: list[str], said: str) -> None:
    assert main(["mock", *words]) in {1, 2}
    assert said in capsys.readouterr().err


def test_it_tells_its_address_answers_and_ends_when_interrupted(home: Path) -> None:
    argv = [sys.executable, "-m", "chattui", "mock", "--script", "json"]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    request = urllib.request.Request(f"{address}/v1/chat/completions", b"{}", {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert b"choices" in answer.read()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "POST /v1/chat/completions → 200" in said
    assert "Traceback" not in said
