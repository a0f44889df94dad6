"""Parameters as people write them: TOML lines, and NAME=VALUE on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from chattui import safe
from chattui.config import read, values
from chattui.errors import ConfigError
from chattui.events import JSON

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def lines(params: Mapping[str, JSON]) -> str:
    """The parameters as TOML, one a line; null, which TOML does not have, is left out."""
    return "\n".join(f"{_key(name)} = {_value(value)}" for name, value in params.items() if value is not None)


def parsed(text: str) -> dict[str, JSON]:
    """The parameters that TOML lines describe. Raises ConfigError for the first mistake."""
    found: dict[str, JSON] = {}
    try:
        for name, value in read.table(text).items():
            found[name] = values.json(value, values.At())
    except read.Unreadable as error:
        where = f"Line {error.line}: " if error.line else ""
        raise ConfigError(f"{where}{error.text}", hint=error.hint) from None
    except values.Wrong as error:
        raise ConfigError(f"‘{safe.line(name, 40)}’ {error.text}", hint=error.hint) from None
    return found


def given(words: Iterable[str], params: Mapping[str, JSON], own: Mapping[str, JSON]) -> dict[str, JSON]:
    """A conversation's `params` with each `name=value` of a command line laid over them. The value is TOML, or else a
    text as it is (`reasoning_effort=high`); without one the parameter goes. Dots lead into tables, which begin as those
    of the endpoint's `own` parameters: `thinking.type=enabled`. Raises ConfigError.
    """
    found = dict(params)
    for word in words:
        name, sign, value = word.partition("=")
        path = [part.strip() for part in name.split(".")]
        if not sign or not all(map(_BARE.fullmatch, path)):
            raise ConfigError(f"‘{safe.line(word, 60)}’ is no parameter.", hint="Write it as -p temperature=0.2.")
        if len(path) > 1 and path[0] not in found and isinstance(own.get(path[0]), Mapping):
            found[path[0]] = own[path[0]]
        _put(found, path, value.strip())
    return found


def _put(table: dict[str, JSON], path: list[str], value: str) -> None:
    first, *rest = path
    if rest:
        inner = table.get(first)
        table[first] = dict(inner) if isinstance(inner, Mapping) else {}
        _put(table[first], rest, value)
        if not table[first]:
            del table[first]
    elif value:
        table[first] = _said(value)
    else:
        table.pop(first, None)


def _said(value: str) -> JSON:
    """A TOML value; what is none is text."""
    try:
        found = parsed(f"value = {value}") if "\n" not in value else {}
    except ConfigError:
        found = {}
    return found.get("value", value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _value(value: JSON) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case list():
            return "[" + ", ".join(_value(item) for item in value if item is not None) + "]"
        case Mapping():
            inner = ", ".join(f"{_key(name)} = {_value(item)}" for name, item in value.items() if item is not None)
            return f"{{ {inner} }}" if inner else "{}"
        case _:
            return repr(value)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character.isprintable() and safe.clean(character) == character:
        return character
    code = ord(character)
    return "\N{REPLACEMENT CHARACTER}" if 0xD800 <= code < 0xE000 else f"\\U{code:08x}"
