"""OpenAI Chat Completions: what is sent, and what every dialect's chunks mean."""

# ruff: noqa: E501 - tables of cases, one to a line

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from chattui.chat import Message, Tool
from chattui.endpoint import Auth, BodyEdits, Endpoint, Retry
from chattui.errors import ChatError, NotAnApi, Rejected, Reported, Unsupported
from chattui.events import (
    ChatEvent,
    Finished,
    Notice,
    ReasoningDelta,
    SourceCited,
    Started,
    TextDelta,
    ToolCalled,
    Usage,
    UsageReported,
)
from chattui.providers import Turn, openai_chat
from chattui.providers.openai_chunks import Chunks
from chattui.secret import Secret
from chattui.wire import Frame
from chattui.wire.framing import framer
from chattui.wire.http import HttpWire
from server import CUT, Server, chunk, cut, said, sse

TRANSCRIPTS = sorted((Path(__file__).parents[1] / "transcripts" / "openai_chat").glob("*.http"))
USER = Message("1", None, "user", "hi")


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire()
    yield made
    await made.aclose()


def turn(endpoint: Endpoint, *messages: Message, **settings: Any) -> Turn:
    return Turn(endpoint, settings.pop("model", endpoint.model), messages or (USER,), **settings)


def lab(url: str = "http://x/v1", **settings: Any) -> Endpoint:
    return Endpoint("lab", "openai-chat", url, **{"model": "m", "retry": Retry(0), **settings})


async def told(wire: HttpWire, asked: Turn) -> list[ChatEvent]:
    async with aclosing(openai_chat.reply(asked, wire)) as events:
        return [event async for event in events]


def decoded(*chunks: Any, event: str = "") -> list[ChatEvent]:
    decode = Chunks().decode
    frames = [Frame(part if isinstance(part, str) else json.dumps(part), event) for part in chunks]
    return [event for frame in frames for event in decode(frame)]


def deltas(*deltas: dict[str, Any]) -> list[ChatEvent]:
    return decoded(*({"choices": [{"index": 0, "delta": delta}]} for delta in deltas))


# ---------------------------------------------------------------- recorded replies


def recorded(path: Path) -> tuple[bytes, Any]:
    """The answer's bytes, and what it says."""
    return path.read_bytes(), json.loads(path.with_suffix(".json").read_text("utf-8"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
async def test_a_recorded_reply_is_understood(server: Server, wire: HttpWire, path: Path) -> None:
    answer, expected = recorded(path)
    server.raw(answer, CUT)
    message, error = Message("2", "1", "assistant"), ""
    endpoint = Endpoint("recorded", "openai-chat", server.url, model="m", retry=Retry(0))
    try:
        async for event in openai_chat.reply(turn(endpoint), wire):
            message += event
    except ChatError as failed:
        error = f"{type(failed).__name__}: {failed.text}"
    found = {
        "text": message.text,
        "reasoning": message.reasoning,
        "tools": {tool.id: [tool.name, tool.arguments] for tool in message.tools},
        "finish": message.finish,
        "usage": [message.usage.input, message.usage.output] if message.usage else None,
        "model": message.model,
        "error": error.replace(server.host, "HOST"),
    }
    assert found == expected


def body_of(raw: bytes) -> bytes | None:
    """The body of a recorded answer, its chunked framing undone; None where it is not plain."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    if b"200" not in head[:15] or b"gzip" in head:
        return None
    if b"\r\ntransfer-encoding: chunked" not in head.lower():
        return rest
    body = b""
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        try:
            count = int(size, 16)
        except ValueError:
            break
        body += rest[:count]
        rest = rest[count + 2 :]
    return body


def events_of(pieces: list[bytes]) -> list[ChatEvent | str]:
    made, decode = framer("auto", "text/event-stream"), Chunks().decode
    found: list[ChatEvent | str] = []
    try:
        for item in [item for piece in pieces for item in made.feed(piece)] + list(made.flush()):
            found += decode(item) if isinstance(item, Frame) else []
    except (ChatError, ValueError) as error:
        found.append(f"{type(error).__name__}: {error}")
    return found


PLAIN = [(path.stem, body) for path in TRANSCRIPTS if (body := body_of(path.read_bytes())) is not None]


@pytest.mark.parametrize("body", [body for _, body in PLAIN], ids=[name for name, _ in PLAIN])
def test_a_recorded_reply_is_the_same_wherever_it_is_cut(body: bytes) -> None:
    whole = events_of([body])
    assert events_of(list(cut(body, 1))) == whole
    assert events_of(list(cut(body, 7))) == whole
    for at in range(0, len(body), 1 if len(body) < 2600 else 3):
        assert events_of([body[:at], body[at:]]) == whole, at


@pytest.mark.extra
def test_the_recorded_chunks_of_all_vendors_are_understood(shared: Path) -> None:
    """Text, reasoning and tool calls of every Chat Completions fixture of vercel/ai, against a plain reading."""
    folder = shared / "fixtures" / "vercel_ai"
    vendors = ("alibaba", "azure", "deepseek", "groq", "mistral", "moonshotai", "perplexity", "xai")
    seen = 0
    for path in sorted(path for vendor in vendors for path in folder.glob(f"{vendor}__*.chunks.txt")):
        chunks = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
        if not any("choices" in one for one in chunks):
            continue
        seen += 1
        message = Message("1", None, "assistant")
        for event in decoded(*chunks):
            message += event
        text = reasoning = arguments = ""
        for one in chunks:
            for choice in one.get("choices", []):
                delta = choice.get("delta") or {}
                content = delta.get("content") or ""
                if isinstance(content, list):
                    reasoning += "".join(
                        inner["text"] for part in content if part["type"] == "thinking" for inner in part["thinking"]
                    )
                    content = "".join(part["text"] for part in content if part["type"] == "text")
                text += content
                reasoning += delta.get("reasoning_content") or delta.get("reasoning") or ""
                arguments += "".join(call["function"].get("arguments") or "" for call in delta.get("tool_calls") or [])
        assert (message.text, message.reasoning) == (text, reasoning), path.name
        assert "".join(tool.arguments for tool in message.tools) == arguments, path.name
        assert message.finish or path.name.startswith("perplexity"), path.name
        assert message.usage is not None, path.name
        for tool in message.tools:
            json.loads(tool.arguments or "{}")
    assert seen >= 8


# ---------------------------------------------------------------- what is sent


async def test_a_request_is_what_the_endpoint_and_the_conversation_say(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    endpoint = lab(
        server.url,
        api_key=Secret("sk-1234567", "$KEY"),
        params={"temperature": 0.5, "options": {"a": 1}},
        headers={"X-Title": "chattui"},
        query={"v": "1"},
        body=BodyEdits({"options": {"b": 2}, "extra": True}, ("stream_options",)),
        user="u1",
    )
    messages = (
        Message("1", None, "user", "one"),
        Message("2", "1", "assistant", "", state="failed"),
        Message("3", "2", "assistant", "half", state="stopped"),
        Message("4", "3", "user", "two"),
        Message("5", "4", "assistant", "", tools=(Tool("t", "f"),)),
        Message("6", "5", "assistant", "oops", state="failed"),
        Message("7", "6", "user", "three"),
    )
    await told(wire, turn(endpoint, *messages, system="Be brief."))
    [got] = server.requests
    assert (got.method, got.path) == ("POST", "/v1/chat/completions?v=1")
    assert (got.headers["authorization"], got.headers["x-title"]) == ("Bearer sk-1234567", "chattui")
    assert got.json == {
        "model": "m",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "half"},
            {"role": "user", "content": "two"},
            {"role": "user", "content": "three"},
        ],
        "stream": True,
        "user": "u1",
        "temperature": 0.5,
        "options": {"a": 1, "b": 2},
        "extra": True,
    }


async def test_azure_is_data(server: Server, wire: HttpWire) -> None:
    server.says("ok")
    endpoint = lab(
        server.url.removesuffix("/v1"),
        path="openai/deployments/gpt/chat/completions",
        query={"api-version": "2024-10-21"},
        auth=Auth("api-key", ""),
        api_key=Secret("azure-key", "$KEY"),
    )
    await told(wire, turn(endpoint))
    assert server.requests[0].path == "/openai/deployments/gpt/chat/completions?api-version=2024-10-21"
    assert server.requests[0].headers["api-key"] == "azure-key"
    assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("status", [400, 422])
async def test_a_server_that_refuses_stream_options_is_asked_without(
    server: Server, wire: HttpWire, status: int
) -> None:
    server.reply(b'{"error":{"message":"Unknown field: stream_options"}}', status=status, type="application/json")
    server.says("ok")
    for _ in range(2):
        assert TextDelta("ok") in await told(wire, turn(lab(server.url)))
    assert ["stream_options" in request.json for request in server.requests] == [True, False, False]


async def test_any_other_refusal_is_one(server: Server, wire: HttpWire) -> None:
    server.reply(b'{"error":{"message":"Unknown field: messages"}}', status=400, type="application/json")
    with pytest.raises(Rejected, match="Unknown field: messages"):
        await told(wire, turn(lab(server.url)))
    assert len(server.requests) == 1


# ---------------------------------------------------------------- models


async def test_without_a_model_the_first_that_chats_is_taken(server: Server, wire: HttpWire) -> None:
    server.models = ["nomic-embed-text", "zeta", "alpha"]
    server.says("ok", model="zeta")
    events = await told(wire, turn(lab(server.url, model="")))
    assert events[0] == Started("zeta")
    assert server.requests[-1].json["model"] == "zeta"


@pytest.mark.parametrize(
    ("status", "said", "told_so"),
    [
        (404, "No such model", True),
        (400, "Invalid model name passed in model=zeta", True),
        (400, "temperature is too high", False),
        (429, "zeta is busy", False),
    ],
)
async def test_a_model_that_nobody_chose_and_the_server_refuses_is_told_as_that(
    server: Server, wire: HttpWire, status: int, said: str, told_so: bool
) -> None:
    server.models = ["zeta"]
    body = json.dumps({"error": {"message": said}}).encode()
    server.reply(body, status=status, type="application/json")
    with pytest.raises(Rejected) as error:
        await told(wire, turn(lab(server.url, model="", retry=Retry(0))))
    assert ("‘zeta’: it is the first model that the server lists" in str(error.value)) is told_so
    assert ("Set model = …" in str(error.value)) is told_so


async def test_a_chosen_model_that_is_refused_is_only_refused(server: Server, wire: HttpWire) -> None:
    server.reply(b'{"error":{"message":"No such model"}}', status=404, type="application/json")
    with pytest.raises(Rejected) as error:
        await told(wire, turn(lab(server.url)))
    assert str(error.value) == "404: No such model."


async def test_without_a_list_the_server_chooses(server: Server, wire: HttpWire) -> None:
    server.reply(status=404, body="length")
    server.says("ok")
    events = await told(wire, turn(lab(server.url, model="")))
    assert TextDelta("ok") in events
    assert "model" not in server.requests[-1].json


async def test_a_server_without_a_model_says_so(server: Server, wire: HttpWire) -> None:
    server.models = []
    with pytest.raises(Unsupported, match="has no model"):
        await told(wire, turn(lab(server.url, model="")))


async def test_models_are_sorted_as_people_count(server: Server, wire: HttpWire) -> None:
    server.models = ["text-embedding-3", "b10", "B9", "a", "whisper-1", "a"]
    assert await openai_chat.models(lab(server.url), wire) == ("a", "B9", "b10", "text-embedding-3", "whisper-1")


@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"id": "a"}, {"id": "b"}, {"no": 1}, 5]},
        {"models": [{"name": "a", "model": "a"}, {"name": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        ["a", "b"],
    ],
)
async def test_lists_of_models_come_in_many_shapes(server: Server, wire: HttpWire, answer: Any) -> None:
    server.reply(json.dumps(answer).encode(), type="application/json")
    assert await openai_chat.models(lab(server.url), wire) == ("a", "b")


@pytest.mark.parametrize("answer", [{"ok": True}, 5, {"data": None}])
async def test_what_is_no_list_of_models(server: Server, wire: HttpWire, answer: Any) -> None:
    server.reply(json.dumps(answer).encode(), type="application/json")
    with pytest.raises(NotAnApi):
        await openai_chat.models(lab(server.url), wire)


@pytest.mark.parametrize(
    ("base", "path", "where"),
    [
        ("/v1", None, "/v1/models"),
        ("", "v1/chat/completions", "/v1/models"),
        ("/v1", "/chat/completions", "/v1/models"),
        ("/v1", "talk", "/v1/models"),
    ],
)
async def test_the_list_lies_beside_the_chat(
    server: Server, wire: HttpWire, base: str, path: str | None, where: str
) -> None:
    server.models = ["a"]
    await openai_chat.models(lab(server.url.removesuffix("/v1") + base, path=path), wire)
    assert server.requests[0].path == where


# ---------------------------------------------------------------- chunks


def test_a_plain_stream() -> None:
    stream = b"".join(said("Hello there", reasoning="hm", usage={"prompt_tokens": 1, "completion_tokens": 2}))
    assert events_of([stream]) == [
        Started("test"),
        ReasoningDelta("hm"),
        TextDelta("Hello"),
        TextDelta(" there"),
        Finished("stop", more=True),
        UsageReported(Usage(1, 2)),
        Finished(),
    ]


@pytest.mark.parametrize(
    "odd",
    [{}, {"choices": None}, {"choices": []}, {"choices": [None]}, {"choices": [{}]}, {"choices": [{"delta": None}]},
     {"choices": [{"delta": {"content": None, "role": None}}]}, {"choices": [{"delta": {"content": ""}}]}, {"choices": {}},
     {"choices": [{"index": 1, "delta": {"content": "another choice"}}]}, {"choices": [], "usage": None},
     {"choices": [], "prompt_filter_results": [{}]}, {"choices": [{"delta": {"tool_calls": None}}]},
     {"choices": [{"delta": {"tool_calls": [None]}}]}, {"object": "ping"}, {"choices": [{"content_filter_results": {}}]}],
)  # fmt: skip
def test_a_chunk_that_says_nothing(odd: dict[str, Any]) -> None:
    assert decoded(odd) == []


@pytest.mark.parametrize("data", ["", " ", "\n"])
def test_empty_data_is_a_heartbeat(data: str) -> None:
    assert decoded(data) == []


@pytest.mark.parametrize("data", ["[DONE]", "[DONE] ", "[DONE]\n"])
def test_done_is_the_end(data: str) -> None:
    assert decoded(data) == [Finished()]


@pytest.mark.parametrize("data", ["{", "5", '"text"', "null", "[]", "[" * 100_000])
def test_what_is_no_chunk_is_unreadable(data: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any kind of it
        decoded(data)


@pytest.mark.parametrize(
    ("delta", "events"),
    [
        ({"reasoning_content": "r"}, [ReasoningDelta("r")]),
        ({"reasoning": "r", "content": ""}, [ReasoningDelta("r")]),
        ({"reasoning": "r", "reasoning_details": [{"type": "reasoning.text", "text": "r"}]}, [ReasoningDelta("r")]),
        ({"reasoning_details": [{"type": "reasoning.summary", "summary": "s"}, {"data": "x"}]}, [ReasoningDelta("s")]),
        ({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "t"}]}]}, [ReasoningDelta("t")]),
        ({"content": [{"type": "thinking", "thinking": "t"}, {"type": "text", "text": "x"}]}, [ReasoningDelta("t"), TextDelta("x")]),
        ({"content": [{"type": "reference", "reference_ids": [1]}, {"type": "text", "text": "x"}]}, [TextDelta("x")]),
        ({"content": "<think>a</think>b"}, [ReasoningDelta("a"), TextDelta("b")]),
        ({"content": "x", "annotations": [{"type": "url_citation", "url_citation": {"url": "http://u", "title": "T", "content": "c"}}]},
         [TextDelta("x"), SourceCited("http://u", "T", "c")]),
        ({"content": "", "images": [{"type": "image_url"}]}, [Notice("The reply holds a file (unnamed) without a usable address.")]),
        ({"function_call": {"name": "f", "arguments": "{"}}, [ToolCalled("function_call", "f", "{")]),
    ],
)  # fmt: skip
def test_what_a_delta_may_hold(delta: dict[str, Any], events: list[ChatEvent]) -> None:
    assert deltas(delta) == events


def call(arguments: Any = "", name: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "tool_calls": [{**more, "function": {"arguments": arguments, **({"name": name} if name is not None else {})}}]
    }


@pytest.mark.parametrize(
    ("pieces", "tools"),
    [
        pytest.param([call(name="f", index=0, id="a"), call('{"x"', index=0), call(":1}", index=0)], [Tool("a", "f", '{"x":1}')], id="OpenAI"),
        pytest.param([call("{}", "f", index=0, id="a"), call("{}", "g", index=1, id="b")], [Tool("a", "f", "{}"), Tool("b", "g", "{}")], id="two"),
        pytest.param([call('{"x"', "f", index=0, id="a"), call(":1}", "", index=0, id="")], [Tool("a", "f", '{"x":1}')], id="Qwen"),
        pytest.param([call("{}", "f", id="a"), call("{}", "g", id="b")], [Tool("a", "f", "{}"), Tool("b", "g", "{}")], id="Mistral, no index"),
        pytest.param([call("{", "f", id="a"), call("}")], [Tool("a", "f", "{}")], id="neither index nor id"),
        pytest.param([call("{}", "f", index=0)], [Tool("call_0", "f", "{}")], id="no id at all"),
        pytest.param([call({"x": "ü"}, "f", index=0, id="a")], [Tool("a", "f", '{"x": "ü"}')], id="arguments as an object"),
        pytest.param([call("{}", "f", index=0, id="a"), call("{}", "g", index=0, id="b")], [Tool("a", "f", "{}"), Tool("b", "g", "{}")], id="one index, two ids"),
        pytest.param([call(None, "f", index=0, id="a")], [Tool("a", "f")], id="no arguments"),
    ],
)  # fmt: skip
def test_tool_calls_are_told_apart(pieces: list[dict[str, Any]], tools: list[Tool]) -> None:
    message = Message("1", None, "assistant")
    for event in deltas(*pieces):
        message += event
    assert list(message.tools) == tools


@pytest.mark.parametrize(
    ("beside", "usage"),
    [
        ({"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}, Usage(1, 2)),
        ({"usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 5}}},
         Usage(1, None, 4, 5)),
        ({"usage": {"prompt_tokens": 1, "prompt_tokens_details": None, "cost": 0.25}}, Usage(1, cost=0.25)),
        ({"usage": {"prompt_tokens": 1, "cost_in_usd_ticks": 37756000}}, Usage(1, cost=0.0037756)),
        ({"usage": {"completion_tokens": 2, "cost": {"total_cost": 0.5}}}, Usage(output=2, cost=0.5)),
        ({"usage": {"prompt_tokens": 9, "prompt_cache_hit_tokens": 3}}, Usage(9, cached=3)),
        ({"x_groq": {"id": "r", "usage": {"prompt_tokens": 1}}}, Usage(1)),
        ({"usage": {"prompt_tokens": "many", "completion_tokens": True, "cost": False}}, Usage()),
    ],
)  # fmt: skip
def test_usage_wherever_it_is(beside: dict[str, Any], usage: Usage) -> None:
    assert decoded({"choices": [], **beside}) == [UsageReported(usage)]


def test_usage_and_sources_that_are_repeated_in_every_chunk_are_told_once() -> None:
    one = {"choices": [], "usage": {"prompt_tokens": 1}, "citations": ["http://a"],
           "search_results": [{"url": "http://a", "title": "A", "snippet": "s"}, {"url": "http://b"}]}  # fmt: skip
    assert decoded(one, one, {**one, "usage": {"prompt_tokens": 2}}) == [
        UsageReported(Usage(1)),
        SourceCited("http://a", "A", "s"),
        SourceCited("http://b"),
        UsageReported(Usage(2)),
    ]


@pytest.mark.parametrize(
    ("reason", "notice"),
    [
        ("stop", None),
        ("tool_calls", None),
        ("length", "The reply hit its length limit."),
        ("content_filter", "The reply was stopped by the server's content filter."),
        ("odd\x1b", "The reply ended with ‘odd␛’."),
    ],
)
def test_the_end_is_told_in_words(reason: str, notice: str | None) -> None:
    events = decoded(chunk({}, reason, model=""))
    assert events == [*([Notice(notice)] if notice else []), Finished(reason, more=True)]


def test_an_empty_finish_reason_is_none() -> None:
    assert decoded(chunk({"content": "a"}, "", model="")) == [TextDelta("a")]


def test_a_refusal_is_told_once_it_is_whole() -> None:
    refusals = [chunk({"refusal": text}, model="") for text in ("I ", "won't.")]
    assert decoded(*refusals, chunk({}, "stop", model="")) == [
        Notice("The model refused: I won't."),
        Finished("stop", more=True),
    ]


def test_an_error_beside_choices_is_an_error() -> None:
    one = {
        "error": {"code": 502, "message": "Provider disconnected"},
        "choices": [{"delta": {"content": ""}, "finish_reason": "error"}],
    }
    with pytest.raises(Reported, match="The provider reported: Provider disconnected") as error:
        decoded(one)
    assert error.value.retryable


def test_a_finish_that_is_an_error_is_one() -> None:
    with pytest.raises(Reported):
        decoded(chunk({"content": "x"}, "error"))


def test_a_whole_answer_is_a_reply() -> None:
    answer = {
        "model": "m",
        "choices": [{"message": {"content": "Hi", "reasoning_content": "r", "tool_calls": [
            {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1},
    }  # fmt: skip
    assert list(Chunks().decode(Frame(json.dumps(answer), whole=True))) == [
        Started("m"),
        ReasoningDelta("r"),
        TextDelta("Hi"),
        ToolCalled("a", "f", "{}"),
        UsageReported(Usage(1)),
        Finished("tool_calls"),
    ]


def test_perplexity_ends_without_done() -> None:
    [end] = decoded({"object": "chat.completion.done", "choices": []})
    assert end == Finished()


async def test_a_character_cut_in_two_comes_out_whole(server: Server, wire: HttpWire) -> None:
    parts = [
        b'data: {"choices":[{"delta":{"content":"%b"}}]}\n\n' % text
        for text in (b"a\\ud83d", b"\\ude00b", b"\\udc00!", b"\\ud83d")
    ]
    server.reply(*parts, sse("[DONE]"))
    events = await told(wire, turn(lab(server.url)))
    assert "".join(event.text for event in events if isinstance(event, TextDelta)) == "a😀b\ufffd!\ufffd"


async def test_an_empty_reply_is_told(server: Server, wire: HttpWire) -> None:
    server.reply(sse("[DONE]"))
    assert (await told(wire, turn(lab(server.url))))[-2:] == [Notice("The server sent an empty reply."), Finished()]


async def test_a_refusal_is_not_called_empty_as_well(server: Server, wire: HttpWire) -> None:
    server.reply(sse(chunk({"refusal": "Not that."})), sse("[DONE]"))
    notices = [event.text for event in await told(wire, turn(lab(server.url))) if isinstance(event, Notice)]
    assert notices == ["The model refused: Not that."]


async def test_a_reply_has_a_cap(server: Server, wire: HttpWire) -> None:
    server.reply(*[sse(chunk({"content": "x" * 900_000}))] * 20)
    with pytest.raises(ChatError, match="The reply reached 16 MiB; stopped"):
        await told(wire, turn(lab(server.url)))
