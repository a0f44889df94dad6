"""Gemini: what is asked, and what rare answers mean. Whole exchanges: test_native_recorded."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from recorded import FakeWire, folded, played, sse, turn

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import JSON, Usage
from chattui.providers import gemini, provider
from chattui.secret import Secret
from chattui.wire.http import HttpWire
from server import Server

USER = Message("u1", None, "user", "hi")


def chunk(*parts: JSON, **more: Any) -> JSON:
    return {"candidates": [{"content": {"role": "model", "parts": list(parts)}, "index": 0, **more}]}


STOP: JSON = {"candidates": [{"finishReason": "STOP"}]}


# ---------------------------------------------------------------- asking


def test_the_key_is_in_a_header_and_never_in_the_address() -> None:
    endpoint = Endpoint("it", "gemini", "https://g.test", api_key=Secret("AIza1", "a test"))
    asked = gemini.request(type(turn("gemini"))(endpoint, "gemini-x", (USER,)))
    assert asked.url == "https://g.test/v1beta/models/gemini-x:streamGenerateContent"
    assert asked.query == {"alt": "sse"}
    key = asked.headers["x-goog-api-key"]
    assert isinstance(key, Secret)
    assert key.reveal() == "AIza1"


@pytest.mark.parametrize(
    ("url", "model", "address"),
    [
        ("http://g.test/v1beta", "m", "http://g.test/v1beta/models/m:streamGenerateContent"),
        ("http://g.test/v1", "models/m", "http://g.test/v1/models/m:streamGenerateContent"),
        ("http://g.test", "tunedModels/m", "http://g.test/v1beta/tunedModels/m:streamGenerateContent"),
        ("http://g.test", "a b?c", "http://g.test/v1beta/models/a%20b%3Fc:streamGenerateContent"),
    ],
)
def test_addresses(url: str, model: str, address: str) -> None:
    assert gemini.request(turn("gemini", url=url, model=model)).url == address


def test_parameters_find_their_place() -> None:
    params = {"temperature": 1, "max_tokens": 9, "topK": 3, "thinking_config": {"includeThoughts": True},
              "tools": [{"google_search": {}}], "safetySettings": [], "stop": ["x"]}  # fmt: skip
    asked = gemini.request(
        turn("gemini", USER, Message("a", "u1", "assistant", "yes"), USER, system="S", params=params)
    )
    assert asked.body == {
        "tools": [{"google_search": {}}],
        "safetySettings": [],
        "contents": [
            {"role": "user", "parts": [{"text": "hi"}]},
            {"role": "model", "parts": [{"text": "yes"}]},
            {"role": "user", "parts": [{"text": "hi"}]},
        ],
        "systemInstruction": {"parts": [{"text": "S"}]},
        "generationConfig": {
            "temperature": 1, "maxOutputTokens": 9, "topK": 3, "thinkingConfig": {"includeThoughts": True},
            "stopSequences": ["x"],
        },
    }  # fmt: skip


def test_signed_parts_go_back_unchanged_and_calls_that_were_never_run_do_not() -> None:
    call = {"functionCall": {"name": "f", "args": {"a": 1}}, "thoughtSignature": "c2"}
    signed = {"text": "", "thoughtSignature": "c2ln"}
    body = sse(chunk({"text": "Hmm", "thought": True}), chunk({"text": "Hel"}), chunk({"text": "lo"}), chunk(call),
               chunk(signed, finishReason="STOP"))  # fmt: skip
    reply = played(turn("gemini"), body).message
    assert (reply.text, reply.reasoning) == ("Hello", "Hmm")
    assert reply.kept is not None
    assert list(reply.kept.items) == [{"text": "Hello"}, call, signed]
    old = Message("a1", "u1", "assistant", "Hello", kept=reply.kept)
    assert gemini.request(turn("gemini", USER, old, USER)).body["contents"][1]["parts"] == [{"text": "Hello"}, signed]
    other = gemini.request(turn("gemini", USER, old, USER, model="other"))
    assert other.body["contents"][1]["parts"] == [{"text": "Hello"}]


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("reason", "finish", "notice"),
    [
        ("STOP", "stop", ()),
        ("MAX_TOKENS", "length", ("The reply hit its length limit.",)),
        ("SAFETY", "content_filter", ("The reply was stopped by Gemini's safety filter.",)),
        ("RECITATION", "content_filter", ("The reply was stopped because it recites protected material.",)),
        ("MALFORMED_FUNCTION_CALL", "error", ("The model made a broken tool call.",)),
        ("BRAND_NEW", "brand_new", ("The reply ended with ‘BRAND_NEW’.",)),
    ],
)
def test_how_a_reply_ended_is_told_in_words(reason: str, finish: str, notice: tuple[str, ...]) -> None:
    found = played(turn("gemini"), sse(chunk({"text": "x"}, finishReason=reason)))
    assert found.complete
    assert (found.message.finish, found.message.notices) == (finish, notice)


def test_a_blocked_prompt_is_told() -> None:
    found = played(turn("gemini"), sse({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}))
    assert found.complete
    assert found.message.notices[0] == "Gemini refused the prompt (prohibited content)."
    assert found.message.finish == "content_filter"


def test_the_end_without_a_reason_is_no_end() -> None:
    found = played(turn("gemini"), sse(chunk({"text": "x"})))
    assert found.told == "CutShort: The reply ended without an end marker; it may be cut short."


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_in_the_middle_is_told(wrapped: bool) -> None:
    error = {"error": {"code": 503, "message": "High demand", "status": "UNAVAILABLE"}}
    found = played(turn("gemini"), sse(chunk({"text": "Hel"}), [error] if wrapped else error))
    assert found.told == "Reported: The provider reported: High demand."
    assert found.error is not None
    assert found.error.retryable
    assert found.message.text == "Hel"


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
def test_an_error_without_any_data_field_is_told(end: str) -> None:
    error = json.dumps({"error": {"code": 503, "message": "High demand", "status": "UNAVAILABLE"}}, indent=2)
    found = played(turn("gemini"), sse(chunk({"text": "Hel"})) + f"{error}{end}".encode())
    assert found.told == "Reported: The provider reported: High demand."
    assert found.message.text == "Hel"


def test_json_without_any_data_field_is_no_end() -> None:
    found = played(turn("gemini"), sse(chunk({"text": "Hel"})) + b'{\n "half": [\n')
    assert found.told.startswith("CutShort")


def test_the_growing_array_of_a_server_that_ignores_alt_sse_is_read() -> None:
    body = json.dumps([chunk({"text": "Hel"}), chunk({"text": "lo"}), STOP], indent=2).encode()
    found = played(turn("gemini"), body, type="application/json")
    assert found.complete
    assert found.message.text == "Hello"


def test_json_of_another_kind_is_told_so() -> None:
    found = played(turn("gemini"), b'{"status":"ok"}', type="application/json")
    assert found.told == "NotAnApi: The answer is JSON, but no answer of Gemini."


def test_usage_counts_thoughts_into_the_output_and_is_overwritten() -> None:
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 1, "thoughtsTokenCount": 300, "cachedContentTokenCount": 4}
    body = sse(
        {**chunk({"text": "x"}), "usageMetadata": usage},
        {**STOP, "usageMetadata": {**usage, "candidatesTokenCount": 13}},
    )
    assert played(turn("gemini"), body).message.usage == Usage(input=9, output=313, cached=4, reasoning=300)


def test_tool_calls_whole_and_in_pieces_and_run_code() -> None:
    def piece(value: str, *, more: bool) -> JSON:
        return chunk(
            {"functionCall": {"partialArgs": [{"jsonPath": "$.city", "stringValue": value}], "willContinue": more}}
        )

    found = played(turn("gemini"), sse(
        chunk({"functionCall": {"name": "f", "args": {"a": 1}, "id": "c1"}}),
        chunk({"functionCall": {"name": "g", "willContinue": True}}), piece("Bos", more=True), piece("ton", more=False),
        chunk({"executableCode": {"language": "PYTHON", "code": "1/0"}}),
        chunk({"codeExecutionResult": {"outcome": "OUTCOME_FAILED", "output": "ZeroDivisionError"}}),
        STOP,
    )).message  # fmt: skip
    assert [(tool.name, json.loads(tool.arguments), tool.result, tool.failed) for tool in found.tools] == [
        ("f", {"a": 1}, None, False),
        ("g", {"city": "Boston"}, None, False),
        ("code_execution", {"code": "1/0"}, "ZeroDivisionError", True),
    ]


def test_sources_and_files() -> None:
    grounding = {"groundingChunks": [{"web": {"uri": "https://a.test", "title": "A"}}, {"web": 5}]}
    cited = {"citationSources": [{"uri": "https://b.test"}]}
    picture = {"inlineData": {"mimeType": "image/png", "data": "AAAA"}}
    body = sse(chunk(picture, groundingMetadata=grounding, citationMetadata=cited, finishReason="STOP"))
    found = played(turn("gemini"), body).message
    assert [(source.url, source.title) for source in found.sources] == [("https://a.test", "A"), ("https://b.test", "")]
    assert [(file.name, file.type, file.size) for file in found.attachments] == [("image.png", "image/png", 3)]


async def test_only_models_that_chat_are_listed() -> None:
    wire = FakeWire(answer={"models": [
        {"name": "models/gemini-x", "supportedGenerationMethods": ["generateContent", "countTokens"]},
        {"name": "models/embedding", "supportedGenerationMethods": ["embedContent"]},
        {"name": "models/unsaid"},
    ]})  # fmt: skip
    models = provider("gemini").models
    assert models is not None
    assert await models(Endpoint("it", "gemini", "http://g.test"), wire) == ("gemini-x", "unsaid")
    assert wire.asked[0].url == "http://g.test/v1beta/models"


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (
            "API key not valid. Please pass a valid API key.",
            "400: the key for ‘it’ was refused. It comes from $GEMINI.",
        ),
        ('Unknown name "temprature"', "400: Unknown name"),
    ],
)
async def test_a_wrong_key_that_is_answered_with_400_is_told_as_a_wrong_key(
    server: Server, message: str, told: str
) -> None:
    server.reply(json.dumps({"error": {"code": 400, "message": message}}).encode(), status=400, type="application/json")
    asked = turn("gemini", url=f"http://{server.host}")
    key = Secret("AIza-secret-key", "$GEMINI")
    wire = HttpWire()
    found = await folded(replace(asked, endpoint=replace(asked.endpoint, api_key=key)), wire)
    await wire.aclose()
    assert found.error is not None
    assert str(found.error).startswith(told)


async def test_a_model_that_nobody_chose_and_the_server_refuses_is_told_as_that(server: Server) -> None:
    server.reply(b'{"models":[{"name":"models/gemini-9"}]}', type="application/json")
    server.reply(b'{"error":{"code":404,"message":"models/gemini-9 is not found"}}', status=404)
    wire = HttpWire()
    found = await folded(turn("gemini", url=f"http://{server.host}", model=""), wire)
    await wire.aclose()
    assert "‘gemini-9’: it is the first model that the server lists" in str(found.error)
