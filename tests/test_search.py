"""Search: the index, the files and a plain look at every message say the same."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chattui.fold import fold
from chattui.index import Index
from chattui.query import Query, parse
from chattui.search import Found, Hit, search
from chattui.store import Store
from talks import NOW, Talks, all_of, filled, ids


def looked(talks: Talks, query: Query) -> set[str]:
    """What one finds by looking at every message."""
    return {
        f"{number}-{at}"
        for number, texts in enumerate(talks)
        for at, text in enumerate(texts)
        if all(word in " ".join(fold(text).split()) for word in query.words)
    }


@contextmanager
def library(talks: Talks) -> Iterator[tuple[Store, Index]]:
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "data")
        filled(store, talks)
        yield store, Index(Path(folder) / "index.sqlite", store)


ALPHABET = 'abAéÉß_-."\\/\n\t n模型が서울流ΣςЖ🎉\x1b\0İſ\u0301\u00a0'
TEXTS = st.text(ALPHABET, max_size=24) | st.sampled_from(
    ["aba baa", "naïve aab", "模型 流模型", 'a "b" \\n', "ſab KELVIN \u212a"]
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=4),
    st.lists(st.text(ALPHABET, min_size=1, max_size=5), min_size=1, max_size=2),
)
def test_index_files_and_a_plain_look_agree(talks: Talks, words: list[str]) -> None:
    query = Query(tuple(word for word in (" ".join(fold(word).split()) for word in words) if word))
    if query.empty:
        return
    with library(talks) as (store, index):
        expected = looked(talks, query)
        assert ids(all_of(store, None, query)) == expected
        index.take(store.ids())
        assert ids(all_of(store, index, query)) == expected


def test_a_file_in_other_json_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["Zürich 模型", "x"]])
    path = store.path(store.ids()[0])
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")), indent=2), "ascii")
    index = Index(tmp_path / "index.sqlite", store)
    index.take(store.ids())
    for typed in ("zurich", "模型", "模", "ü"):
        assert ids(all_of(store, None, typed)) == {"0-0"}
        assert ids(all_of(store, index, typed)) == {"0-0"}


def test_what_the_index_does_not_know_yet_is_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["old quokka"], ["a quokka"], ["gone quokka"]])
    index = Index(tmp_path / "index.sqlite", store)
    index.take(store.ids())
    filled(store, [["a wombat"]], first=1)  # another program changes one,
    filled(store, [["new quokka"]], first=7)  # adds one,
    store.delete("talk000002")  # and one is gone
    assert ids(all_of(store, index, "quokka")) == {"0-0", "7-0"}
    assert ids(all_of(store, index, "wombat")) == {"1-0"}


def test_an_index_that_was_not_told_of_a_change_shows_nothing_wrong(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["a quokka here"], ["another quokka"]])
    index = Index(tmp_path / "index.sqlite", store)
    index.take(store.ids())
    filled(store, [["something else altogether"]], first=0)
    hits = [hit for batch in search(store, index, parse("quokka", NOW), behind=()) for hit in batch]
    assert [hit.message for hit in hits] == ["1-0"]


def test_damaged_files_hide_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["a quokka"], ["b quokka"]])
    store.path("talk000001").write_bytes(b'{"id": "quokka", \xff')
    index = Index(tmp_path / "index.sqlite", store)
    assert ids(all_of(store, None, "quokka")) == {"0-0"}
    index.take(store.ids())
    assert ids(all_of(store, index, "quokka")) == {"0-0"}


def test_a_broken_index_is_not_asked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["a quokka"]])
    (tmp_path / "index.sqlite").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    assert ids(all_of(store, Index(tmp_path / "index.sqlite", store), "quokka")) == {"0-0"}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(
    ("typed", "messages", "titles"),
    [
        ("plan", {"0-1"}, ["Quokka plans"]),
        ("quokka", {"1-0"}, ["Quokka plans"]),
        ("title:quokka", set(), ["Quokka plans"]),
        ("title:quokka role:you", {"0-0"}, []),
        ("quokka role:you", {"1-0"}, []),
        ("tag:zoo", set(), ["Quokka plans"]),
        ("tag:zoo title:plans", set(), ["Quokka plans"]),
        ("tag:zoo plan", {"0-1"}, ["Quokka plans"]),
        ("tag:zoo role:you", {"0-0"}, []),
        ("tag:oo", set(), []),
    ],
)
def test_titles_are_found_where_no_message_says_it(
    tmp_path: Path, known: bool, typed: str, messages: set[str], titles: list[str]
) -> None:
    store = Store(tmp_path)
    filled(store, [["hi", "the plan"], ["a quokka"]])
    store.save(replaced := store.load("talk000000"))
    from dataclasses import replace

    store.save(replace(replaced, title="Quokka plans", tags=("work", "Zoology")))
    index = Index(tmp_path / "index.sqlite", store)
    index.take(store.ids())
    found = all_of(store, index if known else None, typed)
    titles = [] if "0-1" in messages else titles
    assert (ids(found), [hit.title for hit in found.hits if not hit.message]) == (messages, titles)


def test_a_hit_tells_where_and_what(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["the question", "an \x1b[31manswer\x1b[0m with a Quokka"]])
    (hit,) = all_of(store, None, "quokka").hits
    assert (hit.conversation, hit.title, hit.message, hit.role, hit.who) == (
        "talk000000", "Talk 0", "0-1", "assistant", "lab",
    )  # fmt: skip
    assert hit.excerpt == "an ␛[31manswer␛[0m with a Quokka"
    assert [hit.excerpt[start:end] for start, end in hit.marks] == ["Quokka"]


@pytest.mark.parametrize("known", [True, False])
def test_it_ends_after_the_most(tmp_path: Path, known: bool) -> None:
    store = Store(tmp_path)
    filled(store, [[f"word {number}"] for number in range(30)])
    index = Index(tmp_path / "index.sqlite", store)
    index.take(reversed(store.ids()))
    hits = [hit for batch in search(store, index if known else None, parse("word", NOW), most=7) for hit in batch]
    assert {hit.message for hit in hits} == {f"{number}-0" for number in range(23, 30)}


def test_nothing_asked_is_nothing_found(tmp_path: Path) -> None:
    store = Store(tmp_path)
    filled(store, [["word"]])
    assert all_of(store, None, "  ").hits == []
    assert all_of(Store(tmp_path / "nowhere"), None, "word").hits == []


@pytest.mark.parametrize("known", [True, False])
def test_it_stops_when_it_is_no_longer_wanted(tmp_path: Path, known: bool) -> None:
    store = Store(tmp_path)
    filled(store, [[f"word {number}"] for number in range(50)])
    index = Index(tmp_path / "index.sqlite", store)
    index.take(store.ids())
    turns = iter([False] * 5)
    batches = search(
        store, index if known else None, parse("word", NOW), behind=(), cancelled=lambda: next(turns, True)
    )
    assert len([hit for batch in batches for hit in batch if hit.message]) < 10


def test_words_for_what_was_found() -> None:
    def hit(conversation: str, message: str) -> Hit:
        return Hit(conversation, "", message, None, "", 0.0, "", ())

    found = Found()
    assert found.words == "nothing found"
    found.add([hit("a", "1")])
    assert found.words == "1 message in 1 conversation"
    found.add([hit("a", "2"), hit("b", "3"), hit("b", ""), hit("c", "")])
    assert found.words == "3 messages in 2 conversations and 1 title"
    found.add([hit("c", "4")])
    assert found.words == "4 messages in 3 conversations"
    found.add([hit("d", str(number)) for number in range(1000)])
    assert found.words == "1,004+ messages in 4 conversations"
