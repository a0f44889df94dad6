"""How single values of the file are read: each reader checks one value and returns what the program works with.

A reader raises Wrong for a value it cannot use; the table around it notes the mistake and reads on, so that every
mistake of a file is found at once. Values that may hold a secret are never part of a message.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from chattui import safe
from chattui.config.where import Path as Way

SOURCES = ("env", "cmd", "file", "keyring")
"""Where a secret may come from: the keys of `{ env = … }` and its kind."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Wrong(Exception):
    """A value that cannot be used, in words that follow the name of its key."""

    def __init__(self, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong at a place in the file."""

    path: Way
    text: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"


@dataclass(frozen=True, slots=True)
class At:
    """A place in the file, and what reading there may use."""

    path: Way = ()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: Path = Path("/config.toml")
    """Relative file names start from its folder, never from the working directory."""
    commands: bool = True
    """False when others may change the file: its commands are not run."""
    mistakes: list[Mistake] = field(default_factory=list)

    def __truediv__(self, key: str | int) -> At:
        return replace(self, path=(*self.path, key))

    def wrong(self, text: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(self.path, text, hint))

    def warn(self, text: str, hint: str = "") -> None:
        self.mistakes.append(Mistake(self.path, text, hint, "warning"))


Read = Callable[[Any, At], Any]


@dataclass(frozen=True, slots=True)
class Option:
    """One key that a table may have: how it is read, and what the reference says about it."""

    read: Read
    type: str
    default: str
    meaning: str
    also: tuple[str, ...] = ()
    """What other programs call it, for "did you mean"."""
    options: Mapping[str, Option] = field(default_factory=dict)
    """The keys of its table, when it is one."""


Options = Mapping[str, Option]


def meant(word: str, known: Collection[str]) -> str:
    """‘Did you mean …?’ for a word that is close to a known one, else "". Case does not matter."""
    import difflib  # noqa: PLC0415 - only for a file with a mistake

    lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return f"Did you mean ‘{safe.line(lower[close[0]])}’?" if close else ""


def table(options: Options, value: Any, at: At) -> dict[str, Any]:
    """The known keys of a table, read; mistakes are noted and their keys left out. Raises Wrong when it is no table."""
    if not isinstance(value, Mapping):
        raise Wrong("must be a table: { key = value, … }.")
    found = {}
    for key, item in value.items():
        here = at / key
        if (option := options.get(key)) is None:
            here.wrong("is not a key that belongs here.", _meant_key(key, options))
            continue
        try:
            found[key] = option.read(item, here)
        except Wrong as wrong:
            here.wrong(wrong.text, wrong.hint)
    return found


def known(key: str, options: Options) -> str | None:
    """The key of this table that a key of another spelling, or of another program, stands for."""
    names = {other: name for name, option in options.items() for other in (name, *option.also)}
    return names.get(key.lower().replace("-", "_"))


def _meant_key(key: str, options: Options) -> str:
    if (name := known(key, options)) is not None:
        return f"Did you mean ‘{name}’?"
    return meant(key, options) or f"Known are {', '.join(sorted(options))}."


# ---------------------------------------------------------------- plain values


def is_reference(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in SOURCES


def variable(name: Any) -> str:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise Wrong(
            "names no environment variable.", 'Write { env = "NAME" }: the name of the variable, not its value.'
        )
    return name


def plain(value: Any, at: At) -> Any:
    """The value itself, or the text of the environment variable that `{ env = NAME }` stands for."""
    if not is_reference(value) or set(value) != {"env"}:
        return value
    name = variable(value["env"])
    if not at.environ.get(name, "").strip():
        raise Wrong(f"needs ${name}, which is not set.", f"Set it with export {name}=… and start chattui again.")
    return at.environ[name].strip()


def anything(value: Any, _at: At) -> Any:
    """The value as it is, for tables that are read elsewhere."""
    return value


def text(value: Any, at: At) -> str:
    found = plain(value, at)
    if not isinstance(found, str):
        raise Wrong("must be text.", 'Put it in quotes: "…".')
    return found


def word(value: Any, at: At) -> str:
    """Text of one line without control characters."""
    found = text(value, at).strip()
    if not found:
        raise Wrong("is empty.")
    if found != safe.clean(found) or "\n" in found or "\t" in found:
        raise Wrong("has a control or hidden character.", "Write it again by hand; something invisible came along.")
    return found


def flag(value: Any, _at: At) -> bool:
    if not isinstance(value, bool):
        raise Wrong("must be true or false, without quotes.")
    return value


def number(least: float, most: float) -> Read:
    def read(value: Any, _at: At) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise Wrong("must be a number, without quotes.")
        if not least <= value <= most:
            raise Wrong(f"must be between {least:g} and {most:g}.")
        return float(value)

    return read


def whole(least: int, most: int) -> Read:
    def read(value: Any, _at: At) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Wrong("must be a whole number, without quotes.")
        if not least <= value <= most:
            raise Wrong(f"must be between {least} and {most}.")
        return value

    return read


def one_of(names: Callable[[], Collection[str]]) -> Read:
    def read(value: Any, at: At) -> str:
        found = text(value, at)
        if found not in (all_of_them := names()):
            hint = meant(found, all_of_them) or f"Known are {', '.join(all_of_them)}."
            raise Wrong(f"does not know ‘{safe.line(found, 40)}’.", hint)
        return found

    return read


def texts(value: Any, _at: At) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        raise Wrong('must be a list of texts: ["…", "…"].')
    return tuple(value)


def existing_file(value: Any, at: At) -> Path:
    path = at.file.parent / Path(word(value, at)).expanduser()
    if not path.is_file():
        raise Wrong("is not a file that exists.", f"Looked for {safe.line(str(path))}.")
    return path


def json(value: Any, at: At) -> Any:
    """A value that JSON can carry, environment references filled in. Raises Wrong."""
    match plain(value, at):
        case float() as same if not math.isfinite(same):
            raise Wrong("holds nan or inf, which JSON does not have.")
        case bool() | int() | float() | str() as same:
            return same
        case list() as items:
            return [json(item, at) for item in items]
        case Mapping() as fields:
            return {key: json(item, at) for key, item in fields.items()}
        case _:
            raise Wrong("holds a date or time, which JSON does not have.", "Write it in quotes.")


def json_table(value: Any, at: At) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong("must be a table: { key = value, … }.")
    return {key: json(item, at) for key, item in value.items()}
