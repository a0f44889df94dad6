"""`store check` names what is wrong, and why; `store repair` puts it in order and destroys nothing."""

import hashlib
import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui import disk
from chattui.chat import Conversation, Message
from chattui.checkup import Finding, check
from chattui.composer import Composer
from chattui.events import Attachment
from chattui.mending import repair
from chattui.store import Store

ID = "0123456789abcdef012345"


def talk(*texts: str) -> Conversation:
    conversation = Conversation(ID, 1.0, 1.0)
    for number, text in enumerate(texts or ("hi", "you")):
        role = "assistant" if number % 2 else "user"
        conversation = conversation.with_message(Message(f"m{number}", conversation.head, role, text), now=2.0)
    return conversation


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "data")
    found.save(talk())
    found.release(ID)
    return found


def findings(store: Store) -> list[Finding]:
    return list(check(Store(store.data), store.data / "index.sqlite"))


def kinds(store: Store) -> list[str]:
    return [finding.kind for finding in findings(store)]


def mended(store: Store) -> list[tuple[str, str]]:
    ids = (f"{number:022x}" for number in itertools.count(1))
    done = repair(Store(store.data), store.data / "index.sqlite", lambda: next(ids))
    return [(finding.kind, why) for finding, why in done]


def everything(store: Store) -> dict[str, bytes]:
    return {str(path.relative_to(store.data)): path.read_bytes() for path in store.data.rglob("*") if path.is_file()}


def test_a_store_in_order_has_no_findings_and_checking_changes_nothing(store: Store) -> None:
    before = everything(store)
    assert kinds(store) == []
    assert mended(store) == []
    assert everything(store) == before


def test_no_store_is_in_order(tmp_path: Path) -> None:
    assert findings(Store(tmp_path / "nothing")) == []
    assert not (tmp_path / "nothing").exists()


# ------------------------------------------------------------------ damaged documents


@pytest.mark.parametrize(
    ("damage", "texts"),
    [
        (lambda data: data[: data.rindex(b'"m1"')], ["hi"]),
        (lambda data: data[: data.index(b"you") + 2], ["hi", "yo"]),
        (lambda data: data[:-10], ["hi", "you"]),
        (lambda data: data + b"rubbish", ["hi", "you"]),
        (lambda data: b"<<<<<<< HEAD\n" + data, ["hi", "you"]),
        (lambda data: data.replace(b'"role": "user"', b'"role": '), ["you"]),
        (lambda data: data.replace(b"you", b"y\xffu"), ["hi", "y�u"]),
    ],
)
def test_what_is_whole_in_a_damaged_document_comes_back(
    store: Store, damage: Callable[[bytes], bytes], texts: list[str]
) -> None:
    path = store.path(ID)
    path.write_bytes(broken := damage(path.read_bytes()))
    (finding,) = findings(store)
    assert (finding.kind, finding.path, finding.conversation) == ("damaged", path, ID)
    assert "is damaged" in finding.text
    assert mended(store) == [("damaged", "")]
    assert [message.text for message in Store(store.data).load(ID).walk()] == texts
    (kept,) = (store.data / "damaged").iterdir()
    assert kept.read_bytes() == broken
    assert kinds(store) == []
    assert mended(store) == []


@pytest.mark.parametrize("content", [b"", b"\0" * 413, b"null", b"{}"])
def test_an_older_version_brings_a_lost_document_back(store: Store, content: bytes) -> None:
    store.save(talk("hi", "you", "more"))
    store.release(ID)
    store.path(ID).write_bytes(content)
    assert mended(store) == [("damaged", "")]
    assert [message.text for message in Store(store.data).load(ID).walk()] == ["hi", "you"]


def test_what_cannot_be_saved_is_left_and_said(store: Store) -> None:
    store.path(ID).write_bytes(b"\0" * 413)
    (finding,) = findings(store)
    assert "Nothing in it can be saved" in finding.text
    assert mended(store) == [("damaged", "It stays as it is.")]
    assert store.path(ID).read_bytes() == b"\0" * 413


def test_a_document_that_a_chattui_has_open_is_left_alone(store: Store) -> None:
    rival = Store(store.data)
    rival.open(ID)
    path = store.path(ID)
    path.write_bytes(broken := path.read_bytes()[:-5])
    ((kind, why),) = mended(store)
    assert (kind, "open in another chattui" in why) == ("damaged", True)
    assert path.read_bytes() == broken
    rival.release(ID)


# ------------------------------------------------------------------ what crashes leave behind

REPLY = Message("r", "m1", "assistant", "half a", state="streaming")


def left(store: Store, reply: Message) -> None:
    store.drafts.save(ID, reply)


def test_a_reply_that_was_in_flight_is_put_into_its_conversation(store: Store) -> None:
    left(store, REPLY)
    assert kinds(store) == ["left-reply"]
    assert mended(store) == [("left-reply", "")]
    assert not store.drafts.path(ID).exists()
    assert store.read(ID)[0].messages["r"].text == "half a"
    assert kinds(store) == []


@pytest.mark.parametrize("without", [True, False])
def test_a_reply_without_its_conversation_becomes_one(store: Store, without: bool) -> None:
    left(store, Message("r", "nobody", "assistant", "lost words"))
    if without:
        store.path(ID).unlink()
        store.path(ID, ".bak").unlink(missing_ok=True)
    assert kinds(store) == ["lone-reply"]
    assert mended(store) == [("lone-reply", "")]
    found = Store(store.data)
    texts = [message.text for name in found.ids() for message in found.load(name).walk()]
    assert "lost words" in texts
    assert kinds(store) == []


def test_a_reply_that_cannot_be_read_moves_aside(store: Store) -> None:
    store.drafts.path(ID).write_bytes(b'{"id": "r", "te')
    assert kinds(store) == ["open-to-others", "damaged-reply"]
    assert [why for _, why in mended(store)] == ["", ""]
    (kept,) = (store.data / "damaged").iterdir()
    assert kept.read_bytes() == b'{"id": "r", "te'


def test_a_reply_in_flight_elsewhere_is_no_finding(store: Store) -> None:
    rival = Store(store.data)
    rival.open(ID)
    left(rival, REPLY)
    assert kinds(store) == []
    rival.release(ID)


def test_locks_and_temp_files_of_the_dead_are_removed(store: Store) -> None:
    for name in (f"{ID}.lock", f"{ID}.json.0a1b2c3d.tmp", f"{ID}.draft.json.0a1b2c3d.tmp"):
        disk.replace(store.folder / name, b'{"half": ')
    assert sorted(kinds(store)) == ["left-temp", "left-temp", "stale-lock"]
    assert all(why == "" for _, why in mended(store))
    assert [path.name for path in store.folder.iterdir()] == [f"{ID}.json"]


def test_a_temp_file_with_words_that_are_nowhere_else_moves_aside(store: Store) -> None:
    temp = store.folder / f"{ID}.json.0a1b2c3d.tmp"
    store.save(talk("hi", "you", "precious"))
    store.release(ID)
    disk.replace(temp, store.path(ID).read_bytes())
    store.save(talk())
    store.path(ID).write_bytes(store.path(ID, ".bak").read_bytes())  # the state before
    disk.replace(store.path(ID), json.dumps({"id": ID, "messages": []}).encode())
    store.release(ID)
    assert ("left-temp", "") in mended(store)
    assert any(b"precious" in path.read_bytes() for path in (store.data / "damaged").iterdir())


def test_an_older_version_of_what_is_gone_moves_to_the_trash(store: Store) -> None:
    store.save(talk("hi", "you", "more"))
    store.release(ID)
    store.path(ID).unlink()
    assert kinds(store) == ["old-version"]
    assert mended(store) == [("old-version", "")]
    store.restore(ID)
    assert len(store.load(ID).messages) == 2


# ------------------------------------------------------------------ the rest


def test_modes_are_made_private(store: Store) -> None:
    store.path(ID).chmod(0o644)
    store.folder.chmod(0o755)
    assert kinds(store) == ["open-to-others", "open-to-others"]
    mended(store)
    assert store.path(ID).stat().st_mode & 0o777 == 0o600
    assert kinds(store) == []


def test_what_needs_no_repair_is_named(store: Store) -> None:
    gone = Attachment("cat.png", "image/png", 3, "0" * 64)
    message = Message("m9", "m1", "user", "look", attachments=(gone,))
    store.save(talk().with_message(message, now=3.0))
    store.release(ID)
    (store.folder / "notes.txt").write_text("mine")
    os.mkfifo(store.folder / f"{'2' * 22}.json")
    (store.folder / f"{'3' * 22}.json").write_text(f'{{"v": 99, "id": "{ID}", "messages": [null]}}')
    (store.folder / f"{'3' * 22}.json").chmod(0o600)
    assert sorted(kinds(store)) == ["missing-file", "newer", "no-file", "unknown", "unreadable-messages"]


def test_an_attached_file_that_is_not_what_it_was_is_named(store: Store) -> None:
    data = b"text"
    store.files.keep({Attachment("a.txt", "text/plain", 4, hashlib.sha256(data).hexdigest()): data})
    (path,) = store.files.folder.iterdir()
    assert kinds(store) == []
    path.write_bytes(b"tixt")
    assert kinds(store) == ["damaged-file"]


def test_own_files_that_cannot_be_read_are_named(store: Store) -> None:
    disk.replace(store.data / "state.json", b"[")
    disk.private_folder(store.composer.folder)
    disk.replace(store.composer.folder / f"{'0' * 16}.json", b"{")
    disk.replace(store.data / "index.sqlite", b"hello")
    assert kinds(store) == ["damaged-memory", "damaged-prompts", "index"]
    assert [why for _, why in mended(store)] == ["", "It stays as it is.", ""]
    assert (store.data / "state.json.damaged").read_bytes() == b"["
    assert not (store.data / "index.sqlite").exists()
    assert Composer(store.composer.folder).adopt() == ()


def test_a_full_disk_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.checkup.LITTLE", 1 << 62)
    assert kinds(store) == ["disk-full"]
