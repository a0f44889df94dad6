"""An endpoint made of what documentation shows: curl commands, request bodies and sample answers."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.adding import curl, known, sample, template, writing
from chattui.errors import ConfigError
from chattui.events import ChatEvent, TextDelta, TextReplaced
from chattui.providers.rules.reading import Reading
from chattui.rules.read import read_rules
from chattui.wire import Frame
from chattui.wire.framing import framer

# ------------------------------------------------------------ curl


@pytest.mark.parametrize(
    ("command", "url", "method", "body"),
    [
        ("curl http://h/x -d '{\"a\":1}'", "http://h/x", "POST", {"a": 1}),
        ("curl -sSN -X PUT --json '{}' https://h/x", "https://h/x", "PUT", {}),
        ("$ curl h.example/x", "https://h.example/x", "GET", None),
        ("curl localhost:3000/x --data-raw='[1]'", "http://localhost:3000/x", "POST", [1]),
        (
            "curl 'http://h/x' \\\n  -H 'Content-Type: application/json' \\\n  -d '{\"a\":\n2}'",
            "http://h/x",
            "POST",
            {"a": 2},
        ),
        ('curl http://h/x --data-raw $\'{"a":"it\\\'s \\u00e9"}\'', "http://h/x", "POST", {"a": "it's é"}),
        ("curl -XPOST http://h/x -d'{\"a\":1}'", "http://h/x", "POST", {"a": 1}),
        ("curl -G http://h/x -d q=1 -d r=2", "http://h/x?q=1&r=2", "GET", None),
        ("/usr/bin/curl --max-time 5 -o out.txt http://h/x", "http://h/x", "GET", None),
    ],
)
def test_a_curl_command_is_read_as_curl_would(command: str, url: str, method: str, body: Any) -> None:
    found = curl.read(command)
    assert (found.url, found.method, found.body, found.notes) == (url, method, body, ())


@pytest.mark.parametrize(
    ("options", "header", "prefix", "value", "variable"),
    [
        ("-H 'Authorization: Bearer sk-live-123456'", "Authorization", "Bearer ", "sk-live-123456", ""),
        ('-H "Authorization: Bearer $LAB_KEY"', "Authorization", "Bearer ", "", "LAB_KEY"),
        ('-H "x-api-key: ${LAB_KEY}"', "x-api-key", "", "", "LAB_KEY"),
        ("-H 'x-api-key: YOUR_API_KEY'", "x-api-key", "", "", ""),
        ("-H 'Authorization: Bearer <token>'", "Authorization", "Bearer ", "", ""),
        ("-u ana:pw", "Authorization", "Basic ", "YW5hOnB3", ""),
        ("-b session=abcdef", "Cookie", "session=", "abcdef", ""),
        ("-H 'Cookie: a=1; b=2'", "Cookie", "", "a=1; b=2", ""),
    ],
)
def test_the_key_is_told_from_the_rest(options: str, header: str, prefix: str, value: str, variable: str) -> None:
    found = curl.read(f"curl http://h/x {options} -d '{{}}'")
    assert found.key == curl.Key(header, prefix, value, variable)
    assert found.headers == {}
    assert not value or value not in repr(found)


def test_a_key_in_the_address_leaves_it() -> None:
    found = curl.read(
        "curl 'https://generativelanguage.googleapis.com/v1beta/models/g:generateContent?key=AIzaSecret12345'"
    )
    assert "AIza" not in found.url
    assert found.key == curl.Key("x-goog-api-key", "", "AIzaSecret12345")


def test_a_jar_of_cookies_is_named_not_read() -> None:
    assert curl.read("curl http://h/x -b jar.txt").key == curl.Key("Cookie", jar="jar.txt")


def test_headers_that_a_browser_adds_by_itself_stay_behind() -> None:
    found = curl.read("curl http://h/x -H 'sec-ch-ua: x' -H 'User-Agent: y' -H 'X-Team: red' -H 'origin: http://h'")
    assert found.headers == {"X-Team": "red"}


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("curl", "no address"),
        ("curl 'http://h/x", "quote"),
        ("curl ftp://h/x", "no address"),
        ("curl http://h/x -d a=b", "no JSON"),
        ("curl http://h/x -d @body.json", "from a file"),
        ("curl http://h/x -F a=b", "a form"),
    ],
)
def test_what_cannot_be_sent_is_said(command: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        curl.read(command)


def test_an_unknown_option_is_told() -> None:
    assert curl.read("curl --frobnicate http://h/x").notes == ("The option --frobnicate of curl was passed over.",)


# ------------------------------------------------------------ what is known

HARDWIRE = """curl -X POST "http://localhost:3026/api/chats/550e8400-e29b-41d4-a716-446655440000/messages/stream" \\
  -H "Accept: text/event-stream" -H "Content-Type: application/json" -b cookies.txt \\
  --data '{"content": "Explain quantum computing", "modelId": "gpt-4", "userId": "user-123"}'"""


@pytest.mark.parametrize(
    ("command", "table"),
    [
        (
            'curl h:1/a2a -d \'{"jsonrpc":"2.0","id":1,"method":"SendStreamingMessage","params":{"message":{}}}\'',
            {"provider": "a2a", "url": "https://h:1/a2a"},
        ),
        (
            'curl -X POST http://localhost:3000/chat -d \'{"message": "Hello", "userId": "user-123"}\'',
            {"preset": "motia", "user": "user-123"},
        ),
        (HARDWIRE, {"preset": "hardwire", "model": "gpt-4", "user": "user-123"}),
        (
            'curl https://www.chatiq.io/api/chat -d \'{"message":"hi","stream":true,"bot_slug":"support"}\'',
            {"preset": "chatiq", "params": {"bot_slug": "support"}},
        ),
        (
            """curl https://api-integrations.snackprompt.com/v1/kb/chat/stream -H 'x-api-key: K'
               -d '{"query":"q","filters":{"tenant_id":"t-1","tag_names":["Sales"]}}'""",
            {"preset": "snackprompt", "params": {"tenant_id": "t-1", "tag_names": ["Sales"]}},
        ),
        (
            "curl https://typebot.co/api/v1/typebots/my-bot/startChat -d '{}'",
            {"preset": "typebot", "params": {"public_id": "my-bot"}},
        ),
        ("curl -X POST https://typebot.co/api/v2/sessions/{sessionId}/streamMessage", {"preset": "typebot"}),
        (
            """curl https://api.openai.com/v1/chat/completions -d '{"model":"m","temperature":0.2,"stream":true,
               "messages":[{"role":"developer","content":"Be brief."}]}'""",
            {"preset": "openai", "model": "m", "system": "Be brief.", "params": {"temperature": 0.2}},
        ),
        (
            'curl https://api.openai.com/v1/responses -d \'{"model":"m","input":"hi"}\'',
            {"preset": "openai-responses", "model": "m"},
        ),
        (
            'curl http://lab:8000/v1/chat/completions -d \'{"model":"m","messages":[]}\'',
            {"provider": "openai-chat", "url": "http://lab:8000/v1", "model": "m"},
        ),
        (
            'curl http://lab/v1/messages -d \'{"model":"m","max_tokens":9,"messages":[]}\'',
            {"provider": "anthropic", "url": "http://lab", "model": "m", "params": {"max_tokens": 9}},
        ),
        (
            "curl http://lab/v1beta/models/gem-1:streamGenerateContent -d '{\"contents\":[]}'",
            {"provider": "gemini", "url": "http://lab", "model": "gem-1"},
        ),
        (
            'curl http://lab:11434/api/chat -d \'{"model":"l","messages":[]}\'',
            {"provider": "ollama", "url": "http://lab:11434", "model": "l"},
        ),
        (
            'curl http://lab/api/chat -d \'{"messages":[{"role":"user","parts":[]}]}\'',
            {"provider": "vercel-ui", "url": "http://lab/api/chat"},
        ),
        (
            'curl http://lab:2024/threads/x/runs/stream -d \'{"assistant_id":"agent","input":{}}\'',
            {"provider": "langgraph", "url": "http://lab:2024", "model": "agent"},
        ),
        (
            'curl http://lab/agent -d \'{"threadId":"t","runId":"r","messages":[]}\'',
            {"provider": "ag-ui", "url": "http://lab/agent"},
        ),
        (
            'curl http://lab/v1/chat-messages -d \'{"query":"q","user":"u"}\'',
            {"provider": "dify", "url": "http://lab/v1", "user": "u"},
        ),
        ("curl https://openrouter.ai/api/v1/models", {"preset": "openrouter"}),
    ],
)
def test_a_request_is_recognised_by_its_address_and_body(command: str, table: dict[str, Any]) -> None:
    found = known.recognise(curl.read(command))
    assert found is not None
    assert found.table == table
    assert writing.mistakes(found.name, found.table, {}) == ()


def test_a_stranger_is_not_taken_for_somebody_else() -> None:
    assert known.recognise(curl.read('curl http://lab/talk -d \'{"q":"hi"}\'')) is None


# ------------------------------------------------------------ requests


@pytest.mark.parametrize(
    ("body", "table"),
    [
        ({"prompt": "hi"}, {"body": {"prompt": "{prompt}"}}),
        (
            {"message": "hi", "history": [], "model": "m", "stream": True},
            {"body": {"message": "{prompt}", "history": "{history}", "model": "{model}", "stream": True}, "model": "m"},
        ),
        ({"messages": [{"role": "user", "content": "hi"}]}, {"body": {"messages": "{messages}"}}),
        (
            {"messages": [{"sender": "human", "text": "hi"}, {"sender": "bot", "text": "ho"}]},
            {
                "body": {"messages": "{messages}"},
                "messages": {"role": "sender", "content": "text", "user": "human", "assistant": "bot"},
            },
        ),
        ({"data": {"question": "hi"}, "lang": "en"}, {"body": {"data": {"question": "{prompt}"}, "lang": "en"}}),
        ({"utterance": "how are you"}, {"body": {"utterance": "{prompt}"}}),
        ({"message": "hi", "chatId": None}, {"body": {"message": "{prompt}"}}),
        ({"message": "hi", "userId": "ana"}, {"body": {"message": "{prompt}", "userId": "{user}"}, "user": "ana"}),
        ({"a": 1}, {}),
        ([1], {}),
    ],
)
def test_a_body_becomes_a_template(body: Any, table: dict[str, Any]) -> None:
    assert template.template(body) == table


def test_an_id_that_the_server_gives_goes_back_to_it() -> None:
    made = template.template({"message": "hi", "conversationId": None}, ("conversation_id",))
    assert made == {"body": {"message": "{prompt}", "conversationId": "{remote.conversation_id?}"}}


# ------------------------------------------------------------ answers


def frames(body: bytes) -> tuple[Frame, ...]:
    cut = framer("auto")
    return tuple(item for item in (*cut.feed(body), *cut.flush()) if isinstance(item, Frame))


def sse(*events: Any) -> bytes:
    datas = (event if isinstance(event, bytes) else json.dumps(event).encode() for event in events)
    return b"".join(b"data: " + data + b"\n\n" for data in datas)


def shown(found: sample.Guess, parts: tuple[Frame, ...]) -> tuple[str, bool]:
    """The text that the rules make of the frames, and whether they end it."""
    rules, wrong = read_rules(list(found.rules))
    assert not [mistake for mistake in wrong if mistake.severity == "error"]
    reading = Reading(rules, "x", {}, plain=found.framing == "text")
    events: list[ChatEvent] = [event for part in parts for event in reading(part)]
    text = ""
    for event in events:
        match event:
            case TextReplaced(new):
                text = new
            case TextDelta(more):
                text += more
    return text, any(type(event).__name__ == "Finished" for event in events)


SAID = "Quantum computing is a type of computation."
PIECES = ("Quantum", " computing", " is a type", " of computation.")
SAMPLES = {
    "types": sse(
        {"type": "start", "messageId": "m-1"},
        *({"type": "content", "delta": part} for part in PIECES),
        {"type": "end"},
    ),
    "done marker": sse(*({"token": part} for part in PIECES), b"[DONE]"),
    "nested": sse(*({"id": "x" * 24, "choices": [{"delta": {"content": part}}]} for part in PIECES), b"[DONE]"),
    "finish reason": sse(
        *({"choices": [{"text": part, "finish_reason": None}]} for part in PIECES),
        {"choices": [{"text": "", "finish_reason": "stop"}]},
    ),
    "named events": b'event: status\ndata: {"state":"busy"}\n\n'
    + b"".join(b"event: chunk\n" + sse({"content": part}) for part in PIECES)
    + b"event: done\ndata: {}\n\n",
    "cumulative lines": b"".join(
        json.dumps({"answer": SAID[:end], "done": end == len(SAID)}).encode() + b"\n" for end in (7, 17, 30, len(SAID))
    ),
    "lines": b"".join(json.dumps({"response": part, "done": False}).encode() + b"\n" for part in PIECES)
    + b'{"response":"","done":true,"eval_count":7}\n',
    "one document": json.dumps({"id": "abcdefgh-12", "reply": SAID, "tokens": 9}).encode(),
    "plain events": b"".join(b"data: " + part.encode() + b"\n\n" for part in PIECES) + b"data: [DONE]\n\n",
    "beside ids": sse(
        *({"messageId": "msg-uuid-1", "model": "a-model", "part": part} for part in PIECES), {"complete": True}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_rules_are_guessed_that_show_the_answer_and_its_end(name: str) -> None:
    parts = frames(SAMPLES[name])
    found = sample.guess(parts)
    text, ended = shown(found, parts)
    assert text.replace(" ", "") == SAID.replace(" ", "")
    assert ended or found.end == "eof"
    assert found.end == ("eof" if not ended else "")
    assert found.score > 0.5


def test_reasoning_is_not_taken_for_the_answer() -> None:
    body = sse(
        *({"type": "reasoning", "delta": f"a much longer thought number {n} about the question "} for n in range(9)),
        *({"type": "text", "delta": part} for part in PIECES),
        {"type": "end"},
    )
    found = sample.guess(frames(body))
    assert found.text == SAID
    assert {"when": {"type": "reasoning"}, "reasoning": "delta"} in found.rules


def test_ids_and_usage_are_noticed() -> None:
    body = sse(
        {"type": "start", "conversationId": "c-12345678"},
        *({"type": "content", "delta": part} for part in PIECES),
        {"type": "end", "usage": {"prompt_tokens": 3, "completion_tokens": 9}},
    )
    found = sample.guess(frames(body))
    assert found.remembered == ("conversation_id",)
    assert found.rules[0] == {"when": {"type": "start"}, "set": {"conversation_id": "conversationId"}}
    usage = {"input": "usage.prompt_tokens", "output": "usage.completion_tokens"}
    assert {"when": {"type": "end"}, "usage": usage, "done": True} in found.rules


@pytest.mark.parametrize("body", [b"", sse({"id": "550e8400-e29b-41d4-a716-446655440000"}), b'{"ok":true}'])
def test_where_nobody_says_anything_nothing_is_guessed(body: bytes) -> None:
    assert sample.guess(frames(body)).rules == ()


@given(st.lists(st.binary(max_size=60), max_size=12))
def test_any_bytes_are_guessed_at_without_an_exception(pieces: list[bytes]) -> None:
    parts = tuple(Frame(piece.decode("utf-8", "replace")) for piece in pieces)
    rules, wrong = read_rules(list(sample.guess(parts).rules) or [{"text": "$"}])
    assert rules
    assert not [mistake for mistake in wrong if mistake.severity == "error"]


# ------------------------------------------------------------ TOML

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))
LEAF = st.one_of(TEXT, st.integers(-(2**63), 2**63 - 1), st.booleans())
TABLE = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXT, inner, max_size=3)),
    max_leaves=12,
)


@given(st.dictionaries(st.text("abc-_é .", min_size=1), TABLE, max_size=4))
def test_what_is_written_is_what_toml_reads(table: dict[str, Any]) -> None:
    assert tomllib.loads(writing.toml("lab", table)) == {"endpoints": {"lab": table}}


def test_an_answer_in_the_ai_sdks_lines_is_known_by_them() -> None:
    frames = (Frame('{"messageId":"m"}', "f"), Frame('"Hello"', "0"), Frame('{"finishReason":"stop"}', "d"))
    asked = curl.read('curl http://h/api/chat -d \'{"id":"c","messages":[{"role":"user","content":"hi"}]}\'')
    found = known.of_answer(asked, frames)
    assert found is not None
    assert found.table == {"provider": "vercel-ui", "url": "http://h/api/chat"}
    assert known.of_answer(asked, (Frame("{}", "delta"), *frames)) is None
    assert known.of_answer(asked, ()) is None


def test_a_prompt_in_the_one_part_of_a_list_has_its_place() -> None:
    body = {"params": {"message": {"role": "user", "parts": [{"text": "stream"}]}}, "tags": ["a"]}
    assert template.template(body)["body"] == {
        "params": {"message": {"role": "user", "parts": [{"text": "{prompt}"}]}}, "tags": ["a"],
    }  # fmt: skip
