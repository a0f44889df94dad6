"""`chattui login`: a password becomes a cookie in a private file, and the endpoint works."""

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.cli import main
from fakes import Fake
from fakes.hardwire import COOKIE, HardWire

Write = Callable[[str], Path]
Pipe = Callable[[bytes], None]
Out = pytest.CaptureFixture[str]


def test_a_cookie_is_kept_and_used(config: Write, piped: Pipe, home: Path, capsys: Out) -> None:
    with HardWire().running() as fake:
        assert isinstance(fake, Fake)
        table = f'[endpoints.hw]\npreset = "hardwire"\nurl = "{fake.base}"\napi_key = {{ file = "cookie" }}\n'
        config(table)
        (home / "cookie").write_text("better-auth.session_token=stale")  # readable by others, and old
        piped(b"ada@b.example\npass word\n")
        assert main(["login", "hw"]) == 0
        told = capsys.readouterr()
        assert 'user = "user-123"' in told.err
        assert "pass word" not in told.err + told.out
        assert (home / "cookie").read_text() == f"{COOKIE}\n"
        assert stat.S_IMODE((home / "cookie").stat().st_mode) == 0o600
        assert "cookie" not in fake.requests[0].headers
        assert fake.requests[0].headers["origin"] == fake.base
        config(f'{table}user = "user-123"\n')
        piped(b"")
        assert main(["ask", "Hello"]) == 0
        assert capsys.readouterr().out.strip() == HardWire.text


def test_a_wrong_password_changes_nothing(config: Write, piped: Pipe, home: Path, capsys: Out) -> None:
    with HardWire().running() as fake:
        assert isinstance(fake, Fake)
        config(f'[endpoints.hw]\npreset = "hardwire"\nurl = "{fake.base}"\napi_key = {{ file = "cookie" }}\n')
        piped(b"ada@b.example\nwrong\n")
        assert main(["login", "hw"]) != 0
        assert "Invalid email or password" in capsys.readouterr().err
        assert not (home / "cookie").exists()


@pytest.mark.parametrize(
    ("lines", "typed", "said"),
    [
        ('preset = "hardwire"', b"a\nb\n", "has no file for its cookie"),
        ('preset = "hardwire"\napi_key = { file = "c" }', b"\n", "needs an e-mail address and a password"),
        ('preset = "motia-sse"\napi_key = { file = "c" }', b"a\nb\n", "has no way to sign in"),
    ],
)
def test_what_is_missing_is_told(lines: str, typed: bytes, said: str, config: Write, piped: Pipe, capsys: Out) -> None:
    config(f"[endpoints.hw]\n{lines}\n")
    piped(typed)
    assert main(["login", "hw"]) == 2
    assert said in capsys.readouterr().err


def test_a_cookie_jar_of_curl_s_is_read_and_never_written(config: Write, piped: Pipe, home: Path, capsys: Out) -> None:
    with HardWire().running() as fake:
        assert isinstance(fake, Fake)
        config(
            f'[endpoints.hw]\npreset = "hardwire"\nurl = "{fake.base}"\nuser = "user-123"\n'
            'api_key = { file = "cookies.txt" }\n'
        )
        name, _, value = COOKIE.partition("=")
        jar = (
            "# Netscape HTTP Cookie File\n\n"
            f"#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t9900000000\t{name}\t{value}\n"
            f"other.example\tFALSE\t/\tFALSE\t9900000000\t{name}\tnot-for-you\n"
        )
        (home / "cookies.txt").write_text(jar)
        (home / "cookies.txt").chmod(0o600)
        assert main(["ask", "Hello"]) == 0
        assert capsys.readouterr().out.strip() == HardWire.text
        assert {request.headers["cookie"] for request in fake.requests} == {COOKIE}
        piped(b"ada@b.example\npass word\n")
        assert main(["login", "hw"]) == 2
        assert "cookie jar" in capsys.readouterr().err
        assert (home / "cookies.txt").read_text() == jar
        (home / "cookies.txt").write_text("# Netscape HTTP Cookie File\n")
        assert main(["ask", "Hello"]) == 2
        assert f"has no {name} for 127.0.0.1" in capsys.readouterr().err
