"""HTTP: the one module that knows the HTTP library (httpx), and the Wire made of it.

The library's transports are used without its client: redirects are never followed (keys and prompt would go along),
cookies are not kept, the environment is read by `proxy` alone. A transport holds one connection and is lent to one
exchange at a time; after anything but a clean end it is thrown away, because connections whose use was cancelled twice
stay in the library's pool for ever (encode/httpx#3782).
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx

from chattui import __version__, safe
from chattui.endpoint import Endpoint, Tls, origin_of
from chattui.errors import NotAnApi, Unsupported
from chattui.events import JSON
from chattui.secret import Secret
from chattui.wire import Frame, LocalHandler, Request, proxy, tls
from chattui.wire.exchange import HttpExchange, Sending
from chattui.wire.threads import in_thread

KEEP = 30.0
"""Seconds that an unused connection stays open."""
DRAIN = 0.2
"""Seconds that a finished answer may take to end its body, so that its connection can be used again."""
ACCEPT = "text/event-stream, application/x-ndjson;q=0.9, application/json;q=0.8, */*;q=0.1"

_Key = tuple[bool, str | None, Tls]


class HttpWire:
    """The Wire over HTTP. `local` answers schemes inside this process; `wall` is Unix time, for Retry-After dates."""

    def __init__(
        self, *, local: Mapping[str, LocalHandler] | None = None, wall: Callable[[], float] = time.time
    ) -> None:
        self._local = dict(local or {})
        self._wall = wall
        self._idle: dict[_Key, list[httpx.AsyncBaseTransport]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def exchange(self, request: Request, endpoint: Endpoint) -> HttpExchange:
        """See Wire.exchange."""
        return HttpExchange(lambda sending: self._send(request, endpoint, sending), request, endpoint, self._wall)

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch. One try; the body is read as one JSON document whatever its type says."""
        whole = replace(request, framing="json")
        async with self.exchange(whole, endpoint) as exchange:
            async for item in exchange:
                if isinstance(item, Frame):
                    try:
                        return item.json()
                    except ValueError:
                        break
        raise NotAnApi(f"{endpoint.host} did not answer with JSON.", hint="Check the address.")

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later."""
        self._task(work)

    async def aclose(self) -> None:
        """See Wire.aclose."""
        while self._tasks:
            await asyncio.wait(self._tasks)
        idle = [transport for kept in self._idle.values() for transport in kept]
        self._idle.clear()
        for transport in idle:
            await transport.aclose()

    async def _send(self, request: Request, endpoint: Endpoint, sending: Sending) -> _Answer:
        """Send, and come back with the head of the answer. Raises whatever the library raises."""
        url, headers, content = await _prepared(request, endpoint, sending)
        via = None if url.scheme in self._local else proxy.chosen(endpoint, url.scheme, url.host)
        sending.through(proxy.shown(via))
        key, transport = await self._borrowed(url, endpoint, via)

        opened = []

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            match event:
                case _ if event.endswith(".connect_tcp.complete"):
                    opened.append(info["return_value"])
                case "connection.connect_tcp.started" | "proxy.start_tls.started" | "connection.start_tls.started":
                    sending.reached("connecting")
                case "http11.send_request_headers.started" | "http11.send_request_body.complete":
                    sending.reached("waiting")

        sending.reached("connecting")
        try:
            response = await transport.handle_async_request(
                httpx.Request(request.method, url, headers=headers, content=content, extensions={"trace": trace})
            )
        except BaseException:
            await self._shielded(transport.aclose())
            for stream in opened:  # the library forgets a connection whose TLS handshake is cancelled
                await self._shielded(stream.aclose())
            raise
        return _Answer(self, key, transport, response)

    async def _borrowed(
        self, url: httpx.URL, endpoint: Endpoint, via: str | None
    ) -> tuple[_Key | None, httpx.AsyncBaseTransport]:
        if (handler := self._local.get(url.scheme)) is not None:
            return None, _LocalTransport(handler)
        key = (url.scheme == "https", via, endpoint.tls)
        if kept := self._idle.get(key):
            return key, kept.pop()
        secure = url.scheme == "https" or (via or "").startswith("https:")
        context = await in_thread(lambda: tls.context(endpoint.tls)) if secure else tls.unused()
        through = httpx.Proxy(via, ssl_context=context if via.startswith("https:") else None) if via else None
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP)
        return key, httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=limits, proxy=through)

    async def _shielded(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for `work`, which a second cancellation does not stop; `aclose` waits for what is left."""
        await asyncio.shield(self._task(work))

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def load() -> None:
    """Load what the first exchange would load: for measurements that are to show the network and nothing of ours."""
    import anyio.lowlevel  # noqa: PLC0415 - loaded late, by httpx, otherwise
    import httpcore  # noqa: F401, PLC0415

    await anyio.lowlevel.checkpoint()


class _Answer:
    """The head of an answer, and the raw bytes of its body: `exchange.Answer`."""

    def __init__(
        self, wire: HttpWire, key: _Key | None, transport: httpx.AsyncBaseTransport, response: httpx.Response
    ) -> None:
        self._wire = wire
        self._key = key
        self._transport = transport
        self._response = response
        self._ended = False
        assert isinstance(response.stream, httpx.AsyncByteStream)
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self._chunks = aiter(response.stream)  # not aiter_raw(): three layers of generators less per chunk

    async def read(self) -> bytes:
        """The next bytes as they come from the socket; b"" at the end of the body."""
        try:
            while not (data := await anext(self._chunks)):
                pass
        except StopAsyncIteration:
            self._ended = True
            return b""
        return data

    async def close(self, *, clean: bool) -> None:
        """Give the connection back, or close it. `clean`: the answer is over, its body need not be."""
        if clean and self._ended:
            await self._wire._shielded(self._give_back())  # noqa: SLF001 - two halves of one thing
        elif clean and self._key is not None:
            self._wire._task(self._drained())  # noqa: SLF001
        else:
            await self._wire._shielded(self._dropped())  # noqa: SLF001

    async def _give_back(self) -> None:
        await self._response.stream.aclose()  # type: ignore[union-attr]  # asserted above
        if self._key is None:
            await self._transport.aclose()
        else:
            self._wire._idle.setdefault(self._key, []).append(self._transport)  # noqa: SLF001

    async def _drained(self) -> None:
        try:
            async with asyncio.timeout(DRAIN):
                while not self._ended:
                    await self.read()
            await self._give_back()
        except BaseException:
            await self._dropped()
            raise

    async def _dropped(self) -> None:
        try:
            await self._response.stream.aclose()  # type: ignore[union-attr]  # asserted above
        finally:
            await self._transport.aclose()


class _LocalTransport(httpx.AsyncBaseTransport):
    """Answers in this process."""

    def __init__(self, handler: LocalHandler) -> None:
        self._handler = handler

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = self._handler(request.url.path, await request.aread())
        return httpx.Response(200, headers={"Content-Type": "text/event-stream"}, stream=_LocalStream(body))


class _LocalStream(httpx.AsyncByteStream):
    def __init__(self, body: AsyncIterator[bytes]) -> None:
        self._body = body

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._body

    async def aclose(self) -> None:
        if (close := getattr(self._body, "aclose", None)) is not None:
            await close()


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """Closing is best effort: the connection is gone either way, and nobody is there to be told."""
    with suppress(Exception):
        await work


async def _prepared(
    request: Request, endpoint: Endpoint, sending: Sending
) -> tuple[httpx.URL, list[tuple[str, str]], bytes]:
    """Address, headers and body with all secrets in place. Raises SecretError, Unsupported, httpx.InvalidURL."""
    values = {**request.headers, **{f"?{name}": value for name, value in request.query.items()}}
    secret = {name: value for name, value in values.items() if isinstance(value, Secret)}
    revealed: dict[str, str] = {}
    if secret and origin_of(request.url) != origin_of(endpoint.url):
        raise Unsupported(
            f"The key of ‘{endpoint.name}’ belongs to {endpoint.host}; nothing was sent to {_host(request.url)}.",
            hint="An endpoint with a key needs a fixed address.",
        )
    if secret:  # one may come from a command that takes its time
        revealed = await in_thread(lambda: {name: value.reveal() for name, value in secret.items()})
        sending.hides(*revealed.values())
    plain = {name: value if isinstance(value, str) else revealed[name] for name, value in values.items()}
    url = httpx.URL(request.url)
    if query := {name[1:]: value for name, value in plain.items() if name.startswith("?")}:
        url = url.copy_merge_params(query)
    if not url.host:
        raise Unsupported(f"The address of ‘{endpoint.name}’ names no host.", hint="It looks like https://host/path.")
    accept = "application/json" if request.framing == "json" else ACCEPT
    headers = {"accept": accept, "accept-encoding": "identity", "user-agent": f"chattui/{__version__}"}
    if url.userinfo:
        headers["authorization"] = "Basic " + base64.b64encode(url.userinfo).decode("ascii")
        sending.hides(headers["authorization"], url.password)
        url = url.copy_with(username=None, password=None)
    if request.body is not None:
        headers["content-type"] = "application/json"
    named = {name.lower(): (name, value) for name, value in headers.items()}
    for name, value in plain.items():
        if not name.startswith("?"):
            if not _is_token(name) or not all(
                0x20 <= ord(character) < 0x7F or character == "\t" for character in value
            ):
                raise Unsupported(f"The header ‘{name}’ cannot be sent.", hint="Headers are plain ASCII on one line.")
            named[name.lower()] = (name, value.strip())
    content = _encoded(request.body)
    sending.asks(request.method, str(url), list(named.values()), content)
    return url, list(named.values()), content


def _host(url: str) -> str:
    return safe.line(origin_of(url)[1] or "another address", 100)


def _encoded(body: JSON) -> bytes:
    if body is None or isinstance(body, bytes):
        return body or b""
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        raise Unsupported("The request is not JSON: a value of params or body cannot be sent.") from None
    return text.encode("utf-8", "replace")  # lone surrogates


def _is_token(name: str) -> bool:
    return (
        bool(name)
        and name.isascii()
        and all(character.isalnum() or character in "!#$%&'*+-.^_`|~" for character in name)
    )
