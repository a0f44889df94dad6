"""Who holds a stream back? A pure function over a recording: what was seen, who it may be, and the usual cure.

Only times can show it: many events that share one arrival after a silence, bunches of one size or at one interval,
events in splinters, a connection that closed in the middle of a silence. The headers then tell who it may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from chattui import safe
from chattui.tape import Take
from chattui.tape.pieces import Piece, Pieces
from chattui.tape.suspects import blocks, gateway, idle, named, suspects, ticks

TOGETHER = 1.0
"""ms between two reads that belong to one arrival: nothing was waited for."""
SILENCE = 250.0
"""ms without a byte before an arrival that was held back."""
MANY = 4
"""Events with content in one arrival, from which on it is no accident: even a fast model takes time for each."""
SHARE = 0.6
"""Of all events with content that came in such arrivals."""
SPLINTERS = 3.0
"""Reads for each event, from which on it is somebody's doing."""
CUT = 900.0
"""ms of silence before a connection that was closed."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What was seen, and what to do. All of it is safe to show."""

    code: str
    """held, blocks, ticks, splinters, idle, gateway"""
    text: str
    """One sentence: what was seen."""
    evidence: tuple[str, ...]
    """What the headers tell, a sentence each."""
    cures: tuple[str, ...]
    """One for each who may be the cause, the likeliest first."""


@dataclass(slots=True)
class Arrival:
    """Reads that came as one. `silence` ms before it, since the request left for the first one."""

    at: float
    until: float
    silence: float
    size: int = 0
    content: int = 0
    """Events with content that it completed."""
    pieces: int = 0
    alive: int = 0


def investigate(take: Take, found: Sequence[Piece] | None = None) -> tuple[Suspicion, ...]:
    """What is suspicious about the times of an exchange; () for a healthy one, and for one without content."""
    pieces = Pieces(take).read() if found is None else found
    if (suspicion := _gateway(take)) is not None:
        return (suspicion,)
    if not take.streams or not take.chunks:
        return ()
    came = arrivals(take, pieces)
    first = next(
        filter(None, (_blocks(take, came), _ticks(take, came), _held(take, came), _splinters(came, pieces))), None
    )
    return tuple(one for one in (first, _idle(take)) if one is not None)


def arrivals(take: Take, pieces: Sequence[Piece]) -> list[Arrival]:
    """The reads of a take, those that came as one together."""
    found: list[Arrival] = []
    of_read: list[int] = []
    last = take.sent or 0.0
    for at, data in take.chunks:
        if not found or at - last > TOGETHER:
            found.append(Arrival(at, at, at - last))
        found[-1].until = last = at
        found[-1].size += len(data)
        of_read.append(len(found) - 1)
    for piece in pieces:
        one = found[of_read[min(max(piece.arrival, 1), len(of_read)) - 1]]
        one.pieces += 1
        one.alive += piece.frame is None
        one.content += _has_content(piece)
    return found


def _has_content(piece: Piece) -> bool:
    if piece.became is None:
        return piece.frame is not None and not piece.frame.whole
    return not {"text", "replaced", "reasoning", "tool", "unmatched"}.isdisjoint(piece.became.kinds)


def _bursts(came: Sequence[Arrival]) -> list[Arrival]:
    return [one for one in came if one.content >= MANY and one.silence >= SILENCE
            and one.until - one.at <= max(50.0, one.silence / 4)]  # fmt: skip


def _held(take: Take, came: Sequence[Arrival]) -> Suspicion | None:
    content = sum(one.content for one in came)
    bursts = _bursts(came)
    held = sum(one.content for one in bursts)
    if not content or held < SHARE * content:
        return None
    worst = max(bursts, key=lambda one: one.silence)
    together = "at once" if worst.until - worst.at < 1 else f"within {worst.until - worst.at:.0f} ms"
    if len(bursts) == 1 and held >= 0.9 * content:
        silence = f"{worst.silence / 1000:.1f} s of silence"
        text = f"All {content} events came {together} after {silence}: something held them back."
    else:
        text = (
            f"{held} of {content} events came in {_count(len(bursts), 'bunch', 'bunches')} after silences of up to "
            f"{worst.silence / 1000:.1f} s: something holds them back."
        )
    evidence, cures = suspects(take)
    if take.answered is not None and worst is came[0]:
        if worst.at - take.answered >= SILENCE:
            evidence = ("The headers came at once: whoever sent them held the events alone.", *evidence)
        else:
            evidence = ("Even the headers came only with the events: the answer was held as a whole.", *evidence)
    if any(one.alive > 1 for one in bursts):
        evidence = ("Several keep-alives came in the same instant, so it is not the server that was slow.", *evidence)
    return Suspicion("held", text, evidence, cures)


def _blocks(take: Take, came: Sequence[Arrival]) -> Suspicion | None:
    """Arrivals as large as a buffer, but for the last one."""
    filled = [one for one in came[:-1] if one.size >= 1000]
    if len(filled) < 2 or len(filled) < len(came[:-1]) * 0.8 or sum(one.content for one in came) < 2 * MANY:
        return None
    if len(filled) > 2 and filled[0].size < filled[1].size:
        del filled[0]  # it shared its buffer with the headers
    sizes = sorted(one.size for one in filled)
    for block in (1024, 1460, 2048, 4096, 8192, 16384, 32768, 65536):
        if all(abs(size - block) <= max(64, block * 0.03) for size in sizes):
            evidence, cures = suspects(take)
            text = f"The events come in blocks of {block:,} bytes, whenever a buffer is full."
            return Suspicion("blocks", text, evidence, (*blocks(block), *cures))
    return None


def _ticks(take: Take, came: Sequence[Arrival]) -> Suspicion | None:
    """Several events each time, at one interval that is longer than a network takes."""
    came = _folded(came)
    full = [one for one in came[1:] if one.pieces >= 2]
    few = len(full) == 2 and sum(one.content for one in full) >= 6
    if (len(full) < 3 and not few) or sum(one.pieces for one in full) < SHARE * sum(one.pieces for one in came[1:]):
        return None
    gaps = [one.silence for one in full]
    usual = median(gaps)
    tolerance = usual * (0.03 if few else 0.07 if len(gaps) < 6 else 0.2)
    steady = [one for one in full if abs(one.silence - usual) <= tolerance]
    counted = sum(one.pieces for one in steady)  # the first bunches and the last one have a pace of their own
    if not 25 <= usual <= 2000 or len(steady) < min(3, len(full)) or counted < 0.75 * sum(one.pieces for one in full):
        return None
    if usual >= SILENCE and named(take) and _bursts(came):
        return None  # a buffer that fills with events of one size ticks, too; whoever names himself has one
    each = median(one.pieces for one in full)
    text = f"Every {usual:.0f} ms about {each:.0f} events come together: something collects them and sends at ticks."
    return Suspicion("ticks", text, suspects(take)[0], ticks(usual))


def _folded(came: Sequence[Arrival]) -> list[Arrival]:
    """Arrivals with what came right behind them, for a machine that is busy reads a bunch in two."""
    found: list[Arrival] = []
    for one in came:
        if found and one.silence < 0.05 * found[-1].silence:
            last = found[-1]
            found[-1] = replace(
                last, until=one.until, size=last.size + one.size, content=last.content + one.content,
                pieces=last.pieces + one.pieces, alive=last.alive + one.alive,
            )  # fmt: skip
        else:
            found.append(one)
    return found


def _splinters(came: Sequence[Arrival], pieces: Sequence[Piece]) -> Suspicion | None:
    """Events that come in pieces of one small size."""
    frames = sum(1 for piece in pieces if piece.frame is not None)
    if frames < 4 or len(came) < SPLINTERS * frames:
        return None
    size = median(one.size for one in came)
    if size > 512:
        return None
    seconds = (came[-1].until - came[0].at) / 1000
    rate = sum(one.size for one in came) / seconds if seconds else 0
    text = (
        f"Each event came in about {len(came) / frames:.0f} pieces of {size:.0f} {'byte' if size == 1 else 'bytes'}, "
        f"{rate:,.0f} bytes a second: something between limits the rate or writes byte by byte."
    )
    cures = (
        "Look for a rate limit: nginx limit_rate, HAProxy filter bwlim-out, a traffic shaper, a delaying test proxy.",
        "Let the server write an event at once: flush after each event, not after each character.",
    )
    return Suspicion("splinters", text, (), cures)


def _idle(take: Take) -> Suspicion | None:
    """Closed by somebody in the middle of a silence."""
    failed = take.error is not None and take.error.kind in {"CutShort", "Unreachable"}
    if take.ended is None or take.left or not (failed or take.unended):
        return None
    last = take.chunks[-1][0]
    silence = take.ended - last
    if silence < CUT:
        return None
    text = f"The connection was closed after {silence / 1000:.1f} s of silence, in the middle of the reply."
    who = tuple(name for name, _ in named(take))
    return Suspicion("idle", text, tuple(f"{name} is on the way." for name in who), idle(silence / 1000, who))


def _gateway(take: Take) -> Suspicion | None:
    """An answer that a proxy gave in the place of the server."""
    if take.status not in {502, 503, 504} or take.answered is None:
        return None
    body = b"".join(data for _, data in take.chunks)[:4096].lower()
    if b"<html" not in body and b"<h1" not in body:
        return None
    waited = (take.answered - (take.sent or 0.0)) / 1000
    text = f"A proxy answered {take.status} in the place of the server, after {waited:.1f} s."
    who = named(take)
    evidence = tuple(f"{name} is on the way." for name, _ in who) or ("The headers name nobody.",)
    return Suspicion(
        "gateway", text, evidence, gateway(take.status, waited, safe.line(take.header.get("server", ""), 40))
    )


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def summary(take: Take) -> Iterator[str]:
    """Every suspicion in full, a line each, for a report."""
    for one in investigate(take):
        yield one.text
        yield from (f"  {said}" for said in one.evidence)
        yield from (f"  → {cure}" for cure in one.cures)
