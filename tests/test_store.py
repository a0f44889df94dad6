"""The store keeps what it acknowledged, shows what it cannot read, and shares a folder with other programs."""

import errno
import json
import os
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from chattui import disk, trash
from chattui.chat import Conversation, Message
from chattui.document import Row
from chattui.errors import Damaged, NotFound, ReadOnly, StoreError, Unwritable
from chattui.events import Attachment
from chattui.memory import PROMPTS
from chattui.store import Store

ID = "0123456789abcdef012345"


def talk(name: str = ID, *texts: str) -> Conversation:
    conversation = Conversation(name, 1.0, 1.0)
    for number, text in enumerate(texts or ("hi",)):
        message = Message(f"m{number}", conversation.head, "user", text)
        conversation = conversation.with_message(message, now=2.0)
    return conversation


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


def test_what_was_saved_is_there_again(store: Store) -> None:
    store.save(talk())
    assert Store(store.data).load(ID) == talk()


def test_files_and_folders_are_private(store: Store) -> None:
    store.save(talk())
    assert stat.S_IMODE((store.folder / f"{ID}.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700


def test_rows_are_newest_first_and_damaged_files_hide_nobody(store: Store) -> None:
    other, broken = "1" * 22, "2" * 22
    store.save(talk())
    store.save(talk(other, "newer"))
    (store.folder / f"{broken}.json").write_bytes(b"\0" * 10)
    for age, name in enumerate((broken, other, ID)):
        os.utime(store.folder / f"{name}.json", (1000 - age, 1000 - age))
    rows = list(store.rows())
    assert [row.id for row in rows] == [broken, other, ID]
    assert "damaged" in rows[0].damaged
    assert [row.title for row in rows[1:]] == ["newer", "hi"]
    assert (store.folder / f"{broken}.json").read_bytes() == b"\0" * 10


def test_the_latest_are_those_in_which_something_was_said_last_whatever_changed_in_their_files(store: Store) -> None:
    names = [f"{number:022}" for number in range(4)]
    for at, name in enumerate(names):
        store.save(replace(talk(name), updated=100.0 + at))
        os.utime(store.path(name), (100.0 + at, 100.0 + at))
        store.release(name)
    store.edit(names[1], lambda old: replace(old, pinned=True))
    os.utime(store.path(names[0]), (500, 500))
    assert store.ids()[-1] == names[2]
    assert [row.id for row in store.latest()] == names[::-1]
    assert [store.find(str(number)) for number in (1, 4)] == [names[3], names[0]]


def test_no_more_files_are_read_for_the_latest_than_are_needed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for at in range(9):
        store.save(replace(talk(name := f"{at:022}"), updated=100.0 + at))
        os.utime(store.path(name), (100.0 + at, 100.0 + at))
    read: list[str] = []
    row = store.row

    def counted(name: str) -> Row:
        read.append(name)
        return row(name)

    monkeypatch.setattr(store, "row", counted)
    assert next(store.latest()).id == f"{8:022}"
    assert len(read) <= 2


def test_a_file_without_its_metadata_first_is_listed_all_the_same(store: Store) -> None:
    disk.private_folder(store.folder)
    (store.folder / f"{ID}.json").write_text(json.dumps({"messages": [], "title": "by hand", "id": "else"}))
    assert [(row.id, row.title) for row in store.rows()] == [(ID, "by hand")]


def test_foreign_files_are_not_conversations(store: Store) -> None:
    disk.private_folder(store.folder)
    for name in ("notes.json", "UPPER000000.json", f"{ID}.draft.json", f"{ID}.json.1234.tmp", ".hidden.json"):
        (store.folder / name).write_text("{}")
    assert store.ids() == []


def test_what_is_no_file_is_neither_listed_nor_opened(store: Store) -> None:
    store.save(talk())
    fifo, folder, nowhere = ("1" * 22, "2" * 22, "3" * 22)
    os.mkfifo(store.path(fifo))
    store.path(folder).mkdir()
    store.path(nowhere).symlink_to("/nowhere")
    assert store.ids() == [ID]
    for name in (fifo, folder):
        with pytest.raises(Damaged, match="is no file"):
            store.open(name)  # and does not wait for anybody
    with pytest.raises(NotFound):
        store.open(nowhere)


def test_no_folder_means_no_conversations(store: Store) -> None:
    assert list(store.rows()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "", "A" * 22, "x\n" * 5, "a/b/c/d/e/f"])
def test_a_name_is_never_a_path(store: Store, name: str) -> None:
    with pytest.raises(NotFound):
        store.load(name)


@pytest.mark.parametrize(("reference", "found"), [(ID, ID), ("2345", ID), ("1", "1" * 22), ("2", ID)])
def test_a_person_names_a_conversation_by_id_ending_or_number(store: Store, reference: str, found: str) -> None:
    store.save(talk())
    store.save(talk("1" * 22))
    os.utime(store.folder / f"{ID}.json", (1000, 1000))
    assert store.find(reference) == found


@pytest.mark.parametrize("reference", ["3", "0", "zzzz", "45", "0000", ""])
def test_a_name_that_fits_none_or_several_is_refused(store: Store, reference: str) -> None:
    store.save(talk("a" * 18 + "0000"))
    store.save(talk("b" * 18 + "0000"))
    with pytest.raises(NotFound):
        store.find(reference)


# ------------------------------------------------------------------ drafts


def draft(text: str, parent: str | None = "m0") -> Message:
    return Message("r", parent, "assistant", text, state="streaming")


def test_a_reply_left_behind_by_a_crash_is_kept_as_incomplete(store: Store) -> None:
    store.save(talk())
    store.drafts.save(ID, draft("half a"))
    store.release(ID)
    found = Store(store.data).load(ID)
    reply = found.messages["r"]
    assert (found.head, reply.text, reply.state) == ("r", "half a", "incomplete")
    assert reply.error is not None
    assert Store(store.data).load(ID) == found  # looking at it changes nothing


def test_a_draft_that_the_document_already_holds_is_not_a_second_reply(store: Store) -> None:
    whole = replace(draft("half a reply"), state="complete")
    store.save(talk().with_message(whole, now=3.0))
    store.drafts.save(ID, draft("half a"))
    assert Store(store.data).load(ID).messages["r"] == whole


def test_a_draft_of_a_continued_reply_keeps_the_longer_text(store: Store) -> None:
    store.save(talk().with_message(replace(draft("half a"), state="incomplete"), now=3.0))
    store.drafts.save(ID, draft("half a reply"))
    assert Store(store.data).load(ID).messages["r"].text == "half a reply"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"id": "r"}'])
def test_a_broken_draft_costs_the_draft_only(store: Store, content: bytes) -> None:
    store.save(talk())
    (store.folder / f"{ID}.draft.json").write_bytes(content)
    assert Store(store.data).load(ID) == talk()


def test_a_draft_of_another_conversation_is_left_alone(store: Store) -> None:
    store.save(talk())
    store.drafts.save(ID, draft("lost", parent="nobody"))
    assert Store(store.data).load(ID) == talk()


# ------------------------------------------------------------------ others on the same folder


def test_messages_of_another_program_are_merged_not_overwritten(store: Store) -> None:
    store.save(talk())
    store.release(ID)
    other = Store(store.data)
    theirs = other.load(ID).with_message(Message("theirs", "m0", "user", "me too"), now=3.0)
    other.save(theirs)
    other.release(ID)
    ours = talk().with_message(Message("ours", "m0", "user", "and me"), now=4.0)
    saved = store.save(ours)
    assert set(saved.messages) == {"m0", "theirs", "ours"}
    assert saved.head == "ours"
    assert Store(store.data).load(ID) == saved


def test_a_second_program_may_read_but_not_write(store: Store) -> None:
    store.save(talk())
    code = (
        "import sys; from pathlib import Path; from chattui.store import Store; from chattui.errors import ReadOnly\n"
        "store = Store(Path(sys.argv[1])); found = store.load(sys.argv[2])\n"
        "try: store.save(found)\n"
        "except ReadOnly as error: print(error.text)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(store.data), ID], capture_output=True, text=True, check=True)
    assert "open in another chattui" in done.stdout
    store.release(ID)
    again = subprocess.run(
        [sys.executable, "-c", code, str(store.data), ID], capture_output=True, text=True, check=True
    )
    assert again.stdout == ""


def test_holding_twice_is_holding_once(store: Store) -> None:
    store.hold(ID)
    store.hold(ID)
    with pytest.raises(ReadOnly):
        Store(store.data).hold(ID)


def test_a_lock_is_a_file_only_while_it_is_held(store: Store) -> None:
    path = store.folder / f"{ID}.lock"
    store.hold(ID)
    assert disk.is_locked(path)
    store.release(ID)
    assert not path.exists()
    path.touch()  # a chattui was killed
    assert not disk.is_locked(path)
    assert store.hold(ID), "that it was killed is known"
    store.release(ID)


def test_closing_lets_go_of_everything(store: Store) -> None:
    store.save(talk())
    store.close()
    assert [path.name for path in store.folder.iterdir()] == [f"{ID}.json"]
    store.close()


def test_a_lock_on_a_file_that_has_lost_its_name_is_none(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = disk.Lock(path)
    path.unlink()  # somebody tidied up
    second = disk.Lock(path)
    first._path = tmp_path / "gone"  # it must not take the name away from the second
    first.close()
    with pytest.raises(ReadOnly):
        disk.Lock(path)
    second.close()


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks_can_be_written_to(
    store: Store, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("fcntl.flock", refuse)
    assert store.save(talk()) == talk()


def test_opening_what_another_chattui_holds_is_for_reading(store: Store) -> None:
    rival = Store(store.data)
    rival.save(talk())
    rival.drafts.save(ID, draft("half"))
    opened = store.open(ID)
    assert "open in another chattui" in opened.refused
    assert opened.conversation.messages["r"].state == "streaming"
    assert store.follow(ID, opened.seen) is None
    rival.drafts.save(ID, draft("half a"))
    found = store.follow(ID, opened.seen)
    assert found is not None
    assert found.conversation.messages["r"].text == "half a"
    rival.release(ID)
    taken = store.follow(ID, found.seen)
    assert taken is not None
    assert (taken.refused, taken.conversation.messages["r"].state) == ("", "incomplete")
    assert not store.drafts.path(ID).exists()


def test_a_newer_document_is_opened_for_reading_and_never_written(store: Store) -> None:
    disk.private_folder(store.folder)
    store.path(ID).write_bytes(before := b'{"v": 2, "id": "x", "messages": []}')
    opened = store.open(ID)
    assert "newer chattui" in opened.refused
    with pytest.raises(ReadOnly, match="newer chattui"):
        store.save(opened.conversation)
    with pytest.raises(ReadOnly, match="newer chattui"):
        store.save(talk())  # it became one while it was open here
    assert store.path(ID).read_bytes() == before
    store.release(ID)


def test_what_was_in_flight_and_is_nobodys_is_not_overwritten(store: Store) -> None:
    store.save(talk())
    store.drafts.save(ID, draft("lost words", parent="nobody"))
    again = Store(store.data)
    store.release(ID)
    again.open(ID)
    again.drafts.save(ID, replace(draft("new words"), id="r2"))
    (kept,) = store.folder.glob("*.kept")
    assert b"lost words" in kept.read_bytes()


def test_an_older_version_is_kept_once_a_session(store: Store) -> None:
    store.save(talk())
    assert not store.path(ID, ".bak").exists()
    store.release(ID)
    first = store.path(ID).read_bytes()
    for texts in (("hi", "a"), ("hi", "a", "b")):
        store.save(talk(ID, *texts))
    assert store.path(ID, ".bak").read_bytes() == first
    store.path(ID).write_bytes(b"")
    with pytest.raises(Damaged, match="chattui store repair brings back the version of"):
        Store(store.data).load(ID)


def test_a_conversation_is_not_deleted_while_another_chattui_has_it_open(store: Store) -> None:
    rival = Store(store.data)
    rival.save(talk())
    with pytest.raises(ReadOnly):
        store.delete(ID)
    assert store.ids() == [ID]


# ------------------------------------------------------------------ refusals of the disk


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "read-only file system"),
        (errno.EACCES, "No permission"),
        (errno.EIO, "could not be used"),
    ],
)
@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_a_refused_save_keeps_the_old_file_and_leaves_no_temp_file(
    store: Store, monkeypatch: pytest.MonkeyPatch, code: int, words: str, call: str
) -> None:
    store.save(talk())
    before = (store.folder / f"{ID}.json").read_bytes()

    def refuse(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(Path if call == "replace" else os, call, refuse)
        with pytest.raises(Unwritable, match=words):
            store.save(talk(ID, "hi", "more"))
    assert (store.folder / f"{ID}.json").read_bytes() == before
    assert not list(store.folder.glob("*.tmp"))
    assert len(store.save(talk(ID, "hi", "more")).messages) == 2


def test_a_file_system_that_cannot_sync_folders_takes_files_all_the_same(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def fsync(file: int) -> None:
        if stat.S_ISDIR(os.fstat(file).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    store.save(talk())
    assert [message.text for message in store.load(ID).branch()] == ["hi"]


def test_a_folder_that_could_not_be_made_durable_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="Input"):
            disk.private_folder(tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()
    disk.private_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_symlinked_document_stays_a_link(store: Store, tmp_path: Path) -> None:
    store.save(talk())
    real = tmp_path / "real.json"
    path = store.folder / f"{ID}.json"
    path.rename(real)
    path.symlink_to(real)
    store.save(talk(ID, "hi", "more"))
    assert path.is_symlink()
    assert b"more" in real.read_bytes()


def test_a_huge_file_is_not_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(talk())
    monkeypatch.setattr("chattui.documents.MOST_BYTES", 10)
    with pytest.raises(Damaged, match="larger than"):
        store.load(ID)


# ------------------------------------------------------------------ trash, memory


def test_a_deleted_conversation_comes_back(store: Store) -> None:
    store.save(talk())
    store.drafts.save(ID, draft("x"))
    store.delete(ID)
    assert store.ids() == []
    assert sorted(path.name for path in store.folder.iterdir()) == []
    store.restore(ID)
    assert store.load(ID).messages["r"].text == "x"
    with pytest.raises(StoreError, match="with this id again"):
        store.restore(ID)
    store.delete(ID)
    Store(store.data).restore(ID)
    store.delete(ID)
    (store.data / "trash" / f"{ID}.json").unlink()
    with pytest.raises(NotFound):
        store.restore(ID)


def test_the_trash_is_emptied_after_its_days_and_not_before(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.save(talk())
    store.drafts.save(ID, draft("x"))
    store.delete(ID)
    assert store.tidy() == 0
    assert sorted(path.name for path in store.trash.folder.iterdir()) == [f"{ID}.draft.json", f"{ID}.json"]
    later = time.time() + trash.DAYS * 86400 + 60
    monkeypatch.setattr(time, "time", lambda: later)
    store.tidy()
    assert list(store.trash.folder.iterdir()) == []


def test_tidying_removes_what_the_dead_left_long_ago_and_nothing_else(store: Store) -> None:
    store.save(talk())
    lone, fresh, old = "1" * 22, store.folder / f"{ID}.json.0a1b2c3d.tmp", store.folder / f"{ID}.json.1a1b2c3d.tmp"
    store.release(ID)
    store.drafts.save(lone, draft("whose?"))
    locks = [store.folder / f"{name}.lock" for name in ("2" * 22, "3" * 22)]
    held = disk.Lock(locks[1])
    for path in (fresh, old, locks[0]):
        path.touch()
    for path in (old, *locks):
        os.utime(path, (1, 1))
    assert store.tidy() == 1
    assert {path for path in (fresh, old, *locks) if path.exists()} == {fresh, locks[1]}
    assert store.drafts.path(lone).exists()
    held.close()


def test_choices_are_remembered_and_forgotten(store: Store) -> None:
    assert store.memory.recall() == {}
    store.memory.remember(theme="nord", endpoint="lab")
    store.memory.remember(endpoint=None)
    assert Store(store.data).memory.recall() == {"theme": "nord"}


def test_broken_memory_is_no_memory(store: Store) -> None:
    store.memory.remember(theme="nord")
    (store.data / "state.json").write_text("[")
    assert store.memory.recall() == {}


def test_the_history_of_prompts_holds_each_once_newest_last(store: Store) -> None:
    for text in ("a", "b", "a"):
        store.memory.add_prompt(text)
    assert store.memory.prompts() == ["b", "a"]
    for number in range(PROMPTS + 5):
        store.memory.add_prompt(f"{number}")
    assert len(store.memory.prompts()) == PROMPTS


def test_a_conversation_that_is_not_open_is_edited_and_let_go(store: Store) -> None:
    store.save(talk())
    store.release(ID)
    row = store.edit(ID, lambda old: replace(old, pinned=True, tags=("work",)))
    assert (row.pinned, row.tags) == (True, ("work",))
    assert store.row(ID) == row
    other = Store(store.data)
    assert other.hold(ID) is False
    with pytest.raises(ReadOnly):
        store.edit(ID, lambda old: replace(old, pinned=False))
    assert store.row(ID).pinned


def test_the_trash_knows_what_came_last(store: Store) -> None:
    assert store.trash.newest() is None
    for name in (ID, "1" * 22):
        store.save(talk(name))
        store.delete(name)
        time.sleep(0.02)
    assert store.trash.newest() == "1" * 22


def test_what_is_dropped_takes_its_files_along_unless_another_names_them(store: Store) -> None:
    digest, shared = "a" * 64, "b" * 64
    for name, digests in ((ID, (digest, shared)), ("1" * 22, (shared,))):
        files = tuple(Attachment(f"{one[0]}.txt", "text/plain", 1, one) for one in digests)
        store.save(Conversation(name, 1.0, 1.0).with_message(Message("m", None, "user", attachments=files), now=2.0))
    store.files.folder.mkdir()
    for one in (digest, shared):
        (store.files.folder / f"{one}.txt").write_text("x")
    store.drafts.save(ID, draft("x"))
    store.delete(ID)
    assert [(one.row.id, one.left(one.at + 90_000)) for one in store.trash.deleted()] == [(ID, 29)]
    assert store.trash.drop((ID, "2" * 22)) == 1
    assert list(store.trash.folder.iterdir()) == []
    assert [path.name[0] for path in store.files.folder.iterdir()] == ["b"]
    with pytest.raises(NotFound):
        store.trash.drop(("../x",))
