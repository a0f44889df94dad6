"""The files that a prompt names stand above it as chips, or the reason why they cannot be sent."""

from pathlib import Path

import pytest
from world import World

from chattui import attach, carried
from chattui.errors import AttachmentError
from chattui.providers import Provider
from chattui.tui.chips import Chips

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    files = tmp_path / "files"
    files.mkdir()
    (files / "notes.md").write_text("n" * 3456)
    (files / "paper.pdf").write_bytes(b"%PDF-1.7")
    (files / "cat.png").write_bytes(PNG)
    (files / "docs").mkdir()
    monkeypatch.chdir(files)
    return files


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


def chips(world: World) -> str:
    """What stands above the prompt; "" = nothing."""
    found = world.app.chat_screen.query(Chips)
    return str(found.first().content).replace("\u00a0", " ").strip() if found and found.first().display else ""


async def tells(world: World, said: str) -> None:
    await world.until(lambda: chips(world) == said, said)


CASES = {
    "read @notes.md please": "▤ notes.md  3.5 KB",
    "@notes.md, and @notes.md again": "▤ notes.md  3.5 KB",
    "@paper.pdf now": "✗ ‘paper.pdf’ is a PDF. Text, PNG, JPEG, GIF and WebP can be attached.",
    "@./nothing now": "✗ There is no file ‘./nothing’.",
    "@./docs now": "✗ ‘./docs’ is a folder.",
    "@notes.md @cat.png": (
        "▤ notes.md  3.5 KB\n✗ ‘lab’ takes no images (scripted). Leave out cat.png, or choose another endpoint."
    ),
    "@app.route is code": "",
    "no file": "",
}  # fmt: skip


async def test_what_would_be_sent(world: World, folder: Path) -> None:
    async with world.open((130, 30)):
        for prompt, said in CASES.items():
            world.app.prompt.put("@notes.md first")
            await tells(world, "▤ notes.md  3.5 KB")
            world.app.prompt.put(prompt)
            await tells(world, said)


async def test_a_path_that_is_still_written_is_not_missed(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("@notes.md and @./note")
        await tells(world, "▤ notes.md  3.5 KB")
        await pilot.press("space")
        await world.until(lambda: "✗ There is no file ‘./note’." in chips(world))


async def test_another_endpoint_takes_other_files(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("@cat.png ")
        await world.until(lambda: "takes no images" in chips(world))
        monkeypatch.setattr(carried, "provider", lambda _: Provider(world.reply, images=1000))
        await pilot.press("ctrl+o", *"other", "enter")
        await tells(world, "▤ cat.png  48 B")
        monkeypatch.setattr(carried, "provider", lambda _: Provider(world.reply, images=10))
        await pilot.press("ctrl+o", *"large", "enter")
        await world.until(lambda: "‘cat.png’ is 48 B. scripted takes images of at most 10 B." in chips(world))


async def test_sent_they_stand_with_the_message_and_not_above_the_prompt(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("see @notes.md ")
        await tells(world, "▤ notes.md  3.5 KB")
        await pilot.press("enter")
        await world.until(lambda: len(world.turns) == 1 and chips(world) == "")
        await world.shows("▤ notes.md  3.5 KB")


async def test_what_was_pasted_is_no_file(world: World, folder: Path) -> None:
    async with world.open():
        world.app.prompt.pasted.add("@notes.md")
        world.app.prompt.put("@notes.md @paper.pdf ")
        await world.until(lambda: chips(world).startswith("✗ ‘paper.pdf’"))
        assert "notes.md" not in chips(world)


async def test_files_that_stay_with_an_edited_message(world: World, folder: Path) -> None:
    async with world.open() as pilot:
        world.app.prompt.put("see @notes.md ")
        await pilot.press("enter")
        await world.shows("human.")
        (folder / "notes.md").unlink()
        await pilot.press("tab", "e")
        await tells(world, "▤ notes.md  3.5 KB")
        world.app.prompt.put("see nothing @paper.pdf ")
        await world.until(lambda: chips(world).startswith("✗ ‘paper.pdf’"))


async def test_too_many_files_are_told(world: World, folder: Path) -> None:
    for number in range(21):
        (folder / f"f{number}").write_text("x")
    async with world.open():
        world.app.prompt.put(" ".join(f"@f{number}" for number in range(21)) + " ")
        await world.until(lambda: "✗ More than 20 files cannot be sent with one message." in chips(world))
        assert "f20" not in chips(world)


def test_a_file_is_read_again_once_it_has_changed(folder: Path) -> None:
    assert [sight.file and sight.file.size for sight in attach.sights("@notes.md")] == [3456]
    (folder / "notes.md").write_bytes(b"%PDF-1.7 now")
    [sight] = attach.sights("@notes.md")
    assert sight.file is None
    assert "is a PDF" in sight.why
    assert not sight.missing


def test_the_chips_tell_what_sending_would(folder: Path) -> None:
    """What is refused while it is written is refused when it is sent, in the same words."""
    for text in ("@paper.pdf", "@./nothing", "@./docs"):
        with pytest.raises(AttachmentError) as told:
            attach.named(text)
        assert [sight.why for sight in attach.sights(text)] == [str(told.value)]
    assert list(attach.named("@cat.png @notes.md")) == [sight.file for sight in attach.sights("@cat.png @notes.md")]
