"""The index in the background: the first list, what changes meanwhile, many documents, and trouble."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chattui import indexing
from chattui.index import Index
from chattui.indexing import Indexer, build
from chattui.store import Store
from talks import all_of, filled, ids


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def indexer(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Indexer]:
    monkeypatch.setattr(indexing, "REST", 0.01)
    made = Indexer(store, tmp_path / "cache" / "index.sqlite")
    yield made
    made.stop()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end, "never came true"
        time.sleep(0.01)


def caught_up(indexer: Indexer) -> bool:
    return indexer.behind == set() and not indexer.state


def test_without_an_index_there_are_no_rows_but_changes(store: Store, indexer: Indexer) -> None:
    filled(store, [["a"], ["b"]])
    assert indexer.rows() is None
    assert {row.title for row in indexer.changes().rows} == {"Talk 0", "Talk 1"}
    assert indexer.behind == set(store.ids())


def test_the_list_comes_from_the_index_and_what_is_new_behind_it(store: Store, indexer: Indexer) -> None:
    filled(store, [["a"], ["b"], ["c"]])
    indexer.index.take(store.ids())
    filled(store, [["other"]], first=1)
    filled(store, [["new"]], first=5)
    store.delete("talk000000")
    assert [row.id for row in indexer.rows() or ()] == ["talk000002", "talk000001", "talk000000"]
    changes = indexer.changes()
    assert sorted(row.id for row in changes.rows) == ["talk000001", "talk000005"]
    assert changes.gone == ["talk000000"]


def test_it_is_built_and_follows_each_save(store: Store, indexer: Indexer) -> None:
    filled(store, [["a quokka"], ["b"]])
    indexer.start()
    until(lambda: caught_up(indexer))
    assert ids(all_of(store, indexer.index, "quokka")) == {"0-0"}
    filled(store, [["new quokka"]], first=4)
    assert indexer.behind in ({"talk000004"}, set())
    until(lambda: caught_up(indexer))
    store.delete("talk000000")
    until(lambda: caught_up(indexer))
    assert [one.id for one in indexer.index.rows()] == ["talk000004", "talk000001"]
    assert indexer.index.stamps() == store.stamps()


def test_what_other_programs_change_is_found_when_it_looks_again(store: Store, indexer: Indexer) -> None:
    filled(store, [["a quokka"], ["b"]])
    indexer.start()
    until(lambda: caught_up(indexer))
    other = Store(store.data)
    filled(other, [["new quokka"]], first=4)
    other.delete("talk000000")
    told: list[indexing.Changes] = []
    indexer.renewed = told.append
    indexer.look_again()
    until(lambda: told and caught_up(indexer))
    assert ids(all_of(store, indexer.index, "quokka")) == {"4-0"}
    assert [row.id for row in told[0].rows] == ["talk000004"]
    assert told[0].gone == ["talk000000"]
    assert indexer.index.stamps() == store.stamps()


def test_many_are_taken_in_by_another_process(store: Store, indexer: Indexer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "MANY", 3)
    filled(store, [[f"word{number}"] for number in range(8)])
    told: list[str] = []
    indexer.told = lambda: told.append(indexer.state)
    indexer.start()
    until(lambda: caught_up(indexer))
    assert told[0] == "the index is being built: 0 of 8"
    assert told[-2:] == ["the index is being built: 8 of 8", ""]
    assert indexer.index.stamps() == store.stamps()
    assert indexer.index.complete


def test_where_no_process_can_be_started_the_thread_does_it(
    store: Store, indexer: Indexer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "MANY", 3)
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    filled(store, [[f"word{number}"] for number in range(8)])
    indexer.start()
    until(lambda: caught_up(indexer))
    assert indexer.index.stamps() == store.stamps()


@pytest.mark.parametrize("damage", [b"", b"no database at all, but text " * 50])
def test_a_damaged_one_is_made_anew(store: Store, indexer: Indexer, damage: bytes) -> None:
    filled(store, [["a quokka"], ["b"]])
    indexer.index.path.parent.mkdir()
    indexer.index.path.write_bytes(damage)
    assert indexer.rows() is None
    indexer.start()
    until(lambda: caught_up(indexer))
    assert ids(all_of(store, indexer.index, "quokka")) == {"0-0"}
    assert indexer.index.stamps() == store.stamps()


def test_one_that_is_thrown_away_meanwhile_is_made_anew(store: Store, indexer: Indexer) -> None:
    filled(store, [["a"], ["b"]])
    indexer.start()
    until(lambda: caught_up(indexer))
    indexer.index.discard()
    filled(store, [["new"]], first=4)
    until(lambda: indexer.index.path.exists() and caught_up(indexer))
    assert indexer.index.stamps() == store.stamps()


def test_where_it_cannot_be_kept_everything_works_without(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    indexer = Indexer(store, tmp_path / "file" / "index.sqlite")
    filled(store, [["a quokka"]])
    indexer.start()
    until(lambda: indexer.behind == {"talk000000"} and not indexer.state)
    filled(store, [["b quokka"]], first=1)
    assert ids(all_of(store, indexer.index, "quokka")) == {"0-0", "1-0"}
    indexer.stop()


def test_a_worn_one_is_made_anew(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.index.intake.SPARE", 0)
    index = Index(tmp_path / "index.sqlite", store)
    for number in range(5):
        filled(store, [[f"words {number}"]])
        index.take(store.ids())
    assert index.worn()
    list(build(store, index))
    assert not index.worn()
    assert index.stamps() == store.stamps()


def test_the_process_says_how_far_it_is(store: Store, tmp_path: Path) -> None:
    filled(store, [["a"], ["b"]])
    command = [sys.executable, "-m", "chattui.indexing", str(store.data), str(tmp_path / "index.sqlite")]
    assert subprocess.run(command, capture_output=True, check=True).stdout == b"2\n"
    assert subprocess.run(command, capture_output=True, check=True).stdout == b""


def test_a_process_without_a_place_to_write_ends_with_1(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "chattui.indexing", str(store.data), str(tmp_path / "file" / "index.sqlite")]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


def test_it_ends_at_once(store: Store, indexer: Indexer) -> None:
    filled(store, [["a"]])
    indexer.start()
    before = time.monotonic()
    indexer.stop()
    assert time.monotonic() - before < 2
