"""Every fault of the network is one sentence: the table of what goes wrong, and what a person reads."""

# ruff: noqa: E501 - tables of cases, one to a line

import asyncio
import errno
import gzip
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.errors import (
    ChatError,
    ChattuiError,
    CutShort,
    Insecure,
    NotAnApi,
    Rejected,
    Reported,
    TimedOut,
    TooLarge,
    Unreachable,
    Unsupported,
)
from chattui.events import ChatEvent, Finished, Notice, TextDelta
from chattui.providers import stream
from chattui.providers.openai_chunks import Chunks
from chattui.wire import Request
from chattui.wire.faults import Stage, fault
from chattui.wire.http import HttpWire
from chattui.wire.refusals import refused, retry_after
from server import CUT, RESET, STALL, Server, chunk, sse

A = sse(chunk({"content": "Some text"}))
END = sse(chunk({}, "stop"), "[DONE]")
FAST = Timeouts(connect=0.3, headers=0.2, first_token=0.4, idle=0.2, idle_content=0.3)


async def talk(server: Server, *, url: str = "", timeouts: Timeouts = Timeouts(), **settings: Any) -> list[ChatEvent]:  # noqa: B008 - frozen
    """The events of one try, and the error as the last of them."""
    wire = HttpWire()
    endpoint = Endpoint("lab", "openai-chat", url or server.url, timeouts=timeouts, retry=Retry(0), **settings)
    events: list[ChatEvent] = []
    try:
        async for event in stream(wire, endpoint, Request(endpoint.url, body={}), lambda: Chunks().decode):
            events.append(event)  # noqa: PERF401 - what came before the error counts
    finally:
        await wire.aclose()
    return events


def script(*steps: Any, **settings: Any) -> Callable[[Server], None]:
    return lambda server: server.reply(*steps, **settings)


def raw(*steps: Any) -> Callable[[Server], None]:
    return lambda server: server.raw(*steps)


JSON = "application/json"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
TABLE: dict[str, tuple[Callable[[Server], None], type[ChatError], str]] = {
    # nothing comes
    "no_response": (raw(STALL), TimedOut, "No answer from HOST after 0.2 s."),
    "headers_then_silence": (script(STALL), TimedOut, "No answer from HOST after 0.2 s."),
    "slowloris_headers": (raw(*[part for byte in HEAD * 9 for part in (bytes([byte]), 0.01)]), TimedOut, "No answer from HOST after 0.2 s."),
    # it stops
    "stall_mid": (script(A, STALL), TimedOut, "The stream stopped: nothing for 0.2 s."),
    "stall_mid_heartbeat_comments": (script(A, *[b": ping\n\n", 0.05] * 40), TimedOut, "The server is alive but has sent no text for 0.3 s."),
    "heartbeats_before_content": (script(*[b": ping\n\n", 0.05] * 40), TimedOut, "The server is alive but has sent no text for 0.4 s."),
    "slowloris_body": (script(*[part for byte in A * 9 for part in (bytes([byte]), 0.01)]), TimedOut, "The server is alive but has sent no text for 0.4 s."),
    # it breaks
    "fin_before_response": (raw(CUT), Unreachable, "HOST closed the connection before answering."),
    "rst_before": (raw(RESET), Unreachable, "HOST reset the connection before answering."),
    "rst_mid": (script(A, RESET), CutShort, "Connection reset by the server."),
    "fin_mid_chunked": (script(A, CUT), CutShort, "The connection dropped in the middle of the reply."),
    "fin_mid_chunk": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nff\r\n" + A, CUT), CutShort, "The connection dropped in the middle of the reply."),
    "content_length_short": (raw(HEAD + b"Content-Length: 9999\r\n\r\n" + A, CUT), CutShort, "The connection dropped in the middle of the reply."),
    # it ends, but is not whole
    "clean_end_no_done": (script(A), CutShort, "The reply ended without an end marker; it may be cut short."),
    "close_delimited": (script(A, body="close"), CutShort, "The reply ended without an end marker; it may be cut short."),
    "clean_end_mid_event": (script(A, A[:40]), CutShort, "The reply ended without an end marker; it may be cut short."),
    "gzip_truncated": (script(gzip.compress(A * 50)[:-20], headers={"Content-Encoding": "gzip"}), CutShort, "The connection dropped in the middle of the reply."),
    "empty_body": (script(body="length"), Reported, "The server answered 200 without any content."),
    "empty_and_cut": (script(body="close"), CutShort, "The connection dropped before the reply began."),
    "http_204": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), Reported, "The server answered 204 without any content."),
    # it is not HTTP
    "garbage_status_line": (raw(b"\x00\x01\x02 garbage\r\n\r\n", CUT), NotAnApi, "This is not an HTTP answer."),
    "tls_alert_on_plain": (raw(b"\x15\x03\x01\x00\x02\x02\x16", CUT), NotAnApi, "This is not an HTTP answer."),
    "huge_headers": (raw(b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 200_000, STALL), NotAnApi, "This is not an HTTP answer."),
    "bad_chunk_size": (raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\nzz\r\n" % (len(A), A), CUT), CutShort, "The answer stopped being valid HTTP in the middle of the reply."),
    "gzip_claimed_but_plain": (script(A, headers={"Content-Encoding": "gzip"}), NotAnApi, "The answer is marked gzip but is not."),
    "unknown_encoding": (script(A, headers={"Content-Encoding": "br"}), NotAnApi, "The answer is compressed in a way that was not asked for."),
    # it is a refusal
    "http_401_json": (script(b'{"error":{"message":"Incorrect API key provided: sk-secret"}}', status=401, type=JSON), Rejected, "401: ‘lab’ wants a key, and none was sent."),
    "http_403": (script(b'{"error":{"message":"Not in your country"}}', status=403, type=JSON), Rejected, "403: Not in your country."),
    "http_400": (script(b'{"error":{"message":"context too long."}}', status=400, type=JSON), Rejected, "400: context too long."),
    "http_404_empty": (script(status=404, type=None, body="length"), Rejected, "404: not found."),
    "http_418_html": (script(b"<html><title>Tea</title>", status=418, type="text/html"), Rejected, "418 with a web page (‘Tea’), not from the API."),
    "http_429": (script(b"slow down", status=429, type="text/plain"), Rejected, "429: rate limit: slow down."),
    "http_429_empty": (script(status=429, type=None, body="length"), Rejected, "429: rate limit."),
    "http_500_as_sse": (script(b'data: {"error":{"message":"broken"}}\n\ndata: [DONE]\n\n', status=500), Rejected, "500: broken."),
    "http_529": (script(status=529, body="length"), Rejected, "529: overloaded."),
    "html_502": (script(b"<html><head><title>502 Bad Gateway</title></head></html>", status=502, type="text/html"), Rejected, "502 from a proxy (‘502 Bad Gateway’), not from the API."),
    "redirect": (script(status=301, headers={"Location": "https://user:pw@other.example/v1?key=k"}, body="length"), Rejected, "301: the address moved to https://other.example."),
    "redirect_loop": (script(status=307, headers={"Location": "/v1/loop"}, body="length"), Rejected, "307: the address moved to /v1/loop."),
    "redirect_without_target": (script(status=302, body="length"), Rejected, "302: the address moved."),
    # it is success, but says otherwise
    "http_200_json_error": (script(b'{"error":{"message":"model overloaded"}}', type=JSON), Reported, "The server answered 200 with an error: model overloaded."),
    "http_200_other_json": (script(b'{"status":"ok"}', type=JSON), NotAnApi, "The answer is JSON, but no chat completion."),
    "http_200_broken_json": (script(b'{"choices":[', type=JSON), NotAnApi, "The answer of HOST could not be read."),
    "html_200_captive": (script(b"<!doctype html><title>Hotel WiFi login</title>", type="text/html"), NotAnApi, "Got a web page (‘Hotel WiFi login’) instead of an API answer."),
    "error_data": (script(A, sse({"error": {"message": "Overloaded"}})), Reported, "The provider reported: Overloaded."),
    "error_event": (script(A, b'event: error\ndata: {"message":"Overloaded"}\n\n'), Reported, "The provider reported: Overloaded."),
    "error_event_text": (script(A, b"event: error\ndata: it \x1b[2J broke\n\n"), Reported, "The provider reported: it ␛[2J broke."),
    "three_bad_events": (script(A, *[b"data: {bad\n\n"] * 3), Reported, "The last 3 events of HOST could not be read; stopped."),
    # it is too much
    "long_line_200mb": (script(*[b"data: " + b"x" * 65536] * 280), TooLarge, "The server sent an event larger than 16 MiB; stopped."),
    "gzip_bomb": (script(gzip.compress(b"data: " + b"x" * 50_000_000), headers={"Content-Encoding": "gzip"}), TooLarge, "The server sent an event larger than 16 MiB; stopped."),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
async def test_a_fault_is_told_in_one_sentence(server: Server, name: str) -> None:
    prepare, kind, text = TABLE[name]
    prepare(server)
    patient = any(word in name for word in ("no_response", "silence", "stall", "slowloris", "heartbeats"))
    with pytest.raises(ChatError) as error:
        await talk(server, timeouts=FAST if patient else Timeouts())
    assert (type(error.value), error.value.text) == (kind, text.replace("HOST", server.host))
    assert "sk-secret" not in str(error.value)


FINE: dict[str, Callable[[Server], None]] = {
    "done_never_close": script(A, END, STALL),
    "finish_never_done": script(A, sse(chunk({}, "stop")), STALL),
    "finish_then_reset": script(A, sse(chunk({}, "stop")), RESET),
    "finish_then_cut": script(A, sse(chunk({}, "stop")), CUT),
    "last_event_no_blank_line": script(A, sse(chunk({}, "stop")).rstrip(b"\n")),
    "last_done_no_newline": script(A, b"data: [DONE]"),
    "http_200_json_full_completion": script(b'{"choices":[{"message":{"content":"Some text"},"finish_reason":"stop"}]}', type=JSON),
    "sse_as_text_plain": script(A, END, type="text/plain"),
    "no_content_type": script(A, END, type=None),
    "type_in_capitals": script(A, END, type="Text/Event-Stream; charset=UTF-16"),
    "bom_first": script(b"\xef\xbb\xbf" + A, END),
    "gzip": script(gzip.compress(A + END), headers={"Content-Encoding": "gzip"}),
    "http10": raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + A + END, CUT),
    "many_1xx": raw(b"HTTP/1.1 100 Continue\r\n\r\n" + b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 9 + HEAD + b"\r\n" + A + END, CUT),
    "extra_after_done": script(A, END, A),
    "empty_and_null_choices": script(sse({"choices": []}, {"choices": None}, {}, {"choices": [{}]}, {"choices": [{"delta": None}]}), A, END),
    "crlf": script(A.replace(b"\n", b"\r\n"), END.replace(b"\n", b"\r\n")),
    "byte_by_byte": script(*[bytes([byte]) for byte in A + END]),
}  # fmt: skip


@pytest.mark.parametrize("name", FINE)
async def test_an_odd_answer_is_whole(server: Server, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["chattui.providers.stream"], "AFTER_FINISH", 0.1)
    FINE[name](server)
    events = await talk(server)
    assert [event for event in events if isinstance(event, TextDelta)] == [TextDelta("Some text")]
    assert isinstance(events[-1], Finished)
    assert not any(isinstance(event, Notice) for event in events)


@pytest.mark.parametrize("bad", [b"data: {bad\n\n", b"data: " + b"[" * 90_000 + b"\n\n", b"data: 5\n\n"])
async def test_an_unreadable_event_is_skipped_and_counted(server: Server, bad: bytes) -> None:
    server.reply(A, bad, A, END)
    events = await talk(server)
    assert [event for event in events if isinstance(event, Notice)] == [Notice("1 unreadable event was skipped.")]
    assert sum(isinstance(event, TextDelta) for event in events) == 2


# ---------------------------------------------------------------- before anything is sent


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.parametrize(
    ("url", "kind", "text"),
    [
        ("http://127.0.0.1:PORT", Unreachable, "Nothing is listening on 127.0.0.1:PORT."),
        ("http://no-such-host.invalid/v1", Unreachable, "Cannot find host no-such-host.invalid."),
        ("http://127.0.0.1:99999/v1", ChatError, None),
        ("http://[::1", Unsupported, "The address of [::1 is not valid."),
        ("http://xn--zzzzzz.com/", ChatError, None),
        ("http://" + "a" * 300 + ".com/", ChatError, None),
        ("http://exa mple.com/", ChatError, None),
        ("htp://127.0.0.1/", Unsupported, None),
        ("127.0.0.1:80/v1", Unsupported, None),
        ("", Unsupported, None),
        ("http:///v1", Unsupported, "The address of ‘lab’ names no host."),
        ("http://\x00/", ChatError, None),
    ],
)
async def test_a_bad_address_is_one_sentence(server: Server, url: str, kind: type[ChatError], text: str | None) -> None:
    port = str(closed_port())
    wire = HttpWire()
    endpoint = Endpoint("lab", "openai-chat", url.replace("PORT", port), timeouts=Timeouts(connect=5))
    with pytest.raises(kind) as error:
        async with wire.exchange(Request(endpoint.url), endpoint):
            pass
    assert isinstance(error.value, ChatError)
    if text is not None:
        assert error.value.text == text.replace("PORT", port)


@pytest.mark.parametrize(
    "header", [("X-Bad", "a\r\nEvil: 1"), ("X-Bad", "ключ"), ("X Bad", "a"), ("", "a"), ("X-Bad", "nul\0")]
)
async def test_a_header_that_cannot_be_sent_is_named_and_not_shown(server: Server, header: tuple[str, str]) -> None:
    wire = HttpWire()
    endpoint = Endpoint("lab", "openai-chat", server.url)
    with pytest.raises(Unsupported) as error:
        async with wire.exchange(Request(server.url, headers=dict([header])), endpoint):
            pass
    assert error.value.text == f"The header ‘{header[0]}’ cannot be sent."
    assert not server.requests


# ---------------------------------------------------------------- TLS


@pytest.mark.parametrize(
    ("tls_server", "text"),
    [
        ("self_signed.pem", "The certificate of 127.0.0.1 is self-signed."),
        ("expired.pem", "The certificate of 127.0.0.1 is expired."),
        ("not_yet.pem", "The certificate of 127.0.0.1 is not valid yet."),
    ],
    indirect=["tls_server"],
)
async def test_a_certificate_that_cannot_be_trusted(tls_server: Server, text: str) -> None:
    tls_server.says("secret")
    with pytest.raises(Insecure) as error:
        await talk(tls_server)
    assert error.value.text in {text, "The certificate of 127.0.0.1 is self-signed."}
    assert not error.value.retryable
    assert not tls_server.requests


async def test_tls_to_a_plain_port(server: Server) -> None:
    server.raw(b"HTTP/1.1 400 Bad Request\r\n\r\n", CUT)
    with pytest.raises(Insecure) as error:
        await talk(server, url=server.url.replace("http:", "https:"))
    assert error.value.text == f"{server.host} does not speak TLS here; use http://."


async def test_plain_http_to_a_tls_port(tls_server: Server) -> None:
    with pytest.raises(ChatError) as error:
        await talk(tls_server, url=tls_server.url.replace("https:", "http:"))
    assert error.value.text in {
        "This is not an HTTP answer.",
        f"{tls_server.host} closed the connection before answering.",
        f"{tls_server.host} reset the connection before answering.",
    }


# ---------------------------------------------------------------- the boundary itself

ODD = [
    OSError(errno.ENETUNREACH, "x"), TimeoutError(), ConnectionResetError(), BrokenPipeError(), socket.gaierror(-2, "x"),
    ssl.SSLError(1, "raw"), ssl.SSLEOFError(), ssl.SSLCertVerificationError("x"), UnicodeEncodeError("ascii", "ключ", 0, 1, "x"),
    UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), ValueError("x"), KeyError("x"), RecursionError(), ImportError("socksio"),
    AssertionError(), ExceptionGroup("x", [ConnectionRefusedError(errno.ECONNREFUSED, "x")]), httpx.ReadError(""),
    httpx.ReadTimeout(""), httpx.ConnectTimeout(""), httpx.RemoteProtocolError("raw \x1b bytes"), httpx.LocalProtocolError("x"),
    httpx.ProxyError("403"), httpx.InvalidURL("x"), httpx.UnsupportedProtocol("x"), httpx.DecodingError("x"), httpx.WriteError(""),
    httpx.PoolTimeout(""), RuntimeError("x"), asyncio.IncompleteReadError(b"raw", 9), EOFError(), MemoryError(),
]  # fmt: skip


@given(
    st.sampled_from(ODD),
    st.sampled_from(["preparing", "connecting", "waiting", "reading"]),
    st.sampled_from(ODD) | st.none(),
    st.sampled_from(["", "proxy:8080"]),
)
def test_whatever_is_raised_becomes_one_chat_error(error: BaseException, phase: Any, cause: Any, proxy: str) -> None:
    error.__cause__ = cause if cause is not error else None
    told = fault(error, Stage(phase, "host:1", proxy))
    assert isinstance(told, ChatError)
    assert told.text.endswith(".")
    assert "raw" not in str(told)
    assert "ключ" not in str(told)


def test_errors_of_our_own_pass() -> None:
    error = ChattuiError("x")
    assert fault(error, Stage("reading", "h")) is error


# ---------------------------------------------------------------- Retry-After


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Thu, 01 Jan 1970 00:01:40 GMT"}, 40.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "1e999"}, None),
        ({}, None),
    ],
)
def test_how_long_the_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, now=60.0) == seconds


@pytest.mark.parametrize(
    ("seconds", "hint"),
    [("7", ""), ("60", ""), ("90", "The server asks to wait 2 minutes."), ("7200", "The server asks to wait 2 hours.")],
)
def test_a_long_wait_is_told(seconds: str, hint: str) -> None:
    assert refused(429, {"retry-after": seconds}, "", Stage("reading", "h"), "http://h", 0.0).hint == hint


@pytest.mark.parametrize(
    ("status", "header", "retryable"),
    [
        (500, "", True),
        (500, "false", False),
        (400, "", False),
        (400, "true", True),
        (429, "", True),
        (401, "", False),
        (529, "", True),
    ],
)
def test_which_refusals_may_be_tried_again(status: int, header: str, retryable: bool) -> None:
    assert (
        refused(status, {"x-should-retry": header}, "", Stage("reading", "h"), "http://h", 0.0).retryable is retryable
    )
