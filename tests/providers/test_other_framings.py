"""Gateways reframe: the same events as lines of JSON where SSE was expected, and the other way round."""

import asyncio
import re

import pytest
from recorded import FakeWire, cases, folded, frames, said, turn

HELLO = [
    ("openai-chat", "aimock_hello"),
    ("openai-responses", "aimock_hello"),
    ("anthropic", "aimock_hello"),
    ("gemini", "aimock_hello"),
    ("cohere", "aimock_hello"),
    ("vercel-ui", "ai5_chat_hello"),
    ("ag-ui", "aimock_hello"),
    ("a2a", "aimock_long"),
    ("dify", "written_chat"),
]
"""LangGraph is not among them: its events are named outside of their JSON."""


def told(name: str, body: bytes, kind: str) -> dict[str, object]:
    params = {"suggestions": False} if name == "dify" else {}
    found = asyncio.run(folded(turn(name, params=params), FakeWire(frames([body], kind))))
    return said(found)


@pytest.mark.parametrize(("name", "case"), HELLO, ids=[name for name, _ in HELLO])
def test_lines_of_json_in_the_place_of_events(name: str, case: str) -> None:
    one = next(found for found in cases(name.replace("-", "_")) if found.name == case)
    lines = re.findall(rb"^data: ?(\{.*)$", one.body, re.MULTILINE)
    assert len(lines) > 1
    expected = told(name, one.body, "text/event-stream")
    assert expected["text"]
    assert not expected["error"]
    assert told(name, b"\n".join(lines) + b"\n", "application/x-ndjson") == expected
    assert told(name, b"\n".join(lines) + b"\n", "text/plain") == expected


def test_events_in_the_place_of_lines() -> None:
    one = next(found for found in cases("ollama") if found.name == "aimock_hello")
    events = b"".join(b"data: " + line + b"\n\n" for line in one.body.splitlines() if line)
    assert told("ollama", events, "text/event-stream") == told("ollama", one.body, "application/x-ndjson")
