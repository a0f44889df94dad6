"""Reasoning that is left in the text is told apart, wherever the deltas are cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Message
from chattui.providers.inline import InlineReasoning

CASES = {
    "no tag": ("Just text.", "Just text.", ""),
    "a tag first": ("<think>\nhm\n</think>\n\nText", "Text", "hm\n"),
    "blanks before it": ("\n <think>hm</think>Text", "Text", "hm"),
    "other names": ("<thought>hm</thought>Text", "Text", "hm"),
    "longer name": ("<thinking>hm</thinking>Text", "Text", "hm"),
    "empty reasoning": ("<think>\n</think>\nText", "Text", ""),
    "never closed": ("<think>hm", "", "hm"),
    "never closed, almost": ("<think>hm</thin", "", "hm</thin"),
    "almost a tag": ("<thin ice", "<thin ice", ""),
    "only the start of a tag": ("<thi", "<thi", ""),
    "a tag later is text": ("The <think> tag and </think>.", "The <think> tag and </think>.", ""),
    "only the first counts": ("<think>a</think>b<think>c</think>", "b<think>c</think>", "a"),
    "a second closing tag is text": ("<think>a</think>b\n</think>\nc", "b\n</think>\nc", "a"),
    "no opening tag": ("hm, so\n</think>\n\nText", "Text", "hm, so"),
    "a closing tag in a fence is text": ("```\n</think>\n```\n", "```\n</think>\n```\n", ""),
    "a closing tag in a sentence is text": ("write </think>\nthen", "write </think>\nthen", ""),
    "other tags": ("<b>bold</b>\n<p>\n", "<b>bold</b>\n<p>\n", ""),
    "angle brackets": ("a < b > c\n", "a < b > c\n", ""),
}


def said(pieces: list[str]) -> tuple[str, str]:
    inline = InlineReasoning()
    message = Message("1", None, "assistant")
    for event in [event for piece in pieces for event in inline.feed(piece)] + inline.flush():
        message += event
    return message.text, message.reasoning


@pytest.mark.parametrize("name", CASES)
def test_text_and_reasoning(name: str) -> None:
    whole, text, reasoning = CASES[name]
    for size in range(1, len(whole) + 1):
        assert said([whole[at : at + size] for at in range(0, len(whole), size)]) == (text, reasoning), size


@given(st.lists(st.sampled_from(["<", "think", ">", "</", "a", " ", "`", "b\n"]), max_size=12))
def test_nothing_is_lost_of_a_text_without_tags(pieces: list[str]) -> None:
    whole = "".join(pieces)
    if "<think>" not in whole and "</think>" not in whole:
        assert said(pieces) == (whole, "")


def test_text_is_not_held_back() -> None:
    inline = InlineReasoning()
    assert [len(inline.feed(piece)) for piece in ("a", "b <", "/thi", "c")] == [1, 1, 1, 1]


def test_where_the_server_parses_reasoning_a_lone_closing_tag_is_text() -> None:
    inline = InlineReasoning()
    inline.watches = False
    assert said_by(inline, "a\n</think>\nb") == ("a\n</think>\nb", "")


def said_by(inline: InlineReasoning, text: str) -> tuple[str, str]:
    message = Message("1", None, "assistant")
    for event in inline.feed(text):
        message += event
    return message.text, message.reasoning
