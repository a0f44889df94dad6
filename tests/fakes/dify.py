"""Dify's service API, from its reference: conversations are known by id and end user, and tasks want to be stopped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from fakes import Fake, data
from server import STALL, Received

KEY = "app-dify-key"
Play = Literal["chat", "agent", "chatflow", "quota", "slow", "document"]
PING = b"event: ping\n\n"


@dataclass
class Dify(Fake):
    play: Play = "chat"
    suggestions: tuple[str, ...] = ()
    """Follow-up questions; without any the app has them switched off."""
    text: str = "It is in the manual 📖, page 7."
    conversations: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    """By id: the end user it belongs to, and what was asked."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What was uploaded, by id."""
    stopped: list[tuple[str, str]] = field(default_factory=list)
    """Tasks that were stopped, each with the user who did."""

    @property
    def base(self) -> str:
        return f"http://{self.host}/v1"

    def answer(self, asked: Received) -> None:
        address = urlsplit(asked.path)
        if asked.headers.get("authorization") != f"Bearer {KEY}":
            self._refuse(401, "unauthorized", "Access token is invalid")
        elif asked.method == "POST" and address.path == "/v1/chat-messages":
            self._chat(asked.json)
        elif asked.method == "POST" and address.path == "/v1/files/upload":
            self._upload(asked)
        elif stop := re.fullmatch(r"/v1/chat-messages/([\w-]+)/stop", address.path):
            self.stopped.append((stop[1], asked.json["user"]))
            self.json({"result": "success"})
        elif re.fullmatch(r"/v1/messages/[\w-]+/suggested", address.path) and "user" in parse_qs(address.query):
            if self.suggestions:
                self.json({"result": "success", "data": list(self.suggestions)})
            else:
                self._refuse(400, "bad_request", "Suggested Questions Is Disabled.")
        else:
            self._refuse(404, "not_found", "The requested URL was not found on the server.")

    def _upload(self, asked: Received) -> None:
        mark = asked.headers["content-type"].partition("boundary=")[2].encode()
        _, *parts, end = asked.body.split(b"--" + mark)
        assert end == b"--\r\n"
        heads = dict(part.removesuffix(b"\r\n").split(b"\r\n\r\n", 1) for part in parts)
        content = next(content for head, content in heads.items() if b'name="file"; filename="' in head)
        name = f"file-{len(self.files) + 1}"
        self.files[name] = content
        self.json({"id": name, "size": len(content)}, 201)

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.json({"code": code, "message": message, "status": status}, status)

    def _chat(self, body: dict[str, Any]) -> None:
        for name, kind in (("query", str), ("inputs", dict), ("user", str)):
            if not isinstance(body.get(name), kind):
                self._refuse(400, "invalid_param", f"{name} is required in the request body.")
                return
        name, user = body.get("conversation_id") or "", body["user"]
        if name and self.conversations.get(name, ("",))[0] != user:
            self._refuse(404, "not_found", "Conversation Not Exists.")
            return
        name = name or f"conv-{len(self.conversations) + 1}"
        said = self.conversations.setdefault(name, (user, []))[1]
        said.append(body["query"])
        ids = {"conversation_id": name, "message_id": f"msg-{len(said)}", "created_at": 1679586595,
               "task_id": f"task-{name}-{len(said)}"}  # fmt: skip
        events, end = self._events(ids)
        match self.play:
            case "document":
                self.json({"event": "message", **ids, "mode": "chat", "answer": self.text, "metadata": end["metadata"]})
            case "slow":
                self.reply(PING, data(*events)[0], STALL)
            case _:
                self.stream([PING, *data(*events, *([end] if self.play != "quota" else []))])

    def _events(self, ids: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
        usage = {"prompt_tokens": 33, "completion_tokens": 9, "total_tokens": 42, "total_price": "0.00042",
                 "currency": "USD", "latency": 1.3}  # fmt: skip
        found = {
            "position": 1,
            "dataset_name": "Manuals",
            "document_name": "manual.pdf",
            "score": 0.9,
            "content": "p. 7",
        }
        end = {"event": "message_end", **ids, "metadata": {"usage": usage, "retriever_resources": [found]}}
        half = len(self.text) // 2
        halves = [self.text[:half], self.text[half:]]
        kind = "agent_message" if self.play == "agent" else "message"
        events: list[dict[str, Any]] = [{"event": kind, **ids, "answer": part} for part in halves]
        match self.play:
            case "agent":
                thought = {"event": "agent_thought", **ids, "id": "thought-1", "position": 1, "thought": "",
                           "tool": "search", "tool_input": '{"search": {"query": "manual"}}'}  # fmt: skip
                events = [{**thought, "observation": ""}, {**thought, "observation": "page 7"}, *events]
            case "chatflow":
                run = {**ids, "workflow_run_id": "run-1"}
                node = {"id": "n1", "title": "Search", "node_type": "knowledge-retrieval"}
                events = [{"event": "workflow_started", **run, "data": {"id": "run-1"}},
                          {"event": "node_started", **run, "data": node}, *events,
                          {"event": "node_finished", **run, "data": {**node, "status": "succeeded"}}]  # fmt: skip
            case "quota":
                failed = {"event": "error", **ids, "status": 400, "code": "provider_quota_exceeded",
                          "message": "Your quota for Dify Hosted Model Provider has been exhausted."}  # fmt: skip
                events = [events[0], failed]
        return events, end
