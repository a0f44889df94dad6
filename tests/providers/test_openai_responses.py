"""OpenAI Responses: what is asked, and what rare answers mean. Whole exchanges: test_native_recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from recorded import FakeWire, Played, folded, played, sse, turn

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import JSON, Kept, RemoteState, Usage
from chattui.providers import openai_responses, provider
from chattui.wire.http import HttpWire
from server import Server

USER = Message("u1", None, "user", "hi")
NAME = "openai-responses"
CREATED = {"type": "response.created", "response": {"id": "resp_1", "model": "gpt-x", "output": []}}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hmm"}],
             "encrypted_content": "secret", "status": "completed"}  # fmt: skip
MESSAGE = {"type": "message", "id": "msg_1", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]}


@pytest.fixture(autouse=True)
def nobody_has_refused_yet() -> Iterator[None]:
    openai_responses._refuses_encrypted.clear()
    yield
    openai_responses._refuses_encrypted.clear()


def body(*messages: Message, **more: Any) -> Any:
    return openai_responses.request(turn(NAME, *messages, **more)).body


def event(kind: str, **more: JSON) -> JSON:
    return {"type": f"response.{kind}", **more}


def says(piece: str) -> JSON:
    return event("output_text.delta", item_id="msg_1", delta=piece)


def completed(*output: JSON, status: str = "completed", **more: JSON) -> JSON:
    return event(status, response={"id": "resp_1", "status": status, "output": list(output), **more})


def answer(*events: JSON, **more: Any) -> Played:
    return played(turn(NAME, **more), sse(*events))


# ---------------------------------------------------------------- asking


def test_nothing_is_stored_and_reasoning_comes_encrypted() -> None:
    asked = openai_responses.request(turn(NAME, USER, url="http://it.test/v1", system="S", params={"max_tokens": 5}))
    assert asked.url == "http://it.test/v1/responses"
    assert asked.body == {
        "model": "m1", "stream": True, "store": False, "instructions": "S", "max_output_tokens": 5,
        "include": ["reasoning.encrypted_content"], "input": [{"role": "user", "content": "hi"}],
    }  # fmt: skip


def test_encrypted_reasoning_goes_back_with_its_message_to_who_made_it() -> None:
    done = (event("output_item.done", item=item) for item in (REASONING, MESSAGE))
    reply = answer(CREATED, *done, completed()).message
    assert (reply.text, reply.reasoning) == ("Hello", "Hmm")
    old = Message("a1", "u1", "assistant", "Hello", kept=reply.kept)
    assert body(USER, old, USER)["input"][1:3] == [{k: v for k, v in REASONING.items() if k != "status"}, MESSAGE]
    assert body(USER, old, USER, model="other")["input"][1:2] == [{"role": "assistant", "content": "Hello"}]


CALL = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}


@pytest.mark.parametrize(
    ("kept", "sent"),
    [
        ([REASONING, CALL, REASONING, MESSAGE], ["reasoning", "message"]),
        ([REASONING, CALL], [None]),
        ([{**REASONING, "encrypted_content": None}, MESSAGE], ["message"]),
        ([REASONING, {"type": "web_search_call", "id": "w"}, REASONING, MESSAGE],
         ["reasoning", "web_search_call", "reasoning", "message"]),
    ],
)  # fmt: skip
def test_what_the_api_would_refuse_is_not_sent_back(kept: list[JSON], sent: list[str | None]) -> None:
    old = Message("a1", "u1", "assistant", "Hello", kept=Kept(f"{NAME}/it/m1", tuple(kept)))
    assert [item.get("type") for item in body(old)["input"]] == sent


# ---------------------------------------------------------------- stored on the server


STORE: dict[str, Any] = {"params": {"store": True}}


def test_a_stored_reply_is_named_and_only_what_follows_it_is_sent() -> None:
    found = answer(CREATED, says("Hello"), completed(), **STORE)
    state = next(event.values for event in found.events if isinstance(event, RemoteState))
    old, more = Message("r1", "u1", "assistant", "Hello"), Message("u2", "r1", "user", "more")
    asked = body(USER, old, more, remote=state, reply="r2", **STORE)
    assert asked["previous_response_id"] == "resp_1"
    assert asked["input"] == [{"role": "user", "content": "more"}]
    assert asked["store"] is True
    assert "include" not in asked


@pytest.mark.parametrize("more", [{"model": "other"}, {"remote": {}}, {"params": {}}])
def test_without_that_reply_the_whole_conversation_is_sent(more: dict[str, Any]) -> None:
    state = {"openai-responses": {"id": "resp_1", "reply": "r1", "by": f"{NAME}/it/m1"}}
    old = Message("r1", "u1", "assistant", "Hello")
    asked = body(USER, old, USER, **({"remote": state, "reply": "r2"} | STORE | more))
    assert "previous_response_id" not in asked
    assert len(asked["input"]) == 3


def test_another_branch_does_not_follow_the_stored_reply() -> None:
    state = {"openai-responses": {"id": "resp_1", "reply": "r1", "by": f"{NAME}/it/m1"}}
    assert "previous_response_id" not in body(USER, remote=state, reply="r2", **STORE)


async def test_a_stored_reply_that_the_server_has_lost_is_replaced_by_the_conversation(server: Server) -> None:
    lost = {
        "error": {"message": "Previous response with id 'resp_1' not found.", "code": "previous_response_not_found"}
    }
    server.reply(json.dumps(lost).encode(), status=400, type="application/json")
    server.reply(sse(CREATED, says("Hi"), completed()))
    state = {"openai-responses": {"id": "resp_1", "reply": "r1", "by": f"{NAME}/it/m1"}}
    old = Message("r1", "u1", "assistant", "Hello")
    wire = HttpWire()
    found = await folded(
        turn(NAME, USER, old, USER, remote=state, reply="r2", url=f"http://{server.host}", **STORE), wire
    )
    await wire.aclose()
    assert found.message.text == "Hi"
    assert len(server.requests[0].json["input"]) == 1
    assert len(server.requests[1].json["input"]) == 3


async def test_a_model_without_reasoning_is_asked_again_without_encryption_and_only_once(server: Server) -> None:
    refused = {"error": {"message": "Encrypted content is not supported with this model.", "param": "include"}}
    server.reply(json.dumps(refused).encode(), status=400, type="application/json")
    server.reply(sse(CREATED, says("Hi"), completed()))
    wire = HttpWire()
    asked = turn(NAME, url=f"http://{server.host}")
    assert (await folded(asked, wire)).message.text == "Hi"
    assert (await folded(asked, wire)).message.text == "Hi"
    await wire.aclose()
    assert ["include" in request.json for request in server.requests] == [True, False, False]


async def test_another_refusal_is_told_at_once(server: Server) -> None:
    server.reply(b'{"error":{"message":"Bad temperature"}}', status=400, type="application/json")
    wire = HttpWire()
    found = await folded(turn(NAME, url=f"http://{server.host}"), wire)
    await wire.aclose()
    assert found.told == "Rejected: 400: Bad temperature."
    assert len(server.requests) == 1


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    "errors",
    [
        [{"type": "error", "error": {"code": "insufficient_quota", "message": "No money"}},
         completed(status="failed", error={"code": "insufficient_quota", "message": "No money"})],
        [{"type": "error", "code": "x", "message": "No money", "param": None}],
        [completed(status="failed", error={"code": "x", "message": "No money"})],
    ],
)  # fmt: skip
def test_an_error_of_any_shape_is_told_once(errors: list[JSON]) -> None:
    found = answer(CREATED, says("Hel"), *errors)
    assert found.told == "Reported: The provider reported: No money."
    assert (found.message.text, found.message.notices) == ("Hel", ())


def test_a_failure_without_words_is_a_failure() -> None:
    for status in ("failed", "cancelled"):
        assert answer(CREATED, says("x"), completed(status=status)).told.startswith(
            "Reported: The provider reported: the res"
        )


@pytest.mark.parametrize(
    ("reason", "finish", "notice"),
    [
        ("max_output_tokens", "length", "The reply hit its length limit."),
        ("content_filter", "content_filter", "The reply was stopped by the server's content filter."),
        ("", "incomplete", "The reply is incomplete: no reason given."),
    ],
)
def test_an_incomplete_response_says_why(reason: str, finish: str, notice: str) -> None:
    found = answer(CREATED, says("x"), completed(status="incomplete", incomplete_details={"reason": reason}))
    assert found.complete
    assert (found.message.finish, found.message.notices) == (finish, (notice,))


def test_a_refusal_is_told_once_in_the_models_words() -> None:
    part = {"type": "refusal", "refusal": "I can't."}
    done = event("output_item.done", item={**MESSAGE, "content": [part]})
    for events in ([event("refusal.delta", delta="I "), event("refusal.delta", delta="can't.")], [done]):
        found = answer(CREATED, *events, completed())
        assert found.message.notices[0] == "The model refused: I can't."
        assert found.message.finish == "content_filter"
        assert found.message.text == ""


def test_the_end_without_a_marker_is_no_end() -> None:
    done = event("output_item.done", item=MESSAGE)
    assert answer(CREATED, says("Hello"), done).told.startswith("CutShort")


def test_text_of_several_messages_and_thoughts_of_several_parts_are_paragraphs() -> None:
    found = answer(
        CREATED,
        event("reasoning_summary_text.delta", delta="a"),
        event("reasoning_summary_part.added"),
        event("reasoning_summary_text.delta", delta="b"),
        event("reasoning_text.delta", delta="c"),
        event("output_item.added", item={"type": "message", "id": "1"}),
        event("output_text.delta", item_id="new", delta="One."),
        event("output_text.delta", item_id="every time", delta=" Two."),
        event("output_item.added", item={"type": "message", "id": "2"}),
        says("Three."),
        completed(),
    ).message
    assert (found.text, found.reasoning) == ("One. Two.\n\nThree.", "a\n\nbc")


def test_tools_stream_their_arguments_and_show_what_they_found() -> None:
    action = {"type": "search", "query": "q", "sources": [{"type": "url", "url": "https://n.test"}]}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action}
    broken = {"type": "mcp_call", "id": "m1", "name": "lookup", "arguments": "{}", "error": "gone", "status": "failed"}
    found = answer(
        CREATED,
        event("output_item.added", item={**CALL, "id": "fc_1", "arguments": ""}),
        event("function_call_arguments.delta", item_id="fc_1", delta='{"a":'),
        event("function_call_arguments.delta", item_id="fc_1", delta="1}"),
        event("output_item.done", item={**CALL, "id": "fc_1", "arguments": '{"a":1}'}),
        event("output_item.added", item={"type": "web_search_call", "id": "ws_1"}),
        event("output_item.done", item=search),
        event("output_item.done", item=broken),
        completed(search, broken, usage={"input_tokens": 36, "input_tokens_details": {"cached_tokens": 6},
                                         "output_tokens": 87, "output_tokens_details": {"reasoning_tokens": 7}}),
    ).message  # fmt: skip
    assert [(tool.id, tool.name, json.loads(tool.arguments), tool.result, tool.failed) for tool in found.tools] == [
        ("c", "f", {"a": 1}, None, False),
        ("ws_1", "web_search", {"type": "search", "query": "q"}, "https://n.test", False),
        ("m1", "lookup", {}, "gone", True),
    ]
    assert found.finish == "tool_calls"
    assert found.usage == Usage(input=36, output=87, cached=6, reasoning=7)


def test_sources_are_shown_once() -> None:
    cited = event(
        "output_text.annotation.added", annotation={"type": "url_citation", "url": "https://n.test", "title": "N"}
    )
    file = event("output_text.annotation.added", annotation={"type": "file_citation", "filename": "a.pdf"})
    done = {**MESSAGE, "content": [{"type": "output_text", "text": "Hello", "annotations": [cited["annotation"]]}]}
    found = answer(
        CREATED, says("Hello"), cited, cited, file, event("output_item.done", item=done), completed(done)
    ).message
    assert [(source.url, source.title) for source in found.sources] == [("https://n.test", "N"), ("", "a.pdf")]
    assert found.text == "Hello"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_response_that_is_told_only_at_its_end_is_shown_whole(streamed: bool) -> None:
    response = {
        "object": "response",
        "id": "resp_1",
        "model": "g",
        "status": "completed",
        "output": [REASONING, MESSAGE],
    }
    if streamed:
        found = answer(event("completed", response=response))
    else:
        found = played(turn(NAME), json.dumps(response).encode(), type="application/json")
    assert found.complete
    assert (found.message.text, found.message.reasoning) == ("Hello", "Hmm")


def test_json_that_is_no_response_is_told_so() -> None:
    found = played(turn(NAME), b'{"status":"ok"}', type="application/json")
    assert found.told == "NotAnApi: The answer is JSON, but no response."


async def test_models() -> None:
    wire = FakeWire(answer={"data": [{"id": "b"}, {"id": "a"}]})
    models = provider(NAME).models
    assert models is not None
    assert await models(Endpoint("it", NAME, "http://it.test/v1"), wire) == ("a", "b")
    assert wire.asked[0].url == "http://it.test/v1/models"
