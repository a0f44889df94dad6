"""HardWire: POST /api/chats/:chatId/messages/stream, by its documentation and by its code, which differ."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from fakes import Fake, data
from server import Received

COOKIE = "better-auth.session_token=tok.sig%3D"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
WRONG: dict[int, tuple[str, str, str]] = {  # status: title of the docs, code of the code, its words
    400: ("Bad Request", "REQUEST_VALIDATION", "Request validation failed"),
    401: ("Unauthorized", "UNAUTHORIZED", "Valid session required"),
    403: ("Forbidden", "CHAT_ACCESS_DENIED", "Cannot post to another user's chat"),
    404: ("Not Found", "CHAT_NOT_FOUND", "Chat does not exist"),
    409: ("Conflict", "WORKFLOW_RUN_IN_PROGRESS", "A workflow is running"),
    429: ("Too Many Requests", "RATE_LIMIT_EXCEEDED", "Rate limit exceeded"),
    500: ("Internal Server Error", "SERVER_INTERNAL_ERROR", "Something broke"),
}


@dataclass
class HardWire(Fake):
    speaks: Literal["docs", "code"] = "code"
    """Which vocabulary, which error bodies, and whether JSON answers are wrapped in `data`."""
    fails: int = 0
    """A status that every message meets."""
    breaks: bool = False
    """The model fails inside the stream."""
    tools: bool = False
    text: str = "Quantum computing — ein Überblick."
    chats: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By chat: the bodies of the messages."""
    kept: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By chat: the messages as they are stored, those of other clients included."""
    titles: dict[str, str] = field(default_factory=dict)
    limited: int = 0
    """How many lists are refused as one too many, before one is given."""

    def answer(self, asked: Received) -> None:
        if asked.path == "/api/auth/sign-in/email":
            self._sign_in(asked)
        elif COOKIE not in asked.headers.get("cookie", ""):
            self._refuse(401)
        elif (asked.method, asked.path) == ("GET", "/api/models"):
            models = {"models": [{"id": "gemini-2.5-pro", "name": "Gemini", "provider": "google"}, {"id": "gpt-5.2"}]}
            self.json({"data": models} if self.speaks == "docs" else models)
        elif (asked.method, asked.path.partition("?")[0]) == ("GET", "/api/users/user-123/chats"):
            self._list(asked.path)
        elif asked.method == "GET" and (path := re.fullmatch(r"/api/chats/([^/]+)/messages", asked.path)):
            self._load(path[1])
        elif asked.method == "POST" and (path := re.fullmatch(r"/api/chats/([^/]+)/messages/stream", asked.path)):
            self._message(path[1], asked.json)
        else:
            self._refuse(404)

    def _sign_in(self, asked: Received) -> None:
        if "cookie" in asked.headers and "origin" not in asked.headers:
            self.json({"code": "MISSING_OR_NULL_ORIGIN", "message": "Missing or null Origin"}, 403)
        elif asked.json != {"email": "ada@b.example", "password": "pass word"}:
            self.json({"code": "INVALID_EMAIL_OR_PASSWORD", "message": "Invalid email or password"}, 401)
        else:
            user = {"id": "user-123", "email": "ada@b.example", "name": "Ada"}
            cookie = f"{COOKIE}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"
            self.json({"redirect": False, "token": "tok", "user": user}, Set_Cookie=cookie)

    def _message(self, chat: str, body: dict[str, Any]) -> None:
        wanted = {"content", "modelId", "userId"}
        if not UUID.fullmatch(chat) or not all(str(body.get(name, "")).strip() for name in wanted):
            self._refuse(400)
        elif body["userId"] != "user-123" and chat not in self.chats:
            self._refuse(404)
        elif self.fails:
            self._refuse(self.fails)
        else:
            self.chats.setdefault(chat, []).append(body)
            self.keeps(chat, ("user", body["content"]), ("assistant", "" if self.breaks else self.text))
            self.stream(data(*(self._docs() if self.speaks == "docs" else self._code(chat, body))))

    def keeps(self, chat: str, *said: tuple[str, str], title: str = "") -> None:
        """Messages that are stored, whoever said them."""
        self.titles.setdefault(chat, title)
        stored = self.kept.setdefault(chat, [])
        for role, text in said:
            number = sum(map(len, self.kept.values()))
            if text:
                cited = {"sources": [{"url": "https://qubits.example", "title": "Qubits"}]}
                stored.append({
                    "id": f"m{number}", "chatId": chat, "role": role, "content": text,
                    "createdAt": f"2026-02-17T12:00:{number % 60:02}.000Z",
                    **(cited if role == "assistant" else {}),
                })  # fmt: skip

    def _list(self, path: str) -> None:
        """As documented it gives 25 at most unless more is asked for, never more than 100; in its code all of them."""
        if self.limited:
            self.limited -= 1
            self._refuse(429)
            return
        asked = dict(part.split("=") for part in path.partition("?")[2].split("&") if part)
        newest = sorted(self.kept, key=lambda chat: [one["createdAt"] for one in self.kept[chat][-1:]], reverse=True)
        chats = [
            {"id": chat, "title": self.titles[chat] or None, "updatedAt": self.kept[chat][-1]["createdAt"]}
            for chat in newest
        ]
        begin = int(asked.get("offset", "0"))
        if self.speaks == "docs":
            page = chats[begin : begin + min(100, int(asked.get("limit", "25")))]
            self.json({"data": {"chats": page, "total": len(chats)}})
        else:
            self.json({"chats": chats[begin : begin + int(asked.get("limit", "1000"))]})

    def _load(self, chat: str) -> None:
        if chat not in self.kept:
            self._refuse(404)
            return
        found = {"messages": self.kept[chat]}
        self.json({"data": found} if self.speaks == "docs" else found)

    def _refuse(self, status: int) -> None:
        title, code, words = WRONG[status]
        headers = {"Retry_After": "0", "X_RateLimit_Reset": "60"} if status == 429 else {}
        if self.speaks == "docs":
            self.json({"error": title, "message": words}, status, **headers)
        else:
            told = {"message": words, "clientMessage": words, "code": code, "statusCode": status, "requestId": "r-1"}
            self.json(told | ({"retryAfter": 0} if status == 429 else {}), status, **headers)

    def _docs(self) -> list[Any]:
        half = len(self.text) // 2
        said: list[Any] = [{"type": "start", "messageId": "m1"}, {"type": "content", "delta": self.text[:half]}]
        if self.tools:
            said += [
                {"type": "tool_call", "toolName": "web-search", "toolArgs": {"q": "qubits"}},
                {"type": "tool_call", "toolName": "web-search", "toolArgs": {"q": "gates"}},
                {"type": "tool_result", "toolName": "web-search", "result": {"items": [1]}},
                {"type": "tool_result", "toolName": "web-search", "result": "none"},
            ]
        if self.breaks:
            return [*said, {"type": "error", "error": "LLM Error", "message": "The model is overloaded"}]
        return [*said, {"type": "content", "delta": self.text[half:]}, {"type": "end", "messageId": "m1"}]

    def _code(self, chat: str, body: dict[str, Any]) -> list[Any]:
        user = {"id": "u1", "role": "user", "content": body["content"], "createdAt": "2026-02-17T12:00:00.000Z"}
        tokens = [{"type": "token", "token": token} for token in re.findall(r"\S+\s*", self.text)]
        said: list[Any] = [{"type": "user_message", "message": user}, *tokens]
        if self.breaks:
            failed = {"message": "Streaming failed", "code": "STREAMING_ERROR"}
            return [*said[:2], {"type": "error", "error": failed, "chatId": chat}]
        sources = [{"url": "https://qubits.example", "title": "Qubits", "description": "All about them"}]
        reply = {"id": "a1", "role": "assistant", "content": self.text, "sources": sources}
        return [*said, {"type": "complete", "message": reply, "chatId": chat}]
