"""The key table as Textual bindings. No key is written anywhere else: `config.keys` decides, by the ids of `actions`.

What an id does follows from its name: `prompt.newline` is `action_newline` of the prompt, `list.open` is `action_open`
of the list, and everything else is an action of the app with underscores for dots: `scroll.home` is
`action_scroll_home`, `conversation.3` is `action_conversation(3)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from inspect import isawaitable
from typing import cast

from textual import events
from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.actions import parse
from textual.binding import Binding, BindingsMap
from textual.dom import DOMNode
from textual.widget import Widget

from chattui.actions import ACTIONS, Action, Scope

Keys = Mapping[str, tuple[str, ...]]
"""Action id -> its keys, the first one is shown; () = unbound."""

DEFAULTS: Keys = {action.id: action.keys for action in ACTIONS}
BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}

FIXED: Mapping[Scope, tuple[tuple[str, str], ...]] = {
    "prompt": (
        ("ctrl+d", "Quit, when the prompt is empty"),
        ("ctrl+y", "Redo"),
        ("tab, up, down", "Behind @: go through the names; enter takes one"),
    ),
    "list": (("up, down", "Up and down the list"), ("home, end", "To the first, the last")),
}
"""Keys that the widgets have by themselves: editing keys, and arrows in a list."""

_NUMBERED = re.compile(r"(.+)[._](\d)$")
_ELSEWHERE = {
    "prompt.send": "app.prompt_send",  # the app's, because only it knows where to
    "prompt.editor": "app.prompt_editor",
    "prompt.history_search": "app.prompt_history_search",
    "focus.next": "app.pane_next",  # Textual has actions of these names
    "focus.prev": "app.pane_prev",
}
_SHOWN = {
    "underscore": "_",
    "escape": "esc",
    "pageup": "page up",
    "pagedown": "page down",
    "delete": "del",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "question_mark": "?",
    "comma": ",",
    "full_stop": ".",
    "minus": "-",
    "plus": "+",
}


def read_alt_digits() -> None:
    """Let alt+1 … alt+9 be themselves in terminals that send ESC and the digit.

    Textual reads those as ¡ ™ £ …, for one terminal on macOS; in all others a person means alt.
    """
    for digit in "123456789":
        cast("dict[str, object]", ANSI_SEQUENCES_KEYS).pop(f"\x1b{digit}", None)


def action(name: str) -> str:
    """The Textual action that an id triggers."""
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    scope, _, verb = name.partition(".")
    if scope in {"prompt", "list"}:
        return verb
    if found := _NUMBERED.match(name):
        return f"app.{found[1].replace('.', '_')}({found[2]})"
    return f"app.{name.replace('.', '_')}"


ALWAYS = frozenset({"app.quit", "app.suspend"})
"""What works under a dialog, too: the app itself has these keys."""


def bind(node: DOMNode, scope: Scope, keys: Keys, *, only: Collection[str] = (), without: Collection[str] = ()) -> None:
    """Give a node the keys of a scope, before those that its class has."""
    mine = [
        Binding(key, action(found.id), found.words, show=False, priority=True, id=found.id)
        for found in ACTIONS
        if found.scope == scope and found.id not in without and (not only or found.id in only)
        for key in keys.get(found.id, ())
    ]
    # Textual's own set_keymap can neither unbind a key nor tell two keys of one action apart.
    node._bindings = BindingsMap.merge([BindingsMap(mine), node._bindings])  # noqa: SLF001


def spoken(key: str) -> str:
    """A key as people write it: ^n, alt+1, page up."""
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    last = _SHOWN.get(last, last)
    if modifiers == ["ctrl"] and len(last) == 1:
        return f"^{last}"
    return "+".join((*modifiers, last))


def shown(keys: Keys, name: str) -> str:
    """The first key of an action, as people write it; "" when it has none."""
    bound = keys.get(name, ())
    return spoken(bound[0]) if bound else ""


async def act_in_place(field: Widget, event: events.Key) -> None:
    """Let an editing key act in its place among the letters; through the app it would come after the next ones."""
    for binding in field._bindings.key_to_bindings.get(event.key, ()):  # noqa: SLF001 - as the app itself does
        if not binding.priority:
            event.stop()
            event.prevent_default()
            _, name, parameters = parse(binding.action)
            done = getattr(field, f"action_{name}")(*parameters)
            if isawaitable(done):
                await done
            return
