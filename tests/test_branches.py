"""Branches: siblings, the way that was shown last, cutting, bringing back, forking, and the tree as lines."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import branches
from chattui.chat import Conversation, Line, Message, Role


def tree(*edges: str, head: str = "") -> Conversation:
    """`"q a1"`: the message a1 below q; `"q"`: a first message. Names with q are the user's."""
    found = Conversation("0123456789abcdef012345", 1.0, 1.0)
    for at, edge in enumerate(edges):
        *above, name = edge.split()
        role: Role = "user" if name.startswith("q") else "assistant"
        message = Message(name, above[0] if above else None, role, f"text of {name}", float(at), endpoint="lab")
        found = found.with_message(message, now=float(at))
    return replace(found, head=head) if head else found


FORKED = tree("q", "q a1", "a1 q2", "q2 b1", "q2 b2", "q a2", "a2 q3", "q3 c1")
"""q has two answers; below the first one is a question with two."""


def ids(conversation: Conversation) -> str:
    return " ".join(message.id for message in conversation.branch())


def test_places_are_told_for_messages_with_siblings_only() -> None:
    found = branches.places(FORKED, FORKED.branch("b2"))
    assert {name: place.words for name, place in found.items()} == {"a1": "1/2", "b2": "2/2"}
    assert found["b2"].of == ("b1", "b2")


def test_a_reply_in_flight_is_counted_too() -> None:
    coming = Message("b3", "q2", "assistant", state="streaming")
    assert branches.places(FORKED, [coming], coming)["b3"].words == "3/3"


def test_first_messages_are_siblings_of_each_other() -> None:
    found = tree("q", "q a", "q9")
    assert branches.places(found, found.branch("q9"))["q9"].words == "2/2"


@pytest.mark.parametrize(
    ("ways", "shown"),
    [
        (["a1"], "q a1 q2 b2"),  # never shown: the newest
        (["b1", "a2", "a1"], "q a1 q2 b1"),  # as it was last
        (["b1", "a2", "a1", "b2", "a2", "a1"], "q a1 q2 b2"),
        (["a2"], "q a2 q3 c1"),
        (["nobody"], "q a2 q3 c1"),
    ],
)
def test_paging_shows_the_branch_as_it_was_last(ways: list[str], shown: str) -> None:
    found = FORKED
    for way in ways:
        found = branches.turned(found, way)
    assert ids(found) == shown


def test_a_branch_may_be_shown_no_further_than_a_message() -> None:
    assert ids(branches.turned(FORKED, "a1", below=False)) == "q a1"


def test_a_new_sibling_does_not_forget_the_way_that_was_left() -> None:
    found = branches.turned(FORKED, "b1")
    found = branches.remembered(found).with_message(Message("a3", "q", "assistant"), now=9.0)
    assert ids(found) == "q a3"
    assert ids(branches.turned(found, "a1")) == "q a1 q2 b1"


@pytest.mark.parametrize(
    ("name", "shown", "left"),
    [
        ("c1", "q a2 q3", "q a1 q2 b1 b2 a2 q3"),
        ("a2", "q a1 q2 b2", "q a1 q2 b1 b2"),
        ("q2", "q a2 q3 c1", "q a1 a2 q3 c1"),  # not shown: what is shown stays
        ("q", "", ""),
        ("nobody", "q a2 q3 c1", "q a1 q2 b1 b2 a2 q3 c1"),
    ],
)
def test_deleting_takes_what_hangs_below_and_undo_brings_it_back(name: str, shown: str, left: str) -> None:
    cut = branches.without(FORKED, name)
    assert ids(cut) == shown
    assert " ".join(cut.messages) == left
    gone = {message.id for message in branches.offspring(FORKED, name)}
    assert branches.restored(cut, FORKED, gone) == FORKED


def test_what_was_said_since_a_deletion_stays_when_it_is_undone() -> None:
    cut = branches.without(FORKED, "a1").with_message(Message("q4", "c1", "user", "since"), now=20.0)
    back = branches.restored(cut, FORKED, {message.id for message in branches.offspring(FORKED, "a1")})
    assert list(back.messages) == [*FORKED.messages, "q4"]


def test_a_server_that_heard_what_is_deleted_is_behind_no_branch() -> None:
    found = replace(FORKED, lines=(Line("lab", "c1", {"id": 1}), Line("lab", "b1")))
    cut = branches.without(found, "q3")
    assert cut.lines == (Line("lab", "", {"id": 1}), Line("lab", "b1"))
    assert branches.restored(cut, found, {"q3", "c1"}).lines == found.lines


def test_a_fork_is_the_branch_as_a_conversation_of_its_own() -> None:
    count = itertools.count(1)
    found = branches.forked(replace(FORKED, title="T", remote={"lab": 1}), "b1", lambda: f"new{next(count)}", 50.0)
    assert [message.text for message in found.branch()] == ["text of q", "text of a1", "text of q2", "text of b1"]
    assert not set(found.messages) & set(FORKED.messages)
    assert [message.parent for message in found.walk()] == [None, *list(found.messages)[:-1]]
    assert (found.title, found.remote, found.updated) == ("T · branch", {}, 50.0)
    assert found.lines == (Line("lab"),)  # its server knows it along another branch


def test_the_tree_goes_to_the_right_at_forks_only() -> None:
    assert [f"{twig.lead}{twig.message.id}{'*' if twig.shown else ''}" for twig in branches.outline(FORKED)] == [
        "q*", "├ a1", "│ q2", "│ ├ b1", "│ └ b2", "└ a2*", "  q3*", "  c1*",
    ]  # fmt: skip


def test_a_long_conversation_is_outlined_without_going_deep() -> None:
    found = tree("q0", *(f"q{number} q{number + 1}" for number in range(3000)))
    assert [twig.lead for twig in branches.outline(found)] == [""] * 3001


EDGES = st.lists(st.integers(0, 30), min_size=1, max_size=30)


@given(EDGES, st.lists(st.integers(0, 40), max_size=8))
def test_every_message_can_be_reached_and_none_is_lost(parents: list[int], steps: list[int]) -> None:
    names = [f"q{number}" for number in range(len(parents) + 1)]
    edges = ["q0", *(f"q{min(parent, at)} q{at + 1}" for at, parent in enumerate(parents))]
    found = tree(*edges)
    for step in steps:
        name = names[step % len(names)]
        found = branches.turned(found, name)
        shown = [message.id for message in found.branch()]
        assert name in shown
        assert not found.children(shown[-1])  # to the end
    assert {twig.message.id for twig in branches.outline(found)} == set(names)
    name = names[len(steps) % len(names)]
    gone = {message.id for message in branches.offspring(found, name)}
    cut = branches.without(found, name)
    assert set(cut.messages) | gone == set(names)
    assert cut.head is None or cut.head in cut.messages
    assert set(branches.restored(cut, found, gone).messages) == set(names)
