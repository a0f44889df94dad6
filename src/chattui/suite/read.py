"""A suite's TOML, read: `[defaults]` under every `[[case]]`, and `expect` in both."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from chattui import safe
from chattui.config.values import meant
from chattui.errors import ConfigError
from chattui.suite import Case, Expected

MOST_CASES = 1000
KINDS = (
    "text", "replaced", "reasoning", "tool", "choices", "sources", "file", "notice", "usage", "state", "model",
    "thinking", "done", "ignored", "unmatched", "unreadable", "error",
)  # fmt: skip
STATES = ("complete", "incomplete", "stopped", "failed")


class _Wrong(ValueError):
    """A mistake: what is wrong with a value, in words that follow the key's name."""


def read(path: Path) -> tuple[Case, ...]:
    """The cases of a suite, in their order. Raises ConfigError for the first mistake."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {(error.strerror or 'unknown error').lower()}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is no TOML: {safe.line(str(error), 200)}.") from None
    try:
        defaults, cases = _parts(table)
    except _Wrong as error:
        raise ConfigError(f"{path}: {error}") from None
    made = []
    for number, case in enumerate(cases, 1):
        name = case.get("name", f"case {number}") if isinstance(case, Mapping) else f"case {number}"
        try:
            made.append(_case(case, defaults, str(name), path.parent))
        except _Wrong as error:
            raise ConfigError(f"{path}: [[case]] {number} (‘{safe.line(str(name), 60)}’): {error}") from None
    return tuple(made)


def _parts(table: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Any]]:
    _known(table, ("defaults", "case"))
    defaults, cases = table.get("defaults", {}), table.get("case", [])
    if not isinstance(defaults, Mapping) or not isinstance(cases, list) or not cases:
        raise _Wrong("it needs at least one [[case]].")
    if len(cases) > MOST_CASES:
        raise _Wrong(f"it has more than {MOST_CASES} cases.")
    return defaults, cases


def _case(case: Any, defaults: Mapping[str, Any], name: str, folder: Path) -> Case:
    if not isinstance(case, Mapping):
        raise _Wrong("must be a table.")
    expect = {**_table(defaults.get("expect", {}), "expect"), **_table(case.get("expect", {}), "expect")}
    said = {**defaults, **case}
    _known(said, ("name", "endpoint", "tape", "prompt", "turns", "model", "system", "params", "expect"))
    turns = _texts(said.get("turns", said.get("prompt", ())), "turns")
    tape = said.get("tape")
    if tape is not None and not isinstance(tape, str):
        raise _Wrong("tape must be the name of a file.")
    if tape is None and not turns:
        raise _Wrong("needs a prompt, or a tape.")
    return Case(
        name,
        _expected(expect),
        _text(said.get("endpoint", ""), "endpoint"),
        folder / tape if tape is not None else None,
        turns,
        _text(said.get("model", ""), "model"),
        _text(said["system"], "system") if "system" in said else None,
        _table(said.get("params", {}), "params"),
    )


def _expected(table: Mapping[str, Any]) -> Expected:
    _known(table, tuple(_EXPECTED))
    return Expected(**{key: _EXPECTED[key](value, key) for key, value in table.items()})


def _known(table: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for key in table:
        if key not in names:
            raise _Wrong(f"there is no key ‘{safe.line(str(key), 40)}’. {meant(str(key), names)}".rstrip())


def _table(value: Any, key: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Wrong(f"{key} must be a table.")
    return dict(value)


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"{key} must be text.")
    return value


def _texts(value: Any, key: str) -> tuple[str, ...]:
    found = value if isinstance(value, list | tuple) else [value]
    return tuple(_text(item, key) for item in found)


def _patterns(value: Any, key: str) -> tuple[str, ...]:
    found = _texts(value, key)
    for pattern in found:
        try:
            re.compile(pattern)
        except re.error as error:
            raise _Wrong(f"{key}: ‘{safe.line(pattern, 40)}’ is no regular expression: {error}.") from None
    return found


def _among(names: tuple[str, ...]) -> Callable[[Any, str], str]:
    def one(value: Any, key: str) -> str:
        if value not in names:
            raise _Wrong(f"{key} is one of {', '.join(names)}. {meant(str(value), names)}".rstrip())
        return str(value)

    return one


def _kinds(value: Any, key: str) -> tuple[str, ...]:
    one = _among(KINDS)
    return tuple(one(item, key) for item in _texts(value, key))


def _seconds(value: Any, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise _Wrong(f"{key} must be seconds, 0 or more.")
    return float(value)


def _whole(value: Any, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _Wrong(f"{key} must be a whole number.")
    return value


def _flag(value: Any, key: str) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"{key} must be true or false.")
    return value


_EXPECTED: Mapping[str, Callable[[Any, str], Any]] = {
    "state": _among(STATES), "text": _patterns, "not_text": _patterns, "events": _kinds, "first_text": _seconds,
    "gap": _seconds, "total": _seconds, "min_events": _whole, "end_marker": _flag, "status": _whole, "usage": _flag,
    "lint": _flag,
}  # fmt: skip
