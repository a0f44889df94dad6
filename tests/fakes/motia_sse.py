"""Motia's stateless endpoint, POST /chat/stream, as its example has it; checked against a recorded Motia 0.17."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fakes import Fake, compact
from server import Received


@dataclass
class MotiaSse(Fake):
    fails: Literal["", "before", "0.x", "inside", "told"] = ""
    """before: 500 of 1.x · 0.x: 500 of 0.x · inside: a bare close · told: an `error` event, which only some have."""
    text: str = "Grüße 👩‍👩‍👧 — 日本語"

    def answer(self, asked: Received) -> None:
        if (asked.method, asked.path) != ("POST", "/chat/stream"):
            self.reply(b"Not Found", status=404, type="text/plain", body="length")
            return
        if self.fails == "before":
            self.json({"error": "OpenAI key missing", "error_id": "00ff"}, 500)
            return
        if self.fails == "0.x":
            self.json({"error": "Internal server error"}, 500)
            return
        body = asked.json
        assert all(set(turn) == {"role", "content"} for turn in body["history"])
        events = [("thinking", {"status": "processing"})]
        events += [("chunk", {"content": self.text[at : at + 4]}) for at in range(0, len(self.text), 4)]
        if self.fails == "inside":
            events = events[:2]
        elif self.fails == "told":
            events = [*events[:2], ("error", {"message": "the worker failed"})]
        else:
            events.append(("done", {"complete": True}))  # type: ignore[dict-item]
        self.stream([f"event: {name}\ndata: {compact(value)}\n\n".encode() for name, value in events])
