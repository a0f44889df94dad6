"""The keys: the defaults are sound, and `[keys]` is checked word by word."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import keymap
from chattui.actions import ACTIONS
from chattui.keymap import BadBinding, BadKey, bindings, normal, types

DEFAULTS = {action.id: action.keys for action in ACTIONS}
SCOPES = {action.id: action.scope for action in ACTIONS}


def only(table: dict[str, Any]) -> BadBinding:
    _, (bad,) = bindings(table)
    return bad


def test_the_defaults_are_sound() -> None:
    found, bad = bindings({})
    assert (found, bad) == (DEFAULTS, ())
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert all(normal(key) == key for keys in DEFAULTS.values() for key in keys)


def test_no_two_defaults_clash() -> None:
    for one, other in itertools.combinations(ACTIONS, 2):
        if one.scope == other.scope or "anywhere" in {one.scope, other.scope}:
            assert not set(one.keys) & set(other.keys), (one.id, other.id)


def test_no_default_types_in_the_prompt() -> None:
    assert not [
        key for name, keys in DEFAULTS.items() if SCOPES[name] in {"anywhere", "prompt"} for key in keys if types(key)
    ]


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("f20", ("f20",)),
        (["f20", "ctrl+n"], ("f20", "ctrl+n")),
        ("", ()),
        (False, ()),
        ([], ()),
        (["f20", "f20"], ("f20",)),
    ],
)
def test_an_action_is_bound_rebound_and_unbound(value: object, keys: tuple[str, ...]) -> None:
    for table in ({"conversation.new": value}, {"conversation": {"new": value}}):
        found, bad = bindings(table)
        assert bad == ()
        assert found == {**DEFAULTS, "conversation.new": keys}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ctrl+n", "ctrl+n"), ("[", "left_square_bracket"), ("?", "question_mark"), ("/", "slash"), ("+", "plus"),
        ("ctrl++", "ctrl+plus"), ("ctrl+/", "ctrl+slash"), (" ", "space"), ("shift+ctrl+up", "ctrl+shift+up"),
        ("G", "G"), ("é", "é"), ("f24", "f24"), ("alt+1", "alt+1"), ("left_square_bracket", "left_square_bracket"),
        ("ctrl+backslash", "ctrl+backslash"), ("minus", "minus"), ("-", "minus"), ("@", "at"),
    ],
)  # fmt: skip
def test_a_key_has_one_name(written: str, name: str) -> None:
    assert normal(written) == name
    assert normal(name) == name


@pytest.mark.parametrize(
    ("written", "said", "hint"),
    [
        ("esc", "does not know the key ‘esc’", "Did you mean escape?"),
        ("return", "does not know", "enter"),
        ("pgdn", "does not know", "pagedown"),
        ("pagdown", "does not know", "pagedown"),
        ("C-n", "does not know", "ctrl+n"),
        ("Ctrl+N", "does not know", "ctrl+n"),
        ("ctrl-n", "does not know", "ctrl+n"),
        ("<c-n>", "does not know", "ctrl+n"),
        ("control+n", "does not know", "ctrl+n"),
        ("f25", "does not know", "Did you mean ‘f"),
        ("ctrl+N", "capital", "ctrl+n"),
        ("shift+a", "terminals send the character itself", "Write A."),
        ("ctrl+m", "the same for enter", ""),
        ("ctrl+i", "the same for tab", ""),
        ("ctrl+[", "the same for escape", ""),
        ("ctrl+h", "the same for backspace", ""),
        ("ctrl+", "does not know", ""),
        ("", "does not know", ""),
        ("banana", "does not know", ""),
        ("\x1b[2J", "?[2J", ""),
    ],
)
def test_a_bad_key_is_told(written: str, said: str, hint: str) -> None:
    with pytest.raises(BadKey) as caught:
        normal(written)
    text, help_ = caught.value.args
    assert said in text
    assert hint in help_
    assert "\x1b" not in text + help_


@given(st.text(max_size=12))
def test_any_text_is_a_key_or_told(written: str) -> None:
    try:
        name = normal(written)
    except BadKey:
        return
    assert normal(name) == name


def test_an_unknown_action_is_told_with_its_likely_name() -> None:
    bad = only({"prompt": {"sned": "f20"}})
    assert (bad.path, bad.text) == (("prompt", "sned"), "is no action.")
    assert "prompt.send" in bad.hint


@pytest.mark.parametrize("value", [3, True, ["f20", 3], 1.5])
def test_a_value_that_is_no_key_keeps_the_default(value: object) -> None:
    found, (bad,) = bindings({"conversation.new": value})
    assert found == DEFAULTS
    assert "must be a key" in bad.text


def test_one_bad_key_of_a_list_keeps_the_default_and_names_its_place() -> None:
    found, (bad,) = bindings({"conversation.new": ["f20", "hyperspace"]})
    assert found == DEFAULTS
    assert bad.path == ("conversation.new", 1)


@pytest.mark.parametrize(
    ("name", "key"), [("prompt.send", "s"), ("conversation.new", "N"), ("palette", "space"), ("palette", "?")]
)
def test_no_key_that_types_is_taken_from_the_prompt(name: str, key: str) -> None:
    found, (bad,) = bindings({name: key})
    assert found == DEFAULTS
    assert "types in the prompt" in bad.text


def test_a_letter_is_fine_where_nothing_is_typed() -> None:
    found, bad = bindings({"list.delete": "x", "message.copy": "x"})
    assert bad == ()
    assert (found["list.delete"], found["message.copy"]) == (("x",), ("x",))


def test_a_binding_takes_a_default_away_and_says_so() -> None:
    found, (bad,) = bindings({"conversation.new": "ctrl+o"})
    assert (found["conversation.new"], found["endpoint.pick"]) == (("ctrl+o",), ())
    assert (bad.severity, bad.text) == ("warning", "takes ctrl+o from endpoint.pick.")
    _, silent = bindings({"conversation.new": "ctrl+o", "endpoint.pick": "ctrl+n"})
    assert silent == ()


def test_anywhere_clashes_with_every_place_and_places_not_with_each_other() -> None:
    found, bad = bindings({"palette": "enter"})
    assert {entry.text for entry in bad} == {
        f"takes enter from {name}." for name in ("prompt.send", "list.open", "message.fold")
    }
    assert (found["prompt.send"], found["list.open"]) == (("ctrl+enter",), ("right",))
    assert bindings({"list.rename": "y"})[1] == ()


def test_between_two_wishes_the_first_wins() -> None:
    found, (bad,) = bindings({"conversation.new": "f20", "palette": ["f20", "f22"]})
    assert (found["conversation.new"], found["palette"]) == (("f20",), ("f22",))
    assert (bad.path, bad.severity, bad.text) == (
        ("palette",),
        "error",
        "wants f20, which is already conversation.new.",
    )


def test_names_agree_with_textual() -> None:
    keys = pytest.importorskip("textual.keys")
    for character in map(chr, range(0x21, 0x7F)):
        assert normal(character) == keys._character_to_key(character)
    known = {key.value for key in keys.Keys if "+" not in key.value and key.value.isalnum()} - {"return", "ignore"}
    assert known <= keymap.NAMED
