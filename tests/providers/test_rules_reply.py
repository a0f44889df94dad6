"""The rule language at work: what a back-end of one's own is sent, and what its answers become."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from talk import Talk, endpoint

from chattui.chat import Message, Tool
from chattui.cli import main
from chattui.errors import CutShort, NotAnApi, Reported, Unsupported
from chattui.events import Choice, Progress, RemoteState, SourceCited, Usage
from chattui.providers.rules import PROVIDER
from chattui.wire.http import HttpWire
from server import CUT, Server, cut, sse

BODY = 'body = { message = "{prompt}" }'
TRANSCRIPTS = Path(__file__).parents[1] / "transcripts" / "motia-sse"


def talk(server: Server, lines: str, *, path: str = "/chat") -> Talk:
    return Talk(endpoint(f'url = "http://{server.host}{path}"\n{lines}'))


def named(*events: tuple[str, Any]) -> bytes:
    """Events with names."""
    return b"".join(f"event: {name}\ndata: {json.dumps(value)}\n\n".encode() for name, value in events)


# ---------------------------------------------------------------- answers


RICH = """
rules = [
  { event = "think", reasoning = "t" },
  { event = "status", thinking = "label" },
  { event = "call", tool = { id = "id", name = "fn", args = "in" } },
  { event = "result", tool_result = { id = "id", result = "out", failed = "bad" } },
  { event = "token", text = "delta" },
  { event = "refs", sources = { each = "list", url = "href", title = "t", snippet = "s" } },
  { event = "ask", choices = { each = "options", label = "text", value = "id" } },
  { event = "cost", usage = { input = "u.in", output = "u.out", cached = "u.c", reasoning = "u.r", cost = "u.usd" } },
  { event = "hint", notice = "say" },
  { event = "id", set = { thread = "thread", "other" = "deep.er.0" } },
  { event = "end", done = { reason = "why" } },
]
"""


async def test_every_action_does_what_it_is_called(server: Server) -> None:
    server.reply(
        named(
            ("status", {"label": "reading"}),
            ("think", {"t": "Hm."}),
            ("call", {"id": "c1", "fn": "search", "in": {"q": 1}}),
            ("result", {"id": "c1", "out": [1, 2], "bad": True}),
            ("token", {"delta": "Hel"}),
            ("token", {"delta": "lo "}),
            ("token", {"delta": 42}),
            ("refs", {"list": [{"href": "https://a.example", "t": "A", "s": "…"}, {"t": ""}, "https://b.example"]}),
            ("ask", {"options": [{"text": "Yes", "id": "y"}, {"text": "No"}]}),
            ("cost", {"u": {"in": 3, "out": "4", "c": 1, "r": 2, "usd": 0.001}}),
            ("hint", {"say": "Careful."}),
            ("id", {"thread": {"n": 1}, "deep": {"er": ["x"]}}),
            ("end", {"why": "stop"}),
        )
    )
    said = talk(server, BODY + RICH)
    reply = await said.say("hi")
    assert said.error is None
    assert (reply.text, reply.reasoning, reply.finish) == ("Hello 42", "Hm.", "stop")
    assert reply.tools == (Tool("c1", "search", '{"q": 1}', "[1, 2]", failed=True),)
    assert reply.sources == (SourceCited("https://a.example", "A", "…"), SourceCited("https://b.example"))
    assert reply.choices == (Choice("Yes", "y"), Choice("No", "No"))
    assert reply.usage == Usage(3, 4, 1, 2, 0.001)
    assert reply.notices == ("Careful.",)
    assert said.kept == {"thread": {"n": 1}, "other": "x"}
    assert Progress("thinking", "reading") in said.events


@pytest.mark.parametrize(
    ("framing", "type_", "body", "rules", "text"),
    [
        ("auto", "text/event-stream", b"data: Hel\n\ndata:  lo\n\n", '[{ text = "$" }]', "Hel lo"),
        ("auto", "text/event-stream", b'data: "Hel"\n\ndata: "lo"\n\n', '[{ text = "$" }]', "Hello"),
        ("auto", "application/x-ndjson", b'{"t":"Hel"}\n{"t":"lo"}\n{"d":true}\n',
         '[{ text = "t" }, { when = { d = true }, done = true }]', "Hello"),
        ("ndjson", "text/plain", b'{"t":"Hel"}\n{"t":"lo"}', '[{ text = "t" }]', "Hello"),
        ("ai-data", "text/plain", b'0:"Hel"\n0:"lo"\nd:{"finishReason":"stop"}\n',
         '[{ event = "0", text = "$" }, { event = "d", done = { reason = "finishReason" } }]', "Hello"),
        ("text", "text/plain", b'Hel"lo" 42 {"a', '[{ text = "$" }]', 'Hel"lo" 42 {"a'),
        ("auto", "application/json", b'{"reply":{"text":"Hello"}}',
         '[{ text = "reply.text" }, { data = "x", done = true }]', "Hello"),
        ("auto", "text/event-stream", sse({"all": "Hel"}, {"all": "Hello"}, {"all": ""}),
         '[{ replace = "all" }]', "Hello"),
        ("auto", "text/event-stream", sse({"x": 1}, {"b": "lo"}),
         '[{ text = ["a", "b"] }, { when = { x = 1 }, text = "x" }]', "1lo"),
        ("auto", "text/event-stream", sse({"k": True, "t": "no"}, {"k": 1, "t": "yes"}),
         '[{ when = { k = 1 }, text = "t" }]', "yes"),
        ("auto", "text/event-stream", b"event: message\ndata: a\n\ndata: b\n\nevent: x\ndata: c\n\n",
         '[{ event = "message", text = "$" }]', "ab"),
    ],
)  # fmt: skip
async def test_what_is_understood(server: Server, framing: str, type_: str, body: bytes, rules: str, text: str) -> None:
    server.reply(*cut(body, 3), type=type_)
    said = talk(server, f'{BODY}\nframing = "{framing}"\nrules = {rules}')
    reply = await said.say("hi")
    assert (said.error, reply.text, said.finished) == (None, text, True)


async def test_all_actions_of_a_rule_fire_and_no_other_rule_does(server: Server) -> None:
    server.reply(sse({"t": "a", "id": 7, "more": {"t": "b"}}, {"more": {"t": "c"}}))
    said = talk(server, BODY + '\nrules = [{ text = "t", set = { id = "id" } }, { text = "more.t" }]')
    assert (await said.say("hi")).text == "ac"
    assert said.kept == {"id": 7}


async def test_what_stands_beside_an_error_is_kept(server: Server) -> None:
    server.reply(sse({"t": "half", "id": 7, "err": {"message": "gone", "code": "E1"}}, {"t": "never"}))
    said = talk(server, BODY + '\nrules = [{ text = "t", set = { id = "id" }, error = "err" }]')
    reply = await said.say("hi")
    assert isinstance(said.error, Reported)
    assert said.error.text == "The provider reported: gone (E1)."
    assert reply.text == "half"
    assert said.kept == {"id": 7}


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (sse({"error": "it broke"}), "it broke."),
        (named(("error", {"what": 1})), '{"what": 1}.'),
        (b"event: error\ndata: out of \x1b[31mmemory\n\n", "out of ␛[31mmemory."),
        (sse({"type": "error", "message": "no"}), "no."),
    ],
)
async def test_an_error_that_no_rule_foresaw_is_told(server: Server, frame: bytes, words: str) -> None:
    server.reply(sse({"t": "a"}) + frame)
    said = talk(server, BODY + '\nrules = [{ text = "t" }, { data = "[DONE]", done = true }]')
    reply = await said.say("hi")
    assert isinstance(said.error, Reported)
    assert said.error.text == f"The provider reported: {words}"
    assert reply.text == "a"


@pytest.mark.parametrize("end", ["marker", "eof"])
async def test_when_no_rule_fits_anything_the_reader_learns_what_came(server: Server, end: str) -> None:
    server.reply(sse({"content": "Hello \x1b"}, {"content": "there"}))
    said = talk(server, f'{BODY}\nend = "{end}"\nrules = [{{ text = "delta" }}]')
    reply = await said.say("hi")
    words = f'None of the 2 events of {server.host} fits a rule; the first was ‘{{"content": "Hello \\u001b"}}’.'
    if end == "marker":
        assert isinstance(said.error, Reported)
        assert said.error.text == words
    else:
        assert reply.notices == (words,)


async def test_frames_that_no_rule_takes_are_passed_over(server: Server) -> None:
    server.reply(sse({"ping": 1}, {"t": "a"}, "what is this", {"pong": 2}, {"t": "b"}, "[DONE]"))
    said = talk(server, BODY + '\nrules = [{ data = "[DONE]", done = true }, { text = "t" }]')
    reply = await said.say("hi")
    assert (said.error, reply.text, reply.notices) == (None, "ab", ())


async def test_broken_json_is_skipped_and_counted(server: Server) -> None:
    server.reply(sse({"t": "a"}) + b'data: {"t": "b\n\n' + sse({"t": "c"}, "[DONE]"))
    said = talk(server, BODY + '\nrules = [{ data = "[DONE]", done = true }, { text = "t" }]')
    reply = await said.say("hi")
    assert (reply.text, reply.notices) == ("ac", ("1 unreadable event was skipped.",))


@pytest.mark.parametrize(("end", "complete"), [("marker", False), ("eof", True)])
async def test_whether_a_marker_is_wanted_can_be_said(server: Server, end: str, complete: bool) -> None:
    server.reply(sse({"t": "a"}))
    said = talk(server, f'{BODY}\nend = "{end}"\nrules = [{{ text = "t" }}, {{ data = "[DONE]", done = true }}]')
    await said.say("hi")
    assert (said.error is None) is complete
    assert complete or isinstance(said.error, CutShort)


async def test_a_drop_is_never_the_end_even_without_a_marker(server: Server) -> None:
    server.reply(sse({"t": "a"}), CUT)
    said = talk(server, BODY + '\nrules = [{ text = "t" }]')
    reply = await said.say("hi")
    assert isinstance(said.error, CutShort)
    assert reply.text == "a"


async def test_a_web_page_is_no_answer(server: Server) -> None:
    server.reply(b"<!doctype html><title>Login</title>", type="text/html")
    said = talk(server, BODY + '\nrules = [{ text = "$" }]')
    await said.say("hi")
    assert isinstance(said.error, NotAnApi)


# ---------------------------------------------------------------- requests


async def test_a_get_has_everything_in_its_query(server: Server) -> None:
    server.reply(sse({"t": "a"}))
    said = talk(
        server,
        'method = "GET"\nquery = { q = "{prompt}", m = "{model?}", n = "{param.n}", fixed = "1" }\n'
        'params = { n = 3 }\nrules = [{ text = "t" }]',
    )
    await said.say("a & b? #ü")
    (asked,) = server.requests
    assert asked.method == "GET"
    assert asked.body == b""
    assert parse_qs(urlsplit(asked.path).query) == {"q": ["a & b? #ü"], "n": ["3"], "fixed": ["1"]}


async def test_what_the_user_says_stays_within_its_place(server: Server) -> None:
    server.reply(sse({"t": "a"}))
    said = talk(
        server, 'headers = { X-Say = "{prompt}" }\n' + BODY + '\nrules = [{ text = "t" }]', path="/c/{prompt}/end"
    )
    await said.say('../x?a=b#c\r\nX-Evil: 1 {system} "ü"')
    (asked,) = server.requests
    assert asked.path == "/c/..%2Fx%3Fa%3Db%23c%0D%0AX-Evil%3A%201%20%7Bsystem%7D%20%22%C3%BC%22/end"
    assert "x-evil" not in asked.headers
    assert "\r" not in asked.headers["x-say"]
    assert asked.json == {"message": '../x?a=b#c\r\nX-Evil: 1 {system} "ü"'}


async def test_the_conversation_is_written_as_the_server_wants_it(server: Server) -> None:
    server.reply(sse({"t": "ok"}))
    said = talk(
        server,
        'body = { all = "{messages}", before = "{history}", text = "{prompt}" }\n'
        'messages = { role = "from", content = "say", user = "human", assistant = "bot", last = 3 }\n'
        'system = "Be brief."\nrules = [{ text = "t" }]',
    )
    said.system = said.endpoint.system
    for text in ("one", "two", "three"):
        await said.say(text)
    body = server.requests[-1].json
    assert body["text"] == "three"
    assert body["all"] == [
        {"from": "system", "say": "Be brief."},
        {"from": "human", "say": "two"},
        {"from": "bot", "say": "ok"},
        {"from": "human", "say": "three"},
    ]
    assert body["before"] == [
        {"from": "bot", "say": "ok"},
        {"from": "human", "say": "two"},
        {"from": "bot", "say": "ok"},
    ]


async def test_a_failed_answer_is_not_sent_back(server: Server) -> None:
    server.reply(sse({"t": "ok"}))
    said = talk(server, 'body = { all = "{messages}" }\nrules = [{ text = "t" }]')
    said.messages += [Message("u", None, "user", "first"), Message("a", None, "assistant", "", state="failed")]
    await said.say("again")
    assert [item["content"] for item in server.requests[0].json["all"]] == ["first", "again"]


async def test_a_server_that_remembers_gets_the_question_only(server: Server) -> None:
    server.reply(sse({"t": "ok"}))
    said = talk(server, 'history = "server"\nbody = { all = "{messages}", h = "{history?}" }\nrules = [{ text = "t" }]')
    await said.say("one")
    await said.say("two")
    assert server.requests[1].json == {"all": [{"role": "user", "content": "two"}]}


async def test_what_one_server_sent_is_not_told_to_another(server: Server) -> None:
    server.reply(sse({"id": "secret", "t": "ok"}))
    lines = 'body = { m = "{prompt}", id = "{remote.id?}" }\nrules = [{ text = "t", set = { id = "id" } }]'
    said = talk(server, lines)
    await said.say("one")
    await said.say("two")
    other = talk(server, lines)
    other.endpoint = type(other.endpoint)("other", "rules", other.endpoint.url, rules=other.endpoint.rules)
    other.remote = said.remote
    await other.say("three")
    assert [request.json.get("id") for request in server.requests] == [None, "secret", None]


async def test_values_of_our_own_are_made_once_and_kept(server: Server) -> None:
    server.reply(sse({"t": "ok"}))
    said = talk(
        server,
        'body = { m = "{prompt}", a = "{remote.chat}", b = "{uuid}" }\nremote = { chat = "{uuid}" }\n'
        'rules = [{ text = "t" }]',
    )
    await said.say("one")
    assert isinstance(said.events[0], RemoteState)  # before anything can fail
    await said.say("two")
    first, second = (request.json for request in server.requests)
    assert first["a"] == second["a"] == said.kept["chat"]
    assert first["b"] != second["b"]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/{remote.id}", "The address needs {remote.id}, which has no value now."), ("/{param.x}", "needs params.x")],
)
async def test_an_address_without_its_value_is_not_asked(server: Server, path: str, words: str) -> None:
    said = talk(server, BODY + '\nparams = { x = "y" }\nrules = [{ text = "t", set = { id = "id" } }]', path=path)
    said.endpoint = type(said.endpoint)("it", "rules", said.endpoint.url, rules=said.endpoint.rules)
    await said.say("one")
    assert isinstance(said.error, Unsupported)
    assert words in said.error.text
    assert server.requests == []


async def test_edits_reach_the_body_and_may_hold_placeholders(server: Server) -> None:
    server.reply(sse("Hi", "[DONE]"))
    said = talk(
        server,
        'preset = "chatiq"\napi_key = false\nbody = { add = { who = "{user}" }, drop = ["stream"] }\nuser = "ada"',
        path="",
    )
    await said.say("one")
    assert server.requests[0].json == {"message": "one", "who": "ada"}


async def test_models_and_the_check_are_asked_where_the_rules_say(server: Server) -> None:
    server.reply(b'{"items":[{"slug":"a"},{"slug":"b"},{"x":1}]}', type="application/json", body="length")
    said = talk(
        server,
        BODY + '\nmodels = "fetch"\nquery = { v = "2", q = "{prompt?}" }\nrules = [{ text = "t" }]\n'
        'calls = { models = { path = "/m", each = ["none", "items"], id = "slug" }, check = { path = "/me" } }',
    )
    wire = HttpWire()
    assert PROVIDER.models is not None
    assert PROVIDER.check is not None
    assert await PROVIDER.models(said.endpoint, wire) == ("a", "b")
    await PROVIDER.check(said.endpoint, wire)
    await wire.aclose()
    assert [request.path for request in server.requests] == ["/chat/m?v=2", "/chat/me?v=2"]


async def test_a_further_question_that_fails_costs_nothing(server: Server) -> None:
    server.reply(sse({"t": "ok"}))
    server.reply(b'{"detail":"no"}', status=500, type="application/json", body="length")
    said = talk(
        server,
        BODY + '\nrules = [{ text = "t" }]\ncalls = { after = { path = "/s", rules = [{ sources = "items" }] } }',
    )
    reply = await said.say("one")
    assert (said.error, said.finished, reply.text) == (None, True, "ok")
    assert reply.notices == (f"A further question to {server.host} failed: 500: no.",)


# ---------------------------------------------------------------- recordings, and the whole way


@pytest.mark.parametrize(
    ("case", "text", "complete"),
    [
        ("hello", "Hello there! This is a mocked reply.", True),
        ("unicode", "Grüße 👩‍👩‍👧 — 日本語 ⌘ naïve  line", True),
        ("with_history", "Hello there! This is a mocked reply.", True),
        ("upstream_cut_end", "This sen", False),
        ("upstream_429_end", "", False),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 1 << 20])
async def test_a_recorded_motia(server: Server, case: str, text: str, complete: bool, size: int) -> None:
    server.raw(*cut((TRANSCRIPTS / f"{case}.http").read_bytes(), size))
    said = talk(server, 'preset = "motia-sse"', path="")
    reply = await said.say("hi")
    assert (reply.text.replace("\u2028", " "), said.error is None) == (text, complete)


def test_a_follow_up_after_a_restart_sends_what_the_server_had_sent(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHATTUI_HOME", str(tmp_path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    (tmp_path / "config.toml").write_text(
        f'[endpoints.own]\nurl = "http://{server.host}/chat"\nbody = {{ m = "{{prompt}}", t = "{{remote.t?}}" }}\n'
        'rules = [{ text = "delta", set = { t = "thread" } }, { data = "[DONE]", done = true }]\n'
    )
    server.reply(sse({"delta": "Hello", "thread": "t-1"}, "[DONE]"))
    assert main(["ask", "one"]) == 0
    assert main(["ask", "--continue", "two"]) == 0
    assert capsys.readouterr().out.count("Hello") == 2
    assert [request.json for request in server.requests] == [{"m": "one"}, {"m": "two", "t": "t-1"}]


def test_the_examples_of_the_document_are_configurations() -> None:
    from chattui import config

    document = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
    examples = [part.partition("```")[0] for part in document.split("```toml\n")[1:]]
    assert len(examples) >= 8
    whole = "\n".join(example for example in examples if "endpoints.own" in example)
    for example in [whole, *(example for example in examples if "endpoints.own" not in example)]:
        assert [str(problem) for problem in config.load_text(example, {}).problems if problem.key] == [], example
