"""A scene made ready: the app that plays it, and what is done before the picture is taken."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scenes import LAB, Scene, shelve
from textual.pilot import Pilot
from textual.widgets import TextArea
from world import World

from chattui.discover import DEMO
from chattui.tui.app import ChattuiApp


def staged(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[ChattuiApp, Callable[[Pilot[int]], Awaitable[None]]]:
    """(the app, what to do with its pilot). Times, ids and the cursor stand still."""
    world = World(folder, monkeypatch)
    world.config = replace(world.config, endpoints={"openai": LAB}, default="openai", theme=scene.theme)
    if scene.shelf:
        shelve(world)
    else:
        world.config = replace(world.config, endpoints={"demo": DEMO}, default="demo", layers={})
    app = world.make(conversation=scene.before(world))

    async def act(pilot: Pilot[int]) -> None:
        for area in app.query(TextArea):
            area.cursor_blink = False
        await world.shows("❯")
        if scene.shelf and scene.size[0] >= 80:
            await world.shows("Release notes")
        await scene.act(world, pilot)
        await pilot.pause()

    return app, act
