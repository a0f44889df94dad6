"""Snackprompt's knowledge-base chat, from its documentation: stateless, errors as FastAPI writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from fakes import Fake, data
from server import Received

KEY = "snack-key"
FILTERS = {
    "tenant_id", "elemental_id", "user_id", "tag_ids", "tag_names", "source", "type_name", "category_name",
}  # fmt: skip
Play = Literal["answer", "error", "error without end", "unknown event", "odd data"]


@dataclass
class Snackprompt(Fake):
    play: Play = "answer"
    limited: bool = False
    """Every message is one too many in this minute."""
    text: str = "Our products are tea ☕ and cake."

    def answer(self, asked: Received) -> None:
        allowed = asked.headers.get("x-api-key") == KEY
        if asked.path == "/v1/auth/token/validate":
            meta = {"version": "1.0", "is_authenticated": allowed}
            if allowed:
                self.json({"code": 200, "meta": meta, "response": {"user_id": "u1", "user_email": "a@b.example"}})
            else:
                self.json({"code": 401, "meta": meta, "error_message": "Invalid API key"}, 401)
        elif not allowed:
            self.json({"detail": "Invalid API key"}, 401)
        elif self.limited:
            self.json({"detail": "Too many requests"}, 429, X_RateLimit_Reset="1")
        elif asked.path == "/v1/kb/chat/stream":
            self._chat(asked.json)
        elif asked.path == "/v1/kb/chat":
            source = {"id": "abc123", "score": 0.85, "snack_item_id": "item-789", "text": "Our products include tea"}
            if not self._refused(asked.json):
                self.json({"answer": self.text, "sources": [source]})
        else:
            self.json({"detail": "Not Found"}, 404)

    def _refused(self, body: dict[str, Any]) -> bool:
        filters = body.get("filters", {})
        if set(body) != {"query", "filters"} or not isinstance(body["query"], str):
            self.json({"detail": [{"loc": ["body", "query"], "msg": "str type expected", "type": "type_error"}]}, 422)
        elif "tenant_id" not in filters:
            self.json({"detail": "tenant_id is required in filters"}, 400)
        elif unknown := set(filters) - FILTERS:
            self.json({"detail": f"Invalid filter: {min(unknown)}"}, 400)
        else:
            return False
        return True

    def _chat(self, body: dict[str, Any]) -> None:
        if self._refused(body):
            return
        half = len(self.text) // 2
        said: list[Any] = [
            {"event": "message", "data": {"content": part}} for part in (self.text[:half], self.text[half:])
        ]
        failed = {"event": "error", "data": {"message": "upstream model failed"}}
        match self.play:
            case "error":
                said = [said[0], failed, "[DONE]"]
            case "error without end":
                said = [said[0], failed]
            case "unknown event":
                said = [{"event": "retrieval", "data": {"hits": 3}}, *said, "[DONE]"]
            case "odd data":
                said = [{"event": "message"}, {"event": "message", "data": {"content": None}}, *said, "[DONE]"]
            case "answer":
                said.append("[DONE]")
        self.stream(data(*said))
