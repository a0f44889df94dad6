"""What was typed and not sent comes back, whatever ended chattui; what was sent does not come twice."""

from pathlib import Path

import pytest
from world import World

from chattui.composer import NEW, Composer, Unsent
from chattui.errors import Unwritable
from chattui.store import Store
from chattui.tui import unsent


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(unsent, "KEEP", 0.01)
    return World(tmp_path, monkeypatch)


def left(world: World, name: str, text: str, *, at: float = 0.0, conversation: str = "") -> None:
    """What another chattui had in a prompt when it was killed."""
    composer = Composer(world.paths.data / "composer")
    composer.keep({name: Unsent(text, conversation, (), at)})
    composer.close()


def kept(world: World) -> list[str]:
    """The texts on the disk."""
    return [text for file in (world.paths.data / "composer").glob("*.json") for text in [file.read_text("utf-8")]]


async def test_what_is_typed_is_on_the_disk_within_a_moment(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press(*"precious")
        await world.until(lambda: any("precious" in text for text in kept(world)))
        await pilot.press("ctrl+u")
        await world.until(lambda: not kept(world))


async def test_what_the_disk_refuses_is_told_and_in_the_end_put_elsewhere(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise Unwritable("The folder is on a read-only file system.")

    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    monkeypatch.setattr(world.store.composer, "keep", refuse)
    async with world.open() as pilot:
        await pilot.press(*"precious")
        await world.shows("⚠ Your unsent prompt is not saved:")
        await pilot.press("ctrl+q")
        await world.until(lambda: not world.app.is_running)
    (told,) = world.app.unsaved
    (file,) = (tmp_path / "elsewhere").rglob("*.txt")
    assert str(file) in told
    assert file.read_text("utf-8") == "precious\n"


async def test_the_prompt_of_a_new_conversation_comes_back(world: World) -> None:
    left(world, NEW, "half a thought")
    async with world.open():
        await world.until(lambda: world.app.prompt.text == "half a thought")


async def test_each_conversation_has_its_own(world: World) -> None:
    one, two = world.has("One", "Two")
    left(world, one, "for one")
    left(world, NEW, "for a new one")
    async with world.open(conversation=two) as pilot:
        await world.shows("About Two.")
        assert world.app.prompt.text == ""
        await pilot.press(*"for two")
        world.app.open(one)
        await world.until(lambda: world.app.prompt.text == "for one")
        await pilot.press("ctrl+n")
        await world.until(lambda: world.app.prompt.text == "for a new one")
        world.app.open(two)
        await world.until(lambda: world.app.prompt.text == "for two")
        await world.until(lambda: len([1 for text in kept(world) for words in ("for one", "for two", "for a new one")
                                       if words in text]) == 3)  # fmt: skip


async def test_a_prompt_that_was_sent_does_not_come_back(world: World) -> None:
    (name,) = world.has("Sent words")
    left(world, name, "Sent words", at=world.now - 7200)
    async with world.open(conversation=name):
        await world.shows("About Sent words.")
        assert world.app.prompt.text == ""


async def test_the_first_prompt_that_was_sent_does_not_come_back(world: World) -> None:
    (name,) = world.has("Sent words")
    left(world, NEW, "Sent words", at=world.now - 7200, conversation=name)
    async with world.open():
        await world.shows("Sent words")
        assert world.app.prompt.text == ""


async def test_the_same_words_typed_again_do_come_back(world: World) -> None:
    (name,) = world.has("yes")
    left(world, name, "yes", at=world.now)
    async with world.open(conversation=name):
        await world.until(lambda: world.app.prompt.text == "yes")


async def test_prompts_of_two_windows_are_both_there(world: World) -> None:
    left(world, NEW, "older", at=1.0)
    left(world, NEW, "newer", at=2.0)
    async with world.open() as pilot:
        await world.until(lambda: world.app.prompt.text == "newer")
        await world.until(lambda: "older" in Store(world.paths.data).memory.prompts())
        await pilot.press("up")
        assert world.app.prompt.text == "older"


async def test_the_prompt_of_a_conversation_that_is_gone_is_in_the_history(world: World) -> None:
    left(world, "f" * 22, "homeless")
    async with world.open() as pilot:
        await world.until(lambda: "homeless" in Store(world.paths.data).memory.prompts())
        await pilot.press("up")
        assert world.app.prompt.text == "homeless"


async def test_sending_leaves_nothing_to_come_back(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press(*"hey")
        await world.until(lambda: kept(world))
        await pilot.press("enter")
        await world.shows("Hello, human.")
        await world.until(lambda: not kept(world))


async def test_quitting_keeps_the_last_letters(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unsent, "KEEP", 60.0)
    async with world.open() as pilot:
        await pilot.press(*"last words", "ctrl+q")
        await world.until(lambda: not world.app.is_running)
    assert any("last words" in text for text in kept(world))


async def test_mentions_in_pasted_text_stay_pasted(world: World) -> None:
    composer = Composer(world.paths.data / "composer")
    composer.keep({NEW: Unsent("read @/etc/hostname", "", ("@/etc/hostname",))})
    composer.close()
    async with world.open() as pilot:
        await world.until(lambda: world.app.prompt.text)
        await pilot.press("enter")
        await world.shows("Hello, human.")
    assert not world.turns[0].messages[-1].attachments
