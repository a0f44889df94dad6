"""ChatIQ: POST /api/chat, from its server's source (January 2026) and its newer pages.

In stream mode every error is told inside a stream with status 200; in JSON mode by the status. The conversation's id is
the last thing of a stream. It keeps the last 10 messages of a conversation and then ignores `history`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from fakes import Fake, data
from server import Received

KEY = "sk_live_abc"
STATUS = {
    "INVALID_API_KEY": 401, "UNAUTHORIZED": 401, "BOT_NOT_FOUND": 404, "QUOTA_EXCEEDED": 402,
    "RATE_LIMIT_EXCEEDED": 429, "EVALUATION_EXPIRED": 403, "MODERATION_FLAGGED": 422, "OPENAI_API_ERROR": 502,
    "SERVICE_UNAVAILABLE": 503, "INTERNAL_SERVER_ERROR": 500,
}  # fmt: skip
Play = Literal["answer", "takeover", "late error", "responses", "beside", "private"]


@dataclass
class ChatIQ(Fake):
    play: Play = "answer"
    fails: str = ""
    """The code of an error that every message meets."""
    apex: bool = False
    """It is the host without www, which only redirects."""
    text: str = "Our business hours are 9 to 5, grüß Gott 👋."
    conversations: dict[str, list[str]] = field(default_factory=dict)
    later: list[str] = field(default_factory=list)
    """What a person of the staff has said, in every conversation that was taken over."""

    def answer(self, asked: Received) -> None:
        if self.apex:
            self.reply(
                b"", status=308, type=None, headers={"Location": "https://www.chatiq.io/api/chat"}, body="length"
            )
        elif (asked.method, asked.path) == ("POST", "/api/chatbot"):  # the proxy of the seed: it has the key itself
            self._chat({**asked.json, "bot_slug": "support-bot"})
        elif asked.method == "GET" and (path := re.fullmatch(r"/api/v1/conversations/([^/?]+)/messages.*", asked.path)):
            self._messages(path[1], asked.headers.get("authorization", ""))
        elif (asked.method, asked.path) != ("POST", "/api/chat"):
            self.reply(b"Not Found", status=404, type="text/plain", body="length")
        else:
            key = asked.headers.get("authorization", "")
            self._chat(asked.json, "" if key == f"Bearer {KEY}" else "INVALID_API_KEY" if key else "UNAUTHORIZED")

    def _messages(self, name: str, key: str) -> None:
        if key != f"Bearer {KEY}":
            self.json({"error": {"code": "UNAUTHORIZED", "message": "API key required"}}, 401)
            return
        if name not in self.conversations:
            self.json({"error": {"code": "NOT_FOUND", "message": "Conversation not found"}}, 404)
            return
        said: list[tuple[str, str]] = []
        for text in self.conversations[name]:
            said.append(("user", text))
            match self.play:
                case "answer":
                    said.append(("bot", self.text))
                case "responses":
                    said += [("bot", "First message."), ("bot", "Second message.")]
        said += [("staff", text) for text in self.later]
        self.json({
            "messages": [
                {"id": f"{name}-{at}", "sender": who, "content": text, "created_at": f"2026-01-06T10:00:{at:02}+00:00"}
                for at, (who, text) in enumerate(said)
            ]
        })  # fmt: skip

    def _chat(self, body: dict[str, Any], code: str = "") -> None:
        stream = body.get("stream") is not False
        code = code or self.fails or ("BOT_NOT_FOUND" if body.get("bot_slug") not in {None, "support-bot"} else "")
        if code and self.play != "late error":
            error = {"error": {"code": code, "message": f"{code.replace('_', ' ').capitalize()} it is"}}
            self.stream(data(error, "[DONE]")) if stream else self.json(error, STATUS[code])
            return
        name = body.get("conversation_id") or f"550e8400-e29b-41d4-a716-{len(self.conversations):012}"
        self.conversations.setdefault(name, []).append(body["message"])
        if not stream:
            self.json({"response": self.text, "conversationId": name, "input": body["message"]})
            return
        known = {} if self.play == "private" else {"conversationId": name}
        pieces = [self.text[at : at + 15] for at in range(0, len(self.text), 15)]
        deltas = [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]
        said: list[Any]
        match self.play:
            case "answer" | "private":
                said = [*deltas, *([known] if known else [])]
            case "takeover":
                said = [known]
            case "late error":
                said = [*deltas[:1], {"error": {"code": code or "OPENAI_API_ERROR", "message": "The model failed"}}]
            case "responses":
                said = [
                    {"responses": ["First message.", "Second message."]},
                    {"attachments": [{"type": "image", "url": "https://cdn.example/a.png", "assetId": "a1"}]},
                    {"suggestions": [{"label": "Opening hours"}, {"label": "A person", "value": "agent"}]},
                    known,
                ]
            case "beside":
                said = [
                    {
                        "responses": ["Look here."],
                        "attachments": [{"type": "image", "url": "https://cdn.example/b.png", "assetId": "b"}],
                        "suggestions": [{"label": "More"}],
                        **known,
                    }
                ]
        self.stream(data(*said, "[DONE]"))
