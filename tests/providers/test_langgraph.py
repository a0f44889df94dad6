"""LangGraph's threads: made once, continued, left for another branch, made again when the server forgot them."""

import json

from talk import Talk, endpoint

from chattui.errors import NotAnApi, Rejected, Reported
from chattui.providers.langgraph import models
from chattui.wire.http import HttpWire
from server import Server


def made(server: Server, thread: str) -> None:
    server.reply(json.dumps({"thread_id": thread}).encode(), type="application/json")


def answers(server: Server, *events: tuple[str, object]) -> None:
    chunk = {"type": "AIMessageChunk", "id": "m", "content": "Yes."}
    whole = events or (("metadata", {"run_id": "r"}), ("messages", [chunk, {}]))
    server.reply(b"".join(f"event: {name}\r\ndata: {json.dumps(data)}\r\n\r\n".encode() for name, data in whole))


def talking(server: Server, more: str = "") -> Talk:
    return Talk(endpoint(f'provider = "langgraph"\nurl = "http://{server.host}"\n{more}'), "Be brief.")


async def test_a_thread_is_made_once_and_later_turns_send_the_new_message_alone(server: Server) -> None:
    made(server, "t1")
    answers(server)
    answers(server)
    talk = talking(server, 'model = "helper"\nparams = { config = { recursion_limit = 5 } }')
    assert (await talk.say("Hi")).text == "Yes."
    assert (await talk.say("And now?")).text == "Yes."
    assert [request.path for request in server.requests] == [
        "/threads",
        "/threads/t1/runs/stream",
        "/threads/t1/runs/stream",
    ]
    assert [request.json.get("input") for request in server.requests] == [
        None,
        {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
        {"messages": [{"role": "user", "content": "And now?"}]},
    ]
    sent = server.requests[1].json
    assert (sent["assistant_id"], sent["on_disconnect"], sent["config"]) == ("helper", "cancel", {"recursion_limit": 5})
    assert talk.kept == {"thread_id": "t1", "head": "a3"}


async def test_a_thread_that_cannot_be_made_is_tried_again(server: Server) -> None:
    server.reply(b"", status=503, headers={"Retry-After": "0"})
    made(server, "t1")
    answers(server)
    talk = Talk(endpoint(f'provider = "langgraph"\nurl = "http://{server.host}"', tries=1))
    assert (await talk.say("Hi")).text == "Yes."
    assert [request.path for request in server.requests] == ["/threads", "/threads", "/threads/t1/runs/stream"]
    server.reply(b"", status=503, headers={"Retry-After": "0"})
    other = Talk(endpoint(f'provider = "langgraph"\nurl = "http://{server.host}/no"', tries=1))
    await other.say("Hi")
    assert isinstance(other.error, (Rejected, NotAnApi))


async def test_another_branch_gets_a_thread_of_its_own_with_all_that_was_said(server: Server) -> None:
    made(server, "t1")
    answers(server)
    made(server, "t2")
    answers(server)
    talk = talking(server)
    await talk.say("Hi")
    talk.messages = [talk.messages[0], talk.messages[1].__class__("other", None, "assistant", "No.")]
    await talk.say("Why?")
    assert server.requests[3].path == "/threads/t2/runs/stream"
    assert [message["content"] for message in server.requests[3].json["input"]["messages"]] == [
        "Be brief.",
        "Hi",
        "No.",
        "Why?",
    ]


async def test_a_thread_whose_last_run_failed_is_left(server: Server) -> None:
    made(server, "t1")
    answers(server, ("error", {"error": "RuntimeError", "message": "model crashed"}))
    made(server, "t2")
    answers(server)
    talk = talking(server)
    await talk.say("Hi")
    assert isinstance(talk.error, Reported)
    assert talk.remote == {}
    await talk.say("Again")
    assert server.requests[3].path == "/threads/t2/runs/stream"


async def test_a_thread_that_the_server_forgot_is_made_anew_with_all_that_was_said(server: Server) -> None:
    made(server, "t1")
    answers(server)
    server.reply(b'{"detail":"Thread not found"}', status=404, type="application/json")
    made(server, "t2")
    answers(server)
    talk = talking(server)
    await talk.say("Hi")
    assert (await talk.say("And now?")).text == "Yes."
    assert talk.error is None
    assert [message["content"] for message in server.requests[4].json["input"]["messages"]][1:] == [
        "Hi",
        "Yes.",
        "And now?",
    ]
    assert talk.kept["thread_id"] == "t2"


async def test_an_interrupt_is_resumed_by_the_next_message(server: Server) -> None:
    made(server, "t1")
    answers(server, ("updates", {"__interrupt__": [{"value": {"question": "Send it?"}, "id": "i"}]}))
    answers(server)
    answers(server)
    talk = talking(server)
    assert (await talk.say("Hi")).text == "Send it?"
    await talk.say("yes")
    await talk.say("thanks")
    assert (server.requests[2].json["command"], server.requests[2].json["input"]) == ({"resume": "yes"}, None)
    assert "command" not in server.requests[3].json


async def test_without_state_every_turn_sends_everything_and_keeps_nothing(server: Server) -> None:
    answers(server)
    talk = talking(server, "params = { stateless = true }")
    await talk.say("Hi")
    await talk.say("And now?")
    assert {request.path for request in server.requests} == {"/runs/stream"}
    assert len(server.requests[1].json["input"]["messages"]) == 4
    assert "stateless" not in server.requests[1].json
    assert talk.remote == {}


async def test_the_key_goes_as_x_api_key_and_its_refusal_names_its_source(server: Server) -> None:
    server.reply(b'{"detail":"Invalid API key"}', status=401, type="application/json")
    talk = talking(server, 'api_key = "sk-secret"')
    await talk.say("Hi")
    assert server.requests[0].headers["x-api-key"] == "sk-secret"
    assert isinstance(talk.error, Rejected)
    assert "was refused" in talk.error.text
    assert "sk-secret" not in str(talk.error)


async def test_a_server_that_names_no_thread_is_no_langgraph(server: Server) -> None:
    server.reply(b"[]", type="application/json")
    talk = talking(server)
    await talk.say("Hi")
    assert isinstance(talk.error, NotAnApi)


async def test_models_are_graphs_and_the_assistants_that_people_made(server: Server) -> None:
    listed = [
        {"assistant_id": "1", "graph_id": "agent", "metadata": {"created_by": "system"}},
        {"assistant_id": "2", "graph_id": "agent", "metadata": {}},
    ]
    server.reply(json.dumps(listed).encode(), type="application/json")
    wire = HttpWire()
    assert await models(talking(server).endpoint, wire) == ("agent", "2")
    await wire.aclose()
