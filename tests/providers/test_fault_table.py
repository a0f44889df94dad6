"""What the network does wrong, for every wire format: one end, one sentence, and every word that had come.

One table: a row is a fault, and a test tries it with all formats side by side. The rows that need no format at all (DNS, TLS, garbage) are also in
tests/wire/test_faults.py, in more detail; what happens to the socket of Motia's streams is in test_motia_faults.py.
"""

# ruff: noqa: E501 - tables of cases, one to a line

from __future__ import annotations

import asyncio
import gzip
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from talk import Talk, endpoint

from chattui.endpoint import Timeouts
from chattui.errors import ChatError, CutShort, NotAnApi, Rejected, Reported, TimedOut, TooLarge, Unreachable
from chattui.events import Notice
from chattui.providers import refused
from chattui.wire.retry import pause
from families import FAMILIES, TEXT, Family
from server import CUT, RESET, STALL, Server

FAST = Timeouts(connect=5, headers=0.2, first_token=0.4, idle=0.2, idle_content=0.3)
Script = Callable[[Server, Family], None]


def reply(*parts: Any, **more: Any) -> Script:
    """An answer of these steps; a name stands for the format's own bytes: "says", "end", "error", "alive" …"""

    def script(server: Server, family: Family) -> None:
        steps = [getattr(family, part) if isinstance(part, str) else part for part in parts]
        server.reply(*steps, **{"type": family.type, **more})

    return script


def raw(*parts: Any) -> Script:
    def script(server: Server, family: Family) -> None:
        server.raw(*[getattr(family, part) if isinstance(part, str) else part for part in parts])

    return script


def trickled(server: Server, family: Family) -> None:
    server.raw(*[part for byte in family.head * 9 for part in (bytes([byte]), 0.01)])


def dribbled(server: Server, family: Family) -> None:
    """Text, and then one byte of the next event at a time."""
    server.reply(
        family.says, *[part for byte in family.says[:-2] * 9 for part in (bytes([byte]), 0.05)], type=family.type
    )


def alive(first: str, times: int = 40) -> Script:
    def script(server: Server, family: Family) -> None:
        begun = [getattr(family, first)] if first else []
        server.reply(*begun, *[part for _ in range(times) for part in (family.alive, 0.05)], type=family.type)

    return script


def unreadable_thrice(server: Server, family: Family) -> None:
    server.reply(family.says, *[family.unreadable] * 3, family.end, type=family.type)


def squeezed(server: Server, family: Family) -> None:
    """Compressed, and cut before its end."""
    press = zlib.compressobj(wbits=31)
    body = press.compress(family.says) + press.flush(zlib.Z_SYNC_FLUSH)
    server.reply(body, type=family.type, headers={"Content-Encoding": "gzip"})


def too_long(server: Server, family: Family) -> None:
    start = family.says[: family.says.index(TEXT.encode())]
    server.reply(start, *[b"x" * (1 << 20)] * 17, type=family.type)


def page(title: str, **more: Any) -> Script:
    return lambda server, _: server.reply(f"<!doctype html><title>{title}</title>".encode(), type="text/html", **more)


def document(body: bytes, **more: Any) -> Script:
    return lambda server, _: server.reply(body, **{"type": "application/json", **more})


KEPT, NOTHING = TEXT, ""
Row = tuple[Script, type[ChatError], str, str]
TABLE: dict[str, Row] = {
    # name: what the server does, the error, its sentence, the text that is kept
    "no_response": (raw(STALL), TimedOut, "No answer from HOST after 0.2 s.", NOTHING),
    "headers_then_silence": (reply(STALL), TimedOut, "No answer from HOST after 0.2 s.", NOTHING),
    "slowloris_headers": (trickled, TimedOut, "No answer from HOST after 0.2 s.", NOTHING),
    "alive_but_nothing_said": (alive(""), TimedOut, "The server is alive but has sent no text for 0.4 s.", NOTHING),
    "stall_mid": (reply("says", STALL), TimedOut, "The stream stopped: nothing for 0.2 s.", KEPT),
    "stall_mid_heartbeats": (alive("says"), TimedOut, "The server is alive but has sent no text for 0.3 s.", KEPT),
    "slowloris_body": (dribbled, TimedOut, "The server is alive but has sent no text for 0.3 s.", KEPT),
    "fin_before_response": (raw(CUT), Unreachable, "HOST closed the connection before answering (tried 2 times).", NOTHING),
    "rst_before_response": (raw(RESET), Unreachable, "HOST reset the connection before answering (tried 2 times).", NOTHING),
    "rst_mid": (reply("says", RESET), CutShort, "Connection reset by the server.", KEPT),
    "fin_mid_chunked": (reply("says", CUT), CutShort, "The connection dropped in the middle of the reply.", KEPT),
    "content_length_short": (raw("head", b"Content-Length: 9999\r\n\r\n", "says", CUT), CutShort, "The connection dropped in the middle of the reply.", KEPT),
    "gzip_truncated": (squeezed, CutShort, "The connection dropped in the middle of the reply.", KEPT),
    "clean_end_no_end_marker": (reply("says"), CutShort, "The reply ended without an end marker; it may be cut short.", KEPT),
    "close_delimited": (reply("says", body="close"), CutShort, "The reply ended without an end marker; it may be cut short.", KEPT),
    "clean_end_mid_event": (lambda server, family: server.reply(family.says, family.says[:-6], type=family.type), CutShort, "The reply ended without an end marker; it may be cut short.", KEPT),
    "garbage_status_line": (raw(b"\x00\x01\x02 garbage\r\n\r\n", CUT), NotAnApi, "This is not an HTTP answer.", NOTHING),
    "tls_alert_on_plain": (raw(b"\x15\x03\x01\x00\x02\x02\x16", CUT), NotAnApi, "This is not an HTTP answer.", NOTHING),
    "huge_headers": (raw(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 200_000, STALL), NotAnApi, "This is not an HTTP answer.", NOTHING),
    "bad_chunk_size": (lambda server, family: server.raw(family.head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\nzz\r\n" % (len(family.says), family.says), CUT), CutShort, "The answer stopped being valid HTTP in the middle of the reply.", KEPT),
    "gzip_claimed_but_plain": (reply("says", headers={"Content-Encoding": "gzip"}), NotAnApi, "The answer is marked gzip but is not.", NOTHING),
    "http_401": (document(b'{"error":{"message":"Incorrect API key provided: sk-secret"}}', status=401), Rejected, "401: the key for ‘it’ was refused. It comes from the configuration file.", NOTHING),
    "http_400": (document(b'{"error":{"message":"context too long."}}', status=400), Rejected, "400: context too long.", NOTHING),
    "http_429": (document(b'{"message":"slow down"}', status=429, headers={"Retry-After": "0"}), Rejected, "429: rate limit: slow down (tried 2 times).", NOTHING),
    "http_429_for_long": (document(b"{}", status=429, headers={"Retry-After": "3600"}), Rejected, "429: rate limit.", NOTHING),
    "http_529": (document(b"", status=529), Rejected, "529: overloaded (tried 2 times).", NOTHING),
    "html_502": (page("502 Bad Gateway", status=502), Rejected, "502 from a proxy (‘502 Bad Gateway’), not from the API (tried 2 times).", NOTHING),
    "html_200_captive": (page("Hotel WiFi login"), NotAnApi, "Got a web page (‘Hotel WiFi login’) instead of an API answer.", NOTHING),
    "http_200_json_error": (document(b'{"error":{"message":"model overloaded"}}'), Reported, "The server answered 200 with an error: model overloaded.", NOTHING),
    "redirect": (reply(status=307, headers={"Location": "https://other.example/v1?key=k"}), Rejected, "307: the address moved to https://other.example.", NOTHING),
    "error_in_stream": (reply("says", "error"), Reported, "The provider reported: Overloaded.", KEPT),
    "error_before_text": (reply("error"), Reported, "The provider reported: Overloaded.", NOTHING),
    "three_unreadable": (unreadable_thrice, Reported, "The last 3 events of HOST could not be read; stopped.", KEPT),
    "endless_event": (too_long, TooLarge, "The server sent an event larger than 16 MiB; stopped.", NOTHING),
}  # fmt: skip


def again(server: Server, family: Family) -> None:
    server.raw(RESET)
    server.reply(family.says, family.end, type=family.type)


WHOLE: dict[str, Script] = {
    "done_never_close": reply("says", "end", STALL),
    "reset_after_the_end": reply("says", "end", RESET),
    "no_content_type": reply("says", "end", type=None),
    "as_text_plain": reply("says", "end", type="text/plain"),
    "type_in_capitals": lambda server, family: server.reply(family.says, family.end, type=family.type.title()),
    "charset_latin_1": lambda server, family: server.reply(family.says, family.end, type=family.type.partition(";")[0] + "; charset=latin-1"),
    "bom_first": reply(b"\xef\xbb\xbf", "says", "end"),
    "crlf": lambda server, family: server.reply((family.says + family.end).replace(b"\n", b"\r\n"), type=family.type),
    "byte_by_byte": lambda server, family: server.reply(*[bytes([byte]) for byte in family.says + family.end], type=family.type),
    "last_event_unfinished": lambda server, family: server.reply(family.says, family.end.rstrip(b"\n"), type=family.type),
    "keep_alives_everywhere": reply("alive", "says", "alive", "alive", "end"),
    "text_after_the_end": reply("says", "end", "says"),
    "gzip": lambda server, family: server.reply(gzip.compress(family.says + family.end), type=family.type, headers={"Content-Encoding": "gzip"}),
    "http_1.0": raw(b"HTTP/1.0 200 OK\r\n\r\n", "says", "end", CUT),
    "early_hints": raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 3, "head", b"\r\n", "says", "end", CUT),
    "one_unreadable": reply("says", "unreadable", "end"),
    "tried_again": again,
    "document": lambda server, family: server.reply(family.document or family.says + family.end, type="application/json" if family.document else family.type),
}  # fmt: skip
"""Odd answers that are whole all the same."""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second try does not wait, and neither does what may follow the end."""

    def soon(error: ChatError, attempt: int, jitter: float) -> float | None:
        return None if (seconds := pause(error, attempt, jitter)) is None else min(seconds, 0.01)

    monkeypatch.setattr(refused, "pause", soon)
    monkeypatch.setattr(sys.modules["chattui.providers.stream"], "AFTER_FINISH", 0.1)


@pytest.fixture
def servers() -> Iterator[dict[str, Server]]:
    """One for each format."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Server().running()) for name in FAMILIES}


async def talked(
    server: Server, family: Family, script: Script, *, tries: int, timeouts: Timeouts, whole: bool = False
) -> Talk:
    family.before(server)
    script(server, family)
    if whole:
        family.after(server)
    spoken = endpoint(f'url = "http://{server.host}{family.path}"\napi_key = "sk-secret"\n{family.lines}', tries=tries)
    talk = Talk(replace(spoken, timeouts=timeouts))
    await talk.say("Hi")
    return talk


@pytest.mark.parametrize("fault", TABLE)
async def test_a_fault_ends_a_reply_in_one_way(servers: dict[str, Server], fault: str) -> None:
    script, kind, text, kept = TABLE[fault]
    ends_well = fault in {"clean_end_no_end_marker", "close_delimited"}
    families = {name: family for name, family in FAMILIES.items() if not (ends_well and family.ends_at_eof)}
    tries = fault != "error_before_text"  # some of them are tried again, by their code
    timeouts = Timeouts() if fault == "endless_event" else FAST
    talks = await asyncio.gather(
        *(talked(servers[name], family, script, tries=tries, timeouts=timeouts) for name, family in families.items())
    )
    ends = {
        name: (
            type(talk.error),
            str(talk.error and talk.error.text).replace(servers[name].host, "HOST"),
            talk.messages[-1].text,
        )
        for name, talk in zip(families, talks, strict=True)
    }
    assert ends == dict.fromkeys(families, (kind, text, kept))
    assert not any(talk.finished for talk in talks)
    assert "sk-secret" not in "".join(f"{talk.error!r} {talk.error}" for talk in talks)
    words = "".join(talk.messages[-1].text for talk in talks)
    assert text.split(":")[-1].strip() not in words, "what went wrong is never in the text"


@pytest.mark.parametrize("name", WHOLE)
async def test_an_odd_answer_is_whole(servers: dict[str, Server], name: str) -> None:
    talks = await asyncio.gather(
        *(
            talked(servers[other], family, WHOLE[name], tries=1, timeouts=Timeouts(connect=5), whole=True)
            for other, family in FAMILIES.items()
        )
    )
    ends = {
        other: (talk.error, talk.finished, talk.messages[-1].text) for other, talk in zip(FAMILIES, talks, strict=True)
    }
    if name == "text_after_the_end":  # Gemini and Dify say after it what they have used, and are listened to
        ends |= {other: (None, True, TEXT) for other in ("gemini", "dify") if ends[other] == (None, True, TEXT * 2)}
    assert ends == dict.fromkeys(FAMILIES, (None, True, TEXT))
    skipped = Notice("1 unreadable event was skipped.")
    assert all((skipped in talk.events) is (name == "one_unreadable") for talk in talks)
    for other, talk in zip(FAMILIES, talks, strict=True):
        assert len(talk.messages) == 2, other
        asked = FAMILIES[other].asks_before + 1 + (name == "tried_again")
        assert len(servers[other].requests) >= asked


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_neither_key_nor_prompt_follows_to_another_origin(servers: dict[str, Server], status: int) -> None:
    with Server().running() as other:
        other.says("caught")
        moved = reply(status=status, headers={"Location": other.url}, body="length")
        talks = await asyncio.gather(
            *(talked(servers[name], family, moved, tries=2, timeouts=Timeouts()) for name, family in FAMILIES.items())
        )
        assert {str(talk.error and talk.error.text) for talk in talks} == {
            f"{status}: the address moved to http://{other.host}."
        }
        assert other.connections == 0
    asked = {name: len(server.requests) for name, server in servers.items()}
    assert asked == {name: family.asks_before + 1 for name, family in FAMILIES.items()}
