"""Two chattuis on one store, and disks that refuse: what a person sees, and that no word is lost."""

import errno
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from world import World

from chattui import disk, saving
from chattui.chat import Message
from chattui.store import Store
from chattui.tui import sharing


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(sharing, "LOOK", 0.01)
    monkeypatch.setattr(saving, "PAUSES", (0.0,))
    return World(tmp_path, monkeypatch)


@pytest.fixture
def rival(world: World) -> Iterator[Store]:
    """The store of another chattui: an flock belongs to whoever opened the file, so one process is enough."""
    store = Store(world.paths.data)
    yield store
    for name in store.ids():
        store.release(name)


async def test_a_conversation_that_another_chattui_holds_is_shown_and_followed(world: World, rival: Store) -> None:
    (name,) = world.has("Shared")
    there = rival.open(name).conversation
    async with world.open(conversation=name) as pilot:
        await world.shows("About Shared.")
        await world.shows("open in another chattui")
        assert "f10 opens a copy" in world.screen
        assert "read only here" in world.status

        question = Message("q2", there.head, "user", "Said over there", world.now)
        there = rival.save(there.with_message(question, now=world.now))
        await world.shows("Said over there")
        reply = Message("a2", "q2", "assistant", "Growing", world.now, "streaming", endpoint="lab")
        rival.drafts.save(name, reply)
        await world.shows("Growing")
        assert "streaming in another chattui" in world.status
        assert name in world.app.rows.busy
        rival.drafts.save(name, replace(reply, text="Growing letter by letter"))
        await world.shows("Growing letter by letter")
        rival.save(there.with_message(replace(reply, text="Grown.", state="complete"), now=world.now))
        rival.drafts.drop(name)
        await world.shows("Grown.")
        assert name not in world.app.rows.busy
        await world.until(lambda: "read only here" in world.status)

        await world.ask(pilot, "precious words")
        await world.told("open in another chattui")
        assert world.app.prompt.text == "precious words"
        assert not world.turns

        rival.release(name)
        await world.told("you can write here now")
        assert "open in another chattui" not in world.lines[1]
        await pilot.press("enter")
        await world.shows("Hello, human.")
    assert [message.text for message in Store(world.paths.data).load(name).branch()][-4:] == [
        "Said over there",
        "Grown.",
        "precious words",
        "Hello, human.",
    ]


async def test_a_copy_goes_on_here(world: World, rival: Store) -> None:
    (name,) = world.has("Shared")
    rival.open(name)
    async with world.open(conversation=name) as pilot:
        await world.shows("open in another chattui")
        world.app.prompt.put("mine")
        await pilot.press("f10")
        await world.told("This is a copy")
        assert "open in another chattui" not in world.screen.splitlines()[1]
        await pilot.press("enter")
        await world.shows("Hello, human.")
    assert len(rival.load(name).messages) == 2
    copy = next(other for other in rival.ids() if other != name)
    assert [message.text for message in rival.load(copy).branch()][-2:] == ["mine", "Hello, human."]


async def test_what_another_chattui_deletes_stays_on_the_screen(world: World, rival: Store) -> None:
    (name,) = world.has("Shared")
    rival.open(name)
    async with world.open(conversation=name):
        await world.shows("open in another chattui")
        rival.delete(name)
        await world.shows("was deleted in another chattui")
        assert "About Shared." in world.screen


async def test_nobody_deletes_or_renames_what_another_chattui_holds(world: World, rival: Store) -> None:
    (name,) = world.has("Shared")
    rival.open(name)
    async with world.open() as pilot:
        await world.shows("Shared")
        world.app.delete(name)
        await world.told("open in another chattui")
        assert world.store.row(name).title == "Shared"
        await pilot.pause()


async def test_a_conversation_of_a_newer_chattui_can_be_read(world: World) -> None:
    (name,) = world.has("Future")
    path = world.store.folder / f"{name}.json"
    path.write_bytes(before := path.read_bytes().replace(b'"v": 1', b'"v": 2'))
    async with world.open(conversation=name) as pilot:
        await world.shows("About Future.")
        await world.shows("A newer chattui wrote this conversation")
        await world.ask(pilot, "more")
        await world.told("A newer chattui")
    assert path.read_bytes() == before


async def test_messages_that_cannot_be_read_are_counted(world: World) -> None:
    (name,) = world.has("Holes")
    path = world.store.folder / f"{name}.json"
    path.write_bytes(path.read_bytes().replace(b'"messages": [', b'"messages": [null, '))
    async with world.open(conversation=name):
        await world.shows("1 message in the file of this conversation cannot be read")
        assert "About Holes." in world.screen


async def test_a_damaged_file_says_so_in_the_list_once_it_was_opened(world: World) -> None:
    (name,) = world.has("Broken")
    path = world.store.folder / f"{name}.json"
    path.write_bytes(before := path.read_bytes().replace(b'"role": "user"', b'"role": '))
    async with world.open() as pilot:
        await world.shows("Broken")
        await pilot.press("alt+1")
        await world.told("is damaged")
        await world.shows("a damaged file")
    assert path.read_bytes() == before


# ------------------------------------------------------------------ disks that refuse


class Full:
    """A disk without room, until there is some."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = True
        real = disk.replace

        def replace_file(path: Path, data: bytes) -> None:
            if self.is_full and "conversations" in path.parts:
                raise OSError(errno.ENOSPC, "No space left on device")
            real(path, data)

        monkeypatch.setattr(disk, "replace", replace_file)


async def test_a_refused_save_is_told_tried_again_and_told_when_it_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Full(monkeypatch)
    async with world.open() as pilot:
        await world.ask(pilot, "hi")
        await world.shows("Hello, human.")
        await world.shows("⚠ Not saved: the disk is full.")
        assert "not saved: the disk is full" in world.status
        await pilot.press("escape")  # closes the banner
        await world.until(lambda: "⚠" not in world.screen)
        full.is_full = False
        await world.told("Everything is saved again.")
        assert "not saved" not in world.status
        assert [message.text for message in world.store.load(world.app.shown.id).branch()] == ["hi", "Hello, human."]
        assert not list(world.store.folder.glob("*.draft.json"))
        full.is_full = True
        await world.ask(pilot, "more")
        await world.shows("⚠ Not saved: the disk is full.")  # again, though it was closed
        full.is_full = False
        await world.told("Everything is saved again.")


async def test_a_conversation_with_unsaved_words_stays_until_they_are_saved(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Full(monkeypatch)
    async with world.open() as pilot:
        await world.ask(pilot, "hi")
        await world.shows("⚠ Not saved")
        name = world.app.shown.id
        await pilot.press("ctrl+n")
        await world.until(lambda: world.app.shown.id != name)
        assert name in world.app.chats
        full.is_full = False
        await world.until(lambda: name not in world.app.chats)
    assert len(Store(world.paths.data).load(name).messages) == 2


async def test_what_cannot_be_saved_at_the_end_is_put_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    Full(monkeypatch)
    async with world.open() as pilot:
        await world.ask(pilot, "precious")
        await world.shows("⚠ Not saved")
        await pilot.press("ctrl+q")
        await world.until(lambda: not world.app.is_running)
    (told,) = world.app.unsaved
    (file,) = (tmp_path / "elsewhere").rglob("*.json")
    assert str(file) in told
    assert b"precious" in file.read_bytes()


async def test_reading_on_a_disk_that_takes_nothing_leaves_nothing_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(_: Path) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    (name,) = world.has("Calm")
    monkeypatch.setattr(disk, "Lock", refuse)
    async with world.open(conversation=name) as pilot:
        await world.shows("About Calm.")
        await world.shows("⚠ Nothing can be saved here:")
        assert "not saved" not in world.status
        await pilot.press("ctrl+q")
        await world.until(lambda: not world.app.is_running)
    assert not world.app.unsaved
    assert not list((tmp_path / "elsewhere").iterdir())


async def test_quiet_disks_cost_no_timer(world: World) -> None:
    (name,) = world.has("Calm")
    async with world.open(conversation=name) as pilot:
        await world.shows("About Calm.")
        await world.ask(pilot, "hi")
        await world.shows("Hello, human.")
        await world.until(lambda: not world.app.shown.busy)
        assert world.app._store_timer is None
