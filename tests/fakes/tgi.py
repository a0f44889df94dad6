"""Hugging Face text-generation-inference: POST /generate_stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fakes import Fake, compact
from server import Received


@dataclass
class Tgi(Fake):
    fails: bool = False
    special: bool = True
    """The model ends with an end-of-text token; otherwise it ran into max_new_tokens."""
    text: str = "Hi there"

    def answer(self, asked: Received) -> None:
        body = asked.json
        if not body["inputs"]:
            self.json({"error": "Input validation error: `inputs` cannot be empty", "error_type": "validation"}, 422)
            return
        words = [self.text[:3], self.text[3:]] + (["</s>"] if self.special else [])
        said: list[dict[str, Any]] = [
            {"index": at, "token": {"id": at, "text": word, "logprob": -0.1, "special": word == "</s>"},
             "generated_text": None, "details": None}
            for at, word in enumerate(words, 1)
        ]  # fmt: skip
        reason = "eos_token" if self.special else "length"
        said[-1] |= {
            "generated_text": self.text,
            "details": {"finish_reason": reason, "generated_tokens": len(words), "seed": None, "input_length": 5},
        }
        if self.fails:
            said = [said[0], {"error": "Request failed during generation", "error_type": "generation"}]
        self.stream([f"data:{compact(item)}\n\n".encode() for item in said])
