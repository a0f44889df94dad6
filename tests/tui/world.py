"""A chattui for tests: the real app over a real store, a provider that plays a script, a clock at rest."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import screen
from textual.pilot import Pilot

from chattui import keymap, session
from chattui.chat import Conversation, Message
from chattui.config import Config
from chattui.endpoint import Endpoint
from chattui.events import ChatEvent, Finished, Progress, TextDelta
from chattui.indexing import Indexer
from chattui.paths import Paths
from chattui.providers import Provider, Turn
from chattui.session import Means
from chattui.store import Store
from chattui.tapes import Tapes
from chattui.tui import leaving, picker
from chattui.tui.app import ChattuiApp
from chattui.tui.late import LateWire
from chattui.wire import Wire
from chattui.writer import Writer

NOW = 1_700_000_000.0
LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m-large", models=("m-large", "m-small"))
OTHER = Endpoint("other", "scripted", url="http://other.example/v1", model="tiny")
Step = ChatEvent | BaseException | asyncio.Event


def saying(*words: str) -> list[Step]:
    """The script of a complete answer."""
    return [Progress("connecting", host="lab.example"), *map(TextDelta, words), Finished("stop")]


class World:
    """What a test arranges, and what it reads from the screen."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.paths = Paths(folder / "config.toml", folder / "data", folder / "cache", folder / "log")
        self.store = Store(self.paths.data)
        self.writer = Writer(self.store)
        self.turns: list[Turn] = []
        self.script: list[Step] = saying("Hello, ", "human.")
        self.scripts: dict[str, list[Step]] = {}
        """Of endpoints that have one of their own, by name."""
        self.continues = True
        self.models: tuple[str, ...] | Exception = ("m-1", "m-2")
        self.models_wait: asyncio.Event | None = None
        self.now = NOW
        self.tick = 0.0
        self.pace = 0.0
        """Seconds that pass on the clock at rest with every step of the script."""
        self.ids = (f"{number:022x}" for number in itertools.count(1))
        self.environ: dict[str, str] = {}
        self.indexed = False
        """Whether there is an index; without one everything is read from the files."""
        made = Provider(self.reply, self.ask_models, continues=True)
        monkeypatch.setattr(session, "provider", lambda _: Provider(self.reply, continues=self.continues))
        monkeypatch.setattr(picker, "provider", lambda _: made)
        monkeypatch.setattr(leaving, "_under_a_shell", lambda: False)  # whoever runs the tests has one
        self.config = Config(
            endpoints={"lab": LAB, "other": OTHER},
            default="lab",
            keys=keymap.bindings({})[0],
            layers={"lab": ()},
            file=self.paths.config,
        )
        self.app: ChattuiApp

    async def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        """Plays the script; an Event in it is waited for."""
        self.turns.append(turn)
        for step in list(self.scripts.get(turn.endpoint.name, self.script)):
            self.tick += self.pace
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step
                await asyncio.sleep(0)

    async def ask_models(self, endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
        if self.models_wait is not None:
            await self.models_wait.wait()
        if isinstance(self.models, Exception):
            raise self.models
        return self.models

    def has(self, *titles: str) -> list[str]:
        """Conversations on the disk, the last one newest: each with a question and an answer. Their ids."""
        names = []
        for age, title in zip(range(len(titles), 0, -1), titles, strict=True):
            then = self.now - 3600 * age
            question = Message(next(self.ids), None, "user", title, then)
            answer = Message(next(self.ids), question.id, "assistant", f"About {title}.", then, endpoint="lab")
            found = Conversation(next(self.ids), then, then, endpoint="lab")
            for message in (question, answer):
                found = found.with_message(message, now=then)
            self.store.save(found)
            self.store.release(found.id)
            names.append(found.id)
        return names

    def open(
        self,
        size: tuple[int, int] = (100, 30),
        *,
        keys: Mapping[str, object] | None = None,
        conversation: str | None = None,
        remembered: Mapping[str, object] | None = None,
        endpoint: str | None = None,
    ) -> AbstractAsyncContextManager[Pilot[int]]:
        """The app on a screen of this size. `keys` is the table `[keys]` of a configuration."""
        from dataclasses import replace

        if keys is not None:
            self.config = replace(self.config, keys=keymap.bindings(keys)[0])
        app = self.make(conversation=conversation, remembered=remembered, endpoint=endpoint)
        return app.run_test(size=size, notifications=True)

    def make(
        self,
        *,
        conversation: str | None = None,
        remembered: Mapping[str, object] | None = None,
        endpoint: str | None = None,
    ) -> ChattuiApp:
        """The app, not yet running."""
        tapes = Tapes(self.paths.tapes, self.writer.later, time.monotonic, lambda: self.now + self.tick)
        means = Means(
            LateWire(), self.writer, lambda: self.now + self.tick, lambda: self.tick, lambda: next(self.ids), tapes
        )
        self.app = ChattuiApp(
            self.config,
            self.paths,
            means,
            self.environ,
            conversation=conversation,
            remembered=remembered,
            endpoint=endpoint,
            look_around=False,
            indexer=(lambda: Indexer(self.store, self.paths.index)) if self.indexed else None,
        )
        return self.app

    # ------------------------------------------------------------ reading

    @property
    def screen(self) -> str:
        return screen.text(self.app)

    @property
    def lines(self) -> list[str]:
        return screen.lines(self.app)

    @property
    def status(self) -> str:
        """The status line, whose words and keys stand on two lines where the terminal is narrow."""
        return "\n".join(screen.lines(self.app)[-self.app.chat_screen.status.size.height :])

    @property
    def notes(self) -> str:
        return screen.notes(self.app)

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Let the app run until this holds; fails with the screen after five seconds."""
        for _ in range(500):
            if holds():
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"never came true: {what or 'the condition'}\n{self.screen}\n{self.notes}")

    async def shows(self, words: str) -> None:
        """Wait until the words are on the screen."""
        await self.until(lambda: words in self.screen, f"‘{words}’ on the screen")

    async def told(self, words: str) -> None:
        """Wait until a notification holds the words."""
        await self.until(lambda: words in self.notes, f"‘{words}’ told")

    async def ask(self, pilot: Pilot[int], words: str) -> None:
        """Type a prompt and send it."""
        self.app.prompt.put(words)
        await pilot.press("enter")
