"""The way to an endpoint's server, step by step: its name, the connection, TLS. For looking, not for talking."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError, TimedOut
from chattui.wire import faults, proxy, tls
from chattui.wire.threads import in_thread

Part = Literal["dns", "tcp", "tls"]


@dataclass(frozen=True, slots=True)
class Passed:
    """One part of the way, and what was found there. `text` is safe to show."""

    part: Part
    text: str


async def way(endpoint: Endpoint) -> AsyncGenerator[Passed, None]:
    """The parts of the way to the server, or to the proxy before it, each when it is passed.

    Raises ChatError for the part that is not. Nothing is sent on the connection.
    """
    url = urlsplit(endpoint.url)
    via = proxy.chosen(endpoint, url.scheme, url.hostname or "")
    target = urlsplit(via) if via else url
    secure = target.scheme in {"https", "wss"}
    host, port = target.hostname or "", target.port or (443 if secure else 80)
    stage = faults.Stage("connecting", endpoint.host, proxy.shown(via))
    seconds = endpoint.timeouts.connect or None
    try:
        async with asyncio.timeout(seconds):
            found = await in_thread(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
            more = f" and {len(addresses) - 1} more" if len(addresses) > 1 else ""
            yield Passed("dns", f"{addresses[0]}{more}" + (f", the proxy {proxy.shown(via)}" if via else ""))
            _, writer = await asyncio.open_connection(host, port)
            try:
                peer = writer.get_extra_info("peername")
                yield Passed("tcp", f"{peer[0]} port {port}" if isinstance(peer, tuple) else f"port {port}")
                if not secure:
                    said = "behind the proxy" if via and url.scheme == "https" else "not used: the address has http://"
                    yield Passed("tls", said)
                    return
                context = await in_thread(lambda: tls.context(endpoint.tls))
                await writer.start_tls(context, server_hostname=host)
                spoken = writer.get_extra_info("ssl_object")
                version = spoken.version() if spoken is not None else ""
                yield Passed(
                    "tls", f"{version}, certificate " + ("accepted" if endpoint.tls.verify else "not looked at")
                )
            finally:
                writer.close()
                with suppress(OSError, asyncio.TimeoutError):
                    await asyncio.wait_for(writer.wait_closed(), 1)
    except TimeoutError:
        raise TimedOut(
            f"Could not connect to {stage.peer} within {seconds:g} s.", hint="Is the address right?"
        ) from None
    except OSError as error:
        raise faults.fault(error, stage) from None
    except ValueError as error:
        raise ChattuiError(f"The address of ‘{endpoint.name}’ cannot be used ({type(error).__name__}).") from None
