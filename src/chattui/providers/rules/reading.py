"""The rule language at work on the frames of one reply: the first rule that fits takes the frame."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from chattui import safe
from chattui.errors import Reported
from chattui.events import (
    JSON,
    ChatEvent,
    ChoicesOffered,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    UsageReported,
)
from chattui.providers.fields import reported
from chattui.providers.rules import extract
from chattui.rules import Action, Paths, Rule, look
from chattui.wire import Frame
from chattui.wire.recognise import Problem, recognise


class Reading:
    """A Decode for one reply, and what it has seen so far."""

    def __init__(self, rules: tuple[Rule, ...], keep: str, kept: Mapping[str, JSON], *, plain: bool = False) -> None:
        self.rules = rules
        self.keep = keep
        """The name under which the values of `set` are kept."""
        self.kept = dict(kept)
        self.plain = plain
        """Frames are pieces of text and never JSON."""
        self.matched = 0
        self.unmatched = 0
        self.stranger = ""
        """The start of the first frame that no rule took."""
        self.failure: Reported | None = None
        """An error whose frame held more than the error; to be raised after its events."""
        self._has_text = False
        self._tools = 0
        self._open: defaultdict[str, list[str]] = defaultdict(list)

    def __call__(self, frame: Frame) -> Iterator[ChatEvent]:
        """The events of a frame. Raises ValueError for broken JSON, Reported for an error."""
        value = extract.NO_JSON if self.plain else _json(frame)
        for rule in self.rules:
            if not _holds(rule, frame, value):
                continue
            events = self._act(rule, frame, value)
            if events is None:
                continue
            self.matched += 1
            if frame.whole and not any(isinstance(event, Finished) for event in events):
                events.append(Finished())  # a document that has come whole is the whole reply
            return iter(events)
        self._not_understood(frame, value)
        return iter(())

    def _not_understood(self, frame: Frame, value: JSON) -> None:
        self.unmatched += 1
        self.stranger = self.stranger or safe.line(frame.data, 80)
        if value is not extract.NO_JSON and (problem := recognise(value)):
            raise _told(problem, frame)
        if frame.event == "error":
            raise _told(Problem(safe.line(frame.data, 500) or "an error without a text"), frame)
        if value is extract.NO_JSON and not self.plain and frame.data.lstrip()[:1] in {"{", "["}:
            raise ValueError("broken JSON")

    def _act(self, rule: Rule, frame: Frame, value: JSON) -> list[ChatEvent] | None:
        """The events of all actions that fire; None when none does."""
        events: list[ChatEvent] = []
        failure: Reported | None = None
        fired = False
        for action in rule.actions:
            if action.kind == "error":
                failure = _failure(action, frame, value)
                fired = fired or failure is not None
            elif (found := self._events(action, frame, value)) is not None:
                events += found
                fired = True
        if failure is None:
            return events if fired else None
        if not events:
            self.matched += 1
            raise failure
        self.failure = failure
        return [event for event in events if not isinstance(event, Finished)] + [Finished("error")]

    def _events(self, action: Action, frame: Frame, value: JSON) -> list[ChatEvent] | None:
        match action.kind:
            case "ignore":
                return []
            case "text":
                return self._text(extract.get(action.paths, frame, value))
            case "replace":
                text = extract.words(extract.get(action.paths, frame, value))
                self._has_text = self._has_text or bool(text)
                return None if text is None else [TextReplaced(text)] if text else []
            case "reasoning":
                text = extract.words(extract.get(action.paths, frame, value))
                return None if text is None else [ReasoningDelta(text)] if text else []
            case "thinking":
                text = extract.words(extract.get(action.paths, frame, value)) if action.paths else ""
                return None if text is None else [Progress("thinking", safe.line(text, 80))]
            case "notice":
                text = extract.words(extract.get(action.paths, frame, value))
                return None if text is None else [Notice(text)] if text.strip() else []
            case "done":
                return _done(action, frame, value)
            case _ if value is extract.NO_JSON:
                return None
            case "tool":
                return self._called(action.fields, value)
            case "tool_result":
                return self._returned(action.fields, value)
            case "sources":
                cited = [
                    source for item in extract.items(action, value) if (source := extract.source(action.fields, item))
                ]
                return list(cited) or None
            case "choices":
                choices = tuple(
                    choice for item in extract.items(action, value) if (choice := extract.choice(action.fields, item))
                )
                return [ChoicesOffered(choices)] if choices else None
            case "usage":
                usage = extract.usage(action.fields, value)
                return [UsageReported(usage)] if usage is not None else None
            case "set":
                return self._keep(action.fields, value)
        return None

    def _text(self, found: JSON) -> list[ChatEvent] | None:
        if isinstance(found, list):
            parts = [text for item in found if (text := extract.words(item)) is not None]
            text = "\n\n".join(([""] if self._has_text and parts else []) + parts)
            if not parts:
                return None
        elif (words := extract.words(found)) is not None:
            text = words
        else:
            return None
        self._has_text = self._has_text or bool(text)
        return [TextDelta(text)] if text else []

    def _called(self, fields: Mapping[str, Paths], value: JSON) -> list[ChatEvent] | None:
        events: list[ChatEvent] = []
        for item in extract.each(fields, value):
            name = extract.words(extract.field(fields, "name", item)) or ""
            given = extract.words(extract.field(fields, "id", item)) or ""
            if not (name or given):
                continue
            if not given:
                self._tools += 1
                given = f"call-{self._tools}"
                self._open[name].append(given)
            events.append(ToolCalled(given, name, extract.json_text(extract.field(fields, "args", item))))
        return events or None

    def _returned(self, fields: Mapping[str, Paths], value: JSON) -> list[ChatEvent] | None:
        events: list[ChatEvent] = []
        for item in extract.each(fields, value):
            result = extract.field(fields, "result", item)
            if result is None:
                continue
            name = extract.words(extract.field(fields, "name", item)) or ""
            given = extract.words(extract.field(fields, "id", item)) or self._oldest(name)
            if not given:
                self._tools += 1
                given = f"call-{self._tools}"
                events.append(ToolCalled(given, name))
            events.append(
                ToolReturned(given, extract.json_text(result), failed=bool(extract.field(fields, "failed", item)))
            )
        return events or None

    def _oldest(self, name: str) -> str:
        """The call that has waited longest, of this name or, when the result has none, of any."""
        if name:
            return self._open[name].pop(0) if self._open[name] else ""
        waiting = [(calls[0], calls) for calls in self._open.values() if calls]
        return min(waiting, key=lambda pair: int(pair[0].removeprefix("call-")))[1].pop(0) if waiting else ""

    def _keep(self, fields: Mapping[str, Paths], value: JSON) -> list[ChatEvent] | None:
        found = {name: item for name in fields if (item := extract.field(fields, name, value)) is not None}
        if not found:
            return None
        if all(self.kept.get(name) == item for name, item in found.items()):
            return []
        self.kept |= found
        return [RemoteState({self.keep: dict(self.kept)})]


def _json(frame: Frame) -> JSON:
    try:
        return frame.json()
    except ValueError:
        return extract.NO_JSON


def _holds(rule: Rule, frame: Frame, value: JSON) -> bool:
    if rule.events and (frame.event or "message") not in rule.events and frame.event not in rule.events:
        return False
    if rule.data and frame.data.strip() not in rule.data:
        return False
    return all(
        value is not extract.NO_JSON and any(_same(look(value, condition.path), wanted) for wanted in condition.values)
        for condition in rule.when
    )


def _same(found: JSON, wanted: JSON) -> bool:
    return bool(found == wanted) and isinstance(found, bool) == isinstance(wanted, bool)


def _done(action: Action, frame: Frame, value: JSON) -> list[ChatEvent] | None:
    if not action.paths and not action.fields:
        return [Finished()]
    found = extract.get(action.fields.get("at", ()) if action.fields else action.paths, frame, value)
    if action.fields and "at" not in action.fields:
        found = True
    if found is None or found is False:
        return None
    reason = None if value is extract.NO_JSON else extract.field(action.fields, "reason", value)
    return [Finished(reason if isinstance(reason, str) else "")]


def _failure(action: Action, frame: Frame, value: JSON) -> Reported | None:
    if not action.paths and not action.fields:
        said: JSON = value if value is not extract.NO_JSON else frame.data
    else:
        said = extract.get(action.fields.get("text", action.paths), frame, value)
        if said is None or said is False or said == "":
            return None
    problem = recognise({"error": said}) or Problem("an error without a text")
    code = extract.words(extract.field(action.fields, "code", value)) if value is not extract.NO_JSON else None
    return _told(Problem(problem.text, code, problem.passing) if code else problem, frame)


def _told(problem: Problem, frame: Frame) -> Reported:
    """The error with its code."""
    code = safe.line(problem.code, 60)
    words = problem.text if not code or code in problem.text else f"{problem.text.rstrip('.')} ({code})"
    return reported(Problem(words, code, problem.passing), whole=frame.whole)
