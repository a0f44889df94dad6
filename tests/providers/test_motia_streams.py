"""Motia's streams against a server that behaves like it (tests/fakes/motia.py), and recordings of the real one."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from talk import Talk, endpoint

from chattui.chat import Message
from chattui.endpoint import Timeouts
from chattui.errors import NotAnApi, Rejected, TimedOut, Unreachable, Unsupported
from chattui.events import Finished, Progress, TextDelta, TextReplaced
from chattui.providers import motia_streams
from chattui.providers.motia_streams.replies import Replies
from fakes.motia import Encoding, Motia
from server import Server, until

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "motia-streams"
ENCODINGS: tuple[Encoding, ...] = ("ephemeral", "stored", "items", "twice", "both")
Start = Callable[..., Talk]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(motia_streams, "PAUSE", 0.05)
    monkeypatch.setattr(motia_streams, "SYNC", 1.0)


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs a fake for the time of the test, and a conversation with it."""
    with ExitStack() as stack:

        def run(fake: Motia, more: str = "") -> Talk:
            stack.enter_context(fake.running())
            return Talk(endpoint(f'url = "{fake.base}"\npreset = "motia"\nuser = "user-123"\n{more}'))

        yield run


@pytest.mark.parametrize("engine", ["0.x", "1.x"])
@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_every_encoding_says_the_same(start: Start, encoding: Encoding, engine: str) -> None:
    fake = Motia(encoding=encoding, engine=engine)  # type: ignore[arg-type]
    said = start(fake)
    for text in ("one", "two"):
        reply = await said.say(text)
        assert (said.error, reply.text, said.finished) == (None, fake.text, True)
        assert not any(isinstance(event, TextReplaced) for event in said.events)
    first, second = fake.bodies
    assert first == {"message": "one", "userId": "user-123", "conversationId": said.kept["conversation"]}
    assert second["conversationId"] == first["conversationId"]
    assert fake.joined == [first["conversationId"]] * 2
    await until(lambda: fake.left_groups == fake.joined)


async def test_it_joins_before_it_asks(start: Start) -> None:
    fake = Motia()
    said = start(fake)
    await said.say("one")
    assert [request.path for request in fake.requests] == ["/", "/chat"]
    assert Progress("thinking", "thinking") in said.events


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_dropped_socket_is_joined_again_without_repeating_text(start: Start, encoding: Encoding) -> None:
    fake = Motia(encoding=encoding, drops=1)
    said = start(fake)
    reply = await said.say("one")
    assert (said.error, reply.text) == (None, fake.text)
    assert len(fake.joined) == 2
    assert len(fake.bodies) == 1  # asked once


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_worker_that_is_tried_again_replaces_what_it_had_said(start: Start, encoding: Encoding) -> None:
    fake = Motia(encoding=encoding, worker="fails once")
    said = start(fake)
    reply = await said.say("one")
    assert (said.error, reply.text) == (None, fake.text)


async def test_an_application_may_have_ids_of_its_own(start: Start) -> None:
    fake = Motia(renames=True, encoding="stored")
    said = start(fake)
    reply = await said.say("one")
    assert reply.text == fake.text
    assert said.kept["conversation"].startswith("own-conv-")


async def test_silence_is_not_waited_for_for_ever(start: Start) -> None:
    said = start(Motia(worker="silent"))
    said.endpoint = replace(said.endpoint, timeouts=Timeouts(first_token=0.15, idle=0.15))
    await said.say("one")
    assert isinstance(said.error, TimedOut)
    assert "worker" in said.error.text


async def test_a_socket_may_want_a_token(start: Start) -> None:
    fake = Motia(token="good-token")
    said = start(fake, 'api_key = "good-token"')
    assert (await said.say("one")).text == fake.text
    said = start(Motia(token="good-token"), 'api_key = "bad-token"')
    await said.say("one")
    assert isinstance(said.error, Rejected)
    assert said.error.status == 401
    assert "the configuration file" in said.error.text
    assert "bad-token" not in str(said.error)


@pytest.mark.parametrize("count", [2001, 5000])
async def test_a_message_that_is_too_long_is_not_sent(start: Start, count: int) -> None:
    fake = Motia()
    said = start(fake)
    await said.say("x" * count)
    assert isinstance(said.error, Unsupported)
    assert f"this one has {count}" in said.error.text
    assert fake.requests == []
    assert (await said.say("x" * 2000)).text == fake.text


async def test_no_user_no_server_and_no_socket(start: Start, server: Server) -> None:
    said = start(Motia())
    said.endpoint = replace(said.endpoint, user="")
    await said.say("one")
    assert isinstance(said.error, Unsupported)
    said = Talk(endpoint('url = "http://127.0.0.1:9"\npreset = "motia"\nuser = "u"'))
    await said.say("one")
    assert isinstance(said.error, Unreachable)
    server.reply(b"hello", type="text/plain", body="length")
    said = Talk(endpoint(f'url = "http://{server.host}"\npreset = "motia"\nuser = "u"'))
    await said.say("one")
    assert isinstance(said.error, NotAnApi | Rejected)


def replayed(case: str) -> tuple[Message, Replies]:
    replies = Replies()
    reply = Message("a", None, "assistant")
    for frame in (TRANSCRIPTS / f"{case}.jsonl").read_text("utf-8").splitlines():
        for event in replies.read(frame):
            reply += event
    return reply, replies


@pytest.mark.parametrize(
    ("case", "text", "finished"),
    [
        ("hello", "Hello there! This is a mocked reply.", True),
        ("join_after_post", "Hello there! This is a mocked reply.", True),
        ("upstream_cut", "This sen", False),  # three workers said it, each under an id of its own
    ],
)
def test_a_recorded_motia(case: str, text: str, finished: bool) -> None:
    reply, replies = replayed(case)
    assert (reply.text, replies.finished) == (text, finished)


@pytest.mark.parametrize(
    "frame",
    ["", "[]", "3", "{", "null", '{"event":3}', '{"event":{"type":"sync"}}', '{"event":{"type":"sync","data":null}}',
     '{"event":{"type":"sync","data":[3,null]}}', '{"event":{"type":"create","data":3}}',
     '{"event":{"type":"event","event":{"type":"assistant_chunk","data":[]}}}',
     '{"event":{"type":"delete","data":{}}}'],
)  # fmt: skip
def test_what_is_no_frame_is_passed_over(frame: str) -> None:
    replies = Replies()
    replies.learn(frame)
    assert list(replies.read(frame)) == []


def test_what_was_there_before_the_question_is_not_the_answer() -> None:
    frame = (TRANSCRIPTS / "late_join_sync.jsonl").read_text("utf-8")
    replies = Replies()
    replies.learn(frame)
    assert replies.synced
    assert list(replies.read(frame)) == []  # the same sync, after a reconnect
    assert "".join(event.text for event in Replies().read(frame) if isinstance(event, TextDelta))


def test_a_group_that_may_not_be_joined() -> None:
    with pytest.raises(Unsupported, match="join"):
        list(Replies().read('{"event":{"type":"unauthorized"}}'))
    refused = '{"event":{"type":"event","event":{"type":"error","data":{"code":"X","message":"Access denied"}}}}'
    with pytest.raises(Exception, match="Access denied"):
        list(Replies().read(refused))


def test_the_full_text_of_the_end_is_authoritative() -> None:
    def event(name: str, **data: str) -> str:
        import json

        return json.dumps({"event": {"type": "event", "event": {"type": name, "data": data}}})

    replies = Replies()
    reply = Message("a", None, "assistant")
    for frame in (
        event("assistant_chunk", messageId="m", content="Hel"),
        event("assistant_chunk", messageId="m", content="o"),  # a piece was lost in between
        event("assistant_complete", messageId="m", fullResponse="Hello"),
        event("assistant_chunk", messageId="m", content="late"),
    ):
        for told in replies.read(frame):
            reply += told
    assert (reply.text, reply.finish) == ("Hello", Finished("stop").reason)


@pytest.mark.parametrize("stored_first", [False, True])
def test_a_chunk_that_is_sent_and_stored_is_one_chunk(stored_first: bool) -> None:
    replies = Replies()
    shown = ""
    for number, piece in enumerate(("la ", "la ", "land")):
        data = {"type": "assistant_chunk", "messageId": "m", "content": piece, "timestamp": "2025-01-01T00:00:00.0Z"}
        sent = {"event": {"type": "event", "event": {"type": "assistant_chunk", "data": data}}}
        stored = {"id": f"evt-{number}", "event": {"type": "create", "data": {**data, "id": f"evt-{number}"}}}
        for frame in (stored, sent) if stored_first else (sent, stored):
            for event in replies.read(json.dumps(frame)):
                assert isinstance(event, TextDelta)
                shown += event.text
    assert shown == "la la land"
