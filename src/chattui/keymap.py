"""Every action that a key can trigger: its id, default keys, words and place. `[keys]` in the TOML is laid over it.

The keys are named as in Textual: "ctrl+n", "f9", "pageup", "left_square_bracket", a letter or digit. In the TOML any
printable character may also stand for itself: "[" is "left_square_bracket".
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

Scope = Literal["anywhere", "prompt", "list", "messages"]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does. `keys` are the defaults, the first one is shown."""

    id: str
    keys: tuple[str, ...]
    words: str
    scope: Scope = "anywhere"
    shown: str = ""
    """The short word in the line of keys; "" keeps it out of there."""


ACTIONS: tuple[Action, ...] = (
    Action("prompt.send", ("enter", "ctrl+enter"), "Send the prompt", "prompt"),
    Action("prompt.newline", ("ctrl+j", "shift+enter", "alt+enter"), "Start a new line", "prompt"),
    Action("prompt.history_prev", ("up",), "Older prompt, on the first line", "prompt"),
    Action("prompt.history_next", ("down",), "Newer prompt, on the last line", "prompt"),
    Action("prompt.editor", ("ctrl+g", "f4"), "Write the prompt in $EDITOR", "prompt"),
    Action("stream.stop", ("escape",), "Stop the reply; else back to the prompt", shown="stop"),
    Action("app.interrupt", ("ctrl+c",), "Copy the selection; else stop; else clear the prompt"),
    Action("app.quit", ("ctrl+q",), "Quit (also ctrl+d on an empty prompt)"),
    Action("conversation.new", ("ctrl+n",), "New conversation", shown="new"),
    Action("conversation.next", ("ctrl+pagedown", "alt+right"), "Next conversation in the list"),
    Action("conversation.prev", ("ctrl+pageup", "alt+left"), "Previous conversation in the list"),
    Action("conversation.1", ("alt+1",), "Open the 1st conversation"),
    Action("conversation.2", ("alt+2",), "Open the 2nd conversation"),
    Action("conversation.3", ("alt+3",), "Open the 3rd conversation"),
    Action("conversation.4", ("alt+4",), "Open the 4th conversation"),
    Action("conversation.5", ("alt+5",), "Open the 5th conversation"),
    Action("conversation.6", ("alt+6",), "Open the 6th conversation"),
    Action("conversation.7", ("alt+7",), "Open the 7th conversation"),
    Action("conversation.8", ("alt+8",), "Open the 8th conversation"),
    Action("conversation.9", ("alt+9",), "Open the 9th conversation"),
    Action("conversation.rename", ("f2",), "Rename the conversation"),
    Action("conversation.settings", ("f7",), "Parameters and system prompt of this conversation"),
    Action("conversation.pull", (), "Fetch what the server has more of this conversation"),
    Action("list.open", ("enter", "right"), "Open the conversation", "list"),
    Action("list.next", ("j", "right_square_bracket"), "Down the list", "list"),
    Action("list.prev", ("k", "left_square_bracket"), "Up the list", "list"),
    Action("list.rename", ("r",), "Rename the conversation", "list"),
    Action("list.delete", ("delete", "d"), "Delete the conversation (u brings it back)", "list"),
    Action("list.undo", ("u",), "Bring the deleted conversation back", "list"),
    Action("endpoint.pick", ("ctrl+o",), "Choose endpoint and model", shown="endpoint"),
    Action("palette", ("ctrl+p",), "All commands", shown="commands"),
    Action("help.keys", ("f1",), "Help: every key that works here", shown="help"),
    Action("focus.next", ("tab",), "Focus: prompt, messages, list"),
    Action("focus.prev", ("shift+tab",), "Focus, the other way round"),
    Action("pane.list", ("f9", "ctrl+l"), "Show or hide the list"),
    Action("scroll.page_up", ("pageup",), "A page up; the tail is no longer followed"),
    Action("scroll.page_down", ("pagedown",), "A page down"),
    Action("scroll.line_up", ("ctrl+up",), "A line up"),
    Action("scroll.line_down", ("ctrl+down",), "A line down"),
    Action("scroll.home", ("ctrl+home",), "To the first message"),
    Action("scroll.end", ("ctrl+end",), "To the end, following the tail again"),
    Action("message.copy_last", ("f3",), "Copy the last answer"),
    Action("message.retry", ("f5",), "Answer again: retry or regenerate (the old answer is kept)"),
    Action("message.prev", ("alt+up",), "Select the message above"),
    Action("message.next", ("alt+down",), "Select the message below"),
    Action("messages.up", ("up", "k"), "Scroll up", "messages"),
    Action("messages.down", ("down", "j"), "Scroll down", "messages"),
    Action("messages.home", ("home", "g"), "To the first message", "messages"),
    Action("messages.end", ("end", "G"), "To the end, following the tail again", "messages"),
    Action("message.copy", ("y", "c"), "Copy the selected or last answer as it was written", "messages"),
    Action("message.regenerate", ("r",), "Answer again (the old answer is kept)", "messages"),
    Action("message.continue", ("C",), "Go on with an incomplete answer", "messages"),
    Action("message.fold", ("space", "enter"), "Open or close reasoning, tools and usage", "messages"),
    Action("message.code_1", ("1",), "Pick answer 1 that the bot offers; else copy code block 1", "messages"),
    Action("message.code_2", ("2",), "Pick answer 2; else copy code block 2", "messages"),
    Action("message.code_3", ("3",), "Pick answer 3; else copy code block 3", "messages"),
    Action("message.code_4", ("4",), "Pick answer 4; else copy code block 4", "messages"),
    Action("message.code_5", ("5",), "Pick answer 5; else copy code block 5", "messages"),
    Action("message.code_6", ("6",), "Pick answer 6; else copy code block 6", "messages"),
    Action("message.code_7", ("7",), "Pick answer 7; else copy code block 7", "messages"),
    Action("message.code_8", ("8",), "Pick answer 8; else copy code block 8", "messages"),
    Action("message.code_9", ("9",), "Pick answer 9; else copy code block 9", "messages"),
    Action("focus.prompt", ("i",), "Back to the prompt", "messages"),
    Action("theme.pick", (), "Choose a theme"),
    Action("mouse.toggle", ("f8",), "Give the mouse back to the terminal, or take it"),
    Action("app.suspend", (), "Suspend to the shell"),
)


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

    `"conversation.new" = "f6"`, a list of keys, or "" or false to unbind. A binding with a mistake keeps its default.
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
