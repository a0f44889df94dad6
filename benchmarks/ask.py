"""What `chattui ask` costs: start-up as a ratio to `python -c "import httpx"`, and each chunk against a bare loop.

Run by hand, with nothing else on the machine:  python benchmarks/ask.py [chunks] [rounds]
A server in a process of its own sends the chunks as fast as they are taken.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

BARE = """
import asyncio, json, sys, httpx, httpx_sse
async def main(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        async with httpx_sse.aconnect_sse(client, "POST", url + "/chat/completions", json={"messages": []}) as source:
            async for event in source.aiter_sse():
                if event.data == "[DONE]":
                    break
                for choice in json.loads(event.data)["choices"]:
                    sys.stdout.write(choice["delta"].get("content") or "")
                    sys.stdout.flush()
asyncio.run(main(sys.argv[1]))
"""


class Server(BaseHTTPRequestHandler):
    """Answers every request with the chunks that its path asks for: /<chunks>/chat/completions."""

    protocol_version = "HTTP/1.0"

    def do_POST(self) -> None:
        print(time.monotonic(), flush=True)
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        chunks = int(self.path.split("/")[1])
        piece = {
            "id": "x",
            "object": "chat.completion.chunk",
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": "word "}}],
        }
        line = f"data: {json.dumps(piece)}\n\n".encode()
        for start in range(0, chunks, 50):
            self.wfile.write(line * min(50, chunks - start))
        end = {**piece, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.wfile.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())

    def log_message(self, *_: object) -> None:
        """Quiet."""


def serve() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    print(server.server_address[1], flush=True)
    threading.Thread(target=sys.stdin.read, daemon=True).start()
    server.serve_forever()


def cost(argv: list[str], arrivals: IO[str] | None) -> tuple[float, float, float]:
    """Seconds on the clock, on the processor, and until the request reached the server."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    arrived = float(arrivals.readline()) - start if arrivals else 0.0
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, arrived


def main(chunks: int, rounds: int) -> None:
    server = subprocess.Popen(
        [sys.executable, __file__, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    port = server.stdout.readline().strip()
    with tempfile.TemporaryDirectory() as home:
        os.environ["CHATTUI_HOME"] = home
        config = Path(home, "config.toml")
        config.write_text(
            "".join(f'[endpoints.c{n}]\nurl = "http://127.0.0.1:{port}/{n}"\nmodel = "m"\n' for n in (1, chunks))
        )
        config.chmod(0o600)
        ask = [sys.executable, "-m", "chattui", "ask", "hi"]
        programs = {
            "import httpx": [sys.executable, "-c", "import httpx"],
            "ask 1": [*ask, "-e", "c1"],
            "ask 1 --no-save": [*ask, "-e", "c1", "--no-save"],
            "bare 1": [sys.executable, "-c", BARE, f"http://127.0.0.1:{port}/1"],
            f"ask {chunks}": [*ask, "-e", f"c{chunks}"],
            f"bare {chunks}": [sys.executable, "-c", BARE, f"http://127.0.0.1:{port}/{chunks}"],
        }
        found: dict[str, list[tuple[float, float, float]]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, argv in programs.items():  # in turn, so that a noisy moment hits all of them
                found[name].append(cost(argv, None if name == "import httpx" else server.stdout))
    server.terminate()
    wall, cpu, asked = (
        {name: statistics.median(one[at] for one in costs) for name, costs in found.items()} for at in range(3)
    )
    for name in programs:
        after = f"   request after {asked[name] * 1000:6.1f} ms" if asked[name] else ""
        print(f"{name:<16} {wall[name] * 1000:8.1f} ms   cpu {cpu[name] * 1000:8.1f} ms{after}")
    ours = (cpu[f"ask {chunks}"] - cpu["ask 1"]) / chunks * 1e6
    bare = (cpu[f"bare {chunks}"] - cpu["bare 1"]) / chunks * 1e6
    for name in ("ask 1", "bare 1"):
        ratios = (times[name] / wall["import httpx"] for times in (asked, wall))
        print("{}: the request is there after {:.2f} × import httpx, the end after {:.2f} ×".format(name, *ratios))
    print(f"chunk: {ours:.1f} µs, bare loop {bare:.1f} µs, added {ours - bare:.1f} µs")


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        serve()
    else:
        main(*(int(word) for word in (sys.argv[1:] + ["20000", "7"][len(sys.argv) - 1 :])))
