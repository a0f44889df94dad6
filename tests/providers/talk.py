"""One turn with a provider over the real wire, folded into a message as the session does it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chattui import config
from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry
from chattui.errors import ChatError
from chattui.events import ChatEvent, Finished, RemoteState
from chattui.providers import Turn, provider
from chattui.wire.http import HttpWire


def endpoint(text: str, *, environ: dict[str, str] | None = None, tries: int = 0) -> Endpoint:
    """The endpoint that the only table of this TOML describes; the test fails when anything is wrong in it."""
    found = config.load_text(f"[endpoints.it]\n{text}", environ or {}, file=Path("/config.toml"))
    assert not found.errors, [str(problem) for problem in found.errors]
    return replace(found.endpoints["it"], retry=Retry(tries))


@dataclass
class Talk:
    """A conversation: each `say` is a turn; what it brought is kept for the next."""

    endpoint: Endpoint
    system: str = ""
    messages: list[Message] = field(default_factory=list)
    remote: dict[str, Any] = field(default_factory=dict)
    events: list[ChatEvent] = field(default_factory=list)
    error: ChatError | None = None
    finished: bool = False

    async def say(self, text: str) -> Message:
        """The reply; `error` and `finished` tell how it ended."""
        self.messages.append(Message(f"u{len(self.messages)}", None, "user", text, time.time()))
        return await self.begin()

    async def begin(self) -> Message:
        """The reply to what has been said so far, which may be nothing."""
        reply = Message(f"a{len(self.messages)}", None, "assistant")
        turn = Turn(
            self.endpoint, self.endpoint.model, tuple(self.messages), self.system, "conv-1", reply.id, dict(self.remote)
        )
        self.events, self.error, self.finished = [], None, False
        wire = HttpWire()
        try:
            async for event in provider(self.endpoint.provider).reply(turn, wire):
                self.events.append(event)
                assert not self.finished, "nothing follows the end"
                reply += event
                if isinstance(event, RemoteState):
                    self.remote |= event.values
                self.finished = isinstance(event, Finished)
        except ChatError as error:
            self.error = error
        finally:
            await wire.aclose()
        self.messages.append(reply)
        return reply

    @property
    def kept(self) -> Any:
        """What the server has sent and is kept for later turns."""
        return self.remote.get(self.endpoint.name, {})
