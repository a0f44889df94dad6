"""Keys that keep the list tidy."""

import asyncio

from key_cases import case
from textual.pilot import Pilot
from world import World

from chattui.events import TextDelta


async def in_list(world: World, pilot: Pilot[int]) -> None:
    await pilot.press("shift+tab")
    assert world.app.rows.has_focus
    await pilot.press("home")


def titles(world: World) -> list[str]:
    """Of the conversations on the screen, from above."""
    panes = [line.partition("│")[0] for line in world.lines]
    return [f"Talk {words[-3]}" for line in panes if (words := line.split()) and "Talk" in words and words[-1] == "h"]


@case("list.select")
async def select(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press(key, "down", key)
    assert "2 selected" in world.lines[0]
    assert world.screen.count("✓ Talk") == 2
    await pilot.press("d")
    await world.told("Deleted 2 conversations. u in the list brings them back.")
    assert titles(world)[:3] == ["Talk 2", "Talk 4", "Talk 5"]
    assert len(world.store.ids()) == 8
    await pilot.press("u")
    await world.told("2 conversations are back.")
    assert titles(world)[:3] == ["Talk 1", "Talk 2", "Talk 3"]
    await pilot.press("home", key)
    assert "1 selected" in world.lines[0]
    await pilot.press("escape")
    assert "Conversations" in world.lines[0]
    assert world.app.rows.has_focus


@case("list.select_down", "list.select_up")
async def extend(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    up = key in {"shift+up", "K"}
    await pilot.press("down", "down", "down", key, key)
    assert "3 selected" in world.lines[0]
    marked = [line.split()[1:3] for line in world.lines if "✓" in line]
    assert marked == [["Talk", str(number)] for number in ((2, 3, 4) if up else (4, 5, 6))]
    await pilot.press("J" if up else "K")  # and back
    assert "2 selected" in world.lines[0]


@case("list.select_all")
async def select_all(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press(key)
    assert "10 selected" in world.lines[0]
    await pilot.press(key)
    assert "Conversations" in world.lines[0]


@case("list.pin")
async def pin(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("down", "down", key)
    await world.told("Pinned ‘Talk 3’.")
    assert "pinned ──" in world.lines[2]
    assert titles(world)[:3] == ["Talk 3", "Talk 1", "Talk 2"]
    await pilot.press("down", "enter")
    await world.shows("About Talk 1.")
    await pilot.press("alt+1")
    await world.shows("About Talk 3.")
    name = world.app.shown.id
    assert world.store.row(name).pinned
    await pilot.press("shift+tab", key)
    await world.told("Unpinned ‘Talk 3’.")
    assert "pinned ──" not in world.screen
    assert titles(world)[:3] == ["Talk 1", "Talk 2", "Talk 3"]
    assert not world.store.row(name).pinned
    assert not world.app.shown.session.conversation.pinned


@case("list.tag")
async def tag(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("space", "space", key)
    await world.shows("Tags of 2 conversations")
    await pilot.press(*"work #rust", "enter")
    await world.told("Tagged 2 conversations.")
    assert world.screen.count("lab · #work #rust") == 2
    await pilot.press("down", key)
    await world.shows("words, with blanks")
    await pilot.press(*"wo", "right", "enter")
    await world.told("Tagged ‘Talk 4’.")
    await pilot.press("slash", *"tag:work")
    await world.until(lambda: titles(world) == ["Talk 1", "Talk 2", "Talk 4"])
    await pilot.press(*" 4")
    await world.until(lambda: titles(world) == ["Talk 4"])


@case("list.archive", "list.archived")
async def archive(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("down", "a")
    await world.told("Archived ‘Talk 2’.")
    assert titles(world)[:2] == ["Talk 1", "Talk 3"]
    await pilot.press("A")
    assert "Archive " in world.lines[0]
    assert titles(world) == ["Talk 2"]
    await pilot.press(key)
    if key == "A":
        assert titles(world)[:2] == ["Talk 1", "Talk 3"]
        return
    await world.told("Back in the list: ‘Talk 2’.")
    await world.shows("nothing is archived")
    await pilot.press("escape")
    assert titles(world)[:3] == ["Talk 1", "Talk 2", "Talk 3"]


@case("list.sort")
async def sort(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press(key)
    assert "by creation" in world.lines[0]
    await pilot.press(key)
    assert "by title" in world.lines[0]
    assert titles(world)[:3] == ["Talk 1", "Talk 10", "Talk 2"]
    await world.until(lambda: world.store.memory.recall().get("sort") == "title")
    await pilot.press(key)
    assert "by endpoint" in world.lines[0]
    await pilot.press(key)
    assert titles(world)[:3] == ["Talk 1", "Talk 2", "Talk 3"]


@case("conversation.temporary")
async def temporary(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("Temporary: nothing is kept")
    await world.ask(pilot, "hey")
    await world.shows("temporary · lab")
    assert len(world.store.ids()) == 10


@case("prompt.history_search")
async def history_search(world: World, pilot: Pilot[int], key: str) -> None:
    world.app.history.load(["older words", "newer words"])
    await pilot.press(key, *"older")
    await world.shows("older words")
    await pilot.press("enter")
    await world.until(lambda: world.app.prompt.text == "older words")


@case("list.trash")
async def trash(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("d")
    await world.told("Deleted ‘Talk 1’.")
    await pilot.press(key)
    await world.shows("Trash: 1 conversation")
    await pilot.press("enter")
    await world.told("‘Talk 1’ is back.")
    await world.shows("nothing is in the trash")
    await pilot.press("escape")
    assert titles(world)[:2] == ["Talk 1", "Talk 2"]


@case("queue")
async def queue(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("Half"), asyncio.Event()]
    await world.ask(pilot, "one")
    await world.shows("Half")
    await world.ask(pilot, "two")
    await world.shows("⏎ next: two")
    await pilot.press(key)
    await world.shows("1 prompt waits to be sent")
    await pilot.press("e")
    await world.until(lambda: world.app.prompt.text == "two")
