"""The AI SDK's requests, and what of its streams is not in the recordings."""

import pytest
from talk import Talk, endpoint

from server import CUT, Server

DONE = b'data: {"type":"start"}\n\ndata: {"type":"text-delta","id":"1","delta":"Yes."}\n\ndata: {"type":"finish"}\n\n'


async def test_the_request_is_that_of_the_default_transport(server: Server) -> None:
    server.reply(DONE)
    talk = Talk(
        endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}"\nparams = {{ temperature = 0 }}'), "Be brief."
    )
    await talk.say("Hi")
    await talk.say("And now?")
    assert server.requests[0].path == "/api/chat"
    assert server.requests[1].json == {
        "id": "conv-1",
        "trigger": "submit-message",
        "temperature": 0,
        "messages": [
            {"id": "system", "role": "system", "parts": [{"type": "text", "text": "Be brief."}]},
            {"id": "u0", "role": "user", "parts": [{"type": "text", "text": "Hi"}]},
            {"id": "a1", "role": "assistant", "parts": [{"type": "text", "text": "Yes."}]},
            {"id": "u2", "role": "user", "parts": [{"type": "text", "text": "And now?"}]},
        ],
    }


@pytest.mark.parametrize(("url", "path"), [("", "/api/chat"), ("/", "/api/chat"), ("/chat", "/chat")])
async def test_an_address_without_a_path_gets_the_usual_one(server: Server, url: str, path: str) -> None:
    server.reply(DONE)
    talk = Talk(endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}{url}"'))
    assert (await talk.say("Hi")).text == "Yes."
    assert server.requests[0].path == path


async def test_servers_of_the_old_sdk_get_content_beside_parts(server: Server) -> None:
    server.reply(b'0:"Yes."\nd:{"finishReason":"stop"}\n', type="text/plain")
    talk = Talk(endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}"\nparams = {{ sdk = 4 }}'))
    assert (await talk.say("Hi")).text == "Yes."
    assert server.requests[0].json["messages"][0]["content"] == "Hi"
    assert "sdk" not in server.requests[0].json


async def test_plain_text_ends_with_its_body_and_an_event_stream_does_not(server: Server) -> None:
    server.reply(b"Just ", 0.02, b"words.", type="text/plain; charset=utf-8")
    server.reply(b"[1] is a footnote, and no JSON.", type="text/plain")
    server.reply(b'data: {"type":"text-delta","id":"1","delta":"Just"}\n\n')
    server.reply(b"Just ", CUT, type="text/plain")
    talk = Talk(endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}"'))
    assert (await talk.say("Hi")).text == "Just words."
    assert talk.finished
    assert (await talk.say("Hi")).text == "[1] is a footnote, and no JSON."
    assert talk.finished
    assert (await talk.say("Hi")).text == "Just"
    assert not talk.finished
    assert (await talk.say("Hi")).text == "Just "
    assert not talk.finished


async def test_nothing_after_the_end_is_waited_for(server: Server) -> None:
    server.reply(DONE, 30.0)
    talk = Talk(endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}"'))
    assert (await talk.say("Hi")).text == "Yes."
    assert talk.finished


async def test_what_a_stream_says_of_itself_is_shown(server: Server) -> None:
    server.reply(
        b'data: {"type":"start"}\n\n'
        b'data: {"type":"file","url":"data:image/png;base64,AA==","mediaType":"image/png"}\n\n'
        b'data: {"type":"file","url":"https://example.com/a.pdf","mediaType":"application/pdf"}\n\n'
        b'data: {"type":"abort","reason":"user left"}\n\n'
    )
    talk = Talk(endpoint(f'provider = "vercel-ui"\nurl = "http://{server.host}"'))
    reply = await talk.say("Hi")
    assert reply.notices[0] == "The server stopped the reply: user left"
    assert [(file.name, file.type, file.size, file.url) for file in reply.attachments] == [
        ("image.png", "image/png", 1, ""),
        ("a.pdf", "application/pdf", 0, "https://example.com/a.pdf"),
    ]
