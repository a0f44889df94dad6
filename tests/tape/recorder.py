"""A reply recorded and played again, over the real session and wire; and takes written down in a test."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from chattui.chat import Conversation, Message
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.session import Ended, Means, Session
from chattui.tape import Became, Failed, Take, Tape, form
from chattui.tape.play import Played
from chattui.tapes import Tapes
from chattui.wire.http import HttpWire


def tapes() -> Tapes:
    """Tapes in memory alone."""
    return Tapes(None, lambda work: work(), time.monotonic, time.time)


async def turn(session: Session, prompt: str) -> Message:
    """One turn of the session to its end; "" lets the other side begin."""
    reply: Message | None = None
    async with aclosing(session.send(prompt) if prompt else session.begin()) as updates:
        async for update in updates:
            if isinstance(update, Ended):
                reply = update.reply
    assert reply is not None
    return reply


class Recording:
    """A conversation that is recorded: `say`, then `tape`."""

    def __init__(self, endpoint: Endpoint, local: Any = None) -> None:
        self.tapes = tapes()
        self.wire = HttpWire(local=local)
        self.session = Session(Means(self.wire, None, tapes=self.tapes), endpoint)

    async def say(self, prompt: str) -> tuple[Message, Tape]:
        reply = await turn(self.session, prompt)
        tape = self.tapes.live(reply.id)
        assert tape is not None
        return reply, tape


async def again(tape: Tape, endpoint: Endpoint) -> tuple[Message, Tape]:
    """The reply that comes of a tape after it has been written and read, and what is recorded of that."""
    read = form.decode(form.encode(tape))
    assert form.encode(read) == form.encode(tape)
    kept = tapes()
    calm = replace(endpoint, retry=Retry(0), timeouts=Timeouts(0, 0, 0, 0, 0, 0))
    found = Conversation("replayed", 0.0, 0.0, endpoint=endpoint.name, remote=tape.remote)
    if tape.remote and tape.prompt:
        found = found.with_message(Message("before", None, "assistant", "…", endpoint=endpoint.name), now=0)
    session = Session(Means(Played(read, 0), None, tapes=kept), calm, found)
    reply = await turn(session, tape.prompt)
    second = kept.live(reply.id)
    assert second is not None
    return reply, second


def same(message: Message) -> dict[str, Any]:
    """What two messages must have in common to be the same reply."""
    error = (message.error.kind, message.error.text) if message.error is not None else None
    return {
        "text": message.text, "reasoning": message.reasoning, "tools": message.tools, "sources": message.sources,
        "choices": message.choices, "notices": message.notices, "files": message.attachments, "usage": message.usage,
        "finish": message.finish, "state": message.state, "model": message.model, "error": error,
    }  # fmt: skip


def take(
    *chunks: bytes | tuple[float, bytes],
    became: Sequence[str | Became] = (),
    type: str | None = "text/event-stream",  # noqa: A002 - what it is
    headers: dict[str, str] | None = None,
    framing: Any = "sse",
    status: int = 200,
    ended: float | None = None,
    error: Failed | None = None,
    good: bool = True,
    **more: Any,
) -> Take:
    """A take of these arrivals, 20 ms apart unless they say when. `good`: with the headers that lint wants to see."""
    found: list[tuple[float, bytes]] = []
    for chunk in chunks:
        at = found[-1][0] + 20 if found else 100.0
        found.append(chunk if isinstance(chunk, tuple) else (at, chunk))
    head = {"content-type": type} if type is not None else {}
    head |= {"cache-control": "no-cache", "x-accel-buffering": "no"} if good else {}
    kinds = [Became(one, "x", 1 if one == "text" else 0) if isinstance(one, str) else one for one in became]
    return Take(
        method="POST", url="http://it.test/chat", sent=1.0, answered=90.0, status=status,
        answer=tuple((head | (headers or {})).items()), framing=framing, chunks=found, became=kinds,
        size=sum(len(data) for _, data in found), error=error,
        ended=(found[-1][0] + 1 if found else 100.0) if ended is None else ended, **more,
    )  # fmt: skip


def event(data: str, name: str = "") -> bytes:
    """One server-sent event."""
    return (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()
