"""Every wire format in five frames: some text, its end, a keep-alive, something unreadable, an error."""

# ruff: noqa: E501 - tables of cases, one to a line

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server import Server, chunk, sse

TEXT = "Some text"
"""What `Family.says` says."""


@dataclass(frozen=True)
class Family:
    """One wire format."""

    lines: str
    """Its endpoint in TOML, without the address."""
    says: bytes
    end: bytes
    error: bytes
    """An error in the middle of the stream, in the words “Overloaded”."""
    alive: bytes = b": ping\n\n"
    unreadable: bytes = b"data: {bad\n\n"
    type: str = "text/event-stream"
    before: Callable[[Server], None] = lambda _: None
    """Scripts the answers to what is asked before the stream is."""
    after: Callable[[Server], None] = lambda _: None
    """Scripts the answers to what is asked when the stream was whole."""
    asks_before: int = 0
    """How many requests these are."""
    ends_at_eof: bool = False
    """It has no end marker: a body that ends well is the end."""
    document: bytes = b""
    """The whole answer as JSON, where the API has such a shape."""
    path: str = "/v1"
    continues: bool = False

    @property
    def head(self) -> bytes:
        """The head of an answer that is as it should be, for raw scripts."""
        return f"HTTP/1.1 200 OK\r\nContent-Type: {self.type}\r\n".encode()


def lines(*values: Any) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def named(name: str, value: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(value)}\n\n".encode()


def rpc(result: Any) -> bytes:
    return sse({"jsonrpc": "2.0", "id": 1, "result": result})


def _thread(server: Server) -> None:
    server.reply(b'{"thread_id": "t1"}', type="application/json")


def _flow(server: Server) -> None:
    asks = {"id": "in", "type": "text input", "options": {}}
    stream = {"type": "stream", "stream": True, "expectsDedicatedReply": True}
    server.reply(json.dumps({"sessionId": "s1", "messages": [], "input": asks}).encode(), type="application/json")
    server.reply(json.dumps({"messages": [], "clientSideActions": [stream]}).encode(), type="application/json")


def _asks_again(server: Server) -> None:
    asks = {"id": "in", "type": "text input", "options": {}}
    server.reply(json.dumps({"messages": [], "input": asks}).encode(), type="application/json")


def _anthropic(*deltas: str) -> bytes:
    return sse(
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}} for text in deltas)
    )


ARTIFACT = {
    "artifactUpdate": {"taskId": "t", "contextId": "c", "artifact": {"artifactId": "a", "parts": [{"text": TEXT}]}}
}
IDS = {"task_id": "k", "message_id": "m", "conversation_id": "c"}
FAMILIES: dict[str, Family] = {
    "openai-chat": Family(
        'provider = "openai-chat"\nmodel = "m"',
        says=sse(chunk({"content": TEXT})),
        end=sse(chunk({}, "stop"), "[DONE]"),
        error=sse({"error": {"message": "Overloaded"}}),
        document=json.dumps({"choices": [{"message": {"content": TEXT}, "finish_reason": "stop"}]}).encode(),
    ),
    "openai-responses": Family(
        'provider = "openai-responses"\nmodel = "m"',
        says=sse({"type": "response.output_text.delta", "item_id": "i", "delta": TEXT}),
        end=sse({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}}),
        error=sse({"type": "error", "message": "Overloaded"}),
        document=json.dumps(
            {"id": "r", "object": "response", "status": "completed",
             "output": [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": TEXT}]}]}
        ).encode(),
    ),
    "anthropic": Family(
        'provider = "anthropic"\nmodel = "m"',
        says=_anthropic(TEXT),
        end=sse({"type": "message_delta", "delta": {"stop_reason": "end_turn"}}, {"type": "message_stop"}),
        error=named("error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}),
        alive=named("ping", {"type": "ping"}),
        document=json.dumps(
            {"type": "message", "role": "assistant", "content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn"}
        ).encode(),
        continues=True,
    ),
    "gemini": Family(
        'provider = "gemini"\nmodel = "m"',
        says=sse({"candidates": [{"content": {"role": "model", "parts": [{"text": TEXT}]}}]}),
        end=sse({"candidates": [{"finishReason": "STOP"}]}),
        error=sse({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}),
        document=json.dumps(
            {"candidates": [{"content": {"role": "model", "parts": [{"text": TEXT}]}, "finishReason": "STOP"}]}
        ).encode(),
    ),
    "ollama": Family(
        'provider = "ollama"\nmodel = "m"',
        says=lines({"model": "m", "message": {"role": "assistant", "content": TEXT}, "done": False}),
        end=lines({"model": "m", "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}),
        error=lines({"error": "Overloaded"}),
        alive=b"\n",
        unreadable=b"{bad\n",
        type="application/x-ndjson",
        document=json.dumps({"message": {"role": "assistant", "content": TEXT}, "done": True, "done_reason": "stop"}).encode(),
        continues=True,
    ),
    "lmstudio": Family(
        'provider = "lmstudio"\nmodel = "m"',
        says=named("message.delta", {"type": "message.delta", "content": TEXT}),
        end=named("chat.end", {"type": "chat.end", "result": {"output": [], "stats": {}}}),
        error=named("error", {"type": "error", "error": {"type": "x", "message": "Overloaded"}}),
    ),
    "cohere": Family(
        'provider = "cohere"\nmodel = "m"',
        says=sse({"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": TEXT}}}}),
        end=sse({"type": "message-end", "delta": {"finish_reason": "COMPLETE"}}),
        error=sse({"type": "error", "message": "Overloaded"}),
        document=json.dumps(
            {"id": "1", "finish_reason": "COMPLETE", "message": {"role": "assistant", "content": [{"type": "text", "text": TEXT}]}}
        ).encode(),
    ),
    "vercel-ui": Family(
        'provider = "vercel-ui"',
        says=sse({"type": "text-delta", "id": "1", "delta": TEXT}),
        end=sse({"type": "finish"}, "[DONE]"),
        error=sse({"type": "error", "errorText": "Overloaded"}),
    ),
    "vercel-ui, data stream": Family(
        'provider = "vercel-ui"',
        says=b'0:"Some text"\n',
        end=b'd:{"finishReason":"stop"}\n',
        error=b'3:"Overloaded"\n',
        alive=b"\n",
        unreadable=b"0:{bad\n",
        type="text/plain; charset=utf-8",
    ),
    "ag-ui": Family(
        'provider = "ag-ui"',
        says=sse({"type": "TEXT_MESSAGE_CONTENT", "messageId": "m", "delta": TEXT}),
        end=sse({"type": "RUN_FINISHED", "threadId": "t", "runId": "r"}),
        error=sse({"type": "RUN_ERROR", "message": "Overloaded"}),
    ),
    "langgraph": Family(
        'provider = "langgraph"',
        says=named("messages", [{"type": "AIMessageChunk", "id": "m", "content": TEXT}, {}]),
        end=named("end", None),
        error=named("error", {"error": "RuntimeError", "message": "Overloaded"}),
        before=_thread,
        asks_before=1,
        ends_at_eof=True,
        unreadable=b"event: messages\ndata: {bad\n\n",
    ),
    "dify": Family(
        'provider = "dify"\nparams = { suggestions = false }',
        says=sse({"event": "message", **IDS, "answer": TEXT}),
        end=sse({"event": "message_end", **IDS, "metadata": {}}),
        error=sse({"event": "error", "status": 400, "code": "x", "message": "Overloaded"}),
        alive=b"event: ping\n\n",
        document=json.dumps({"event": "message", **IDS, "mode": "chat", "answer": TEXT, "metadata": {}}).encode(),
    ),
    "a2a": Family(
        'provider = "a2a"',
        says=rpc(ARTIFACT),
        end=rpc({"statusUpdate": {"taskId": "t", "contextId": "c", "status": {"state": "TASK_STATE_COMPLETED"}}}),
        error=sse({"jsonrpc": "2.0", "id": 1, "error": {"code": -32603, "message": "Overloaded"}}),
    ),
    "rules, events": Family(
        'preset = "motia-sse"',
        says=named("chunk", {"content": TEXT}),
        end=named("done", {}),
        error=named("error", {"message": "Overloaded"}),
        unreadable=b"event: chunk\ndata: {bad\n\n",
        path="",
    ),
    "rules, lines": Family(
        'provider = "rules"\nbody = { ask = "{prompt}" }\nrules = [\n{ text = "t" }, { done = "end" }, { error = "error" },\n]',
        says=lines({"t": TEXT}),
        end=lines({"end": True}),
        error=lines({"error": "Overloaded"}),
        alive=b"\n",
        unreadable=b"{bad\n",
        type="application/x-ndjson",
    ),
    "typebot": Family(
        'preset = "typebot"\nparams = { public_id = "bot" }',
        says=b'0:"Some text"\n',
        end=b'd:{"finishReason":"stop"}\n',
        error=b'3:"Overloaded"\n',
        alive=b"\n",
        unreadable=b"0:{bad\n",
        type="text/plain",
        before=_flow,
        after=_asks_again,
        asks_before=2,
        ends_at_eof=True,
        path="",
    ),
}  # fmt: skip
