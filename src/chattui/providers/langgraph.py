"""LangGraph Server (`langgraph dev`, LangGraph Platform): runs of an assistant on a thread that the server keeps.

    POST /threads → thread_id · POST /threads/{id}/runs/stream {assistant_id, input, stream_mode}
    POST /runs/stream without a thread when `params.stateless` is true
    complete: the event `end`, or a clean end of the body; the servers close without a marker

Sources: langchain-ai/langgraph libs/sdk-py, recorded from langgraph-api 0.16. The model is the assistant's name.
A thread holds one line of messages: when the shown branch is not the one that it has seen, a new thread gets all of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from chattui import safe
from chattui.endpoint import Auth, BodyEdits, Endpoint
from chattui.errors import ChatError, NotAnApi, Rejected
from chattui.events import (
    JSON,
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Progress,
    ReasoningDelta,
    RemoteState,
    Started,
    ToolReturned,
    UsageReported,
)
from chattui.providers import Provider, Turn, prepared, stream
from chattui.providers.attached import IMAGES, content, files, linked, returned
from chattui.providers.fields import reported, table, text
from chattui.providers.parts import Calls, Pieces, items, kept, usage, worded
from chattui.providers.refused import fetched, retrying
from chattui.wire import Frame, Request, Wire
from chattui.wire.recognise import Problem, recognise

AUTH = Auth("x-api-key", "")
MODES = ("messages-tuple", "updates", "custom")
"""Deltas; interrupts, which come in updates; the words of a graph's stream writer."""


def request(turn: Turn, thread: str = "", *, whole: bool = True) -> Request:
    """A run: on a thread with the new message alone, or with all of the branch (`whole`). No thread is stateless."""
    params = dict(turn.endpoint.params)
    params.pop("stateless", None)
    messages = [{"role": message.role, "content": content(turn, message)} for message in turn.messages if message.text]
    if not whole:
        messages = messages[-1:]
    elif turn.system:
        messages.insert(0, {"role": "system", "content": turn.system})
    body = {
        "assistant_id": turn.model or "agent",
        "input": {"messages": messages},
        "stream_mode": list(MODES),
        "on_disconnect": "cancel",
        **params,
    }
    if not whole and kept(turn).get("interrupted"):
        body = {**body, "input": None, "command": {"resume": turn.prompt}}
    path = f"/threads/{thread}/runs/stream" if thread else "/runs/stream"
    return prepared(replace(turn.endpoint, path=None), path, body, auth=AUTH)


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply."""
    if turn.endpoint.params.get("stateless"):
        async with aclosing(_run(turn, wire, request(turn), {})) as events:
            async for event in events:
                yield event
        return
    known = kept(turn)
    thread = text(known.get("thread_id"))
    if thread and len(turn.messages) > 1 and known.get("head") == turn.messages[-2].id:
        try:
            async with aclosing(_run(turn, wire, request(turn, thread, whole=False), {"thread_id": thread})) as events:
                async for event in events:
                    yield event
        except Rejected as error:
            if error.status != 404:  # the server has forgotten the thread
                raise
        else:
            return
    thread, attempt = "", 1
    while not thread:
        yield Progress("connecting", host=turn.endpoint.host, attempt=attempt)
        try:
            thread = await _new_thread(turn.endpoint, wire)
        except ChatError as error:
            yield (waits := retrying(error, turn.endpoint, attempt))
            await asyncio.sleep(waits.seconds)
            attempt += 1
    async with aclosing(_run(turn, wire, request(turn, thread), {"thread_id": thread})) as events:
        async for event in events:
            yield event


async def _run(turn: Turn, wire: Wire, sent: Request, remote: dict[str, JSON]) -> AsyncGenerator[ChatEvent, None]:
    """One run. What is kept names this reply only once it is whole: a thread without it is no place to go on."""
    reading = Reading()

    def decoder() -> Reading:
        nonlocal reading
        reading = Reading()
        return reading

    async with aclosing(stream(wire, turn.endpoint, sent, decoder, ends_at_eof=True)) as events:
        async for event in events:
            if isinstance(event, Finished) and remote:
                yield RemoteState({turn.endpoint.name: {**remote, "head": turn.reply, **reading.remote}})
            yield event


async def _new_thread(endpoint: Endpoint, wire: Wire) -> str:
    asked = prepared(replace(endpoint, path=None, body=BodyEdits()), "/threads", {}, auth=AUTH)
    answer = await fetched(wire, asked, endpoint)
    if not (thread := text(table(answer).get("thread_id"))):
        raise NotAnApi(f"{endpoint.host} did not name a thread.", hint="Is it a LangGraph server?")
    return thread


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """The graphs and assistants that the server has. See Provider.models."""
    asked = prepared(replace(endpoint, path=None, body=BodyEdits()), "/assistants/search", {"limit": 100}, auth=AUTH)
    found = items(await fetched(wire, asked, endpoint))
    graphs = [text(assistant.get("graph_id")) for assistant in found]
    made = [
        text(assistant.get("assistant_id"))
        for assistant in found
        if table(assistant.get("metadata")).get("created_by") != "system"
    ]
    return tuple(dict.fromkeys(name for name in graphs + made if name))


_COUNTS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "cached": "input_token_details.cache_read",
    "reasoning": "output_token_details.reasoning",
}


class Reading:
    """A Decode for one reply. Every message of the run is a piece of it; deltas or whole messages come for each."""

    def __init__(self) -> None:
        self.remote: dict[str, JSON] = {}
        """What the next turn needs to know of this one."""
        self._pieces = Pieces()
        self._calls = Calls()
        self._open: dict[tuple[str, JSON], str] = {}  # the ids of calls, by message and index
        self._partial: dict[str, JSON] = {}  # calls that grow in cumulative messages, whose arguments cannot be cut

    def __call__(self, frame: Frame) -> list[ChatEvent]:
        kind = frame.event.partition("|")[0]  # messages|namespace: from a subgraph
        value = frame.json()
        match kind:
            case "messages/partial":
                return [event for message in items(value) for event in self._message(message, whole=True, final=False)]
            case "messages/complete":
                return [event for message in items(value) for event in self._message(message, whole=True)]
            case "messages":
                if not isinstance(value, list) or not value or not isinstance(value[0], dict):
                    raise ValueError("not a message")
                return self._completed() + self._message(value[0], whole=value[0].get("type") != "AIMessageChunk")
            case "updates" | "values":
                return self._interrupted(items(table(value).get("__interrupt__")))
            case "custom":
                said = value if isinstance(value, str) else ""
                return [Progress("thinking", safe.line(said, 80))] if said else []
            case "metadata":
                return [Started()]
            case "error":
                raise reported(recognise(value) or recognise(value, refusal=True) or Problem("the run failed"))
            case "end":
                return [*self._completed(), Finished("interrupt" if self.remote else "")]
            case "" if frame.whole:
                return self._document(value)
        if not kind and (problem := recognise(value)) is not None:
            raise reported(problem)
        return []  # debug, tasks, checkpoints, feedback …

    def _message(self, message: JSON, *, whole: bool, final: bool = True) -> list[ChatEvent]:
        name = text(message.get("id"))
        said, thought = _content(message)
        match message.get("type"):
            case "tool":
                failed = message.get("status") == "error"
                return [*self._completed(), ToolReturned(text(message.get("tool_call_id")), said, failed=failed)]
            case "ai" | "AIMessageChunk":
                pass
            case _:
                return []  # the user's own message, or the system's
        events: list[ChatEvent] = [ReasoningDelta(thought)] if thought and not whole else []
        events += _files(message.get("content"))
        events += self._pieces.put(said, name) if whole and said else self._pieces.append(said, name)
        for piece in items(message.get("tool_call_chunks")):
            at = (name, piece.get("index"))
            call = self._open.setdefault(at, text(piece.get("id")) or f"call {len(self._open) + 1}")
            events += self._calls.piece(call, text(piece.get("name")), text(piece.get("args")))
        if whole:
            for known in items(message.get("tool_calls")):
                self._partial[text(known.get("id"))] = known
            if final:
                events += self._completed()
        counted = usage(message.get("usage_metadata"), **_COUNTS)
        return [*events, UsageReported(counted)] if counted else events

    def _completed(self) -> list[ChatEvent]:
        calls, self._partial = self._partial, {}
        return [
            event
            for name, call in calls.items()
            for event in self._calls.whole(name, text(call.get("name")), call.get("args"))
        ]

    def _interrupted(self, interrupts: list[JSON]) -> list[ChatEvent]:
        """The graph asks before it goes on; the next message is its answer."""
        events: list[ChatEvent] = []
        for interrupt in interrupts:
            self.remote["interrupted"] = True
            value = interrupt.get("value")
            named = (text(table(value).get(name)) for name in ("question", "message", "query", "text", "prompt"))
            events += self._pieces.put(
                next(filter(None, named), "") or worded(value), f"interrupt {interrupt.get('id')}"
            )
            options = [text(option) for option in table(value).get("options") or () if text(option)]
            if options:
                events.append(ChoicesOffered(tuple(Choice(option, option) for option in options)))
        return events

    def _document(self, value: JSON) -> list[ChatEvent]:
        """The state at the end of a run, from a gateway that does not stream: its last message is the reply."""
        error = table(value).get("__error__")  # of /wait, which answers 200
        if (problem := recognise(error, refusal=True) or recognise(value)) is not None:
            raise reported(problem, whole=True)
        messages = items(table(value).get("messages"))
        if not messages:
            raise ValueError("not the state of a chat")
        return [*self._message(messages[-1], whole=True), Finished()]


def _content(message: JSON) -> tuple[str, str]:
    """What a message says and thinks: its content is a text, or a list of blocks in the manner of some provider."""
    content = message.get("content")
    thought = text(table(message.get("additional_kwargs")).get("reasoning_content"))
    if not isinstance(content, list):
        return text(content), thought
    said = ""
    for block in content:
        match block:
            case str():
                said += block
            case {"type": "text" | "output_text", "text": str(words)}:
                said += words
            case {"type": "reasoning", "reasoning": str(words)} | {"type": "thinking", "thinking": str(words)}:
                thought += words
            case {"type": "reasoning", "summary": list(parts)}:
                thought += "".join(text(part.get("text")) for part in items(parts))
    return said, thought


def _files(content: JSON) -> Iterator[ChatEvent]:
    """Images and files among the blocks of a message: in OpenAI's way, and in LangChain's own (1.0)."""
    for block in items(content):
        match block:
            case {"type": "image_url"}:
                yield from files([block], {"image_url": "image_url"})
            case {"type": "image" | "file" | "audio" | "video", "base64": str(data)}:
                yield returned(data, block.get("mime_type"))
            case {"type": "image" | "file" | "audio" | "video", "url": str(url)}:
                yield linked(url, block.get("mime_type"))


PROVIDER = Provider(reply=reply, models=models, images=IMAGES)
