"""The index alone: what it keeps, what it does when it is damaged, old or of another folder, and two that write."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from chattui.chat import Conversation, Message
from chattui.fold import fold
from chattui.index import Index, Unusable, schema
from chattui.index.intake import GRAMS, searchable
from chattui.index.plan import LETTERS
from chattui.query import parse
from chattui.store import Store

NOW = 1_700_000_000.0


def talk(name: str, *texts: str, title: str = "", updated: float = NOW) -> Conversation:
    """A conversation of these messages, the user's first."""
    found = Conversation(f"{name:0>8}", updated, updated, title=title, endpoint="lab", model="m")
    parent = None
    for at, text in enumerate(texts):
        role = "assistant" if at % 2 else "user"
        message = Message(f"{name}-{at}", parent, role, text, updated)
        found, parent = found.with_message(message, now=updated), message.id
    return found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def index(tmp_path: Path, store: Store) -> Index:
    return Index(tmp_path / "cache" / "index.sqlite", store)


def asked(index: Index, typed: str) -> list[str]:
    """Ids of the messages that the index proposes."""
    found = index.candidates(parse(typed, NOW), lambda: False)
    assert found is not None
    return [one.id for one in found]


def test_rows_are_those_of_the_store_newest_first(store: Store, index: Index) -> None:
    for number in range(5):
        store.save(talk(str(number), "hi", updated=NOW + number))
    index.take(store.ids())
    assert index.rows() == sorted(store.rows(), key=lambda row: -row.updated)
    assert index.stamps() == store.stamps()


def test_nobody_else_can_read_it(store: Store, index: Index) -> None:
    store.save(talk("a", "secret words"))
    index.take(store.ids())
    kept = [path for path in index.path.parent.iterdir() if path.name.startswith("index.sqlite")]
    assert kept
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)
    assert stat.S_IMODE(index.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("quokka", ["a-0", "b-1"]),
        ("UOKK", ["a-0", "b-1"]),
        ("模型", ["a-1"]),
        ("型", ["a-1"]),
        ("用模型服", ["a-1"]),
        ("zurich", ["b-0"]),
        ('"zürich quokka"', []),
        ("quokka endpoint:lab model:m", ["a-0", "b-1"]),
        ("quokka endpoint:other", []),
        ("quokka title:second", ["b-1"]),
        ("role:assistant", ["a-1", "b-1"]),
        ("has:code", ["b-1"]),
        ("before:2001", []),
        ('"" OR "* NOT quokka(', []),
    ],
)
def test_candidates(store: Store, index: Index, typed: str, found: list[str]) -> None:
    store.save(talk("a", "zyxwQuokkavut here", "我们用模型服务"))
    store.save(talk("b", "Zürich", "a quokka\n```\nx\n```", title="The second"))
    index.take(store.ids())
    assert sorted(asked(index, typed)) == found


@pytest.mark.parametrize("typed", ["a", "ab", "🎉", "अब", "?!"])
def test_what_it_cannot_narrow_down_is_left_to_the_files(store: Store, index: Index, typed: str) -> None:
    store.save(talk("a", "ab 🎉 अब ?!"))
    index.take(store.ids())
    assert index.candidates(parse(typed, NOW), lambda: False) is None


def test_a_piece_of_too_many_words_is_left_to_the_files(store: Store, index: Index) -> None:
    store.save(talk("a", " ".join(f"w{number}ing" for number in range(700))))
    index.take(store.ids())
    assert index.candidates(parse("ing", NOW), lambda: False) is None
    assert asked(index, "w12ing ing") == ["a-0"]


def test_a_longer_conversation_costs_what_is_new(store: Store, index: Index) -> None:
    made = talk("a", "first words", "second words")
    store.save(made)
    index.take(store.ids())
    before = _keys(index)
    longer = made.with_message(Message("a-2", "a-1", "user", "third words", NOW), now=NOW + 10)
    store.save(longer)
    index.take(store.ids())
    assert set(before) < set(_keys(index))
    assert len(_keys(index)) == 3
    assert sorted(asked(index, "words")) == ["a-0", "a-1", "a-2"]


def test_a_changed_message_is_taken_in_again(store: Store, index: Index) -> None:
    store.save(talk("a", "old words", "same"))
    index.take(store.ids())
    store.save(talk("a", "fresh words", "same"))
    index.take(store.ids())
    assert asked(index, "fresh") == ["a-0"]
    assert asked(index, "old") == []
    assert len(_keys(index)) == 2


def test_what_is_gone_is_forgotten(store: Store, index: Index) -> None:
    made = talk("a", "words")
    store.save(made)
    index.take(store.ids())
    store.delete(made.id)
    index.take([made.id])
    assert index.rows() == []
    assert asked(index, "words") == []


def test_a_damaged_document_is_a_row_with_its_reason(store: Store, index: Index) -> None:
    made = talk("a", "words")
    store.save(made)
    store.path(made.id).write_bytes(b"{ no json")
    index.take(store.ids())
    assert "damaged" in index.rows()[0].damaged


def test_a_document_written_by_hand_is_found(store: Store, index: Index) -> None:
    store.save(talk("a", "words of a hand"))
    path = store.path(store.ids()[0])
    path.write_text(path.read_text("utf-8").replace(", ", ",\n "), "utf-8")
    index.take(store.ids())
    assert [one.at for one in index.candidates(parse("hand", NOW), lambda: False) or ()] == [-1]


def test_lone_surrogates_and_nul_are_no_trouble(store: Store, index: Index) -> None:
    store.save(talk("a", "be\ud800fore \0 after", title="\udfff"))
    index.take(store.ids())
    assert asked(index, "after") == ["a-0"]


# ---------------------------------------------------------------- old, damaged, foreign


def test_without_a_file_it_is_unusable(index: Index) -> None:
    with pytest.raises(Unusable) as caught:
        index.rows()
    assert not caught.value.broken


@pytest.mark.parametrize("where", [0, 4096])
def test_a_damaged_file_is_broken(store: Store, index: Index, where: int) -> None:
    store.save(talk("a", "words"))
    index.take(store.ids())
    data = index.path.read_bytes()
    index.discard()
    index.path.write_bytes(data[:where] + b"\xff" * (len(data) - where))
    with pytest.raises(Unusable) as caught:
        index.rows()
    assert caught.value.broken


def test_another_version_and_another_folder_are_broken(store: Store, index: Index, tmp_path: Path) -> None:
    index.take([])
    with pytest.raises(Unusable, match="another folder"):
        Index(index.path, Store(tmp_path / "elsewhere")).rows()
    with closing(sqlite3.connect(index.path)) as db:
        db.execute("PRAGMA user_version = 1")
    with pytest.raises(Unusable, match="another version") as caught:
        index.rows()
    assert caught.value.broken


def test_a_folder_that_cannot_be_written_to_is_no_more_than_unusable(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unusable) as caught:
        Index(tmp_path / "file" / "index.sqlite", store).take([])
    assert not caught.value.broken


def test_without_fts5_rows_are_kept_and_the_files_answer(
    store: Store, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "WORDS", "CREATE VIRTUAL TABLE texts USING no_such_module(text)")
    store.save(talk("a", "words"))
    index.take(store.ids())
    index.finish()
    assert [row.id for row in index.rows()] == store.ids()
    assert index.candidates(parse("words", NOW), lambda: False) is None


def test_half_built_it_leaves_words_to_the_files(store: Store, index: Index) -> None:
    store.save(talk("a", "words"))
    index.take(store.ids(), bulk=True)
    assert not index.complete
    assert index.candidates(parse("words", NOW), lambda: False) is None
    index.finish()
    assert index.complete
    assert asked(index, "words") == ["a-0"]


def test_much_that_is_gone_makes_it_worn(store: Store, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.index.intake.SPARE", 10)
    for number in range(16):
        store.save(talk("a", f"other words {number}"))
        index.take(store.ids())
    assert index.worn()


# ---------------------------------------------------------------- more than one


def test_two_processes_take_in_at_once(store: Store, index: Index) -> None:
    for number in range(60):
        store.save(talk(str(number), f"words number{number}"))
        store.release(f"{number:0>8}")
    command = [sys.executable, "-m", "chattui.indexing", str(store.data), str(index.path)]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(30) for process in running] == [0, 0]
    assert index.stamps() == store.stamps()
    assert len(_keys(index)) == 60
    assert asked(index, "number7") == ["7-0"]


def test_a_search_that_is_no_longer_wanted_ends(store: Store, index: Index) -> None:
    store.save(talk("a", *(f"words {number}" for number in range(300))))
    index.take(store.ids())
    wanted = iter([False] * 3)
    found = index.candidates(parse("words", NOW), lambda: next(wanted, True))
    assert found is not None
    assert len(list(found)) <= 300


# ---------------------------------------------------------------- letters


def tokens(texts: list[str]) -> Iterator[str]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE texts USING fts5(text, tokenize='unicode61 remove_diacritics 0')")
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(texts, 'row')")
        db.executemany("INSERT INTO texts(text) VALUES(?)", [(text,) for text in texts])
        yield from (term for (term,) in db.execute("SELECT term FROM v"))


@pytest.mark.parametrize("kind", [LETTERS, GRAMS])
def test_sqlite_takes_the_same_letters_for_letters(kind: str) -> None:
    letters = [chr(code) for code in range(0x30000) if re.fullmatch(f"[{kind}]", chr(code))]
    assert len(letters) > 60
    assert set(tokens(letters)) == set(letters)
    assert all(fold(letter) == letter for letter in letters)


def test_writings_without_blanks_become_pairs() -> None:
    assert searchable("用SSE数据流").split() == ["用", "sse", "数据", "据流", "流"]
    assert searchable("plain Text") == "plain text"


def _keys(index: Index) -> list[int]:
    with closing(sqlite3.connect(index.path)) as db:
        return [key for (key,) in db.execute("SELECT key FROM messages")]


def test_the_file_is_where_the_cache_is(tmp_path: Path) -> None:
    from chattui import paths

    assert paths.find({"CHATTUI_HOME": os.fspath(tmp_path)}).index == tmp_path / "cache" / "index.sqlite"


def test_pinned_rows_come_first_however_old(store: Store, index: Index) -> None:
    for number in range(5):
        store.save(replace(talk(str(number), "hi", updated=NOW + number), pinned=number in {0, 2}, tags=("a", "b")))
    index.take(store.ids())
    assert [row.updated - NOW for row in index.rows(2)] == [2, 0, 4, 3]
    assert {row.tags for row in index.rows()} == {("a", "b")}
