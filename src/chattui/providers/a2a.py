"""A2A, the protocol between agents: JSON-RPC whose answers stream. Version 1.0, and 0.3 where a server knows no newer.

    POST the agent's address {jsonrpc, id, method: SendStreamingMessage | message/stream, params: {message}}
    complete: a terminal or interrupted state of the task, `final: true` (0.3), or a message in the place of a task

Sources: a2aproject/A2A specification 0.3 and 1.0, recorded from aimock. The context stays for the whole conversation,
the task only while it waits for input. `params.version` ("1.0" or "0.3") asks in that version alone.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace

from chattui import safe
from chattui.endpoint import Auth, BodyEdits
from chattui.errors import Rejected, Reported
from chattui.events import (
    JSON,
    ChatEvent,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    Started,
)
from chattui.providers import Provider, Turn, prepared, stream
from chattui.providers.attached import IMAGES, Image, images, linked, returned
from chattui.providers.fields import reported, table, text
from chattui.providers.parts import Pieces, failed, items, kept, tell
from chattui.providers.retold import RETOLD, earlier, retold
from chattui.wire import Frame, Request, Wire
from chattui.wire.recognise import Problem, recognise

UNKNOWN = {-32601, -32600, -32602, -32009}
"""Codes of servers that do not know the method, its parameters or the version."""
NO_STREAMING = -32004
METHODS = {"1.0": ("SendStreamingMessage", "SendMessage", "CancelTask"),
           "0.3": ("message/stream", "message/send", "tasks/cancel")}  # fmt: skip


class Refused(Reported):
    """A JSON-RPC error, with its code."""

    def __init__(self, problem: Problem, error: JSON, *, whole: bool) -> None:
        super().__init__(reported(problem, whole=whole).text)
        self.code = _code(error)


def request(turn: Turn, version: str = "1.0", *, streams: bool = True) -> Request:
    """The new message, in the conversation's context, and for the task that waits for it if one does. In a context that
    is new because the conversation branched, what was said before stands in front of it.
    """
    known = kept(turn)
    old = version == "0.3"
    words = retold(turn) if turn.rewound else turn.prompt
    part = {"kind": "text", "text": words} if old else {"text": words}
    parts: list[JSON] = [part, *(_part(image, old=old) for image in images(turn, turn.messages[-1]))]
    message = {"messageId": turn.messages[-1].id, "role": "user" if old else "ROLE_USER", "parts": parts}
    if old:
        message["kind"] = "message"
    message |= {name: known[name] for name in ("contextId", "taskId") if known.get(name)}
    params = {"message": message, **{name: value for name, value in turn.endpoint.params.items() if name != "version"}}
    if not streams and old:
        params.setdefault("configuration", {"blocking": True})
    return _call(turn, version, METHODS[version][0 if streams else 1], params)


def _part(image: Image, *, old: bool) -> JSON:
    if old:
        return {"kind": "file", "file": {"name": image.name, "mimeType": image.type, "bytes": image.data}}
    return {"raw": image.data, "mediaType": image.type, "filename": image.name}


def _call(turn: Turn, version: str, method: str, params: JSON) -> Request:
    body = {"jsonrpc": "2.0", "id": turn.reply, "method": method, "params": params}
    return prepared(turn.endpoint, "", body, auth=Auth(), headers={"A2A-Version": version})


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply. Asks again in the older version, or without streaming, when that is all the server knows."""
    pinned = turn.endpoint.params.get("version") or kept(turn).get("version")
    version, streams = pinned if pinned in METHODS else "1.0", True
    if turn.rewound and earlier(turn):
        yield RETOLD
    while True:
        try:
            async with aclosing(_answer(turn, wire, version, streams=streams)) as events:
                async for event in events:
                    yield event
        except (Refused, Rejected) as error:
            code = error.code if isinstance(error, Refused) else _code_of(error.body)
            if code == NO_STREAMING and streams:
                streams = False
            elif code in UNKNOWN and version == "1.0" and not pinned:
                version = "0.3"
            elif isinstance(error, Refused):
                raise Reported(error.text) from None
            else:
                raise
        else:
            return


async def _answer(turn: Turn, wire: Wire, version: str, *, streams: bool) -> AsyncGenerator[ChatEvent, None]:
    reading = Reading(turn.endpoint.name, version)

    def decoder() -> Reading:
        nonlocal reading
        reading = Reading(turn.endpoint.name, version)
        return reading

    sent = request(turn, version, streams=streams)
    try:
        async with aclosing(stream(wire, turn.endpoint, sent, decoder)) as events:
            async for event in events:
                yield event
    finally:
        if reading.task and not reading.ended:
            plain = replace(turn, endpoint=replace(turn.endpoint, body=BodyEdits()))
            tell(wire, _call(plain, version, METHODS[version][2], {"id": reading.task}), turn.endpoint)


def _code_of(body: str) -> int:
    try:
        return _code(table(json.loads(body)).get("error"))
    except (ValueError, RecursionError):
        return 0


def _code(error: JSON) -> int:
    code = table(error).get("code")
    return code if isinstance(code, int) else 0


class Reading:
    """A Decode for one reply, of either version."""

    def __init__(self, keep: str, version: str) -> None:
        self.task = ""
        self.ended = False
        """The task runs no more, or waits."""
        self._keep = keep
        self._kept: dict[str, JSON] = {"version": version}
        self._pieces = Pieces()

    def __call__(self, frame: Frame) -> Iterator[ChatEvent]:
        value = frame.json()
        if not isinstance(value, dict):
            raise ValueError("not an answer")  # noqa: TRY004 - what a Decode raises for a frame it cannot read
        if (problem := recognise(value)) is not None:
            self.ended = True
            raise Refused(problem, value.get("error"), whole=frame.whole)
        result = table(value.get("result") or value)  # the REST binding sends the bare result
        kind = text(result.get("kind"))
        known = False
        for name in ("task", "message", "artifactUpdate", "statusUpdate"):  # a status may end it: last
            body = result if kind == _KINDS[name] else table(result.get(name))
            if body:
                known = True
                yield from self._about(body)
                yield from self._update(name, body)
        if "artifact" in result and "task" in result:  # aimock has them side by side
            yield from self._update("artifactUpdate", result)
        if not known:
            raise ValueError("not an answer")

    def _about(self, body: JSON) -> list[ChatEvent]:
        """The ids that the next turn needs."""
        task, context = (
            text(body.get("taskId") or (body.get("id") if "status" in body else "")),
            text(body.get("contextId")),
        )
        self.task = task or self.task
        if not context or context == self._kept.get("contextId"):
            return []
        self._kept["contextId"] = context
        return [Started(), self._remote()]

    def _remote(self) -> RemoteState:
        return RemoteState({self._keep: dict(self._kept)})

    def _update(self, name: str, body: JSON) -> Iterator[ChatEvent]:
        match name:
            case "task":
                whole: dict[str, list[JSON]] = {}  # artifacts of one name are one
                for artifact in items(body.get("artifacts")):
                    whole.setdefault(_name(artifact), []).extend(items(artifact.get("parts")))
                for piece, parts in whole.items():
                    yield from self._artifact({"name": piece, "parts": parts}, grows=False)
                yield from self._status(table(body.get("status")), final=False)  # which may be that it failed
            case "message":
                self.ended = True
                yield from self._said(body, f"message {body.get('messageId')}")
                yield Finished()
            case "artifactUpdate":
                artifact = table(body.get("artifact"))  # aimock has `append` in it
                yield from self._artifact(artifact, grows=True in (body.get("append"), artifact.get("append")))
            case _:
                yield from self._status(table(body.get("status")), final=body.get("final") is True)

    def _artifact(self, artifact: JSON, *, grows: bool) -> list[ChatEvent]:
        return self._said(artifact, f"artifact {_name(artifact)}", grows=grows)

    def _status(self, status: JSON, *, final: bool) -> list[ChatEvent]:
        state = text(status.get("state")).removeprefix("TASK_STATE_").lower().replace("_", "-")
        message = table(status.get("message"))
        match state:
            case "failed" | "rejected" | "canceled":
                self.ended = True
                raise failed(
                    _words(message), f"The agent’s task was {state}" if state != "failed" else "The task failed"
                )
            case "completed" | "input-required" | "auth-required":
                self.ended = True
                events = self._said(message, "status")
                if state != "completed":
                    self._kept["taskId"] = self.task
                    events.append(self._remote())
                if state == "auth-required":
                    events.append(Notice("The agent wants a sign-in that cannot be done from here."))
                return [*events, Finished(state if state != "completed" else "")]
        said = safe.line(_words(message), 80)
        events = [Progress("thinking", said)] if said else []
        if final:
            self.ended = True
            events.append(Finished(state))
        return events

    def _said(self, holder: JSON, piece: str, *, grows: bool = True) -> list[ChatEvent]:
        """The parts of a message or an artifact. `grows` False: they take the place of what the piece held."""
        said = ""
        events: list[ChatEvent] = []
        for part in items(holder.get("parts")):
            file = table(part.get("file"))
            url = file.get("uri") or part.get("url")
            name, kind = file.get("name") or part.get("filename"), file.get("mimeType") or part.get("mediaType")
            if words := text(part.get("text")):
                if table(part.get("metadata")).get("adk_thought") is True:
                    events.append(ReasoningDelta(words))
                else:
                    said += words
            elif "data" in part:
                said += f"```json\n{json.dumps(part['data'], ensure_ascii=False, indent=2)}\n```\n"
            elif url:
                events.append(linked(url, kind, name))
            elif file or "raw" in part:
                events.append(returned(file.get("bytes") or part.get("raw"), kind, name))
        return [*(self._pieces.append(said, piece) if grows else self._pieces.put(said, piece)), *events]


_KINDS = {"task": "task", "message": "message", "artifactUpdate": "artifact-update", "statusUpdate": "status-update"}


def _name(artifact: JSON) -> str:
    return text(artifact.get("artifactId") or artifact.get("name"))


def _words(message: JSON) -> str:
    return " ".join(filter(None, (text(part.get("text")) for part in items(message.get("parts")))))


PROVIDER = Provider(reply=reply, images=IMAGES)
