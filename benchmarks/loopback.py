"""A chat server on loopback for benchmarks: it streams what the prompt asks for, and tells when it sent each marker.

burst=N         N chunks of about four characters, as fast as they are taken
rate=R for=S    then R chunks a second for S seconds; every tenth begins with a marker on a line of its own
"""

from __future__ import annotations

import itertools
import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CHUNK = 4
TEXT = """\
Streaming **replies** arrive in *small* pieces, and a terminal has to show them as they come; see `render`.

- first item with some words in it
- second item, [a link](https://example.org/path) and more

| column | another | third |
| --- | --- | --- |
| cell one | `code` | text that is a bit longer |

```python
def answer(question: str) -> str:
    return question.upper()  # a comment
```

"""


def pieces() -> Iterator[str]:
    """The text again and again, cut into chunks."""
    for _ in itertools.count():
        yield from (TEXT[at : at + CHUNK] for at in range(0, len(TEXT), CHUNK))


class Server(BaseHTTPRequestHandler):
    """Answers POST with a stream, GET with a list of one model."""

    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        """The models."""
        body = json.dumps({"object": "list", "data": [{"id": "m"}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        """The stream that the last message asks for."""
        asked = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))))
        wish = str(asked["messages"][-1]["content"])
        burst, rate, seconds = (
            int(found[1]) if (found := re.search(rf"{name}=(\d+)", wish)) else 0 for name in ("burst", "rate", "for")
        )
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        source = pieces()
        lines = (self._line(piece) for piece in source)
        for first in range(0, burst, 50):
            self.wfile.write(b"".join(itertools.islice(lines, min(50, burst - first))))
        if rate and not burst:
            time.sleep(0.3)  # as no model answers at once
        began = time.monotonic()
        for number in range(rate * seconds):
            due = began + number / rate
            if (early := due - time.monotonic()) > 0:
                time.sleep(early)
            if number % 10 == 0:
                marker = f"zq{number:05d}qz"
                print(json.dumps([marker, time.monotonic()]), flush=True)
                self.wfile.write(self._line(f"\n\n{marker} "))
            else:
                self.wfile.write(next(lines))
        self.wfile.write(self._line("\n\nthe-very-end.") + self._line("", "stop") + b"data: [DONE]\n\n")

    @staticmethod
    def _line(text: str, finish: str | None = None) -> bytes:
        piece = {
            "id": "x",
            "object": "chat.completion.chunk",
            "model": "m",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
        }
        return b"data: " + json.dumps(piece).encode() + b"\n\n"

    def log_message(self, *_: object) -> None:
        """Quiet."""


class Quiet(ThreadingHTTPServer):
    """Clients come and go."""

    def handle_error(self, *_: object) -> None:
        """Nothing to say."""


if __name__ == "__main__":
    server = Quiet(("127.0.0.1", 0), Server)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
