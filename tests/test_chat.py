"""What events mean for a message, and what the tree of messages promises."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Conversation, Message, Tool, title_of
from chattui.events import (
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Kept,
    Notice,
    Progress,
    ReasoningDelta,
    RemoteState,
    SourceCited,
    Started,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
    Usage,
    UsageReported,
)

REPLY = Message("r", "u", "assistant", state="streaming")
CITED = SourceCited("https://example.org", "Example")


def grown(*events: ChatEvent) -> Message:
    message = REPLY
    for event in events:
        message += event
    return message


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([TextDelta("a"), TextDelta("b")], {"text": "ab"}),
        ([TextDelta("a"), TextReplaced("xyz"), TextDelta("!")], {"text": "xyz!"}),
        ([ReasoningDelta("hm"), ReasoningDelta("m")], {"reasoning": "hmm"}),
        ([Started("gpt-real"), Started("")], {"model": "gpt-real"}),
        ([Finished("stop", more=True), Finished("")], {"finish": "stop"}),
        ([Notice("cut"), Notice("cut")], {"notices": ("cut",)}),
        ([CITED, CITED], {"sources": (CITED,)}),
        ([ChoicesOffered((Choice("a"),)), ChoicesOffered((Choice("b"),))], {"choices": (Choice("b"),)}),
        (
            [ToolCalled("1", "look", '{"q"'), ToolCalled("2", "run"), ToolCalled("1", "", ":1}")],
            {"tools": (Tool("1", "look", '{"q":1}'), Tool("2", "run"))},
        ),
        (
            [ToolCalled("1", "look"), ToolReturned("1", "found"), ToolReturned("9", "?", failed=True)],
            {"tools": (Tool("1", "look", "", "found"), Tool("9", result="?", failed=True))},
        ),
        (
            [UsageReported(Usage(input=5, output=1)), UsageReported(Usage(output=7, cost=0.5))],
            {
                "usage": Usage(input=5, output=7, cost=0.5)
            },  # overwritten by the newest that says something, never summed
        ),
        ([Progress("alive"), RemoteState({"thread": 1})], {}),
        ([Kept("a", (1,)), Kept("a", (2,))], {"kept": Kept("a", (2,))}),
    ],
)
def test_what_each_event_means(events: list[ChatEvent], expected: dict[str, object]) -> None:
    assert grown(*events) == replace(REPLY, **expected)  # type: ignore[arg-type]  # a row names fields of Message


@given(st.lists(st.text()))
def test_the_text_is_the_sum_of_the_deltas(parts: list[str]) -> None:
    assert grown(*map(TextDelta, parts)).text == "".join(parts)


def talk(*links: tuple[str, str | None]) -> Conversation:
    conversation = Conversation("c" * 22, 1.0, 1.0)
    for number, (known, parent) in enumerate(links):
        role = "user" if known.startswith("u") else "assistant"
        message = Message(known, parent, role, known)
        conversation = conversation.with_message(message, now=2.0 + number)
    return conversation


def test_the_branch_is_the_way_from_the_first_message_to_the_head() -> None:
    conversation = talk(("u1", None), ("a1", "u1"), ("a2", "u1"))
    assert [message.id for message in conversation.branch()] == ["u1", "a2"]
    assert [message.id for message in conversation.branch("a1")] == ["u1", "a1"]
    assert [message.id for message in conversation.children("u1")] == ["a1", "a2"]


@pytest.mark.parametrize("links", [[("a", "a")], [("a", "b"), ("b", "a")], [("a", "lost")]])
def test_a_broken_or_looping_parent_ends_the_branch(links: list[tuple[str, str | None]]) -> None:
    assert len(talk(*links).branch()) <= len(links)


def test_replacing_a_message_keeps_the_head_and_its_place() -> None:
    conversation = talk(("u1", None), ("a1", "u1"), ("u2", "a1"))
    again = conversation.with_message(replace(conversation.messages["a1"], text="new"), now=9.0)
    assert again.head == "u2"
    assert list(again.messages) == ["u1", "a1", "u2"]
    assert again.updated == 9.0


def test_time_never_goes_back() -> None:
    assert talk(("u1", None)).with_message(Message("u2", "u1", "user"), now=0.5).updated == 2.0


def test_remote_values_are_laid_over_and_none_removes() -> None:
    conversation = talk().with_remote({"a": 1, "b": 2}).with_remote({"a": None, "c": 3})
    assert conversation.remote == {"b": 2, "c": 3}


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("hello", "hello"),
        ("  two\n\n words ", "two words"),
        ("", ""),
        ("x" * 100, "x" * 59 + "…"),
        ("word " * 30, "word word word word word word word word word word word…"),
    ],
)
def test_the_title_is_the_first_words_on_one_line(text: str, title: str) -> None:
    assert title_of(Message("u", None, "user", text)) == title
    assert len(title) <= 60


def test_only_a_user_names_a_conversation() -> None:
    assert title_of(Message("a", None, "assistant", "hi")) == ""
