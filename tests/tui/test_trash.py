"""The screen of the trash: what was deleted comes back, or goes for good once that is confirmed."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from world import World

from chattui.document import Row
from chattui.trash import Deleted
from chattui.tui.discarded import line


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


async def trashed(world: World, pilot: Pilot[int], *names: str) -> None:
    """These are deleted, and the trash is on the screen."""
    for count, name in enumerate(names, 1):
        world.app.delete(name)
        while len(world.store.trash.ids()) < count:
            await pilot.pause()
    await pilot.press("shift+tab", "T")
    await world.shows("Trash")


async def test_it_is_opened_from_the_palette_and_empty_at_first(world: World) -> None:
    world.has("One")
    async with world.open() as pilot:
        await world.shows("One")
        await pilot.press("ctrl+p", *"the trash", "enter")
        await world.shows("nothing is in the trash")
        await pilot.press("enter", "d", "E", "escape")
        assert "Trash" not in world.screen


async def test_one_comes_back_and_the_others_stay(world: World) -> None:
    one, two, _ = world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Three")
        await trashed(world, pilot, one, two)
        await world.shows("Trash: 2 conversations")
        await world.shows("days left")
        await pilot.press("end", "enter")
        await world.told("is back.")
        await world.shows("Trash: 1 conversation")
        assert len(world.store.trash.ids()) == 1
        await pilot.press("escape")
        assert len(world.app.rows.listed) == 2


async def test_what_came_back_by_the_screen_is_not_what_a_key_brings_back(world: World) -> None:
    one, two, _ = world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Three")
        await trashed(world, pilot, one, two)
        await world.shows("Trash: 2 conversations")
        await pilot.press("home" if world.store.trash.newest() == two else "end", "r")
        await world.told("‘Two’ is back.")
        await pilot.press("escape", "u")
        await world.told("‘One’ is back.")


async def test_all_come_back_after_a_yes(world: World) -> None:
    names = world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Three")
        await trashed(world, pilot, *names)
        await world.shows("Trash: 3 conversations")
        await pilot.press("A", "enter")
        await world.told("3 conversations are back.")
        await world.shows("nothing is in the trash")
        assert len(world.app.rows.listed) == 3


async def test_it_goes_for_good_only_after_a_yes(world: World) -> None:
    one, two, three = world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Three")
        await trashed(world, pilot, one, two, three)
        await world.shows("Trash: 3 conversations")
        await pilot.press("d")
        await world.shows("goes for good. That cannot be undone.")
        await pilot.press("escape")
        assert len(world.store.trash.ids()) == 3
        await pilot.press("d", "enter")
        await world.told("1 conversation is gone for good.")
        await world.shows("Trash: 2 conversations")
        await pilot.press("E", "y")
        await world.told("2 conversations are gone for good.")
        await world.shows("nothing is in the trash")
        assert list(world.store.trash.folder.iterdir()) == []
        await pilot.press("escape", "u")
        await world.told("Nothing is in the trash.")


@pytest.mark.parametrize("room", [30, 52, 76])
@pytest.mark.parametrize("title", ["", "Short", "long " * 40, "模型" * 40])
def test_each_line_fits_and_says_when(room: int, title: str) -> None:
    text = line(Deleted(Row("a", title, "lab"), 1_700_000_000.0), 1_700_000_000.0 + 86_400, room)
    assert text.cell_length <= max(room, 32)
    assert text.plain.endswith("29 days left")
