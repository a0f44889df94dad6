"""A take as it may leave this process: without the keys that the server quoted, in one piece or letter by letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chattui.tape import LONGEST, Take, masking
from chattui.tape.pieces import Piece, Pieces


def scrubbed(take: Take) -> Take:
    """The take without its secrets. Everything keeps its length, so sizes and times hold."""
    if not take.secrets or take.outline is not None:
        return take
    chunks = masking.arrivals(take.chunks, take.secrets)
    clean = replace(take, chunks=chunks, became=list(take.became), secrets=())
    for kind in ("text", "reasoning"):
        clean = _unsaid(clean, kind, take.secrets)
    if take.spelled and clean.became == take.became:  # its pieces could not be found
        clean = replace(clean, chunks=[], became=[], lost=take.lost + take.size)
    return clean


def _unsaid(take: Take, kind: str, secrets: tuple[str, ...]) -> Take:
    """Without the secrets that the texts of this kind make when they are joined."""
    said = [(at, one) for at, one in enumerate(take.became) if kind in one.kinds and len(one.text) < LONGEST]
    joined = "".join(one.text for _, one in said)
    hidden = masking.text(joined, secrets)
    if hidden == joined:
        return take
    masked: dict[int, str] = {}
    end = 0
    for at, one in said:
        begin, end = end, end + len(one.text)
        if hidden[begin:end] != one.text:
            masked[at] = hidden[begin:end]
    cut = Pieces(take)
    frames = [piece for piece in cut.read() if piece.frame is not None]
    for at, text in masked.items():
        if at < len(frames):
            frames[at].raw = _over(frames[at], take.became[at].text, text)
    became = [replace(one, text=masked[at]) if at in masked else one for at, one in enumerate(take.became)]
    tail = b"".join(data for _, data in take.chunks)[sum(piece.size for piece in cut.found) :]
    body = b"".join(piece.raw for piece in cut.found) + tail
    return replace(take, chunks=_again(take.chunks, body), became=became)


def _over(piece: Piece, text: str, masked: str) -> bytes:
    """The bytes of a frame with its text masked; all of its data, where the text cannot be found in it."""
    for quoted in (f'"{text}"', text):
        if quoted.encode() in piece.raw:
            return piece.raw.replace(quoted.encode(), quoted.replace(text, masked).encode())
    return bytes(byte if byte in b"\r\n" else 0x2A for byte in piece.raw)


def _again(chunks: Sequence[tuple[float, bytes]], body: bytes) -> list[tuple[float, bytes]]:
    found, at = [], 0
    for when, data in chunks:
        found.append((when, body[at : at + len(data)]))
        at += len(data)
    return found
