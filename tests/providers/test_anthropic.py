"""Anthropic Messages: what is asked, and what rare answers mean. Whole exchanges: test_native_recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recorded import FakeWire, folded, played, sse, turn

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import JSON, Kept, ReasoningDelta, TextReplaced, Usage
from chattui.providers import anthropic, provider
from chattui.secret import Secret
from chattui.wire.http import HttpWire
from server import Server

USER = Message("u1", None, "user", "hi")


def block(index: int, start: JSON, *deltas: JSON) -> list[JSON]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


def text(piece: str) -> JSON:
    return {"type": "text_delta", "text": piece}


def start(**usage: int) -> JSON:
    return {"type": "message_start", "message": {"model": "claude-x", "content": [], "usage": usage}}


def end(reason: str = "end_turn", **more: Any) -> list[JSON]:
    return [{"type": "message_delta", "delta": {"stop_reason": reason, **more}}, {"type": "message_stop"}]


SIGNED = block(
    0,
    {"type": "thinking", "thinking": "", "signature": ""},
    {"type": "thinking_delta", "thinking": "Hmm"},
    {"type": "signature_delta", "signature": "c2ln"},
)
HELLO = block(1, {"type": "text", "text": ""}, text("Hel"), text("lo"))


# ---------------------------------------------------------------- asking


def body(*messages: Message, **more: Any) -> Any:
    return anthropic.request(turn("anthropic", *messages, **more)).body


def test_a_request_has_the_system_at_the_top_a_limit_and_the_key_in_its_own_header() -> None:
    endpoint = Endpoint(
        "it", "anthropic", "https://api.test", api_key=Secret("sk-1", "a test"), params={"temperature": 0.5}
    )
    asked = anthropic.request(
        turn("anthropic", USER, system="Be brief.").__class__(endpoint, "m1", (USER,), "Be brief.")
    )
    assert asked.url == "https://api.test/v1/messages"
    assert asked.headers["anthropic-version"] == "2023-06-01"
    key = asked.headers["x-api-key"]
    assert isinstance(key, Secret)
    assert key.reveal() == "sk-1"
    assert "Authorization" not in asked.headers
    assert asked.body == {
        "model": "m1", "max_tokens": 16384, "stream": True, "system": "Be brief.", "temperature": 0.5,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
    }  # fmt: skip


@pytest.mark.parametrize("url", ["http://it.test", "http://it.test/", "http://it.test/v1"])
def test_an_address_may_end_with_the_version(url: str) -> None:
    assert anthropic.request(turn("anthropic", url=url)).url == "http://it.test/v1/messages"


def test_the_limit_leaves_room_for_reasoning_and_can_be_set() -> None:
    assert body(params={"thinking": {"type": "enabled", "budget_tokens": 4000}})["max_tokens"] == 16384 + 4000
    assert body(params={"max_tokens": 7})["max_tokens"] == 7


def test_neighbours_of_one_role_are_one_message_and_failed_answers_are_left_out() -> None:
    failed = Message("a1", "u1", "assistant", "half", state="failed")
    empty = Message("a2", "u1", "assistant", "", state="incomplete")
    again = Message("u2", "a2", "user", "again")
    note = Message("s", None, "system", "Be kind.")
    asked = body(note, USER, failed, empty, again, system="Be brief.")
    assert asked["system"] == "Be brief.\n\nBe kind."
    assert asked["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "hi"}, {"type": "text", "text": "again"}]}
    ]


def test_signed_reasoning_goes_back_unchanged_to_who_signed_it_and_to_nobody_else() -> None:
    reply = played(turn("anthropic"), sse(start(), *SIGNED, *HELLO, *end())).message
    assert (reply.text, reply.reasoning) == ("Hello", "Hmm")
    old = Message("a1", "u1", "assistant", reply.text, kept=reply.kept)
    plain = [{"type": "text", "text": "Hello"}]
    signed = [{"type": "thinking", "thinking": "Hmm", "signature": "c2ln"}, *plain]
    assert body(USER, old, USER)["messages"][1]["content"] == signed
    assert body(USER, old, USER, model="other")["messages"][1]["content"] == plain


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ([{"type": "thinking", "thinking": "x", "signature": "s"}, {"type": "tool_use", "id": "t"}], ["text"]),
        ([{"type": "thinking", "thinking": "x"}, {"type": "text", "text": "y"}], ["text"]),
        ([{"type": "text", "text": ""}, {"type": "server_tool_use"}, {"type": "web_search_tool_result"}],
         ["server_tool_use", "web_search_tool_result"]),
        ([{"type": "redacted_thinking", "data": "d"}, {"type": "text", "text": "y"}], ["redacted_thinking", "text"]),
    ],
)  # fmt: skip
def test_what_the_api_would_refuse_is_not_sent_back(kept: list[JSON], sent: list[str]) -> None:
    old = Message("a1", "u1", "assistant", "y", kept=Kept("anthropic/it/m1", tuple(kept)))
    assert [block["type"] for block in body(USER, old, USER)["messages"][1]["content"]] == sent


# ---------------------------------------------------------------- going on


def test_a_partial_answer_is_gone_on_from_without_doubling_the_blank() -> None:
    half = Message("r1", "u1", "assistant", "Hello \n", state="incomplete")
    asked = turn("anthropic", USER, half)
    assert anthropic.request(asked).body["messages"][-1]["content"] == [{"type": "text", "text": "Hello"}]
    found = played(asked, sse(start(), *block(0, {"type": "text", "text": ""}, text(" \n  world")), *end()))
    assert found.message.text == "Hello \n  world"


async def test_a_model_that_does_not_go_on_is_told_to(server: Server) -> None:
    refused = b'{"type":"error","error":{"type":"invalid_request_error","message":"no assistant message prefill"}}'
    server.reply(refused, status=400, type="application/json")
    server.reply(sse(start(), *block(0, {"type": "text", "text": ""}, text(" world")), *end()))
    half = Message("r1", "u1", "assistant", "Hello", state="incomplete")
    wire = HttpWire()
    found = await folded(turn("anthropic", USER, half, url=f"http://{server.host}"), wire)
    await wire.aclose()
    assert found.complete
    assert found.message.text == "Hello world"
    assert [message["role"] for message in server.requests[1].json["messages"]] == ["user", "assistant", "user"]


def test_a_paused_turn_is_incomplete_and_keeps_all_that_is_needed_to_go_on() -> None:
    search = block(0, {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "x"}})
    found = played(turn("anthropic"), sse(start(), *search, *end("pause_turn")))
    assert found.told == "CutShort: The model paused its long turn."
    asked = turn("anthropic", USER, Message("r1", "u1", "assistant", "", state="incomplete", kept=found.message.kept))
    assert anthropic.request(asked).body["messages"][-1]["content"][0]["type"] == "server_tool_use"
    more = played(asked, sse(start(), *HELLO, *end())).message
    assert more.kept is not None
    assert [item["type"] for item in more.kept.items] == ["server_tool_use", "text"]


# ---------------------------------------------------------------- answers


def test_usage_counts_the_cache_into_the_input_and_is_overwritten() -> None:
    first = start(input_tokens=10, cache_read_input_tokens=100, cache_creation_input_tokens=5, output_tokens=1)
    later = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 65}}
    assert played(turn("anthropic"), sse(first, later)).message.usage == Usage(input=115, output=65, cached=100)


@pytest.mark.parametrize(
    ("reason", "finish", "notice"),
    [
        ("stop_sequence", "stop", ""),
        ("max_tokens", "length", "The reply hit its length limit."),
        ("tool_use", "tool_calls", ""),
        ("refusal", "content_filter", "The model refused to answer."),
        ("model_context_window_exceeded", "length", "The conversation has filled the model's context."),
        ("brand_new", "brand_new", "The reply ended with ‘brand_new’."),
    ],
)
def test_how_a_reply_ended_is_told_in_words(reason: str, finish: str, notice: str) -> None:
    found = played(turn("anthropic"), sse(start(), *HELLO, *end(reason)))
    assert found.complete
    assert found.message.finish == finish
    assert found.message.notices == ((notice,) if notice else ())


def test_a_stop_reason_is_end_enough() -> None:
    assert played(turn("anthropic"), sse(start(), *HELLO, end()[0])).complete
    assert not played(turn("anthropic"), sse(start(), *HELLO)).complete


def test_a_refusal_without_a_word_is_explained() -> None:
    details = {"type": "refusal", "category": "cyber", "explanation": "Not \x1b[31mallowed."}
    found = played(turn("anthropic"), sse(start(), *end("refusal", stop_details=details))).message
    assert found.notices[0] == "The model refused: Not ␛[31mallowed."


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "Overloaded."),
        ({"type": "error", "error": {"type": "api_error", "message": "a\x1b]0;b"}}, "a␛]0;b."),
        ({"error": "flat"}, "flat."),
    ],
)
def test_an_error_in_the_middle_is_told_and_what_came_is_kept(event: JSON, told: str) -> None:
    found = played(turn("anthropic"), sse(start(), *HELLO, event))
    assert found.told == f"Reported: The provider reported: {told}"
    assert found.message.text == "Hello"


def test_tools_of_the_server_show_what_they_were_asked_and_what_they_found() -> None:
    pages = [{"type": "web_search_result", "title": "News", "url": "https://n.test", "encrypted_content": "x"}]
    found = played(turn("anthropic"), sse(
        start(),
        *block(0, {"type": "text", "text": "I look."}),
        *block(1, {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}},
               {"type": "input_json_delta", "partial_json": '{"query":'},
               {"type": "input_json_delta", "partial_json": '"x"}'}),
        *block(2, {"type": "web_search_tool_result", "tool_use_id": "s1", "content": pages}),
        *block(3, {"type": "server_tool_use", "id": "s2", "name": "web_fetch", "input": {"url": "u"}}),
        *block(4, {"type": "web_fetch_tool_result", "tool_use_id": "s2",
                   "content": {"type": "web_fetch_tool_result_error", "error_code": "unavailable"}}),
        *block(5, {"type": "text", "text": "", "citations": []}, text("It is"),
               {"type": "citations_delta", "citation": {"url": "https://n.test", "title": "News", "cited_text": "so"}}),
        *end(),
    )).message  # fmt: skip
    assert found.text == "I look.\n\nIt is"
    assert [(tool.name, json.loads(tool.arguments), tool.result, tool.failed) for tool in found.tools] == [
        ("web_search", {"query": "x"}, "News https://n.test", False),
        ("web_fetch", {"url": "u"}, "unavailable", True),
    ]
    assert [(source.url, source.title, source.snippet) for source in found.sources] == [
        ("https://n.test", "News", "so")
    ]


def test_a_stream_that_begins_anew_replaces_what_was_said() -> None:
    found = played(turn("anthropic"), sse(start(), *HELLO[:2], start(), *HELLO, *end()))
    assert found.message.text == "Hello"
    assert TextReplaced("") in found.events


def test_thoughts_of_several_blocks_are_paragraphs() -> None:
    second = block(1, {"type": "thinking", "thinking": ""}, {"type": "thinking_delta", "thinking": "Aha"})
    found = played(turn("anthropic"), sse(start(), *SIGNED, *second, *end()))
    assert found.message.reasoning == "Hmm\n\nAha"
    assert ReasoningDelta("Aha") in found.events


def test_an_answer_that_is_not_streamed_says_the_same() -> None:
    content = [
        {"type": "thinking", "thinking": "Hmm", "signature": "s"},
        {"type": "text", "text": "Hello"},
        {"type": "tool_use", "id": "t1", "name": "f", "input": {"a": 1}},
    ]
    answer = {
        "type": "message",
        "model": "c",
        "content": content,
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 3},
    }
    found = played(turn("anthropic"), json.dumps(answer).encode(), type="application/json")
    assert found.complete
    assert (found.message.text, found.message.reasoning, found.message.finish) == ("Hello", "Hmm", "tool_calls")
    assert [(tool.id, tool.name, tool.arguments) for tool in found.message.tools] == [("t1", "f", '{"a": 1}')]
    assert found.message.usage == Usage(input=3)


def test_json_that_is_no_message_is_told_so() -> None:
    found = played(turn("anthropic"), b'{"status":"ok"}', type="application/json")
    assert found.told == "NotAnApi: The answer is JSON, but no message."


async def test_models_are_listed_from_their_own_address() -> None:
    wire = FakeWire(answer={"data": [{"id": "claude-b"}, {"id": "claude-a"}, {"no": 1}, 5]})
    models = provider("anthropic").models
    assert models is not None
    endpoint = Endpoint("it", "anthropic", "http://it.test", path="/custom/chat")
    assert await models(endpoint, wire) == ("claude-b", "claude-a")
    assert wire.asked[0].url == "http://it.test/v1/models"
    assert wire.asked[0].query == {"limit": "1000"}
