"""Export, import and statistics on the screen, as a person meets them."""

from dataclasses import replace
from pathlib import Path

import pytest
from world import World

from chattui.chat import Conversation, Message, Timing
from chattui.events import Usage
from chattui.exports import FORMATS
from chattui.tui.dialogs import Line
from chattui.tui.export import ABOUT
from foreign import BRANCHED, dumped

FILES = Path(__file__).parents[1] / "imports" / "files"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(tmp_path)
    return World(tmp_path, monkeypatch)


def place(world: World) -> str:
    """What stands in the field of the dialog."""
    return world.app.screen.query_one(Line).value


def written(folder: Path) -> str:
    """What the one file in there says."""
    (path,) = (path for path in folder.iterdir() if path.is_file() and " " in path.name)
    return path.read_text()


async def test_a_conversation_is_exported_where_one_says(world: World, tmp_path: Path) -> None:
    (name,) = world.has("SSE: how do / streams end?")
    async with world.open(conversation=name) as pilot:
        await world.shows("About SSE")
        await pilot.press("f6")
        await world.shows("Export the conversation")
        assert place(world) == f"{tmp_path}/SSE_ how do _ streams end {name[-6:]}.md"
        assert "the shown branch, 2 messages" in world.screen
        await pilot.press("down", "down")
        await world.until(lambda: place(world).endswith(f"{name[-6:]}.html"))
        await pilot.press("enter")
        await world.told("Wrote ")
    assert "<p>About SSE: how do / streams end?.</p>" in written(tmp_path)


async def test_the_place_can_be_typed_anew(world: World, tmp_path: Path) -> None:
    (name,) = world.has("Talk")
    async with world.open(conversation=name) as pilot:
        await world.shows("About Talk")
        await pilot.press("f6", "down", "down")
        await world.until(lambda: place(world).endswith(".html"))
        await pilot.press("ctrl+u", *"my talk.html", "enter")
        await world.told(f"Wrote {tmp_path}/my talk.html")


async def test_a_file_that_is_there_takes_a_second_enter(world: World, tmp_path: Path) -> None:
    (name,) = world.has("Talk")
    target = tmp_path / f"Talk {name[-6:]}.md"
    target.write_text("mine")
    async with world.open(conversation=name) as pilot:
        await world.shows("About Talk")
        await pilot.press("f6", "enter")
        await world.shows("It exists already. Enter once more overwrites it.")
        assert target.read_text() == "mine"
        await pilot.press("enter")
        await world.told("Wrote ")
    assert "About Talk." in target.read_text()


async def test_every_branch_or_the_shown_one(world: World, tmp_path: Path) -> None:
    (name,) = world.has("Talk")
    made = world.store.load(name)
    older = Message("older", next(iter(made.messages)), "assistant", "Another answer.", 1.0)
    world.store.save(replace(made, messages={**made.messages, "older": older}))
    world.store.release(name)
    async with world.open(conversation=name) as pilot:
        await world.shows("About Talk")
        await pilot.press("f6", "ctrl+t")
        await world.shows("every branch, 3 messages")
        await pilot.press("enter")
        await world.told("Wrote ")
    assert "Another answer." in written(tmp_path)


@pytest.mark.parametrize(
    ("typed", "said"), [("", "Give the name of a file."), ("/nowhere/at/all.md", "There is no folder /nowhere/at.")]
)
async def test_a_place_that_is_none(typed: str, said: str, world: World) -> None:
    (name,) = world.has("Talk")
    async with world.open(conversation=name) as pilot:
        await world.shows("About Talk")
        await pilot.press("f6", "ctrl+u", "ctrl+k", *typed, "enter")
        await world.shows(said)


async def test_nothing_is_exported_of_an_empty_conversation(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press("f6")
        await world.told("There is nothing to export yet.")


async def test_a_file_is_imported_and_listed(world: World, tmp_path: Path) -> None:
    (tmp_path / "export.json").write_bytes(dumped([BRANCHED, {"mapping": 7}]))
    async with world.open() as pilot:
        await world.app.run_action("app.conversation_import")
        await world.shows("Import conversations")
        await pilot.press(*"export.json", "enter")
        await world.shows("ChatGPT: 1 new, 1 failed")
        await world.shows("failed  value 2: ")
        await pilot.press("escape")
        await world.shows("End markers")
        await world.app.run_action("app.conversation_import")
        await pilot.press(*"export.json", "enter")
        await world.shows("1 unchanged, 1 failed")


@pytest.mark.parametrize(("name", "said"), [("nothing", "There is no such file."), ("~nobody/x", "no such file")])
async def test_a_file_that_is_not_there_is_told(name: str, said: str, world: World) -> None:
    async with world.open() as pilot:
        await world.app.run_action("app.conversation_import")
        await pilot.press(*name, "enter")
        await world.shows(said)


async def test_a_database_is_imported_in_the_list_at_once(world: World) -> None:
    async with world.open() as pilot:
        await world.app.run_action("app.conversation_import")
        await pilot.press(*str(FILES / "elia.db"), "enter")
        await world.shows("elia: 3 new")
        await pilot.press("escape")
        await world.shows("Imported from ChatGPT")
        assert "Archived, unanswered" not in world.screen
        assert {row.title for row in world.store.latest() if row.archived} == {"Archived, unanswered"}


def replies(world: World) -> None:
    """Replies of two endpoints over some days."""
    for number in range(40):
        then = world.now - 86400 * (number // 2)
        name, speed = (("lab", 40), ("other", 20))[number % 2]
        question = Message("u", None, "user", f"Question {number}", then)
        answer = Message(
            "a", "u", "assistant", "x", then, "failed" if number == 7 else "complete", endpoint=name, model="m",
            timing=Timing(0.5 + number / 100, 0.5 + number / 100 + 2), usage=Usage(10, 2 * speed, cost=0.01),
        )  # fmt: skip
        found = Conversation(f"{number:012x}aabbccddee", then, then, endpoint=name)
        for message in (question, answer):
            found = found.with_message(message, now=then)
        world.store.save(found)
        world.store.release(found.id)


async def test_statistics_of_every_endpoint_with_a_curve(world: World) -> None:
    replies(world)
    async with world.open((120, 40)) as pilot:
        await world.app.run_action("app.stats")
        await world.shows("1,800")
        table = " ".join(world.screen.split())
        assert "lab · m 20 0 0.69 s 0.86 s 40 40 1,800 $0.20" in table
        assert "other · m 20 5 % 0.70 s 0.87 s 20 20 1,000 $0.20" in table
        assert "lab · m  seconds to the first token   p50   p95, above it" in world.screen
        assert "┤" in world.screen
        await pilot.press("right", "down")
        await world.shows("other · m  tokens per second")
        await pilot.press("left", "left")
        await world.shows("other · m  cost in dollars")
        await pilot.press("escape")
        await world.until(lambda: len(world.app.screen_stack) == 1)


async def test_statistics_of_the_last_days(world: World) -> None:
    replies(world)
    async with world.open((120, 40)) as pilot:
        await world.app.run_action("app.stats")
        await world.shows("all time")
        await pilot.press("d", "d")
        await world.shows("the last 30 days")
        await pilot.press("d")
        await world.shows("the last 7 days")


async def test_statistics_of_nothing(world: World) -> None:
    async with world.open():
        await world.app.run_action("app.stats")
        await world.shows("No endpoint has answered yet.")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 60)])
async def test_the_dialogs_fit_every_screen(size: tuple[int, int], world: World) -> None:
    replies(world)
    (name,) = world.has("Talk")
    async with world.open(size, conversation=name) as pilot:
        await world.shows("About Talk")
        await pilot.press("f6")
        await world.shows("esc close")
        assert "plain text" in world.screen
        assert f"{name[-6:]}.md" in world.screen
        await pilot.press("escape")
        await world.app.run_action("app.conversation_import")
        await world.shows("esc close")
        await pilot.press("escape")
        await world.app.run_action("app.stats")
        await world.shows("esc close")
        await world.shows("└─")


def test_the_forms_of_the_dialog_are_those_of_the_command() -> None:
    assert list(ABOUT) == list(FORMATS)
