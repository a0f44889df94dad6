"""Motia's streams: the question goes to POST /chat, the answer comes through a WebSocket that was joined before.

The id of a conversation is chosen here: from the answer of /chat alone it would come too late for the first events.
A socket that drops is opened and joined again; the sync that follows brings back what is stored.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from chattui import secret
from chattui.endpoint import Auth, Endpoint, origin_of
from chattui.errors import ChatError, CutShort, NotAnApi, TimedOut, Unsupported
from chattui.events import JSON, ChatEvent, Finished, Progress, RemoteState, TextDelta, TextReplaced
from chattui.providers import Provider, Turn, prepared, refusal
from chattui.providers.became import became
from chattui.providers.motia_streams.replies import Replies
from chattui.providers.quoted import Quoted
from chattui.providers.refused import retrying
from chattui.providers.retold import FORGOTTEN, RETOLD, earlier, retold
from chattui.wire import Lost, Socket, Sockets, Wire
from chattui.wire.socket import opened
from chattui.wire.threads import in_thread

LONGEST = 2000
"""Characters of a message; Motia's own check is not enforced by its runtime."""
SYNC = 2.0
"""Seconds that the sync after a join may take; 0.x sends none for a stream that it does not know."""
PAUSE = 2.0
"""Seconds before a lost socket is opened again, as Motia's own client waits."""
MOST_LOSSES = 5


@dataclass(slots=True)
class _Talk:
    turn: Turn
    wire: Wire
    conversation: str
    replies: Replies = field(default_factory=Replies)
    quoted: Quoted = field(default_factory=lambda: Quoted(()))

    @property
    def endpoint(self) -> Endpoint:
        return self.turn.endpoint

    async def join(self, stack: AsyncExitStack) -> Socket:
        """An open socket that has joined the conversation."""
        key = self.endpoint.api_key
        address = _socket_url(self.endpoint)
        if key is not None and origin_of(address)[1] != origin_of(self.endpoint.url)[1]:
            raise Unsupported(
                f"The key of ‘{self.endpoint.name}’ belongs to {self.endpoint.host}; nothing was sent elsewhere.",
                hint="params.socket must be on the same host.",
            )
        token = await in_thread(key.reveal) if key is not None else ""
        protocols = ("Authorization", token) if token else ()
        open_ = self.wire.socket if isinstance(self.wire, Sockets) else opened
        socket = await stack.enter_async_context(open_(address, self.endpoint, protocols=protocols))
        stack.push_async_callback(self._leave, socket)
        await socket.send(self.said("join"))
        return socket

    async def _leave(self, socket: Socket) -> None:
        try:
            await socket.send(self.said("leave"))
        except Lost:
            return

    def said(self, kind: str) -> str:
        """A join or leave of this conversation."""
        stream = self.endpoint.params.get("stream", "chat")
        subscription = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{self.conversation}/{self.turn.reply}"))
        data = {"streamName": stream, "groupId": self.conversation, "subscriptionId": subscription}
        return json.dumps({"type": kind, "data": data})

    async def learn(self, socket: Socket) -> None:
        """What the conversation held before this question."""
        end = time.monotonic() + SYNC
        while not self.replies.synced and (left := end - time.monotonic()) > 0:
            if (frame := await socket.receive(left)) is not None:
                self.replies.learn(frame)
                if socket.recorder is not None:
                    socket.recorder.became("state", "", 0)

    def patience(self, last: float, began: float) -> float:
        """Seconds until a deadline passes; 0 = none. Raises TimedOut."""
        limits = self.endpoint.timeouts
        now = time.monotonic()
        due = [(last + limits.idle, limits.idle)] if limits.idle and self.replies.shown else []
        due += (
            [(began + limits.first_token, limits.first_token)] if limits.first_token and not self.replies.shown else []
        )
        due += [(began + limits.total, limits.total)] if limits.total else []
        if not due:
            return 0.0
        at, limit = min(due)
        if at <= now:
            raise TimedOut(
                f"Nothing came for {limit:g} s. Motia does not say when its worker fails; it may have.",
                hint="A retry asks again.",
            )
        return at - now


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply."""
    endpoint = turn.endpoint
    _fits(turn)
    kept = turn.remote.get(endpoint.name)
    known = kept.get("conversation") if isinstance(kept, Mapping) else None
    conversation = known if isinstance(known, str) and known else f"conv-{uuid.uuid4()}"
    yield RemoteState({endpoint.name: {"conversation": conversation}})
    if turn.rewound and earlier(turn):
        yield RETOLD if _words(turn) != turn.prompt else FORGOTTEN
    talk = _Talk(turn, wire, conversation)
    losses = 0
    asked = False
    began = last = time.monotonic()
    yield Progress("connecting", host=endpoint.host)
    while not talk.replies.finished:
        try:
            async with AsyncExitStack() as stack:
                socket = await talk.join(stack)
                if not asked:
                    await talk.learn(socket)
                    given = await _ask(talk, wire)
                    asked, losses = True, 0
                    talk.quoted = Quoted(secret.seen())  # all that was sent is known now
                    given = talk.quoted.data(given)
                    began = last = time.monotonic()
                    yield Progress("waiting", host=endpoint.host)
                    if given and given != talk.conversation:  # the application has ids of its own
                        talk.conversation = given
                        yield RemoteState({endpoint.name: {"conversation": given}})
                        await socket.send(talk.said("join"))
                while not talk.replies.finished:
                    frame = await socket.receive(talk.patience(last, began))
                    if frame is None:
                        continue
                    last = time.monotonic()
                    made: list[ChatEvent] = []
                    for told in talk.replies.read(talk.quoted.data(frame)):
                        made.append(told)
                        if isinstance(told, TextDelta | TextReplaced):
                            losses = 0
                        if isinstance(told, Finished):
                            for event in talk.quoted.end():
                                yield event
                        if (shown := talk.quoted.event(told)) is not None:
                            yield shown
                    if socket.recorder is not None:
                        socket.recorder.became(*became(made))
        except ChatError as error:
            losses += 1
            drops = isinstance(error, Lost) or (asked and error.retryable and not isinstance(error, TimedOut))
            if not asked:
                yield (waits := retrying(refusal(error, endpoint), endpoint, losses))
                await asyncio.sleep(waits.seconds)
                continue
            if not drops or losses > MOST_LOSSES:
                if isinstance(error, Lost) and losses > MOST_LOSSES:
                    raise CutShort("The socket was closed again and again; the reply may be cut short.") from None
                raise refusal(error, endpoint) from None
            yield Progress("retrying", error.text, endpoint.host, PAUSE, losses + 1)
            await asyncio.sleep(PAUSE)


def _words(turn: Turn) -> str:
    """What is posted: where the conversation begins anew, with what was said before, if there is room for it."""
    words = retold(turn) if turn.rewound else turn.prompt
    return words if len(words) <= LONGEST else turn.prompt


def _fits(turn: Turn) -> None:
    count = len(turn.prompt)
    if not 1 <= count <= LONGEST:
        raise Unsupported(
            f"Motia takes messages of 1 to {LONGEST} characters; this one has {count}. Nothing was sent.",
            hint="Shorten it.",
        )
    if not turn.endpoint.user:
        raise Unsupported(f"‘{turn.endpoint.name}’ needs a user; nothing was sent.", hint='Add user = "…".')


async def _ask(talk: _Talk, wire: Wire) -> str:
    """Post the question; the id of the conversation as the application names it, or ""."""
    endpoint = talk.endpoint
    body = {"message": _words(talk.turn), "userId": endpoint.user, "conversationId": talk.conversation}
    answer: JSON = await wire.fetch(prepared(endpoint, "chat", body, auth=Auth()), endpoint)
    if not isinstance(answer, Mapping):
        raise NotAnApi(f"{endpoint.host} did not take the message.", hint="Check the address.")
    given = answer.get("conversationId")
    return given if isinstance(given, str) else ""


def _socket_url(endpoint: Endpoint) -> str:
    """The address of the streams: `params.socket` (Motia 1.x: port 3112), else the endpoint's own host."""
    url = str(endpoint.params.get("socket") or endpoint.url)
    scheme, _, rest = url.partition("://")
    return f"{'wss' if scheme in {'https', 'wss'} else 'ws'}://{rest.rstrip('/')}/"


PROVIDER = Provider(reply=reply)
