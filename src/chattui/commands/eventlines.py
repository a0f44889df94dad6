"""`ask --events` and `ask --json`: what arrives, as JSON objects. Their names are documented in docs/commands.md."""

from __future__ import annotations

from dataclasses import asdict, fields

from chattui.chat import Message
from chattui.document import message_json
from chattui.events import (
    JSON,
    ChatEvent,
    ChoicesOffered,
    FileReturned,
    Finished,
    Kept,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    SourceCited,
    Started,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    UsageReported,
)

NAMES: dict[type[ChatEvent], str] = {
    Started: "started",
    TextDelta: "text",
    TextReplaced: "text_replaced",
    ReasoningDelta: "reasoning",
    ToolCalled: "tool_call",
    ToolReturned: "tool_result",
    SourceCited: "source",
    FileReturned: "file",
    ChoicesOffered: "choices",
    Notice: "notice",
    UsageReported: "usage",
    RemoteState: "remote_state",
    Kept: "kept",
    Finished: "finished",
}
"""Progress has no name of its own: its phase is the name (connecting, waiting, retrying, alive, thinking)."""


def event_json(event: ChatEvent, milliseconds: float) -> dict[str, JSON]:
    """One event: its time since the request began, its name, and its fields without empty ones."""
    name = event.phase if isinstance(event, Progress) else NAMES[type(event)]
    if isinstance(event, TextDelta | TextReplaced | ReasoningDelta):  # the many: no reflection for them
        return {"ms": milliseconds, "event": name, "text": event.text}
    if isinstance(event, FileReturned):
        return {"ms": milliseconds, "event": name, **{key: value for key, value in asdict(event.file).items() if value}}
    plain = asdict(event)
    plain.pop("phase", None)
    known = {field.name: field.default for field in fields(event)}
    told = {key: value for key, value in plain.items() if value != known[key]}
    if isinstance(event, UsageReported):
        told = {key: value for key, value in plain["usage"].items() if value is not None}
    return {"ms": milliseconds, "event": name, **told}


def end_json(reply: Message, milliseconds: float, conversation: str | None) -> dict[str, JSON]:
    """The last line of --events: how the reply ended."""
    result = result_json(reply, conversation)
    kept = ("state", "finish", "endpoint", "model", "conversation", "usage", "timing", "error")
    return {"ms": milliseconds, "event": "end", **{name: result[name] for name in kept}}


def result_json(reply: Message, conversation: str | None) -> dict[str, JSON]:
    """The whole reply. `text` to `error` are always there; `conversation` is null when nothing was saved."""
    stored = message_json(reply)
    optional = ("reasoning", "tools", "sources", "attachments", "choices", "notices")
    return {
        "text": reply.text,
        "state": reply.state,
        "finish": reply.finish,
        "endpoint": reply.endpoint,
        "model": reply.model,
        "conversation": conversation,
        "message": reply.id,
        "usage": asdict(reply.usage) if reply.usage else None,
        "timing": asdict(reply.timing),
        "error": asdict(reply.error) if reply.error else None,
        **{name: stored[name] for name in optional if name in stored},
    }
