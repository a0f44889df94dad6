"""Errors are recognised in every shape that servers have been seen to give them."""

# ruff: noqa: E501 - tables of cases, one to a line

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.wire.recognise import LONGEST, page_title, recognise, recognise_body

IN_AN_ANSWER: list[tuple[str, Any, str, bool]] = [
    ("OpenAI", {"error": {"message": "no such model", "type": "invalid_request_error", "code": "x"}}, "no such model", False),
    ("OpenAI, passing", {"error": {"message": "busy", "type": "server_error", "code": None}}, "busy", True),
    ("LiteLLM, code as text", {"error": {"message": "late", "type": None, "param": None, "code": "500"}}, "late", True),
    ("a text", {"error": "text"}, "text", False),
    ("xAI", {"error": "Key is wrong", "code": "The caller"}, "Key is wrong", False),
    ("LangGraph", {"error": "ValueError", "message": "bad thing"}, "bad thing", False),
    ("Gemini", [{"error": {"code": 429, "message": "quota", "status": "RESOURCE_EXHAUSTED"}}], "quota", True),
    ("old vLLM", {"object": "error", "message": "too long", "type": "BadRequest", "code": 400}, "too long", False),
    ("Anthropic", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded", True),
    ("Responses", {"type": "error", "message": "odd", "code": "server_error"}, "odd", True),
    ("Responses, failed", {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "m"}}}, "m", True),
    ("AI SDK", {"type": "error", "errorText": "oops"}, "oops", False),
    ("AG-UI", {"type": "RUN_ERROR", "message": "ran into it"}, "ran into it", False),
    ("Groq", {"x_groq": {"error": "over capacity"}, "choices": []}, "over capacity", False),
    ("JSON-RPC", {"jsonrpc": "2.0", "error": {"code": -32603, "message": "Internal error"}}, "Internal error", False),
    ("OpenRouter", {"error": {"code": 502, "message": "Provider returned error",
     "metadata": {"raw": '{"error":{"message":"the true one"}}', "provider_name": "Acme"}}},
     "Provider returned error: the true one (Acme)", True),
    ("a code alone", {"error": {"code": "model_not_found"}}, "model not found", False),
    ("nothing but true", {"error": True}, "an error without a text", False),
    ("nested", {"error": {"error": {"message": "deep"}}}, "deep", False),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text", "passing"), [case[1:] for case in IN_AN_ANSWER], ids=[case[0] for case in IN_AN_ANSWER]
)
def test_an_error_in_an_answer(value: Any, text: str, passing: bool) -> None:
    problem = recognise(value)
    assert problem is not None
    assert (problem.text, problem.passing) == (text, passing)


@pytest.mark.parametrize(
    "value",
    [{}, {"error": None}, {"error": {}}, {"error": ""}, {"message": "hi"}, {"detail": "x"}, {"choices": []}, [], "error", 5, None,
     {"x_groq": {"id": "r"}}, {"type": "response.completed", "response": {"error": None}}],
)  # fmt: skip
def test_an_answer_that_is_no_error(value: Any) -> None:
    assert recognise(value) is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ('{"detail":"Not Found"}', "Not Found"),
        (
            '{"detail":[{"loc":["body","messages"],"msg":"Field required","type":"missing"}]}',
            "messages: Field required",
        ),
        ('{"code":"invalid_param","message":"Workflow not found","status":404}', "Workflow not found"),
        ('[{"type":"missing","loc":["model"],"msg":"Field required"}]', "model: Field required"),
        ('{"error":{"message":"bad"}}', "bad"),
        ('"plain words"', "plain words"),
        ("Internal Server Error", "Internal Server Error"),
        ("<html><title>502 Bad Gateway</title>", "502 Bad Gateway"),
        ('data: {"error":{"message":"as a stream"}}\n\ndata: [DONE]\n\n', "as a stream"),
        ("", None),
        ("{not json", None),
        ("[" * 100_000, None),
        ("{}", None),
    ],
)
def test_the_body_of_a_refusal(body: str, text: str | None) -> None:
    problem = recognise_body(body)
    assert (problem.text if problem else None) == text


def test_a_text_is_one_safe_line_and_cut() -> None:
    problem = recognise({"error": "\x1b]52;c;x\x07 a\n\n b\u202e" + "x" * 2000})
    assert problem is not None
    assert problem.text.startswith("␛]52;c;x␇ a b␦x")
    assert len(problem.text) == LONGEST


def test_a_sentence_ends_with_one_full_stop() -> None:
    assert [recognise({"error": text}).sentence for text in ("a", "a.", "a!")] == ["a.", "a.", "a!"]  # type: ignore[union-attr]  # all are errors


def test_a_title_has_no_tags_in_it() -> None:
    assert page_title("<TITLE lang=x>a <b>c</b>\n d</TITLE>") == "a c d"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["error", "message", "detail", "type", "code", "metadata", "raw", "x_groq", "response", "msg", "loc"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(values, st.booleans())
def test_no_shape_is_a_surprise(value: Any, refusal: bool) -> None:
    recognise(value, refusal=refusal)
    recognise_body(json.dumps(value))
