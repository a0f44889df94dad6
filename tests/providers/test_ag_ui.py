"""AG-UI's runs: what is sent, what is kept between them."""

import json
from collections.abc import Mapping

from talk import Talk, endpoint

from server import Server


def run(*events: Mapping[str, object], outcome: object = None) -> bytes:
    whole = [
        {"type": "RUN_STARTED", "threadId": "t", "runId": "r"},
        *events,
        {"type": "RUN_FINISHED", "outcome": outcome},
    ]
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in whole)


SAID = {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "Yes."}


async def test_a_run_gets_the_whole_history_and_the_shared_state(server: Server) -> None:
    server.reply(run(SAID, {"type": "STATE_SNAPSHOT", "snapshot": {"mood": "good"}}))
    server.reply(run(SAID))
    talk = Talk(
        endpoint(f'provider = "ag-ui"\nurl = "http://{server.host}/agent"\nparams = {{ depth = 2 }}'), "Be brief."
    )
    await talk.say("Hi")
    await talk.say("And now?")
    assert server.requests[0].path == "/agent"
    assert server.requests[0].json["state"] == {}
    assert server.requests[1].json == {
        "threadId": "conv-1",
        "runId": "a3",
        "state": {"mood": "good"},
        "messages": [
            {"id": "system", "role": "system", "content": "Be brief."},
            {"id": "u0", "role": "user", "content": "Hi"},
            {"id": "a1", "role": "assistant", "content": "Yes."},
            {"id": "u2", "role": "user", "content": "And now?"},
        ],
        "tools": [],
        "context": [],
        "forwardedProps": {"depth": 2},
    }


async def test_an_interrupt_is_answered_by_the_next_message_and_then_forgotten(server: Server) -> None:
    schema = {"type": "object", "properties": {"approved": {"type": "boolean"}}}
    asked = {"id": "i1", "reason": "tool_call", "message": "Delete it?", "responseSchema": schema}
    server.reply(run(outcome={"type": "interrupt", "interrupts": [asked, {"id": "i2", "reason": "input_required"}]}))
    server.reply(run(SAID, outcome={"type": "success"}))
    talk = Talk(endpoint(f'provider = "ag-ui"\nurl = "http://{server.host}/agent"'))
    reply = await talk.say("Hi")
    assert reply.text == "Delete it?\n\ninput required"
    assert [choice.label for choice in reply.choices] == ["Yes", "No"]
    await talk.say("yes")
    await talk.say("more")
    assert server.requests[1].json["resume"] == [
        {"interruptId": "i1", "status": "resolved", "payload": {"approved": True}},
        {"interruptId": "i2", "status": "resolved", "payload": "yes"},
    ]
    assert "resume" not in server.requests[2].json


async def test_a_state_patch_that_does_not_fit_costs_one_notice(server: Server) -> None:
    server.reply(run({"type": "STATE_DELTA", "delta": [{"op": "remove", "path": "/no/such"}]}, SAID))
    talk = Talk(endpoint(f'provider = "ag-ui"\nurl = "http://{server.host}/agent"'))
    reply = await talk.say("Hi")
    assert (reply.text, reply.notices) == ("Yes.", ("1 unreadable event was skipped.",))
    assert talk.finished
