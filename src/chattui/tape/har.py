"""A tape as HAR 1.2, which browsers and proxies read: http://www.softwareishard.com/blog/har-12-spec/

Times of arrivals have no place in HAR; they stand in `_arrivals`, as [ms since the request began, bytes].
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from chattui import __version__
from chattui.tape import Take, Tape
from chattui.tape.scrub import scrubbed


def har(tape: Tape) -> dict[str, Any]:
    """The document."""
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "chattui", "version": __version__},
            "pages": [],
            "entries": [_entry(tape, scrubbed(take)) for take in tape.takes],
            "comment": f"{tape.endpoint} · {tape.provider} · {tape.model} · {tape.state}".strip(),
        }
    }


def _entry(tape: Tape, take: Take) -> dict[str, Any]:
    sent = take.sent or 0.0
    answered = take.answered if take.answered is not None else take.ended or sent
    ended = take.ended if take.ended is not None else answered
    found: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(tape.made + take.began / 1000, UTC).isoformat(
            timespec="milliseconds"
        ),
        "time": round(ended, 3),
        "request": _request(take),
        "response": _response(take),
        "cache": {},
        "timings": {
            "blocked": -1,
            "dns": -1,
            "connect": round(sent, 3),
            "send": 0,
            "wait": round(max(0.0, answered - sent), 3),
            "receive": round(max(0.0, ended - answered), 3),
            "ssl": -1,
        },
        "_arrivals": [[at, len(data)] for at, data in take.chunks],
    }
    if take.error is not None:
        found["comment"] = take.error.text
    return found


def _request(take: Take) -> dict[str, Any]:
    query = parse_qsl(urlsplit(take.url).query, keep_blank_values=True)
    found: dict[str, Any] = {
        "method": take.method,
        "url": take.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(take.headers),
        "queryString": _pairs(query),
        "headersSize": -1,
        "bodySize": -1,
    }
    if take.body is not None:
        found["postData"] = {"mimeType": "application/json", "text": json.dumps(take.body, ensure_ascii=False)}
    return found


def _response(take: Take) -> dict[str, Any]:
    body = b"".join(data for _, data in take.chunks)
    content: dict[str, Any] = {"size": len(body), "mimeType": take.header.get("content-type", "")}
    try:
        content["text"] = body.decode()
    except UnicodeDecodeError:
        content |= {"text": base64.b64encode(body).decode(), "encoding": "base64"}
    return {
        "status": take.status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(take.answer),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(body),
    }


def _pairs(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
