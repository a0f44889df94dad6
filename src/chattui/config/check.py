"""The table of a file to a Config: every mistake is noted, and only what it spoils is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chattui import keymap, presets, safe
from chattui.config import options, values, where
from chattui.config.result import Config, Layer, Notify, Problem
from chattui.config.values import At, Mistake, Wrong
from chattui.config.where import Path as Way
from chattui.endpoint import Auth, BodyEdits, Endpoint, Retry, Timeouts, Tls, origin_of
from chattui.redaction import names_secret
from chattui.secret import Secret

if TYPE_CHECKING:
    from chattui.rules import Rules

LONGEST_NAME = 64
SPOILS_ALL = frozenset({"proxy", "tls"})
"""Mistakes in these keys of [defaults] disable the endpoints that rely on them: a request takes no other road."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def config(table: Mapping[str, Any], at: At, *, seen_by_others: bool = False) -> Config:
    """The configuration that a parsed file describes. Its problems have no place yet: see `problems`."""
    said = values.table(options.TOP, table, at)
    _belongs_into_endpoint(table, at)

    keys, bad_keys = keymap.bindings(_table(said.pop("keys", {}), at / "keys"))
    for bad in bad_keys:
        at.mistakes.append(Mistake(("keys", *bad.path), bad.text, bad.hint, bad.severity))

    defaults_at = at / "defaults"
    defaults_table = _table(said.pop("defaults", {}), defaults_at)
    before = len(at.mistakes)
    defaults = values.table(_shared_only(), defaults_table, defaults_at)
    broken = {mistake.path[1] for mistake in at.mistakes[before:] if mistake.severity == "error"} & SPOILS_ALL

    endpoints: dict[str, Endpoint] = {}
    layers: dict[str, tuple[Layer, ...]] = {}
    entries = _table(said.pop("endpoints", {}), at / "endpoints", "Write a table [endpoints.NAME] for each.")
    for name, written in entries.items():
        here = at / "endpoints" / name
        reader = _Reader(name, here, defaults_table, defaults, broken)
        try:
            layers[name], found = reader.read(written)
        except Wrong as wrong:
            here.wrong(wrong.text, wrong.hint)
            continue
        if found is not None:
            endpoints[name] = found
    if seen_by_others:
        _warn_of_literals(entries, at)
    return Config(
        endpoints=endpoints,
        default=_default(said.get("default"), entries, endpoints, at / "default"),
        theme=said.get("theme", ""),
        mouse=said.get("mouse", Config().mouse),
        titles=said.get("titles", Config().titles),
        list_width=said.get("list_width", Config().list_width),
        notify=Notify(**said.get("notify", {})),
        keys=keys,
        said={key: table[key] for key in (*said, "keys") if key in table},
        layers=layers,
        environ=at.environ,
    )


def problems(mistakes: Iterable[Mistake], source: str, file: str) -> tuple[Problem, ...]:
    """The mistakes with their places, in the order of the file."""
    found = where.positions(source)
    placed = [_problem(mistake, where.nearest(found, mistake.path) or (0, 0), file) for mistake in mistakes]
    return tuple(sorted(placed, key=lambda problem: (problem.line, problem.column)))


def _problem(mistake: Mistake, place: where.Position, file: str) -> Problem:
    in_endpoint = len(mistake.path) > 1 and mistake.path[0] == "endpoints" and mistake.severity == "error"
    return Problem(
        mistake.text, mistake.hint, file, *place, dotted(mistake.path),
        str(mistake.path[1]) if in_endpoint else "", mistake.severity,
    )  # fmt: skip


def dotted(path: Way) -> str:
    """The key as it could be written in the file, safe to show."""
    parts = (f"[{part}]" if isinstance(part, int) else part if _BARE.fullmatch(part) else f'"{part}"' for part in path)
    return safe.line(".".join(parts).replace(".[", "["))


def _table(value: Any, at: At, hint: str = "") -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    at.wrong("must be a table.", hint or f"Write [{at.path[-1]}] on a line of its own, and its keys below.")
    return {}


def _shared_only() -> values.Options:
    """[defaults] takes what may be shared; the rest is known, and refused in words."""

    def refuse(_value: Any, _at: At) -> None:
        raise Wrong("belongs to one endpoint, not to all.", "Write it into [endpoints.NAME].")

    return {name: option if name in options.SHARED else replace(option, read=refuse)
            for name, option in options.ENDPOINT.items()}  # fmt: skip


def _belongs_into_endpoint(table: Mapping[str, Any], at: At) -> None:
    """A better hint for a key of an endpoint that stands at the top of the file."""
    for number, mistake in enumerate(at.mistakes):
        key = str(mistake.path[0])
        if key not in options.TOP and key in table and (name := values.known(key, options.ENDPOINT)) is not None:
            at.mistakes[number] = replace(mistake, hint=f"Write it as ‘{name}’ into a table [endpoints.NAME].")


def _default(wanted: str | None, entries: Mapping[str, Any], endpoints: Mapping[str, Endpoint], at: At) -> str:
    first = next(iter(endpoints), "")
    if wanted is None or wanted in endpoints:
        return wanted or first
    if wanted in entries:
        at.warn(f"‘{safe.line(wanted, 40)}’ is disabled by a mistake.")
        return first
    offered = ("demo",) if endpoints else ("demo", *presets.names())  # see chattui.discover
    if wanted in offered:
        return wanted
    known = (*entries, *offered)
    at.wrong(f"does not know the endpoint ‘{safe.line(wanted, 40)}’.", values.meant(wanted, known))
    return first


def _warn_of_literals(entries: Mapping[str, Any], at: At) -> None:
    for name, table in entries.items():
        if not isinstance(table, Mapping):
            continue
        headers = table.get("headers")
        named = headers.items() if isinstance(headers, Mapping) else ()
        literal: list[Way] = [
            ("headers", key) for key, value in named if names_secret(key) and value and isinstance(value, str)
        ]
        if isinstance(table.get("api_key"), str) and table["api_key"].strip():
            literal.insert(0, ("api_key",))
        if literal:
            here = replace(at, path=("endpoints", name, *literal[0]))
            here.warn("stands in a file that others can read.", "Run chmod 600 on it, or use { env = … }.")
            return


# ---------------------------------------------------------------- one endpoint


@dataclass(slots=True)
class _Reader:
    name: str
    at: At
    defaults_table: Mapping[str, Any]
    defaults: Mapping[str, Any]
    broken: set[Any]

    def read(self, written: Any) -> tuple[tuple[Layer, ...], Endpoint | None]:
        """The layers of the endpoint, and itself when nothing is wrong. Raises Wrong."""
        if not isinstance(written, Mapping):
            raise Wrong("must be a table.", f"Write [endpoints.{self.name}] on a line of its own, and its keys below.")
        if self.name != safe.line(self.name, LONGEST_NAME) or not self.name:
            raise Wrong(f"is no name: one line of at most {LONGEST_NAME} characters, without control characters.")
        before = len(self.at.mistakes)
        preset_name = written.get("preset", "")
        preset = presets.preset(preset_name).table if preset_name in presets.names() else {}
        known = options.of(written, preset)
        own = values.table(known, written, self.at)
        shipped = values.table(known, preset, replace(self.at, mistakes=[]))
        self._mind_the_key(own, shipped)
        merged = _merged(_merged(self.defaults, shipped), own)
        for key in sorted(self.broken - set(own) - set(shipped)):
            self.at.wrong(f"relies on the {key} of [defaults], which has a mistake.")
        self._needs(merged, self.at.mistakes[before:])
        sound = not any(mistake.severity == "error" for mistake in self.at.mistakes[before:])
        if sound and options.is_ruled(written, preset):
            from chattui.config import ruled  # noqa: PLC0415 - see options.of

            ruled.check(merged, self.at)
        layers = (
            Layer("defaults", "defaults", self.defaults_table),
            Layer("preset", preset_name, preset),
            Layer("file", self.name, _hidden(written)),
        )
        if any(mistake.severity == "error" for mistake in self.at.mistakes[before:]):
            return layers, None
        return layers, endpoint(self.name, merged, str(self.at.file))

    def _mind_the_key(self, own: Mapping[str, Any], shipped: dict[str, Any]) -> None:
        """A preset's key belongs to the preset's address: it is never sent to another one."""
        if "api_key" in own or "api_key" not in shipped or not own.get("url") or not shipped.get("url"):
            return
        if origin_of(own["url"]) != origin_of(shipped["url"]):
            source = shipped.pop("api_key").source
            (self.at / "url").warn(
                f"is not the preset's address, so the preset's key {source} is not sent there.",
                "Name the key that belongs to it: api_key = { env = … }; or api_key = false.",
            )

    def _needs(self, merged: Mapping[str, Any], mistakes: Iterable[Mistake]) -> None:
        url, provider = merged.get("url", ""), merged.get("provider", "")
        if not url and provider != "demo" and not any(mistake.severity == "error" for mistake in mistakes):
            self.at.wrong("needs an address.", 'Add url = "https://…/v1", or preset = "…".')
        if url.startswith("http://") and merged.get("api_key") is not None and not _loopback(url):
            (self.at / "url").warn("sends the key without encryption.", "Use https:// if the server can.")


def endpoint(name: str, merged: Mapping[str, Any], origin: str) -> Endpoint:
    """An Endpoint from the values of its layers."""
    body = merged.get("body", {})
    usual = "demo" if merged.get("url", "").startswith("demo:") else "openai-chat"
    provider = "rules" if "rules" in merged else merged.get("provider") or usual
    present = {
        key: merged[key]
        for key in ("path", "model", "models", "system", "params", "api_key", "proxy", "user", "preset", "record")
        if key in merged
    }
    return Endpoint(
        name,
        provider,
        merged.get("url") or "demo://chattui",
        headers={key: value for key, value in merged.get("headers", {}).items() if value is not None},
        query={key: value for key, value in merged.get("query", {}).items() if value is not None},
        body=BodyEdits(body.get("add", {}), body.get("drop", ())),
        auth=Auth(**merged["auth"]) if "auth" in merged else None,
        timeouts=Timeouts(**merged.get("timeouts", {})),
        retry=Retry(**merged.get("retry", {})),
        tls=Tls(**merged.get("tls", {})),
        origin=origin,
        rules=_rules(merged) if provider == "rules" else None,
        **present,
    )


def _rules(merged: Mapping[str, Any]) -> Rules:
    from chattui.config import ruled  # noqa: PLC0415 - see options.of

    return ruled.made(merged)


def from_preset(name: str, environ: Mapping[str, str], origin: str) -> Endpoint:
    """A preset as it is. Raises KeyError for an unknown name."""
    at = At(environ=environ)
    table = presets.preset(name).table
    shipped = values.table(options.of({}, table), table, at)
    return endpoint(name, {**shipped, "preset": name}, origin)


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """`over` laid on `base`: tables merge, everything else replaces. Headers are the same in any case."""
    result = dict(base)
    for key, value in over.items():
        if key == "headers":
            lower = {name.lower() for name in value}
            kept = {name: item for name, item in result.get(key, {}).items() if name.lower() not in lower}
            result[key] = {**kept, **value}
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        else:
            result[key] = value
    return result


def _hidden(written: Mapping[str, Any]) -> Mapping[str, Any]:
    key = written.get("api_key")
    return {**written, "api_key": Secret(key, "the configuration file")} if isinstance(key, str) else written


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.") or host.endswith(".localhost")
