"""`chattui trash`: what was deleted, brought back or gone for good."""

import json
from pathlib import Path

import pytest

from chattui.chat import Conversation, Message
from chattui.cli import main
from chattui.commands import output, trash
from chattui.store import Store

Out = pytest.CaptureFixture[str]
ONE, TWO, KEPT = (f"0190000000aa1122334{n}ab" for n in "123")


@pytest.fixture
def store(home: Path) -> Store:
    store = Store(home / "data")
    for name, title in ((ONE, "First \x1b[31mone"), (TWO, "Second"), (KEPT, "Kept")):
        store.save(
            Conversation(name, 1.0, 1.0, endpoint="lab").with_message(Message("m", None, "user", title), now=2.0)
        )
        store.release(name)
    store.delete(ONE)
    while store.trash.newest() != TWO:  # times of files may be coarse
        if store.has(TWO):
            store.delete(TWO)
        else:
            store.restore(TWO)
    return store


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Questions that were asked; the answer to each is yes."""
    found: list[str] = []

    def yes(question: str) -> bool:
        found.append(question)
        return True

    monkeypatch.setattr(trash, "agreed", yes)
    return found


def test_what_was_deleted_last_is_the_first(store: Store, capsys: Out) -> None:
    assert main(["trash"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["1", TWO[-6:]], ["2", ONE[-6:]]]
    assert "now  30 d left  lab  Second" in lines[0]
    assert main(["trash", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["number"], row["id"], row["title"]) for row in rows] == [
        (1, TWO, "Second"),
        (2, ONE, "First \x1b[31mone"),
    ]
    assert rows[0]["deleted"] > 1e9


@pytest.mark.parametrize("reference", ["1", TWO, TWO[-4:]])
def test_restore_brings_back(store: Store, capsys: Out, reference: str) -> None:
    assert main(["trash", "restore", reference]) == 0
    assert capsys.readouterr().err == "chattui: ‘Second’ is back.\n"
    assert store.has(TWO)
    assert store.trash.ids() == [ONE]
    assert main(["trash", "restore", TWO]) == 2
    assert "chattui trash shows them all" in capsys.readouterr().err


def test_several_numbers_are_those_that_were_shown(store: Store) -> None:
    assert main(["trash", "restore", "1", "2"]) == 0
    assert store.trash.ids() == []
    assert len(store.ids()) == 3


def test_delete_and_empty_ask_once_and_nothing_is_left(store: Store, asked: list[str], capsys: Out) -> None:
    assert main(["trash", "delete", "2"]) == 0
    assert store.trash.ids() == [TWO]
    store.delete(KEPT)
    assert main(["trash", "empty"]) == 0
    assert asked == ["Delete ‘First ␛[31mone’ for good? That cannot be undone.",
                     "Delete 2 conversations for good? That cannot be undone."]  # fmt: skip
    assert list(store.trash.folder.iterdir()) == []
    assert "2 conversations are gone for good." in capsys.readouterr().err
    assert main(["trash", "empty"]) == 0
    assert main(["trash"]) == 0
    assert capsys.readouterr().err.count("Nothing is in the trash.") == 2


def test_without_somebody_to_ask_nothing_is_deleted(store: Store, capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda _: False)
    assert main(["trash", "empty"]) == 2
    assert "--yes" in capsys.readouterr().err
    assert len(store.trash.ids()) == 2
    assert main(["trash", "empty", "--yes"]) == 0
    assert store.trash.ids() == []


@pytest.mark.parametrize(
    ("argv", "code"), [(["restore"], 2), (["delete"], 2), (["list", "1"], 2), (["restore", "99"], 2), (["burn"], 2)]
)
def test_what_makes_no_sense_changes_nothing(store: Store, argv: list[str], code: int) -> None:
    assert main(["trash", *argv]) == code
    assert len(store.trash.ids()) == 2
