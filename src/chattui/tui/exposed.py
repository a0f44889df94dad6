"""What the inspector says of an exchange and its frames, as plain text that is safe to show."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise

from chattui import safe
from chattui.tape import Take, Tape
from chattui.tape.detective import Suspicion
from chattui.tape.lint import Finding
from chattui.tape.pieces import Piece
from chattui.tui.bars import crop

LONGEST = 20_000
"""Characters of a body or a frame that are shown; copying takes all."""
DUMPED = 1024
"""Bytes of a frame that are shown as bytes."""
BARS = "▁▂▃▄▅▆▇█"


class Measures:
    """The length of the text after each frame."""

    def __init__(self) -> None:
        self._lengths: list[int] = []

    def add(self, found: Sequence[Piece]) -> None:
        """The pieces that have come since. The last ones are looked at again: what became of them may be new."""
        for _ in range(min(64, len(self._lengths))):
            self._lengths.pop()
        length = self.total
        for piece in found[len(self._lengths) :]:
            if piece.became is not None:
                kinds = piece.became.kinds
                if "replaced" in kinds:
                    length = piece.became.chars
                elif "text" in kinds:
                    length += piece.became.chars
            self._lengths.append(length)

    @property
    def total(self) -> int:
        """Of the whole text so far."""
        return self._lengths[-1] if self._lengths else 0

    def at(self, number: int | None) -> int:
        """After the frame of this number."""
        return self._lengths[number] if number is not None and number < len(self._lengths) else self.total


def fits(piece: Piece, wanted: str) -> bool:
    """Whether a frame holds the words, whatever their case, in its event, its data or what became of it."""
    if wanted in piece.kind:
        return True
    frame = piece.frame
    if frame is None:
        return wanted in piece.raw.decode("utf-8", "replace").casefold()
    return wanted in frame.event.casefold() or wanted in frame.data.casefold()


def sparkline(found: Sequence[Piece], width: int) -> tuple[str, float]:
    """The gaps between arrivals in so many cells, each showing the largest of its share; and the largest of all."""
    if not found:
        return "", 0.0
    cells = min(width, len(found))
    bounds = [len(found) * at // cells for at in range(cells + 1)]
    tops = [max(found[at].gap for at in range(low, high)) for low, high in pairwise(bounds)]
    largest = max(tops)
    scale = (len(BARS) - 1) / largest if largest > 0 else 0.0
    return "".join(BARS[round(top * scale)] for top in tops), largest


def asked(take: Take, room: int) -> str:
    """The request in so many cells: its whole address, or the part of it that fits."""
    url = safe.line(take.url, 300)
    plain = url.partition("://")[2]
    for shown in (url, plain, f"/{plain.partition('/')[2]}"):
        if len(take.method) + 1 + len(shown) <= room:
            break
    return crop(f"{take.method} {shown}", room)


def answer(take: Take, frames: int, *, width: int) -> str:
    """How a request was answered, in a few words; fewer for a narrow screen."""
    if take.answered is None:
        if take.error is not None:
            return safe.line(take.error.text, 120)
        return "waiting for the answer" if take.ended is None else "not answered"
    kind = safe.line(take.header.get("content-type", "no content type").partition(";")[0], 40)
    kind = take.framing if width < 72 else kind
    parts = [str(take.status), kind, f"{frames:,} {'frame' if frames == 1 else 'frames'}", f"{take.seconds:.1f} s"]
    if take.chunks and width >= 100:
        parts.append(f"first byte {(take.chunks[0][0] - (take.sent or 0.0)) / 1000:.2f} s")
    if take.ended is None:
        parts.append("…")
    return " · ".join(parts)


def frame(piece: Piece, number: int, zero: float) -> str:
    """One frame in full: its measures, pretty JSON, and the bytes as they came."""
    parts = [
        f"frame {number + 1}",
        f"at {piece.at - zero:,.1f} ms",
        f"gap {piece.gap:,.1f} ms",
        f"{piece.size:,} bytes",
    ]
    data = ""
    if piece.frame is not None:
        parts += [f"event {safe.line(piece.frame.event, 60)}"] if piece.frame.event else []
        parts += [f"id {safe.line(piece.frame.id, 60)}"] if piece.frame.id else []
        parts.append(f"became {piece.kind or 'nothing that was told'}")
        if not piece.frame.ended:
            parts.append("unfinished")
        data = _pretty(piece.frame.data)
    else:
        parts.append("a keep-alive")
    raw = _raw(piece.raw)
    return "\n\n".join(part for part in (" · ".join(parts), data, raw) if part)


def _pretty(data: str) -> str:
    if len(data) <= LONGEST:
        try:
            return safe.clean(json.dumps(json.loads(data), ensure_ascii=False, indent=2))
        except (ValueError, RecursionError):
            pass
    cut = f"\n… ({len(data):,} characters; y copies all)" if len(data) > LONGEST else ""
    return safe.clean(data[:LONGEST]) + cut


def _raw(data: bytes) -> str:
    """Rows of sixteen bytes: where, in hexadecimal, and as ASCII."""
    if not data:
        return ""
    rows = []
    for at in range(0, min(len(data), DUMPED), 16):
        part = data[at : at + 16]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in part)
        rows.append(f"{at:06x}  {part[:8].hex(' '):<23}  {part[8:].hex(' '):<23}  {shown}")
    if len(data) > DUMPED:
        rows.append(f"… {len(data):,} bytes")
    return "\n".join(rows)


def head(tape: Tape, take: Take) -> str:
    """Request and response: lines, headers, body."""
    said = [f"{take.method} {safe.line(take.url, 2000)}"]
    for name, value in take.headers:
        source = f"   (from {take.sources[name]})" if name in take.sources else ""
        said.append(f"{safe.line(name, 80)}: {safe.line(value, 500)}{source}")
    if take.proxy:
        said.append(f"through the proxy {safe.line(take.proxy)}")
    if take.body is not None:
        body = json.dumps(take.body, ensure_ascii=False, indent=2)
        cut = f"\n… ({len(body):,} characters; u copies all)" if len(body) > LONGEST else ""
        said += ["", safe.clean(body[:LONGEST]) + cut]
    elif tape.level == "metadata":
        said += ["", '(the body was not recorded: record = "metadata")']
    said.append("")
    if take.answered is None:
        said.append(safe.line(take.error.text, 500) if take.error is not None else "There is no answer yet.")
    else:
        said.append(f"{take.status} after {take.answered - (take.sent or 0.0):,.1f} ms · cut as {take.framing}")
        said += [f"{safe.line(name, 80)}: {safe.line(value, 500)}" for name, value in take.answer]
        if take.error is not None:
            said += ["", safe.line(take.error.text, 500)]
    return "\n".join(said)


def verdict(findings: Sequence[Finding], suspicions: Sequence[Suspicion]) -> str:
    """Everything that lint and detective say, with the cures."""
    said: list[str] = []
    for one in suspicions:
        said += [f"⚠ {one.text}", *(f"  {line}" for line in one.evidence), *(f"  → {cure}" for cure in one.cures), ""]
    for finding in findings:
        place = f" (frame {finding.first + 1})" if finding.first is not None else ""
        said += [f"{_sign(finding)} {finding.text}{place}", f"  → {finding.cure}", ""]
    return "\n".join(said).rstrip() or "Nothing is wrong with this stream."


def first(findings: Sequence[Finding], suspicions: Sequence[Suspicion]) -> str:
    """The most important thing that is wrong; "" for nothing."""
    if suspicions:
        return f"⚠ {suspicions[0].text}"
    return f"{_sign(findings[0])} {findings[0].text}" if findings else ""


def _sign(finding: Finding) -> str:
    return "⚠" if finding.severity == "warning" else "·"
