"""Several endpoints side by side: asked, watched, stopped, kept, at every width."""

import asyncio
from pathlib import Path

import pytest
from textual.pilot import Pilot
from world import LAB, OTHER, World, saying

from chattui.errors import Rejected
from chattui.events import ReasoningDelta, TextDelta
from chattui.tui.columns import Columns

BOTH = {"compare": [["lab", "m-large"], ["other", "tiny"]]}
THREE = {"compare": [["lab", "m-large"], ["other", "tiny"], ["lab", "m-small"]]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, monkeypatch)
    world.scripts = {"lab": saying("I am the ", "lab."), "other": saying("I am ", "another.")}
    return world


async def compare(world: World, pilot: Pilot[int], words: str = "who?") -> None:
    """Ask those that were asked last time."""
    world.app.prompt.put(words)
    await pilot.press("f11")
    await world.shows("Ask several at once")
    await pilot.press("enter")
    await world.until(lambda: isinstance(world.app.screen, Columns), "the columns")


async def over(world: World) -> None:
    await world.until(lambda: not world.app.shown.busy, "the end of all answers")


async def test_the_answers_stand_side_by_side_and_one_is_kept(world: World) -> None:
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await over(world)
        line = next(line for line in world.lines if "I am the lab." in line)
        assert "I am another." in line
        assert "▸1 lab · m-large" in world.screen
        assert world.screen.count("done · ") == 2
        assert "❯ who?" in world.lines[0]
        await pilot.press("right")
        assert "▸2 other · tiny" in world.screen
        await pilot.press("enter")
        await world.told("All 2 answers are in the conversation; left right page through them.")
        await world.shows("‹2/2›")
        assert "I am another." in world.screen
        assert "I am the lab." not in world.screen
        assert "other · tiny" in world.lines[0]
        await world.ask(pilot, "go on")
        await world.until(lambda: len(world.turns) == 3)
    turn = world.turns[-1]
    assert turn.endpoint == OTHER
    assert [message.text for message in turn.messages] == ["who?", "I am another.", "go on"]
    saved = world.store.load(world.app.shown.id)
    assert [message.endpoint for message in saved.walk()][:3] == ["", "lab", "other"]


async def test_the_choice_is_remembered_and_can_be_changed(world: World) -> None:
    async with world.open((100, 30)) as pilot:
        await pilot.press(*"who?", "alt+o")
        await world.shows("Marked: lab m-large.")
        await pilot.press("enter")
        await world.shows("Mark 2 to 4 with space.")
        await pilot.press(*"tiny", "space")
        await world.shows("Marked: lab m-large, other tiny.")
        await pilot.press("plus", "plus", "plus")
        await world.shows("4 at most")
        await pilot.press("space", "space", "enter")
        await over(world)
        assert len(world.turns) == 2
    assert world.store.memory.recall()["compare"] == [["lab", "m-large"], ["other", "tiny"]]


async def test_nothing_in_the_prompt_asks_the_last_question_again(world: World) -> None:
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await pilot.press("f11")
        await world.told("Write the question first")
        await world.ask(pilot, "who?")
        await world.shows("I am the lab.")
        await compare(world, pilot, "")
        await over(world)
        await pilot.press("escape")
        await world.shows("‹2/3›")
    assert [turn.prompt for turn in world.turns] == ["who?"] * 3


async def test_esc_stops_the_chosen_one_then_the_others_then_closes(world: World) -> None:
    world.scripts = {
        "lab": [TextDelta("Half a lab"), asyncio.Event()],
        "other": [TextDelta("Half another"), asyncio.Event()],
    }
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await world.shows("Half another")
        await world.shows("streaming")
        await pilot.press("escape")
        await world.shows("stopped, 3 words kept")
        assert world.app.shown.busy
        await pilot.press("escape")
        await over(world)
        await world.shows("stopped, 2 words kept")
        await pilot.press("escape")
        await world.until(lambda: not isinstance(world.app.screen, Columns))
        await world.shows("‹1/2›")
    saved = world.store.load(world.app.shown.id)
    assert [(message.text, message.state) for message in saved.walk()][1:] == [
        ("Half a lab", "stopped"),
        ("Half another", "stopped"),
    ]


async def test_keeping_one_early_stops_the_others_and_waits_for_it(world: World) -> None:
    hold = asyncio.Event()
    world.scripts = {
        "lab": [TextDelta("Half a lab"), asyncio.Event()],
        "other": [TextDelta("Soon "), hold, TextDelta("whole.")],
    }
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await world.shows("Half a lab")
        await world.shows("Soon")
        await pilot.press("2", "enter")
        await world.shows("kept; streaming")
        await world.shows("stopped, 3 words kept")
        hold.set()
        await world.until(lambda: not isinstance(world.app.screen, Columns))
        await world.shows("Soon whole.")
        await world.shows("‹2/2›")


async def test_a_failure_stands_in_its_own_column(world: World) -> None:
    world.scripts["lab"] = [Rejected("401: the key was refused.", status=401)]
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await over(world)
        assert "✗ 401: the key was refused." in world.screen
        assert "failed: 401" in world.screen
        assert "I am another." in world.screen
        await pilot.press("escape")
        await world.shows("I am another.")  # the whole one is shown


@pytest.mark.parametrize(("width", "seen"), [(60, 1), (80, 2), (120, 3)])
async def test_as_many_columns_as_can_be_read_are_shown(world: World, width: int, seen: int) -> None:
    async with world.open((width, 24), remembered=THREE) as pilot:
        await compare(world, pilot)
        await over(world)
        columns = world.app.screen
        assert isinstance(columns, Columns)
        assert sum(column.display for column in columns.columns) == seen
        assert ("▸1 lab · m-large ✓  " in world.screen) == (seen < 3)
        await pilot.press("3")
        assert columns.columns[2].display
        assert "▸3 lab · m-small" in world.screen
        assert all(len(line) <= width for line in world.lines)
        await pilot.press("right")  # round to the first
        assert columns.columns[0].display


async def test_the_keys_of_a_column(world: World) -> None:
    world.scripts["lab"] = [
        ReasoningDelta("Let me see."),
        TextDelta("# Title\n\n" + "\n\n".join(f"line {n}" for n in range(60))),
    ]
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await over(world)
        await world.shows("line 59")
        await pilot.press("home")
        await world.shows("thought for")
        await pilot.press("space")
        await world.shows("Let me see.")
        await pilot.press("m")
        await world.shows("# Title")
        await pilot.press("G")
        await world.shows("line 59")
        await pilot.press("tab", "y")
        assert world.app.clipboard == "I am another."


async def test_a_click_keeps_an_answer(world: World) -> None:
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await over(world)
        columns = world.app.screen
        assert isinstance(columns, Columns)
        await pilot.click(columns.columns[1].footing)
        await world.shows("‹2/2›")
        assert "I am another." in world.screen


async def test_quitting_keeps_every_answer(world: World) -> None:
    world.scripts = {
        "lab": [TextDelta("Half a lab"), asyncio.Event()],
        "other": [TextDelta("Half another"), asyncio.Event()],
    }
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await compare(world, pilot)
        await world.shows("Half another")
        await pilot.press("ctrl+q")
        await world.until(lambda: world.app.return_code == 0, "the end")
    saved = world.store.load(world.store.ids()[0])
    assert [(message.text, message.state) for message in saved.walk()][1:] == [
        ("Half a lab", "stopped"),
        ("Half another", "stopped"),
    ]


async def test_a_reply_in_flight_comes_first(world: World) -> None:
    world.scripts["lab"] = [TextDelta("Half a lab"), asyncio.Event()]
    async with world.open((100, 30), remembered=BOTH) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Half a lab")
        await pilot.press(*"x", "f11")
        await world.told("The reply is still coming")
        assert world.app.prompt.text == "x"
        assert LAB.name == world.app.shown.session.endpoint.name
