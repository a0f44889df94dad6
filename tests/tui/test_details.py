"""Files and details on the screen: chips, saved files, what a key opens, and paths that are typed or pasted."""

import hashlib
from pathlib import Path

import pytest
from textual import events
from world import World, saying

from chattui import attach
from chattui.events import (
    FileReturned,
    Finished,
    Notice,
    SourceCited,
    TextDelta,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "notes.md").write_text("# Notes\nall of them\n")
    (folder / "cat.png").write_bytes(PNG)
    return folder


async def test_a_named_text_is_sent_along_kept_and_shown_as_a_chip(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "What is in @notes.md?")
        await world.shows("Hello, human.")
        await world.shows("▤ notes.md  20 B")
        assert world.turns[0].prompt == "What is in @notes.md?\n\nnotes.md:\n```md\n# Notes\nall of them\n```"
        (kept,) = world.store.files.folder.iterdir()
        assert kept.read_text() == "# Notes\nall of them\n"
    name = world.store.ids()[0]
    question, _ = world.store.load(name).branch()
    assert question.text == "What is in @notes.md?", "the text is what was typed"
    async with world.open(conversation=name):
        await world.shows("▤ notes.md  20 B")


async def test_an_image_is_refused_before_anything_is_sent_where_the_endpoint_takes_none(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "What is on @cat.png")
        await world.told("takes no images")
        assert world.app.prompt.content == "What is on @cat.png", "nothing typed is lost"
        assert not world.turns
        assert not world.store.ids()


async def test_a_path_that_leads_to_nothing_is_told_and_the_prompt_is_kept(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "Read @./nothing.md please")
        await world.told("There is no file ‘./nothing.md’")
        assert world.app.prompt.content == "Read @./nothing.md please"
        assert not world.turns


async def test_what_is_pasted_names_no_file(world: World) -> None:
    async with world.open() as pilot:
        world.app.prompt.focus()
        world.app.prompt.post_message(events.Paste('look: @./notes.md @"./cat.png" @notes.md'))
        await world.until(lambda: "look:" in world.app.prompt.content)
        await pilot.press("enter")
        await world.shows("Hello, human.")
        await world.told("was not attached")
        assert world.turns[0].prompt == 'look: @./notes.md @"./cat.png" @notes.md'
        assert world.turns[0].messages[0].attachments == ()


async def test_a_file_of_the_reply_is_saved_and_its_place_is_shown(world: World) -> None:
    file = attach.described(PNG, "painting.png")
    world.script = [TextDelta("Here."), FileReturned(file, PNG), Finished("stop")]
    async with world.open((160, 30)) as pilot:
        await world.ask(pilot, "Paint")
        await world.shows("▤ painting.png  48 B")
        await world.shows(hashlib.sha256(PNG).hexdigest()[:20])
        await world.until(lambda: world.store.files.path(file).exists())
    assert world.store.files.path(file).read_bytes() == PNG
    assert world.store.load(world.store.ids()[0]).branch()[1].attachments == (file,)


async def test_a_reply_that_is_nothing_but_a_file_is_no_empty_one(world: World) -> None:
    file = attach.described(PNG, "painting.png")
    world.script = [FileReturned(file, PNG), Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "Paint")
        await world.shows("painting.png")
        assert "empty reply" not in world.screen


RESULT = "Sunny, 21 degrees, wind from the west at twelve kilometres an hour, and no rain before the evening comes."


async def test_a_key_opens_tools_sources_and_usage(world: World) -> None:
    world.script = [
        ToolCalled("1", "weather", '{"city": "Bern", '),
        ToolCalled("1", "", '"days": 3}'),
        ToolReturned("1", RESULT),
        ToolCalled("2", "boom", "{}"),
        ToolReturned("2", "it broke", failed=True),
        TextDelta("Take a hat."),
        SourceCited("https://example.org/bern", "Bern today", "21 degrees at noon"),
        Notice("The model refused: no."),
        UsageReported(Usage(input=1204, output=312, cached=1024, reasoning=120, cost=0.0012)),
        Finished("stop"),
    ]
    async with world.open((140, 40)) as pilot:
        await world.ask(pilot, "Weather?")
        await world.shows("Take a hat.")
        await world.shows("sources  1 Bern today")
        await world.shows("The model refused: no.")
        await world.shows("✗ it broke")
        await world.shows("$0.0012")
        assert "evening comes" not in world.screen
        await pilot.press("tab", "space")
        await world.shows("evening comes")
        await world.shows("city: Bern")
        await world.shows("days: 3")
        await world.shows("1 Bern today  https://example.org/bern")
        await world.shows("21 degrees at noon")
        await world.shows("1,204 tokens in (1,024 cached) · 312 out (120 reasoning) · $0.0012")
        await pilot.press("space")
        await world.until(lambda: "city: Bern" not in world.screen)


async def test_arguments_are_shown_while_they_stream(world: World) -> None:
    import asyncio

    more = asyncio.Event()
    world.script = [
        ToolCalled("1", "weather", '{"city": "Be'),
        more,
        ToolCalled("1", "", 'rn"}'),
        Finished("tool_calls"),
    ]
    async with world.open() as pilot:
        await world.ask(pilot, "Weather?")
        await world.shows('weather  {"city": "Be')
        more.set()
        await world.shows('city="Bern"')


async def test_the_palette_tells_what_a_conversation_has_cost(world: World) -> None:
    world.script = [*saying("Yes.")[:-1], UsageReported(Usage(input=10, output=5, cost=0.5)), Finished("stop")]
    async with world.open((140, 30)) as pilot:
        for question in ("One?", "Two?"):
            await world.ask(pilot, question)
            await world.until(lambda: not world.app.shown.busy)
        await pilot.press("ctrl+p", *"usage of this")
        await world.shows("20 tokens in")
        await pilot.press("down", "enter")
        await world.told("20 tokens in · 10 out · $1.00")
