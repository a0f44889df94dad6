"""What goes wrong on the way to Motia's streams, and in the middle of them: one sentence, and every word that had come."""

# ruff: noqa: E501 - tables of cases, one to a line

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from talk import Talk, endpoint

from chattui.endpoint import Retry, Timeouts
from chattui.errors import ChatError, CutShort, NotAnApi, Rejected, Reported, TimedOut, Unreachable
from chattui.events import Progress
from chattui.providers import motia_streams
from fakes.motia import Motia
from server import CUT, RESET, STALL, Server, until

FAST = Timeouts(connect=0.3, first_token=0.3, idle=0.2)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motia_streams, "PAUSE", 0.01)
    monkeypatch.setattr(motia_streams, "SYNC", 0.2)


def talking(address: str, timeouts: Timeouts = FAST) -> Talk:
    spoken = endpoint(f'url = "http://{address}"\npreset = "motia"\nuser = "u"\napi_key = "sk-secret"')
    return Talk(replace(spoken, timeouts=timeouts))


PAGE = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 46\r\n\r\n<!doctype html><title>502 Bad Gateway</title>.."
HANDSHAKES: dict[str, tuple[tuple[Any, ...], type[ChatError], str]] = {
    "nothing comes": ((STALL,), TimedOut, "Could not connect to HOST within 0.3 s."),
    "closed": ((CUT,), Unreachable, "HOST closed the connection before answering."),
    "reset": ((RESET,), Unreachable, "HOST closed the connection before answering."),
    "no HTTP": ((b"SSH-2.0-OpenSSH\r\n\r\n", CUT), NotAnApi, "HOST does not speak WebSocket there."),
    "no upgrade": ((b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", CUT), NotAnApi, "HOST does not speak WebSocket there."),
    "a page": ((PAGE, CUT), Rejected, "502 from a proxy (‘502 Bad Gateway’), not from the API."),
    "moved": ((b"HTTP/1.1 307 Moved\r\nLocation: ws://other.example/\r\nContent-Length: 0\r\n\r\n", CUT), Rejected, "307: the address moved to ws://other.example."),
    "refused": ((b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", CUT), Rejected, "401: the key for ‘it’ was refused. It comes from the configuration file."),
}  # fmt: skip


@pytest.mark.parametrize("name", HANDSHAKES)
async def test_a_socket_that_does_not_open_is_one_sentence(server: Server, name: str) -> None:
    steps, kind, text = HANDSHAKES[name]
    server.raw(*steps)
    talk = talking(server.host)
    await talk.say("Hi")
    assert talk.error is not None
    assert (type(talk.error), talk.error.text) == (kind, text.replace("HOST", server.host))
    assert "sk-secret" not in f"{talk.error!r} {talk.error}"
    assert not [request for request in server.requests if request.method == "POST"], "nothing was asked"


@pytest.mark.parametrize(
    ("settings", "kind", "text", "kept"),
    [
        ({"worker": "leaves"}, CutShort, "The socket was closed again and again; the reply may be cut short.", True),
        (
            {"worker": "stops"},
            TimedOut,
            "Nothing came for 0.2 s. Motia does not say when its worker fails; it may have.",
            True,
        ),
        (
            {"worker": "silent"},
            TimedOut,
            "Nothing came for 0.3 s. Motia does not say when its worker fails; it may have.",
            False,
        ),
        ({"worker": "tells"}, Reported, "The provider reported: no ␛[2J model.", True),
    ],
)
async def test_a_reply_that_breaks_off_keeps_its_words(
    settings: dict[str, Any], kind: type[ChatError], text: str, kept: bool
) -> None:
    fake = Motia(**settings)
    with fake.running():
        talk = talking(fake.host)
        reply = await talk.say("Hi")
        assert talk.error is not None
        assert (type(talk.error), talk.error.text) == (kind, text)
        assert bool(reply.text) is kept
        assert fake.text.startswith(reply.text)
        assert len(fake.bodies) == 1, "asked once"


async def test_a_socket_that_does_not_open_is_tried_again_before_anything_is_asked() -> None:
    fake = Motia(refuses=2)
    with fake.running():
        talk = talking(fake.host, Timeouts())
        talk.endpoint = replace(talk.endpoint, retry=Retry(2))
        assert (await talk.say("Hi")).text == fake.text
        assert len(fake.bodies) == 1
        tries = [event.attempt for event in talk.events if isinstance(event, Progress) and event.phase == "retrying"]
        assert tries == [2, 3]
        fake.refuses = 3
        await talk.say("Hi")
        assert talk.error is not None
        assert talk.error.text == "503: service unavailable (tried 3 times)."


async def test_nothing_listens() -> None:
    talk = talking("127.0.0.1:9")
    await talk.say("Hi")
    assert isinstance(talk.error, Unreachable)
    assert talk.error.text == "Nothing is listening on 127.0.0.1:9."


@pytest.mark.parametrize("after", [0.0, 0.01, 0.05, 0.1])
async def test_a_reply_that_is_stopped_leaves_no_socket(after: float) -> None:
    with Motia(worker="stops").running() as fake:
        talk = talking(fake.host, Timeouts())
        task = asyncio.create_task(talk.say("Hi"))
        await asyncio.sleep(after)
        task.cancel()
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: not fake.open)
