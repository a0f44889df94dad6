"""Random bytes through the framing: however they are cut, the same frames come out, or the same one error.

    python proofs/framing.py [STREAMS] [SEED]

Bodies are grown from the words of all formats, from recorded answers, and from damage done to both. Each goes through
the framing whole, byte by byte and cut at random. Anything but a ChatError, or any difference, is printed and counts.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chattui.errors import ChatError
from chattui.wire import Frame, Framing
from chattui.wire.framing import framer

RECORDED = Path(__file__).parents[1] / "tests" / "transcripts"
WORDS = [
    b"data:", b"data: ", b"data : ", b"event: ", b"id: ", b"retry: 5", b": ping", b":", b"\n", b"\r", b"\r\n", b"\n\n", b" ",
    b"\xef\xbb\xbf", b"[DONE]", b'{"a":', b"1}", b'"x"', b"[", b"]", b"{}", b"0:", b"d:", b'3:"no"', b"<html>", b"<title>x</title>",
    b"<!doctype html>", b"\xc3", b"\xa9", b"\xe2\x80\xa8", b"\xff", b"\x00", b"\x1e", b"\xed\xa0\x80", b"hello", b"datax", b"e", b"\t",
]  # fmt: skip
TYPES = (
    "",
    "text/event-stream",
    "text/plain",
    "text/html",
    "application/json",
    "application/x-ndjson",
    "x/y; charset=utf-16",
)
FRAMINGS: tuple[Framing, ...] = ("auto", "sse", "ndjson", "ai-data", "json", "text")


@dataclass(frozen=True)
class Outcome:
    """The frames; pieces of plain text are one. `error` is the class of the ChatError that ended it."""

    framing: str
    frames: tuple[Frame, ...]
    error: str


def outcome(framing: Framing, kind: str, pieces: Sequence[bytes]) -> Outcome:
    cutter = framer(framing, kind)
    found: list[Frame] = []
    error = ""
    try:
        for piece in pieces:
            found += [item for item in cutter.feed(piece) if isinstance(item, Frame)]
        found += [item for item in cutter.flush() if isinstance(item, Frame)]
    except ChatError as failed:
        error = type(failed).__name__
    if cutter.framing == "text" and not error:
        found = [Frame("".join(frame.data for frame in found))]
    return Outcome(cutter.framing, tuple(found), error)


def cuts(body: bytes, dice: random.Random) -> list[bytes]:
    """The body in pieces of random sizes, mostly small."""
    pieces, at = [], 0
    while at < len(body):
        size = dice.choice((1, 1, 2, 3, 7, 64, 1000))
        pieces.append(body[at : at + size])
        at += size
    return pieces


def bodies(dice: random.Random) -> bytes:
    match dice.randrange(4):
        case 0:
            return b"".join(dice.choices(WORDS, k=dice.randrange(40)))
        case 1:
            return bytes(dice.randrange(256) for _ in range(dice.randrange(60)))
        case _:
            body = dice.choice(_recorded())
            start = dice.randrange(max(1, len(body) // 2))
            part = bytearray(body[start if dice.random() < 0.3 else 0 : start + dice.randrange(1, 1500)])
            for _ in range(dice.randrange(4)):
                if part:
                    at = dice.randrange(len(part))
                    part[at : at + dice.randrange(3)] = dice.choice(WORDS)
            return bytes(part)


_kept: list[bytes] = []


def _recorded() -> list[bytes]:
    if not _kept:
        _kept.extend(path.read_bytes().partition(b"\r\n\r\n")[2] for path in sorted(RECORDED.rglob("*.http")))
    return _kept


def run(streams: int, seed: int) -> tuple[list[str], dict[str, int]]:
    """(what went wrong, how often each framing came out)."""
    wrong: list[str] = []
    seen: dict[str, int] = {}
    for number in range(streams):
        dice = random.Random(f"{seed}/{number}")
        body, kind = bodies(dice), dice.choice(TYPES)
        framing = dice.choice(FRAMINGS) if dice.random() < 0.4 else "auto"
        try:
            whole = outcome(framing, kind, [body] if body else [])
            seen[whole.error or whole.framing] = seen.get(whole.error or whole.framing, 0) + 1
            for pieces in ([body[at : at + 1] for at in range(len(body))], cuts(body, dice)):
                if (other := outcome(framing, kind, pieces)) != whole:
                    wrong.append(f"{number}: {framing} {kind!r} {body!r}\n  whole: {whole}\n  cut:   {other}")
                    break
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            wrong.append(f"{number}: {framing} {kind!r} {body!r} raised {error!r}")
    return wrong, seen


def main() -> int:
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    began = time.monotonic()
    wrong, seen = run(streams, seed)
    for line in wrong[:10]:
        print(line)
    print(f"{streams:,} streams, seed {seed}: {len(wrong)} wrong, in {time.monotonic() - began:.0f} s; {seen}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
