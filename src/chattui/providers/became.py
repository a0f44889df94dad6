"""What a frame was made into, in a word, for a recording: see `tape.Became`."""

from __future__ import annotations

from collections.abc import Sequence

from chattui.events import (
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

KINDS: dict[type, str] = {
    TextDelta: "text",
    TextReplaced: "replaced",
    ReasoningDelta: "reasoning",
    ToolCalled: "tool",
    ToolReturned: "tool",
    ChoicesOffered: "choices",
    SourceCited: "sources",
    FileReturned: "file",
    Notice: "notice",
    UsageReported: "usage",
    RemoteState: "state",
    Kept: "state",
    Started: "model",
    Progress: "thinking",
    Finished: "done",
}


def became(events: Sequence[ChatEvent]) -> tuple[str, str, int]:
    """(kind, what to show of it, characters of text) for the events of a frame; "ignored" for none."""
    if not events:
        return "ignored", "", 0
    kinds = dict.fromkeys(KINDS[type(event)] for event in events)
    first = events[0]
    texts = [event.text for event in events if isinstance(event, TextDelta | TextReplaced)]
    if not texts:
        texts = [event.text for event in events if isinstance(event, ReasoningDelta)]
    shown = "".join(texts) or _words(first)
    chars = sum(map(len, texts)) if kinds.keys() & {"text", "replaced"} else 0
    return "+".join(kinds), shown, chars


def _words(event: ChatEvent) -> str:
    match event:
        case ToolCalled(_, name, arguments):
            return f"{name} {arguments}".strip()
        case ToolReturned(_, result):
            return f"→ {result}"
        case ChoicesOffered(choices):
            return " · ".join(choice.label for choice in choices)
        case SourceCited(url, title):
            return title or url
        case FileReturned(file):
            return file.name
        case Started(model):
            return model
        case Finished(reason):
            return reason
        case UsageReported(usage):
            return f"{usage.input or '?'} in, {usage.output or '?'} out"
        case Progress(_, text) | Notice(text):
            return text
        case RemoteState(values):
            return ", ".join(values)
    return ""
