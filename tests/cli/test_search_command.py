"""chattui search, in this process."""

import json
from pathlib import Path

import pytest

from chattui import paths
from chattui.chat import Conversation, Message
from chattui.cli import main
from chattui.commands import search
from chattui.index import Index
from chattui.store import Store

Out = pytest.CaptureFixture[str]


@pytest.fixture
def store(home: Path) -> Store:
    store = Store(home / "data")
    for number in range(25):
        then = 1.7e9 + number
        asked = Message(f"q{number}", None, "user", f"Why does the Proxy\ncut it, {number}?", then)
        said = Message(f"a{number}", asked.id, "assistant", "Buffers \x1b[31m模型 naïve.", then, model="gpt-x")
        made = Conversation(f"aabbcc{number:06}", then, then, endpoint="lab", title=f"Talk \x1b]0;{number}")
        for message in (asked, said):
            made = made.with_message(message, now=then)
        store.save(made)
        store.release(made.id)
    return store


def test_two_lines_for_each_of_the_newest_and_a_sum(store: Store, capsys: Out) -> None:
    assert main(["search", "proxy", "CUT"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert len(lines) == 40
    assert lines[0].startswith("000024")
    assert lines[0].endswith("you · Talk ␛]0;24")
    assert lines[1] == "    Why does the Proxy cut it, 24?"
    assert err == "chattui: 25 messages in 25 conversations; the newest 20 are shown, -n 0 shows all.\n"


@pytest.mark.parametrize("known", [True, False])
def test_as_many_as_wanted_with_and_without_an_index(store: Store, home: Path, capsys: Out, known: bool) -> None:
    if known:
        Index(paths.find({"CHATTUI_HOME": str(home)}).index, store).take(store.ids())
    assert main(["search", "naive", "模", "-n", "2"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[1::2] == ["    Buffers ␛[31m模型 naïve."] * 2
    assert "gpt-x · Talk" in out
    assert "\x1b" not in out
    assert "25 messages" in err


def test_json_has_all_of_them(store: Store, capsys: Out) -> None:
    assert main(["search", "--json", "proxy"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == 25
    first = found[0]
    assert (first["conversation"], first["message"], first["role"]) == ("aabbcc000024", "q24", "user")
    assert [first["excerpt"][start:end] for start, end in first["marks"]] == ["Proxy"]


def test_on_a_terminal_finds_are_bold(store: Store, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "is_terminal", lambda _: True)
    assert main(["search", "proxy", "-n", "1"]) == 0
    assert "the \x1b[1mProxy\x1b[22m cut" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["search", "proxy", "-n", "1"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_nothing_found_is_1(store: Store, capsys: Out) -> None:
    assert main(["search", "wombat"]) == 1
    assert capsys.readouterr() == ("", "chattui: nothing found.\n")
    assert main(["search", "--json", "wombat"]) == 1
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["role:robot"], "Role: is you or assistant, not ‘robot’."),
        ([""], "There is nothing to look for."),
        (["role:"], "There is nothing to look for."),
    ],
)
def test_what_cannot_be_understood_is_2(capsys: Out, typed: list[str], said: str) -> None:
    assert main(["search", *typed]) == 2
    assert said in capsys.readouterr().err


def test_nothing_is_written(store: Store, home: Path) -> None:
    before = sorted(home.rglob("*"))
    main(["search", "proxy"])
    assert sorted(home.rglob("*")) == before


def test_long_and_wide_lines_are_cut() -> None:
    text, marks = search.cut("模" * 60 + "型", ((0, 2), (58, 61)), 20)
    assert text == "模" * 9 + "…"
    assert marks == ((0, 2),)
