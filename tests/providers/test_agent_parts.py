"""Pieces of text, tool calls in pieces, patches of state: what the formats of agents have in common."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Message
from chattui.events import JSON, ChatEvent, TextDelta, TextReplaced, ToolCalled
from chattui.providers.json_patch import patched
from chattui.providers.parts import Calls, Pieces


def shown(events: list[ChatEvent]) -> str:
    message = Message("a", None, "assistant")
    for event in events:
        message += event
    return message.text


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["append", "put", "drop"]),
        st.text("ab\n", max_size=3),
        st.sampled_from("12"),
        st.sampled_from("xy"),
    ),
    max_size=12,
)


@given(STEPS)
def test_what_is_shown_is_always_the_pieces_as_they_are(steps: list[tuple[str, str, str, str]]) -> None:
    pieces, events = Pieces(), []
    for kind, text, group, name in steps:
        match kind:
            case "append":
                events += pieces.append(text, group, name)
            case "put":
                events += pieces.put(text, group, name)
            case _:
                events += pieces.drop(group)
        assert shown(events) == pieces.text


def test_the_last_piece_grows_by_deltas_and_an_earlier_one_replaces() -> None:
    pieces = Pieces()
    assert pieces.append("One", "1") == [TextDelta("One")]
    assert pieces.append("two", "2") == [TextDelta("\n\ntwo")]
    assert pieces.put("two!", "2") == [TextDelta("!")]
    assert pieces.append(".", "1") == [TextReplaced("One.\n\ntwo!")]
    assert pieces.put("two!", "2") == []


def test_arguments_that_came_in_pieces_are_not_repeated() -> None:
    calls = Calls()
    assert calls.piece("c", "look") == [ToolCalled("c", "look")]
    assert calls.piece("", "", '{"q"') == [ToolCalled("c", "", '{"q"')]
    assert calls.whole("c", "look", {"q": 1}) == []
    assert calls.whole("d", "list", {}) == [ToolCalled("d", "list", "{}")]


@pytest.mark.parametrize(
    ("before", "operation", "after"),
    [
        ({"a": 1}, {"op": "replace", "path": "/a", "value": 2}, {"a": 2}),
        ({"a": [1, 3]}, {"op": "add", "path": "/a/1", "value": 2}, {"a": [1, 2, 3]}),
        ({"a": [1]}, {"op": "add", "path": "/a/-", "value": 2}, {"a": [1, 2]}),
        ({"a": [1, 2]}, {"op": "remove", "path": "/a/0"}, {"a": [2]}),
        ({"a": 1}, {"op": "move", "from": "/a", "path": "/b"}, {"b": 1}),
        ({"a": [1]}, {"op": "copy", "from": "/a", "path": "/b"}, {"a": [1], "b": [1]}),
        ({"a/b": {"~": 1}}, {"op": "replace", "path": "/a~1b/~0", "value": 2}, {"a/b": {"~": 2}}),
        ({"a": 1}, {"op": "add", "path": "", "value": []}, []),
    ],
)
def test_a_patch_changes_a_copy(before: JSON, operation: JSON, after: JSON) -> None:
    kept = repr(before)
    assert patched(before, [operation]) == after
    assert repr(before) == kept


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/x"},
        {"op": "what", "path": "/a"},
        {"op": "add", "path": "a"},
        {"op": "add", "path": "/a/b"},
    ],
)
def test_a_patch_that_does_not_fit_is_unreadable(operation: JSON) -> None:
    with pytest.raises((ValueError, LookupError)):
        patched({"a": 1}, [operation])
