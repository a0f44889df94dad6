"""What is painted past Textual is what Textual would have painted, and no more than what has changed."""

from __future__ import annotations

import random
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from chattui.chat import Message
from chattui.events import TextDelta
from chattui.tui.paint import change
from chattui.tui.transcript import Transcript

WIDTH = 20
STYLES = (Style(), Style(bold=True), Style(color="red", bgcolor="blue"))
pieces = st.lists(st.tuples(st.text("ab  —│…", min_size=1, max_size=6), st.sampled_from(STYLES)), max_size=6)
odd = st.lists(st.tuples(st.text("a 日👩‍\u0301\ufe0f", max_size=4), st.sampled_from(STYLES)), max_size=4)


def row(parts: list[tuple[str, Style]], width: int = WIDTH) -> Strip:
    return Strip([Segment(text, style) for text, style in parts]).crop_extend(0, width, Style()).simplify()


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(character, segment.style) for segment in strip for character in segment.text]


# ---------------------------------------------------------------- one row


@given(pieces, pieces)
def test_a_change_turns_one_row_into_the_other(one: list[tuple[str, Style]], other: list[tuple[str, Style]]) -> None:
    old, new = row(one), row(other)
    found = change(3, old, new)
    shown = cells(old)
    if found is not None:
        x, y, strip = found
        assert y == 3
        shown[x : x + strip.cell_length] = cells(strip)
        assert shown[x] != cells(old)[x]
        assert shown[x + strip.cell_length - 1] != cells(old)[x + strip.cell_length - 1]
    assert shown == cells(new)


@given(pieces, odd)
def test_a_row_with_odd_characters_is_written_as_a_whole(
    one: list[tuple[str, Style]], other: list[tuple[str, Style]]
) -> None:
    plain, strange = row(one), row([("日", Style()), *other])
    for old, new in ((plain, strange), (strange, plain)):
        found = change(0, old, new)
        assert found is not None
        assert (found.x, found.strip) == (0, new)


def test_more_text_costs_its_own_cells() -> None:
    style = Style(color="red")
    found = change(0, row([("one two", style)]), row([("one two three", style)]))
    assert found is not None
    assert (found.x, found.strip.text) == (7, " three")
    assert change(0, row([("same", style)]), row([("sa", style), ("me", style)])) is None


# ---------------------------------------------------------------- the whole pane


class Terminal:
    """As much of a terminal as it takes to read what is on it: text, cursor moves; colours are read past."""

    SEQUENCE = re.compile(
        r"\x1b\[(?P<at>[\d;]*)H|\x1b\[[?>=<]?[\d;$]*[a-zA-Z~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|\r|\n"
    )

    def __init__(self, width: int, height: int) -> None:
        self.rows = [[" "] * width for _ in range(height)]
        self.x = self.y = 0
        self.bytes = 0

    def write(self, data: str) -> None:
        self.bytes += len(data.encode())
        at = 0
        for found in self.SEQUENCE.finditer(data):
            self.put(data[at : found.start()])
            at = found.end()
            if (place := found["at"]) is not None:
                y, x = (int(part or 1) for part in (place or "1;1").split(";"))
                self.x, self.y = x - 1, y - 1
            elif found.group() == "\n":
                self.x, self.y = 0, self.y + 1
        self.put(data[at:])

    def put(self, text: str) -> None:
        for character in text:
            size = cell_len(character)
            if size == 0:
                self.rows[self.y][self.x - 1] += character
                continue
            self.rows[self.y][self.x : self.x + size] = [character, *[""] * (size - 1)]
            self.x += size

    @property
    def text(self) -> list[str]:
        return ["".join(line).rstrip() for line in self.rows]


class Chat(App[None]):
    def compose(self) -> ComposeResult:
        yield Transcript()
        yield Input()


@asynccontextmanager
async def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Chat, Terminal, Pilot[None]]]:
    terminal = Terminal(60, 16)
    monkeypatch.setattr(HeadlessDriver, "is_headless", property(lambda _: False))
    monkeypatch.setattr(HeadlessDriver, "write", lambda _, data: terminal.write(data))
    app = Chat()
    async with app.run_test(size=(60, 16)) as pilot:
        await pilot.pause()
        yield app, terminal, pilot


def expected(app: Chat) -> list[str]:
    return ["".join(s.text for s in strip).rstrip() for strip in app.screen._compositor.render_strips()]


TEXT = (
    "# Title\n\nProse with **bold** and `code` that wraps at the edge of the pane, and 日本語 🎉 too.\n\n"
    "- item\n\n```py\nx = 1\n```\n\n"
)


@pytest.mark.parametrize("seed", range(4))
async def test_the_terminal_shows_what_textual_would_show(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    async with on_a_terminal(monkeypatch) as (app, terminal, pilot):
        pane = app.query_one(Transcript)
        pane.show([Message("u", None, "user", "q"), Message("a", "u", "assistant", state="streaming")])
        await pilot.pause()
        text = TEXT * 4
        while text:
            size = rng.randint(1, 60)
            pane.write("a", TextDelta(text[:size]))
            text = text[size:]
            pane.flush()
            match rng.randrange(12):
                case 0:
                    pane.scroll_lines(-rng.randint(1, 9))
                case 1:
                    pane.to_end()
                case 2:
                    await pilot.press("x")
                case 3:
                    await pilot.pause(0.05)
                    assert terminal.text == expected(app)
                case 4:
                    app.notify("a note that lies over the pane", timeout=0.05)
                case _:
                    pass
        app.clear_notifications()
        await pilot.pause(0.05)  # several frames
        assert terminal.text == expected(app)


async def test_a_steady_stream_writes_few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_a_terminal(monkeypatch) as (app, terminal, pilot):
        pane = app.query_one(Transcript)
        pane.show([Message("a", None, "assistant", state="streaming")])
        await pilot.pause()
        text = TEXT * 12
        chunks = [text[at : at + 4] for at in range(0, len(text), 4)]
        before = terminal.bytes
        for at, chunk in enumerate(chunks):
            pane.write("a", TextDelta(chunk))
            if at % 3 == 2:
                pane.flush()
                await pilot.pause(0)
        assert (terminal.bytes - before) / len(chunks) < 400
