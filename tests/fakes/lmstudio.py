"""LM Studio's own API, from its reference: a chat that the server keeps, known by the ids of its replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from fakes import Fake, compact
from server import STALL, Received

KEYS = {
    "model", "input", "system_prompt", "integrations", "stream", "temperature", "top_p", "top_k", "min_p",
    "repeat_penalty", "max_output_tokens", "reasoning", "context_length", "store", "previous_response_id",
}  # fmt: skip
MODELS = {"qwen/qwen3-8b": "llm", "text-embedding-nomic": "embedding", "google/gemma-3-4b": "llm"}


@dataclass
class LmStudio(Fake):
    text: str = "Blue is a beautiful colour 💙."
    fails: str = ""
    """The error that is told in the middle of replies from now on."""
    kept: dict[str, list[Any]] = field(default_factory=dict)
    """By the id of a reply: all inputs that led to it."""
    loaded: set[str] = field(default_factory=set)
    streams: bool = True
    stalls: bool = False
    """Nothing comes after the first words."""

    def answer(self, asked: Received) -> None:
        if asked.path == "/api/v1/models":
            self.json({"models": [
                {"type": kind, "key": key, "loaded_instances": [{"id": key}] * (key in self.loaded)}
                for key, kind in MODELS.items()
            ]})  # fmt: skip
        elif asked.path == "/api/v1/chat":
            self._chat(asked.json)
        else:
            self.json({"error": f"Unexpected endpoint or method. (POST {asked.path})"})

    def _refuse(self, kind: str, message: str, status: int = 400) -> None:
        self.json({"error": {"type": kind, "message": message}}, status)

    def _chat(self, body: dict[str, Any]) -> None:
        model, before = body.get("model"), body.get("previous_response_id")
        if unknown := set(body) - KEYS:
            self._refuse("invalid_request", f"Unrecognized key(s) in object: '{min(unknown)}'")
        elif MODELS.get(str(model)) != "llm":
            self._refuse("model_not_found", f"Model '{model}' not found", 404)
        elif before is not None and before not in self.kept:
            self._refuse("job_not_found", f"Previous response '{before}' was not found", 404)
        else:
            said = [*self.kept.get(str(before), []), body["input"]]
            name = f"resp_{len(self.kept) + 1}"
            if body.get("store", True):
                self.kept[name] = said
            self._reply(str(model), name if name in self.kept else "")

    def _reply(self, model: str, name: str) -> None:
        stats = {"input_tokens": 21, "total_output_tokens": 14, "reasoning_output_tokens": 5, "tokens_per_second": 43.7}
        output = [{"type": "reasoning", "content": "A colour."}, {"type": "message", "content": self.text}]
        result = {"model_instance_id": model, "output": output, "stats": stats}
        result |= {"response_id": name} if name else {}
        if not self.streams:
            self.json(result)
            return
        half = len(self.text) // 2
        load = [{"type": "model_load.start", "model_instance_id": model},
                {"type": "model_load.progress", "model_instance_id": model, "progress": 0.65},
                {"type": "model_load.end", "model_instance_id": model, "load_time_seconds": 12.3}]  # fmt: skip
        error = {"type": "error", "error": {"type": "internal_error", "message": self.fails}}
        events = [
            {"type": "chat.start", "model_instance_id": model},
            *(load if model not in self.loaded else []),
            {"type": "prompt_processing.start"},
            {"type": "prompt_processing.progress", "progress": 0.5},
            {"type": "prompt_processing.end"},
            {"type": "reasoning.start"},
            {"type": "reasoning.delta", "content": "A colour."},
            {"type": "reasoning.end"},
            {"type": "message.start"},
            {"type": "message.delta", "content": self.text[:half]},
            *([error] if self.fails else [{"type": "message.delta", "content": self.text[half:]}]),
            {"type": "message.end"},
            {"type": "chat.end", "result": result},
        ]
        self.loaded.add(model)
        written = [f"event: {event['type']}\ndata: {compact(event)}\n\n".encode() for event in events]
        if self.stalls:
            self.reply(*written[:-3], STALL)
        else:
            self.stream(written)
