"""WebSockets: text frames there and back. The only module that knows the WebSocket library (websockets).

Redirects are not followed, the environment's proxy counts as in `proxy`, and deadlines are the caller's.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from chattui import __version__
from chattui.endpoint import Endpoint
from chattui.errors import NotAnApi, Unreachable, Unsupported
from chattui.wire import Lost, Recorder, Socket, faults, proxy, tls
from chattui.wire.refusals import refused
from chattui.wire.sse import EVENT_CAP, too_large
from chattui.wire.threads import in_thread


class OpenSocket:
    """An open WebSocket: `wire.Socket`."""

    def __init__(self, connection: ClientConnection, recorder: Recorder | None) -> None:
        self._connection = connection
        self.recorder = recorder

    async def send(self, text: str) -> None:
        """Send one text frame. Raises Lost."""
        if self.recorder is not None:
            self.recorder.said(text)
        try:
            await self._connection.send(text)
        except (ConnectionClosed, OSError):
            raise Lost("The socket was closed by the server.") from None

    async def receive(self, seconds: float) -> str | None:
        """The next frame as text; None when none comes for so many seconds (0 = for ever). Raises Lost, TooLarge."""
        try:
            async with asyncio.timeout(seconds or None):
                frame = await self._connection.recv(decode=False)
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            sent = error.sent
            if sent is not None and sent.code == 1009:  # our own refusal of what is too big
                raise too_large(EVENT_CAP) from None
            raise Lost("The socket was closed by the server.") from None
        except OSError:
            raise Lost("The socket was closed by the server.") from None
        if self.recorder is not None:
            self.recorder.read(frame)
        return frame.decode("utf-8", "replace")


class _Straight(connect):
    """The library's connect without its redirects: a token would go along."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def _other(host: str) -> NotAnApi:
    return NotAnApi(f"{host} does not speak WebSocket there.", hint="Check the address.")


@asynccontextmanager
async def opened(
    url: str, endpoint: Endpoint, *, protocols: Sequence[str] = (), recorder: Recorder | None = None
) -> AsyncGenerator[Socket, None]:
    """An open socket; leaving the context closes it. `url` is ws:// or wss://.

    Raises Unreachable, Insecure, TimedOut, Rejected, NotAnApi, Unsupported.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "wss"
    via = proxy.chosen(endpoint, "https" if secure else "http", parts.hostname or "")
    host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
    stage = faults.Stage("connecting", host, proxy.shown(via))
    limit = endpoint.timeouts.connect
    try:
        connection = await _Straight(
            url,
            subprotocols=list(protocols) or None,  # type: ignore[arg-type]  # the library's NewType of str
            user_agent_header=f"chattui/{__version__}",
            ssl=await in_thread(lambda: tls.context(endpoint.tls)) if secure else None,
            proxy=via,
            open_timeout=limit or None,
            close_timeout=1,
            max_size=EVENT_CAP,
        )
    except InvalidStatus as error:
        status = error.response.status_code
        if status < 300:
            raise _other(host) from None
        body = bytes(error.response.body or b"")[: 64 * 1024].decode("utf-8", "replace")
        answered = {name.lower(): value for name, value in error.response.headers.raw_items()}
        raise refused(status, answered, body, stage, url, 0.0) from None
    except TimeoutError:
        raise faults.late(stage, limit) from None
    except ImportError:
        raise Unsupported("A WebSocket cannot go through a SOCKS proxy here.", hint="Set proxy = false.") from None
    except WebSocketException as error:
        if isinstance(error.__cause__, EOFError | ConnectionError):
            raise Unreachable(f"{host} closed the connection before answering.") from None
        raise _other(host) from None
    except OSError as error:
        raise faults.fault(error, stage) from None
    if recorder is not None and connection.response is not None:
        recorder.sent()
        recorder.answered(connection.response.status_code, dict(connection.response.headers.raw_items()))
    try:
        yield OpenSocket(connection, recorder)
    finally:
        await connection.close()
