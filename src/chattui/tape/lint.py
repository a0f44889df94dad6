"""What is wrong with a stream: a pure function over a recording, one sentence each, with its cure.

A `warning` breaks some client or loses something; a `note` is what a careful server does differently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from chattui import safe
from chattui.tape import LONGEST, Take, Tape
from chattui.tape.pieces import Piece, Pieces
from chattui.tape.suspects import named
from chattui.wire.sse import BOM

LARGE = 64 * 1024
"""Bytes of an event above which common readers fail: the default line limits of Go and of Python's asyncio."""
SILENCE = 15.0
"""Seconds without a byte after which a keep-alive is due; proxies cut at 30 to 100 s."""
CUMULATIVE = 4
"""Texts that begin with the one before them, until it is no accident."""

TYPES = {"sse": "text/event-stream", "ndjson": "application/x-ndjson"}
_NO_SPACE = re.compile(rb"(?:^|[\r\n])(?:data|event|id|retry):[^ \r\n]")
_LONE_CR = re.compile(rb"\r(?!\n|\Z)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `text` and `cure` are sentences that are safe to show."""

    code: str
    text: str
    cure: str
    severity: Literal["warning", "note"] = "warning"
    first: int | None = None
    """The index of the first piece that shows it."""
    count: int = 1


def lint(take: Take, found: Sequence[Piece] | None = None) -> tuple[Finding, ...]:
    """The findings of one exchange; `found` are its pieces, where the caller has them. Empty for no stream at all."""
    pieces = Pieces(take).read() if found is None else found
    other = take.error is not None and take.error.kind == "NotAnApi"  # a web page is no stream that is wrong
    if not take.streams or other or not (take.chunks or take.outline):
        return ()
    return tuple(sorted(_findings(take, pieces), key=lambda finding: finding.severity == "note"))


def lint_tape(tape: Tape) -> tuple[Finding, ...]:
    """The findings of all exchanges of a reply, each once."""
    found = {finding.code: finding for take in tape.takes for finding in lint(take)}
    return tuple(found.values())


def _findings(take: Take, pieces: Sequence[Piece]) -> Iterator[Finding]:
    yield from _head(take)
    if take.chunks:
        yield from _bytes(take, pieces)
    yield from _frames(take, pieces)
    yield from _ending(take, pieces)
    yield from _silence(take)


def _head(take: Take) -> Iterator[Finding]:
    header = take.header
    kind = header.get("content-type", "").partition(";")[0].strip().lower()
    if (wanted := TYPES.get(take.framing)) is not None and kind != wanted:
        near = take.framing == "ndjson" and any(name in kind for name in ("ndjson", "jsonl", "json-seq", "stream+json"))
        if not near:
            said = f"is ‘{safe.line(kind, 60)}’" if kind else "is missing"
            what = "an event stream" if take.framing == "sse" else "a stream of JSON lines"
            yield Finding(
                "content-type",
                f"The content type {said}, but this is {what}: browsers and many clients refuse it.",
                f"Send content-type: {wanted}.",
            )
    encoding = header.get("content-encoding", "").strip().lower()
    if encoding not in {"", "identity"}:
        yield Finding(
            "compression",
            f"The stream is compressed ({safe.line(encoding, 20)}): a compressor holds events back until it is full.",
            "Switch compression off for streams, or flush it after every event.",
        )
    control = header.get("cache-control", "").lower()
    if not any(word in control for word in ("no-cache", "no-store", "no-transform")):
        yield Finding(
            "cache-control",
            "There is no cache-control: no-cache; a proxy may keep or rewrite the stream.",
            "Send cache-control: no-cache, no-transform.",
            "note",
        )
    swallowed = any("nginx" in name for name, _ in named(take))  # nginx keeps this header to itself
    if header.get("x-accel-buffering", "").strip().lower() != "no" and not swallowed:
        yield Finding(
            "x-accel-buffering",
            "There is no x-accel-buffering: no; an nginx in front would hold the stream back.",
            "Send x-accel-buffering: no.",
            "note",
        )


def _bytes(take: Take, pieces: Sequence[Piece]) -> Iterator[Finding]:
    body = b"".join(data for _, data in take.chunks)
    if body.startswith(BOM):
        yield Finding(
            "bom", "The stream begins with a byte order mark: many clients lose its first event.",
            "Write UTF-8 without BOM.", first=0,
        )  # fmt: skip
    cut = not pieces or bool(take.left or take.error or take.lost)
    if (bad := _not_utf8(body, cut=cut)) is not None:
        yield Finding(
            "utf-8", f"Byte {bad} is not valid UTF-8: strict clients stop there.",
            "Encode whole texts as UTF-8; never cut a text between the bytes of a character.",
            first=_at_byte(pieces, bad),
        )  # fmt: skip
    if take.framing != "sse":
        return
    if b"\r" in body and (lone := _LONE_CR.search(body)) is not None:
        yield Finding(
            "cr", "Lines end in CR alone: most clients see each event one event late, or never.",
            "End lines with LF.", first=_at_byte(pieces, lone.start()),
        )  # fmt: skip
    if (tight := _NO_SPACE.search(body)) is not None:
        yield Finding(
            "space", "There is no space after the colon (data:…): legal, but clients that cut off ‘data: ’ lose a "
            "character.", "Write data: with a space.", "note", _at_byte(pieces, tight.end()),
        )  # fmt: skip


def _not_utf8(body: bytes, *, cut: bool) -> int | None:
    """Where the first byte is that is no UTF-8. A character that the end of a cut stream divides is no mistake."""
    try:
        body.decode()
    except UnicodeDecodeError as error:
        return None if cut and error.reason == "unexpected end of data" else error.start
    return None


def _at_byte(pieces: Sequence[Piece], byte: int) -> int | None:
    for number, piece in enumerate(pieces):
        byte -= piece.size
        if byte < 0:
            return number
    return None


def _frames(take: Take, pieces: Sequence[Piece]) -> Iterator[Finding]:
    def where(test: list[int]) -> tuple[int, int]:
        return test[0], len(test)

    if strange := [n for n, piece in enumerate(pieces) if piece.kind == "unmatched"]:
        yield Finding(
            "unmatched", f"{_frames_(len(strange))} matched no rule.",
            "Add a rule for it, or ignore = true when it says nothing.", "warning",
            *where(strange),
        )  # fmt: skip
    if broken := [n for n, piece in enumerate(pieces) if piece.kind == "unreadable"]:
        yield Finding(
            "unreadable", f"{_frames_(len(broken))} could not be read.",
            "Send each event as one whole JSON document.", "warning", *where(broken),
        )  # fmt: skip
    if take.framing == "sse" and take.chunks:
        empty = [n for n, piece in enumerate(pieces) if piece.frame is not None and not piece.frame.data.strip()]
        if empty:
            yield Finding(
                "empty", f"{_frames_(len(empty))} had empty data: clients that parse it as JSON fail.",
                "Send a comment (a line that begins with a colon) as a sign of life.", "warning", *where(empty),
            )  # fmt: skip
    if large := [n for n, piece in enumerate(pieces) if piece.size > LARGE]:
        biggest = max(pieces[n].size for n in large)
        yield Finding(
            "large", f"{_frames_(len(large))} larger than {LARGE // 1024} KiB (the largest {biggest / 1024:,.0f} KiB): "
            "common readers have lower limits.", "Send large contents in pieces, or as an address.", "warning",
            *where(large),
        )  # fmt: skip
    if (since := _cumulative(pieces)) is not None:
        yield Finding(
            "cumulative", "Each event repeats the whole text so far, but it is read as the next piece of it: the text "
            "shows again and again.", "Send only what is new, or read it with replace in the place of text.",
            first=since,
        )  # fmt: skip


def _frames_(count: int) -> str:
    return "1 event" if count == 1 else f"{count} events"


def _cumulative(pieces: Sequence[Piece]) -> int | None:
    """Where texts begin to repeat all that came before them."""
    row = 0
    before: Piece | None = None
    for number, piece in enumerate(pieces):
        if piece.became is None or "text" not in piece.became.kinds or not piece.became.chars:
            continue
        if before is not None and before.became is not None:
            older, newer = before.became, piece.became
            grows = newer.chars > older.chars and newer.text.startswith(older.text[:LONGEST])
            row = row + 1 if grows else 0
            if row >= CUMULATIVE - 1:
                return number - row
        before = piece
    return None


def _ending(take: Take, pieces: Sequence[Piece]) -> Iterator[Finding]:
    told = [piece for piece in pieces if piece.became is not None]
    done = [n for n, piece in enumerate(pieces) if piece.became is not None and "done" in piece.became.kinds]
    if done:
        late = [n for n in range(done[0] + 1, len(pieces)) if pieces[n].said]
        if late:
            yield Finding(
                "after-end", f"{_frames_(len(late))} with text came after the end marker: clients that stop there lose "
                "it.", "Send the end marker last.", "warning", late[0], len(late),
            )  # fmt: skip
    whole = take.ended is not None and not take.left and not take.lost
    if not whole:
        return
    if pieces and pieces[-1].frame is not None and not pieces[-1].frame.ended and take.error is None:
        what = "blank line after the last event" if take.framing == "sse" else "newline after the last line"
        yield Finding(
            "last-line", f"There is no {what}: clients that keep to the standard drop it.",
            f"End every {'event with a blank line' if take.framing == 'sse' else 'line with LF'}, the last one too.",
            first=len(pieces) - 1,
        )  # fmt: skip
    failed = any(piece.kind == "error" for piece in pieces)
    if told and not done and not failed and (take.error is None or take.error.kind == "CutShort"):
        if take.framing == "text":
            yield Finding(
                "no-end", "Plain text has no end marker: nobody can tell a whole reply from one that was cut.",
                "Send events, and a last one that says that it is the last.", "note",
            )  # fmt: skip
        else:
            wanted = take.unended or take.error is not None
            yield Finding(
                "no-end", "There was no end marker: nobody can tell this reply from one that was cut.",
                "Send a last event that says so, such as data: [DONE].", "warning" if wanted else "note",
            )  # fmt: skip


def _silence(take: Take) -> Iterator[Finding]:
    last = take.sent or 0.0
    longest, when = 0.0, 0.0
    times = [at for at, _ in take.chunks] or [one.at for one in take.outline or ()]
    if take.ended is not None:
        times.append(take.ended)
    for at in times:
        if at - last > longest:
            longest, when = at - last, last
        last = at
    if longest >= SILENCE * 1000:
        yield Finding(
            "silence", f"Not a byte came for {longest / 1000:.0f} s (from {when / 1000:.1f} s on): proxies and "
            "clients give up on silent connections.",
            "Send a comment (: keep-alive) every 10 to 15 s while nothing else is to be sent.",
        )  # fmt: skip
