"""Motia's streams: POST /chat and a WebSocket on the same port, in each encoding that an application may choose.

The socket's protocol is that of motia 0.11 to 1.0 (join, leave, sync, create, update, event); what the application says
in it is that of its chatbot examples. Checked against recordings of motia 0.17.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import struct
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from typing import Any, Literal

from fakes import Fake, compact
from server import Received

Encoding = Literal["ephemeral", "stored", "items", "twice", "both"]
"""both: each event is sent, and stored as well."""
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass
class Motia(Fake):
    encoding: Encoding = "ephemeral"
    engine: Literal["0.x", "1.x"] = "0.x"
    worker: Literal["works", "fails once", "silent", "late", "stops", "tells", "leaves"] = "works"
    """After some text: stops · tells an error · leaves: its sockets are closed, and closed again."""
    drops: int = 0
    """How often the socket is closed in the middle of an answer."""
    token: str = ""
    """The token that a socket must bring in its sub-protocol."""
    refuses: int = 0
    """How many sockets are refused first, for the time being."""
    renames: bool = False
    """The application has ids of its own for conversations."""
    text: str = "Hello, wörld 👋!"
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What is stored, by item id, of all groups."""
    joined: list[str] = field(default_factory=list)
    left_groups: list[str] = field(default_factory=list)
    _sockets: dict[StreamWriter, str] = field(default_factory=dict)
    _clock: int = 1_700_000_000_000
    _turns: int = 0
    _working: set[asyncio.Task[None]] = field(default_factory=set)

    def answer(self, asked: Received) -> None:
        if (asked.method, asked.path) != ("POST", "/chat"):
            self.reply(b"Not Found", status=404, type="text/plain", body="length")
            return
        self._turns += 1
        given = asked.json["conversationId"]
        group = f"own-{given}" if self.renames else given
        task = asyncio.get_running_loop().create_task(self._work(group, self._turns, asked.json["message"]))
        self._working.add(task)
        task.add_done_callback(self._working.discard)
        self.json({"conversationId": group, "messageId": f"msg-{self._turns}-u", "status": "processing"})

    async def _play(self, scripted: Any, reader: StreamReader, writer: StreamWriter) -> bool:
        asked = self.requests[-1]
        if asked.headers.get("upgrade", "").lower() != "websocket":
            return await super()._play(scripted, reader, writer)
        protocols = [
            part.strip() for part in asked.headers.get("sec-websocket-protocol", "").split(",") if part.strip()
        ]
        if self.refuses:
            self.refuses -= 1
            writer.write(b"HTTP/1.1 503 No\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()
            return False
        if self.token and protocols != ["Authorization", self.token]:
            refused = b"Authentication failed"
            head = f"HTTP/1.1 401 Unauthorized\r\nContent-Length: {len(refused)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + refused)
            await writer.drain()
            return False
        accept = base64.b64encode(hashlib.sha1((asked.headers["sec-websocket-key"] + GUID).encode()).digest()).decode()
        chosen = "Sec-WebSocket-Protocol: Authorization\r\n" if protocols else ""
        head = f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{chosen}\r\n"
        writer.write(f"HTTP/1.1 101 Switching Protocols\r\n{head}".encode())
        try:
            while (text := await _received(reader)) is not None:
                self._told(json.loads(text), writer)
        finally:
            self._sockets.pop(writer, None)
        return False

    def _told(self, message: dict[str, Any], writer: StreamWriter) -> None:
        data = message["data"]
        assert data["subscriptionId"]
        assert data["streamName"] == "chat"
        group = data["groupId"]
        if message["type"] == "leave":
            self.left_groups.append(group)
            self._sockets.pop(writer, None)
            return
        self.joined.append(group)
        if self.worker == "leaves" and len(self.joined) > 1:
            writer.transport.abort()
            return
        self._sockets[writer] = group
        stored = [item for item in self.items.values() if item["_group"] == group]
        self._send(group, {"type": "sync", "data": stored}, only=writer)

    def _send(
        self, group: str, event: dict[str, Any], item: str | None = None, only: StreamWriter | None = None
    ) -> None:
        self._clock += 1
        frame: dict[str, Any] = {"timestamp": self._clock, "streamName": "chat", "groupId": group}
        if self.engine == "1.x":
            frame |= {"type": "stream", "id": item}
        elif item is not None:
            frame["id"] = item
        data = compact(frame | {"event": event}).encode()
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack(">H", len(data))
        for writer, joined in list(self._sockets.items()):
            if joined == group and only in {None, writer} and not writer.is_closing():
                writer.write(b"\x81" + size + data)

    # ------------------------------------------------------------ the application

    async def _work(self, group: str, turn: int, message: str) -> None:
        await asyncio.sleep(0.03)
        self._say(group, f"msg-{turn}-u", "user_message", {"content": message})
        if self.worker == "late":
            await asyncio.sleep(0.05)
        self._say(group, "", "assistant_thinking", {})
        if self.worker == "silent":
            return
        if self.worker == "fails once":
            self._piece(group, f"msg-{turn}-x", "Broken sta", "Broken sta")
            await asyncio.sleep(0.02)
            self._say(group, "", "assistant_thinking", {})
        said = ""
        for at in range(0, len(self.text), 4):
            if self.drops and at == 8:
                self.drops -= 1
                for writer in list(self._sockets):
                    writer.transport.abort()
                await asyncio.sleep(0.1)
            said += self.text[at : at + 4]
            self._piece(group, f"msg-{turn}-a", self.text[at : at + 4], said)
            await asyncio.sleep(0.001)
            if self.worker == "tells":
                told = {"type": "error", "data": {"message": "no \x1b[2J model"}}
                self._send(group, {"type": "event", "event": told})
            if self.worker == "leaves":
                await asyncio.sleep(0.05)
                for writer in list(self._sockets):
                    writer.transport.abort()
            if self.worker in {"stops", "tells", "leaves"}:
                return
        if self.encoding == "items":
            self._store(group, f"msg-{turn}-a", {"message": said, "from": "assistant", "status": "completed"})
        else:
            self._say(group, f"msg-{turn}-a", "assistant_complete", {"fullResponse": said})

    def _piece(self, group: str, message: str, piece: str, said: str) -> None:
        if self.encoding == "items":
            self._store(group, message, {"message": said, "from": "assistant", "status": "streaming"})
            return
        self._say(group, message, "assistant_chunk", {"content": piece})
        if self.encoding == "twice":
            self._store(group, message, {"type": "assistant", "content": said, "status": "streaming"})

    def _say(self, group: str, message: str, name: str, data: dict[str, Any]) -> None:
        said = {
            **({"messageId": message} if message else {}),
            **data,
            "timestamp": f"2025-01-01T00:00:00.{self._clock}Z",
        }
        if self.encoding in {"ephemeral", "twice", "both"}:
            self._send(group, {"type": "event", "event": {"type": name, "data": said}})
        if self.encoding in {"stored", "both"}:
            self._store(group, f"evt-{len(self.items)}", {"type": name, **said})
        elif self.encoding == "items" and name == "user_message":
            self._store(group, message, {"message": data["content"], "from": "user", "status": "completed"})

    def _store(self, group: str, item: str, value: dict[str, Any]) -> None:
        kind = "update" if item in self.items else "create"
        self.items[item] = {"id": item, "timestamp": f"2025-01-01T00:00:00.{self._clock}Z", **value, "_group": group}
        if self.encoding == "twice":  # an item reaches a group's subscriber as an event, too
            self._send(group, {"type": "event", "event": {"type": kind, "data": self.items[item]}}, item)
        self._send(group, {"type": kind, "data": self.items[item]}, item)


async def _received(reader: StreamReader) -> str | None:
    """The text of the next frame of a client; None for its end."""
    while True:
        first, second = await reader.readexactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack(">H", await reader.readexactly(2))
        mask = await reader.readexactly(4)
        data = bytes(byte ^ mask[at % 4] for at, byte in enumerate(await reader.readexactly(size)))
        if first & 0x0F == 8:
            return None
        if first & 0x0F == 1:
            return data.decode()
