"""The vendors' own formats against recorded exchanges: over the real wire, re-cut at every byte, and mutated."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Iterator

import pytest
from recorded import Case, FakeWire, cases, folded, frames, said, turn
from replay import FUZZ

from chattui.wire.http import HttpWire
from server import CUT, Server

FORMATS = ("openai-responses", "anthropic", "gemini", "ollama", "cohere")
CASES = [(name, case) for name in FORMATS for case in cases(name.replace("-", "_"))]
each = pytest.mark.parametrize(("name", "case"), CASES, ids=str)


def test_there_are_enough_cases() -> None:
    for name in FORMATS:
        assert sum(known == name for known, _ in CASES) >= 8


@each
async def test_a_recorded_exchange_says_what_it_said(name: str, case: Case, server: Server) -> None:
    server.raw(case.raw, CUT)
    wire = HttpWire()
    try:
        found = await folded(turn(name, url=f"http://{server.host}"), wire)
    finally:
        await wire.aclose()
    expected = dict(case.expected)
    error = expected.pop("error")
    got = said(found)
    assert got.pop("error").startswith(error)
    assert bool(error) == (found.error is not None)
    assert got == expected


@each
def test_it_is_the_same_however_it_is_cut(name: str, case: Case) -> None:
    if not case.ok:
        return
    body = case.body
    whole = frames([body], case.type)
    assert whole
    assert frames([body[at : at + 1] for at in range(len(body))], case.type) == whole
    for at in range(1, len(body)):
        assert frames([body[:at], body[at:]], case.type) == whole, at


@each
def test_a_reply_that_is_cut_anywhere_is_never_complete(name: str, case: Case) -> None:
    """Unless its end marker has come: the frames up to it are what a reply needs."""
    whole = frames([case.body], case.type) if case.ok and not case.expected["error"] else []
    if not whole or whole[0].whole:  # a document is over by itself
        return
    first = next(n for n in range(len(whole) + 1) if asyncio.run(folded(turn(name), FakeWire(whole[:n]))).complete)
    assert all(not MARKS[name].search(frame.data.encode()) for frame in whole[: first - 1])
    assert MARKS[name].search(whole[first - 1].data.encode())


# ---------------------------------------------------------------- mutated

MARKS = {  # what a reply of the format must hold to be over; a JSON document is over by itself
    "openai-responses": re.compile(rb'"type"\s*:\s*"(response\.)?(completed|incomplete)"'),
    "anthropic": re.compile(rb'"stop_reason"\s*:\s*"|"type"\s*:\s*"message_stop"'),
    "gemini": re.compile(rb'"finishReason"|"blockReason"'),
    "ollama": re.compile(rb'"done"\s*:\s*true'),
    "cohere": re.compile(rb'"message-end"'),
    "openai-chat": re.compile(rb'\[DONE\]|"finish_reason"\s*:\s*"|chat\.completion\.done'),
}
PIECES = (
    b'"', b"{", b"}", b"[", b"]", b":", b",", b"null", b"true", b"-1", b"1e999", b"NaN", b"\\ud83d", b"\n\n", b"\r",
    b"\x00", b"\xff", b"data: ", b"[DONE]", b'{"error":{"message":"no"}}', b'"index":[1]', b"[[[[[[[[",
)  # fmt: skip
VALUE = re.compile(rb'(?<=:)\s*("(?:[^"\\]|\\.)*"|[-\d.]+|true|false|null|\{\}|\[\])')
STRANGE = (
    b"null",
    b"{}",
    b"[]",
    b'""',
    b"0",
    b"-1",
    b"1e400",
    b"true",
    b'[{"text":5}]',
    b'{"type":7}',
    b'"\\ud800"',
    b"[[]]",
)


def mutated(body: bytes, dice: random.Random) -> bytes:
    """The body with one to four things wrong in it."""
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(body) + 1)
        match dice.randrange(6):
            case 0:
                body = body[:at] + dice.choice(PIECES) + body[at:]
            case 1:
                body = body[:at] + body[at + dice.randint(1, 40) :]
            case 2:
                body = body[:at]
            case 3:
                body = body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :]
            case _ if found := list(VALUE.finditer(body)):  # a value of another type in its place
                one = dice.choice(found)
                body = body[: one.start(1)] + dice.choice(STRANGE) + body[one.end(1) :]
    return body


def mutants(name: str, number: int) -> Iterator[tuple[Case, bytes]]:
    dice = random.Random(f"{name}: the same every time")
    known = [
        case
        for case in cases(name.replace("-", "_"))
        if case.ok and not case.name.startswith("proxies") and len(case.body) < 2500
    ]
    for n in range(number):
        case = known[n % len(known)]
        yield case, mutated(case.body, dice)


@pytest.mark.parametrize("name", [*FORMATS, "openai-chat"])
def test_nothing_but_a_chat_error_comes_of_broken_answers(name: str) -> None:
    asked = turn(name)

    async def play() -> None:
        for case, body in mutants(name, FUZZ):
            cut = frames([body], case.type)
            found = await folded(asked, FakeWire(cut))
            if found.complete:
                assert cut[0].whole or MARKS[name].search(body), body

    asyncio.run(play())


def test_a_reply_is_played_the_same_twice() -> None:
    """A decoder remembers nothing of an earlier reply."""
    for name in FORMATS:
        case = next(case for known, case in CASES if known == name and case.name == "aimock_hello")
        asked, body = turn(name), frames([case.body], case.type)
        first, second = (asyncio.run(folded(asked, FakeWire(body))) for _ in range(2))
        assert first == second
