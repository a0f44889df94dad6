"""What the first bytes of an answer are taken for, and how it is cut."""

# ruff: noqa: E501 - tables of cases, one to a line

import pytest

from chattui.errors import NotAnApi, TooLarge
from chattui.events import Progress
from chattui.wire import Frame, Framing
from chattui.wire.framing import BODY_CAP, framer
from chattui.wire.sse import EVENT_CAP
from server import cut


def framed(body: bytes, kind: str = "", framing: Framing = "auto", size: int = 0) -> tuple[Framing, list[Frame]]:
    made = framer(framing, kind)
    found = [item for piece in (cut(body, size) if size else [body]) for item in made.feed(piece)]
    found += made.flush()
    return made.framing, [item for item in found if isinstance(item, Frame)]


SSE = [Frame("a"), Frame("b", "e")]
CASES: dict[str, tuple[str, bytes, Framing, list[Frame]]] = {
    "sse": ("text/event-stream", b"data: a\n\nevent: e\ndata: b\n\n", "sse", SSE),
    "sse in capitals, with charset": ("Text/Event-Stream; charset=latin-1", b"data: a\n\nevent: e\ndata: b\n\n", "sse", SSE),
    "sse as text/plain": ("text/plain", b"data: a\n\nevent: e\ndata: b\n\n", "sse", SSE),
    "sse as text/html": ("text/html", b"data: a\n\nevent: e\ndata: b\n\n", "sse", SSE),
    "sse without a type, BOM first": ("", b"\xef\xbb\xbfdata: a\n\nevent: e\ndata: b\n\n", "sse", SSE),
    "sse that starts with a comment": ("text/plain", b": hi\n\ndata: a\n\n", "sse", [Frame("a")]),
    "sse that starts with an id": ("", b"id: 1\ndata: a\n\n", "sse", [Frame("a", id="1")]),
    "sse that starts with a word it does not know": ("text/event-stream", b"message:\ndata: a\n\n", "sse", [Frame("a")]),
    "sse, last event unfinished": ("text/event-stream", b"data: a\n\ndata: b", "sse", [Frame("a"), Frame("b", ended=False)]),
    "ndjson": ("application/x-ndjson", b'{"a":1}\n\n{"b":2}\r\n', "ndjson", [Frame('{"a":1}'), Frame('{"b":2}')]),
    "ndjson, last line unfinished": ("application/jsonl", b'{"a":1}\n{"b"', "ndjson", [Frame('{"a":1}'), Frame('{"b"', ended=False)]),
    "ndjson as json": ("application/json", b'{"a":1}\n{"b":2}\n', "ndjson", [Frame('{"a":1}'), Frame('{"b":2}')]),
    "ndjson as text": ("text/plain", '{"a":"\u2028"}\n{"b":2}\n'.encode(), "ndjson", [Frame('{"a":"\u2028"}'), Frame('{"b":2}')]),
    "json": ("application/json", b'{"a":1}', "json", [Frame('{"a":1}', whole=True)]),
    "json with a newline": ("application/json", b'{"a":1}\n', "json", [Frame('{"a":1}\n', whole=True)]),
    "json over lines": ("text/html", b'{\n "a": [\n1\n]}', "json", [Frame('{\n "a": [\n1\n]}', whole=True)]),
    "json as an event stream": ("text/event-stream", b'{"error":"x"}', "json", [Frame('{"error":"x"}', whole=True)]),
    "json array": ("application/json", b'[{"error":{}}]', "json", [Frame('[{"error":{}}]', whole=True)]),
    "json text": ("application/problem+json", b'"no"', "json", [Frame('"no"', whole=True)]),
    "ai-data": ("text/plain", b'f:{"messageId":"m"}\n0:"Hi"\n', "ai-data", [Frame('{"messageId":"m"}', "f"), Frame('"Hi"', "0")]),
    "empty": ("text/event-stream", b"", "sse", []),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_answer_is_what_its_first_bytes_say(name: str) -> None:
    kind, body, framing, frames = CASES[name]
    assert framed(body, kind) == (framing, frames)
    for size in range(1, len(body)):
        assert framed(body, kind, size=size) == (framing, frames), size


@pytest.mark.parametrize(
    "body",
    ["Hello, world", "d", "data", "dates: one", "event horizon", "0 is a number", "<b>bold</b> text", "żółć\n\nzwei"],
)
@pytest.mark.parametrize("kind", ["text/plain; charset=utf-8", ""])
def test_everything_else_is_text_and_arrives_as_it_comes(body: str, kind: str) -> None:
    for size in range(1, len(body.encode()) + 1):
        framing, frames = framed(body.encode(), kind, size=size)
        if body == "data":  # the field name alone is a line of an event stream
            assert framing == "sse"
        else:
            assert (framing, "".join(frame.data for frame in frames)) == ("text", body)


def test_text_is_not_held_back_once_it_is_known() -> None:
    made = framer("auto", "text/plain")
    assert made.feed(b"Hello") == [Frame("Hello")]
    assert made.feed(b" \xc3") == [Frame(" ")]
    assert made.feed(b"\xa9") == [Frame("é")]


@pytest.mark.parametrize(
    ("kind", "page", "title"),
    [
        ("text/html", b"<html><head><title>Hotel WiFi\n login</title></head></html>", " (‘Hotel WiFi login’)"),
        ("", b"\n<!DOCTYPE HTML><title>A &amp; B</title>", " (‘A & B’)"),
        ("text/html; charset=utf-8", b"<p>no title</p>", ""),
        ("text/event-stream", b"<!doctype html><title>\x1b[31mred</title>", " (‘␛[31mred’)"),
    ],
)
def test_a_web_page_is_not_an_answer(kind: str, page: bytes, title: str) -> None:
    for size in (1, 5, len(page)):
        with pytest.raises(NotAnApi) as error:
            framed(page, kind, size=size)
        assert error.value.text == f"Got a web page{title} instead of an API answer."


@pytest.mark.parametrize("framing", ["sse", "ndjson", "ai-data", "json"])
def test_a_set_framing_is_kept_but_a_web_page_is_still_one(framing: Framing) -> None:
    assert framed(b"hello", "text/plain", framing)[0] == framing
    with pytest.raises(NotAnApi):
        framed(b"<html><title>x</title></html>", "text/html", framing)


def test_a_set_framing_of_text_takes_everything() -> None:
    assert framed(b"<html>data: x", "text/html", "text") == ("text", [Frame("<html>data: x")])


@pytest.mark.parametrize(
    ("kind", "line"),
    [("application/x-ndjson", b'{"a":1}\n'), ("text/plain", b'0:"a"\n'), ("text/event-stream", b"data: a\n\n")],
)
def test_a_bom_at_the_start_belongs_to_no_line(kind: str, line: bytes) -> None:
    for size in (1, 2, 64):
        cutter = framer("auto", kind)
        found = [
            frame for piece in cut(b"\xef\xbb\xbf" + line * 2, size) for frame in cutter.feed(piece)
        ] + cutter.flush()
        assert len({frame for frame in found if isinstance(frame, Frame)}) == 1, found


@pytest.mark.parametrize("kind", ["application/x-ndjson", "text/event-stream"])
def test_a_line_has_a_cap(kind: str) -> None:
    made = framer("auto", kind)
    for _ in range(EVENT_CAP // 65536 - 1):
        assert not made.feed(b"data: " + b"x" * 65530)
    with pytest.raises(TooLarge, match="larger than 16 MiB"):
        made.feed(b"x" * 65536 * 2)


def test_a_document_has_a_cap() -> None:
    made = framer("auto", "application/json")
    for _ in range(BODY_CAP // 65536):
        assert not made.feed(b"[" * 65536)
    with pytest.raises(TooLarge, match="larger than 16 MiB"):
        made.feed(b"[")


def test_keep_alives_are_told() -> None:
    assert framer("auto", "text/event-stream").feed(b": OPENROUTER \x1b PROCESSING\n\n") == [
        Progress("alive", "OPENROUTER ␛ PROCESSING")
    ]


def test_a_frame_too_deep_to_read_is_unreadable() -> None:
    with pytest.raises(ValueError, match="deep"):
        Frame("[" * 100_000).json()
