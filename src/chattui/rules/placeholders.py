"""Request templates: JSON with `{placeholders}` in its texts, and how they are filled. Pure.

"{prompt}"                exactly one placeholder: the value keeps its JSON type
"Re: {prompt}"            part of a text: the value as text
"{remote.thread?}"        unknown: the key is left out; without ? it is null, or nothing within a text
{ "..." = "{params}" }    the fields of the value stand in the table itself, over those written beside
"{{name}}"                the text {name}
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chattui import safe
from chattui.events import JSON

WHOLE = ("prompt", "messages", "history", "system", "model", "user", "uuid", "params")
"""Placeholders that are one word."""
FIXED = ("conversation.id", "message.id")
OPEN = ("param", "remote")
"""Placeholders that are followed by a name of the user's or the server's: `{param.bot}`, `{remote.thread}`."""
SPREAD = "..."

UNKNOWN: Final = object()
"""What an optional placeholder without a value is filled with."""

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}|\{\s*([A-Za-z_][\w.-]*)\s*(\?)?\s*\}")


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a place of a value: the way there, and words that follow the key's name."""

    path: tuple[str | int, ...]
    text: str
    hint: str = ""
    severity: str = "error"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{name}` or `{name?}`."""

    name: str
    optional: bool = False


def found(value: JSON) -> Iterator[Placeholder]:
    """Every placeholder of a template."""
    match value:
        case str():
            for match in _PLACEHOLDER.finditer(value):
                if match[2]:
                    yield Placeholder(match[2], bool(match[3]))
        case Mapping():
            for item in value.values():
                yield from found(item)
        case list() | tuple():
            for item in value:
                yield from found(item)


def mistakes(value: JSON, path: tuple[str | int, ...] = ()) -> Iterator[Mistake]:
    """What is wrong with the placeholders of a template."""
    match value:
        case str():
            for match in _PLACEHOLDER.finditer(value):
                if match[1] is not None:
                    if is_known(match[1].rstrip("?")):
                        yield Mistake(path, f"has two braces around ‘{match[1]}’.", f"Write {{{match[1]}}}.")
                elif not is_known(match[2]):
                    yield Mistake(path, f"has an unknown placeholder {safe.line(match[0], 60)}.", _meant(match[2]))
        case Mapping():
            for key, item in value.items():
                yield from mistakes(item, (*path, key))
                if key == SPREAD and not (isinstance(item, Mapping) or _alone(item)):
                    yield Mistake((*path, key), "must be one placeholder for a table.", 'For example "{params}".')
        case list() | tuple():
            for at, item in enumerate(value):
                yield from mistakes(item, (*path, at))


def is_known(name: str) -> bool:
    """Whether a placeholder of this name exists."""
    root, dot, rest = name.partition(".")
    return name in WHOLE or name in FIXED or (root in OPEN and bool(dot) and all(rest.split(".")))


def _meant(name: str) -> str:
    root, dot, rest = name.partition(".")
    for wrong, right in (("params", "param"), ("server", "remote"), ("var", "param"), ("vars", "param")):
        if root == wrong and dot and rest:
            return f"Did you mean {{{right}.{rest}}}?"
    import difflib  # noqa: PLC0415 - only for a mistake

    known = (*WHOLE, *FIXED)
    synonyms = {"message": "prompt", "question": "prompt", "query": "prompt", "input": "prompt", "text": "prompt"}
    close = (
        [synonyms[name.lower()]] if name.lower() in synonyms else difflib.get_close_matches(name.lower(), known, n=1)
    )
    if close:
        return f"Did you mean {{{close[0]}}}? For those braces themselves write two: {{{{{safe.line(name, 30)}}}}}."
    names = ", ".join(f"{{{word}}}" for word in (*known, "param.NAME", "remote.NAME"))
    return f"Known are {names}."


def _alone(value: JSON) -> re.Match[str] | None:
    match = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    return match if match and match[2] else None


def filled(template: JSON, values: Mapping[str, JSON]) -> JSON:
    """The template with its placeholders filled; UNKNOWN when it is an optional one without a value.

    `values`: by the name of the placeholder; what is absent, null or empty is unknown.
    """
    match template:
        case str():
            return _text(template, values)
        case Mapping():
            made = {key: filled(item, values) for key, item in template.items()}
            spread = made.pop(SPREAD, None)
            result = {key: value for key, value in made.items() if value is not UNKNOWN}
            return {**result, **spread} if isinstance(spread, Mapping) else result
        case list() | tuple():
            return [value for item in template if (value := filled(item, values)) is not UNKNOWN]
    return template


def _text(template: str, values: Mapping[str, JSON]) -> JSON:
    if match := _alone(template):
        value = values.get(match[2])
        return UNKNOWN if match[3] and is_empty(value) else value
    missing = False

    def text_of(match: re.Match[str]) -> str:
        nonlocal missing
        if match[1] is not None:
            return f"{{{match[1]}}}"
        value = values.get(match[2])
        missing = missing or (bool(match[3]) and is_empty(value))
        return as_text(value)

    text = _PLACEHOLDER.sub(text_of, template)
    return UNKNOWN if missing else text


def is_empty(value: JSON) -> bool:
    """Whether a placeholder with `?` counts as unknown. 0 and false are values."""
    return value is None or (isinstance(value, str | list | tuple | Mapping) and not value)


def as_text(value: JSON) -> str:
    """A value within a text: texts as they are, nothing for null, everything else as JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
