"""A tape as a file: one JSON object a line, made to be read, grepped and compared. docs/tape-format.md describes it.

What arrived when (`read`) and what it said (`frame`) are separate lines, so that two recordings of the same answer
differ in the former alone.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from chattui.errors import Damaged
from chattui.events import JSON
from chattui.redaction import MARK
from chattui.tape import Became, Failed, Outline, Take, Tape, masking
from chattui.tape.pieces import Pieces
from chattui.tape.scrub import scrubbed
from chattui.wire import Framing

VERSION = 1
_WORDS = ("message", "conversation", "endpoint", "provider", "preset", "model", "prompt")
_FRAMINGS: dict[str, Framing | Literal["socket"]] = {
    "socket": "socket",
    "sse": "sse",
    "ndjson": "ndjson",
    "ai-data": "ai-data",
    "json": "json",
    "text": "text",
}


def lines(tape: Tape) -> Iterator[str]:
    """The lines of the file, each with its newline. Nothing secret is in them."""
    hidden = [secret for take in tape.takes for secret in take.secrets]
    yield _line(
        tape=VERSION,
        made=datetime.fromtimestamp(tape.made, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        by=tape.by,
        level=tape.level,
        endpoint=tape.endpoint,
        provider=tape.provider,
        preset=tape.preset,
        model=tape.model,
        conversation=tape.conversation,
        message=tape.message,
        prompt=masking.text(tape.prompt, hidden, mask=MARK) if tape.level == "wire" else "",
        remote=tape.remote if tape.level == "wire" else {},
    )
    for take in tape.takes:
        yield from _take(scrubbed(take), content=tape.level == "wire")
    error = tape.error and Failed(tape.error.kind, masking.text(tape.error.text, hidden, mask=MARK))
    yield _line(state=tape.state, error=_failed(error))


def encode(tape: Tape) -> bytes:
    """The whole file."""
    return "".join(lines(tape)).encode("utf-8", "replace")


def _take(take: Take, *, content: bool) -> Iterator[str]:
    request: dict[str, JSON] = {"method": take.method, "url": take.url, "headers": dict(take.headers)}
    if take.sources:
        request["secrets"] = dict(take.sources)
    if take.proxy:
        request["proxy"] = take.proxy
    if content:
        request["body"] = take.body
    yield _line(at=take.began, request=request)
    if take.sent is not None:
        yield _line(at=take.sent, sent=True)
    if take.answered is not None:
        head = {"status": take.status, "framing": take.framing, "headers": dict(take.answer)}
        yield _line(at=take.answered, response=head)
    if content and take.outline is None:
        yield from _content(take)
    else:
        yield from _measures(take)
    end: dict[str, JSON] = {"error": _failed(take.error)}
    if take.unended:
        end["unended"] = True
    if take.left:
        end["left"] = True
    if take.lost:
        end["lost"] = take.lost
    yield _line(at=take.ended, end=end)


def _content(take: Take) -> Iterator[str]:
    cut = Pieces(take)
    found = iter(cut.read())
    piece = next(found, None)
    for number, (at, data) in enumerate(take.chunks, 1):
        yield _line(at=at, read=len(data))
        while piece is not None and piece.arrival <= number:
            if piece.raw or piece.became is not None:
                yield _line(**_bytes("frame", piece.raw), **_became(piece.became))
            piece = next(found, None)
    if cut.rest or cut.broken:
        tail = b"".join(data for _, data in take.chunks)
        done = sum(one.size for one in cut.found)
        yield _line(**_bytes("rest", tail[done:]))


def _measures(take: Take) -> Iterator[str]:
    for piece in Pieces(take).read():
        event = piece.frame.event if piece.frame is not None else ""
        kind = {"became": "alive"} if piece.frame is None else _became(piece.became)
        kind.pop("shows", None)
        yield _line(at=piece.at, size=piece.size, event=event, **kind)


def _became(became: Became | None) -> dict[str, JSON]:
    if became is None:
        return {}
    told: dict[str, JSON] = {"became": became.kind}
    if became.text:
        told["shows"] = became.text
    if became.chars and became.chars != len(became.text):
        told["chars"] = became.chars
    return told


def _bytes(name: str, data: bytes) -> dict[str, JSON]:
    """The bytes as text where they are UTF-8, else as base64 under another name."""
    try:
        return {name: data.decode()}
    except UnicodeDecodeError:
        return {f"{name}64": base64.b64encode(data).decode()}


def _failed(error: Failed | None) -> JSON:
    return None if error is None else {"kind": error.kind, "text": error.text}


def _line(**fields: JSON) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False).replace("\u2028", "\\u2028") + "\n"


# ---------------------------------------------------------------- reading


def decode(data: bytes, name: str = "the file") -> Tape:
    """The tape in a file. Unknown lines and fields are passed over. Raises Damaged: no tape, or a newer one."""
    found: list[Mapping[str, Any]] = []
    for number, line in enumerate(data.decode("utf-8", "replace").removeprefix("\ufeff").split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            if found:
                break  # a recording that was cut: what is whole counts
            value = None
        if number == 1 and not (isinstance(value, dict) and isinstance(value.get("tape"), int)):
            raise Damaged(f"{name} is not a tape.", hint="docs/tape-format.md describes them.")
        if isinstance(value, dict):
            found.append(value)
    if not found:
        raise Damaged(f"{name} is empty.", hint="docs/tape-format.md describes tapes.")
    if found[0]["tape"] > VERSION:
        raise Damaged(f"{name} was written by a newer chattui.", hint="Update chattui to read it.")
    try:
        return _read(found)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        raise Damaged(f"{name} is a damaged tape.", hint="docs/tape-format.md describes them.") from None


def _read(found: list[Mapping[str, Any]]) -> Tape:
    head, *rest = found
    message, conversation, endpoint, provider, preset, model, prompt = (str(head.get(name) or "") for name in _WORDS)
    tape = Tape(message, conversation, endpoint, provider, preset, model, prompt, made=_time(head.get("made")))
    tape.remote = head["remote"] if isinstance(head.get("remote"), dict) else {}
    tape.by = str(head.get("by") or "")
    tape.level = "metadata" if head.get("level") == "metadata" else "wire"
    reader: _Reader | None = None
    for line in rest:
        if "request" in line:
            reader = _Reader(line)
            tape.takes.append(reader.take)
        elif "state" in line:
            tape.state, tape.error = str(line["state"] or ""), _error(line.get("error"))
        elif reader is not None:
            reader.add(line)
    for take in tape.takes:
        if take.ended is None:  # the recording was cut
            take.ended, take.left = take.chunks[-1][0] if take.chunks else take.answered or take.sent or 0.0, True
    return tape


class _Reader:
    """The lines of one take. Bytes come with the frames, times with the reads: both are laid over each other at its
    end.
    """

    def __init__(self, line: Mapping[str, Any]) -> None:
        request = line["request"]
        self.take = Take(
            _at(line),
            str(request.get("method") or ""),
            str(request.get("url") or ""),
            _pairs(request.get("headers")),
            dict(_pairs(request.get("secrets"))),
            str(request.get("proxy") or ""),
            request.get("body"),
        )
        self._reads: list[tuple[float, int]] = []
        self._body = bytearray()
        self._outline: list[Outline] = []

    def add(self, line: Mapping[str, Any]) -> None:
        """The next line. Raises ValueError, TypeError, KeyError."""
        take = self.take
        match line:
            case {"sent": _}:
                take.sent = _at(line)
            case {"response": {"status": int(status), **head}}:
                take.answered, take.status = _at(line), status
                take.answer = _pairs(head.get("headers"))
                take.framing = _FRAMINGS.get(str(head.get("framing")), "auto")
            case {"read": int(size)} if size > 0:
                self._reads.append((_at(line), size))
            case {"frame": _} | {"frame64": _} | {"rest": _} | {"rest64": _}:
                self._body += _said(line)
                if (became := _made(line)) is not None:
                    take.became.append(became)
            case {"size": int(size)}:
                self._outline.append(Outline(_at(line), size, str(line.get("event") or ""), _made(line)))
            case {"end": dict(end)}:
                take.ended = _at(line)
                take.error, take.left = _error(end.get("error")), bool(end.get("left"))
                take.unended = bool(end.get("unended"))
                take.lost = int(end.get("lost") or 0)
                self._close()
            case _:
                pass

    def _close(self) -> None:
        take = self.take
        if self._outline:
            take.outline = tuple(self._outline)
        at = 0
        for when, size in self._reads:
            if part := bytes(self._body[at : at + size]):
                take.chunks.append((when, part))
            at += size
        if rest := bytes(self._body[at:]):  # somebody has edited it: what is there counts
            take.chunks.append((self._reads[-1][0] if self._reads else take.answered or 0.0, rest))
        take.size = len(self._body)


def _at(line: Mapping[str, Any]) -> float:
    at = float(line.get("at") or 0.0)
    if not math.isfinite(at) or at < 0:
        raise ValueError("no time")
    return at


def _pairs(value: JSON) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(item)) for name, item in value.items()) if isinstance(value, Mapping) else ()


def _said(line: Mapping[str, Any]) -> bytes:
    text = line.get("frame", line.get("rest"))
    if isinstance(text, str):
        return text.encode("utf-8", "replace")
    return base64.b64decode(str(line.get("frame64", line.get("rest64"))), validate=True)


def _made(line: Mapping[str, Any]) -> Became | None:
    kind = line.get("became")
    if not isinstance(kind, str):
        return None
    shows = str(line.get("shows") or "")
    told = any(one in {"text", "replaced"} for one in kind.split("+"))
    return Became(kind, shows, int(line.get("chars") or (len(shows) if told else 0)))


def _error(value: JSON) -> Failed | None:
    return Failed(str(value.get("kind")), str(value.get("text"))) if isinstance(value, Mapping) else None


def _time(value: JSON) -> float:
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
