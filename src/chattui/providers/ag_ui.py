"""AG-UI, the protocol between agents and user interfaces: CopilotKit, Pydantic AI, ADK, Agno, CrewAI, Mastra …

    POST the agent's address {threadId, runId, state, messages, tools, context, forwardedProps}
    complete: RUN_FINISHED, whose outcome may be an interrupt that the next run answers with `resume`

Source: ag-ui-protocol/ag-ui, sdks/typescript/packages/core, 1.0 and the names before it (THINKING_*). Optional fields
may be null. `params` go along as forwardedProps.
"""

from __future__ import annotations

from chattui import safe
from chattui.chat import Message
from chattui.endpoint import Auth
from chattui.events import (
    JSON,
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    Started,
    ToolReturned,
    UsageReported,
)
from chattui.providers import Dialect, Provider, Turn, prepared
from chattui.providers.attached import IMAGES, images
from chattui.providers.fields import reported, table, text, total
from chattui.providers.fields import whole as count
from chattui.providers.json_patch import patched
from chattui.providers.parts import Calls, Pieces, items, kept, usage, worded
from chattui.wire import Frame, Request
from chattui.wire.recognise import Problem, recognise


def request(turn: Turn) -> Request:
    """A run over the whole history. The agent's shared state goes back as it last was."""
    known = kept(turn)
    messages = [
        {"id": message.id, "role": message.role, "content": _said(turn, message)}
        for message in turn.messages
        if message.text
    ]
    if turn.system:
        messages.insert(0, {"id": "system", "role": "system", "content": turn.system})
    properties = dict(turn.endpoint.params)
    if turn.model:
        properties.setdefault("model", turn.model)
    body = {
        "threadId": turn.conversation,
        "runId": turn.reply,
        "state": known.get("state") or {},
        "messages": messages,
        "tools": [],
        "context": [],
        "forwardedProps": properties,
    }
    if interrupts := known.get("interrupts"):
        body["resume"] = [_answer(interrupt, turn.prompt) for interrupt in items(interrupts)]
    return prepared(turn.endpoint, "", body, auth=Auth())


def _said(turn: Turn, message: Message) -> JSON:
    """The text, or a list of parts. `binary` is the older of two forms for images, which every version knows."""
    found = images(turn, message)
    if not found:
        return message.text
    parts: list[JSON] = [{"type": "text", "text": message.text}]
    return [
        *parts,
        *({"type": "binary", "mimeType": image.type, "data": image.data, "filename": image.name} for image in found),
    ]


def _answer(interrupt: JSON, said: str) -> JSON:
    yes, no = said.strip().lower() in _YES, said.strip().lower() in _NO
    payload: JSON = said
    match interrupt.get("type"):
        case "boolean" if yes or no:
            payload = yes
        case "approved" if yes or no:
            payload = {"approved": yes}
    return {"interruptId": interrupt.get("id"), "status": "resolved", "payload": payload}


_YES = {"yes", "y", "true", "approve", "ok"}
_NO = {"no", "n", "false", "reject", "deny"}

_COUNTS = {
    "input": "inputTokens",
    "output": "outputTokens",
    "cached": "cachedInputTokens",
    "reasoning": "reasoningTokens",
}


class Reading:
    """A Decode for one reply."""

    def __init__(self, turn: Turn) -> None:
        self._keep = turn.endpoint.name
        self._kept = kept(turn)
        self._pieces = Pieces()
        self._calls = Calls()
        self._message = ""
        self._others: set[str] = set()  # messages that are not the assistant's

    def __call__(self, frame: Frame) -> list[ChatEvent]:
        """The events of one frame, or of a gateway's document: a list of events, or the messages at the end."""
        value = frame.json()
        if frame.whole and isinstance(value, list) and recognise(value) is None:
            return [told for event in items(value) for told in self._event(event, whole=True)]
        if frame.whole and (messages := items(table(value).get("messages"))):
            return [*self._snapshot(messages), Finished()]
        return self._event(value, whole=frame.whole)

    def _event(self, event: JSON, *, whole: bool) -> list[ChatEvent]:
        if not isinstance(event, dict):
            raise ValueError("not an event")  # noqa: TRY004 - what a Decode raises for a frame it cannot read
        kind = text(event.get("type"))
        message = text(event.get("messageId"))
        delta = text(event.get("delta"))
        call = text(event.get("toolCallId"))
        match kind:
            case "TEXT_MESSAGE_START" | "TEXT_MESSAGE_CONTENT" | "TEXT_MESSAGE_CHUNK":
                return self._text(message, event.get("role"), delta)
            case (
                "REASONING_MESSAGE_CONTENT" | "REASONING_MESSAGE_CHUNK"
                | "THINKING_TEXT_MESSAGE_CONTENT" | "THINKING_TEXT_MESSAGE_CHUNK"
            ):  # fmt: skip
                return [ReasoningDelta(delta)] if delta else []
            case "THINKING_START" | "STEP_STARTED":
                return [Progress("thinking", safe.line(text(event.get("title") or event.get("stepName")), 80))]
            case "TOOL_CALL_START" | "TOOL_CALL_ARGS" | "TOOL_CALL_CHUNK":
                return self._calls.piece(call, text(event.get("toolCallName")), delta)
            case "TOOL_CALL_RESULT":
                return [ToolReturned(call, _content(event.get("content")))]
            case "MESSAGES_SNAPSHOT":
                return self._snapshot(items(event.get("messages")))
            case "STATE_SNAPSHOT":
                return self._state(event.get("snapshot"))
            case "STATE_DELTA":
                return self._state(patched(self._kept.get("state") or {}, items(event.get("delta"))))
            case "RUN_STARTED":
                self._kept.pop("interrupts", None)
                return [Started(), self._remote()]
            case "RUN_FINISHED":
                return self._finished(event)
            case "RUN_ERROR":
                raise reported(recognise(event) or Problem("the run failed"))
        if not kind and (problem := recognise(event, refusal=whole)) is not None:
            raise reported(problem, whole=whole)
        if not kind:
            raise ValueError("not an event")
        return []  # ends of messages, activities, RAW, CUSTOM, and what newer versions bring

    def _text(self, message: str, role: JSON, delta: str) -> list[ChatEvent]:
        self._message = message = message or self._message
        if role and role != "assistant":
            self._others.add(message)
        return [] if message in self._others else self._pieces.append(delta, message)

    def _snapshot(self, messages: list[JSON]) -> list[ChatEvent]:
        """The whole history as the agent has it: what stands behind the last user message is this reply."""
        last = max((at for at, message in enumerate(messages) if message.get("role") == "user"), default=-1)
        events: list[ChatEvent] = []
        for message in messages[last + 1 :]:
            match message.get("role"):
                case "assistant":
                    if said := _content(message.get("content")):
                        events += self._pieces.put(said, text(message.get("id")))
                    for call in items(message.get("toolCalls")):
                        function = table(call.get("function"))
                        events += self._calls.whole(
                            text(call.get("id")), text(function.get("name")), function.get("arguments")
                        )
                case "tool":
                    events.append(ToolReturned(text(message.get("toolCallId")), _content(message.get("content"))))
        return events

    def _state(self, state: JSON) -> list[ChatEvent]:
        self._kept["state"] = state
        return [self._remote()]

    def _remote(self) -> RemoteState:
        return RemoteState({self._keep: dict(self._kept) or None})

    def _finished(self, event: JSON) -> list[ChatEvent]:
        events: list[ChatEvent] = []
        if counted := items(event.get("usage")):  # one entry for each model that took part
            summed = {name: total(*(count(entry.get(name)) for entry in counted)) for name in _COUNTS.values()}
            found = usage(summed, **_COUNTS)
            events += [UsageReported(found)] if found else []
        outcome = event.get("outcome")
        reason = text(table(outcome).get("type")) or text(outcome)
        if reason == "interrupt":
            events += self._interrupted(items(table(outcome).get("interrupts") or [event.get("interrupt")]))
        if reason == "cancelled":
            events.append(Notice("The agent stopped the run."))
        return [*events, Finished(reason)]

    def _interrupted(self, interrupts: list[JSON]) -> list[ChatEvent]:
        """The agent asks before it goes on; the next message is its answer."""
        events: list[ChatEvent] = []
        waiting = []
        for interrupt in interrupts:
            schema = table(interrupt.get("responseSchema"))
            kind = "approved" if "approved" in table(schema.get("properties")) else text(schema.get("type"))
            waiting.append({"id": interrupt.get("id"), "type": kind})
            asked = text(interrupt.get("message")) or text(interrupt.get("reason")).replace("_", " ")
            events += self._pieces.append(asked, f"interrupt {interrupt.get('id')}")
            options = [text(option) for option in schema.get("enum") or () if text(option)]
            if kind in {"boolean", "approved"}:
                options = ["Yes", "No"]
            if options:
                events.append(ChoicesOffered(tuple(Choice(option, option) for option in options)))
        self._kept["interrupts"] = waiting
        return [*events, self._remote()]


def _content(content: JSON) -> str:
    """The text of a message's content, which may be a list of parts."""
    if isinstance(content, list):
        return "".join(text(part.get("text")) for part in items(content))
    return worded(content)


PROVIDER = Provider(reply=Dialect(request, Reading).reply, images=IMAGES)
