"""Broken, foreign and hostile files: what can be read is imported, the rest is told, nothing existing changes."""

import io
import json
import os
import sqlite3
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chattui.chat import Conversation, Message
from chattui.errors import Unimportable
from chattui.imports import opening, taking, values
from chattui.imports.taking import GROUP, Taking
from chattui.store import Store
from foreign import BRANCHED, CLAUDE, DOT, OPENAI, Take, dumped, node, zipped
from foreign import chatgpt as conversation

DEEP = b"[" * 100_000
KNOWN = Conversation("0190000000aa11223344ab", 1.0, 2.0, "Known", True).with_message(
    Message("u1", None, "user", "Known"), now=2.0
)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "It is empty."),
        (b"hello", "It is of a kind that is not known here"),
        (b"\x7fELF\x02\x01\x01", "It is of a kind that is not known here"),
        (b"# A talk\n\n## you\n\nhi\n", "It is of a kind that is not known here"),
        (b"SQLite format 3\0" + b"\0" * 200, "It is a damaged SQLite database"),
        (b"PK\x03\x04 cut off", "It is a damaged archive"),
        (zipped({"photo.png": DOT}), "It is an archive without conversations.json."),
    ],
)
def test_a_file_that_is_nothing_known(data: bytes, why: str, take: Take) -> None:
    with pytest.raises(Unimportable, match=why.replace(".", r"\.")):
        take(data)


@pytest.mark.parametrize(
    ("data", "what", "why"),
    [
        (b"{", "failed", "cut off"),
        (b"[]", None, ""),
        (b"[1]", "failed", "It is no conversation."),
        (b"{}", "failed", "no conversation of a program"),
        (b'{"messages": []}', "skipped", "It has no messages."),
        (b'{"v": 1, "api_key": "sk-live-abcdefghijklmnopqrstuvwx", "base_url": "https://evil.example", "messages": []}',
         "skipped", "It has no messages."),
        (b'{"id": "x", "v": 99, "messages": [{"id": "m", "role": "user", "text": "x"}]}', "failed", "newer chattui"),
        (b'{"id": "x", "v": "two", "messages": [{"id": "m", "role": "user", "text": "x"}]}', "failed", "damaged"),
        (b'{"id": "x", "messages": [{"id": "m", "text": "x"}]}', "failed", "no messages"),
        (b'{"mapping": 7}', "failed", "not known here"),
        (b'{"mapping": {}}', "skipped", "It has no messages."),
        (b'{"chat_messages": [7, null, {}]}', "skipped", "It has no messages."),
        (b'{"messages": [{"role": "user", "content": 7}]}', "skipped", "It has no messages."),
        (b'{"messages": "none"}', "failed", "not known here"),
        (b'{"id": ' + b"9" * 5000 + b"}", "failed", "a number that is too long"),
        (DEEP, "failed", "nested too deeply"),
        (b'{"a": ' + DEEP, "failed", "nested too deeply"),
        (dumped([conversation(node("a", "b", "user", "x"), node("b", "a", "user", "y"))]), "skipped", "no messages"),
        (dumped([conversation(node("a", "a", "user", "x"))]), "new", ""),
        ('{"a": "\xff"'.encode("latin-1"), "failed", "not UTF-8"),
        (b"<!-- chattui:conversation {nonsense} -->\n", "failed", "damaged"),
    ],
    ids=lambda value: value[:24].decode("latin-1") if isinstance(value, bytes) else None,
)  # fmt: skip
def test_a_value_that_is_no_conversation(data: bytes, what: str | None, why: str, take: Take, store: Store) -> None:
    taken = take(data)
    assert [one.what for one in taken] == ([what] if what else [])
    assert all(why in one.why for one in taken)
    assert len(store.ids()) == (what == "new")


def test_what_stands_before_a_break_is_imported(take: Take, store: Store) -> None:
    others = [conversation(node("u", None, "user", f"Question {n}"), name=f"c-{n}", title=f"{n}") for n in range(5)]
    whole = dumped(others)
    taken = take(whole[: len(whole) - 40])
    assert [one.what for one in taken] == ["failed", "new", "new", "new", "new"]
    assert "cut off" in taken[0].why
    assert len(store.ids()) == 4


def test_what_is_wrong_with_one_conversation_harms_no_other(take: Take, store: Store) -> None:
    taken = take(dumped([BRANCHED, {"title": "odd"}, 7, CLAUDE, None, OPENAI]))
    assert sorted((one.what, one.title) for one in taken) == [
        ("failed", "odd"), ("failed", "value 3"), ("failed", "value 5"),
        ("new", "End markers"), ("new", "Kündigungsfrist"), ("new", "Weather?"),
    ]  # fmt: skip
    assert len(store.ids()) == 3


def test_an_archive_with_a_damaged_part(take: Take, store: Store) -> None:
    data = zipped({"conversations-000.json": dumped([BRANCHED]), "conversations-001.json": dumped([CLAUDE] * 50)})
    at = data.index(b"conversations-001.json") + 60
    taken = take(data[:at] + bytes(40) + data[at + 40 :])
    assert {one.what for one in taken} == {"new", "failed"}
    assert "conversations-001.json" in {one.title for one in taken if one.what == "failed"}
    assert len(store.ids()) >= 1


def test_an_archive_writes_nothing_but_conversations(take: Take, store: Store, tmp_path: Path) -> None:
    take(zipped({"../../evil.json": b"[]", "/etc/evil.json": b"[]", "conversations.json": dumped([BRANCHED])}))
    files = {path.relative_to(tmp_path).parts[0] for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"file", "data"}
    assert not (tmp_path.parent / "evil.json").exists()


def test_an_archive_with_a_password_is_told(take: Take) -> None:
    data = io.BytesIO(zipped({"conversations.json": dumped([BRANCHED])}))
    with zipfile.ZipFile(data) as archive:
        flags = archive.infolist()[0].header_offset + 6
    raw = bytearray(data.getvalue())
    central = raw.index(b"PK\x01\x02") + 8
    raw[flags] |= 1
    raw[central] |= 1
    (taken,) = take(bytes(raw))
    assert taken.what == "failed"
    assert "cannot be unpacked" in taken.why


def test_sizes_are_limited(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MOST_BYTES", 1000)
    with pytest.raises(Unimportable, match="larger than"):
        take(b"[" + b" " * 2000)
    with pytest.raises(Unimportable, match="more than it may"):
        take(zipped({"conversations.json": b"[" + b" " * 100_000}))
    monkeypatch.setattr(values, "MOST", 3_000_000)
    monkeypatch.setattr(opening, "MOST_BYTES", 100_000_000)
    taken = take(b'["' + b"x" * 8_000_000 + b'"]')
    assert [(one.what, one.why) for one in taken] == [("failed", "It is larger than 64 MiB.")]


def test_a_file_of_which_hardly_anything_can_be_read_is_left(
    take: Take, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A megabyte of zip can hold millions of parts that are nothing."""
    monkeypatch.setattr(taking, "MOST_FAILED", 50)
    assert len(take(b"[" + b"{}," * 49 + b"{}]")) == 50
    with pytest.raises(Unimportable, match="More than 50 parts of it cannot be read"):
        take(zipped({"conversations.json": b"[" + b"{}," * 1000 + b"{}]"}))


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda path: path.mkdir(), "It is a folder"),
        (os.mkfifo, "It is no file"),
        (lambda path: None, "There is no such file"),
    ],
)
def test_what_is_no_file_is_told_at_once(make: Any, why: str, take: Take, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    make(path)
    with pytest.raises(Unimportable, match=why):
        take(path)


def test_a_database_of_nobody(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE responses (id)")
    with pytest.raises(Unimportable, match="neither of llm nor of elia"):
        take(path)


def test_a_database_whose_columns_are_others(take: Take, tmp_path: Path) -> None:
    path = tmp_path / "elia.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE chat (id)")
        database.execute("CREATE TABLE message (id)")
    (taken,) = take(path)
    assert (taken.what, taken.title) == ("failed", "the rest of the database")
    assert "no such column" in taken.why


def test_ids_that_are_paths_become_names(take: Take, store: Store) -> None:
    message = {"id": "../../../m", "parent": None, "role": "user", "text": "hi"}
    value = {"id": "../../../../etc/cron.d/x", "title": "../../.bashrc", "messages": [message], "head": "../../../m"}
    (taken,) = take(dumped(value))
    assert taken.what == "new"
    (name,) = store.ids()
    found = store.load(name)
    assert name == found.id == taken.id
    assert list(found.messages) == [found.head]
    assert found.head is not None
    assert "/" not in found.head
    assert found.title == "../../.bashrc"


# ---------------------------------------------------------------- nothing existing changes


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.glob("*.json")}


def test_the_same_again_imports_nothing(take: Take, store: Store) -> None:
    store.save(KNOWN)
    store.release(KNOWN.id)
    data = dumped([BRANCHED, CLAUDE, OPENAI])
    assert [one.what for one in take(data)] == ["new"] * 3
    before = snapshot(store.folder)
    assert [one.what for one in take(data)] == ["unchanged"] * 3
    assert [one.what for one in take(dumped([OPENAI, BRANCHED, BRANCHED]))] == ["unchanged"] * 3
    assert snapshot(store.folder) == before


def test_a_newer_export_adds_what_is_new(take: Take, store: Store) -> None:
    first = [node("u1", None, "user", "How?", at=1.0), node("a1", "u1", "assistant", "So.", at=2.0)]
    more = [node("u2", "a1", "user", "And then?", at=3.0), node("a2", "u2", "assistant", "Thus.", at=4.0)]
    (taken,) = take(dumped([conversation(*first)]))
    (grown,) = take(dumped([conversation(*first, *more)]))
    assert (grown.what, grown.id, grown.messages) == ("grown", taken.id, 2)
    assert [message.text for message in store.load(taken.id).branch()] == ["How?", "So.", "And then?", "Thus."]


def test_what_somebody_went_on_with_stays_as_it_is(take: Take, store: Store) -> None:
    first = [node("u1", None, "user", "How?", at=1.0), node("a1", "u1", "assistant", "So.", at=2.0)]
    (taken,) = take(dumped([conversation(*first)]))
    mine = store.load(taken.id).named("My title").with_message(Message("mine", "a1", "user", "My own"), now=9.0)
    store.save(mine)
    store.release(mine.id)
    changed = [*first[:1], node("a1", "u1", "assistant", "Changed there."), node("u2", "a1", "user", "Theirs", at=3.0)]
    (grown,) = take(dumped([conversation(*changed)]))
    found = store.load(taken.id)
    assert (grown.what, found.title) == ("grown", "My title")
    assert [message.text for message in found.branch()] == ["How?", "So.", "My own"]
    assert [message.text for message in found.children("a1")] == ["My own", "Theirs"]


def test_what_was_deleted_stays_deleted(take: Take, store: Store) -> None:
    (taken,) = take(dumped([CLAUDE]))
    store.delete(taken.id)
    (again,) = take(dumped([CLAUDE]))
    assert (again.what, again.why) == ("skipped", "It is in the trash; bring it back there.")
    assert not store.ids()


def test_what_is_open_elsewhere_is_told(take: Take, store: Store) -> None:
    first = [node("u1", None, "user", "How?")]
    (taken,) = take(dumped([conversation(*first)]))
    other = Store(store.data)
    other.hold(taken.id)
    (again,) = take(dumped([conversation(*first, node("a1", "u1", "assistant", "So."))]))
    other.release(taken.id)
    assert again.what == "failed"
    assert "open in another chattui" in again.why


def test_a_damaged_one_here_is_left_as_it_is(take: Take, store: Store) -> None:
    (taken,) = take(dumped([CLAUDE]))
    path = store.folder / f"{taken.id}.json"
    path.write_text("{")
    (again,) = take(dumped([CLAUDE]))
    assert again.what == "failed"
    assert path.read_text() == "{"


def test_a_dry_run_writes_nothing_and_tells_the_same(take: Take, store: Store, tmp_path: Path) -> None:
    data = zipped({"conversations.json": dumped([BRANCHED, BRANCHED, CLAUDE, 7])})
    dry = take(data, dry=True)
    assert not store.data.exists()
    assert [(one.what, one.id) for one in dry] == [(one.what, one.id) for one in take(data)]


def test_groups_of_any_size(take: Take, store: Store) -> None:
    many = [conversation(node("u", None, "user", "x"), name=f"c-{n}", title=f"{n}") for n in range(GROUP * 2 + 3)]
    assert {one.what for one in take(dumped(many))} == {"new"}
    assert len(store.ids()) == len(many)
    assert not list(store.folder.glob("*.tmp"))
    assert not list(store.folder.glob("*.lock"))
    assert (store.folder / f"{store.ids()[0]}.json").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_refuses_keeps_nothing_half(take: Take, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chattui.bulk.disk.sync", full)
    taken = take(dumped([BRANCHED, CLAUDE]))
    assert [one.what for one in taken] == ["failed", "failed"]
    assert "disk is full" in taken[0].why
    assert not list(store.data.rglob("*.json"))
    assert not list(store.data.rglob("*.tmp"))


def test_what_a_killed_import_has_left_is_swept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.folder.mkdir(parents=True)
    left = store.folder / "0190000000aa11223344ab.json.0123abcd.tmp"
    left.write_text("half")
    Taking(store)
    assert left.exists()  # another import may be at work
    monkeypatch.setattr(taking, "ABANDONED", -1.0)
    Taking(store, dry=True)
    assert left.exists()
    Taking(store)
    assert not left.exists()


def test_an_import_that_breaks_off_keeps_what_was_read(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(dumped([BRANCHED, CLAUDE]))
    items = opening.items(path)
    import_ = Taking(store)
    with pytest.raises(KeyboardInterrupt):
        for _ in import_.take(interrupted(items)):
            pass
    assert [one.what for one in import_.close()] == ["new"]
    assert len(store.ids()) == 1


def interrupted(items: Any) -> Any:
    yield next(items)
    raise KeyboardInterrupt


# ---------------------------------------------------------------- anything at all

JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["id", "messages", "mapping", "chat_messages", "role", "content", "text", "parts", "author", "message",
         "parent", "uuid", "sender", "type", "title", "name", "created", "metadata", "tool_calls", "v", "head",
         "conversations"]
    ), inner, max_size=6),
    max_leaves=40,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(value=JSONS)
def test_no_json_ends_an_import(value: Any, take: Take) -> None:
    for one in take(json.dumps([value]).encode()):
        assert one.what in {"new", "grown", "unchanged", "skipped", "failed"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(data=st.binary(max_size=200), at=st.integers(0, 3000))
def test_no_bytes_end_an_import(data: bytes, at: int, take: Take) -> None:
    whole = zipped({"conversations.json": dumped([BRANCHED, CLAUDE])}) if at % 2 else dumped([BRANCHED, CLAUDE, OPENAI])
    cut = min(at, len(whole))
    for content in (data, whole[:cut] + data + whole[cut + len(data) :]):
        with suppress(Unimportable):
            assert {one.what for one in take(content)} <= {"new", "unchanged", "grown", "skipped", "failed"}
