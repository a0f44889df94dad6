"""Tidy: what stays after a restart, what is open or held by another, what the list shows."""

from dataclasses import replace
from pathlib import Path

import pytest
from world import World

from chattui.document import Row
from chattui.store import Store
from chattui.tui.order import ORDERS, Sections, order, words
from chattui.writer import Writer


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def restart(world: World) -> None:
    """What is open is closed, and another process begins."""
    world.writer = Writer(Store(world.paths.data))


ROWS = [
    Row("a", "beta", "x", created=1, updated=9),
    Row("b", "Alpha", "y", created=3, updated=7),
    Row("c", "gamma", "x", created=2, updated=8, pinned=True),
]


@pytest.mark.parametrize(("by", "ids"), [("updated", "cab"), ("created", "cba"), ("title", "cba"), ("endpoint", "cab")])
def test_each_order_has_the_pinned_ones_first(by: str, ids: str) -> None:
    assert by in ORDERS
    assert "".join(row.id for row in sorted(ROWS, key=order(by))) == ids


@pytest.mark.parametrize(("count", "pinned"), [(0, 0), (3, 0), (3, 1), (3, 3)])
def test_every_line_of_the_list_is_found_again(count: int, pinned: int) -> None:
    sections = Sections(count, pinned)
    rows = [sections.at(line) for line in range(sections.height)]
    assert [at for at, part in rows if at >= 0 and part == 0] == list(range(count))
    assert all(sections.at(sections.top(at) + part) == (at, part) for at in range(count) for part in (0, 1))
    headings = [(0, (-1, 0)), (1 + 2 * pinned, (-1, 1))] if pinned else []
    assert [(line, row) for line, row in enumerate(rows) if row[0] < 0] == headings[: 1 + (pinned < count)]
    assert sections.at(sections.height)[0] >= count


def test_tags_stand_behind_the_place() -> None:
    row = Row("a", endpoint="lab", state="failed", tags=("work", "x"))
    assert words(row, busy=False) == "lab · failed · #work #x"
    assert words(row, busy=True, temporary=True) == "temporary · lab · streaming · #work #x"


async def test_what_was_deleted_last_comes_back_after_a_restart(world: World) -> None:
    one, two, _ = world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Three")
        world.app.delete(one)
        await world.told("Deleted ‘One’")
        world.app.delete(two)
        await world.told("Deleted ‘Two’")
        await pilot.pause()
    restart(world)
    async with world.open() as pilot:
        await world.shows("Three")
        await pilot.press("shift+tab", "u")
        await world.told("‘Two’ is back.")
        await pilot.press("u")
        await world.told("‘One’ is back.")
        await pilot.press("u")
        await world.told("Nothing is in the trash.")


async def test_pins_archive_and_order_are_remembered(world: World) -> None:
    world.indexed = True
    old, kept, _ = world.has("B old", "Kept", "A new")
    world.store.edit(old, lambda found: replace(found, pinned=True))
    world.store.edit(kept, lambda found: replace(found, archived=True))
    async with world.open(remembered={"sort": "title"}):
        await world.shows("A new")
        assert [row.title for row in world.app.rows.listed] == ["B old", "A new"]
        assert "by title" in world.lines[0]
        assert "Kept" not in world.screen


async def test_what_another_chattui_holds_is_told_and_the_rest_is_done(world: World) -> None:
    one, two = world.has("One", "Two")
    other = Store(world.paths.data)
    other.hold(one)
    async with world.open() as pilot:
        await world.shows("One")
        await pilot.press("shift+tab", "ctrl+a", "p")
        await world.told("Pinned ‘Two’.")
        assert "open in another" in world.notes
    other.release(one)
    assert [world.store.row(name).pinned for name in (one, two)] == [False, True]


async def test_an_open_conversation_knows_its_tags_and_keeps_its_place(world: World) -> None:
    (name,) = world.has("One")
    before = world.store.row(name).updated
    async with world.open(conversation=name) as pilot:
        await world.shows("About One.")
        await pilot.press("ctrl+p", *"tags of", "enter")
        await world.shows("words, with blanks")
        await pilot.press(*"work", "enter")
        await world.shows("#work")
        await world.ask(pilot, "more")
        await world.shows("Hello, human.")
        await world.until(lambda: not world.app.shown.busy)
    row = world.store.row(name)
    assert row.tags == ("work",)
    assert row.updated > before


async def test_clicks_select(world: World) -> None:
    world.has("Four", "Three", "Two", "One")
    async with world.open() as pilot:
        await world.shows("Four")
        await pilot.click("#conversations", offset=(5, 2), control=True)
        await pilot.click("#conversations", offset=(5, 6), shift=True)
        assert "3 selected" in world.lines[0]
        assert [row.title for row in world.app.rows.listed if row.id in world.app.rows.selected] == [
            "Two",
            "Three",
            "Four",
        ]
