"""Dify's conversations: what is sent, how they go on, are stopped, and wait for forms."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import aclosing

import pytest
from talk import Talk, endpoint

from chattui.chat import Message
from chattui.errors import Rejected
from chattui.events import Attachment, TextDelta
from chattui.providers import Turn
from chattui.providers.dify import reply as dify
from chattui.wire.http import HttpWire
from fakes.dify import KEY, Dify
from server import STALL, Server

IDS = {"task_id": "k1", "message_id": "m1", "conversation_id": "c1"}
YES = {"event": "message", **IDS, "answer": "Yes."}
END = {"event": "message_end", **IDS, "metadata": {}}


def sse(*events: Mapping[str, object]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


def talking(server: Server, more: str = "params = { suggestions = false }") -> Talk:
    return Talk(endpoint(f'provider = "dify"\nurl = "http://{server.host}/v1"\napi_key = "app-key"\n{more}'))


async def test_only_the_new_message_is_sent_in_the_servers_conversation(server: Server) -> None:
    server.reply(sse(YES, END))
    talk = talking(server, "params = { suggestions = false, inputs = { tone = 'kind' } }")
    await talk.say("Hi")
    await talk.say("And now?")
    assert server.requests[1].path == "/v1/chat-messages"
    assert server.requests[1].headers["authorization"] == "Bearer app-key"
    assert server.requests[1].json == {
        "query": "And now?",
        "inputs": {"tone": "kind"},
        "response_mode": "streaming",
        "conversation_id": "c1",
        "user": "chattui-conv-1",
        "files": [],
    }
    assert server.requests[0].json["conversation_id"] == ""


async def test_the_user_of_the_configuration_is_the_end_user(server: Server) -> None:
    server.reply(sse(YES, END))
    await talking(server, 'user = "ana"\nparams = { suggestions = false }').say("Hi")
    assert server.requests[0].json["user"] == "ana"


async def test_suggested_questions_are_offered_as_choices(server: Server) -> None:
    server.reply(sse(YES, END))
    server.reply(b'{"result":"success","data":["Why?","How?"]}', type="application/json")
    talk = talking(server, "")
    reply = await talk.say("Hi")
    assert server.requests[1].path == "/v1/messages/m1/suggested?user=chattui-conv-1"
    assert [choice.label for choice in reply.choices] == ["Why?", "How?"]
    assert talk.finished


async def test_an_app_without_suggestions_costs_nothing(server: Server) -> None:
    server.reply(sse(YES, END))
    server.reply(b'{"code":"bad_request","message":"Suggested Questions Is Disabled.","status":400}', status=400)
    talk = talking(server, "")
    reply = await talk.say("Hi")
    assert (reply.text, reply.choices, reply.notices, talk.error) == ("Yes.", (), (), None)


async def test_a_conversation_that_the_server_forgot_goes_on_in_a_new_one_and_says_so(server: Server) -> None:
    server.reply(sse(YES, END))
    server.reply(b'{"code":"not_found","message":"Conversation Not Exists.","status":404}', status=404)
    server.reply(sse({**YES, "conversation_id": "c2"}, {**END, "conversation_id": "c2"}))
    talk = talking(server)
    await talk.say("Hi")
    reply = await talk.say("And now?")
    assert reply.text == "Yes."
    assert "no longer knows this conversation" in reply.notices[0]
    assert talk.kept == {"conversation_id": "c2"}


@pytest.mark.parametrize("cancelled", [True, False])
async def test_a_reply_that_is_left_is_stopped_on_the_server(server: Server, cancelled: bool) -> None:
    """Whether the task that pulls is cancelled or the generator is closed."""
    server.reply(sse(YES), STALL)
    server.reply(b'{"result":"success"}', type="application/json")
    turn = Turn(talking(server).endpoint, "", (Message("u", None, "user", "Hi"),), conversation="conv-1", reply="a")
    wire = HttpWire()
    heard = asyncio.Event()

    async def pull() -> None:
        async with aclosing(dify(turn, wire)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    heard.set()
                    if not cancelled:
                        return

    pulling = asyncio.ensure_future(pull())
    await heard.wait()
    if cancelled:
        pulling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await pulling
    else:
        await pulling
    await wire.aclose()
    assert (server.requests[1].path, server.requests[1].json) == (
        "/v1/chat-messages/k1/stop",
        {"user": "chattui-conv-1"},
    )


async def test_a_stop_that_nobody_answers_is_not_waited_for_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chattui.providers.parts.TELL_SECONDS", 0.1)
    server.reply(sse(YES), STALL)
    server.reply(STALL)
    turn = Turn(talking(server).endpoint, "", (Message("u", None, "user", "Hi"),), conversation="conv-1", reply="a")
    wire = HttpWire()
    async with aclosing(dify(turn, wire)) as events:
        async for event in events:
            if isinstance(event, TextDelta):
                break
    await wire.aclose()
    assert len(server.requests) == 2


async def test_a_whole_reply_is_not_stopped(server: Server) -> None:
    server.reply(sse(YES, END))
    await talking(server).say("Hi")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("said", "action", "feedback"),
    [("reject", "reject", ""), ("Request changes", "reject", ""), ("Looks good", "approve", "Looks good")],
)
async def test_a_form_is_answered_by_the_next_message(server: Server, said: str, action: str, feedback: str) -> None:
    form = {
        "form_content": "Send this?",
        "inputs": [{"type": "paragraph", "output_variable_name": "feedback"}],
        "actions": [{"id": "approve", "title": "Approve"}, {"id": "reject", "title": "Request changes"}],
        "form_token": "tok",
        "resolved_default_values": {"feedback": ""},
    }
    asked = {"event": "human_input_required", "workflow_run_id": "w1", **IDS, "data": form}
    server.reply(sse(asked, {"event": "workflow_paused", **IDS, "data": {}}))
    server.reply(b"{}", type="application/json")
    server.reply(sse(YES, END))
    talk = talking(server)
    first = await talk.say("Hi")
    assert [(choice.label, choice.value) for choice in first.choices] == [
        ("Approve", "approve"),
        ("Request changes", "reject"),
    ]
    assert (await talk.say(said)).text == "Yes."
    submitted, resumed = server.requests[1:]
    assert submitted.path == "/v1/form/human_input/tok"
    assert submitted.json == {"inputs": {"feedback": feedback}, "action": action, "user": "chattui-conv-1"}
    assert (resumed.method, resumed.path) == ("GET", "/v1/workflow/w1/events?user=chattui-conv-1")
    assert talk.kept == {"conversation_id": "c1"}


async def test_images_are_uploaded_before_the_message_that_names_them() -> None:
    image = b"\x89PNG\r\n\x1a\n\r\n--not the end--\x00\xff"
    with Dify().running() as fake:
        assert isinstance(fake, Dify)
        spoken = endpoint(f'provider = "dify"\nurl = "{fake.base}"\napi_key = "{KEY}"')
        cat = Attachment("a cat.png", "image/png", len(image), "d" * 64)
        asked = Message("u", None, "user", "What is it?", attachments=(cat,))
        turn = Turn(spoken, "", (asked,), conversation="conv-1", reply="a", files={cat.digest: image})
        wire = HttpWire()
        async with aclosing(dify(turn, wire)) as events:
            text = "".join([event.text async for event in events if isinstance(event, TextDelta)])
        await wire.aclose()
        assert text == fake.text
        assert fake.files == {"file-1": image}
        sent = next(request.json for request in fake.requests if request.path == "/v1/chat-messages")
        assert sent["files"] == [{"type": "image", "transfer_method": "local_file", "upload_file_id": "file-1"}]
        assert b'name="user"\r\n\r\nchattui-conv-1\r\n' in fake.requests[0].body


async def test_an_image_that_is_refused_is_told_and_nothing_is_asked(server: Server) -> None:
    server.reply(b'{"code":"file_too_large","message":"File size exceeded.","status":413}', status=413)
    spoken = endpoint(f'provider = "dify"\nurl = "http://{server.host}/v1"\napi_key = "k"')
    cat = Attachment("cat.png", "image/png", 3, "d" * 64)
    asked = Message("u", None, "user", "What is it?", attachments=(cat,))
    wire = HttpWire()
    with pytest.raises(Rejected, match="File size exceeded"):
        async with aclosing(dify(Turn(spoken, "", (asked,), files={cat.digest: b"png"}), wire)) as events:
            [_ async for _ in events]
    await wire.aclose()
    assert [request.path for request in server.requests] == ["/v1/files/upload"]
