"""Paths behind @ in the prompt are completed with tab."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from world import World

from chattui.tui.completing import Typed, paths, typed


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
