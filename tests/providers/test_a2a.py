"""A2A's tasks: both versions, agents that do not stream, contexts that stay and tasks that are cancelled."""

import json
from contextlib import aclosing

import pytest
from talk import Talk, endpoint

from chattui.chat import Message
from chattui.errors import Reported
from chattui.events import TextDelta
from chattui.providers import Turn
from chattui.providers.a2a import reply as a2a
from chattui.wire.http import HttpWire
from server import STALL, Server


def answer(result: object) -> bytes:
    return b"data: " + json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}).encode() + b"\n\n"


def status(state: str, said: str = "", **more: object) -> bytes:
    message = {"message": {"role": "ROLE_AGENT", "parts": [{"text": said}]}} if said else {}
    body = {"taskId": "t1", "contextId": "c1", "status": {"state": f"TASK_STATE_{state}", **message}, **more}
    return answer({"statusUpdate": body})


PART = answer(
    {
        "artifactUpdate": {
            "taskId": "t1",
            "contextId": "c1",
            "artifact": {"artifactId": "a", "parts": [{"text": "Yes."}]},
        }
    }
)


def talking(server: Server, more: str = "") -> Talk:
    return Talk(endpoint(f'provider = "a2a"\nurl = "http://{server.host}/rpc"\n{more}'))


async def test_the_context_stays_and_the_task_only_while_it_waits(server: Server) -> None:
    server.reply(status("INPUT_REQUIRED", "Which city?"))
    server.reply(PART + status("COMPLETED"))
    talk = talking(server)
    assert (await talk.say("Weather?")).text == "Which city?"
    await talk.say("Bern")
    await talk.say("Thanks")
    bodies = [request.json for request in server.requests]
    assert bodies[0] == {
        "jsonrpc": "2.0",
        "id": "a1",
        "method": "SendStreamingMessage",
        "params": {"message": {"messageId": "u0", "role": "ROLE_USER", "parts": [{"text": "Weather?"}]}},
    }
    assert server.requests[0].headers["a2a-version"] == "1.0"
    second, third = (body["params"]["message"] for body in bodies[1:])
    assert (second["contextId"], second["taskId"]) == ("c1", "t1")
    assert third["contextId"] == "c1"
    assert "taskId" not in third


async def test_a_server_of_the_older_version_is_asked_in_it_from_then_on(server: Server) -> None:
    server.reply(
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}', type="application/json"
    )
    old = {
        "kind": "message",
        "role": "agent",
        "messageId": "m",
        "contextId": "c1",
        "parts": [{"kind": "text", "text": "Yes."}],
    }
    server.reply(answer(old))
    talk = talking(server)
    assert (await talk.say("Hi")).text == "Yes."
    assert (await talk.say("Hi")).text == "Yes."
    assert [request.json["method"] for request in server.requests] == [
        "SendStreamingMessage",
        "message/stream",
        "message/stream",
    ]
    assert server.requests[1].json["params"]["message"] == {
        "kind": "message",
        "messageId": "u0",
        "role": "user",
        "parts": [{"kind": "text", "text": "Hi"}],
    }


async def test_a_refusal_with_an_error_status_counts_too(server: Server) -> None:
    refused = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}'
    server.reply(refused, status=404, type="application/json")
    server.reply(answer({"kind": "message", "messageId": "m", "parts": [{"kind": "text", "text": "Yes."}]}))
    assert (await talking(server).say("Hi")).text == "Yes."


async def test_an_agent_that_does_not_stream_is_asked_for_the_whole(server: Server) -> None:
    server.reply(
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32004,"message":"Streaming unsupported"}}', type="application/json"
    )
    task = {
        "id": "t1",
        "contextId": "c1",
        "status": {"state": "TASK_STATE_COMPLETED"},
        "artifacts": [{"parts": [{"text": "Yes."}]}],
    }
    server.reply(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"task": task}}).encode(), type="application/json")
    talk = talking(server)
    assert (await talk.say("Hi")).text == "Yes."
    assert talk.finished
    assert server.requests[1].json["method"] == "SendMessage"


async def test_a_pinned_version_is_not_left(server: Server) -> None:
    server.reply(
        b'{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"Method not found"}}', type="application/json"
    )
    talk = talking(server, 'params = { version = "0.3" }')
    await talk.say("Hi")
    assert type(talk.error) is Reported
    assert talk.error.text == "The server answered 200 with an error: Method not found."
    assert [request.json["method"] for request in server.requests] == ["message/stream"]


async def test_a_task_that_is_left_is_cancelled(server: Server) -> None:
    server.reply(PART, STALL)
    server.reply(b"{}", type="application/json")
    turn = Turn(talking(server).endpoint, "", (Message("u", None, "user", "Hi"),), conversation="conv-1", reply="a")
    wire = HttpWire()
    async with aclosing(a2a(turn, wire)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    await wire.aclose()
    assert (server.requests[1].json["method"], server.requests[1].json["params"]) == ("CancelTask", {"id": "t1"})


async def test_what_a_failed_task_has_made_is_kept(server: Server) -> None:
    """The whole task comes at once: its artifacts and that it failed."""
    task = {
        "id": "t1",
        "contextId": "c1",
        "status": {"state": "TASK_STATE_FAILED", "message": {"parts": [{"text": "The tool broke."}]}},
        "artifacts": [{"artifactId": "a", "parts": [{"text": "Half of "}, {"text": "it"}]}],
    }
    server.reply(json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"task": task}}).encode(), type="application/json")
    talk = talking(server)
    assert (await talk.say("Hi")).text == "Half of it"
    assert type(talk.error) is Reported
    assert "The tool broke" in talk.error.text
    assert not talk.finished


@pytest.mark.parametrize("path", ["/rpc", "/rpc/", "/", ""])
async def test_the_address_is_asked_as_it_is_written(path: str, server: Server) -> None:
    """Many frameworks redirect an address that lacks its last slash, and a redirect is not followed."""
    server.reply(PART + status("COMPLETED"))
    talk = Talk(endpoint(f'provider = "a2a"\nurl = "http://{server.host}{path}"'))
    assert (await talk.say("Hi")).text == "Yes."
    assert server.requests[0].path == (path or "/")
