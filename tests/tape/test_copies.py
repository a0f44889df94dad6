"""A request as curl and as Python, which do what was done; a frame as a rule, which takes it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest
from recorder import Recording, event, take

from chattui.endpoint import Endpoint
from chattui.secret import from_env
from chattui.tape import Take, Tape, copies
from chattui.tape.har import har
from chattui.tape.pieces import pieces
from server import Server

sys.path.append(str(Path(__file__).parents[1] / "providers"))
from talk import endpoint

PROMPT = 'It\'s "quoted", $HOME `id` \\ and\nnew — ü'


async def recorded(server: Server) -> Take:
    key = from_env("LAB_KEY", {"LAB_KEY": "sk-lab-123456"})
    it = Endpoint("lab", "openai-chat", server.url, model="m", api_key=key, query={"v": "1"})
    recording = Recording(it)
    _, tape = await recording.say(PROMPT)
    await recording.wire.aclose()
    return tape.takes[0]


@pytest.mark.parametrize("way", ["curl", "python"])
async def test_a_copy_asks_the_same(way: str, server: Server) -> None:
    server.says("Hello")
    asked = await recorded(server)
    text = copies.curl(asked) if way == "curl" else copies.python(asked)
    assert "sk-lab" not in text
    command = ["sh", "-c", text] if way == "curl" else [sys.executable, "-c", text]
    environ = {"LAB_KEY": "sk-lab-123456", "PATH": "/usr/bin:/bin"}
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=True, env=environ, timeout=20
    )
    assert "[DONE]" in done.stdout
    first, second = server.requests
    assert second.json == first.json
    assert second.path == first.path
    for name in ("authorization", "content-type", "accept"):
        assert second.headers[name] == first.headers[name]


RULES = {
    event('{"content":"Hel"}', "chunk"): 'event = "chunk", text = "content"',
    event('{"type":"delta","delta":{"text":"Hel"}}'): 'when = { type = "delta" }, text = "delta.text"',
    event('{"choices":[{"delta":{"content":"Hel"}}]}'): 'text = "choices.0.delta.content"',
    event('{"a.b":{"c d":"Some words here"}}'): 'text = "\\"a.b\\".\\"c d\\""',
    event("plain words"): 'text = "$"',
    event("[DONE]"): 'data = "[DONE]", done = true',
    event('{"message":"no"}', "error"): 'event = "error", error = "message"',
    event('{"text":"hmm"}', "thinking"): 'event = "thinking", reasoning = "text"',
    event("{}", "end"): 'event = "end", done = true',
    event('{"n":1}', "tick"): 'event = "tick", ignore = true',
}


@pytest.mark.parametrize("raw", RULES)
def test_a_rule_takes_the_frame_that_it_was_made_of(raw: bytes) -> None:
    (piece,) = pieces(take(raw))
    line = copies.rule(piece)
    assert line == "{ " + RULES[raw] + " },"
    it = endpoint(f'url = "http://127.0.0.1:9"\nbody = {{ q = "{{prompt}}" }}\nrules = [\n{line}\n]')
    assert it.rules is not None


def test_a_keep_alive_needs_no_rule() -> None:
    (piece,) = pieces(take(b": ping\n\n"))
    assert copies.rule(piece).startswith("#")


async def test_har_holds_the_exchange(server: Server) -> None:
    server.says("Hello", chunks=2)
    one = await recorded(server)
    document = json.loads(json.dumps(har(Tape("m", takes=[one], made=1_700_000_000.5))))
    (entry,) = document["log"]["entries"]
    assert document["log"]["version"] == "1.2"
    assert entry["startedDateTime"].startswith("2023-11-14T22:13:20.5")
    assert entry["request"]["method"] == "POST"
    assert json.loads(entry["request"]["postData"]["text"])["messages"][0]["content"] == PROMPT
    assert entry["response"]["status"] == 200
    assert entry["response"]["content"]["text"].endswith("data: [DONE]\n\n")
    assert sum(size for _, size in entry["_arrivals"]) == entry["response"]["bodySize"]
    assert all(entry["timings"][name] >= 0 for name in ("connect", "send", "wait", "receive"))
    for key in ("cache", "timings", "time"):
        assert key in entry
