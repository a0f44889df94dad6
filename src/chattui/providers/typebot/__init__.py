"""Typebot: a flow that speaks, asks, and lets an AI speak in between. Several requests make one turn.

    startChat ─► its bubbles and its question ─► continueChat(answer) ─► bubbles, or a `stream` action
      stream action ─► streamMessage ─► continueChat(the whole streamed text) ─► … until it asks again or ends

Only what a person sees is done: `redirect` is shown, `wait` is waited for; requests and scripts that the bot wants its
page to carry out never are. A stream that failed is kept as pending, and a retry runs it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from chattui import safe
from chattui.endpoint import Auth
from chattui.errors import ChatError, Rejected, Reported, Unsupported
from chattui.events import (
    JSON,
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Notice,
    Progress,
    RemoteState,
    SourceCited,
    TextDelta,
)
from chattui.providers import Provider, Turn, prepared, refusal, stream
from chattui.providers.stream import EMPTY_REPLY
from chattui.providers.typebot import again, bubbles
from chattui.providers.typebot.streamed import Streamed
from chattui.wire import Request, Wire

MOST_STEPS = 25
"""Requests of one turn; a flow that never asks would go on for ever."""
LONGEST_WAIT = 60.0
"""Seconds that a `wait` action may take."""
STREAMS = ("stream", "streamOpenAiChatCompletion")
QUIET = ("success", "info")
"""Kinds of `logs` that are not told."""


@dataclass(slots=True)
class _Flow:
    turn: Turn
    wire: Wire
    kept: dict[str, JSON]
    """session · type, items: the question · pending: {message, action, partial} of a stream not yet answered."""
    spoken: bool = False
    steps: int = field(default=0)

    async def events(self) -> AsyncGenerator[ChatEvent, None]:
        asked = next((message.id for message in reversed(self.turn.messages) if message.role == "user"), "")
        pending = self.kept.get("pending")
        answer: dict[str, Any] | None = None
        if asked and (given := again.given(self.turn)) is not None:
            async for event in self._begin_again(given):
                yield event
            if not self._session:
                yield Finished()
                return
        elif isinstance(pending, Mapping) and self._session:
            if pending.get("message") == asked:
                async for event in self._until_asked({"clientSideActions": [dict(pending["action"])]}):
                    yield event
                yield Finished()
                return
            answer = await self._continue(str(pending.get("partial") or "") or None)  # past what was given up
            self.kept.pop("pending")
            yield self._state()
        elif not self._session or not asked:
            yield Progress("connecting", host=self.turn.endpoint.host)
            answer = await self._start()
            yield self._state()
        text = self.turn.prompt
        if answer is not None:
            opening = answer
            async for event in self._until_asked(opening):
                yield event
            if not self._session:
                yield Finished()
                return
            if not text or not self._fits(text):
                if text:
                    yield Notice("The bot speaks first: answer its question. Your message was not sent.")
                yield Finished()
                return
            yield ChoicesOffered(())
        yield Progress("waiting", host=self.turn.endpoint.host)
        said = bubbles.answer(text, self._offered())
        async for event in self._until_asked(await self._continue(said)):
            yield event
        yield Finished()

    async def _begin_again(self, given: list[str]) -> AsyncGenerator[ChatEvent, None]:
        """Give the earlier answers again. What the bot says meanwhile stands on the branch already."""
        yield Progress("connecting", host=self.turn.endpoint.host)
        answer = await self._start()
        yield self._state()
        for text in (*given, None):
            async for event in self._until_asked(answer):
                if isinstance(event, RemoteState):
                    yield event
            if text is None or not self._session:
                break
            answer = await self._continue(bubbles.answer(text, self._offered()))
        self.spoken, self.steps = False, 0
        if given:
            yield again.TOLD

    # ------------------------------------------------------------ one answer, and what follows from it

    async def _until_asked(self, answer: Mapping[str, JSON]) -> AsyncGenerator[ChatEvent, None]:
        """Show the answer and carry out its actions, and those of the answers that they bring, until the bot asks."""
        while True:
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise Reported(f"The bot went on for {MOST_STEPS} steps without asking anything; stopped.")
            dedicated: list[str | None] = []
            async for event in self._shown(answer, dedicated):
                yield event
            if not dedicated:
                break
            answer = await self._continue(dedicated[0])
            self.kept.pop("pending", None)
        asked = answer.get("input")
        if not isinstance(asked, Mapping):
            self.kept.clear()
            yield self._state()
            yield Notice("The bot's conversation has ended; your next message, or a retry, begins a new one.")
            return
        offered = bubbles.choices(asked)
        self.kept["type"] = str(asked.get("type", ""))
        self.kept["items"] = [[choice.label, choice.value] for choice in offered]
        yield self._state()
        if offered:
            yield ChoicesOffered(offered)
        if words := bubbles.hint(asked):
            yield Notice(words)

    async def _shown(self, answer: Mapping[str, JSON], dedicated: list[str | None]) -> AsyncGenerator[ChatEvent, None]:
        """Bubbles in their order, each action before them or behind the bubble that it names."""
        messages = [item for item in _list(answer, "messages") if isinstance(item, Mapping)]
        known = {str(message.get("id")) for message in messages}
        actions = [item for item in _list(answer, "clientSideActions") if isinstance(item, Mapping)]
        due = {id(action): str(action.get("lastBubbleBlockId") or "") for action in actions}
        for log in _list(answer, "logs"):
            if isinstance(log, Mapping) and log.get("status") not in QUIET and isinstance(log.get("description"), str):
                yield Notice(safe.line(f"The bot says: {log['description']}"))
        places = ["", *(str(message.get("id")) for message in messages)]
        shown = [None, *messages]
        for place, message in zip(places, shown, strict=True):
            if message is not None and (text := bubbles.bubble(message)):
                yield self._paragraph(text)
            for action in actions:
                here = due[id(action)]
                if (here if here in known else (places[-1] if here else "")) == place:
                    async for event in self._acted(action, dedicated):
                        yield event

    def _paragraph(self, text: str) -> TextDelta:
        before = "\n\n" if self.spoken else ""
        self.spoken = True
        return TextDelta(before + text)

    async def _acted(self, action: Mapping[str, JSON], dedicated: list[str | None]) -> AsyncGenerator[ChatEvent, None]:
        kind = str(action.get("type"))
        expects = action.get("expectsDedicatedReply") is True
        if kind in STREAMS:
            said: list[str] = []
            async for event in self._streamed(action, said):
                yield event
            dedicated.append("".join(said) or None)
            return
        if kind == "redirect" and isinstance(target := action.get("redirect"), Mapping) and target.get("url"):
            yield SourceCited(str(target["url"]), "The bot leads here")
        elif kind == "wait" and isinstance(wait := action.get("wait"), Mapping):
            seconds = wait.get("secondsToWaitFor")
            if isinstance(seconds, int | float) and not isinstance(seconds, bool):
                yield Progress("thinking", "waiting")
                await asyncio.sleep(min(max(seconds, 0), LONGEST_WAIT))
        elif expects:
            yield Notice(f"The bot wants its page to do something (‘{safe.line(kind, 40)}’); chattui does not.")
        if expects:
            dedicated.append(None)

    async def _streamed(self, action: Mapping[str, JSON], said: list[str]) -> AsyncGenerator[ChatEvent, None]:
        """The AI's text. It stays pending until the bot has been told it, whatever happens."""
        asked = next((message.id for message in reversed(self.turn.messages) if message.role == "user"), "")
        pending: dict[str, JSON] = {"message": asked, "action": dict(action)}
        self.kept["pending"] = pending
        yield self._state()
        legacy = action.get("streamOpenAiChatCompletion")
        body = {"messages": legacy["messages"]} if isinstance(legacy, Mapping) and "messages" in legacy else {}
        try:
            for version in ("v2", "v1"):
                try:
                    path = f"api/{version}/sessions/{self._session}/streamMessage"
                    async for event in self._read(self._request(path, body), said):
                        yield event
                except Rejected as error:
                    if error.status not in {404, 405} or version == "v1":
                        raise
                else:
                    return
        except ChatError:
            pending["partial"] = "".join(said)
            yield self._state()
            raise

    async def _read(self, request: Request, said: list[str]) -> AsyncGenerator[ChatEvent, None]:
        events = stream(self.wire, self.turn.endpoint, request, Streamed, ends_at_eof=True)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, TextDelta):
                    yield TextDelta(event.text) if said else self._paragraph(event.text)
                    said.append(event.text)
                elif not isinstance(event, Finished) and event != Notice(EMPTY_REPLY):
                    yield event

    # ------------------------------------------------------------ requests

    async def _start(self) -> dict[str, Any]:
        params = self.turn.endpoint.params
        public_id = params.get("public_id")
        if not isinstance(public_id, str) or not public_id:
            raise Unsupported(
                f"‘{self.turn.endpoint.name}’ needs params.public_id; nothing was sent.",
                hint='Add params = { public_id = "…" }: the last part of the bot\'s address.',
            )
        body: dict[str, JSON] = {"isStreamEnabled": params.get("stream") is not False}
        body["textBubbleContentFormat"] = "markdown"
        if isinstance(variables := params.get("variables"), Mapping):
            body["prefilledVariables"] = dict(variables)
        start = "preview/startChat" if params.get("preview") is True else "startChat"
        answer = await self._fetch(self._request(f"api/v1/typebots/{quote(public_id, safe='')}/{start}", body))
        if not isinstance(session := answer.get("sessionId"), str) or not session:
            raise Reported("The bot did not begin a session.")
        self.kept.clear()
        self.kept["session"] = session
        return answer

    async def _continue(self, text: str | None) -> dict[str, Any]:
        body: dict[str, JSON] = {"textBubbleContentFormat": "markdown"}
        if text is not None:
            body["message"] = text
        return await self._fetch(self._request(f"api/v1/sessions/{self._session}/continueChat", body))

    def _request(self, path: str, body: JSON) -> Request:
        return prepared(self.turn.endpoint, path, body, auth=Auth())

    async def _fetch(self, request: Request) -> dict[str, Any]:
        try:
            answer = await self.wire.fetch(request, self.turn.endpoint)
        except ChatError as error:
            raise refusal(error, self.turn.endpoint) from None
        if not isinstance(answer, dict):
            raise Reported("The bot's answer could not be read.")
        status, message = answer.get("status"), answer.get("message")
        if isinstance(status, int) and status >= 400 and isinstance(message, str):
            raise Rejected(f"{status}: {safe.line(message)}.".replace("..", "."), status=status)
        return answer

    # ------------------------------------------------------------ what is kept

    @property
    def _session(self) -> str:
        session = self.kept.get("session")
        return quote(session, safe="") if isinstance(session, str) else ""

    def _offered(self) -> tuple[Choice, ...]:
        items = self.kept.get("items")
        return tuple(Choice(str(label), str(value)) for label, value in items) if isinstance(items, list) else ()

    def _fits(self, text: str) -> bool:
        """Whether a message that was written before the bot asked can be the answer to its question."""
        offered = self._offered()
        if offered:
            return any(text.strip().lower() in {choice.label.lower(), choice.value.lower()} for choice in offered)
        return self.kept.get("type") == "text input"

    def _state(self) -> RemoteState:
        return RemoteState({self.turn.endpoint.name: dict(self.kept) or None})


def _list(answer: Mapping[str, JSON], key: str) -> list[JSON]:
    found = answer.get(key)
    return found if isinstance(found, list) else []


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply. Without a user's message the bot just begins, with a session of its own."""
    known = turn.remote.get(turn.endpoint.name)
    flow = _Flow(turn, wire, dict(known) if isinstance(known, Mapping) else {})
    try:
        async with aclosing(flow.events()) as events:
            async for event in events:
                yield event
    except Rejected as error:
        if error.status == 404 and flow.kept.get("session"):
            yield RemoteState({turn.endpoint.name: None})
            raise Rejected(
                "The bot's session has ended.", status=404, hint="A retry begins a new one with this message."
            ) from None
        raise


PROVIDER = Provider(reply=reply)
