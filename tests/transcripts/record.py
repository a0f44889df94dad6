r"""Record one answer of a chat server, byte for byte as it comes off the socket. Needs nothing but Python 3.11.

    python tests/transcripts/record.py a2a mine_hello http://127.0.0.1:18010/a2a -j '{"jsonrpc": "2.0", …}'
    python tests/transcripts/record.py openai_chat mine_cut https://api.example/v1/chat/completions \
        -H "Authorization: Bearer $KEY" -j @request.json --abort-after 900 \
        --text '"content":("(?:[^"\\]|\\.)*")'

writes <folder>/<case>.http (status line, headers, chunks and body, untouched) and <folder>/<case>.json: what the answer
says. `--text` is a regular expression over the decoded body; its first groups, JSON strings, joined are the text: the
expectation must not come from chattui's own code. Without it, and for reasoning, tools, finish and error, fill the file
in by hand. Every test over the folder then plays the case back: whole, cut at every byte, and damaged.

Headers that you send are not written down. Look through the .http file for what a server repeats of them.
"""

import argparse
import json
import re
import socket
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit


def main() -> int:
    asked = arguments()
    body = Path(asked.json[1:]).read_text("utf-8") if asked.json.startswith("@") else asked.json
    json.loads(body)
    raw = bytearray()
    try:
        for piece in answer(asked.url, asked.header, body.encode(), asked.method, asked.timeout):
            raw += piece
            if whole(bytes(raw)):
                break
            if asked.abort_after and len(raw) >= asked.abort_after:
                del raw[asked.abort_after :]
                break
    except OSError as error:
        print(f"the connection ended: {error}", file=sys.stderr)
    if b"\r\n\r\n" not in raw:
        print("there was no answer", file=sys.stderr)
        return 1
    case = Path(__file__).parent / asked.folder / asked.case
    case.parent.mkdir(exist_ok=True)
    case.with_suffix(".http").write_bytes(raw)
    said = decoded(bytes(raw))
    text = "".join(json.loads(found) for found in re.findall(asked.text, said)) if asked.text else ""
    expected = {"text": text, "reasoning": "", "tools": {}, "finish": "", "error": ""}
    case.with_suffix(".json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(said)
    print(f"{len(raw)} bytes in {case}.http; see that {case}.json says what they say", file=sys.stderr)
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", help="the format's folder beside this script")
    parser.add_argument("case", help="server_what: the name of the files")
    parser.add_argument("url")
    parser.add_argument("-j", "--json", default="", help="the body, or @FILE", required=True)
    parser.add_argument("-H", "--header", action="append", default=[], help="Name: value; repeatable")
    parser.add_argument("-X", "--method", default="POST")
    parser.add_argument("--text", default="", help="a regular expression for the JSON strings that are the text")
    parser.add_argument("--abort-after", type=int, default=0, metavar="BYTES", help="hang up so many bytes in")
    parser.add_argument("--timeout", type=float, default=60.0, metavar="SECONDS")
    return parser.parse_args()


def answer(url: str, headers: list[str], body: bytes, method: str, timeout: float) -> Iterator[bytes]:
    """The bytes of the answer as they come."""
    where = urlsplit(url)
    secure = where.scheme == "https"
    port = where.port or (443 if secure else 80)
    path = (where.path or "/") + (f"?{where.query}" if where.query else "")
    lines = [
        f"{method} {path} HTTP/1.1", f"Host: {where.netloc}", "Connection: close", "Accept: text/event-stream, */*",
        "Content-Type: application/json", f"Content-Length: {len(body)}", *headers, "", "",
    ]  # fmt: skip
    plain = socket.create_connection((where.hostname or "", port), timeout)
    connection = ssl.create_default_context().wrap_socket(plain, server_hostname=where.hostname) if secure else plain
    with connection:
        connection.sendall("\r\n".join(lines).encode("latin-1") + body)
        while piece := connection.recv(65536):
            yield piece


def whole(raw: bytes) -> bool:
    """Whether the answer says itself that it is over."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    if is_chunked(head):
        return rest.endswith(b"\r\n0\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return length is not None and len(rest) >= int(length[1])


def is_chunked(head: bytes) -> bool:
    """By its own header: gateways repeat those of the servers behind them under longer names."""
    return re.search(rb"\r\ntransfer-encoding: *chunked", head, re.IGNORECASE) is not None


def decoded(raw: bytes) -> str:
    """The body without the chunks of HTTP."""
    head, _, rest = raw.partition(b"\r\n\r\n")
    if not is_chunked(head):
        return rest.decode("utf-8", "replace")
    found = b""
    while True:
        size, newline, rest = rest.partition(b"\r\n")
        if not newline or not (length := int(size.partition(b";")[0], 16)):
            return found.decode("utf-8", "replace")
        found += rest[:length]
        rest = rest[length + 2 :]


if __name__ == "__main__":
    sys.exit(main())
