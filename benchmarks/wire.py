"""What a chunk costs on its way from the socket to a ChatEvent, in CPU microseconds of this process.

    python benchmarks/wire.py [CHUNKS]

The server is a child process on loopback that sends as fast as it is read, each event in an HTTP chunk of its own: the
worst case. Beside chattui runs the least that Python can do: httpx + httpx-sse + json.loads in a loop.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from multiprocessing.connection import Connection

import httpx
from httpx_sse import EventSource

from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import TextDelta
from chattui.providers import Turn, openai_chat
from chattui.wire.http import HttpWire

TEXT = "The quick brown fox "


def event(delta: dict[str, str], finish: str | None = None) -> bytes:
    """A chunk of the size that OpenAI's have: about 330 bytes."""
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    chunk = {
        "id": "chatcmpl-D8ZXKpZ2MUWxGyqKhY1tvtSZ9pCvE",
        "object": "chat.completion.chunk",
        "created": 1770933892,
        "model": "gpt-4.1-nano-2025-04-14",
        "service_tier": "default",
        "system_fingerprint": "fp_1a2b3c4d5e",
        "choices": [choice],
        "usage": None,
        "obfuscation": "Qup1BsQ3",
    }
    data = b"data: " + json.dumps(chunk).encode() + b"\n\n"
    return b"%x\r\n%b\r\n" % (len(data), data)


def serve(count: int, told: Connection) -> None:
    """Listen, tell the port, and answer every request with `count` chunks."""
    one = event({"content": TEXT})
    body = one * count + event({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    async def main() -> None:
        listening = await asyncio.start_server(answer, "127.0.0.1", 0)
        told.send(listening.sockets[0].getsockname()[1])
        await listening.serve_forever()

    asyncio.run(main())


async def bare(url: str) -> int:
    """Httpx + httpx-sse + json."""
    count = 0
    async with httpx.AsyncClient(trust_env=False) as client, client.stream("POST", url, json={}) as response:
        async for sse in EventSource(response).aiter_sse():
            if sse.data == "[DONE]":
                break
            count += bool(json.loads(sse.data)["choices"][0]["delta"].get("content"))
    return count


async def chattui(url: str) -> int:
    """Wire, framing, dialect and the loop around them."""
    count = 0
    wire = HttpWire()
    endpoint = Endpoint("bench", "openai-chat", url, model="m")
    turn = Turn(endpoint, "m", (Message("1", None, "user", "hi"),))
    async with aclosing(openai_chat.reply(turn, wire)) as events:
        async for told in events:
            count += type(told) is TextDelta
    await wire.aclose()
    return count


def measured(run: Callable[[str], Awaitable[int]], url: str, expected: int) -> float:
    """CPU seconds."""

    async def once() -> float:
        began = time.process_time()
        assert await run(url) == expected
        return time.process_time() - began

    return asyncio.run(once())


def main() -> None:
    """Print the best of three of each, and the ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.get_context("spawn").Process(target=serve, args=(count, theirs), daemon=True)
    child.start()
    url = f"http://127.0.0.1:{ours.recv()}"
    try:
        best = {run.__name__: min(measured(run, url, count) for _ in range(3)) for run in (bare, chattui)}
    finally:
        child.terminate()
    for name, seconds in best.items():
        print(f"{name:8} {seconds / count * 1e6:6.2f} µs/chunk  {count / seconds:9.0f} chunks/s")
    print(f"ratio    {best['chattui'] / best['bare']:6.2f}")


if __name__ == "__main__":
    main()
