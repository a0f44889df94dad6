"""Secrets: where they come from, and that they are never seen."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import types
from pathlib import Path

import pytest

from chattui import secret
from chattui.errors import SecretError
from chattui.secret import Secret, checked, from_command, from_env, from_file, from_keyring

VALUE = "sk-hidden-0123456789"


def python(code: str) -> Secret:
    return from_command((sys.executable, "-c", code))


def failure(source: Secret) -> str:
    with pytest.raises(SecretError) as caught:
        source.reveal()
    return str(caught.value)


def test_a_secret_never_shows_itself() -> None:
    hidden = Secret(VALUE, "$X")
    hidden.reveal()
    prefixed = hidden.prefixed("Bearer ")
    shown = [
        repr(hidden),
        str(hidden),
        f"{hidden} {hidden:>40} {hidden!r}",
        f"{prefixed}",
        repr({"k": hidden}),
    ]
    assert not any(VALUE in text for text in shown)
    assert prefixed.reveal() == f"Bearer {VALUE}"
    assert hidden.prefixed("") is hidden


def test_a_secret_is_not_written_anywhere() -> None:
    hidden = Secret(VALUE, "$X")
    for write in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write(hidden)


def test_it_is_read_late_and_once() -> None:
    reads: list[int] = []

    def read() -> str:
        reads.append(1)
        return VALUE

    hidden = Secret(read, "$X")
    assert (reads, hidden.known) == ([], None)
    assert (hidden.reveal(), hidden.reveal(), hidden.known) == (VALUE, VALUE, VALUE)
    assert reads == [1]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("sk-\r\nX: 1", "character 4 is a control character"),
        ("sk-\x7f", "character 4 is a control character"),
        ("“sk-x”", "character 1 is not plain ASCII"),
        ("sk-é", "character 4 is not plain ASCII"),
    ],
)
def test_what_a_header_cannot_carry_is_refused_with_its_place_only(value: str, said: str) -> None:
    with pytest.raises(SecretError) as caught:
        checked(value, "$X")
    assert said in str(caught.value)
    assert "sk-" not in str(caught.value)


def test_blanks_around_a_key_are_taken_away() -> None:
    assert checked(f" {VALUE}\n", "$X") == VALUE


def test_the_environment() -> None:
    assert from_env("X", {"X": VALUE}).reveal() == VALUE
    assert from_env("X", {}).source == "$X"
    for environ in ({}, {"X": " "}):
        assert failure(from_env("X", environ)).startswith("$X is not set.")


def test_a_command_gives_its_first_line() -> None:
    assert python(f"print('{VALUE}'); print('second')").reveal() == VALUE


def test_a_command_is_not_given_to_a_shell(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    with pytest.raises(SecretError):
        from_command((f"echo x; touch {trap}",)).reveal()
    assert not trap.exists()


def test_a_command_reads_nothing_from_the_terminal() -> None:
    assert python("import sys; print('x' + sys.stdin.read())").reveal() == "x"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise SystemExit(3)", "failed with exit code 3"),
        ("", "is empty"),
        (f"import sys; print('{VALUE}', file=sys.stderr); raise SystemExit(1)", "failed with exit code 1"),
    ],
)
def test_a_command_that_fails(code: str, said: str) -> None:
    told = failure(python(code))
    assert said in told
    assert VALUE not in told


def test_a_command_that_hangs_or_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "COMMAND_SECONDS", 0.1)
    assert "did not answer within" in failure(python("import time; time.sleep(60)"))
    assert "cannot be run: no such file" in failure(from_command(("no-such-program-here",)))
    assert "cannot be run" in failure(from_command(("nul\0byte",)))


def test_a_file_must_be_ours_alone(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text(f"{VALUE}\nsecond\n")
    path.chmod(0o600)
    assert from_file(path).reveal() == VALUE
    path.chmod(0o640)
    assert "can be read by others. Run chmod 600" in failure(from_file(path))
    assert "cannot be read: no such file" in failure(from_file(tmp_path / "none"))
    assert "cannot be read: is a directory" in failure(from_file(tmp_path))


def keyring(monkeypatch: pytest.MonkeyPatch, value: str | None = None, error: bool = False) -> None:
    errors = types.ModuleType("keyring.errors")

    class KeyringError(Exception): ...

    def get_password(service: str, name: str) -> str | None:
        if error:
            raise KeyringError(VALUE)
        return value if (service, name) == ("chattui", "lab") else None

    module = types.ModuleType("keyring")
    module.__dict__.update(get_password=get_password, errors=errors)
    errors.__dict__.update(KeyringError=KeyringError)
    monkeypatch.setitem(sys.modules, "keyring", module)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)


def test_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    keyring(monkeypatch, VALUE)
    assert from_keyring("chattui", "lab").reveal() == VALUE
    assert "has no entry chattui/other. Add it: keyring set chattui other" in failure(from_keyring("chattui", "other"))
    keyring(monkeypatch, error=True)
    assert failure(from_keyring("chattui", "lab")).startswith("No keyring service works on this machine.")
    monkeypatch.setitem(sys.modules, "keyring", None)
    assert "Install chattui[keyring]" in failure(from_keyring("chattui", "lab"))
