"""What the whole app costs, in counts that do not depend on the machine: widgets, frames, bytes to the terminal."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.app import App
from textual.drivers.headless_driver import HeadlessDriver
from world import NOW, World

from chattui.document import Row
from chattui.events import ChatEvent, Finished, TextDelta

SIZE = (120, 40)
WORDS = ("Some ", "*words* ", "of `code` ", "and\n", "\n", "- an item ", "with 日本 ", "more. ")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that the app writes to its terminal."""
    found: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda _: False))
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: found.append(data))
    return found


def size_of(written: list[str]) -> int:
    return sum(len(piece.encode()) for piece in written)


def deltas(count: int) -> list[ChatEvent | asyncio.Event]:
    return [TextDelta(WORDS[at % len(WORDS)]) for at in range(count)]


async def test_a_start_lays_out_and_paints_a_few_times(
    world: World, written: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = 0
    shown: Callable[..., None] = App._display

    def counted(app: App[None], screen: object, frame: object) -> None:
        nonlocal frames
        frames += frame is not None and not app._batch_count
        shown(app, screen, frame)

    monkeypatch.setattr(App, "_display", counted)
    async with world.open(SIZE) as pilot:
        await world.shows("Ask anything")
        await pilot.pause(0.1)
        assert frames <= 4
        assert size_of(written) < 40_000  # a frame has 13 KB


async def test_there_are_as_many_widgets_whatever_is_shown(world: World) -> None:
    async with world.open(SIZE) as pilot:
        await world.shows("Ask anything")

        def mounted() -> set[str]:
            return {type(widget).__name__ for widget in world.app.screen.walk_children()}

        before, count = mounted(), len(world.app.screen.walk_children())
        world.app.rows.load([Row(f"{at:08d}", f"Talk {at}", "lab", updated=NOW - at) for at in range(10_000)])
        world.script = [*deltas(3000), Finished("stop")]
        await world.ask(pilot, "hey")
        await world.until(lambda: not world.app.shown.busy, "the end of the reply")
        await pilot.pause()
        assert mounted() - before <= {"ScrollBar", "ScrollBarCorner"}
        assert len(world.app.screen.walk_children()) <= count + 4


async def test_a_steady_stream_a_key_and_silence_write_little(world: World, written: list[str]) -> None:
    more = asyncio.Event()
    world.script = [*deltas(1000), more, Finished("stop")]
    async with world.open(SIZE) as pilot:
        await world.shows("Ask anything")
        before = size_of(written)
        await world.ask(pilot, "hey")
        await world.until(lambda: (reply := world.app.shown.session.reply) and reply.text.count("more.") == 125)
        await world.until(lambda: "more." in world.screen, "the words")
        await pilot.pause(0.2)
        assert size_of(written) - before < 100 * 1000  # what comes between two frames is painted with the second
        await pilot.press("f")
        await pilot.pause(0.1)
        for letter in "ive":
            before = size_of(written)
            await pilot.press(letter)
            await pilot.pause(0.05)
            assert size_of(written) - before < 1_500  # its row, not a frame
        more.set()
        await world.until(lambda: not world.app.shown.busy, "the end of the reply")
        await pilot.pause(0.1)
        before = size_of(written)
        await pilot.pause(0.3)
        assert size_of(written) == before, "an idle app writes nothing"
