"""The frames of one answer as rules: which text is the reply's, what ends it, which ids it gives. A guess.

Frames are told apart by their event's name or by a key such as `type`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from chattui.adding.prose import Item, Spot, dotted, leaves, made, parsed, prose, spots, telling, thinks
from chattui.events import JSON
from chattui.rules import look, path
from chattui.wire import Frame

Table = dict[str, Any]

_ENDS = re.compile(
    r"^(done|end|ended|complete|completed|finish|finished|stop|final|close|eos|message_(end|stop))$", re.IGNORECASE
)
_ERRORS = re.compile(r"^(error|fail|failed|failure|exception)$", re.IGNORECASE)
_IDS = re.compile(r"(conversation|chat|session|thread)_?id$", re.IGNORECASE)
_INPUT = re.compile(r"(prompt|input)_?tokens?(_?count)?$", re.IGNORECASE)
_OUTPUT = re.compile(r"(completion|output)_?tokens?(_?count)?$", re.IGNORECASE)
_STATES = re.compile(r"(status|state|phase|step|stage)$", re.IGNORECASE)
_LEAST = 0.25
"""A score below which nothing is called prose."""


@dataclass(frozen=True, slots=True)
class Guess:
    """`rules` as in TOML, the framing where it must be said, and how sure this is."""

    rules: tuple[Table, ...]
    framing: Literal["", "text"] = ""
    end: Literal["", "eof"] = ""
    score: float = 0.0
    """0 to 1; how much the text looks like prose."""
    text: str = ""
    """What the reply would say."""
    remembered: tuple[str, ...] = ()
    """The names of the server's ids that are kept."""
    words: tuple[str, ...] = ()
    """What was noticed, a sentence each."""


def guess(frames: Sequence[Frame]) -> Guess:
    """Rules for an answer of these frames. Without any text in it, a Guess without rules."""
    if not frames:
        return Guess(())
    if all(parsed(frame.data) is None and frame.data.strip() != "[DONE]" for frame in frames) and not any(
        frame.event for frame in frames
    ):
        text = "".join(frame.data for frame in frames)
        return Guess(
            ({"text": "$"},), "" if len(frames) > 1 else "text", "eof", prose(text), text, (), ("It is plain text.",)
        )
    key = telling(frames)
    items = [made(frame, key) for frame in frames]
    found = sorted(spots(items), key=lambda spot: spot.score, reverse=True)
    thoughts = [spot for spot in found if thinks(spot)]
    said = next((spot for spot in found if spot not in thoughts and spot.score >= _LEAST), None)
    if said is None:
        return Guess((), words=("None of its texts looks like an answer.",))
    return _Writing(frames, items, key, said, next(iter(thoughts), None)).guess()


class _Writing:
    """From what was found to rules, in the order in which they must stand."""

    def __init__(self, frames: Sequence[Frame], items: list[Item], key: str, said: Spot, thought: Spot | None) -> None:
        self.frames, self.items, self.key, self.said, self.thought = frames, items, key, said, thought
        self.words: list[str] = []
        self.rules: list[Table] = []
        self.remembered: dict[str, str] = {}

    def guess(self) -> Guess:
        """Everything, as a Guess."""
        marker = any(item.raw.strip() == "[DONE]" for item in self.items)
        if marker:
            self.rules.append({"data": "[DONE]", "done": True})
        self._ids()
        kinds = list(dict.fromkeys(item.kind for item in self.items if item.raw.strip() != "[DONE]"))
        ends = self._flag() or marker
        for kind in kinds:
            rule = self._of(kind, ends=ends)
            ends = ends or "done" in rule
            if len(rule) > (1 if kind else 0):
                self.rules.append(rule)
        if not ends and not self.frames[0].whole:
            self.words.append("It has no end marker: the end of the connection ends it.")
        self._errors(kinds)
        end: Literal["", "eof"] = "" if ends or self.frames[0].whole else "eof"
        text, remembered = self.said.joined, tuple(self.remembered)
        return Guess(tuple(self.rules), "", end, min(1.0, self.said.score), text, remembered, tuple(self.words))

    def _flag(self) -> bool:
        """Write the rule for a flag that becomes true in the last frame; whether there is one."""
        *before, last = [item for item in self.items if item.raw.strip() != "[DONE]"]
        if _ENDS.match(last.kind):  # its kind says it already
            return False
        for way, leaf in leaves(last.value):
            name = way[-1] if way else ""
            if leaf is True and _ENDS.match(name) and not any(look(item.value, way) is True for item in before):
                rule: Table = {"when": {dotted(way): True}, "done": True, **self._usage([last.value])}
                if look(last.value, self.said.path) is not None and last.kind == self.said.kind:
                    rule["replace" if self.said.grows else "text"] = dotted(self.said.path)
                self.rules.append(rule)
                return True
        return False

    def _condition(self, kind: str) -> Table:
        if not kind:
            return {}
        return {"when": {self.key: kind}} if self.key else {"event": kind}

    def _of(self, kind: str, *, ends: bool) -> Table:
        """The rule of one kind of frame."""
        rule = self._condition(kind)
        if self.said.kind == kind:
            rule["replace" if self.said.grows else "text"] = dotted(self.said.path)
            if self.said.grows:
                self.words.append("It sends the whole text so far each time.")
        if self.thought is not None and self.thought.kind == kind:
            says_little = len(self.thought.texts) == 1 or _STATES.search(
                self.thought.path[-1] if self.thought.path else ""
            )
            rule["thinking" if says_little else "reasoning"] = dotted(self.thought.path)
        values = [item.value for item in self.items if item.kind == kind]
        if kept := {name: way for name, way in self.remembered.items() if any(look(v, path(way)) for v in values)}:
            rule["set"] = kept
        rule |= self._usage(values)
        if not ends and (done := self._done(kind, values)) is not None:
            rule["done"] = done
        if kind and len(rule) == 1:
            rule |= {"error": self._words_of_error(values)} if _ERRORS.match(kind) else {"ignore": True}
        return rule

    def _done(self, kind: str, values: list[JSON]) -> JSON:
        last = [item for item in self.items if item.raw.strip() != "[DONE]"][-1]
        if kind and _ENDS.match(kind.rsplit(".", 1)[-1]):
            return True
        if last.kind != kind:
            return None
        for way, leaf in leaves(last.value):
            name = way[-1] if way else ""
            if isinstance(leaf, str) and leaf and re.search(r"(finish|stop)_?reason$", name, re.IGNORECASE):
                return dotted(way)
        alone = kind and len(values) == 1 and kind != self.said.kind
        return True if alone else None

    def _usage(self, values: list[JSON]) -> Table:
        found: Table = {}
        for value in values:
            for way, leaf in leaves(value):
                if isinstance(leaf, int) and way:
                    if _INPUT.search(way[-1]):
                        found.setdefault("input", dotted(way))
                    elif _OUTPUT.search(way[-1]):
                        found.setdefault("output", dotted(way))
        return {"usage": found} if found else {}

    def _ids(self) -> None:
        counted: Counter[tuple[str, str]] = Counter()
        for item in self.items:
            for way, leaf in leaves(item.value):
                if isinstance(leaf, str) and way and _IDS.search(way[-1]):
                    counted[re.sub(r"(?<=[a-z])(?=[A-Z])", "_", way[-1]).lower(), dotted(way)] += 1
        for (name, place), _ in counted.most_common():
            self.remembered.setdefault(name, place)

    def _errors(self, kinds: list[str]) -> None:
        """Errors were not in the sample, but they will come."""
        if any(_ERRORS.match(kind) for kind in kinds):
            return
        if not any(kinds):
            self.rules.insert(0, {"error": ["error.message", "error"]})
            return
        condition: Table = {"when": {self.key: "error"}} if self.key else {"event": "error"}
        self.rules.append({**condition, "error": ["message", "error", "$"]})

    @staticmethod
    def _words_of_error(values: list[JSON]) -> JSON:
        names = [way for value in values for way, leaf in leaves(value) if isinstance(leaf, str)]
        best = [dotted(way) for way in names if way and re.search(r"message|detail|error", way[-1], re.IGNORECASE)]
        return [*dict.fromkeys(best), "$"]
