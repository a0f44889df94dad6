"""Real proxies before a server that is as it should be: the detective names each that holds it back, and no other.

CHATTUI_PROXIES=1 pytest tests/tape/test_proxies.py, with nginx and haproxy installed, on an idle machine.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from recorder import Recording

from chattui.endpoint import Endpoint, Retry
from chattui.tape import Take
from chattui.tape.detective import investigate
from server import Body, Server, every, said

pytestmark = [
    pytest.mark.extra,
    pytest.mark.skipif("CHATTUI_PROXIES" not in os.environ, reason="real proxies, and their times, are asked for"),
]

WORDS = " ".join(f"word{number}" for number in range(50))
NGINX = """daemon off; worker_processes 1; pid DIR/nginx.pid; error_log DIR/error.log;
events { worker_connections 32; }
http { access_log off; client_body_temp_path DIR/b; proxy_temp_path DIR/p; fastcgi_temp_path DIR/f;
  uwsgi_temp_path DIR/u; scgi_temp_path DIR/s;
  server { listen 127.0.0.1:PORT; location / { proxy_pass http://127.0.0.1:SERVER; OPTIONS } } }
"""
HAPROXY = """defaults
  mode http
  timeout connect 2s
  timeout client 20s
  timeout server 20s
frontend f
  bind 127.0.0.1:PORT
  OPTIONS
  default_backend b
backend b
  server s 127.0.0.1:SERVER
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    program: str
    configuration: str
    code: str
    """What the detective says; "" for nothing."""
    cure: str = ""
    """Words of its first cure."""


PROXIES = {
    "nginx": Proxy("nginx", NGINX.replace("OPTIONS", ""), "held", "proxy_buffering off"),
    "nginx that does not buffer": Proxy("nginx", NGINX.replace("OPTIONS", "proxy_buffering off;"), ""),
    "nginx that compresses": Proxy(
        "nginx", NGINX.replace("OPTIONS", "gzip on; gzip_types text/event-stream; gzip_min_length 1;"), "held",
        "Compression",
    ),
    "HAProxy": Proxy("haproxy", HAPROXY.replace("OPTIONS", "no option http-no-delay"), "ticks", "http-no-delay"),
    "HAProxy that does not wait": Proxy("haproxy", HAPROXY.replace("OPTIONS", "option http-no-delay"), ""),
    "HAProxy that waits for the body": Proxy(
        "haproxy", HAPROXY.replace("OPTIONS", "http-response wait-for-body time 20s"), "held", "HAProxy"
    ),
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(proxy: Proxy, folder: Path, server: int) -> AsyncIterator[int]:
    program = shutil.which(proxy.program, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
    if program is None:
        pytest.skip(f"{proxy.program} is not there")
    port = free_port()
    file = folder / "proxy.conf"
    text = proxy.configuration.replace("DIR", str(folder)).replace("PORT", str(port)).replace("SERVER", str(server))
    file.write_text(text)
    argv = ["-p", str(folder), "-c", str(file)] if proxy.program == "nginx" else ["-f", str(file)]
    process = await asyncio.create_subprocess_exec(program, *argv, stdout=PIPE, stderr=PIPE)
    try:
        await listening(port)
        yield port
    finally:
        process.terminate()
        await process.communicate()


async def listening(port: int) -> None:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
            continue
        writer.close()
        await writer.wait_closed()
        return
    pytest.fail("the proxy does not listen")


@asynccontextmanager
async def delaying(server: int, seconds: float) -> AsyncIterator[int]:
    """A TCP proxy that holds everything for so long after it came, and collects meanwhile."""

    async def carry(source: asyncio.StreamReader, to: asyncio.StreamWriter, wait: float) -> None:
        while data := await source.read(65536):
            await asyncio.sleep(wait)
            to.write(data)
            await to.drain()
        to.close()

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", server)
        await asyncio.gather(carry(reader, back, 0), carry(there, writer, seconds))

    proxy = await asyncio.start_server(passed, "127.0.0.1", 0)
    try:
        yield int(proxy.sockets[0].getsockname()[1])
    finally:
        proxy.close()


async def asked(server: Server, port: int, body: Body = "chunked") -> Take:
    """What a reply of fifty words, one every 40 ms, looks like through this port."""
    head, *events = said(WORDS)
    server.reply(head, 0.4, *(step for event in events for step in every(0.04, event)), body=body)
    headers = {"accept-encoding": "gzip"}
    url = f"http://127.0.0.1:{port}/v1"
    recording = Recording(Endpoint("it", "openai-chat", url, model="m", headers=headers, retry=Retry(0)))
    reply, tape = await recording.say("Hi")
    await recording.wire.aclose()
    assert reply.text == WORDS
    return tape.takes[-1]


@pytest.mark.parametrize("name", PROXIES)
async def test_a_proxy_that_holds_a_stream_back_is_named(name: str, server: Server, tmp_path: Path) -> None:
    proxy = PROXIES[name]
    async with running(proxy, tmp_path, server.port) as port:
        # nginx asks in HTTP/1.0, whose bodies end with the connection; chunks it would pass on as they are
        found = investigate(await asked(server, port, "close" if proxy.program == "nginx" else "chunked"))
    if not proxy.code:
        assert found == ()
    else:
        assert found[0].code in {proxy.code, "blocks"}
        assert proxy.cure in " ".join(found[0].cures[:2])


async def test_a_proxy_that_delays_is_seen_and_the_server_alone_is_not_blamed(server: Server) -> None:
    async with delaying(server.port, 0.3) as port:
        (found,) = investigate(await asked(server, port))
    assert found.code == "ticks"
    assert "delaying TCP proxy" in " ".join(found.cures)
    assert investigate(await asked(server, server.port)) == ()
