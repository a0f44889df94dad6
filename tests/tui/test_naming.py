"""Titles by the model: asked for once, beside the conversation, and only where that is wanted."""

from dataclasses import replace
from pathlib import Path

import pytest
from world import World, saying

from chattui import naming
from chattui.errors import Unreachable
from chattui.naming import cleaned


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    found = World(tmp_path, monkeypatch)
    monkeypatch.setattr(naming, "provider", __import__("chattui.session", fromlist=["session"]).provider)
    found.config = replace(found.config, titles="model")
    return found


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("How streams end", "How streams end"),
        ('\n  "How streams end."\nmore', "How streams end"),
        ("Title: **Zürich**", "Zürich"),
        ("x" * 99, ""),
        ("", ""),
        ("...", ""),
    ],
)
def test_an_answer_becomes_a_title_or_none(said: str, title: str) -> None:
    assert cleaned(said) == title


async def test_the_model_names_it_once_and_a_person_has_the_last_word(world: World) -> None:
    world.script = saying("A fine title")
    async with world.open() as pilot:
        await world.ask(pilot, "how do streams end?")
        await world.until(lambda: "A fine title" in world.lines[0], "the title")
        name = world.app.shown.id
        assert len(world.turns) == 2
        assert "how do streams end?" in world.turns[1].prompt
        assert not world.turns[1].remote
        assert [message.text for message in world.store.load(name).branch()] == ["how do streams end?", "A fine title"]
        assert world.store.row(name).title == "A fine title"
        assert not world.store.load(name).titled
        await world.ask(pilot, "and then?")
        await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
        await pilot.pause(0.05)
        assert len(world.turns) == 3


@pytest.mark.parametrize("wanted", ["model", "prompt"])
async def test_without_one_the_first_words_stay(world: World, wanted: str) -> None:
    world.config = replace(world.config, titles="model" if wanted == "model" else "prompt")
    async with world.open() as pilot:
        await world.ask(pilot, "first words")
        await world.shows("Hello, human.")
        world.script = [Unreachable("lab.example refused the connection.")]
        await world.until(lambda: not world.app.shown.busy)
        await pilot.pause(0.05)
        assert len(world.turns) == (2 if wanted == "model" else 1)
        if wanted == "prompt":
            assert "first words" in world.lines[0]
