"""A chattui for tests that talks to servers: its own providers and wire, a store on the disk, and restarts."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from world import World

from chattui import config, session
from chattui.chat import Message
from chattui.providers import provider
from chattui.store import Store
from chattui.tui import picker
from chattui.writer import Writer


class Real(World):
    """A chattui with its own providers and wire. `write` gives it the endpoints of a TOML text."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(folder, monkeypatch)
        monkeypatch.setattr(session, "provider", provider)
        monkeypatch.setattr(picker, "provider", provider)

    def write(self, text: str) -> None:
        found = config.load_text(text, {}, file=self.paths.config)
        assert not found.errors, [str(problem) for problem in found.errors]
        self.config = found

    def restart(self) -> None:
        """What a new start of the program has: nothing but the disk."""
        assert self.writer.close()
        for name in self.store.ids():
            self.store.release(name)  # as the end of the process does
        self.store = Store(self.paths.data)
        self.writer = Writer(self.store)

    @property
    def pane(self) -> str:
        """What stands beside the list, in one line."""
        return " ".join(" ".join(line.partition("│")[2] for line in self.lines).split())

    async def says(self, pilot: Pilot[int], words: str) -> Message:
        """Type, send, and wait for the end of the reply."""
        before = self.app.shown.last
        await self.ask(pilot, words)
        return await self.answered(pilot, before)

    async def answered(self, pilot: Pilot[int], before: Message | None) -> Message:
        """The reply that follows this message, once it is over."""

        def over() -> bool:
            last = self.app.shown.last
            return not self.app.shown.busy and last is not None and last.role == "assistant" and last != before

        await self.until(over, "an answer")
        await pilot.pause()
        found = self.app.shown.last
        assert found is not None
        return found
