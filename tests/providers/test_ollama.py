"""Ollama's own API: what is asked, and what rare answers mean. Whole exchanges: test_native_recorded."""

from __future__ import annotations

import asyncio
import json

import pytest
from recorded import FakeWire, Played, folded, played, turn

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import JSON, Started, Usage
from chattui.providers import ollama, provider
from chattui.wire.http import HttpWire
from server import CUT, Server

USER = Message("u1", None, "user", "hi")
TYPE = "application/x-ndjson"
DONE = {"done": True, "done_reason": "stop", "prompt_eval_count": 26, "eval_count": 282}


def lines(*values: JSON) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def says(text: str, **more: JSON) -> JSON:
    return {"model": "q3", "message": {"role": "assistant", "content": text, **more}, "done": False}


def answer(*values: JSON) -> Played:
    return played(turn("ollama"), lines(*values), type=TYPE)


def test_parameters_are_options_but_for_those_that_stand_beside_the_model() -> None:
    params = {"think": "low", "keep_alive": "5m", "num_ctx": 8192, "max_tokens": 9, "options": {"seed": 1}}
    asked = ollama.request(turn("ollama", USER, system="S", params=params))
    assert asked.url == "http://it.test/api/chat"
    assert asked.body == {
        "model": "m1", "stream": True, "think": "low", "keep_alive": "5m",
        "messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "hi"}],
        "options": {"num_ctx": 8192, "num_predict": 9, "seed": 1},
    }  # fmt: skip


def test_without_parameters_the_server_decides() -> None:
    assert ollama.request(turn("ollama", url="http://it.test/api")).body.keys() == {"model", "messages", "stream"}
    assert ollama.request(turn("ollama", url="http://it.test/api")).url == "http://it.test/api/chat"


def test_a_partial_answer_is_sent_last_and_gone_on_from() -> None:
    assert provider("ollama").continues
    half = Message("r1", "u1", "assistant", "Hel", state="incomplete")
    asked = turn("ollama", USER, half)
    assert ollama.request(asked).body["messages"][-1] == {"role": "assistant", "content": "Hel"}
    assert played(asked, lines(says("lo"), DONE), type=TYPE).message.text == "Hello"


def test_thinking_text_tools_usage_and_the_end() -> None:
    call = {"function": {"name": "f", "arguments": {"city": "Zürich"}}}
    found = answer(says("", thinking="Hmm"), says("Hi"), says("", tool_calls=[call, call]), DONE)
    assert found.complete
    message = found.message
    assert (message.reasoning, message.text, message.finish, message.model) == ("Hmm", "Hi", "stop", "q3")
    assert [(tool.id, tool.name, tool.arguments) for tool in message.tools] == [
        ("call_1", "f", '{"city": "Zürich"}'),
        ("call_2", "f", '{"city": "Zürich"}'),
    ]
    assert message.usage == Usage(input=26, output=282)


def test_reasoning_that_the_server_did_not_parse_is_split_out_of_the_text() -> None:
    found = answer(says("<thi"), says("nk>Hmm</think>\n\nHi"), DONE).message
    assert (found.reasoning, found.text) == ("Hmm", "Hi")


def test_the_length_limit_is_told() -> None:
    found = answer(says("Hi"), {**DONE, "done_reason": "length"}).message
    assert (found.finish, found.notices) == ("length", ("The reply hit its length limit.",))


@pytest.mark.parametrize("before", [(), (says("Hel"),)])
def test_an_error_line_is_the_servers_words(before: tuple[JSON, ...]) -> None:
    found = answer(*before, {"error": "an error was encountered while running the model: CUDA error"})
    assert found.told.endswith("an error was encountered while running the model: CUDA error.")
    assert found.told.startswith("Reported: ")


def test_the_end_without_done_is_no_end() -> None:
    assert answer(says("Hel")).told.startswith("CutShort")


def test_an_answer_that_is_not_streamed_says_the_same() -> None:
    whole = json.dumps({**says("Hello", thinking="Hmm"), **DONE}).encode()
    found = played(turn("ollama"), whole, type="application/json")
    assert found.complete
    assert (found.message.text, found.message.reasoning) == ("Hello", "Hmm")
    other = played(turn("ollama"), b'{"status":"ok"}', type="application/json")
    assert other.told == "NotAnApi: The answer is JSON, but no chat answer of Ollama."


async def test_without_a_model_the_first_one_is_asked(server: Server) -> None:
    server.reply(json.dumps({"models": [{"name": "a:7b"}, {"name": "b"}]}).encode(), type="application/json")
    server.raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-ndjson\r\n\r\n", lines(says("Hi"), DONE), CUT)
    wire = HttpWire()
    found = await folded(turn("ollama", model="", url=f"http://{server.host}"), wire)
    await wire.aclose()
    assert found.message.text == "Hi"
    assert found.events[0] == Started("a:7b")
    assert [request.path for request in server.requests] == ["/api/tags", "/api/chat"]
    assert server.requests[1].json["model"] == "a:7b"


def test_a_server_without_models_is_told_so() -> None:
    found = asyncio.run(folded(turn("ollama", model=""), FakeWire(answer={"models": []})))
    assert found.told == "Unsupported: it.test has no model."


@pytest.mark.parametrize("listed", [{}, [], None, {"models": {}}])
def test_a_list_of_models_that_is_none_is_told_so(listed: JSON) -> None:
    found = asyncio.run(folded(turn("ollama", model=""), FakeWire(answer=listed)))
    assert found.told == "NotAnApi: it.test did not answer with a list of models."


async def test_models() -> None:
    wire = FakeWire(answer={"models": [{"name": "a"}, {"model": "b"}, {"size": 5}]})
    models = provider("ollama").models
    assert models is not None
    assert await models(Endpoint("it", "ollama", "http://it.test", path="/x"), wire) == ("a", "b")
    assert wire.asked[0].url == "http://it.test/api/tags"
