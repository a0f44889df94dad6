"""Flowise: POST /api/v1/prediction/{flow}, as its server writes it, and as its documentation page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fakes import Fake, compact
from server import Received


@dataclass
class Flowise(Fake):
    speaks: Literal["server", "page", "json"] = "server"
    fails: bool = False
    text: str = "Once upon a time…"

    def answer(self, asked: Received) -> None:
        if asked.path != "/api/v1/prediction/flow-1":
            self.json({"statusCode": 404, "success": False, "message": "Chatflow not found", "stack": {}}, 404)
            return
        body = asked.json
        session = body["overrideConfig"]["sessionId"]
        sources = [{"pageContent": "It began.", "metadata": {"source": "https://book.example/1", "title": "Book"}}]
        if self.speaks == "json":
            self.json({"text": self.text, "chatId": "c1", "sessionId": session, "sourceDocuments": sources})
            return
        said: list[tuple[str, Any]] = [("start", self.text[:5])]
        said += [("token", self.text[at : at + 5]) for at in range(0, len(self.text), 5)]
        if self.fails:
            said.append(("error", "The model is gone"))
        elif self.speaks == "server":
            said += [
                ("usedTools", [{"tool": "calc", "toolInput": {"n": 1}, "toolOutput": "2"}]),
                ("sourceDocuments", sources),
                ("usageMetadata", {"input_tokens": 5, "output_tokens": 7, "total_tokens": 12}),
                ("metadata", {"chatId": "c1", "chatMessageId": "m1", "sessionId": session}),
                ("end", "[DONE]"),
            ]
        else:
            said += [("sourceDocuments", sources), ("end", "[DONE]")]
        if self.speaks == "server":
            self.stream([f"message:\ndata:{compact({'event': n, 'data': v})}\n\n".encode() for n, v in said])
        else:
            texts = [(name, value if isinstance(value, str) else compact(value)) for name, value in said]
            self.stream([f"event: {name}\ndata: {value}\n\n".encode() for name, value in texts])
