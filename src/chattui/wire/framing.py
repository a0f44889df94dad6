"""How the bytes of an answer are cut into Frames: set by the request, or found by type and first bytes. No I/O.

    sse      events of text/event-stream
    ndjson   one JSON value per line
    ai-data  the Vercel AI SDK's data stream: `code:JSON` per line
    json     one JSON document: the non-streaming shape of an API
    text     whatever comes, as it comes

The first bytes count more than the content type: SSE is served as text/plain, text/html or without a type, and error
documents as text/event-stream.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Mapping
from typing import Protocol

from chattui import safe
from chattui.errors import NotAnApi
from chattui.events import Progress
from chattui.wire import Frame, Framing
from chattui.wire.recognise import page_title
from chattui.wire.sse import BOM, EVENT_CAP, KeepAlive, SseParser, too_large

BODY_CAP = 16 * 1024 * 1024
"""Bytes of a whole JSON document."""
PAGE_CAP = 64 * 1024
"""Bytes of a web page that are read to find its title."""
SNIFF = 64
"""Bytes of a first line after which it is decided what it is."""

_SSE = re.compile(rb"(?:data|event|id|retry)?:")
_SSE_START = (b"data", b"event", b"id", b"retry")
_PAGE_STARTS = (b"<!doctype html", b"<html", b"<head", b"<title")
_AI_DATA = re.compile(rb"[0-9a-z]:[\"\[{0-9tfn]")
_NDJSON_TYPES = ("ndjson", "jsonl", "json-lines", "jsonlines", "json-seq", "stream+json")


class Framer(Protocol):
    """Bytes in, cut anywhere; frames out, and Progress "alive" for keep-alives. Raises TooLarge, NotAnApi."""

    @property
    def framing(self) -> Framing: ...

    def feed(self, data: bytes) -> list[Frame | Progress]: ...

    def flush(self) -> list[Frame | Progress]:
        """The end of the body has come."""


def framer(framing: Framing, content_type: str = "") -> Framer:
    """The framer for a body. Only "auto" looks at the content type; a web page is found under all framings but text."""
    match framing:
        case "auto":
            return _Auto(content_type)
        case "text":
            return _Text()
        case _:
            return _Auto(content_type, framing)


class _Sse:
    framing: Framing = "sse"

    def __init__(self) -> None:
        self._parser = SseParser()

    def feed(self, data: bytes) -> list[Frame | Progress]:
        return [
            Progress("alive", safe.line(event.text))
            if isinstance(event, KeepAlive)
            else Frame(event.data, "" if event.event == "message" else event.event, event.id)
            for event in self._parser.feed(data)
        ]

    def flush(self) -> list[Frame | Progress]:
        return [
            Frame(event.data, "" if event.event == "message" else event.event, event.id, ended=False)
            for event in self._parser.flush()
            if not isinstance(event, KeepAlive)
        ]


class _Lines:
    """ndjson and ai-data. Lines end with LF alone: JSON may hold U+2028, U+0085 and the rest of str.splitlines."""

    def __init__(self, framing: Framing) -> None:
        self.framing = framing
        self._partial: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[Frame | Progress]:
        if b"\n" not in data:
            self._keep(data)
            return []
        *lines, rest = b"".join((*self._partial, data)).split(b"\n")
        self._partial.clear()
        self._size = 0
        frames: list[Frame | Progress] = [self._frame(line) for line in lines if line.strip()]
        if rest:
            self._keep(rest)
        return frames

    def flush(self) -> list[Frame | Progress]:
        rest = b"".join(self._partial)
        self._partial.clear()
        return [self._frame(rest, ended=False)] if rest.strip() else []

    def _keep(self, data: bytes) -> None:
        self._partial.append(data)
        self._size += len(data)
        if self._size > EVENT_CAP:
            raise too_large(EVENT_CAP)

    def _frame(self, line: bytes, *, ended: bool = True) -> Frame:
        if len(line) > EVENT_CAP:
            raise too_large(EVENT_CAP)
        text = line.decode("utf-8", "replace").strip("\r \t\x1e")
        if self.framing == "ai-data":
            code, _, text = text.partition(":")
            return Frame(text, code, ended=ended)
        return Frame(text, ended=ended)


class _Text:
    framing: Framing = "text"

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")

    def feed(self, data: bytes) -> list[Frame | Progress]:
        text = self._decoder.decode(data)
        return [Frame(text)] if text else []

    def flush(self) -> list[Frame | Progress]:
        text = self._decoder.decode(b"", final=True)
        return [Frame(text)] if text else []


class _Json:
    """A whole document, unless its second line shows that it is one JSON value per line (`lines`)."""

    framing: Framing = "json"

    def __init__(self, *, lines: bool = False) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._lines: _Lines | None = None
        self._open = lines

    def feed(self, data: bytes) -> list[Frame | Progress]:
        if self._lines is not None:
            return self._lines.feed(data)
        self._parts.append(data)
        self._size += len(data)
        if self._size > BODY_CAP:
            raise too_large(BODY_CAP)
        if self._open and b"\n" in b"".join(self._parts[-2:]):
            return self._second_line()
        return []

    def _second_line(self) -> list[Frame | Progress]:
        body = b"".join(self._parts)
        self._parts = [body]
        first, _, rest = body.lstrip().partition(b"\n")
        if not rest.strip():
            return []
        self._open = False
        if not _is_json(first):
            return []
        self._lines = _Lines("ndjson")
        self.framing = "ndjson"
        return self._lines.feed(body)

    def flush(self) -> list[Frame | Progress]:
        if self._lines is not None:
            return self._lines.flush()
        body = b"".join(self._parts).removeprefix(BOM)
        return [Frame(body.decode("utf-8", "replace"), whole=True)] if body.strip() else []


class _Page:
    """A web page: read for its title only."""

    framing: Framing = "text"

    def __init__(self) -> None:
        self._page = b""

    def feed(self, data: bytes) -> list[Frame | Progress]:
        self._page += data
        if b"</title" in self._page.lower() or len(self._page) > PAGE_CAP:
            self.flush()
        return []

    def flush(self) -> list[Frame | Progress]:
        title = page_title(self._page.decode("utf-8", "replace"))
        raise NotAnApi(
            f"Got a web page (‘{title}’) instead of an API answer."
            if title
            else "Got a web page instead of an API answer.",
            hint="Check the address; a network login page can be the cause, too.",
        )


class _Auto:
    """Holds the first bytes back until they tell what they are. With `framing`, only looks for web pages."""

    def __init__(self, content_type: str, framing: Framing = "auto") -> None:
        self._type = content_type.partition(";")[0].strip().lower()
        self._wanted = framing
        self._head = b""
        self._chosen: Framer | None = None

    @property
    def framing(self) -> Framing:
        return self._chosen.framing if self._chosen is not None else self._wanted

    def feed(self, data: bytes) -> list[Frame | Progress]:
        if self._chosen is not None:
            return self._chosen.feed(data)
        self._head += data
        self._chosen = self._choose(ended=False)
        return self._begin()

    def flush(self) -> list[Frame | Progress]:
        if self._chosen is None:
            self._chosen = self._choose(ended=True) or _Text()
            return self._begin() + self._chosen.flush()
        return self._chosen.flush()

    def _begin(self) -> list[Frame | Progress]:
        if self._chosen is None:
            return []
        head, self._head = self._head.removeprefix(BOM), b""
        return self._chosen.feed(head) if head else []

    def _choose(self, *, ended: bool) -> Framer | None:
        head = self._head.removeprefix(BOM).lstrip(b" \t\r\n")
        if not ended and (not head or BOM.startswith(self._head)):
            # Blank lines are how some servers say that they live; an event stream has nothing else to wait for.
            return _Sse() if self._type == "text/event-stream" and len(self._head) > SNIFF else None
        if head[:1] == b"<" and (self._type == "text/html" or _is_page(head)):
            return _Page()
        if not ended and any(start.startswith(head.lower()) for start in _PAGE_STARTS):
            return None
        if self._wanted != "auto":
            return _made(self._wanted)
        if any(name in self._type for name in _NDJSON_TYPES):
            return _Lines("ndjson")
        if head[:1] in {b"{", b"["}:
            return _Json(lines=True)
        if self._type == "text/event-stream":
            return _Sse()
        if self._type == "application/json" or self._type.endswith("+json"):
            return _Json()
        if _AI_DATA.match(head):
            return _Lines("ai-data")
        if _SSE.match(head) or (ended and head.rstrip() in _SSE_START):
            return _Sse()
        line, newline, _ = head.partition(b"\n")
        undecided = not newline and len(line) < SNIFF and not ended
        may_become = any(start.startswith(line) for start in _SSE_START) or len(line) < 3
        if undecided and may_become:
            return None
        return _Text()


def _made(framing: Framing) -> Framer:
    match framing:
        case "sse":
            return _Sse()
        case "json":
            return _Json()
        case "text":
            return _Text()
        case _:
            return _Lines(framing)


def _is_page(head: bytes) -> bool:
    return head[:16].lower().startswith(_PAGE_STARTS)


def _is_json(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), Mapping | list)
    except (ValueError, RecursionError):
        return False
