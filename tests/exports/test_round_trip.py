"""What is exported as Markdown or JSON and imported again is the same conversation, to the letter."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import exports
from chattui.chat import Conversation, Failure, Message, Timing, Tool
from chattui.events import Attachment, Choice, Kept, SourceCited, Usage
from chattui.files import Files
from chattui.imports import Found, markdown, own

Through = Callable[[Conversation], Conversation]
NOWHERE = Files(Path("/nonexistent"))
ID = "0190000000aa11223344ab"
MARKED = "<!-- chattui:text -->\n<!-- \\chattui:end -->\n<!-- chattui:message {} -->"
TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=st.sampled_from("\n\r \t#->\\`<!chattui:")),
    st.text(alphabet=st.characters()),
    st.sampled_from(["", "\n", "\n\n", "a\n\n", "\r\n", "\u2028", "\x85", "\ud83d", "--> -- >", MARKED, "## you\n\nno",
                     "</details>", "\n\n</details>", "<details><summary>Reasoning</summary>\n\n"]),
)  # fmt: skip
RICH = Message(
    "a1", "u1", "assistant", "With a *marker*.", 1.7e9, "incomplete", "hm -->",
    (Tool("t1", "search", '{"q": "--"}', "3 results", True),), (SourceCited("https://example.org", "One", "…"),),
    (Attachment("a.png", "image/png", 3, "0" * 64),), (Choice("Yes", "y"),), ("A notice.",), "length", "lab", "gpt-x",
    Failure("CutShort", "The connection dropped.", "Retry.", True), Usage(1, 2, 3, 4, 0.5), Timing(0.1, 2.0, 0.05),
    Kept("gpt-x", ({"type": "x"},)), {"unknown": [1, {"a": "b"}]},
)  # fmt: skip


def talk(*messages: Message, **more: object) -> Conversation:
    found = Conversation(ID, 1.7e9, 1.7e9 + 5, "A talk", True, "lab", "gpt-x")
    for message in messages:
        found = found.with_message(message, now=1.7e9 + 5)
    return replace(found, **more)  # type: ignore[arg-type]


def through_markdown(conversation: Conversation) -> Conversation:
    data = exports.encoded(exports.rendered(conversation, exports.FORMATS["markdown"], NOWHERE, tree=True))
    (found,) = markdown.read(data.decode())
    assert isinstance(found, Found)
    return found.conversation


def through_json(conversation: Conversation) -> Conversation:
    data = exports.encoded(exports.rendered(conversation, exports.FORMATS["json"], NOWHERE))
    found = own.read(json.loads(data))
    assert isinstance(found, Found)
    return found.conversation


@pytest.mark.parametrize("through", [through_markdown, through_json])
@given(texts=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3), title=TEXTS)
def test_any_texts_come_back_to_the_letter(through: Through, texts: list[tuple[str, str]], title: str) -> None:
    messages = [
        replace(RICH, id=f"m{number}", parent=f"m{number - 1}" if number else None, text=text, reasoning=thought)
        if number % 2
        else Message(f"m{number}", f"m{number - 1}" if number else None, "user", text, reasoning=thought)
        for number, (text, thought) in enumerate(texts)
    ]
    made = talk(*messages, title=title)
    assert through(made) == made


@pytest.mark.parametrize("through", [through_markdown, through_json])
def test_branches_and_everything_known_come_back(through: Through) -> None:
    user = Message("u1", None, "user", "How?", 1.7e9)
    older = Message("a0", "u1", "assistant", "An older answer.", 1.7e9)
    made = talk(
        user, older, RICH, head="a0", system="Be -- brief. -->", params={"temperature": 0.5},
        remote={"lab": {"id": "x"}}, extra={"later": {"a": [None, True]}}, strays=(7, {"what": "is this"}),
    )  # fmt: skip
    assert through(made) == made


def test_markdown_reads_well() -> None:
    made = talk(Message("u1", None, "user", "How?", 1.7e9), replace(RICH, error=None))
    text = exports.rendered(made, exports.FORMATS["markdown"], NOWHERE)
    shown = [line for line in text.splitlines() if line and not line.startswith("<!-- ")]
    assert shown[0] == "# A talk"
    assert shown[2:] == [
        "## you", "How?", "## gpt-x", "<details><summary>Reasoning</summary>", "hm -->", "</details>",
        '> ⚙ search {"q": "--"} → 3 results', "With a *marker*.", "> [1] One https://example.org  ",
        f"> [a.png (3 B)] /nonexistent/{'0' * 64}.png  ", "> 1. Yes  ", "> ⚠ A notice.",
    ]  # fmt: skip


def test_several_conversations_in_one_file_and_an_end_that_is_missing() -> None:
    made = talk(Message("u1", None, "user", "How?"))
    text = exports.rendered(made, exports.FORMATS["markdown"], NOWHERE)
    cut = text.removesuffix("<!-- chattui:end -->\n")
    found = list(markdown.read(text + cut + text.replace("\n", "\r\n")[:0]))
    assert [one.conversation for one in found if isinstance(one, Found)] == [made, made]


def test_a_program_that_changes_line_ends_changes_nothing_else() -> None:
    made = talk(Message("u1", None, "user", "a\nb\n\nc"))
    text = exports.rendered(made, exports.FORMATS["markdown"], NOWHERE).replace("\n", "\r\n")
    (found,) = markdown.read(text)
    assert isinstance(found, Found)
    assert found.conversation == made


def test_a_text_that_was_edited_in_the_file_is_what_counts() -> None:
    made = talk(Message("u1", None, "user", "How?"), RICH)
    text = exports.rendered(made, exports.FORMATS["markdown"], NOWHERE).replace("How?", "Why?")
    (found,) = markdown.read(text)
    assert isinstance(found, Found)
    assert found.conversation.messages["u1"].text == "Why?"


def test_a_branch_is_what_was_shown() -> None:
    older = Message("a0", "u1", "assistant", "An older answer.", 1.7e9)
    made = talk(Message("u1", None, "user", "How?"), older, RICH)
    branch = exports.shown_branch(made)
    assert list(branch.messages) == ["u1", "a1"]
    text = exports.rendered(made, exports.FORMATS["text"], NOWHERE)
    assert "An older answer." not in text
    assert "An older answer." in exports.rendered(made, exports.FORMATS["text"], NOWHERE, tree=True)
    assert "‹1/2›" in exports.rendered(made, exports.FORMATS["markdown"], NOWHERE, tree=True)
