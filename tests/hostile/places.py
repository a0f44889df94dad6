"""Every place of chattui where text of others is shown, one entry each: put the text there, and it is tested there.

A surface of the screen gets the app and a text and makes the text visible; what it opened is closed by `rest`. `room`
is how many characters of one line are certain to be seen there, 0 where lines are wrapped; `markdown` tells that marks
of Markdown are read as such. A command gets the text's home and returns the command line that prints it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
from textual.pilot import Pilot
from world import NOW, World

from chattui.chat import Conversation, Message
from chattui.events import (
    ChatEvent,
)

LASTING = {"store"}
"""Groups of workers that work as long as the app."""


def unhurried(patch: pytest.MonkeyPatch) -> None:
    """No longer wait until the machine is idle at every pause: `Stage.painted` knows what it waits for."""

    async def soon(*_: float) -> None:
        await asyncio.sleep(0.002)

    patch.setattr("textual.pilot.wait_for_idle", soon)


class Stage:
    """The app with what a surface needs."""

    def __init__(self, world: World, pilot: Pilot[int]) -> None:
        self.world = world
        self.app = world.app
        self.pilot = pilot

    async def messages(self, *said: Message, keys: tuple[str, ...] = ()) -> None:
        """A conversation of these messages, and keys pressed with the focus on the messages."""
        screen = self.app.chat_screen
        screen.welcome.display, screen.transcript.display = False, True
        screen.transcript.show(said)
        if keys:
            screen.transcript.focus()
            await self.pilot.press(*keys)

    async def streamed(self, *told: ChatEvent) -> None:
        """A reply that comes in these events."""
        reply = answer(state="streaming")
        await self.messages(reply)
        transcript = self.app.transcript
        for event in told:
            transcript.write(reply.id, event)
            reply += event
        transcript.flush()
        await self.pilot.pause()
        transcript.finish(replace(reply, state="complete"))

    async def painted(self) -> None:
        """Wait until the terminal has got all of it."""
        await self.pilot.pause()
        for _ in range(400):  # what reads files or asks somebody does so in a worker
            if all(worker.is_finished or worker.group in LASTING for worker in self.app.workers):
                break
            await asyncio.sleep(0.005)
        for _ in range(100):  # notifications come to the screen in their own time
            if not self.app._notifications or self.app.screen.query("Toast"):
                break
            await asyncio.sleep(0.01)
        await self.pilot.pause()  # what follows a layout
        done = asyncio.Event()
        self.app.screen.refresh()
        self.app.screen.call_after_refresh(done.set)
        with suppress(TimeoutError):  # nothing to paint: nobody comes back
            async with asyncio.timeout(0.5):
                await done.wait()

    async def rest(self) -> None:
        """Everything closed that a surface has opened."""
        while len(self.app.screen_stack) > 1:
            self.app.pop_screen()
            await self.pilot.pause()
        self.app.clear_notifications()
        await self.app.chat_screen.query("ToastHolder").remove()  # they would stay, empty, until no other had room
        self.app.chat_screen.add_class("-hidden")
        self.app.warn_of("")
        self.app.rows.rows = []
        self.app.show(self.app.new_chat())
        self.app.prompt.take()


Show = Callable[[Stage, str], Awaitable[None]]


@dataclass(frozen=True)
class Surface:
    """One place of the screen."""

    name: str
    show: Show
    room: int = 0
    markdown: bool = False


SURFACES: list[Surface] = []


def surface(*, room: int = 0, markdown: bool = False) -> Callable[[Show], Show]:
    def keep(show: Show) -> Show:
        SURFACES.append(Surface(show.__name__.replace("_", " "), show, room, markdown))
        return show

    return keep


def answer(text: str = "", **more: Any) -> Message:
    return Message("a" * 22, None, "assistant", text, NOW, **{"model": "m", "endpoint": "lab", **more})


def held(title: str = "", text: str = "hi", **more: Any) -> Conversation:
    question = Message("b" * 22, None, "user", text, NOW)
    found = Conversation("0" * 21 + "1", NOW, NOW, title, titled=bool(title), **{"endpoint": "lab", **more})
    return found.with_message(question, now=NOW)
