"""Conversations that the server keeps, across a restart: each command here is a process's worth of its own."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from chattui.cli import main
from server import Server

Config = Callable[[str], Path]


def sse(*values: object, event: str = "") -> bytes:
    head = f"event: {event}\n" if event else ""
    return b"".join(f"{head}data: {json.dumps(value)}\n\n".encode() for value in values)


def two_turns(server: Server, config: Config, lines: str, path: str = "") -> None:
    config(f'[endpoints.it]\nurl = "http://{server.host}{path}"\nmodel = "m"\n{lines}\n')
    assert main(["ask", "one"]) == 0
    assert main(["ask", "--continue", "two"]) == 0


def bodies(server: Server, path: str) -> list[Mapping[str, object]]:
    return [request.json for request in server.requests if request.path == path]


def test_responses_names_the_reply_that_it_follows(server: Server, config: Config) -> None:
    for number in (1, 2):
        done = {"id": f"resp_{number}", "status": "completed", "output": []}
        server.reply(sse({"type": "response.output_text.delta", "delta": "Yes."},
                         {"type": "response.completed", "response": done}))  # fmt: skip
    two_turns(server, config, 'provider = "openai-responses"\nparams = { store = true }', "/v1")
    first, second = bodies(server, "/v1/responses")
    assert "previous_response_id" not in first
    assert second["previous_response_id"] == "resp_1"
    assert second["input"] == [{"role": "user", "content": "two"}], "what the server knows is not sent again"


def test_responses_does_not_follow_a_reply_of_another_branch(server: Server, config: Config, home: Path) -> None:
    """The server lost its end: the next turn tells everything again."""
    done = {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": []}}
    server.reply(sse({"type": "response.output_text.delta", "delta": "Yes."}, done))
    server.reply(json.dumps({"error": {"message": "Previous response with id 'resp_1' not found."}}).encode(),
                 status=400, type="application/json")  # fmt: skip
    server.reply(sse({"type": "response.output_text.delta", "delta": "Again."}, done))
    two_turns(server, config, 'provider = "openai-responses"\nparams = { store = true }', "/v1")
    last = bodies(server, "/v1/responses")[-1]
    assert "previous_response_id" not in last
    assert [item["content"] for item in last["input"]] == ["one", "Yes.", "two"]  # type: ignore[attr-defined]  # JSON


def test_dify_goes_on_in_its_conversation(server: Server, config: Config) -> None:
    said = {"event": "message", "task_id": "t", "conversation_id": "c-77", "answer": "Yes."}
    server.reply(sse(said, {"event": "message_end", "conversation_id": "c-77", "metadata": {}}))
    two_turns(server, config, 'provider = "dify"\napi_key = "app-1"\nparams = { suggestions = false }', "/v1")
    first, second = bodies(server, "/v1/chat-messages")
    assert (first["conversation_id"], second["conversation_id"]) == ("", "c-77")
    assert second["query"] == "two"
    assert first["user"] == second["user"], "Dify finds a conversation by both"


def test_langgraph_goes_on_in_its_thread(server: Server, config: Config) -> None:
    message = {"id": "m", "type": "ai", "content": "Yes."}
    server.reply(b'{"thread_id": "th-5"}', type="application/json")
    server.reply(sse([message, {}], event="messages") + sse(None, event="end"))
    server.reply(sse([{**message, "id": "m2"}, {}], event="messages") + sse(None, event="end"))
    two_turns(server, config, 'provider = "langgraph"')
    assert [request.path for request in server.requests] == ["/threads", *["/threads/th-5/runs/stream"] * 2]
    second = server.requests[2].json
    assert second["input"] == {"messages": [{"role": "user", "content": "two"}]}


def test_an_agent_goes_on_in_its_context(server: Server, config: Config) -> None:
    said = {"messageId": "x", "contextId": "ctx-9", "role": "ROLE_AGENT", "parts": [{"text": "Yes."}]}
    server.reply(sse({"jsonrpc": "2.0", "id": 1, "result": {"message": said}}))
    two_turns(server, config, 'provider = "a2a"', "/a2a")
    first, second = (request.json["params"]["message"] for request in server.requests)
    assert "contextId" not in first
    assert second["contextId"] == "ctx-9"


@pytest.mark.parametrize("shape", ["text", "json"])
def test_a_shared_state_goes_back(shape: str, server: Server, config: Config) -> None:
    events = [{"type": "RUN_STARTED"}, {"type": "STATE_SNAPSHOT", "snapshot": {"mood": shape}},
              {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Yes."}, {"type": "RUN_FINISHED"}]  # fmt: skip
    server.reply(sse(*events))
    two_turns(server, config, 'provider = "ag-ui"', "/agent")
    assert [body["state"] for body in bodies(server, "/agent")] == [{}, {"mood": shape}]
