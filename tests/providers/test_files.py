"""Files in the form of each API: images on the way to it, and what its replies bring."""

import asyncio
import base64
import hashlib
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import FakeWire, folded, frames, played, sse, turn

from chattui.chat import Message
from chattui.events import JSON, Attachment, FileReturned, Notice
from chattui.providers import PROVIDERS, Turn, provider
from chattui.providers.attached import linked, returned

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
DATA = base64.b64encode(PNG).decode()
URL = f"data:image/png;base64,{DATA}"
DIGEST = hashlib.sha256(PNG).hexdigest()
CAT = Attachment("cat.png", "image/png", len(PNG), DIGEST)
ASKED = Message("u1", None, "user", "What is it?", attachments=(CAT,))

OPENAI_PARTS = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": URL}}]
FORMS: list[tuple[str, dict[str, JSON], str, JSON]] = [
    ("openai-chat", {}, "messages.0.content", OPENAI_PARTS),
    ("cohere", {}, "messages.0.content", OPENAI_PARTS),
    ("langgraph", {"stateless": True}, "input.messages.0.content", OPENAI_PARTS),
    ("openai-responses", {}, "input.0.content", [
        {"type": "input_text", "text": "What is it?"}, {"type": "input_image", "detail": "auto", "image_url": URL}]),
    ("anthropic", {}, "messages.0.content", [
        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": DATA}},
        {"type": "text", "text": "What is it?"}]),
    ("gemini", {}, "contents.0.parts", [
        {"inlineData": {"mimeType": "image/png", "data": DATA}}, {"text": "What is it?"}]),
    ("ollama", {}, "messages.0", {"role": "user", "content": "What is it?", "images": [DATA]}),
    ("lmstudio", {}, "input", [{"type": "message", "content": "What is it?"}, {"type": "image", "data_url": URL}]),
    ("vercel-ui", {}, "messages.0.parts", [
        {"type": "text", "text": "What is it?"},
        {"type": "file", "mediaType": "image/png", "filename": "cat.png", "url": URL}]),
    ("vercel-ui", {"sdk": 4}, "messages.0.experimental_attachments", [
        {"name": "cat.png", "contentType": "image/png", "url": URL}]),
    ("ag-ui", {}, "messages.0.content", [
        {"type": "text", "text": "What is it?"},
        {"type": "binary", "mimeType": "image/png", "data": DATA, "filename": "cat.png"}]),
    ("a2a", {}, "params.message.parts", [
        {"text": "What is it?"}, {"raw": DATA, "mediaType": "image/png", "filename": "cat.png"}]),
    ("a2a", {"version": "0.3"}, "params.message.parts", [
        {"kind": "text", "text": "What is it?"},
        {"kind": "file", "file": {"name": "cat.png", "mimeType": "image/png", "bytes": DATA}}]),
]  # fmt: skip


def at(value: Any, path: str) -> JSON:
    for key in path.split("."):
        value = value[int(key) if key.isdecimal() else key]
    return value


def asking(name: str, *messages: Message, **more: Any) -> Turn:
    return replace(turn(name, *messages, **more), files={DIGEST: PNG})


@pytest.mark.parametrize(("name", "params", "path", "form"), FORMS, ids=[f"{name} {more}" for name, more, *_ in FORMS])
async def test_an_image_is_sent_in_the_form_of_the_api(
    name: str, params: dict[str, JSON], path: str, form: JSON
) -> None:
    wire = FakeWire()
    await folded(asking(name, ASKED, params=params), wire)
    assert at(wire.asked[0].body, path) == form


@pytest.mark.parametrize(("name", "params", "path", "form"), FORMS, ids=[f"{name} {more}" for name, more, *_ in FORMS])
async def test_without_its_content_only_the_text_is_sent(
    name: str, params: dict[str, JSON], path: str, form: JSON
) -> None:
    wire = FakeWire()
    await folded(turn(name, ASKED, params=params), wire)
    assert DATA not in str(wire.asked[0].body)
    assert "What is it?" in str(wire.asked[0].body)


def test_who_sends_images() -> None:
    takes = {name for name in PROVIDERS if provider(name).images}
    assert takes == {name for name, *_ in FORMS} | {"dify"}  # which has them uploaded first: see test_dify


RETURNED: list[tuple[str, str, bytes]] = [
    ("openai-chat", "OpenRouter", sse(
        {"choices": [{"index": 0, "delta": {"images": [{"type": "image_url", "image_url": {"url": URL}}]}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n"),
    ("openai-chat", "a part of the content", sse(
        {"choices": [{"index": 0, "delta": {"content": [{"type": "image_url", "image_url": {"url": URL}}]}}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})),
    ("openai-responses", "a hosted tool", sse(
        {"type": "response.output_item.done", "item": {
            "id": "ig", "type": "image_generation_call", "status": "completed", "result": DATA,
            "output_format": "png"}},
        {"type": "response.completed", "response": {"id": "r", "output": []}})),
    ("gemini", "inline data", sse({"candidates": [
        {"content": {"parts": [{"inlineData": {"mimeType": "image/png", "data": DATA}}]}, "finishReason": "STOP"}]})),
    ("ollama", "images", b'{"model":"m","message":{"role":"assistant","content":"","images":["' + DATA.encode()
     + b'"]},"done":true,"done_reason":"stop"}\n'),
    ("vercel-ui", "a part", sse({"type": "start"}, {"type": "file", "mediaType": "image/png", "url": URL},
                                {"type": "finish"})),
    ("a2a", "1.0", sse({"jsonrpc": "2.0", "id": 1, "result": {"message": {
        "messageId": "m", "role": "ROLE_AGENT", "parts": [{"raw": DATA, "mediaType": "image/png"}]}}})),
    ("a2a", "0.3", sse({"jsonrpc": "2.0", "id": 1, "result": {
        "kind": "message", "messageId": "m", "role": "agent",
        "parts": [{"kind": "file", "file": {"bytes": DATA, "mimeType": "image/png"}}]}})),
]  # fmt: skip


@pytest.mark.parametrize(("name", "how", "body"), RETURNED, ids=[f"{name} {how}" for name, how, _ in RETURNED])
def test_an_image_of_a_reply_comes_with_its_content(name: str, how: str, body: bytes) -> None:
    kind = "application/x-ndjson" if name == "ollama" else "text/event-stream"
    found = played(turn(name), body, type=kind)
    assert found.complete
    assert [event.data for event in found.events if isinstance(event, FileReturned)] == [PNG]
    assert [replace(file, name="") for file in found.message.attachments] == [replace(CAT, name="")]
    assert not found.message.notices, "a reply that is an image is no empty one"


def test_langchain_blocks_bring_files() -> None:
    blocks = [
        {"type": "text", "text": "Here."},
        {"type": "image", "base64": DATA, "mime_type": "image/png"},
        {"type": "file", "url": "https://x.test/report.pdf", "mime_type": "application/pdf"},
        {"type": "image_url", "image_url": {"url": "https://x.test/cat.jpg"}},
    ]
    body = b"event: messages\ndata: " + sse([{"id": "m", "type": "ai", "content": blocks}, {}])[6:]
    found = played(turn("langgraph", params={"stateless": True}), body, type="text/event-stream").message
    assert found.text == "Here."
    assert [(file.name, file.url) for file in found.attachments] == [
        ("image.png", ""), ("report.pdf", "https://x.test/report.pdf"), ("cat.jpg", "https://x.test/cat.jpg")
    ]  # fmt: skip


# ---------------------------------------------------------------- kept replies


def kept_reply(name: str, body: bytes) -> Message:
    reply = played(turn(name), body).message
    assert reply.kept is not None
    assert DATA not in str(reply.kept), "the conversation does not hold the image a second time"
    return reply


PAINTED = {"id": "ig", "type": "image_generation_call", "status": "completed", "result": DATA}
THOUGHT = {"id": "rs", "type": "reasoning", "encrypted_content": "x", "summary": []}
SIGNED = {"inlineData": {"mimeType": "image/png", "data": DATA}, "thoughtSignature": "sig"}


@pytest.mark.parametrize(
    ("name", "body", "path", "item"),
    [
        ("gemini", sse({"candidates": [{"content": {"parts": [SIGNED]}, "finishReason": "STOP"}]}),
         "contents.1.parts.0", SIGNED),
        ("openai-responses", sse({"type": "response.output_item.done", "item": THOUGHT},
                                 {"type": "response.output_item.done", "item": PAINTED},
                                 {"type": "response.completed", "response": {"id": "r", "output": []}}),
         "input.2", PAINTED),
    ],
    ids=["gemini", "openai-responses"],
)  # fmt: skip
def test_a_kept_image_goes_back_as_it_came(name: str, body: bytes, path: str, item: JSON) -> None:
    reply = kept_reply(name, body)
    wire = FakeWire(frames([body]))
    more = Message("u2", "r1", "user", "Again, in blue")
    asyncio.run(folded(asking(name, ASKED, reply, more, reply="r2"), wire))
    assert at(wire.asked[0].body, path) == item
    asyncio.run(folded(replace(asking(name, ASKED, reply, more, reply="r2"), files={}), wire))
    assert "chattui_file" not in str(wire.asked[1].body)


# ---------------------------------------------------------------- what a server may call a file


@pytest.mark.parametrize(
    ("url", "kind", "said"),
    [
        ("https://x.test/a-%C3%A9.pdf?x=1", "application/pdf", ("a-é.pdf", "application/pdf", 0)),
        ("https://x.test/", "", ("file", "", 0)),
        ("data:text/plain;charset=utf-8,hi%20you", "", ("file.txt", "text/plain", 6)),
        ("data:text/html;base64,PGI+aGk8L2I+", "", ("file.html.txt", "text/html", 9)),
        ("data:application/x-sh;base64,IyEvYmluL3No", "", ("file.txt", "text/plain", 9)),
        (URL, "text/html", ("image.png", "image/png", len(PNG))),
    ],
)
def test_an_address_or_its_content(url: str, kind: str, said: tuple[str, str, int]) -> None:
    found = linked(url, kind)
    assert isinstance(found, FileReturned)
    assert (found.file.name, found.file.type, found.file.size) == said
    assert bool(found.data) != bool(found.file.url)


@pytest.mark.parametrize(
    "url", ["", "file:///etc/passwd", "javascript:alert(1)", "data:image/png;base64,", None, 7, {}]
)
def test_what_cannot_be_shown_is_told(url: JSON) -> None:
    assert isinstance(linked(url), Notice)


@given(st.one_of(st.none(), st.integers(), st.text(), st.binary().map(base64.b64encode).map(bytes.decode)), st.text())
def test_any_data_is_a_file_or_told(data: JSON, name: str) -> None:
    found = returned(data, name, name)
    assert isinstance(found, FileReturned | Notice)
    if isinstance(found, FileReturned):
        assert found.file.digest == hashlib.sha256(found.data).hexdigest()
        assert "\n" not in found.file.name
