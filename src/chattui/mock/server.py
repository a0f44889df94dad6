"""The mock's sockets: HTTP/1.1 on loopback, every answer written step by step."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress

import h11

from chattui.mock.scripts import Script, Step

MOST_BODY = 64 * 1024 * 1024
"""Bytes of a request's body that are read."""
ANYWHERE = (("access-control-allow-origin", "*"), ("access-control-allow-headers", "*"))
"""Pages of a browser that is being tried out come from another origin."""
Told = Callable[[str], None]


class MockServer:
    """Serves a script on 127.0.0.1. `speed`: how much faster than written; 0 = without any pause. `told` gets a line
    for each request.
    """

    def __init__(self, script: Script, told: Told, *, port: int = 0, speed: float = 1.0) -> None:
        self._script = script
        self._told = told
        self._wanted = port
        self._speed = speed
        self._count = 0
        self.port = 0
        """Where it listens, once it does."""

    async def serve(self, ready: Callable[[str], None]) -> None:
        """Answer until cancelled; `ready` gets the address. Raises OSError when the port is taken."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self._wanted)
        self.port = server.sockets[0].getsockname()[1]
        ready(f"http://127.0.0.1:{self.port}")
        async with server:
            await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        try:
            while await self._one(connection, reader, writer):
                connection.start_next_cycle()
        except (OSError, h11.ProtocolError):
            pass  # the client left, or does not speak HTTP
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _one(
        self, connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; whether there may be another on the connection."""
        request, size = None, 0
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                if size > MOST_BODY:
                    return False
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return False
        assert request is not None
        method, target = request.method.decode(), request.target.decode("ascii", "replace")
        status, headers, steps = self._answer(method, target)
        self._told(f"{method} {target.partition('?')[0]} → {status}")
        head = h11.Response(status_code=status, headers=[*headers, *ANYWHERE])
        writer.write(connection.send(head) or b"")
        whole = await self._steps(steps, connection, reader, writer)
        if whole:
            writer.write(connection.send(h11.EndOfMessage()) or b"")
            await writer.drain()
        return whole and connection.our_state is h11.DONE and connection.their_state is h11.DONE

    def _answer(self, method: str, target: str) -> tuple[int, tuple[tuple[str, str], ...], Iterator[Step]]:
        """Questions about models are answered by themselves; everything else is the script's next answer."""
        path = target.partition("?")[0].rstrip("/")
        if method == "OPTIONS":
            return 204, (("access-control-allow-methods", "*"),), iter(())
        if method == "GET" and path.endswith(("/models", "/tags")):
            listed = {"object": "list", "data": [{"id": "mock", "object": "model"}], "models": [{"name": "mock"}]}
            return 200, (("content-type", "application/json"),), iter((json.dumps(listed).encode(),))
        number, self._count = self._count, self._count + 1
        return self._script.answer(number)

    async def _steps(
        self,
        steps: Iterator[Step],
        connection: h11.Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        """Write the body; False when it was broken off."""
        for step in steps:
            match step:
                case bytes():
                    if step:
                        writer.write(connection.send(h11.Data(data=step)) or b"")
                        await writer.drain()
                case "cut":
                    return False
                case "reset":
                    raw = writer.get_extra_info("socket")
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                    return False
                case "stall":
                    while await reader.read(65536):
                        pass
                    return False
                case float() | int():
                    if self._speed and step:
                        await asyncio.sleep(step / self._speed)
                    if reader.at_eof():
                        return False
        return True
