"""Prompts that wait for the end of a reply, prompts sent before, and conversations that leave nothing behind."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from world import World, saying

from chattui.composer import Composer, Unsent
from chattui.errors import CutShort
from chattui.events import Finished, TextDelta
from chattui.store import Store
from chattui.tui import unsent
from chattui.tui.past import fitting
from chattui.writer import Writer


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(unsent, "KEEP", 0.01)
    return World(tmp_path, monkeypatch)


def restart(world: World) -> None:
    """Another process begins."""
    world.writer.store.close()
    world.writer = Writer(Store(world.paths.data))


def on_disk(world: World) -> str:
    """All that is in files of the data folder."""
    files = [path for path in world.paths.data.rglob("*") if path.is_file()]
    return "\n".join(path.read_bytes().decode("utf-8", "replace") for path in files)


async def test_what_is_sent_meanwhile_waits_above_the_prompt_and_goes_in_its_turn(world: World) -> None:
    more = asyncio.Event()
    world.script = [TextDelta("Half"), more, Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "one")
        await world.shows("Half")
        await pilot.press(*"two", "enter", *"three", "enter", *"draft")
        await world.shows("⏎ next: two  alt+q changes them")
        await world.shows("then: three  up takes it back")
        assert len(world.turns) == 1
        assert "❯ draft" in world.screen
        more.set()
        await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
        assert [message.text for message in world.turns[-1].messages] == ["one", "Half", "two", "Half", "three"]
        assert "then:" not in world.screen
        assert world.app.prompt.text == "draft"


async def test_up_takes_the_last_one_back_for_editing(world: World) -> None:
    more = asyncio.Event()
    world.script = [TextDelta("Half"), more, Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "one")
        await world.shows("Half")
        await pilot.press(*"two", "enter", *"three", "enter", "up")
        assert world.app.prompt.text == "three"
        await pilot.press("!", "enter")
        await world.shows("then: three!")
        more.set()
        await world.until(lambda: len(world.turns) == 3)


@pytest.mark.parametrize("how", ["failed", "stopped"])
async def test_it_stays_when_the_reply_did_not_end_well_and_enter_sends_it(world: World, how: str) -> None:
    more = asyncio.Event()
    world.script = [TextDelta("Half"), more, CutShort("The connection dropped.")]
    async with world.open() as pilot:
        await world.ask(pilot, "one")
        await world.shows("Half")
        await pilot.press(*"two", "enter")
        if how == "failed":
            more.set()
        else:
            await pilot.press("escape")
        await world.shows("⏎ not sent: two  enter sends it   up takes it back")
        assert len(world.turns) == 1
        world.script = saying("Fine.")
        await pilot.press("enter")
        await world.shows("Fine.")
        assert "not sent" not in world.screen


async def test_it_waits_in_its_own_conversation_also_while_another_is_shown(world: World) -> None:
    world.has("Other")
    more = asyncio.Event()
    world.script = [TextDelta("Half"), more, Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "one")
        await world.shows("Half")
        await pilot.press(*"two", "enter")
        first = world.app.shown
        await pilot.press("ctrl+pagedown")
        await world.shows("About Other.")
        assert "next: two" not in world.screen
        more.set()
        await world.until(lambda: len(world.turns) == 2 and not first.busy)
        assert [message.text for message in world.store.load(first.id).branch()] == ["one", "Half", "two", "Half"]


async def test_it_is_kept_like_what_is_typed(world: World) -> None:
    world.script = [TextDelta("Half"), asyncio.Event()]
    async with world.open() as pilot:
        await world.ask(pilot, "one")
        await world.shows("Half")
        await pilot.press(*"waits", "enter", *"too", "enter", *"typed")
        await world.until(lambda: '["waits", "too"]' in on_disk(world) and '"typed"' in on_disk(world))
        name = world.app.shown.id
        await pilot.press("ctrl+q")
        await world.until(lambda: world.app.return_code == 0)
    restart(world)
    async with world.open(conversation=name) as pilot:
        await world.until(lambda: world.app.prompt.text == "typed")
        await world.shows("⏎ not sent: waits")
        await world.shows("then: too")
        await pilot.press("ctrl+n")
        assert "not sent" not in world.screen
        await world.until(lambda: '["waits", "too"]' in on_disk(world))
        world.app.open(name)
        await world.shows("⏎ not sent: waits")
        world.script = saying("Fine.")
        turns = len(world.turns)
        await pilot.press("ctrl+u", "enter")
        await world.until(lambda: len(world.turns) == turns + 2 and not world.app.shown.busy)
        asked = [message.text for message in world.turns[-1].messages if message.role == "user"]
        assert asked == ["one", "waits", "too"]
        await world.until(lambda: 'waits", "too' not in on_disk(world))


async def test_a_prompt_that_was_sent_before_the_crash_is_not_in_the_queue_again(world: World) -> None:
    (name,) = world.has("sent already")
    composer = Composer(world.paths.data / "composer")
    composer.keep({name: Unsent("", name, (), world.now - 7200, ("sent already", "not yet"))})
    composer.close()
    async with world.open(conversation=name):
        await world.shows("⏎ not sent: not yet")
        assert "then:" not in world.screen


async def test_a_queue_without_its_conversation_is_in_the_history(world: World) -> None:
    composer = Composer(world.paths.data / "composer")
    composer.keep({"f" * 22: Unsent("", "f" * 22, (), 1.0, ("homeless one", "homeless two"))})
    composer.close()
    async with world.open():
        await world.until(lambda: Store(world.paths.data).memory.prompts() == ["homeless one", "homeless two"])


# ---------------------------------------------------------------- editing the queue


async def queue_of(world: World, pilot: Pilot[int], *prompts: str) -> asyncio.Event:
    """These wait for the end of a reply, which the event brings."""
    more = asyncio.Event()
    world.script = [TextDelta("Half"), more, Finished("stop")]
    await world.ask(pilot, "one")
    await world.shows("Half")
    for prompt in prompts:
        await world.ask(pilot, prompt)
    await world.until(lambda: world.app.shown.queue == list(prompts))
    return more


async def test_what_waits_is_moved_and_removed(world: World) -> None:
    async with world.open() as pilot:
        more = await queue_of(world, pilot, "two", "three", "four")
        await pilot.press("alt+q")
        await world.shows("3 prompts wait to be sent")
        await pilot.press("end", "shift+up", "K", "end", "d")
        await world.shows("2 prompts wait to be sent")
        assert world.app.shown.queue == ["four", "two"]
        assert world.app.history.prompts[-1] == "three"
        await world.until(lambda: '["four", "two"]' in on_disk(world))
        await pilot.press("home", "J", "escape")
        await world.shows("⏎ next: two")
        more.set()
        await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
        assert [message.text for message in world.turns[-1].messages][::2] == ["one", "two", "four"]


async def test_one_of_them_is_edited_and_goes_back_to_its_place(world: World) -> None:
    async with world.open() as pilot:
        more = await queue_of(world, pilot, "two", "three", "four")
        await pilot.press("alt+q", "down", "enter")
        await world.until(lambda: world.app.prompt.text == "three")
        assert world.app.shown.queue == ["two", "four"]
        await pilot.press("!", "enter")
        assert world.app.shown.queue == ["two", "three!", "four"]
        await pilot.press("up", "ctrl+u")
        await world.until(lambda: world.app.shown.place is None)
        await world.ask(pilot, "five")
        assert world.app.shown.queue == ["two", "three!", "five"]
        more.set()
        await world.until(lambda: len(world.turns) == 4 and not world.app.shown.busy)


async def test_one_that_is_edited_after_the_reply_has_failed_waits_behind_those_before_it(world: World) -> None:
    async with world.open() as pilot:
        await queue_of(world, pilot, "two", "three")
        await pilot.press("escape")
        await world.shows("⏎ not sent: two")
        await pilot.press("up", "!", "enter")
        await world.shows("then: three!")
        assert len(world.turns) == 1
        world.script = saying("Fine.")
        await pilot.press("alt+q", "enter", "?", "enter")  # the first one goes at once
        await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
        assert [message.text for message in world.turns[-1].messages if message.role == "user"][1:] == [
            "two?",
            "three!",
        ]


async def test_the_first_one_is_sent_while_one_looks_at_them(world: World) -> None:
    async with world.open() as pilot:
        more = await queue_of(world, pilot, "two", "three")
        await pilot.click("#queue")
        await world.shows("2 prompts wait to be sent")
        await pilot.press("end")
        world.script = [TextDelta("Next"), asyncio.Event()]
        more.set()
        await world.shows("1 prompt waits to be sent")
        await pilot.press("d")
        await world.until(lambda: "to be sent" not in world.screen)
        assert world.app.shown.queue == []
        await pilot.press("alt+q")
        await world.told("Nothing waits to be sent.")


async def test_the_queue_of_a_deleted_conversation_comes_back_with_it(world: World) -> None:
    async with world.open() as pilot:
        await queue_of(world, pilot, "two")
        await pilot.press("escape")
        await world.shows("⏎ not sent: two")
        name = world.app.shown.id
        world.app.delete(name)
        await world.told("Deleted ‘one’.")
        await world.until(lambda: "not sent" not in world.screen)
        world.app.undo()
        await world.told("‘one’ is back.")
        world.app.open(name)
        await world.shows("⏎ not sent: two")


# ---------------------------------------------------------------- prompts sent before


@pytest.mark.parametrize(
    ("typed", "found"), [("", ["Zürich", "two b", "one a"]), ("zur", ["Zürich"]), ("b t", ["two b"]), ("x", [])]
)
def test_prompts_are_found_by_their_words(typed: str, found: list[str]) -> None:
    assert fitting(["one a", "two b", "Zürich"], typed) == found


async def test_a_prompt_of_another_conversation_is_found_and_what_was_typed_comes_back(world: World) -> None:
    world.store.memory.add_prompt("how do streams end?")
    world.store.memory.add_prompt("name three rivers")
    async with world.open() as pilot:
        await world.until(lambda: world.app.history.prompts)
        await pilot.press("ctrl+r")
        await world.shows("Prompts sent before")
        await pilot.press(*"zzz")
        await world.shows("no prompt says that")
        await pilot.press("escape", *"stream", "ctrl+r")
        await world.shows("how do streams end?")
        assert "rivers" not in world.screen
        await pilot.press("enter")
        await world.until(lambda: world.app.prompt.text == "how do streams end?")
        await pilot.press("up")
        assert world.app.prompt.text == "stream"


# ---------------------------------------------------------------- temporary ones


async def test_a_temporary_conversation_leaves_nothing_on_the_disk(world: World) -> None:
    world.has("Other")
    world.script = saying("A secret answer.")
    async with world.open() as pilot:
        await world.shows("Other")
        await pilot.press("alt+t")
        await world.shows("Temporary: nothing is kept")
        await world.ask(pilot, "a secret question")
        await world.shows("A secret answer.")
        await world.until(lambda: not world.app.shown.busy)
        assert "temporary · lab" in world.lines[0]
        assert "temporary · lab" in "\n".join(line.partition("│")[0] for line in world.lines)
        await pilot.press(*"secret draft", "ctrl+pagedown")
        await world.shows("About Other.")
        await pilot.pause(0.1)
        await pilot.press("ctrl+pageup")
        await world.shows("A secret answer.")
        assert world.app.prompt.text == "secret draft"
        assert world.app.means.tapes is not None
        reply = world.app.shown.last
        assert reply is not None
        assert world.app.means.tapes.live(reply.id) is not None, "the inspector has it while chattui runs"
        await pilot.press("f10")
        await world.until(lambda: len(world.app.rows.temporary) == 2)
        await pilot.press("ctrl+q")
        await world.until(lambda: world.app.return_code == 0)
    assert "secret" not in on_disk(world)
    assert len(world.store.ids()) == 1


async def test_a_temporary_conversation_can_be_kept_after_all_or_deleted(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press("alt+t")
        await world.ask(pilot, "one")
        await world.shows("Hello, human.")
        await world.until(lambda: not world.app.shown.busy)
        name = world.app.shown.id
        world.app.action_conversation_keep()
        await world.told("This conversation is kept from now on.")
        assert "temporary" not in world.lines[0]
        assert [message.text for message in world.store.load(name).branch()] == ["one", "Hello, human."]
        await world.ask(pilot, "two")
        await world.until(lambda: len(world.store.load(name).branch()) == 4)
        await pilot.press("alt+t")
        await world.ask(pilot, "gone")
        await world.until(lambda: world.app.rows.temporary and not world.app.shown.busy)
        await pilot.press("shift+tab", "d")
        await world.told("Deleted ‘gone’.")
        await world.until(lambda: not world.app.rows.temporary)
        assert "gone" not in on_disk(world)
