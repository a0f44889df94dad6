"""`[keys]` of the TOML, laid over the keys that `chattui.actions` gives every action.

Keys are named as in Textual; any printable character may also stand for itself: "[" is "left_square_bracket".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from chattui.actions import ACTIONS, Action

MODIFIERS = ("alt", "ctrl", "hyper", "meta", "shift", "super")
"""In the order in which they stand in a key's name."""
NAMED = frozenset((
    "escape", "enter", "tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", *(f"f{number}" for number in range(1, 25)),
))  # fmt: skip
SAME_BYTES = {"ctrl+m": "enter", "ctrl+i": "tab", "ctrl+h": "backspace", "ctrl+left_square_bracket": "escape"}
"""Keys that most terminals cannot tell from another one."""
OTHER_NAMES = {
    "esc": "escape", "return": "enter", "cr": "enter", "del": "delete", "ins": "insert", "bs": "backspace",
    "pgup": "pageup", "page_up": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "page_down": "pagedown",
    "control": "ctrl", "c": "ctrl", "option": "alt", "opt": "alt", "a": "alt", "m": "alt", "cmd": "super", "s": "shift",
}  # fmt: skip
_SHORTER = {"solidus": "slash", "reverse_solidus": "backslash", "commercial_at": "at", "hyphen_minus": "minus",
            "plus_sign": "plus", "low_line": "underscore"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BadBinding:
    """What is wrong in `[keys]`: where, counted from that table, and in which words."""

    path: tuple[str | int, ...]
    text: str
    hint: str = ""
    severity: Literal["error", "warning"] = "error"


class BadKey(ValueError):
    """A name that no key has. The first argument is the sentence, the second what to do."""


def bindings(table: Mapping[str, Any]) -> tuple[dict[str, tuple[str, ...]], tuple[BadBinding, ...]]:
    """The keys of every action with `[keys]` laid over the defaults, and the mistakes in it.

    `"conversation.new" = "alt+n"`, a list of keys, or "" or false to unbind. One with a mistake keeps its default.
    A key that another action has by default moves to the action that names it, with a warning; between two that name
    the same key it is an error, and the first one has it.
    """
    known = {action.id: action for action in ACTIONS}
    said: dict[str, tuple[str, ...]] = {}
    bad: list[BadBinding] = []
    places: dict[str, tuple[str | int, ...]] = {}
    for path, value in _flat(table, ()):
        name = ".".join(path)
        if (action := known.get(name)) is None:
            bad.append(BadBinding(path, "is no action.", _close(name, known) or "The help (f1) lists every action."))
        elif (keys := _keys(action, path, value, bad)) is not None:
            said[name], places[name] = keys, path
    found = {action.id: said.get(action.id, action.keys) for action in ACTIONS}
    for name, keys in said.items():
        for key in keys:
            for other in _rivals(known[name], key, found):
                if other not in said:
                    found[other] = tuple(held for held in found[other] if held != key)
                    text, hint = (
                        f"takes {key} from {other}.",
                        f'To say that it is meant: "{other}" = "" or another key.',
                    )
                    bad.append(BadBinding(places[name], text, hint, "warning"))
                elif list(said).index(other) < list(said).index(name):
                    found[name] = tuple(held for held in found[name] if held != key)
                    bad.append(
                        BadBinding(places[name], f"wants {key}, which is already {other}.", "Give one another key.")
                    )
    return found, tuple(bad)


def _flat(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*path, name))
        else:
            yield (*path, name), value


def _keys(action: Action, path: tuple[str, ...], value: Any, bad: list[BadBinding]) -> tuple[str, ...] | None:
    """The keys that are meant, or None when one of them is wrong."""
    if value is False or value == "":
        return ()
    wanted = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in wanted):
        bad.append(
            BadBinding(path, "must be a key, a list of keys, or false.", 'For example "ctrl+n" or ["f6", "ctrl+n"].')
        )
        return None
    keys: list[str] = []
    for at, item in enumerate(wanted):
        where: tuple[str | int, ...] = (*path, at) if isinstance(value, list) else path
        try:
            key = normal(item)
        except BadKey as error:
            bad.append(BadBinding(where, *error.args))
            continue
        if action.scope in {"anywhere", "prompt"} and types(key):
            text = f"cannot be {key}: that key types in the prompt."
            bad.append(BadBinding(where, text, f"Add a modifier, such as ctrl+{key}, or take a function key."))
        elif key not in keys:
            keys.append(key)
    return tuple(keys) if len(keys) == len(set(wanted)) else None


def _rivals(action: Action, key: str, found: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The other actions that would answer to the key where this one does."""
    return [
        other.id
        for other in ACTIONS
        if other.id != action.id
        and key in found[other.id]
        and (action.scope == other.scope or "anywhere" in {action.scope, other.scope})
    ]


def normal(name: str) -> str:
    """The key's name as Textual has it. Raises BadKey."""
    *modifiers, key = name.split("+") if name != "+" and not name.endswith("++") else [*name[:-2].split("+"), "+"]
    modifiers = [modifier for modifier in modifiers if modifier]
    if len(key) == 1 and not key.isalnum():
        key = "space" if key == " " else _sign(key)
    strange = [part for part in modifiers if part not in MODIFIERS]
    if strange or not _is_key(key):
        raise BadKey(f"does not know the key ‘{_shown(name)}’.", _key_meant(name))
    if modifiers and len(key) == 1 and key.isalpha() and not key.islower():
        raise BadKey(f"has a capital in ‘{_shown(name)}’.", f"Write {'+'.join([*modifiers, key.lower()])}.")
    if modifiers == ["shift"] and len(key) == 1:
        raise BadKey(f"cannot be {name}: terminals send the character itself.", f"Write {key.upper()}.")
    found = "+".join([*sorted(set(modifiers)), key])
    if (same := SAME_BYTES.get(found)) is not None:
        raise BadKey(f"cannot be {found}: terminals send the same for {same}.", "Take another key.")
    return found


def types(key: str) -> bool:
    """Whether the key writes a character when the prompt has the focus."""
    return key not in NAMED - {"space"} and "+" not in key


def _is_key(key: str) -> bool:
    return key in NAMED or (key.isalnum() if len(key) == 1 else key in _signs())


@cache
def _signs() -> frozenset[str]:
    """The names that Textual gives to the signs of the common alphabets."""
    return frozenset(_sign(chr(code)) for code in range(0x21, 0x2190) if _is_sign(chr(code)))


def _is_sign(character: str) -> bool:
    return character.isprintable() and not character.isalnum() and character != " "


def _sign(character: str) -> str:
    import unicodedata  # noqa: PLC0415 - only for keys that somebody has bound

    name = unicodedata.name(character, "").lower().replace("-", "_").replace(" ", "_")
    return _SHORTER.get(name, name)


def _key_meant(name: str) -> str:
    parts = [
        OTHER_NAMES.get(part, part)
        for part in name.lower().replace("-", "+").replace("<", "").replace(">", "").split("+")
    ]
    guess = "+".join(parts)
    try:
        if guess != name:
            return f"Did you mean {normal(guess)}?"
    except BadKey:
        pass
    close = _close(parts[-1], NAMED) if len(parts[-1]) > 1 else ""
    return close or "Keys are named like ctrl+n, alt+up, f9, pageup, space or one character."


def _close(word: str, known: Collection[str]) -> str:
    import difflib  # noqa: PLC0415 - only for a mistake

    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f"Did you mean ‘{close[0]}’?" if close else ""


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:40])
