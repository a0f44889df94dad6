"""Cohere: what is asked, and what rare answers mean. Whole exchanges: test_native_recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recorded import FakeWire, played, sse, turn

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import JSON, Usage
from chattui.providers import cohere, provider

USER = Message("u1", None, "user", "hi")


def says(kind: str, index: int = 0, **message: JSON) -> JSON:
    return {"type": kind, "index": index, "delta": {"message": message}}


def end(reason: str = "COMPLETE", **more: Any) -> JSON:
    return {"type": "message-end", "delta": {"finish_reason": reason, **more}}


TEXT = says("content-delta", content={"text": "Hi"})


def test_a_request() -> None:
    asked = cohere.request(turn("cohere", USER, system="S", params={"temperature": 0.1}))
    assert asked.url == "http://it.test/v2/chat"
    assert asked.body == {
        "model": "m1", "stream": True, "temperature": 0.1,
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "hi"}],
    }  # fmt: skip
    assert cohere.request(turn("cohere", url="http://it.test/v2")).url == "http://it.test/v2/chat"


def test_thoughts_text_tools_sources_and_usage() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}
    document = {"type": "document", "id": "d1", "document": {"title": "T", "url": "https://d.test"}}
    bare = {"type": "tool", "id": "search:0", "tool_output": {}}
    usage = {
        "tokens": {"input_tokens": 50, "output_tokens": 5},
        "billed_units": {"input_tokens": 8},
        "cached_tokens": 9,
    }
    found = played(turn("cohere"), sse(
        {"id": "1", "type": "message-start", "delta": {"message": {"role": "assistant"}}},
        says("content-start", content={"type": "thinking", "thinking": ""}),
        says("content-delta", content={"thinking": "Hmm"}),
        says("tool-plan-delta", tool_plan=" plan"),
        TEXT,
        says("tool-call-start", tool_calls=call),
        says("tool-call-delta", tool_calls={"function": {"arguments": '{"a":'}}),
        says("tool-call-delta", tool_calls={"function": {"arguments": "1}"}}),
        says("citation-start", citations={"start": 0, "end": 2, "text": "Hi", "sources": [document, bare]}),
        end("TOOL_CALL", usage=usage),
    )).message  # fmt: skip
    assert (found.reasoning, found.text, found.finish) == ("Hmm plan", "Hi", "tool_calls")
    assert [(tool.id, tool.name, tool.arguments) for tool in found.tools] == [("c1", "f", '{"a":1}')]
    assert [(s.url, s.title, s.snippet) for s in found.sources] == [
        ("https://d.test", "T", "Hi"),
        ("", "search:0", "Hi"),
    ]
    assert found.usage == Usage(input=50, output=5, cached=9)


@pytest.mark.parametrize(
    ("reason", "finish", "notice"),
    [
        ("COMPLETE", "stop", ()),
        ("STOP_SEQUENCE", "stop", ()),
        ("MAX_TOKENS", "length", ("The reply hit its length limit.",)),
        ("ERROR_TOXIC", "error_toxic", ("The reply ended with ‘ERROR_TOXIC’.",)),
    ],
)
def test_how_a_reply_ended_is_told_in_words(reason: str, finish: str, notice: tuple[str, ...]) -> None:
    found = played(turn("cohere"), sse(TEXT, end(reason)))
    assert found.complete
    assert (found.message.finish, found.message.notices) == (finish, notice)


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (end("ERROR", error="no GPU left"), "Reported: The provider reported: no GPU left"),
        (end("TIMEOUT"), "Reported: The provider reported: the reply failed in time."),
        ({"error": {"message": "broken"}}, "Reported: The provider reported: broken."),
        ({"type": "content-end"}, "CutShort: The reply ended without an end marker; it may be cut short."),
    ],
)
def test_a_reply_that_failed_keeps_what_came(last: JSON, told: str) -> None:
    found = played(turn("cohere"), sse(TEXT, last))
    assert found.told == told
    assert found.message.text == "Hi"


def test_a_done_after_the_end_is_nothing() -> None:
    assert played(turn("cohere"), sse(TEXT, end()) + b"data: [DONE]\n\n").complete


def test_an_answer_that_is_not_streamed_says_the_same() -> None:
    message = {"content": [{"type": "thinking", "thinking": "Hmm"}, {"type": "text", "text": "Hi"}],
               "tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "{}"}}]}  # fmt: skip
    whole = json.dumps(
        {"id": "1", "finish_reason": "COMPLETE", "message": message, "usage": {"tokens": {"input_tokens": 1}}}
    )
    found = played(turn("cohere"), whole.encode(), type="application/json")
    assert found.complete
    assert (found.message.reasoning, found.message.text, found.message.tools[0].name) == ("Hmm", "Hi", "f")
    other = played(turn("cohere"), b'{"status":"ok"}', type="application/json")
    assert other.told == "NotAnApi: The answer is JSON, but no chat answer of Cohere."


@pytest.mark.parametrize("url", ["http://it.test", "http://it.test/v2", "http://it.test/v1/"])
async def test_only_models_that_chat_are_listed(url: str) -> None:
    wire = FakeWire(
        answer={"models": [{"name": "a", "endpoints": ["chat"]}, {"name": "b", "endpoints": ["embed"]}, {"name": "c"}]}
    )
    models = provider("cohere").models
    assert models is not None
    assert await models(Endpoint("it", "cohere", url), wire) == ("a", "c")
    assert wire.asked[0].url == "http://it.test/v1/models"
