"""What is sent, what becomes of the connection, and how fast everything stops."""

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry, Timeouts, Tls
from chattui.errors import ChatError, NotAnApi, Rejected, SecretError, TimedOut, Unreachable, Unsupported
from chattui.events import ChatEvent, Notice, Progress, TextDelta
from chattui.providers import Turn, openai_chat, stream
from chattui.providers.openai_chunks import Chunks
from chattui.secret import Secret
from chattui.wire import Frame, Request, deadline
from chattui.wire.http import HttpWire
from server import CERTIFICATES, CUT, RESET, STALL, Server, chunk, every, said, sse, until

KEY = "sk-very-secret-0123456789"


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire()
    yield made
    await made.aclose()


def endpoint(server: Server, **settings: Any) -> Endpoint:
    return Endpoint("lab", "openai-chat", server.url, model="m", **{"retry": Retry(0), **settings})


async def frames(wire: HttpWire, request: Request, at: Endpoint) -> list[Frame]:
    async with wire.exchange(request, at) as exchange:
        return [item async for item in exchange if isinstance(item, Frame)]


async def events(wire: HttpWire, at: Endpoint) -> list[ChatEvent]:
    turn = Turn(at, at.model, (Message("1", None, "user", "hi"),))
    async with aclosing(openai_chat.reply(turn, wire)) as replies:
        return [event async for event in replies]


# ---------------------------------------------------------------- what is sent


async def test_a_request_carries_what_it_says(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    request = Request(
        server.url + "/chat?api-version=1",
        headers={"X-Key": Secret(KEY, "$KEY"), "X-Plain": "plain"},
        query={"key": Secret("a&b=c", "$N"), "n": "ü"},
        body={"text": "żółć \ud800", "n": 1},
    )
    await frames(wire, request, endpoint(server))
    [got] = server.requests
    assert got.path == "/v1/chat?api-version=1&key=a%26b%3Dc&n=%C3%BC"
    assert got.headers["x-key"] == KEY
    assert got.headers["x-plain"] == "plain"
    assert got.headers["accept-encoding"] == "identity"
    assert got.headers["accept"].startswith("text/event-stream, application/x-ndjson;q=0.9")
    assert got.headers["user-agent"].startswith("chattui/")
    assert got.headers["content-type"] == "application/json"
    assert got.body == '{"text":"żółć ?","n":1}'.encode()


async def test_headers_of_the_endpoint_win_whatever_their_case(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    headers = {"content-TYPE": "text/plain", "user-agent": "me", "ACCEPT": "*/*"}
    await frames(wire, Request(server.url, headers=headers, body={}), endpoint(server))
    got = server.requests[0].headers
    assert (got["content-type"], got["user-agent"], got["accept"]) == ("text/plain", "me", "*/*")


async def test_a_name_and_password_in_the_address_are_sent_as_basic_auth(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    await frames(wire, Request(server.url.replace("://", "://me:pass@")), endpoint(server))
    assert server.requests[0].headers["authorization"] == "Basic bWU6cGFzcw=="
    assert "pass" not in server.requests[0].headers["host"]


async def test_a_secret_that_cannot_be_had_sends_nothing(server: Server, wire: HttpWire) -> None:
    def missing() -> str:
        raise SecretError("$KEY is not set.")

    with pytest.raises(SecretError, match="is not set"):
        await frames(wire, Request(server.url, headers={"Authorization": Secret(missing, "$KEY")}), endpoint(server))
    assert server.connections == 0


@pytest.mark.parametrize("body", [{"n": float("nan")}, {"x": object()}])
async def test_a_body_that_is_no_json_sends_nothing(server: Server, wire: HttpWire, body: Any) -> None:
    with pytest.raises(Unsupported, match="not JSON"):
        await frames(wire, Request(server.url, body=body), endpoint(server))
    assert server.connections == 0


async def test_a_key_goes_to_the_address_of_its_endpoint_only(server: Server, wire: HttpWire) -> None:
    at = endpoint(server, api_key=Secret(KEY, "$KEY"))
    headers = {"x-api-key": Secret(KEY, "$KEY")}
    for other in (server.url.replace("127.0.0.1", "localhost"), "http://127.0.0.1:9/v1", "https://evil.example/"):
        with pytest.raises(Unsupported, match=r"belongs to 127\.0\.0\.1") as caught:
            await frames(wire, Request(other, headers=headers, body={}), at)
        assert KEY not in str(caught.value)
    assert not server.requests


@pytest.mark.parametrize("parts", [1, 2, len(KEY)])
async def test_a_reply_that_repeats_the_key_is_shown_without_it(server: Server, wire: HttpWire, parts: int) -> None:
    """Whether the server streams it in one piece or letter by letter."""
    step = -(-len(KEY) // parts)
    pieces = ["You sent ", *(KEY[at : at + step] for at in range(0, len(KEY), step)), ", sk"]
    server.reply(sse(*(chunk({"content": piece}) for piece in pieces), chunk({}, "stop"), "[DONE]"))
    got = await events(wire, endpoint(server, api_key=Secret(KEY, "$KEY")))
    text = "".join(event.text for event in got if isinstance(event, TextDelta))
    assert KEY[4:] not in text
    assert text.startswith("You sent ")
    assert text.endswith("***, sk")
    assert any("repeated a key of yours" in event.text for event in got if isinstance(event, Notice))


async def test_a_redirect_is_never_followed(server: Server, wire: HttpWire) -> None:
    server.reply(status=307, headers={"Location": server.url}, body="length")
    with pytest.raises(Rejected):
        await frames(wire, Request(server.url, headers={"x-api-key": Secret(KEY, "$KEY")}, body={}), endpoint(server))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "steps",
    [
        {"status": 400, "type": "application/json", "body": "length"},
        {"status": 401, "type": "application/json", "body": "length"},
        {"status": 403, "type": "application/json", "body": "length"},
        {"status": 200, "type": "application/json"},
        {"status": 200, "type": "text/event-stream"},
    ],
)
async def test_no_error_repeats_a_secret(
    server: Server, wire: HttpWire, steps: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "chattui")
    body = b'{"error":{"message":"bad key Bearer %b, really %b"}}' % (KEY.encode(), KEY.encode())
    server.reply(b"data: " + body + b"\n\n" if steps["type"] == "text/event-stream" else body, **steps)
    with pytest.raises(ChatError) as error:
        await events(wire, endpoint(server, api_key=Secret(KEY, "$LAB_KEY")))
    told = error.value
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in f"{told} {told!r} {told.args} {told.hint} {getattr(told, 'body', '')} {caplog.text}"
    if steps["status"] == 401:
        assert told.text == "401: the key for ‘lab’ was refused. It comes from $LAB_KEY."


# ---------------------------------------------------------------- the connection


async def test_a_finished_answer_leaves_its_connection_for_the_next(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    for _ in range(3):
        await events(wire, endpoint(server))
        await until(lambda: not wire._tasks)
    assert (len(server.requests), server.connections) == (3, 1)


async def test_an_answer_that_was_left_costs_its_connection(server: Server, wire: HttpWire) -> None:
    server.reply(sse(chunk({"content": "a"})), STALL)
    for _ in range(2):
        async with wire.exchange(Request(server.url), endpoint(server)) as exchange:
            async for _item in exchange:
                break
    await until(lambda: server.left == 2)  # a stalled body is not waited for longer than a moment
    assert server.connections == 2
    assert not any(wire._idle.values())


async def test_a_connection_that_went_stale_is_not_used(server: Server, wire: HttpWire) -> None:
    events_ = said("ok")
    server.reply(*events_, headers={"Connection": "close"})
    for _ in range(2):
        assert await events(wire, endpoint(server))
        await until(lambda: not wire._tasks)


async def test_many_exchanges_at_once_do_not_wait_for_each_other(server: Server, wire: HttpWire) -> None:
    server.reply(sse(chunk({"content": "a"})), 0.1, sse(chunk({}, "stop"), "[DONE]"))
    began = time.monotonic()
    replies = await asyncio.gather(*(events(wire, endpoint(server)) for _ in range(20)))
    assert all(TextDelta("a") in reply for reply in replies)
    assert time.monotonic() - began < 2.0


# ---------------------------------------------------------------- stopping

PHASES: dict[str, tuple[Any, ...]] = {
    "before the status": (STALL,),
    "between head and body": (b"HTTP/1.1 200 OK\r\n\r\n", STALL),
    "in the middle": (b"HTTP/1.1 200 OK\r\n\r\n" + sse(chunk({"content": "a"})), STALL),
    "while it pours": (b"HTTP/1.1 200 OK\r\n\r\n", *[sse(chunk({"content": "a"})), 0.002] * 500),
    "in the body of a refusal": (b"HTTP/1.1 500 No\r\n\r\n", STALL),
}


@pytest.mark.parametrize("name", PHASES)
@pytest.mark.parametrize("twice", [False, True])
async def test_a_cancelled_turn_ends_at_once_and_the_server_sees_it(
    server: Server, wire: HttpWire, name: str, twice: bool
) -> None:
    server.raw(*PHASES[name])
    task = asyncio.create_task(events(wire, endpoint(server)))
    await until(lambda: server.requests)
    await asyncio.sleep(0.05)
    began = time.monotonic()
    task.cancel()
    if twice:
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.2
    await until(lambda: server.left == 1)


async def test_a_turn_is_cancelled_while_connecting(wire: HttpWire) -> None:
    nowhere = Endpoint("lab", "openai-chat", "http://192.0.2.1:9/v1", model="m", proxy=False)
    task = asyncio.create_task(events(wire, nowhere))
    await asyncio.sleep(0.05)
    if task.done():
        pytest.skip("this machine answers for addresses that nobody has")
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.2


@pytest.mark.parametrize("twice", [False, True])
async def test_a_turn_is_cancelled_while_tls_begins(wire: HttpWire, twice: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        silent = Endpoint("lab", "openai-chat", f"https://127.0.0.1:{listening.getsockname()[1]}/v1", model="m")
        task = asyncio.create_task(events(wire, silent))
        accepted, _ = await asyncio.to_thread(listening.accept)
        with accepted:
            accepted.settimeout(5)
            hello = await asyncio.to_thread(accepted.recv, 1 << 16)
            assert hello.startswith(b"\x16\x03"), "the handshake has begun"
            task.cancel()
            if twice:
                await asyncio.sleep(0)
                task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(accepted.recv, 1 << 16) == b"", "the connection is closed"


async def test_a_turn_is_cancelled_while_a_key_command_hangs(server: Server, wire: HttpWire) -> None:
    def slow() -> str:
        time.sleep(1)
        return KEY

    hanging = Secret(slow, "the command ‘x’")
    task = asyncio.create_task(events(wire, endpoint(server, api_key=hanging)))
    await asyncio.sleep(0.05)
    began = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - began < 0.2


async def test_leaving_the_events_closes_the_connection(server: Server, wire: HttpWire) -> None:
    server.reply(sse(chunk({"content": "a"})), STALL)
    turn = Turn(endpoint(server), "m", (Message("1", None, "user", "hi"),))
    async with aclosing(openai_chat.reply(turn, wire)) as replies:
        async for event in replies:
            if event == TextDelta("a"):
                break
    await until(lambda: server.left == 1)


async def test_a_deadline_is_not_taken_for_a_cancellation_nor_the_other_way_round(
    server: Server, wire: HttpWire
) -> None:
    server.reply(STALL)
    hasty = endpoint(server, timeouts=Timeouts(idle=0.05))
    task = asyncio.create_task(events(wire, hasty))
    with pytest.raises(TimedOut):
        await task
    assert task.cancelling() == 0
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(events(wire, endpoint(server)), 0.05)


async def test_a_slow_reader_is_not_a_silent_server(server: Server, wire: HttpWire) -> None:
    server.says("a b c d")
    at = endpoint(server, timeouts=Timeouts(idle=0.1, idle_content=0.1, first_token=0.1))
    found = []
    async with wire.exchange(Request(server.url), at) as exchange:
        async for item in exchange:
            exchange.saw_content()
            await asyncio.sleep(0.05)
            found.append(item)
    assert len(found) == 8


async def test_the_whole_may_take_no_longer_than_it_may(server: Server, wire: HttpWire) -> None:
    server.reply(*every(0.03, sse(chunk({"content": "a"})), times=100))
    with pytest.raises(TimedOut, match=r"took longer than 0\.15 s"):
        await events(wire, endpoint(server, timeouts=Timeouts(total=0.15)))


async def test_a_process_that_was_stopped_has_not_waited(
    server: Server, wire: HttpWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadline, "ASLEEP", 0.05)
    server.reply(sse(chunk({"content": "a"})), 0.15, sse(chunk({"content": "b"}), "[DONE]"))
    at = endpoint(server, timeouts=Timeouts(idle=0.1))
    task = asyncio.create_task(events(wire, at))
    await until(lambda: server.requests)
    await asyncio.sleep(0.05)
    time.sleep(0.2)  # noqa: ASYNC251 - as ctrl+z does
    assert TextDelta("b") in await task


async def test_content_moves_the_deadline(server: Server, wire: HttpWire) -> None:
    server.reply(*every(0.05, sse(chunk({"content": "a"})), times=6), sse("[DONE]"))
    at = endpoint(server, timeouts=Timeouts(first_token=0.15, idle_content=0.15))
    assert sum(isinstance(event, TextDelta) for event in await events(wire, at)) == 6


async def test_keep_alives_are_told_calmly(server: Server, wire: HttpWire) -> None:
    server.reply(*[b": PROCESSING\n\n"] * 50, *said("ok"))
    alive = [event for event in await events(wire, endpoint(server)) if event == Progress("alive", "PROCESSING")]
    assert len(alive) == 1


# ---------------------------------------------------------------- trying again


async def collected(server: Server, wire: HttpWire, retries: int = 2) -> list[ChatEvent]:
    at = endpoint(server, retry=Retry(retries))
    request = Request(server.url, body={})
    return [event async for event in stream(wire, at, request, lambda: Chunks().decode)]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited between tries; none really are."""
    waited: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float, result: Any = None) -> Any:
        if seconds > 0.2:
            waited.append(seconds)
            seconds = 0
        return await real(seconds, result)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited


async def test_a_refused_request_is_tried_again_after_the_time_it_was_told(
    server: Server, wire: HttpWire, pauses: list[float]
) -> None:
    server.reply(status=429, headers={"Retry-After": "7"}, body="length")
    server.raw(RESET)
    server.reply(CUT)
    server.says("at last")
    found = await collected(server, wire, retries=3)
    retries = [event for event in found if isinstance(event, Progress) and event.phase == "retrying"]
    assert [(event.text, event.attempt) for event in retries] == [
        ("429: rate limit.", 2),
        (f"{server.host} reset the connection before answering.", 3),
        ("The connection dropped in the middle of the reply.", 4),
    ]
    assert retries[0].seconds == 7
    assert 0.75 <= retries[1].seconds <= 1.0
    assert 1.5 <= retries[2].seconds <= 2.0
    assert pauses == [event.seconds for event in retries]
    assert "".join(event.text for event in found if isinstance(event, TextDelta)) == "at last"


async def test_the_last_try_says_how_many_there_were(server: Server, wire: HttpWire, pauses: list[float]) -> None:
    server.raw(CUT)
    with pytest.raises(Unreachable) as error:
        await collected(server, wire)
    assert error.value.text == f"{server.host} closed the connection before answering (tried 3 times)."
    assert len(server.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
async def test_a_mistake_is_not_repeated(server: Server, wire: HttpWire, status: int) -> None:
    server.reply(status=status, body="length")
    with pytest.raises(Rejected):
        await collected(server, wire)
    assert len(server.requests) == 1


async def test_a_server_that_wants_too_much_patience_is_not_waited_for(server: Server, wire: HttpWire) -> None:
    server.reply(status=429, headers={"Retry-After": "3600"}, body="length")
    with pytest.raises(Rejected, match="asks to wait 60 minutes"):
        await collected(server, wire)
    assert len(server.requests) == 1


async def test_nothing_is_tried_again_once_something_was_shown(server: Server, wire: HttpWire) -> None:
    server.reply(sse(chunk({"content": "a"})), RESET)
    with pytest.raises(ChatError, match="reset"):
        await collected(server, wire)
    assert len(server.requests) == 1


# ---------------------------------------------------------------- TLS, proxies


async def test_a_certificate_of_ones_own_is_trusted_when_named(tls_server: Server, wire: HttpWire) -> None:
    tls_server.says("ok")
    own = endpoint(tls_server, tls=Tls(ca_file=CERTIFICATES / "self_signed.pem"))
    assert TextDelta("ok") in await events(wire, own)
    assert TextDelta("ok") in await events(wire, endpoint(tls_server, tls=Tls(verify=False)))


@pytest.mark.parametrize(
    ("tls_server", "text"),
    [("other_name.pem", "is for another name"), ("expired.pem", "is expired"), ("not_yet.pem", "is not valid yet")],
    indirect=["tls_server"],
)
async def test_a_trusted_certificate_must_still_be_right(tls_server: Server, wire: HttpWire, text: str) -> None:
    path = CERTIFICATES / tls_server.certificate
    with pytest.raises(ChatError) as error:
        await events(wire, endpoint(tls_server, tls=Tls(ca_file=path)))
    assert error.value.text == f"The certificate of 127.0.0.1 {text}."


@pytest.mark.parametrize("setting", ["ca_file", "client_cert"])
async def test_a_file_that_is_no_certificate_is_named(
    tls_server: Server, wire: HttpWire, tmp_path: Path, setting: str
) -> None:
    path = tmp_path / "x.pem"
    path.write_text("nonsense")
    with pytest.raises(ChatError, match=r"x\.pem cannot be used"):
        await events(
            wire, endpoint(tls_server, tls=Tls(ca_file=path) if setting == "ca_file" else Tls(client_cert=path))
        )


async def test_plain_http_loads_no_certificates(
    server: Server, wire: HttpWire, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", never)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", never)
    server.says("ok")
    assert TextDelta("ok") in await events(wire, endpoint(server))


async def test_a_request_goes_through_the_proxy_it_is_given(server: Server, wire: HttpWire) -> None:
    server.says("by proxy")
    at = Endpoint("lab", "openai-chat", "http://api.example/v1", model="m", proxy=f"http://{server.host}")
    assert TextDelta(" proxy") in await events(wire, at)
    assert server.requests[0].path == "http://api.example/v1/chat/completions"


async def test_a_proxy_that_is_not_there_is_named(wire: HttpWire) -> None:
    at = Endpoint(
        "lab", "openai-chat", "http://api.example/v1", model="m", proxy="http://me:pw@127.0.0.1:9", retry=Retry(0)
    )
    with pytest.raises(Unreachable) as error:
        await events(wire, at)
    assert error.value.text == "Nothing is listening on the proxy 127.0.0.1:9."


async def test_a_proxy_that_wants_a_login_says_so(server: Server, wire: HttpWire) -> None:
    server.reply(status=407, body="length")
    for scheme in ("http", "https"):
        at = Endpoint("lab", "openai-chat", f"{scheme}://api.example/v1", model="m", proxy=f"http://{server.host}")
        with pytest.raises(ChatError) as error:
            await events(wire, at)
        assert error.value.text == f"407: the proxy {server.host} wants a name and a password."


# ---------------------------------------------------------------- fetch, local


async def test_fetch_gives_json_and_sends_no_body(server: Server, wire: HttpWire) -> None:
    server.models = ["a"]
    answer = await wire.fetch(Request(server.url + "/models", "GET"), endpoint(server))
    assert answer["data"] == [{"id": "a"}]
    assert (server.requests[0].method, server.requests[0].body) == ("GET", b"")
    assert server.requests[0].headers["accept"] == "application/json"


@pytest.mark.parametrize("body", [b"hello", b"{", b"data: x\n\n", b"<html><title>x</title>"])
async def test_fetch_wants_json(server: Server, wire: HttpWire, body: bytes) -> None:
    server.reply(body, type="text/html")
    with pytest.raises(NotAnApi):
        await wire.fetch(Request(server.url, "GET"), endpoint(server))


async def test_fetch_is_one_try(server: Server, wire: HttpWire) -> None:
    server.reply(status=503, body="length")
    with pytest.raises(Rejected):
        await wire.fetch(Request(server.url, "GET"), endpoint(server, retry=Retry(5)))
    assert len(server.requests) == 1


async def test_a_server_in_this_process_takes_the_same_way() -> None:
    asked: list[tuple[str, bytes]] = []
    closed: list[bool] = []

    async def handler(path: str, body: bytes) -> AsyncIterator[bytes]:
        asked.append((path, body))
        try:
            for event in said("from within"):
                for at in range(len(event)):
                    yield event[at : at + 1]
            await asyncio.sleep(10)
        finally:
            closed.append(True)

    wire = HttpWire(local={"demo": handler})
    at = Endpoint("demo", "demo", "demo://chattui/base", model="m")
    found = await events(wire, at)
    assert "".join(event.text for event in found if isinstance(event, TextDelta)) == "from within"
    assert asked[0][0] == "/base/chat/completions"
    assert closed == [True]


async def test_a_server_in_this_process_may_fail() -> None:
    async def handler(path: str, body: bytes) -> AsyncIterator[bytes]:
        yield sse(chunk({"content": "a"}))
        raise ZeroDivisionError

    wire = HttpWire(local={"demo": handler})
    with pytest.raises(ChatError):
        await events(wire, Endpoint("demo", "demo", "demo://chattui", model="m"))
