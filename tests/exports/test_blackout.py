"""Keys in the texts of an exported conversation are blacked out, and nothing else is."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import exports
from chattui.chat import Conversation, Message, Tool
from chattui.cli import main
from chattui.exports.blackout import without_secrets
from chattui.files import Files
from chattui.store import Store

KEY = "sk-proj-0123456789abcdefABCDEF"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIB"


def talk(text: str) -> Conversation:
    made = Conversation("0190000000aa11223344ab", 1.0, 2.0, f"With {text}", system=text)
    user = Message("sk-0123456789abcdef", None, "user", f"My key is {text} .", 1.0)
    reply = Message(
        "a", user.id, "assistant", "Fine.", 1.0, reasoning=text, tools=(Tool("t", "x", f'{{"k": "{text}"}}'),)
    )
    for message in (user, reply):
        made = made.with_message(message, now=2.0)
    return replace(made, extra={"later": [text]})


@pytest.mark.parametrize("secret", [KEY, PEM, "AIzaSyA0123456789abcdefghijklmnopqrstu"])
@pytest.mark.parametrize("form", exports.FORMATS.values(), ids=exports.FORMATS)
def test_what_looks_like_a_key_is_in_no_form(form: exports.Format, secret: str) -> None:
    clean, count = without_secrets(talk(secret))
    text = exports.rendered(clean, form, Files(Path("/nonexistent")))
    assert count >= 5
    assert secret.rsplit(maxsplit=1)[-1] not in text
    assert "My key is ***" in text
    assert "Fine." in text
    assert list(clean.messages) == ["sk-0123456789abcdef", "a"]


def test_a_known_one_is_found_whatever_it_looks_like() -> None:
    clean, count = without_secrets(talk("correct horse"), lambda text: text.replace("correct horse", "***"))
    assert count >= 5
    assert "correct" not in str(clean)


@given(st.text())
def test_a_conversation_without_secrets_is_the_same_object(text: str) -> None:
    made = talk(text)
    clean, count = without_secrets(made, lambda said: said)
    assert (clean is made, count) == (True, 0)


def test_the_command_blacks_out_unless_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHATTUI_HOME", str(tmp_path))
    monkeypatch.setenv("OPENAI_API_KEY", "correct-horse-battery")
    store = Store(tmp_path / "data")
    store.save(talk("correct-horse-battery"))
    store.release("0190000000aa11223344ab")
    for form in exports.FORMATS:
        assert main(["export", "1", "--format", form]) == 0
        out, err = capsys.readouterr()
        assert "correct-horse" not in out + err
        assert "A key was blacked out in ‘With ***’; --keep-secrets leaves it." in err
    assert main(["export", "1", "--keep-secrets"]) == 0
    assert "correct-horse-battery" in capsys.readouterr().out
