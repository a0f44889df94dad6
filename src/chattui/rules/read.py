"""How rules are read from TOML: every mistake is noted with the keys that lead to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chattui.rules import Action, Condition, Kind, Path, Paths, Rule, path
from chattui.rules.placeholders import Mistake

MOST_RULES = 200


@dataclass(frozen=True, slots=True)
class Shape:
    """What an action may be given, and what the reference says about it."""

    meaning: str
    path: bool = True
    flag: bool = False
    """`true` may stand for no path."""
    fields: tuple[str, ...] = ()
    needs: str = ""
    """The field that a table must have."""
    named: bool = False
    """The names of the fields are the user's."""


ACTIONS: Mapping[Kind, Shape] = {
    "text": Shape("Text to append. A list of texts becomes paragraphs."),
    "replace": Shape("The whole text so far, for servers that send it cumulatively. An empty one is not taken."),
    "reasoning": Shape("Reasoning to append."),
    "thinking": Shape("The server says that it works; what it calls it.", flag=True),
    "tool": Shape("A tool is called.", path=False, fields=("name", "args", "id", "each"), needs="name"),
    "tool_result": Shape(
        "What it returned. Without `id` it belongs to the oldest open call of its name.",
        path=False, fields=("result", "name", "id", "failed", "each"), needs="result",
    ),
    "sources": Shape("Sources of the answer.", fields=("each", "url", "title", "snippet")),
    "choices": Shape("Answers that are offered.", fields=("each", "label", "value")),
    "usage": Shape(
        "Tokens, and the cost in dollars.", path=False, fields=("input", "output", "cached", "reasoning", "cost")
    ),
    "notice": Shape("Something to tell beside the answer."),
    "set": Shape("Values to keep as `{remote.NAME}` for later turns.", path=False, named=True),
    "error": Shape(
        "The reply failed, in these words. An object is searched for its message.",
        flag=True, fields=("text", "code"), needs="text",
    ),
    "done": Shape("The reply is whole: `true`, or when the path has a value.", flag=True, fields=("at", "reason")),
    "ignore": Shape("The frame is known and has nothing to show.", path=False, flag=True),
}  # fmt: skip
CONDITIONS = ("event", "data", "when")
_MEANT = {
    "append": "text", "delta": "text", "content": "text", "token": "text", "think": "reasoning", "status": "thinking",
    "end": "done", "finish": "done", "stop": "done", "fail": "error", "note": "notice", "remember": "set", "var": "set",
    "source": "sources", "citations": "sources", "buttons": "choices", "suggestions": "choices", "tokens": "usage",
    "input_tokens": "input", "prompt_tokens": "input", "output_tokens": "output", "completion_tokens": "output",
    "if": "when", "match": "when", "type": "when", "arguments": "args", "input": "args", "output": "result",
}  # fmt: skip


class _Reader:
    """Reads one value and notes what is wrong in it."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []

    def wrong(self, at: tuple[str | int, ...], text: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(at, text, hint))

    def rules(self, value: Any, at: tuple[str | int, ...]) -> tuple[Rule, ...]:
        if not isinstance(value, list) or not value:
            self.wrong(at, "must be a list of tables.", 'For example [{ event = "token", text = "delta" }].')
            return ()
        if len(value) > MOST_RULES:
            self.wrong(at, f"has more than {MOST_RULES} rules.")
            return ()
        read = [(number, self.rule(item, (*at, number))) for number, item in enumerate(value)]
        found = [(number, rule) for number, rule in read if rule is not None]
        for number, rule in found[:-1]:
            if _takes_all(rule):
                self.mistakes.append(
                    Mistake(
                        (*at, number), "takes every frame; the rules below it never apply.", "Put it last.", "warning"
                    )
                )
        return tuple(rule for _, rule in found)

    def rule(self, value: Any, at: tuple[str | int, ...]) -> Rule | None:
        if not isinstance(value, Mapping):
            self.wrong(at, "must be a table.", 'For example { event = "token", text = "delta" }.')
            return None
        before = len(self.mistakes)
        events: tuple[str, ...] = ()
        data: tuple[str, ...] = ()
        when: tuple[Condition, ...] = ()
        actions: list[Action] = []
        for key, item in value.items():
            here = (*at, key)
            if key in {"event", "data"}:
                words = item if isinstance(item, list) else [item]
                if not words or not all(isinstance(word, str) for word in words):
                    self.wrong(here, "must be text, or a list of texts.")
                elif key == "event":
                    events = tuple(words)
                else:
                    data = tuple(word.strip() for word in words)
            elif key == "when":
                when = tuple(self.conditions(item, here))
            elif key in ACTIONS:
                if (action := self.action(key, item, here)) is not None:
                    actions.append(action)
            else:
                known = (*CONDITIONS, *ACTIONS)
                self.wrong(here, "is neither a condition nor an action.", did_you_mean(key, known))
        if len(self.mistakes) > before:
            return None
        if not actions:
            self.wrong(at, "has no action.", "ignore = true is for frames that are known and not shown.")
            return None
        return Rule(events, data, when, tuple(sorted(actions, key=lambda action: _ORDER[action.kind])))

    def conditions(self, value: Any, at: tuple[str | int, ...]) -> Iterator[Condition]:
        if not isinstance(value, Mapping) or not value:
            self.wrong(at, "must be a table of paths and their values.", 'For example { "meta.kind" = "session" }.')
            return
        for way, wanted in flat(value):
            values = wanted if isinstance(wanted, list) else [wanted]
            if not values or not all(isinstance(item, str | int | float | bool) for item in values):
                self.wrong((*at, way[0]), "must be text, a number, true or false, or a list of them.")
                continue
            for steps in self.paths(".".join(way), (*at, way[0])):
                yield Condition(steps, tuple(values))

    def action(self, kind: Kind, value: Any, at: tuple[str | int, ...]) -> Action | None:
        shape = ACTIONS[kind]
        if isinstance(value, bool):
            if not (shape.flag and value):
                self.wrong(at, "must be a path." if shape.path else "cannot be true or false.", shape.meaning)
                return None
            return Action(kind)
        if isinstance(value, Mapping) and (shape.fields or shape.named):
            return self.table(kind, value, at)
        if not shape.path:
            example = ", ".join(f"{name} = …" for name in shape.fields[:2]) or "NAME = …"
            self.wrong(
                at, "must be true." if shape.flag else "must be a table.", "" if shape.flag else f"{{ {example} }}"
            )
            return None
        return Action(kind, self.paths(value, at))

    def table(self, kind: Kind, value: Mapping[str, Any], at: tuple[str | int, ...]) -> Action | None:
        shape = ACTIONS[kind]
        fields = {}
        for name, item in value.items():
            if not shape.named and name not in shape.fields:
                self.wrong((*at, name), "is not a key that belongs here.", did_you_mean(name, shape.fields))
            else:
                fields[name] = self.paths(item, (*at, name))
        if shape.needs and shape.needs not in value and len(fields) == len(value):
            self.wrong(at, f"needs ‘{shape.needs}’.")
        return Action(kind, fields=fields)

    def paths(self, value: Any, at: tuple[str | int, ...]) -> Paths:
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(isinstance(text, str) for text in texts):
            self.wrong(at, "must be a path, or a list of paths of which the first with a value counts.", '"a.b.0"')
            return ()
        found = []
        for text in texts:
            try:
                found.append(path(text))
            except ValueError as error:
                self.wrong(
                    at, str(error), 'Paths are keys and indices with dots: "choices.0.text"; "$" is the whole data.'
                )
        return tuple(found)


_ORDER = {kind: number for number, kind in enumerate(ACTIONS)}


def _takes_all(rule: Rule) -> bool:
    """Whether no frame can get past this rule."""
    certain = any(
        action.kind == "ignore" or (action.kind != "set" and (() in action.paths or _flagged(action)))
        for action in rule.actions
    )
    return certain and not (rule.events or rule.data or rule.when)


def _flagged(action: Action) -> bool:
    return not action.paths and not action.fields


def flat(table: Mapping[str, Any], before: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The leaves of a table. `when = { meta.kind = … }` without quotes is a nested table to TOML."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from flat(value, (*before, key))
        else:
            yield (*before, key), value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """‘Did you mean …?’, or what there is."""
    import difflib  # noqa: PLC0415 - only for a mistake

    names = tuple(known)
    meant = _MEANT.get(word.lower(), "")
    close = [meant] if meant in names else difflib.get_close_matches(word.lower(), names, n=1)
    return f"Did you mean ‘{close[0]}’?" if close else f"Known are {', '.join(names)}."


def read_rules(value: Any) -> tuple[tuple[Rule, ...], list[Mistake]]:
    """The rules of a TOML value, and every mistake in it."""
    reader = _Reader()
    return reader.rules(value, ()), reader.mistakes


def read_paths(value: Any) -> tuple[Paths, list[Mistake]]:
    """A path or a list of paths, and what is wrong with it."""
    reader = _Reader()
    return reader.paths(value, ()), reader.mistakes
