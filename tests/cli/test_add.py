"""`chattui add`: what is proposed, what is asked, and what is written."""

import io
import stat
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.cli import main
from server import Server

Out = pytest.CaptureFixture[str]
ANSWER = (
    b'data: {"type":"start","chatId":"c-12345678"}\n\n'
    b'data: {"type":"content","delta":"Quantum computing"}\n\n'
    b'data: {"type":"content","delta":" is a type of computation."}\n\n'
    b'data: {"type":"end"}\n\n'
)


def written(home: Path) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = tomllib.loads((home / "config.toml").read_text())["endpoints"]
    return found


def test_a_stranger_is_asked_once_and_then_speaks(server: Server, home: Path, capsys: Out) -> None:
    server.reply(ANSWER)
    command = f'curl {server.url}/talk -H \'X-Api-Key: sekret-1234567\' -d \'{{"message":"hi","chatId":null}}\''
    assert main(["add", "lab", "-y", "--from-curl", command]) == 0
    out = capsys.readouterr()
    assert "The reply would say: Quantum computing is a type of computation." in out.err
    assert "sekret" not in out.out + out.err
    key = home / "keys" / "lab"
    assert key.read_text() == "sekret-1234567\n"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "sekret" not in (home / "config.toml").read_text()
    assert server.requests[0].headers["x-api-key"] == "sekret-1234567"

    assert main(["ask", "-e", "lab", "--no-save", "what is it?"]) == 0
    assert capsys.readouterr().out == "Quantum computing is a type of computation."
    assert server.requests[1].json == {"message": "what is it?"}
    assert server.requests[1].headers["x-api-key"] == "sekret-1234567"


def test_what_stands_in_the_configuration_stays(config: Callable[[str], Path], home: Path) -> None:
    path = config('# mine\n[endpoints.lab]\nurl = "http://h/v1"')
    assert main(["add", "other", "-y", "--from-curl", "curl http://h/v1/chat/completions -d '{\"messages\":[]}'"]) == 0
    assert path.read_text().startswith('# mine\n[endpoints.lab]\nurl = "http://h/v1"\n\n[endpoints.other]\n')
    assert set(written(home)) == {"lab", "other"}


def test_nothing_is_sent_and_nothing_written_unasked(server: Server, home: Path, capsys: Out) -> None:
    assert main(["add", "lab", "--from-curl", f'curl {server.url}/talk -d \'{{"q":"hi"}}\'']) == 2
    assert "no answer to learn from" in capsys.readouterr().err
    assert main(["add", "lab", "--from-curl", f"curl {server.url}/v1/chat/completions -d '{{\"messages\":[]}}'"]) == 0
    assert "Nothing was written." in capsys.readouterr().err
    assert server.requests == []
    assert not (home / "config.toml").exists()


def test_a_sample_is_enough(home: Path, tmp_path: Path, piped: Callable[[bytes], None]) -> None:
    file = tmp_path / "answer.sse"
    file.write_bytes(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + ANSWER)
    piped(b'curl http://h/talk -d \'{"message":"hi"}\'')
    assert main(["add", "lab", "-y", "--from-curl", "-", "--sample", str(file)]) == 0
    assert written(home)["lab"]["provider"] == "rules"


def test_a_name_that_is_taken_is_refused_and_a_proposed_one_gets_a_number(
    config: Callable[[str], Path], home: Path, capsys: Out
) -> None:
    config('[endpoints.openai]\npreset = "openai"\n')
    command = "curl https://api.openai.com/v1/chat/completions -d '{\"messages\":[]}'"
    assert main(["add", "openai", "-y", "--from-curl", command]) == 2
    assert "There is an endpoint ‘openai’ already." in capsys.readouterr().err
    assert main(["add", "-y", "--from-curl", command]) == 0
    assert set(written(home)) == {"openai", "openai-2"}


def test_an_address_is_known_by_what_it_lists(server: Server, home: Path) -> None:
    server.models = ["m-1"]
    assert main(["add", "lab", "-y", server.url.removesuffix("/v1")]) == 0
    assert written(home)["lab"]["provider"] == "openai-chat"
    assert main(["add", "gone", "-y", "http://127.0.0.1:9"]) == 2
    assert set(written(home)) == {"lab"}


def test_a_person_is_asked_before_anything_is_written(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for answer, there in (("n\n", False), ("y\n", True)):
        monkeypatch.setattr(sys, "stdin", Terminal(answer))
        assert main(["add", "lab", "--from-curl", "curl http://h/v1/chat/completions -d '{\"messages\":[]}'"]) == 0
        assert (home / "config.toml").exists() is there
    assert "Write it to" in capsys.readouterr().err
