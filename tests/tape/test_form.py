"""The file: what is written is read again, exactly, whatever it holds; nothing secret is in it; cut files are read."""

import json
import os
import random
import time
from pathlib import Path

import pytest
from recorder import Recording, event, take, tapes

from chattui import secret
from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry
from chattui.errors import Damaged
from chattui.providers import Turn
from chattui.secret import Secret, from_env
from chattui.tape import Became, Tape, form, masking
from chattui.tape.har import har
from chattui.tape.pieces import Pieces, pieces
from chattui.tapes import Tapes
from server import Server

KEY = "sk-lab-/very+secret=1234567"


def chopped(body: bytes, rng: random.Random) -> list[tuple[float, bytes]]:
    """The bytes in arrivals of any size."""
    found, at, when = [], 0, 10.0
    while at < len(body):
        size = rng.choice((1, 2, 3, 7, 30, 200))
        when = round(when + rng.random() * 50, 3)
        found.append((when, body[at : at + size]))
        at += size
    return found


BODIES = {
    "events": b": hi\n\n"
    + event('{"a":"Gr\u00fc\u00dfe \U0001f44b"}', "x")
    + b"id: 1\ndata: two\ndata: lines\n\n"
    + event("\u2028"),
    "carriage returns": b"data: a\r\ndata: b\r\n\r\n: x\r\rdata: c\r\r",
    "no UTF-8": b"data: \xff\xfe\n\ndata: \xc3",
    "unfinished": event("a") + b"data: b",
    "lines": b'{"a":1}\n\n{"b":"\xc3\xbc"}\r\n{"c":',
    "a document": b'{\n "a": 1\n}\n',
    "text": b"Gr\xc3\xbc\xc3\x9fe,\nworld",
    "a web page": b"<!doctype html><html><title>Sign in</title><body>x</body></html>",
    "nothing": b"",
}


@pytest.mark.parametrize("name", BODIES)
def test_bytes_and_times_survive_the_file(name: str) -> None:
    rng = random.Random(name)
    framing = {"lines": "ndjson", "a document": "json", "text": "text"}.get(name, "sse")
    for _ in range(40):
        chunks = chopped(BODIES[name], rng)
        one = take(*chunks, framing=framing, became=["text"] * rng.randint(0, 3), ended=5000.0)
        tape = Tape("m", "c", "lab", "rules", takes=[one], state="complete", prompt="\ud800?", made=1.5)
        written = form.encode(tape)
        read = form.decode(written)
        assert read.takes[0].chunks == chunks
        assert form.encode(read) == written
        assert read.made == 1.5


@pytest.mark.parametrize("name", [name for name in BODIES if name != "text"])
def test_pieces_are_the_body_however_it_arrived(name: str) -> None:
    rng = random.Random(name)
    framing = {"lines": "ndjson", "a document": "json"}.get(name, "sse")
    whole = [(piece.frame, piece.raw) for piece in pieces(take(BODIES[name], framing=framing))] if BODIES[name] else []
    for _ in range(40):
        cut = Pieces(take(*chopped(BODIES[name], rng), framing=framing))
        found = cut.read()
        assert b"".join(piece.raw for piece in found) + cut.rest == BODIES[name] or cut.broken
        assert [piece.frame for piece in found if piece.frame] == [frame for frame, _ in whole if frame]


def test_a_tape_that_grows_is_read_as_it_comes() -> None:
    one = take(framing="auto", ended=None)
    one.ended = None
    growing = Pieces(one)
    assert growing.read() == []
    one.chunks.append((10.0, event("a") + b"da"))
    (first,) = growing.read()
    assert (first.became, first.kind) == (None, "")
    one.became.append(Became("text", "a", 1))
    one.chunks.append((20.0, b"ta: b\n\n"))
    assert [piece.kind for piece in growing.read()] == ["text", ""]
    assert growing.found[0] is first


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"Hello\n", "is not a tape"),
        (b'{"tape": "1"}\n', "is not a tape"),
        (b"[1]\n", "is not a tape"),
        (b'{"tape": 2}\n', "newer chattui"),
        (b'{"tape": 1}\n{"request": 5}\n', "damaged"),
        (b'{"tape": 1}\n{"request": {}}\n{"frame64": "???"}\n', "damaged"),
        (b'{"tape": 1}\n{"at": 1e999, "request": {}}\n', "damaged"),
        (b'{"tape": 1}\n{"request": {}}\n{"at": 1, "end": {"lost": "x"}}\n', "damaged"),
    ],
)
def test_what_is_no_tape_is_told(data: bytes, words: str) -> None:
    with pytest.raises(Damaged, match=words):
        form.decode(data, "it.tape.jsonl")


def test_a_file_that_was_cut_is_read_as_far_as_it_goes() -> None:
    tape = Tape("m", takes=[take(event("a"), event("b"), became=("text", "text"))], state="complete")
    written = form.encode(tape)
    for end in range(len(written.split(b"\n")[0]), len(written), 7):
        read = form.decode(written[:end])
        assert all(one.ended is not None for one in read.takes)


def test_two_recordings_of_the_same_differ_in_their_times_alone() -> None:
    one = Tape("m", takes=[take((1.0, event("a")), (2.0, event("b")), became=("text", "text"))])
    other = Tape("m", takes=[take((5.0, event("a")[:4]), (9.0, event("a")[4:] + event("b")), became=("text", "text"))])
    untimed = [[line for line in form.lines(tape) if '"at"' not in line] for tape in (one, other)]
    assert untimed[0] == untimed[1]


# ---------------------------------------------------------------- secrets


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret, "_seen", set())


@pytest.mark.usefixtures("forgetful")
@pytest.mark.parametrize("size", [1, 5, 1000])
async def test_a_key_that_the_server_quotes_is_not_in_the_tape(server: Server, size: int) -> None:
    quoted = json.dumps({"error": {"message": f"bad key {KEY}"}, "again": KEY.replace("/", "\\/")})
    body = event(quoted)
    server.reply(
        *(body[at : at + size] for at in range(0, len(body), size)), headers={"x-echo": KEY, "set-cookie": f"sid={KEY}"}
    )
    it = Endpoint("lab", "openai-chat", server.url, model="m", api_key=from_env("LAB_KEY", {"LAB_KEY": KEY}),
                  headers={"X-Team": Secret("team-secret-99", "the file x"), "X-Api-Key": "literal-key-1"},
                  query={"key": Secret("query-secret-77", "$Q"), "v": "1"}, retry=Retry(0))  # fmt: skip
    recording = Recording(it)
    _, tape = await recording.say(f"my key is {KEY}")
    await recording.wire.aclose()
    written = form.encode(tape).decode()
    for hidden in (KEY, "team-secret-99", "literal-key-1", "query-secret-77", KEY.replace("/", "\\/")):
        assert hidden not in written
        assert json.dumps(hidden)[1:-1] not in written
        assert hidden not in json.dumps(har(tape))
    assert "$LAB_KEY" in written
    assert "Bearer ***" in written
    assert 'api-key": "***' in written
    (piece,) = pieces(tape.takes[0])
    assert piece.frame is not None
    assert KEY not in piece.frame.data


@pytest.mark.usefixtures("forgetful")
async def test_a_key_that_is_said_letter_by_letter_is_not_in_the_tape(server: Server) -> None:
    server.says(f"Your key is {KEY}, is it not?", chunks=20)
    it = Endpoint("lab", "openai-chat", server.url, model="m", api_key=from_env("LAB_KEY", {"LAB_KEY": KEY}))
    recording = Recording(it)
    reply, tape = await recording.say("Hi")
    await recording.wire.aclose()
    assert KEY not in reply.text
    said = "".join(became.text for became in form.decode(form.encode(tape)).takes[0].became)
    assert KEY not in said
    frames = [
        piece.frame.json()
        for piece in pieces(form.decode(form.encode(tape)).takes[0])
        if piece.frame and "{" in piece.frame.data
    ]
    spoken = "".join(choice["delta"].get("content", "") for frame in frames for choice in frame["choices"])
    assert KEY not in spoken
    assert spoken.startswith("Your key is ")
    assert spoken.endswith(", is it not?")


@pytest.mark.usefixtures("forgetful")
async def test_a_key_that_is_said_in_long_pieces_costs_the_recording(server: Server) -> None:
    long = "word " * 60
    server.reply(
        *(event(json.dumps({"choices": [{"delta": {"content": part}}]})) for part in (long + KEY[:9], KEY[9:]))
    )
    it = Endpoint("lab", "openai-chat", server.url, model="m", api_key=from_env("LAB_KEY", {"LAB_KEY": KEY}))
    recording = Recording(it)
    _, tape = await recording.say("Hi")
    await recording.wire.aclose()
    written = form.encode(tape)
    assert KEY[9:].encode() not in written
    assert form.decode(written).takes[0].lost


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://u:p@it.test/a?b=c#d", "https://it.test/a?b=c"),
        ("https://it.test/a?api_key=1&alt=sse", "https://it.test/a?api_key=***&alt=sse"),
        ("https://it.test/a?alt=sse&x=", "https://it.test/a?alt=sse&x="),
    ],
)
def test_an_address_without_its_secrets(address: str, shown: str) -> None:
    assert masking.url(address, ()) == shown


def test_a_body_without_its_secrets() -> None:
    body = {"password": "x", "n": [{"token": "abc", "signature": "keep"}], "max_tokens": 5, "text": "my k-123456"}
    assert masking.body(body, ["k-123456"]) == {
        "password": "***", "n": [{"token": "***", "signature": "keep"}], "max_tokens": 5, "text": "my ***",
    }  # fmt: skip


# ---------------------------------------------------------------- keeping


def test_a_tape_is_kept_for_its_owner_alone_and_found_again(tmp_path: Path) -> None:
    kept = Tapes(tmp_path / "tapes", lambda work: work(), time.monotonic, time.time)
    tape = Tape("message-1", "conversation-1", takes=[take(event("a"))], state="complete")
    path = kept.save(tape)
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    found = kept.load("conversation-1", "message-1")
    assert found is not None
    assert found.takes[0].chunks == tape.takes[0].chunks
    assert kept.load("conversation-1", "message-2") is None
    assert kept.load("../..", "etc") is None
    assert kept.path("conversation-1", "../x") is None


def test_the_oldest_tapes_go_when_there_are_too_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.tapes.MOST_FILES", 3)
    kept = Tapes(tmp_path, lambda work: work(), time.monotonic, time.time)
    for number in range(6):
        path = kept.save(Tape(f"message-{number}", f"conversation-{number // 2}", takes=[take(event("a"))]))
        assert path is not None
        os.utime(path, (1000 + number, 1000 + number))
    assert sorted(one.name[:9] for one in tmp_path.glob("*/*")) == ["message-3", "message-4", "message-5"]
    assert sorted(one.name for one in tmp_path.iterdir()) == ["conversation-1", "conversation-2"]


async def test_record_says_what_goes_to_disk(tmp_path: Path, server: Server) -> None:
    server.says("Hello")
    for record, expected in (("none", None), ("metadata", "metadata"), ("wire", "wire")):
        recording = Recording(Endpoint("lab", "openai-chat", server.url, model="m", record=record))  # type: ignore[arg-type]  # the three
        recording.tapes.folder = tmp_path / record
        reply, tape = await recording.say("Hi")
        await recording.wire.aclose()
        found = recording.tapes.load(tape.conversation, reply.id)
        assert (found.level if found else None) == expected


async def test_recording_is_turned_on_and_off_for_this_run(tmp_path: Path) -> None:
    kept = tapes()
    kept.folder = tmp_path
    quiet, loud = Endpoint("a", "demo"), Endpoint("b", "demo", record="metadata")
    assert [kept.turn(quiet), kept.turn(quiet), kept.turn(loud), kept.turn(loud)] == [
        "wire",
        "none",
        "none",
        "metadata",
    ]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.tapes.MEMORY", 2500)
    kept = tapes()
    for number in range(6):
        turn = Turn(Endpoint("a", "demo"), "", (), conversation="c", reply=f"m{number}")
        kept.onto(None, turn)  # type: ignore[arg-type]  # it is not used
        tape = kept.live(f"m{number}")
        assert tape is not None
        tape.takes.append(take(b"x" * 500))
        kept.end(Message(f"m{number}", None, "assistant", state="complete"))
    assert kept.live("m0") is None
    assert kept.live("m5") is not None
