"""Paths behind @ in the prompt are offered, and completed with tab."""

import asyncio
from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from world import World

from chattui.events import TextDelta
from chattui.tui.completing import Choices, Typed, paths, typed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("notes.md", "notebook.txt", "photo one.png", "docs/plan.md", ".secret", "it's"):
        file = tmp_path / "files" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("x")
    monkeypatch.chdir(tmp_path / "files")
    return tmp_path / "files"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


@pytest.mark.parametrize(
    ("line", "mention"),
    [
        ("see @no", Typed(4, "no")),
        ("@", Typed(0, "")),
        ("(@~/a", Typed(1, "~/a")),
        ("@a\\ b", Typed(0, "a b")),
        ('x @"a b', Typed(2, "a b", '"')),
        ("@'a b", Typed(0, "a b", "'")),
        ("mail me@home", None),
        ("@notes.md ", None),
        ("plain", None),
        ("", None),
    ],
)
def test_what_is_typed_behind_the_at_sign(line: str, mention: Typed | None) -> None:
    assert typed(line) == mention


def test_paths_that_begin_so(folder: Path) -> None:
    assert paths("no") == ["notebook.txt", "notes.md"]
    assert paths("") == ["docs/", "it's", "notebook.txt", "notes.md", "photo one.png"]
    assert paths(".s") == [".secret"]
    assert paths("docs/") == ["docs/plan.md"]
    assert paths(f"{folder}/do") == [f"{folder}/docs/"]
    assert paths("none/") == paths("zzz") == paths("a\0b/") == []


def test_paths_of_the_home_folder_keep_their_tilde(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    assert paths("~/do") == ["~/docs/"]


async def tab(pilot: Pilot[int], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("read @doc", "read @docs/"),
        ("read @docs/p", "read @docs/plan.md "),
        ("@photo", "@photo\\ one.png "),
        ('@"photo', '@"photo one.png" '),
        ("@it", "@it\\'s "),
        ("(@n", "(@note"),
    ],
)
async def test_tab_completes(world: World, folder: Path, before: str, after: str) -> None:
    async with world.open() as pilot:
        world.app.prompt.put(before)
        await tab(pilot, "tab")
        await world.until(lambda: world.app.prompt.text == after)
        assert world.app.prompt.has_focus


async def test_what_several_names_share_then_one_after_the_other(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("@n")
        await tab(pilot, "tab")
        await world.shows("notebook.txt  notes.md")
        assert world.app.prompt.text == "@note"
        said = []
        for key in ("tab", "tab", "tab", "shift+tab"):
            await tab(pilot, key)
            said.append(world.app.prompt.text)
        assert said == ["@notebook.txt", "@notes.md", "@notebook.txt", "@notes.md"]
        await pilot.press("space")
        await world.until(lambda: "notebook.txt  notes.md" not in world.screen)
        assert world.app.prompt.text == "@notes.md "
        await tab(pilot, "tab")
        assert not world.app.prompt.has_focus, "tab is what it was"


async def test_escape_takes_the_names_away_and_nothing_else(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("@n")
        await tab(pilot, "tab")
        await world.shows("notebook.txt  notes.md")
        await tab(pilot, "escape")
        assert "notebook.txt  notes.md" not in world.screen
        assert world.app.prompt.text == "@note"


async def test_where_no_path_is_meant_tab_moves_the_focus(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("ask @alice")
        await tab(pilot, "tab")
        assert not world.app.prompt.has_focus
        world.app.prompt.focus()
        world.app.prompt.put("@/no/such")
        await tab(pilot, "tab")
        await world.told("There is no path that begins with ‘/no/such’.")
        assert world.app.prompt.has_focus


async def test_a_completed_path_is_attached_though_it_was_pasted_before(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.pasted.add("@notes.md")
        world.app.prompt.put("@notes")
        await tab(pilot, "tab")
        await world.until(lambda: world.app.prompt.text == "@notes.md ")
        assert world.app.prompt.pasted == set()


async def test_the_lines_still_meet_when_the_prompt_grows(world: World) -> None:
    def meets() -> bool:
        row = next(line for line in world.lines if "├" in line)
        return "├──" in row

    async with world.open() as pilot:
        assert meets()
        await pilot.press("a", "ctrl+j", "b", "ctrl+j", "c")
        await world.until(meets)


# ---------------------------------------------------------------- names that are offered while one types


async def types(pilot: Pilot[int], text: str) -> None:
    for letter in text:
        await pilot.press({"@": "at", " ": "space", "/": "slash", ".": "full_stop"}.get(letter, letter))


def names(world: World) -> str:
    """What is offered above the prompt; "" = nothing."""
    found = world.app.chat_screen.query(Choices)
    return str(found.first().content) if found and found.first().display else ""


async def offers(world: World, said: str) -> None:
    await world.until(lambda: names(world).strip() == said)


async def test_names_are_offered_as_one_types(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        await types(pilot, "see @n")
        await offers(world, "notebook.txt  notes.md")
        await types(pilot, "otes")
        await offers(world, "notes.md")
        await types(pilot, ".md")
        await offers(world, "")
        assert world.app.prompt.text == "see @notes.md", "nothing was changed unasked"


async def test_the_arrows_choose_and_enter_takes(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        await types(pilot, "@")
        await offers(world, "docs/  it's  notebook.txt  notes.md  photo one.png")
        await pilot.press("down")
        assert world.app.prompt.text == "@docs/"
        await pilot.press("enter")
        await offers(world, "plan.md")
        await pilot.press("up", "enter")
        await world.until(lambda: world.app.prompt.text == "@docs/plan.md ")
        await offers(world, "")
        assert world.turns == [], "enter took the path and sent nothing"
        await pilot.press("enter")
        await world.until(lambda: len(world.turns) == 1)


async def test_enter_sends_while_nothing_was_chosen(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        await types(pilot, "@n")
        await offers(world, "notebook.txt  notes.md")
        await pilot.press("enter")
        await world.until(lambda: len(world.turns) == 1)
        assert names(world) == ""


async def test_tab_takes_the_first_of_those_offered_that_share_no_more(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        await types(pilot, "@note")
        await offers(world, "notebook.txt  notes.md")
        await tab(pilot, "tab")
        await world.until(lambda: world.app.prompt.text == "@notebook.txt")


async def test_escape_sends_the_names_away_until_the_next_mention(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        await types(pilot, "@n")
        await offers(world, "notebook.txt  notes.md")
        await pilot.press("escape")
        await types(pilot, "o")
        await pilot.pause()
        assert names(world) == ""
        await types(pilot, " @n")
        await offers(world, "notebook.txt  notes.md")


async def test_escape_stops_a_reply_though_names_are_offered(world: World, folder: Path) -> None:
    world.script = [TextDelta("One"), asyncio.Event()]
    async with world.open() as pilot:
        await types(pilot, "go")
        await pilot.press("enter")
        await world.shows("One")
        await types(pilot, "@n")
        await offers(world, "notebook.txt  notes.md")
        await pilot.press("escape")
        await world.shows("■ stopped")


async def test_pasted_mentions_are_offered_nothing(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.post_message(Paste("see @n"))
        await world.until(lambda: world.app.prompt.text == "see @n")
        await types(pilot, " @docs")
        await offers(world, "docs/")
