"""Prompts that nobody has sent yet: one file per process, taken over when its process is gone, and none is lost."""

import json
from pathlib import Path

import pytest

from chattui.composer import NEW, Composer, Unsent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "composer"


ONE = Unsent("half a thought", "a" * 22, ("@notes.txt",), 5.0)


def test_what_was_kept_is_there_for_the_next_process(folder: Path) -> None:
    first = Composer(folder)
    first.keep({"a" * 22: ONE, NEW: Unsent("new", "", (), 6.0)})
    first.close()
    second = Composer(folder)
    assert second.adopt() == [(NEW, Unsent("new", "", (), 6.0)), ("a" * 22, ONE)]
    assert second.adopt() == ()
    second.close()
    assert len(Composer(folder).adopt()) == 2  # nobody had said that they are no more


def test_what_waits_in_a_queue_is_kept_in_its_order(folder: Path) -> None:
    queued = Unsent("", "a" * 22, (), 7.0, ("first", "second"))
    first = Composer(folder)
    first.keep({"a" * 22: queued, NEW: ONE})
    first.close()
    assert Composer(folder).adopt() == [("a" * 22, queued), (NEW, ONE)]


def test_a_process_that_runs_keeps_its_own(folder: Path) -> None:
    running = Composer(folder)
    running.keep({NEW: ONE})
    assert Composer(folder).adopt() == ()


def test_of_two_prompts_for_one_conversation_both_are_kept(folder: Path) -> None:
    for at, text in enumerate(("older", "newer")):
        one = Composer(folder)
        one.keep({NEW: Unsent(text, at=float(at))})
        one.close()
    third = Composer(folder)
    texts = [prompt.text for _, prompt in third.adopt()]
    assert texts == ["newer", "older"]
    third.close()
    assert {prompt.text for _, prompt in Composer(folder).adopt()} == {"newer", "older"}


def test_no_prompts_leave_no_file(folder: Path) -> None:
    composer = Composer(folder)
    composer.keep({NEW: ONE})
    composer.keep({})
    composer.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"prompts": 7}', b'{"prompts": [{"text": "x"}]}', b"[" * 5000, b"\xff"]
)
def test_a_file_that_cannot_be_read_stays(folder: Path, content: bytes) -> None:
    folder.mkdir()
    file = folder / f"{'0' * 16}.json"
    file.write_bytes(content)
    assert Composer(folder).adopt() == ()
    assert file.read_bytes() == content


def test_lone_surrogates_are_kept(folder: Path) -> None:
    composer = Composer(folder)
    composer.keep({NEW: Unsent("\ud83d")})
    composer.close()
    ((_, prompt),) = Composer(folder).adopt()
    assert prompt.text == "\ud83d"


def test_the_file_is_private_json(folder: Path) -> None:
    composer = Composer(folder)
    composer.keep({NEW: ONE})
    (file,) = folder.glob("*.json")
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_bytes())["prompts"][0]["text"] == "half a thought"
