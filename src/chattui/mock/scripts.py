"""The built-in answers: every way in which a stream goes well or wrong, as data.

Formats: OpenAI chat completions, Anthropic Messages and Ollama, as their documentation has them; `text` is server-sent
events with bare text, ended by [DONE].
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from chattui.events import JSON
from chattui.tape import Take, Tape

Fault = Literal["cut", "reset", "stall"]
"""cut: the connection closes, whatever is open · reset: it is torn down · stall: silence until the client leaves."""
Step = bytes | float | Fault
"""Bytes to send, seconds to wait, or a fault."""

TEXT = (
    "Only an **explicit end marker** tells that a reply is whole. "
    "Grüße aus Zürich, 日本語 and 👩‍👩‍👧 arrive whole, too.\n\n"
    "1. Each format has its own marker.\n2. A closed connection is not one.\n\n```python\nprint('done')\n```\n"
)
NOT_SENT = frozenset((
    "content-length", "transfer-encoding", "content-encoding", "connection", "keep-alive", "date", "server", "upgrade",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer. Header names are lower-case."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """How a wire format writes the parts of a stream."""

    type: str
    begin: bytes
    text: Callable[[str], bytes]
    end: bytes
    error: bytes
    alive: bytes
    document: JSON
    """The whole reply as one JSON document."""


def _sse(data: JSON, event: str = "") -> bytes:
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _openai(content: Mapping[str, JSON], finish: str | None = None) -> bytes:
    choice: JSON = {"index": 0, "delta": dict(content), "finish_reason": finish}
    return _sse({"id": "mock", "object": "chat.completion.chunk", "model": "mock", "choices": [choice]})


def _ollama(text: str) -> bytes:
    return (
        json.dumps({"model": "mock", "message": {"role": "assistant", "content": text}, "done": False}).encode() + b"\n"
    )


FORMATS: Mapping[str, Format] = {
    "openai-chat": Format(
        "text/event-stream",
        _openai({"role": "assistant", "content": ""}),
        lambda text: _openai({"content": text}),
        _openai({}, "stop") + b"data: [DONE]\n\n",
        _sse({"error": {"message": "The model fell over.", "type": "server_error"}}),
        b": keep-alive\n\n",
        {
            "object": "chat.completion", "model": "mock",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
        },
    ),
    "anthropic": Format(
        "text/event-stream",
        _sse({"type": "message_start", "message": {"id": "mock", "type": "message", "role": "assistant",
              "model": "mock", "content": [], "usage": {"input_tokens": 9, "output_tokens": 1}}}, "message_start")
        + _sse({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
               "content_block_start"),
        lambda text: _sse({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}},
                          "content_block_delta"),
        _sse({"type": "content_block_stop", "index": 0}, "content_block_stop")
        + _sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 60}},
               "message_delta")
        + _sse({"type": "message_stop"}, "message_stop"),
        _sse({"type": "error", "error": {"type": "overloaded_error", "message": "The model fell over."}}, "error"),
        _sse({"type": "ping"}, "ping"),
        {"type": "message", "role": "assistant", "model": "mock", "content": [{"type": "text", "text": TEXT}],
         "stop_reason": "end_turn", "usage": {"input_tokens": 9, "output_tokens": 60}},
    ),
    "ollama": Format(
        "application/x-ndjson",
        b"",
        _ollama,
        b'{"model":"mock","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","eval_count":60}\n',
        b'{"error":"The model fell over."}\n',
        b"\n",
        {"model": "mock", "message": {"role": "assistant", "content": TEXT}, "done": True, "done_reason": "stop"},
    ),
    "text": Format(
        "text/event-stream",
        b"",
        lambda text: "".join(f"data: {line}\n" for line in text.split("\n")).encode() + b"\n",
        b"data: [DONE]\n\n",
        b"event: error\ndata: The model fell over.\n\n",
        b": keep-alive\n\n",
        {"text": TEXT},
    ),
}  # fmt: skip


def words(text: str = TEXT) -> Iterator[str]:
    """The text in pieces of a word each, as models send it."""
    at = 0
    while at < len(text):
        end = text.find(" ", at + 1)
        end = len(text) if end < 0 else end
        yield text[at:end]
        at = end


def _paced(form: Format, seconds: float, pieces: Iterator[str] | None = None) -> Iterator[Step]:
    for piece in pieces or words():
        yield form.text(piece)
        yield seconds


def _fine(form: Format) -> Iterator[Step]:
    yield 0.3
    yield form.begin
    yield from _paced(form, 0.03)
    yield form.end


def _slow(form: Format) -> Iterator[Step]:
    yield 5.0
    yield form.begin
    yield from _paced(form, 0.5)
    yield form.end


def _bursts(form: Format) -> Iterator[Step]:
    yield form.begin
    pieces = list(words())
    for first in range(0, len(pieces), 12):
        yield 2.0
        yield b"".join(map(form.text, pieces[first : first + 12]))
    yield form.end


def _buffered(form: Format) -> Iterator[Step]:
    yield 4.0
    yield form.begin + b"".join(map(form.text, words())) + form.end


def _utf8(form: Format) -> Iterator[Step]:
    whole = form.begin + b"".join(map(form.text, words())) + form.end
    for at in range(0, len(whole), 2):
        yield whole[at : at + 2]
        yield 0.001


def _crlf(form: Format) -> Iterator[Step]:
    for step in _fine(form):
        yield step.replace(b"\n", b"\r\n") if isinstance(step, bytes) else step


def _partly(form: Format, *ending: Step) -> Iterator[Step]:
    yield form.begin
    yield from _paced(form, 0.03, iter(list(words())[:14]))
    yield from ending


def _cumulative(form: Format) -> Iterator[Step]:
    yield form.begin
    said = ""
    for piece in words():
        said += piece
        yield form.text(said)
        yield 0.03
    yield form.end


def _heartbeat(form: Format) -> Iterator[Step]:
    while True:
        yield form.alive
        yield 1.0


def _broken(form: Format) -> Iterator[Step]:
    pieces = list(words())
    yield form.begin
    yield from _paced(form, 0.03, iter(pieces[:10]))
    yield form.text("x").replace(b"}", b"", 1) if b"}" in form.text("x") else b"data\n\n"
    yield from _paced(form, 0.03, iter(pieces[10:]))
    yield form.end


def _long(form: Format) -> Iterator[Step]:
    yield form.begin
    for number in range(2000):
        yield b"".join(form.text(f"word{number * 10 + at} ") for at in range(10))
    yield form.end


_STREAMS: Mapping[str, tuple[str, Callable[[Format], Iterator[Step]]]] = {
    "fine": ("a reply as it should be, a word every 30 ms", _fine),
    "slow": ("5 s of silence, then two words a second", _slow),
    "bursts": ("a dozen words at once, every 2 s", _bursts),
    "buffered": ("everything at once after 4 s, as behind a proxy that buffers", _buffered),
    "utf8": ("two bytes at a time, also through the middle of characters", _utf8),
    "crlf": ("line ends of two characters", _crlf),
    "stall": ("14 words, then silence", lambda form: _partly(form, "stall")),
    "cut": ("14 words, then the connection closes in the middle of an event", lambda form: _partly(
        form, form.text("lost")[:9], "cut")),
    "reset": ("14 words, then the connection is torn down", lambda form: _partly(form, "reset")),
    "no-end": ("14 words, then a clean end without an end marker", _partly),
    "error-event": ("14 words, then an error inside of the stream", lambda form: _partly(form, form.error)),
    "cumulative": ("each event holds the whole text so far", _cumulative),
    "heartbeat": ("keep-alives and nothing else", _heartbeat),
    "empty": ("an end marker and no text", lambda form: iter((form.begin + form.end,))),
    "broken-event": ("one event in the middle is no JSON", _broken),
    "long": ("20,000 words, as fast as they are taken", _long),
}  # fmt: skip
_OTHERS = {
    "json": "one JSON document instead of a stream",
    "retry": "429 with Retry-After: 2, then a reply as it should be",
    "overloaded": "529 twice, then a reply as it should be",
    "unauthorised": "401",
    "html": "502 with a page of HTML",
    "redirect": "302 to another address",
}
SCRIPTS: Mapping[str, str] = {**{name: about for name, (about, _) in _STREAMS.items()}, **_OTHERS}
"""Every script by name, in a few words."""


@dataclass(frozen=True, slots=True)
class Script:
    """Answers by the number of the request, from 0. `steps` are made anew for each: some never end."""

    answers: tuple[Callable[[], tuple[int, tuple[tuple[str, str], ...], Iterator[Step]]], ...]

    def answer(self, number: int) -> tuple[int, tuple[tuple[str, str], ...], Iterator[Step]]:
        """Status, headers and steps for the request of this number."""
        return self.answers[min(number, len(self.answers) - 1)]()


def script(name: str, form: Format) -> Script:
    """A built-in script in a wire format. Raises KeyError."""
    stream = (("content-type", form.type), ("cache-control", "no-cache"), ("x-accel-buffering", "no"))
    made = _STREAMS.get(name, _STREAMS["fine"])[1]

    def refused(status: int, body: JSON, *headers: tuple[str, str]) -> Answer:
        return Answer(status, (("content-type", "application/json"), *headers), (json.dumps(body).encode(),))

    busy: JSON = {"error": {"message": "Too many requests.", "type": "rate_limit_error"}}
    first: tuple[Answer, ...] = ()
    match name:
        case "json":
            return fixed(Answer(200, (("content-type", "application/json"),), (json.dumps(form.document).encode(),)))
        case "retry":
            first = (refused(429, busy, ("retry-after", "2")),)
        case "overloaded":
            overloaded: JSON = {"error": {"message": "Overloaded.", "type": "overloaded_error"}}
            first = (refused(529, overloaded),) * 2
        case "unauthorised":
            return fixed(refused(401, {"error": {"message": "Invalid API key.", "type": "invalid_request_error"}}))
        case "html":
            page = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
            return fixed(Answer(502, (("content-type", "text/html"),), (page,)))
        case "redirect":
            return fixed(Answer(302, (("location", "http://127.0.0.1:9/elsewhere"),)))
        case _ if name not in _STREAMS:
            raise KeyError(name)
    before = fixed(*first).answers if first else ()
    return Script((*before, lambda: (200, stream, made(form))))


def fixed(*answers: Answer) -> Script:
    """These answers, one after the other."""
    return Script(tuple((lambda one=one: (one.status, one.headers, iter(one.steps))) for one in answers))  # type: ignore[misc]  # mypy cannot infer a lambda with a default


def of_tape(tape: Tape) -> Script:
    """What a tape's server answered, with its pauses; a broken connection breaks again."""
    return fixed(*(_of_take(take) for take in tape.takes if take.status and take.framing != "socket"))


def _of_take(take: Take) -> Answer:
    steps: list[Step] = []
    last = take.sent or 0.0
    if take.answered is not None:
        steps.append(max(0.0, take.answered - last) / 1000)
        last = take.answered
    for at, data in take.chunks:
        steps += [max(0.0, at - last) / 1000, data]
        last = at
    if take.error is not None and take.error.kind == "CutShort":
        steps.append("cut")
    elif take.error is not None and take.error.kind == "TimedOut":
        steps.append("stall")
    headers = tuple((name, value) for name, value in take.answer if name not in NOT_SENT and "***" not in value)
    return Answer(take.status, headers, tuple(steps))
