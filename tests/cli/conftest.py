"""A home of its own for every test of a command, and a provider that plays a script."""

import asyncio
import io
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chattui.commands import world
from chattui.events import ChatEvent
from chattui.providers import Provider, Turn
from chattui.wire import Wire


class NoWire:
    """A network that nobody may use."""

    def later(self, work: Any) -> None:
        work.close()

    async def aclose(self) -> None:
        return


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home; nothing of the developer's own environment gets in."""
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "MISTRAL_API_KEY", "GROQ_API_KEY", "DEEPSEEK_API_KEY",
                 "XAI_API_KEY", "CHATTUI_DEBUG", "VISUAL", "EDITOR", "NO_COLOR", "_ARGCOMPLETE"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHATTUI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def no_log_left() -> Iterator[None]:
    """A command sends the log to its home; the next test has its own."""
    logger = logging.getLogger("chattui")
    yield
    logger.handlers.clear()
    logger.setLevel(logging.NOTSET)


@pytest.fixture
def config(home: Path) -> Callable[[str], Path]:
    """Writes the configuration file."""

    def write(text: str) -> Path:
        home.mkdir(exist_ok=True)
        path = home / "config.toml"
        path.write_text(text)
        path.chmod(0o600)
        return path

    return write


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    """Standard input that holds these bytes."""

    def pipe(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))

    return pipe


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Turn]]:
    """Lets every endpoint answer with these events (an exception among them is raised; a function is
    called, and what it brings about has a moment to happen).

    Returns the turns that were asked.
    """
    asked: list[Turn] = []

    def play(*events: ChatEvent | Exception | Callable[[], None]) -> list[Turn]:
        async def reply(turn: Turn, _wire: Wire) -> AsyncIterator[ChatEvent]:
            asked.append(turn)
            for event in events:
                if isinstance(event, Exception):
                    raise event
                if callable(event):
                    event()
                    await asyncio.sleep(0.1)
                else:
                    yield event

        monkeypatch.setattr("chattui.session.provider", lambda _name: Provider(reply))
        monkeypatch.setattr("chattui.commands.check.provider", lambda _name: Provider(reply), raising=False)
        monkeypatch.setattr(world, "wire", NoWire)
        return asked

    return play
