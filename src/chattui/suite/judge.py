"""A reply and its tape against what was expected: a sentence for everything that does not hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chattui import safe
from chattui.chat import Message
from chattui.suite import Expected
from chattui.tape import Take, Tape
from chattui.tape.detective import investigate
from chattui.tape.lint import lint_tape
from chattui.tape.pieces import Piece, Pieces


def judge(expected: Expected, reply: Message, tape: Tape) -> tuple[str, ...]:
    """What failed, in the order of the keys of `expect`."""
    take = tape.main
    pieces = Pieces(take).read() if take is not None else []
    return (
        *_reply(expected, reply),
        *_frames(expected, pieces),
        *_times(expected, take, pieces),
        *_stream(expected, reply, tape),
    )


def _reply(expected: Expected, reply: Message) -> Iterator[str]:
    if reply.state != expected.state:
        why = f": {safe.line(reply.error.text, 200)}" if reply.error else ""
        yield f"The reply is {reply.state}, not {expected.state}{why}"
    for pattern in expected.text:
        if not re.search(pattern, reply.text):
            yield f"The text has no ‘{safe.line(pattern, 60)}’; it says ‘{safe.line(reply.text, 80)}’."
    for pattern in expected.not_text:
        if (found := re.search(pattern, reply.text)) is not None:
            yield f"The text has ‘{safe.line(found[0], 60)}’, which it must not have."
    if expected.usage is not None and (reply.usage is not None) is not expected.usage:
        yield "No usage was reported." if expected.usage else "Usage was reported."


def _frames(expected: Expected, pieces: Sequence[Piece]) -> Iterator[str]:
    became = [kind for piece in pieces if piece.became is not None for kind in piece.became.kinds]
    at = 0
    for wanted in expected.events:
        try:
            at = became.index(wanted, at) + 1
        except ValueError:
            before = f" after {at} others" if at else ""
            yield f"No frame became ‘{wanted}’{before}; they became {', '.join(dict.fromkeys(became)) or 'nothing'}."
            break
    said = sum(piece.said for piece in pieces)
    if expected.min_events is not None and said < expected.min_events:
        yield f"The text came in {said} events; at least {expected.min_events} were expected."
    if expected.end_marker is not None and ("done" in became) is not expected.end_marker:
        yield "There was no end marker." if expected.end_marker else "There was an end marker."


def _times(expected: Expected, take: Take | None, pieces: Sequence[Piece]) -> Iterator[str]:
    said = [piece for piece in pieces if piece.said]
    began = (take.sent or 0.0) if take is not None else 0.0
    if expected.first_text is not None and said:
        first = (said[0].at - began) / 1000
        if first > expected.first_text:
            yield f"The first text came after {first:.2f} s; at most {expected.first_text:g} s were expected."
    if expected.gap is not None:
        longest = max((after.at - before.at for before, after in pairwise(said)), default=0.0) / 1000
        if longest > expected.gap:
            yield f"Between two texts were {longest:.2f} s; at most {expected.gap:g} s were expected."
    if expected.total is not None and take is not None and take.seconds > expected.total:
        yield f"The reply took {take.seconds:.2f} s; at most {expected.total:g} s were expected."


def _stream(expected: Expected, reply: Message, tape: Tape) -> Iterator[str]:
    take = tape.main
    if expected.status is not None:
        status = take.status if take is not None else 0
        if status != expected.status:
            yield f"The status is {status}, not {expected.status}."
    if expected.lint:
        yield from (f"Lint: {one.text}" for one in lint_tape(tape) if one.severity == "warning")
        yield from (f"Buffering: {one.text}" for one in (investigate(take) if take is not None else ()))
    elif expected.lint is False and not lint_tape(tape):
        yield f"Nothing is wrong with the stream of {reply.endpoint}, though that was expected."
