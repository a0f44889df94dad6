"""A table as TOML at the end of the configuration, and a key in a file of its own beside it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chattui import config, disk
from chattui.config.result import Problem
from chattui.errors import ConfigError


def toml(name: str, table: Mapping[str, Any]) -> str:
    """`[endpoints.NAME]` and its keys, a line each and a rule a line, as a person would write it.

    A library for writing TOML would give each of the small tables a heading of its own.
    """
    lines = [f"[endpoints.{_key(name)}]"]
    for key, value in table.items():
        if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
            rows = "".join(f"  {_value(item)},\n" for item in value)
            lines.append(f"{_key(key)} = [\n{rows}]")
        else:
            lines.append(f"{_key(key)} = {_value(value)}")
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    match value:
        case Mapping():
            return (
                "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
                if value
                else "{}"
            )
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
        case None:
            return '""'
        case _:  # texts, numbers and truth are written as in JSON, but for DEL and lone surrogates
            text = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
            return text.encode("utf-8", "replace").decode()


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _value(key)


def mistakes(name: str, table: Mapping[str, Any], environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """What the configuration would say of this endpoint."""
    return config.load_text(toml(name, table), environ).errors


def append(path: Path, text: str) -> None:
    """Put the text at the end of the configuration, which is made (0600) where there is none; what stands there stays.

    Raises ConfigError, and changes nothing then.
    """
    try:
        before = path.read_bytes() if path.exists() else b""
        gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
        disk.private_folder(path.parent)
        target = path.resolve()  # a link to a file that is kept elsewhere stays one
        disk.replace(target, before + gap + text.encode())
    except OSError as error:
        raise _refused(path, error) from None


def keep_key(path: Path, value: str) -> None:
    """Write a key to a file that only its owner may read. Never replaces one. Raises ConfigError."""
    try:
        disk.private_folder(path.parent)
        with open(path, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(f"{value}\n")
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> ConfigError:
    reason = "it exists already" if isinstance(error, FileExistsError) else (error.strerror or "refused").lower()
    return ConfigError(f"{path} cannot be written: {reason}.", hint="Nothing was changed.")
