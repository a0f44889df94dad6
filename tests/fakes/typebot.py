"""Typebot's viewer: startChat, continueChat, streamMessage, as version 3.18 answers; checked against recordings."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from fakes import Fake, compact
from server import Received

Stream = Literal["lines", "no end", "events", "openai events", "old text"]
Fails = Literal["", "line", "plain line", "document", "status"]
STREAM = {"type": "stream", "stream": True, "expectsDedicatedReply": True}


@dataclass
class Session:
    bot: str
    at: str
    """Where the flow waits: the name of a step."""
    markdown: bool
    heard: list[Any] = field(default_factory=list)


@dataclass
class Typebot(Fake):
    stream_as: Stream = "lines"
    fails: Fails = ""
    """How streamMessage fails, until it is set to "" again."""
    text: str = "SSE is a protocol 👋."
    sessions: dict[str, Session] = field(default_factory=dict)
    started: list[dict[str, Any]] = field(default_factory=list)
    legacy: bool = False
    """It asks for the stream with the action of versions before 3."""
    asked: list[Any] = field(default_factory=list)
    """The bodies of streamMessage."""
    opened: str = ""
    """What the closed bot is, once it is open again."""

    def answer(self, asked: Received) -> None:
        assert "origin" not in asked.headers, "a request with an origin is refused where origins are restricted"
        match asked.path.strip("/").split("/"):
            case ["api", "v1", "typebots", bot, *preview, "startChat"]:
                self._start(bot, asked.json, allowed=not preview or "authorization" in asked.headers)
            case ["api", "v1", "sessions", name, "continueChat"]:
                self._continue(name, asked.json)
            case ["api", "v2", "sessions", name, "streamMessage"] if self.stream_as != "old text":
                self._stream(name, asked.json)
            case ["api", "v1", "sessions", name, "streamMessage"] if self.stream_as == "old text":
                self._bytes([self.text.encode()], "text/plain")
            case _:
                self.reply(b"<!DOCTYPE html><html><title>404</title>", status=404, type="text/html", body="length")

    def _bytes(self, pieces: list[bytes], type_: str | None) -> None:
        headers = {"Content-Encoding": "gzip"} if self.shape == "gzip" else {}
        self.reply(*self._shaped(pieces), type=type_, headers=headers)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.json({"defined": True, "code": code, "status": status, "message": message}, status)

    def _start(self, bot: str, body: dict[str, Any], *, allowed: bool) -> None:
        self.started.append(body)
        if not allowed:
            self._refuse(401, "UNAUTHORIZED", "Unauthorized")
        elif bot == "closed" and not self.opened:
            self._refuse(400, "BAD_REQUEST", "This bot is now closed")
        elif (self.opened or bot) not in {"llm", "twice", "inputs", "page", "loop", "late"}:
            self._refuse(404, "NOT_FOUND", "Typebot not found")
        else:
            name = f"s{len(self.sessions) + 1}"
            markdown = body.get("textBubbleContentFormat") == "markdown"
            session = self.sessions[name] = Session(self.opened or bot, "start", markdown)
            said = self._step(name, session, None)
            about = {"id": "tb", "version": "6.1", "theme": {}, "settings": {}, "publishedAt": "2026-11-21T01:08:12Z"}
            self.json({"sessionId": name, "resultId": "r1", "typebot": about, **said})

    def _continue(self, name: str, body: dict[str, Any]) -> None:
        session = self.sessions.get(name)
        if session is None:
            self._refuse(404, "NOT_FOUND", "Session not found.")
            return
        message = body.get("message")
        heard = message["text"] if isinstance(message, dict) else message
        session.heard.append(heard)
        said = {"logs": [], "clientSideActions": [], **self._step(name, session, heard)}
        waits = any(action.get("expectsDedicatedReply") for action in said["clientSideActions"])
        if "input" not in said and not waits:
            del self.sessions[name]
        self.json(said)

    def _bubble(self, name: str, text: str, session: Session) -> dict[str, Any]:
        if session.markdown:
            return {"id": name, "type": "text", "content": {"type": "markdown", "markdown": text}}
        tree = [{"type": "p", "children": [{"text": text}]}]
        return {"id": name, "type": "text", "content": {"type": "richText", "richText": tree}}

    def _step(self, name: str, session: Session, heard: Any) -> dict[str, Any]:
        def bubble(id_: str, text: str) -> dict[str, Any]:
            return self._bubble(id_, text, session)

        text_input = {"id": "in", "type": "text input", "options": {"labels": {"placeholder": "Type…"}}}
        choice = {
            "id": "c1", "type": "choice input", "options": {},
            "items": [{"id": "it1", "outgoingEdgeId": "e", "content": "Yes"}, {"id": "it2", "content": "No"}],
        }  # fmt: skip
        match session.bot, session.at:
            case "llm" | "twice" | "page" | "loop" | "late", "start":
                session.at = "question"
                return {
                    "messages": [bubble("hi", "Hi there 👋"), bubble("how", "How can I help?")],
                    "input": text_input,
                }
            case "inputs", "start":
                session.at = "choice"
                picture = {"id": "i", "type": "image", "content": {"url": "https://bot.example/x.png"}}
                return {"messages": [bubble("t1", "Hello **bold**"), picture], "input": choice}
            case "inputs", "choice":
                if heard not in {"Yes", "No", "it1", "it2"}:
                    again = bubble("c1", "Invalid message. Please, try again.")
                    return {"messages": [again], "input": choice}
                session.at = "email"
                return {"messages": [bubble("t2", "Your e-mail?")], "input": {"id": "em", "type": "email input"}}
            case "inputs", "email":
                if not re.fullmatch(r"\S+@\S+", heard or ""):
                    return {"messages": [bubble("em", "Not an e-mail.")], "input": {"id": "em", "type": "email input"}}
                session.at = "rating"
                rating = {"id": "ra", "type": "rating input", "options": {"length": 5}}
                return {"messages": [bubble("t3", "Rate us")], "input": rating}
            case "inputs", "rating":
                leads = {"type": "redirect", "redirect": {"url": "https://example.com", "isNewTab": True}}
                return {"messages": [bubble("t4", "Bye.")], "clientSideActions": [leads | {"lastBubbleBlockId": "t4"}]}
            case "page", "question":
                session.at = "asked the page"
                return {
                    "messages": [bubble("p1", "One moment.")],
                    "logs": [{"status": "error", "description": "A block failed"}],
                    "clientSideActions": [
                        {"type": "wait", "wait": {"secondsToWaitFor": 0.05}},
                        {"type": "httpRequestToExecute", "expectsDedicatedReply": True,
                         "httpRequestToExecute": {"url": f"{self.base}/steal", "method": "POST"}},
                    ],
                }  # fmt: skip
            case "page", "asked the page":
                session.at = "question"
                return {"messages": [bubble("p2", f"Heard {heard!r}.")], "input": text_input}
            case "loop", _:
                wait = {"type": "wait", "wait": {"secondsToWaitFor": 0}, "expectsDedicatedReply": True}
                return {"messages": [], "clientSideActions": [wait]}
            case "late", "question":
                session.at = "streaming"
                shown = [bubble("b1", "First this."), bubble("b2", "Last this.")]
                return {"messages": shown, "clientSideActions": [STREAM | {"lastBubbleBlockId": "b1"}]}
            case "twice", "streaming":
                session.at = "streaming again"
                return {"messages": [], "clientSideActions": [STREAM]}
            case _, "streaming" | "streaming again":
                session.at = "question"
                return {"messages": [], "input": text_input | {"prefilledValue": "x"}}
            case _:
                session.at = "streaming"
                return {"messages": [], "clientSideActions": [self._action]}

    @property
    def _action(self) -> dict[str, Any]:
        if not self.legacy:
            return STREAM
        messages = [{"role": "user", "content": "What is SSE?"}]
        kind = "streamOpenAiChatCompletion"
        return {"type": kind, kind: {"messages": messages}, "expectsDedicatedReply": True}

    def _stream(self, name: str, body: Any) -> None:
        self.asked.append(body)
        session = self.sessions.get(name)
        if session is None:
            self.json({"message": "Could not find session", "status": 404})
            return
        if not session.at.startswith("streaming"):
            self.json({"message": "This block does not have a stream function", "status": 400})
            return
        said = [f"0:{compact(self.text[at : at + 6])}" for at in range(0, len(self.text), 6)]
        failed = compact({"context": "While streaming AI", "description": "Rate limit reached"})
        match self.fails:
            case "document":
                self.json({"message": "Could not create stream", "status": 500, "context": "AI"})
                return
            case "status":
                self.json({"message": "Could not create stream"}, 500)
                return
            case "line":
                said = [said[0], f"3:{compact(failed)}"]
            case "plain line":
                said = ['3:"Rate limit reached"']
        ends = ['e:{"finishReason":"stop","isContinued":false}', 'd:{"finishReason":"stop"}']
        if self.fails or self.stream_as == "no end":
            ends = []
        lines = ['f:{"messageId":"step-1"}', *said, *ends]
        match self.stream_as:
            case "events":
                events = [f"data: {line}\n\n".encode() for line in lines] + [b"data: [DONE]\n\n"]
            case "openai events":
                texts = [self.text[at : at + 6] for at in range(0, len(self.text), 6)]
                values = [compact({"choices": [{"delta": {"content": text}}]}) for text in texts]
                events = [f"data: {value}\n\n".encode() for value in [*values, "[DONE]"]]
            case _:
                events = [f"{line}\n".encode() for line in lines]
        self._bytes(events, None)
