"""Bytes of text/event-stream become the events that WHATWG HTML §9.2.6 describes, however they are cut."""

import base64
import hashlib
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from httpx_sse import ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st

from chattui.errors import TooLarge
from chattui.wire.sse import KeepAlive, SseParser

Event = tuple[str, str, str]


def parsed(*chunks: bytes, flush: bool = False, **settings: Any) -> list[Event]:
    parser = SseParser(**settings)
    found = [item for chunk in chunks for item in parser.feed(chunk)]
    found += parser.flush() if flush else []
    return [(item.event, item.data, item.id) for item in found if isinstance(item, ServerSentEvent)]


def cut_everywhere(data: bytes) -> list[list[bytes]]:
    return [[data[:at], data[at:]] for at in range(len(data) + 1)] + [[data[at : at + 1] for at in range(len(data))]]


CASES: dict[str, tuple[bytes, list[Event]]] = {
    "one event": (b"data: a\n\n", [("message", "a", "")]),
    "no space after the colon": (b"data:a\n\n", [("message", "a", "")]),
    "one space only is stripped": (b"data:  a \n\n", [("message", " a ", "")]),
    "lines of data are joined": (b"data: a\ndata: b\n\n", [("message", "a\nb", "")]),
    "a data line may be empty": (b"data\n\ndata:\ndata:\n\n", [("message", "", ""), ("message", "\n", "")]),
    "named event, name does not stick": (b"event: e\ndata: a\n\ndata: b\n\n", [("e", "a", ""), ("message", "b", "")]),
    "the last name wins, an empty one resets": (b"event: a\nevent:\ndata: 1\n\n", [("message", "1", "")]),
    "an id sticks": (b"id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n",
                     [("message", "a", "1"), ("message", "b", "1"), ("message", "c", "")]),
    "an id with NUL is ignored": (b"id: 1\0\ndata: a\n\n", [("message", "a", "")]),
    "no event without data (Dify's ping)": (b"event: ping\n\ndata: a\n\n", [("message", "a", "")]),
    "no event of blank lines and comments after an id": (b"id: 1\ndata: a\n\n: ping\n\n\n\ndata: b\n\n",
                                                         [("message", "a", "1"), ("message", "b", "1")]),
    "an id alone counts for the next": (b"id: 7\n\ndata: x\n\n", [("message", "x", "7")]),
    "retry alone is no event": (b"retry: 3000\n\ndata: a\n\n", [("message", "a", "")]),
    "comments between data lines": (b"data: a\n: c\n:\ndata: b\n\n", [("message", "a\nb", "")]),
    "an error in a field of its own (llama-server)": (
        b'data: a\n\nerror: {"code": 5}\n\nerror: no JSON\n\n', [("message", "a", ""), ("error", '{"code": 5}', "")]),
    "unknown fields": (b"foo: bar\n\nmessage:\ndata:{}\n\n", [("message", "{}", "")]),
    "fields are case-sensitive": (b"Data: a\ndata: b\n\n", [("message", "b", "")]),
    "a leading blank makes another field": (b" data: a\ndata: b\n\n", [("message", "b", "")]),
    "CRLF": (b"event: t\r\ndata: a\r\n\r\ndata: b\r\n\r\n", [("t", "a", ""), ("message", "b", "")]),
    "CR alone": (b"data: a\r\rdata: b\r\r", [("message", "a", ""), ("message", "b", "")]),
    "mixed line ends": (b"data: a\rdata: b\ndata: c\r\n\n", [("message", "a\nb\nc", "")]),
    "BOM at the start only": (b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\ndata: c\n\n",
                              [("message", "a", ""), ("message", "c", "")]),
    "a partial BOM is text": (b"\xef\xbbdata: a\n\ndata: b\n\n", [("message", "b", "")]),
    "only LF and CR end lines": ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [("message", "a\u2028b\u0085c\x0bd", "")]),
    "UTF-8": ("data: 👩‍👧 изв\n\n".encode(), [("message", "👩‍👧 изв", "")]),
    "invalid UTF-8 is replaced": (b"data: caf\xe9\n\n", [("message", "caf\ufffd", "")]),
    "an unfinished event is not yet one": (b"data: a\n\ndata: b\n", [("message", "a", "")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_events_are_as_the_standard_says_however_they_are_cut(name: str) -> None:
    data, expected = CASES[name]
    for chunks in cut_everywhere(data):
        assert parsed(*chunks) == expected, chunks


@pytest.mark.parametrize("rest", [b"data: b", b"data: b\n", b"data: b\r", b"data: b\r\n"])
def test_an_event_without_its_blank_line_comes_with_the_end(rest: bytes) -> None:
    for chunks in cut_everywhere(b"data: a\n\n" + rest):
        assert parsed(*chunks, flush=True) == [("message", "a", ""), ("message", "b", "")]


def test_the_end_makes_no_event_of_nothing() -> None:
    assert parsed(b"data: a\n\nevent: x\nid: 3\n", flush=True) == [("message", "a", "")]


def test_a_lone_cr_ends_an_event_at_once() -> None:
    assert parsed(b"data: a\r\r") == [("message", "a", "")]


def test_a_reconnect_starts_with_the_last_id() -> None:
    assert parsed(b"data: a\n\n", last_event_id="9") == [("message", "a", "9")]


@pytest.mark.parametrize("value", [b"+5", b"-5", b"1_0", b" 5 ", b"5.0", "٣".encode(), b"9" * 5000])
def test_retry_is_ascii_digits_only(value: bytes) -> None:
    [event] = SseParser().feed(b"retry: " + value + b"\ndata: a\n\n")
    assert isinstance(event, ServerSentEvent)
    assert event.retry is None


def test_comments_and_events_without_data_are_keep_alives() -> None:
    assert SseParser().feed(b": OPENROUTER PROCESSING\n\n:\nevent: ping\n\n") == [
        KeepAlive("OPENROUTER PROCESSING"),
        KeepAlive(),
        KeepAlive(),
    ]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"data: " + b"x" * 200 + b"\n\n", id="a finished line"),
        pytest.param(b"data: " + b"x" * 200, id="an unfinished line"),
        pytest.param(b"data: x\n" * 40, id="many lines"),
        pytest.param(b"id: x\n" * 40, id="many lines without data"),
        pytest.param(b": " + b"x" * 200, id="a comment"),
    ],
)
def test_an_event_has_a_cap(data: bytes) -> None:
    for chunks in ([data], [data[at : at + 7] for at in range(0, len(data), 7)]):
        with pytest.raises(TooLarge, match=r"larger than 100 bytes; stopped\."):
            parsed(*chunks, cap=100)


def test_many_small_events_are_under_the_cap() -> None:
    data = b"data: x\n\n: c\n\nevent: y\ndata: 1\n\n" * 50
    assert (
        len(parsed(data, cap=100)) == len(parsed(*(data[at : at + 3] for at in range(0, len(data), 3)), cap=100)) == 100
    )


@given(
    st.lists(
        st.sampled_from([b"data", b"event", b"id", b":", b" ", b"\n", b"\r", b"x", b"\xc3\xa9", b"\n\n", b"retry:1"])
    ),
    st.integers(1, 9),
)
def test_cutting_changes_nothing(pieces: list[bytes], size: int) -> None:
    data = b"".join(pieces)
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    assert parsed(*chunks, flush=True) == parsed(data, flush=True)


# ---------------------------------------------------------------- the corpus


def expanded(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events for _ in range(event.get("repeat", 1))]


def same(found: list[Event], expected: list[dict[str, Any]]) -> bool:
    def agrees(event: Event, wanted: dict[str, Any]) -> bool:
        name, data, ident = event
        if "data" not in wanted:
            digest = hashlib.sha256(data.encode()).hexdigest()
            return (name, ident, len(data), digest) == tuple(
                wanted[key] for key in ("event", "id", "data_len", "data_sha256")
            )
        return event == (wanted["event"], wanted["data"], wanted["id"])

    return len(found) == len(expected) and all(map(agrees, found, expected))


@pytest.mark.extra
def test_the_whole_corpus_passes(shared: Path) -> None:
    wrong = []
    for case in json.loads((shared / "vectors" / "sse_corpus.json").read_text())["cases"]:
        if case["out"] is None:
            continue  # refused by its content type: not the parser's business
        parts = case.get("bytes_parts") or [{"b64": case["bytes_b64"], "repeat": 1}]
        data = b"".join(base64.b64decode(part["b64"]) * part["repeat"] for part in parts)
        sizes = case["chunks"]
        if sizes is None:
            chunks = [data]
        elif isinstance(sizes, int):
            chunks = [data[at : at + sizes] for at in range(0, len(data), sizes)]
        else:
            edges = [0, *(sum(sizes[:n]) for n in range(1, len(sizes) + 1)), len(data)]
            chunks = [data[start:end] for start, end in pairwise(edges)]
        settings = {"cap": 1 << 30, "last_event_id": case.get("initial_last_event_id", "")}
        if not same(parsed(*chunks, **settings), expanded(case["out"])):
            wrong.append(case["name"])
        lenient = case.get("out_lenient_eof")
        if lenient is not None and not same(parsed(*chunks, flush=True, **settings), expanded(lenient)):
            wrong.append(case["name"] + " (lenient)")
    assert not wrong
