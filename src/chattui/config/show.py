"""What counts in the end, for `chattui config show`: file, defaults and presets, merged. No value of a secret."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from chattui import safe
from chattui.config import check, options, read, ruled, values, where
from chattui.config.result import Config, Layer
from chattui.redaction import names_secret
from chattui.secret import Secret

_NAMES_OF_KEYS = ("api_key", "apikey", "key", "token", "api_token", "secret", "password", "bearer", "auth")
_PASSWORD = re.compile(r"(://[^/@:]*:)[^@]*@")


def show(config: Config, *, origin: bool = False) -> str:
    """The configuration as TOML-like lines; secrets stand as `<env LAB_KEY, set>`. `origin` adds where each came from.

    Endpoints with a mistake are shown too, marked as disabled: their merged values help to find it.
    """
    return "\n".join(_lines(config, _Places(config) if origin else None)) + "\n"


class _Places:
    """The line in the file of each key, read again for this question only."""

    def __init__(self, config: Config) -> None:
        self.file = config.file
        try:
            source = read.text(self.file.read_bytes()) if self.file else ""
            self.found = where.positions(source)
        except (OSError, read.Unreadable):
            self.found = {}

    def words(self, layer: Layer | None, way: where.Path) -> str:
        match layer:
            case Layer("preset", name):
                return f"preset {name}"
            case Layer("defaults"):
                way = ("defaults", *way)
            case Layer(_, name):
                way = ("endpoints", name, *way)
            case None:
                pass
        place = where.nearest(self.found, way)
        return f"{self.file}:{place[0]}" if place else str(self.file)


def _lines(config: Config, places: _Places | None) -> Iterator[str]:
    if config.default:
        said = "default" in config.said
        yield _line("default", json.dumps(config.default, ensure_ascii=False), _origin(places, ("default",), said=said))
    for key in ("theme", "mouse", "titles", "list_width"):
        value = getattr(config, key)
        if value != "":
            yield _line(key, _value(value, config), _origin(places, (key,), said=key in config.said))
    for key in ("bell", "osc9", "after"):
        said = key in config.said.get("notify", {})
        value = getattr(config.notify, key)
        yield _line(f"notify.{key}", _value(value, config), _origin(places, ("notify", key), said=said))
    if keys := config.said.get("keys"):
        yield ""
        yield "[keys]"
        for way, value in _leaves(keys, ()):
            words = places.words(None, ("keys", *way)) if places else ""
            yield _line(check.dotted(way), _value(value, config), words)
    for name, layers in config.layers.items():
        yield ""
        yield f"[{check.dotted(('endpoints', name))}]" + (
            "" if name in config.endpoints else "   # disabled by a mistake"
        )
        for way, (value, layer) in _effective(layers).items():
            yield _line(check.dotted(way), _value(value, config, way), places.words(layer, way) if places else "")


def _origin(places: _Places | None, way: where.Path, *, said: bool) -> str:
    if places is None:
        return ""
    return places.words(None, way) if said else "the first one" if way == ("default",) else "built in"


def _line(key: str, value: str, words: str) -> str:
    line = f"{key} = {value}"
    return f"{line:<60} # {safe.line(words)}" if words else line


def _effective(layers: tuple[Layer, ...]) -> dict[where.Path, tuple[Any, Layer]]:
    """Every leaf of the merged tables, with the layer that it comes from. Strongest last, as in `check`."""
    found: dict[where.Path, tuple[Any, Layer]] = {}
    for layer in layers:
        for way, value in _leaves(layer.table, ()):
            for older in [path for path in found if _same(path[: len(way)], way) or _same(way[: len(path)], path)]:
                del found[older]
            found[way] = (value, layer)
    return found


def _same(one: where.Path, other: where.Path) -> bool:
    if other[:1] == ("headers",):
        return [str(part).lower() for part in one] == [str(part).lower() for part in other]
    return one == other


def _leaves(value: Mapping[str, Any], way: where.Path) -> Iterator[tuple[where.Path, Any]]:
    for key, item in value.items():
        if isinstance(item, Mapping) and item and not _reference(item):
            yield from _leaves(item, (*way, key))
        else:
            yield (*way, key), item


def _reference(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in values.SOURCES


def _value(value: Any, config: Config, way: where.Path = ()) -> str:
    if isinstance(value, Secret) or (isinstance(value, str) and _may_be_a_key(way)):
        return "<in the file>" if value else '""'
    if _reference(value):
        return _told(value, config)
    if way in {("proxy",), ("url",)} and isinstance(value, str):
        value = _PASSWORD.sub(r"\1***@", value).partition("?")[0]
    if isinstance(value, Mapping):
        return (
            "{ " + ", ".join(f"{key} = {_value(item, config)}" for key, item in value.items()) + " }" if value else "{}"
        )
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item, config) for item in value) + "]"
    try:
        return safe.clean(json.dumps(value, ensure_ascii=False))
    except TypeError:  # a date, which is a mistake of its own
        return safe.line(str(value))


def _may_be_a_key(way: where.Path) -> bool:
    """Whether a text at this place may be one: also under a name that is not read, if it is near to that of a key."""
    if not way:
        return False
    if way[0] in {"headers", "query"}:
        return names_secret(str(way[-1]))
    unknown = way[0] not in ruled.options(options.ENDPOINT)
    return way[0] == "api_key" or (unknown and bool(difflib.get_close_matches(str(way[0]).lower(), _NAMES_OF_KEYS, 1)))


def _told(reference: Mapping[str, Any], config: Config) -> str:
    kind, value = next(iter(reference.items()))
    if kind == "env":
        state = "set" if str(config.environ.get(str(value), "")).strip() else "not set"
        return f"<env {safe.line(str(value), 60)}, {state}>"
    first = value[0] if isinstance(value, list) and value else value
    return f"<{kind} {safe.line(str(first).split(' ')[0] if kind == 'cmd' else str(first), 60)}>"
