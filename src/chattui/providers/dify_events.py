"""What Dify's events say; `dify` is the asking side."""

from __future__ import annotations

from contextlib import suppress

from chattui import safe
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
    TextDelta,
    ToolReturned,
    Usage,
    UsageReported,
)
from chattui.providers.attached import linked
from chattui.providers.fields import reported, table, text
from chattui.providers.inline import InlineReasoning
from chattui.providers.parts import Calls, Pieces, failed, items, source, usage, worded
from chattui.wire import Frame
from chattui.wire.recognise import recognise

_TYPES = {"image": "image/*", "audio": "audio/*", "video": "video/*"}


class Reading:
    """A Decode for one reply."""

    def __init__(self, keep: str) -> None:
        self.task = ""
        """What the stop call names."""
        self.message = ""
        self.ended = False
        """Nothing is left to be stopped."""
        self.offered = False
        self._keep = keep
        self._kept: dict[str, JSON] = {}
        self._pieces = Pieces()
        self._calls = Calls()
        self._inline = _inline()
        self._deltas = False  # agent_message came: a message now is the whole answer

    @property
    def remote(self) -> RemoteState:
        """What the next turn needs."""
        return RemoteState({self._keep: dict(self._kept)})

    def __call__(self, frame: Frame) -> list[ChatEvent]:
        event = frame.json()
        if not isinstance(event, dict):
            raise ValueError("not an event")  # noqa: TRY004 - what a Decode raises for a frame it cannot read
        kind = text(event.get("event")) or frame.event
        if (problem := recognise(event, refusal=not kind and frame.whole)) is not None:
            self.ended = True
            raise reported(problem, whole=frame.whole)
        if not kind:
            raise ValueError("not an event")
        self.task = text(event.get("task_id")) or self.task
        self.message = text(event.get("message_id")) or self.message
        begun: list[ChatEvent] = []
        conversation = text(event.get("conversation_id"))
        if conversation and conversation != self._kept.get("conversation_id"):
            self._kept["conversation_id"] = conversation
            begun = [Started(), self.remote]
        return begun + self._event(kind, event, table(event.get("data")), whole=frame.whole)

    def _event(self, kind: str, event: JSON, data: JSON, *, whole: bool) -> list[ChatEvent]:
        match kind:
            case "message" if whole:
                return [*self._said(event), *self._end(event)]
            case "message" if self._deltas:
                return self._pieces.put(_unthought(event))
            case "message":
                return self._said(event)
            case "agent_message":
                self._deltas = True
                return self._said(event)
            case "message_replace":
                said = safe.line(text(event.get("reason")))
                told: list[ChatEvent] = [Notice(f"The server replaced the answer: {said}")] if said else []
                return [*self._pieces.put(_unthought(event)), *told]
            case "agent_thought":
                return self._thought(event)
            case "reasoning_chunk":
                thought = text(data.get("reasoning")) or text(event.get("reasoning"))
                return [ReasoningDelta(thought)] if thought else []
            case "message_file" if event.get("belongs_to") != "user":
                return [linked(event.get("url"), _TYPES.get(text(event.get("type")), ""), event.get("filename"))]
            case "node_started":
                return [Progress("thinking", safe.line(text(data.get("title")), 80))]
            case "human_input_required":
                return self._form(event, data)
            case "workflow_paused":
                self.ended = True
                return [Finished("paused")]
            case "workflow_finished":
                self.ended = True
                if data.get("status") in {"failed", "stopped"}:
                    raise failed(data.get("error"), f"the workflow {data['status']}")
                return [Finished(more=True)]
            case "message_end":
                return self._end(event)
        return []  # tts_message, node_finished, iterations, and what newer versions bring

    def _said(self, event: JSON) -> list[ChatEvent]:
        return self._placed(self._inline.feed(text(event.get("answer"))))

    def _placed(self, events: list[ChatEvent]) -> list[ChatEvent]:
        return [
            placed
            for event in events
            for placed in (self._pieces.append(event.text) if isinstance(event, TextDelta) else [event])
        ]

    def _end(self, event: JSON) -> list[ChatEvent]:
        self.ended = True
        metadata = table(event.get("metadata"))
        events = self._placed(self._inline.flush())
        for cited in items(metadata.get("retriever_resources")):
            events += source("", cited.get("document_name") or cited.get("dataset_name"), cited.get("content"))
        counts = table(metadata.get("usage") or event.get("usage"))
        found = usage(counts, input="prompt_tokens", output="completion_tokens")
        if found is not None:
            events.append(UsageReported(found.over(Usage(cost=_dollars(counts)))))
        return [*events, Finished(more=True)]

    def _thought(self, event: JSON) -> list[ChatEvent]:
        """A step of an agent, sent again when more of it is known. Its thought repeats the text of agent_message."""
        call, tool = text(event.get("id")), text(event.get("tool"))
        if not tool:
            return []
        events = self._calls.whole(call, tool, event.get("tool_input"))
        result = worded(event.get("observation"))
        return [*events, ToolReturned(call, result)] if result else events

    def _form(self, event: JSON, data: JSON) -> list[ChatEvent]:
        events = self._pieces.append(text(data.get("form_content")), "form")
        actions = items(data.get("actions") or data.get("user_actions"))
        if actions:
            self.offered = True
            offered = (
                (text(action.get("title")) or text(action.get("id")), text(action.get("id"))) for action in actions
            )
            events.append(ChoicesOffered(tuple(Choice(label, value) for label, value in offered)))
        token = text(data.get("form_token"))
        if not token:
            return [*events, Notice("The form cannot be answered from here; Dify has sent it by mail.")]
        fields = [text(field.get("output_variable_name")) for field in items(data.get("inputs"))
                  if field.get("type") in {"paragraph", "text-input", "select"}]  # fmt: skip
        self._kept["form"] = {
            "token": token,
            "run": text(event.get("workflow_run_id")) or text(data.get("workflow_run_id")),
            "actions": [{"id": action.get("id"), "title": action.get("title")} for action in actions],
            "field": fields[0] if fields else "",
            "defaults": dict(table(data.get("resolved_default_values"))),
        }
        return events


def _inline() -> InlineReasoning:
    """Dify leaves the reasoning of many models in the answer, as <think>…</think> at its start."""
    inline = InlineReasoning()
    inline.watches = False
    return inline


def _unthought(event: JSON) -> str:
    """A whole answer without its reasoning."""
    inline = _inline()
    events = [*inline.feed(text(event.get("answer"))), *inline.flush()]
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def _dollars(counts: JSON) -> float | None:
    with suppress(ValueError, TypeError):
        return float(counts["total_price"]) if counts.get("currency") == "USD" else None
    return None
