r"""A chat server that does as it is told: the other end of the wire for every test of the project.

    def test_something(server: Server) -> None:
        server.says("Hello, world.")                              # an OpenAI chat stream
        server.reply(b"data: x\n\n", 0.05, RESET)                 # bytes, pauses in seconds, faults
        server.reply(b'{"error":{"message":"no"}}', status=401, type="application/json")
        server.raw(b"SSH-2.0-OpenSSH\r\n", CUT)                   # not even HTTP
        …                                                         # talk to server.url
        assert server.requests[0].json["model"] == "test"

Replies are given in the order of their scripting; the last one is given again and again. `GET …/models` is answered
from `server.models` while that is not None. It lives in a thread of its own, so that async tests, blocking tests and
child processes can all talk to it.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Literal

CERTIFICATES = Path(__file__).parent / "certificates"


class Fault(Enum):
    """What may stand in a script beside bytes and pauses."""

    CUT = "close the connection here, in whatever state the body is"
    RESET = "reset the connection (RST) here"
    STALL = "stay silent until the client leaves"


CUT, RESET, STALL = Fault.CUT, Fault.RESET, Fault.STALL
Step = bytes | float | int | Fault
Body = Literal["chunked", "length", "close"]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came. Header names are lower-case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Scripted:
    head: bytes
    steps: tuple[Step, ...]
    body: Body | None
    """None: the steps are written as they are, head included."""


@dataclass
class Server:
    """Use the `server` fixture, or `with Server().running() as server`."""

    requests: list[Received] = field(default_factory=list)
    models: list[str] | None = None
    left: int = 0
    """How many clients left before their answer was over."""
    connections: int = 0
    """How many connections were made."""
    open: int = 0
    """How many of them are open."""
    certificate: str = ""
    """The name of a file in tests/certificates: the server then speaks TLS."""
    port: int = 0

    def __post_init__(self) -> None:
        self._script: list[Scripted] = []
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base address for an OpenAI-compatible endpoint."""
        return f"{'https' if self.certificate else 'http'}://{self.host}/v1"

    # ------------------------------------------------------------ scripting

    def reply(
        self,
        *steps: Step,
        status: int = 200,
        type: str | None = "text/event-stream",  # noqa: A002 - what it is
        headers: Mapping[str, str] | None = None,
        body: Body = "chunked",
    ) -> None:
        """Answer one request. Bytes between pauses are one HTTP chunk each; the body ends after the last step."""
        lines = [f"HTTP/1.1 {status} Whatever"]
        lines += [f"Content-Type: {type}"] if type is not None else []
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if body == "chunked":
            lines.append("Transfer-Encoding: chunked")
        elif body == "length":
            lines.append(f"Content-Length: {sum(len(step) for step in steps if isinstance(step, bytes))}")
        else:
            lines.append("Connection: close")
        self._script.append(Scripted("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n", steps, body))

    def raw(self, *steps: Step) -> None:
        """Answer one request with these very bytes; then the connection is closed."""
        self._script.append(Scripted(b"", steps, None))

    def says(self, text: str, *, chunks: int | None = None, delay: float = 0.0, **more: Any) -> None:
        """Answer one request with an OpenAI chat stream: see `said`."""
        steps: list[Step] = []
        for event in said(text, chunks=chunks, **more):
            steps += [event, delay] if delay else [event]
        self.reply(*steps)

    # ------------------------------------------------------------ running

    def running(self) -> Running:
        """A context manager that runs the server in a thread."""
        return Running(self)

    async def start(self) -> asyncio.Server:
        """Listen on a free port of loopback."""
        context = None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(CERTIFICATES / self.certificate)
        listening = await asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=context, limit=1 << 26)
        self.port = listening.sockets[0].getsockname()[1]
        return listening

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):  # a reset, TLS, a socket that is closed already
            self.left += 1
        except asyncio.CancelledError:  # the test is over
            return
        finally:
            writer.close()
            self.open -= 1

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.read(1)
        if head == b"\x16":  # a TLS handshake on a plain port
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return False
        if not head:
            return False
        head += await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        method, path, _ = first.split(" ", 2)
        self.requests.append(Received(method, path, headers, body))
        if self.models is not None and method == "GET" and path.partition("?")[0].endswith("/models"):
            answer = json.dumps({"object": "list", "data": [{"id": name} for name in self.models]}).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
            )
            writer.write(answer)
            await writer.drain()
            return True
        if not self._script:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return True
        scripted = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return await self._play(scripted, reader, writer)

    async def _play(self, scripted: Scripted, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        writer.write(scripted.head)
        for step in scripted.steps:
            match step:
                case bytes() if step and scripted.body == "chunked":
                    writer.write(b"%x\r\n%b\r\n" % (len(step), step))
                    await writer.drain()
                case bytes():
                    writer.write(step)
                    await writer.drain()
                case Fault.CUT:
                    return False
                case Fault.RESET:
                    await asyncio.sleep(0.02)  # what was written shall arrive before the reset overtakes it
                    inner = writer.get_extra_info("socket")
                    inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                    return False
                case Fault.STALL:
                    await reader.read()
                    self.left += 1
                    return False
                case float() | int():
                    await asyncio.sleep(step)
        if scripted.body == "chunked":
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return scripted.body in {"chunked", "length"}


class Running:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._ready = threading.Event()
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="test-server")

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(10)
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        loop = self._server._loop
        asyncio.set_event_loop(loop)
        loop.run_until_complete(self._main())
        loop.close()

    async def _main(self) -> None:
        listening = await self._server.start()
        self._ready.set()
        await self._stop.wait()
        for listener in listening.sockets:  # nobody is accepted any more, and who just was is let in: asyncio forgets
            asyncio.get_running_loop().remove_reader(listener.fileno())  # to close those that it finds no server for
        await self._rounds()
        listening.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await self._rounds()  # and what was closed is let go of

    @staticmethod
    async def _rounds() -> None:
        for _ in range(4):
            await asyncio.sleep(0)


# ---------------------------------------------------------------- what servers say


def sse(*values: Any) -> bytes:
    """Values as events of an event stream: text as it is, everything else as JSON."""
    texts = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values)
    return b"".join(f"data: {text}\n\n".encode() for text in texts)


def chunk(delta: Mapping[str, Any] | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of an OpenAI chat stream."""
    choices = [] if delta is None else [{"index": 0, "delta": dict(delta), "finish_reason": finish}]
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "test", "choices": choices, **more}


def said(
    text: str,
    *,
    chunks: int | None = None,
    reasoning: str = "",
    finish: str = "stop",
    usage: Mapping[str, int] | None = None,
    done: bool = True,
    model: str = "test",
) -> list[bytes]:
    """The events of an OpenAI chat stream that says `text`, word by word or in `chunks` pieces."""
    if chunks is None:
        pieces = re.findall(r"\s*\S+|\s+$", text)
    else:
        size = max(1, -(-len(text) // chunks))
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
    events = [sse(chunk({"role": "assistant", "content": ""}, model=model))]
    events += [sse(chunk({"reasoning_content": reasoning}, model=model))] if reasoning else []
    events += [sse(chunk({"content": piece}, model=model)) for piece in pieces]
    events.append(sse(chunk({}, finish, model=model)))
    counted = usage or {"prompt_tokens": 3, "completion_tokens": len(pieces)}
    events.append(sse(chunk(None, usage=dict(counted), model=model)))
    return [*events, sse("[DONE]")] if done else events


def every(seconds: float, *events: bytes, times: int = 1) -> list[Step]:
    """The events, a pause after each, again and again: steps for `Server.reply`."""
    return [step for _ in range(times) for event in events for step in (event, seconds)]


def cut(data: bytes, size: int = 1) -> Iterator[bytes]:
    """The bytes in pieces of this size."""
    return (data[at : at + size] for at in range(0, len(data), size))


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until the condition holds; fails the test when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        await asyncio.sleep(0.005)


def joined(steps: Iterable[Step]) -> bytes:
    """The bytes of a script."""
    return b"".join(step for step in steps if isinstance(step, bytes))
