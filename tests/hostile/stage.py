"""A program for a pty: shows texts on surfaces, one after the other, and asks the terminal something after each.

python stage.py FOLDER [SURFACE …] — the texts are in FOLDER/texts.json; FOLDER/report.txt tells of an exception.
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest
from printed import COMMANDS
from screen_of_bytes import MARK
from surfaces import SURFACES, Stage, unhurried
from textual.pilot import Pilot
from world import World

from chattui.commands import output


def main(folder: Path, wanted: list[str]) -> None:
    """Play to the end, or to the first exception."""
    texts: dict[str, str] = json.loads((folder / "texts.json").read_text("utf-8"))
    (on_screen if wanted[0] not in COMMANDS else in_lines)(folder, wanted, texts)


def in_lines(folder: Path, wanted: list[str], texts: dict[str, str]) -> None:
    """Commands, one after the other."""
    at = ""
    output.prepare()
    try:
        for number, name in enumerate(wanted):
            for text, said in texts.items():
                at = f"{name}: {text}"
                COMMANDS[name](folder / f"home{number}", said)
                sys.stderr.flush()
                sys.stdout.write(MARK + "\r\n" * 60)
                sys.stdout.flush()
    except BaseException:
        (folder / "report.txt").write_text(f"{at}\n{traceback.format_exc()}")
        raise


def on_screen(folder: Path, wanted: list[str], texts: dict[str, str]) -> None:
    """Surfaces of the screen."""
    patch = pytest.MonkeyPatch()
    unhurried(patch)
    world = World(folder, patch)
    app = world.make()
    at = "the start"
    failed: BaseException | None = None

    async def tour(pilot: Pilot[Any]) -> None:
        nonlocal at, failed
        stage = Stage(world, pilot)
        await stage.painted()
        app.chat_screen.add_class("-hidden")
        for name in wanted:
            surface = next(surface for surface in SURFACES if surface.name == name)
            for text, said in texts.items():
                at = f"{name}: {text}"
                try:
                    await surface.show(stage, said)
                except BaseException as error:  # noqa: BLE001 - pytest.fail, too, for which Textual would not end
                    failed = error
                    app.exit(1)
                    return
                await stage.painted()
                assert app._driver is not None
                app._driver.write(MARK)
                await stage.rest()
                await pilot.pause()
        app.exit(0)

    app.run(auto_pilot=tour)
    error = app._exception or failed
    report = "" if error is None else f"{at}\n{''.join(traceback.format_exception(error))}"
    (folder / "report.txt").write_text(report)
    world.writer.close(2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
