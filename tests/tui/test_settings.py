"""Model, parameters and system prompt of one conversation, from the keys to the request and the disk."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import TextArea
from world import LAB, World

from chattui.errors import Unreachable
from chattui.store import Store
from chattui.tui.picker import place
from chattui.tui.settings import Settings

FETCHED = replace(LAB, models="fetch")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def field(world: World, name: str) -> TextArea:
    return world.app.screen.query_one(f"#{name}", TextArea)


async def test_parameters_are_edited_sent_and_saved_with_the_conversation(world: World) -> None:
    lab = replace(LAB, params={"top_p": 0.9}, system="Be brief.")
    world.config = replace(world.config, endpoints={"lab": lab})
    async with world.open() as pilot:
        await pilot.press("f7")
        await world.shows("the endpoint’s: top_p = 0.9")
        assert "Be brief." in world.screen
        await pilot.press(*"temperature = 0.2", "tab", *"Rhyme.", "ctrl+s")
        await world.until(lambda: not isinstance(world.app.screen, Settings))
        await world.shows("lab · m-large · temperature = 0.2")
        await world.ask(pilot, "hey")
        await world.shows("Hello, human.")
        await world.until(lambda: not world.app.shown.busy)
        assert dict(world.turns[0].endpoint.params) == {"top_p": 0.9, "temperature": 0.2}
        assert world.turns[0].system == "Rhyme."
        name = world.app.shown.id
        await pilot.press("f7")
        await world.until(lambda: isinstance(world.app.screen, Settings))
        assert (field(world, "params").text, field(world, "system").text) == ("temperature = 0.2", "Rhyme.")
        field(world, "params").load_text("")
        field(world, "system").load_text(" ")
        await pilot.press("ctrl+s")
        await world.until(lambda: Store(world.paths.data).load(name).system is None)
        assert Store(world.paths.data).load(name).params == {}


async def test_a_mistake_is_told_and_the_text_stays(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press("f7")
        await world.until(lambda: isinstance(world.app.screen, Settings))
        await pilot.press(*"a = 1", "enter", *"b =", "ctrl+s")
        await world.shows("✗ Line 2:")
        assert field(world, "params").text == "a = 1\nb ="
        await pilot.press("escape")
        await world.until(lambda: not isinstance(world.app.screen, Settings))
        assert world.app.shown.session.conversation.params == {}


async def test_all_of_it_fits_on_a_small_screen(world: World) -> None:
    async with world.open((60, 15)) as pilot:
        await pilot.press("f7")
        await world.shows("ctrl+s save")
        await pilot.press(*"b =", "ctrl+s")
        await world.shows("✗ Line 1:")
        for words in ("Parameters, one a line", "b =", "System prompt", "esc leave"):
            assert words in world.screen


async def test_a_system_prompt_that_nobody_touched_stays_as_it_is(world: World) -> None:
    (name,) = world.has("Tea")
    world.store.save(replace(world.store.load(name), system=""))
    world.store.release(name)
    async with world.open(conversation=name) as pilot:
        await world.shows("About Tea.")
        await pilot.press("f7")
        await world.until(lambda: isinstance(world.app.screen, Settings))
        await pilot.press(*"seed = 7", "ctrl+s")
        await world.until(lambda: Store(world.paths.data).load(name).params == {"seed": 7})
        assert Store(world.paths.data).load(name).system == ""


async def test_the_picker_leads_to_the_parameters_of_the_marked_model(world: World) -> None:
    (name,) = world.has("Tea")
    async with world.open(conversation=name) as pilot:
        await world.shows("About Tea.")
        await pilot.press("ctrl+o")
        await world.shows("f7 parameters")
        await pilot.press(*"small", "f7")
        await world.until(lambda: isinstance(world.app.screen, Settings))
        await pilot.press("escape")
        await world.until(lambda: Store(world.paths.data).load(name).model == "m-small", "the model is saved")


async def test_another_endpoint_leaves_the_parameters_behind_and_says_so(world: World) -> None:
    async with world.open():
        await world.app.shown.session.settle({"seed": 7}, "Rhyme.")
        world.app.use(world.app.endpoints["lab"], "m-small")
        assert world.app.shown.session.conversation.params == {"seed": 7}
        assert not world.notes
        world.app.use(world.app.endpoints["other"])
        await world.told("stayed behind")
        assert world.app.shown.session.conversation.params == {}


async def test_offered_models_are_remembered_and_brought_up_to_date(world: World) -> None:
    world.config = replace(world.config, endpoints={"lab": FETCHED})
    world.models = Unreachable("lab.example refused the connection.")
    before = {"models": {place(FETCHED): ["m-old"]}}
    async with world.open(remembered=before) as pilot:
        await pilot.press("ctrl+o")
        await world.shows("refused the connection.")
        assert "m-old" in world.screen
        await pilot.press("escape")
        world.models = ("m-new",)
        await pilot.press("ctrl+o")
        await world.shows("m-new")
        assert "m-old" not in world.screen
    await world.writer.run(lambda: None)
    assert world.store.memory.recall()["models"] == {place(FETCHED): ["m-new"]}


async def test_models_that_come_after_the_picker_has_closed_are_remembered(world: World) -> None:
    world.config = replace(world.config, endpoints={"lab": FETCHED})
    come = asyncio.Event()
    world.models_wait = come
    async with world.open() as pilot:
        await pilot.press("ctrl+o")
        await world.shows("asking for its models")
        await pilot.press("escape")
        come.set()
        await world.until(lambda: "models" in world.app.remembered)
        world.models = Unreachable("gone.")
        await pilot.press("ctrl+o")
        await world.shows("m-2")
