"""A large store: everything that is found by the index is found by the files, and nothing else.

Small by default; CHATTUI_LARGE=1 takes 10,000 conversations of 20 messages.
"""

import os
import sys
import time
from pathlib import Path

import pytest

from chattui.index import Index
from chattui.indexing import Indexer, build
from chattui.store import Store
from talks import all_of, ids

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))
generated = pytest.importorskip("generated", reason="needs the folder benchmarks")

LARGE = bool(os.environ.get("CHATTUI_LARGE"))
pytestmark = pytest.mark.timeout(900 if LARGE else 60)
COUNT, EACH = (10_000, 20) if LARGE else (60, 8)
NOTHING = "no such words"
QUERIES = (
    *("network", "sutimedex conm", "模型", "用", "zurich", generated.NEEDLE[1:7], '"end marker"', "model:claude out"),
    *("has:code role:assistant", "endpoint:lab after:2020-09-14 before:2021", "title:ri", NOTHING),
)
IN_LARGE_ONES = ("模型", '"end marker"')


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Index]:
    folder = tmp_path_factory.mktemp("large")
    generated.write(folder / "data", COUNT, EACH)
    store = Store(folder / "data")
    index = Index(folder / "cache" / "index.sqlite", store)
    for _ in build(store, index):
        pass
    return store, index


def test_the_generator_makes_the_same_again(library: tuple[Store, Index], tmp_path: Path) -> None:
    store, _ = library
    generated.write(tmp_path, 3, EACH)
    for name in Store(tmp_path).ids():
        assert Store(tmp_path).path(name).read_bytes() == store.path(name).read_bytes()


@pytest.mark.parametrize("typed", QUERIES)
def test_index_and_files_agree(library: tuple[Store, Index], typed: str) -> None:
    store, index = library
    found, read = all_of(store, index, typed), all_of(store, None, typed)
    assert ids(found) == ids(read)
    if LARGE or typed not in IN_LARGE_ONES:
        assert bool(found.hits) == (typed != NOTHING)


def test_the_list_is_whole(library: tuple[Store, Index]) -> None:
    store, index = library
    indexer = Indexer(store, index.path)
    rows = indexer.rows()
    assert rows is not None
    assert [row.id for row in rows] == store.ids()
    assert rows == list(store.rows())
    assert indexer.changes() == ([], [])
    assert indexer.rows(5) == rows[:5]


def test_one_more_is_found_at_once(library: tuple[Store, Index]) -> None:
    store, index = library
    name = store.ids()[COUNT // 2]
    before = store.load(name)
    from chattui.chat import Message

    grown = before.with_message(Message("new", before.head, "user", "an unheard-of wombatology", time.time()), now=0.0)
    store.save(grown)
    store.release(name)
    assert ids(all_of(store, index, "wombatolog")) == {"new"}
    index.take([name])
    assert ids(all_of(store, index, "wombatolog")) == {"new"}
