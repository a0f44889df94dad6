"""Endpoints as data: each file here is a preset, written in the language of the user's own configuration.

`[about]` says what it is (`title`), which environment variable usually holds its key (`env`), or on which loopback
port it usually listens (`port`); `[endpoints.NAME]` is the table that a user could have written.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Preset:
    """One shipped bundle. `table` is its endpoint as written; `text` the whole file."""

    name: str
    title: str
    table: Mapping[str, Any]
    text: str
    env: str = ""
    """The well-known variable of its key; "" = there is none, or the key alone is not enough."""
    port: int = 0
    """The usual port of a local server; 0 = it is not one."""


@cache
def names() -> tuple[str, ...]:
    """The names of all presets, sorted."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def preset(name: str) -> Preset:
    """The preset of this name. Raises KeyError."""
    if name not in names():
        raise KeyError(name)
    text = (FOLDER / f"{name}.toml").read_text(encoding="utf-8")
    read = tomllib.loads(text)
    about = read["about"]
    return Preset(name, about["title"], read["endpoints"][name], text, about.get("env", ""), about.get("port", 0))
