"""Whatever a text says, on every surface the terminal gets what chattui writes and nothing else. A real pty tells."""

# ruff: noqa: E501 - tables of cases

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from judging import faults
from playing import played
from printed import COMMANDS
from screen_of_bytes import MARK, Screen
from surfaces import SURFACES
from vectors import BATCHES, KEPT, MARKUP


def fed(data: str) -> Screen:
    screen = Screen(20, 4)
    for _ in screen.feed(data):
        pass
    screen.ended()
    return screen


@pytest.mark.parametrize(
    "data",
    [
        "\x1b]52;c;!\x1b", "\x1b]0;x\x07", "\x1b[2J", "\x1b[?1000;1006h", "\x1b[?47h", "\x1bc", "\x9b2J", "\x07", "\x00", "\x7f",
        "\x1b[8m", "\x1b[6n", "\x1bP1$r\x1b\\", "\u202e", "\u200b", "\U000e0041", "a\u200d\u200dd", "\ud800", "\uffff",
        "\x1b]8;;file:///x\x1b\\", "\x1b]8;;https://\u043f.example\x1b\\", "\x1b]9;x\x07", "\x1b[38;5",
    ],
)  # fmt: skip
def test_the_oracle_finds_a_leak(data: str) -> None:
    assert fed(f"x{data}").leaks


@pytest.mark.parametrize(
    "data",
    ["\x1b[1;38;2;8;8;8m", "\x1b[2;3H", "\x1b[?1049h", "\x1b[?2026l", "\x1b]22;default\x1b\\", "a\r\nb", "👩‍💻 שלום ❤️", "\x1b[<u",
     "\x1b]8;id=1-2;https://example.org/\x1b\\x\x1b]8;;\x1b\\", "\x1b]52;c;YQ==\x07"],
)  # fmt: skip
def test_the_oracle_lets_pass_what_chattui_writes(data: str) -> None:
    assert not fed(data).leaks


def test_the_oracle_keeps_the_cells() -> None:
    screen = fed("\x1b[2;3H日本\x1b[1mx\x1b[1;1Hab\u0301")
    assert screen.rows[:2] == ["ab\u0301", "  日本x"]
    assert sum(1 for _ in Screen(4, 4).feed(f"a{MARK}b{MARK}")) == 2


VECTORS = {
    name: {"text": text, "must_show": (*KEPT, *MARKUP) if name == "shown" else ()} for name, text in BATCHES.items()
}
AT_ONCE = max(2, min(4, os.cpu_count() or 2))
"""Terminals: each of them waits most of the time."""


def wrong(folder: Path, names: Sequence[str]) -> list[str]:
    return [
        f"{shown.surface}: {shown.name}: {fault}"
        for shown in played(folder, BATCHES, names)
        for fault in faults(shown, VECTORS[shown.name])
    ]


def test_every_surface_and_every_command_in_a_terminal(tmp_path: Path) -> None:
    names = [surface.name for surface in SURFACES]
    parts = [*(names[at::AT_ONCE] for at in range(AT_ONCE)), list(COMMANDS)]
    folders = [tmp_path / str(number) for number in range(len(parts))]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [fault for part in pool.map(wrong, folders, parts) for fault in part]
    assert not found, "\n".join(found)
