"""A tape of each provider replays to the identical message: recorded over the real wire, written, read, played."""

import os
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from recorder import Recording, again, same

from chattui.endpoint import Endpoint, Retry
from chattui.providers import PROVIDERS, demo
from chattui.tape import form
from chattui.tape.lint import lint
from chattui.tape.pieces import pieces
from fakes.flowise import Flowise
from fakes.motia import Motia
from fakes.typebot import Typebot
from server import CUT, Server

sys.path.append(str(Path(__file__).parents[1] / "providers"))
from talk import endpoint

TRANSCRIPTS = Path(__file__).parents[1] / "transcripts"

LINES = {
    "openai_chat": 'provider = "openai-chat"\nmodel = "m"',
    "openai_responses": 'provider = "openai-responses"\nmodel = "m"',
    "anthropic": 'provider = "anthropic"\nmodel = "m"',
    "gemini": 'provider = "gemini"\nmodel = "m"',
    "ollama": 'provider = "ollama"\nmodel = "m"',
    "cohere": 'provider = "cohere"\nmodel = "m"',
    "vercel_ui": 'provider = "vercel-ui"',
    "ag_ui": 'provider = "ag-ui"',
    "langgraph": 'provider = "langgraph"\nparams = { stateless = true }',
    "dify": 'provider = "dify"\nparams = { suggestions = false }',
    "lmstudio": 'provider = "lmstudio"\nmodel = "m"',
    "a2a": 'provider = "a2a"\nparams = { version = "1.0" }',
    "motia-sse": 'preset = "motia-sse"',
}
"""The folders of transcripts, and the endpoint that each is read by."""
EACH = int(os.environ.get("CHATTUI_TAPES", "7"))
"""Cases of a folder, spread over all of them. Every one: `CHATTUI_TAPES=1000 pytest tests/tape`."""


def some(folder: str) -> list[tuple[str, bytes]]:
    found = sorted((TRANSCRIPTS / folder).glob("*.http"))
    return [(path.stem, path.read_bytes()) for path in found[:: max(1, len(found) // EACH)]]


async def check(raw: bytes, lines: str, server: Server) -> None:
    server.raw(raw, CUT)
    it = replace(endpoint(f'url = "http://{server.host}/it"\n{lines}'), retry=Retry(0))
    recording = Recording(it)
    reply, tape = await recording.say("Hi")
    replayed, second = await again(tape, it)
    assert same(replayed) == same(reply)
    first_takes = [[(piece.raw, piece.became) for piece in pieces(one)] for one in tape.takes]
    again_takes = [[(piece.raw, piece.became) for piece in pieces(one)] for one in second.takes]
    assert again_takes == first_takes[: len(again_takes)]  # a server is told to stop once only
    await recording.wire.aclose()


@pytest.mark.parametrize(
    ("folder", "raw"),
    [pytest.param(folder, raw, id=f"{folder}-{name}") for folder in LINES for name, raw in some(folder)],
)
async def test_a_recorded_reply_is_the_same_again(folder: str, raw: bytes, server: Server) -> None:
    await check(raw, LINES[folder], server)


async def test_the_demo(server: Server) -> None:
    it = Endpoint("demo", "demo", "demo://chattui", params={"delay": 0})
    reply, tape = await Recording(it, {"demo": demo.answer}).say("a short answer")
    replayed, _ = await again(tape, it)
    assert same(replayed) == same(reply)
    assert reply.state == "complete"


async def test_a_bot_of_several_requests() -> None:
    with ExitStack() as stack:
        fake = Typebot()
        stack.enter_context(fake.running())
        it = endpoint(f'url = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "llm" }}')
        recording = Recording(it)
        replies = [await recording.say(prompt) for prompt in ("", "What is SSE?", "And then?")]
        await recording.wire.aclose()
    assert [len(tape.takes) for _, tape in replies] == [1, 3, 3]
    for reply, tape in replies:
        replayed, _ = await again(tape, it)
        assert same(replayed) == same(reply)
        assert reply.text


async def test_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    with ExitStack() as stack:
        fake = Motia()
        stack.enter_context(fake.running())
        it = endpoint(f'url = "{fake.base}"\npreset = "motia"\nuser = "user-123"')
        recording = Recording(it)
        replies = [await recording.say(prompt) for prompt in ("one", "two")]
        await recording.wire.aclose()
    for reply, tape in replies:
        assert [take.framing for take in tape.takes] == ["socket", "json"]
        assert tape.takes[0].body[0]["type"] == "join"
        assert "text" in {piece.kind for piece in pieces(tape.takes[0])}
        replayed, _ = await again(tape, it)
        assert same(replayed) == same(reply)
        assert reply.text == fake.text


async def test_rules_of_ones_own() -> None:
    with ExitStack() as stack:
        fake = Flowise()
        stack.enter_context(fake.running())
        it = endpoint(f'url = "{fake.base}"\npreset = "flowise"\nparams = {{ flow = "flow-1" }}')
        recording = Recording(it)
        reply, tape = await recording.say("Hi")
        await recording.wire.aclose()
    replayed, _ = await again(tape, it)
    assert same(replayed) == same(reply)


def test_every_provider_is_among_them() -> None:
    played = {endpoint(f'url = "http://127.0.0.1:9/it"\n{lines}').provider for lines in LINES.values()}
    assert played | {"demo", "typebot", "motia-streams"} == set(PROVIDERS)


async def test_retries_are_part_of_a_tape(server: Server) -> None:
    server.reply(b'{"error":{"message":"busy"}}', status=503, type="application/json", headers={"Retry-After": "0"})
    server.says("At last.")
    it = replace(endpoint(f'url = "{server.url}"\nmodel = "m"'), retry=Retry(1))
    recording = Recording(it)
    reply, tape = await recording.say("Hi")
    await recording.wire.aclose()
    assert [take.status for take in tape.takes] == [503, 200]
    assert reply.text == "At last."
    replayed, second = await again(tape, it)
    assert same(replayed) == same(reply)
    assert [take.status for take in second.takes] == [200]  # what was tried again takes no time


async def test_metadata_holds_no_content(server: Server) -> None:
    server.says("Nobody may read this.")
    it = endpoint(f'url = "{server.url}"\nmodel = "m"')
    recording = Recording(it)
    _, tape = await recording.say("Nor this.")
    await recording.wire.aclose()
    tape.level = "metadata"
    written = form.encode(tape)
    assert b"read this" not in written
    assert b"Nor this" not in written
    found = pieces(form.decode(written).takes[0])
    assert [(piece.kind, piece.size, piece.at) for piece in found] == [
        (piece.kind, piece.size, piece.at) for piece in pieces(tape.takes[0])
    ]


async def test_what_is_played_tells_of_its_own_way(server: Server) -> None:
    server.says("Hello")
    it = endpoint(f'url = "{server.url}"\nprovider = "openai-chat"\nmodel = "m"')
    recording = Recording(replace(it, retry=Retry(0)))
    _, tape = await recording.say("Hi")
    await recording.wire.aclose()
    (then,) = tape.takes
    then.answer = (*then.answer, ("content-encoding", "gzip"), ("server", "nginx"))
    elsewhere = endpoint('url = "http://elsewhere.test/it"\nprovider = "openai-chat"\nmodel = "other"')
    replayed, second = await again(tape, elsewhere)
    (now,) = second.takes
    assert replayed.text == "Hello"
    assert (now.method, now.url, now.headers, now.body) == (then.method, then.url, then.headers, then.body)
    assert now.answer == then.answer
    assert [finding.code for finding in lint(now)] == [finding.code for finding in lint(then)]
