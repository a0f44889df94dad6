"""Payloads of the real providers, recorded by the Vercel AI SDK's authors: they decode, and their text is the SDK's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import played, sse, turn

from chattui.chat import Message

pytestmark = pytest.mark.extra


def strings(*keys: str) -> Callable[[list[Any]], str]:
    """The texts at a path of keys (and indexes) in every payload, joined."""

    def at(value: Any) -> str:
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value if isinstance(value, str) else ""

    return lambda payloads: "".join(map(at, payloads))


def gemini(payloads: list[Any]) -> str:
    parts = [
        part for chunk in payloads for one in chunk["candidates"] for part in one.get("content", {}).get("parts", ())
    ]
    return "".join(part.get("text", "") for part in parts if not part.get("thought"))


def responses(payloads: list[Any]) -> str:
    return "".join(one["delta"] for one in payloads if one["type"] == "response.output_text.delta")


TEXTS = {
    "anthropic": strings("delta", "text"),
    "cohere": strings("delta", "message", "content", "text"),
    "gemini": gemini,
    "openai-responses": responses,
}
FORMATS = {"anthropic__": "anthropic", "cohere__": "cohere", "google__": "gemini", "open": "openai-responses"}
FILES = (
    "anthropic__anthropic-compaction.1", "anthropic__anthropic-fallback", "anthropic__anthropic-refusal",
    "anthropic__anthropic-text", "anthropic__anthropic-tool-no-args", "anthropic__anthropic-web-search-tool.1",
    "anthropic__spliced-message-start", "cohere__cohere-reasoning", "cohere__cohere-text", "google__google-reasoning",
    "google__google-text", "google__google-tool-call", "open-responses__lmstudio-basic.1", "openai__openai-error.1",
    "openai__openai-reasoning-encrypted-content.1", "openai__openai-web-search-tool.1",
)  # fmt: skip


def payloads(shared: Path, name: str) -> list[Any]:
    lines = (shared / "fixtures" / "vercel_ai" / f"{name}.chunks.txt").read_text("utf-8").split("\n")
    return [json.loads(line) for line in lines if line.strip()]


def answers(found: list[Any]) -> list[list[Any]]:
    """The file of a loop of tool calls holds several answers, one after the other."""
    starts = [n for n, one in enumerate(found) if one.get("type") == "response.created"] or [0]
    return [found[start:end] for start, end in zip(starts, [*starts[1:], len(found)], strict=True)]


@pytest.mark.parametrize("name", FILES)
def test_a_recorded_payload_is_understood(name: str, shared: Path) -> None:
    known = next(kind for start, kind in FORMATS.items() if name.startswith(start))
    for found in answers(payloads(shared, name)):
        reply = played(turn(known), sse(*found))
        assert reply.message.text == TEXTS[known](found)
        assert not any("unreadable" in notice or "ended with" in notice for notice in reply.message.notices)
        assert reply.told.startswith("Reported: The provider reported: You exceeded" if "error" in name else "")
        assert (reply.error is not None) == ("error" in name)
        assert reply.message.usage is not None or reply.error


def test_every_recorded_payload_decodes_and_no_reader_is_told_of_odd_shapes(shared: Path) -> None:
    seen = 0
    for file in sorted((shared / "fixtures" / "vercel_ai").glob("*.chunks.txt")):
        name = file.name.removesuffix(".chunks.txt")
        for found in answers(payloads(shared, name)):
            seen += 1
            if any("choices" in payload for payload in found):
                known = "openai-chat"
            elif found[0].get("type") == "response.created":
                known = "openai-responses"
            else:
                known = next(kind for start, kind in FORMATS.items() if name.startswith(start))
            end = b"data: [DONE]\n\n" if name.startswith("perplexity") else b""
            reply = played(turn(known), sse(*found) + end)
            odd = [notice for notice in reply.message.notices if "unreadable" in notice or "ended with" in notice]
            assert not odd, name
            assert reply.complete != ("error" in name), (name, reply.told)
            assert reply.message.has_content or reply.message.notices or reply.error, name
    assert seen >= 35


def one(shared: Path, name: str, known: str) -> Message:
    reply: Message = played(turn(known), sse(*answers(payloads(shared, name))[0])).message
    return reply


def test_what_they_hold_beside_text(shared: Path) -> None:
    search = one(shared, "anthropic__anthropic-web-search-tool.1", "anthropic")
    assert [(tool.name, bool(tool.result), tool.failed) for tool in search.tools] == [("web_search", True, False)]
    assert json.loads(search.tools[0].arguments)["query"]
    assert len(search.sources) >= 3
    assert search.kept is not None

    refused = one(shared, "anthropic__anthropic-refusal", "anthropic")
    assert refused.finish == "content_filter"
    assert refused.notices[0].startswith("The model refused: This request triggered restrictions")

    again = one(shared, "openai__openai-web-search-tool.1", "openai-responses")
    assert {tool.name for tool in again.tools} == {"web_search"}
    assert again.sources[0].title.startswith("Petco")

    encrypted = one(shared, "openai__openai-reasoning-encrypted-content.1", "openai-responses")
    assert encrypted.reasoning.startswith("**")
    assert encrypted.finish == "tool_calls"
    assert encrypted.kept is not None
    assert [item["type"] for item in encrypted.kept.items] == ["reasoning", "function_call"]

    call = one(shared, "google__google-tool-call", "gemini")
    assert [(tool.name, json.loads(tool.arguments)) for tool in call.tools] == [
        ("weather", {"location": "San Francisco"})
    ]
    thought = one(shared, "google__google-reasoning", "gemini")
    assert thought.usage is not None
    assert (thought.usage.input, thought.usage.output, thought.usage.reasoning) == (9, 29 + 256, 256)
    assert thought.kept is not None

    cohere = one(shared, "cohere__cohere-reasoning", "cohere")
    assert cohere.reasoning.startswith("The user is asking for")
    assert cohere.usage is not None
    assert cohere.usage.cached == 1360
