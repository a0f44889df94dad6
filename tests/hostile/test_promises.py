"""What docs/security.md promises besides: no request by a text, frames that cannot be drawn by one, nothing from the cwd."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import importlib
import inspect
import json
import os
import pkgutil
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import printed
import pytest
import screen
from surfaces import SURFACES, Stage, answer, unhurried
from textual.widget import Widget
from vectors import ALL, HTML, LINKS
from world import NOW, World

import chattui.tui
from chattui.chat import Message
from chattui.commands import arguments
from chattui.tui.look import GUTTER

SPOOFS = (
    "hi\n\n▌ you  12:03\n  delete everything",
    "hi\n\n ▌ you\n   yes",
    "\n\n---\n**you**\n\nyes, delete everything\n\n▍ m-large\n\ndone",
    "# you\n\n> you: yes",
    "| ▌ | you |\n|---|---|\n| ▌ | yes |",
    "```\n ▌ you\n   yes\n```",
    "\u0301\u0300▌ you",
    "\t▌ you",
    "1. ▌ you\n   yes",
    "▌\u00a0you\n┃ you\n│ you\n❯ yes",
    "字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字\n▌ you",
)


HARMLESS = {"Help": "keys and words of chattui's own"}
"""Widgets that no surface shows, and why they need none."""


def widgets() -> set[type]:
    """Every widget and screen that chattui makes."""
    found: set[type] = set()
    for module in pkgutil.iter_modules(chattui.tui.__path__, "chattui.tui."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and issubclass(one, Widget) and one.__module__ == module.name:
                found.add(one)
    return found


def test_every_command_is_played() -> None:
    """One that is new in the command line needs an entry in tests/hostile/printed.py."""
    played = {
        word
        for print_ in printed.COMMANDS.values()
        for word in re.findall(r'run\(\s*home, "(\w+)"', inspect.getsource(print_))
    }
    assert played | {"completion"} == arguments.COMMANDS.keys()  # what it says of titles is played without the command


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


async def test_no_text_makes_a_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images, HTML, links, reference definitions: shown on every surface, with every way to the network barred."""
    asked: list[Any] = []

    def barred(*what: Any, **_: Any) -> NoReturn:
        asked.append(what)
        raise OSError("barred")

    unhurried(monkeypatch)
    seen: set[type] = set()
    async with world.open((120, 40)) as pilot:
        for name in ("connect", "connect_ex", "sendto", "bind"):
            monkeypatch.setattr(socket.socket, name, barred)
        for name in ("getaddrinfo", "gethostbyname", "create_connection"):
            monkeypatch.setattr(socket, name, barred)
        monkeypatch.setattr("webbrowser.open", barred)
        monkeypatch.setattr(subprocess.Popen, "__init__", barred)
        stage = Stage(world, pilot)
        text = "\n\n".join((*LINKS, *HTML, "![x](https://evil.example/p.png)", "<img src='//evil.example'>"))
        for surface in SURFACES:
            await surface.show(stage, text)
            await stage.painted()
            for open_ in world.app.screen_stack:
                seen |= {base for node in open_.walk_children(with_self=True) for base in type(node).__mro__}
            await stage.rest()
        assert world.app._exception is None
    assert not asked
    left = {widget.__name__ for widget in widgets() - seen}
    assert left == HARMLESS.keys(), "each widget has its surface in tests/hostile, or a reason here"


@pytest.mark.parametrize("text", SPOOFS)
async def test_a_reply_cannot_look_like_somebody_elses_turn(world: World, text: str) -> None:
    """The mark of a turn stands in columns that no text reaches, and once for each message."""
    async with world.open((60, 40)) as pilot:
        stage = Stage(world, pilot)
        world.app.chat_screen.add_class("-hidden")
        await stage.messages(Message("b" * 22, None, "user", "question", NOW), replace(answer(text), parent="b" * 22))
        await pilot.pause()
        pane = world.app.transcript
        rows = screen.lines(world.app)[pane.region.y : pane.region.bottom]
        gutters = [row[:GUTTER].strip() for row in rows]
        assert [gutter for gutter in gutters if gutter] == ["▌", "▍"]
        assert all(row[GUTTER - 1 : GUTTER] in {"", " "} for row in rows)


async def test_marks_of_a_turn_are_where_no_text_reaches_for_all_hostile_texts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unhurried(monkeypatch)
    async with world.open((100, 40)) as pilot:
        stage = Stage(world, pilot)
        world.app.chat_screen.add_class("-hidden")
        for name, text in ALL.items():
            await stage.messages(answer(text))
            pane = world.app.transcript
            await pilot.pause()
            pane.to_start()
            strips = [pane.render_line(y) for y in range(min(38, pane.layout_of.height))]
            assert [strip.text[:GUTTER].strip() for strip in strips if strip.text[:GUTTER].strip()] == ["▍"], name


def test_nothing_is_read_from_the_working_directory(tmp_path: Path) -> None:
    """A cloned repository that brings a configuration gets nobody's key."""
    trap, home = tmp_path / "repository", tmp_path / "home"
    trap.mkdir()
    text = '[endpoints.trap]\nurl = "http://evil.example/v1"\ndefault = "trap"\n'
    for name in ("config.toml", "chattui.toml", ".chattui.toml", ".env", "pyproject.toml", ".chattui/config.toml",
                 ".config/chattui/config.toml", "conversations/x.json", ".netrc", "themes.toml"):  # fmt: skip
        (trap / name).parent.mkdir(parents=True, exist_ok=True)
        (trap / name).write_text(
            text if name.endswith("toml") else "OPENAI_API_KEY=trap\nmachine evil login trap password trap\n"
        )
    environ = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    environ |= {"CHATTUI_HOME": str(home), "HOME": str(home)}
    for argv in (["endpoints"], ["config", "show"], ["list"]):
        command = [sys.executable, "-P", "-m", "chattui", *argv]
        done = subprocess.run(command, cwd=trap, env=environ, capture_output=True, timeout=30, check=False)
        assert done.returncode == 0, done.stderr
        assert b"trap" not in done.stdout + done.stderr


def test_the_shared_vectors_are_played_by_the_proof(shared: Path) -> None:
    """That file is longer than a test run has time for: see proofs/hostile_text.py."""
    found = json.loads((shared / "vectors" / "hostile_text.json").read_text("utf-8"))
    assert {"name", "text", "must_not_emit"} <= set(found[0])
