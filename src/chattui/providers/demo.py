"""The built-in demo: it explains chattui, offline.

It is a server, not a shortcut: `answer` is handed to the wire as what stands behind `demo://`, reads an OpenAI chat
request and streams bytes of text/event-stream. They pass through framing, dialect and session like anybody's.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

from chattui.actions import ACTIONS
from chattui.providers import Provider, openai_chat

WORDS_PER_SECOND = 45.0
"""A natural pace; `params = { pace = 0 }` streams without pauses, 2 takes twice as long."""
SHOWN_KEYS = (
    "prompt.send", "prompt.newline", "stream.stop", "conversation.new", "conversation.next", "conversation.prev",
    "endpoint.pick", "message.retry", "message.copy_last", "pane.list", "palette", "help.keys", "app.quit",
)  # fmt: skip

PROVIDER = Provider(reply=openai_chat.PROVIDER.reply)


async def answer(path: str, body: bytes) -> AsyncIterator[bytes]:
    """The bytes of the reply to an OpenAI chat request, at the pace that its `pace` asks for; or the list of models."""
    if path.endswith("/models"):
        yield b'{"data": [{"id": "demo"}]}'
        return
    request = json.loads(body)
    prompt = next((item["content"] for item in reversed(request["messages"]) if item["role"] == "user"), "")
    pace = float(request.get("pace", 1.0))
    words = 0
    yield _event({"role": "assistant", "content": ""})
    await asyncio.sleep(0.35 * pace)
    for piece in pieces(reply_to(prompt)):
        words += 1
        yield _event({"content": piece})
        if pace:
            pause = 3.0 if piece.endswith(("\n\n", ". ", ": ")) else 1.0
            await asyncio.sleep(pace * pause / WORDS_PER_SECOND)
    yield _event({}, finish_reason="stop")
    usage = {"prompt_tokens": len(prompt.split()), "completion_tokens": words}
    yield _data({"choices": [], "model": "demo", "usage": usage})
    yield b"data: [DONE]\n\n"


def reply_to(prompt: str) -> str:
    """The Markdown of the section whose words fit the prompt best."""
    asked = set(re.findall(r"[a-z]+", prompt[:2000].lower()))
    best = max(sections(), key=lambda section: len(asked & section[0]))
    text = best[1] if asked & best[0] else sections()[-1][1]
    shown = "\n> ".join(prompt[:400].splitlines() or [""]) + ("…" if len(prompt) > 400 else "")
    return text.replace("{keys}", _keys()).replace("{prompt}", shown)


@cache
def sections() -> list[tuple[frozenset[str], str]]:
    """(the words that call for it, its Markdown) of every section of demo.md."""
    source = Path(__file__).with_name("demo.md").read_text("utf-8")
    found = re.findall(r"^# \w+\nwords:(.*)\n\n((?:(?!^# \w+\nwords:).*\n)*)", source, re.MULTILINE)
    return [(frozenset(words.split()), text.strip()) for words, text in found]


def pieces(text: str) -> Iterator[str]:
    """The text cut as models cut it: words with the blanks behind them."""
    return (match.group() for match in re.finditer(r"\S+\s*|\s+", text))


def _keys() -> str:
    actions = {action.id: action for action in ACTIONS}
    rows = [f"| `{actions[name].keys[0]}` | {actions[name].words} |" for name in SHOWN_KEYS]
    return "\n".join(rows)


def _event(delta: dict[str, str], finish_reason: str | None = None) -> bytes:
    return _data({"model": "demo", "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]})


def _data(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n\n"
