"""A store of generated conversations, the same for the same numbers: what benchmarks and tests of size are run on.

    python benchmarks/generated.py FOLDER                    10,000 conversations of 20 messages, 160 MB
    python benchmarks/generated.py FOLDER --conversations 100 --messages 20
    python benchmarks/generated.py FOLDER --conversations 1 --messages 10000

FOLDER becomes a data folder: `CHATTUI_HOME=x chattui` reads `x/data`. The words follow Zipf's law; every seventh
answer holds a code block, every twentieth conversation is Chinese, every fifteenth German. `NEEDLE`
stands in one message.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
from collections.abc import Iterator
from pathlib import Path

from chattui.chat import Conversation, Message, Role, Timing, title_of
from chattui.document import encode

START = 1_600_000_000.0
"""Unix seconds of the first conversation; each one begins an hour after the one before."""
NEEDLE = "zyxwquokkavut"
MODELS = (("openai", "gpt-x"), ("anthropic", "claude-x"), ("ollama", "llama-small"), ("lab", "m-large"))
SYLLABLES = """
ta re lo mi ka su ven dor pro in ter con ex sta ble ri ver ma ton el gra phy net work da ling cut pex sim ple log ic
time out bu ffer end mark er str eam to ken ser ver cli ent que ry in dex mes sage hea der
"""
GERMAN = ("für", "über", "möglich", "Größe", "Zürich", "Lösung", "schön", "Prüfung", "häufig", "zurück")
HAN = (
    "这是一个很长的句子用来测试搜索模型服务数据流结束标记代理缓冲网络连接时间问题答案语言中文大小写文件目录用户消息对话"
)
CODE = "```python\nasync for event in source.{a}():\n    if event.{b} == '[DONE]':\n        return {c}({a})\n```"


class Words:
    """Running text from a random source."""

    def __init__(self, seed: int, size: int = 20_000) -> None:
        self.random = random.Random(seed)
        made = random.Random(7)
        self.known = list(
            dict.fromkeys(
                "".join(made.choices(SYLLABLES.split(), k=made.choice((1, 2, 2, 3, 3, 4)))) for _ in range(size * 2)
            )
        )[:size]
        self.weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self.known))))

    def some(self, count: int) -> list[str]:
        """That many words, common ones more often."""
        return self.random.choices(self.known, cum_weights=self.weights, k=count)

    def prose(self, count: int) -> str:
        """Sentences and paragraphs of about that many words."""
        words = self.some(count)
        for at in range(0, count, 13):
            words[at] = words[at].capitalize()
            if at:
                words[at - 1] += ".\n\n" if at % 65 == 0 else "."
        return " ".join(words) + "."

    def answer(self, number: int, count: int) -> str:
        """An answer: prose, with code in every seventh."""
        text = self.prose(count)
        if number % 7 == 0:
            first, second, third = self.some(3)
            text += "\n\n" + CODE.format(a=first, b=second, c=third)
        return text


def conversations(count: int, messages: int, seed: int = 1) -> Iterator[Conversation]:
    """Conversations, the oldest first, each with that many messages in one branch."""
    words = Words(seed)
    for number in range(count):
        yield conversation(words, number, messages)


def conversation(words: Words, number: int, messages: int) -> Conversation:
    """One of them. Ids sort by number."""
    began = START + 3600 * number
    endpoint, model = MODELS[number % len(MODELS)]
    kind = "han" if number % 20 == 11 else "german" if number % 15 == 4 else ""
    found: dict[str, Message] = {}
    parent = None
    for at in range(messages):
        role: Role = "assistant" if at % 2 else "user"
        count = words.random.randint(95, 140) if at % 2 else words.random.randint(20, 50)
        match kind:
            case "han":
                text = "".join(words.random.choices(HAN, k=count)) + "。"
            case "german":
                text = words.answer(at, count) + " " + " ".join(words.random.choices(GERMAN, k=8)) + "."
            case _:
                text = words.answer(at, count) if at % 2 else words.prose(count)
        if number == 17 and at == messages - 1:
            text += f" {NEEDLE}."
        name = f"{number:08x}{at:08x}"
        timing = Timing(0.4, 3.1) if at % 2 else Timing()
        found[name] = Message(
            name,
            parent,
            role,
            text,
            began + 30 * at,
            endpoint=endpoint if at % 2 else "",
            model=model if at % 2 else "",
            timing=timing,
        )
        parent = name
    title = title_of(next(iter(found.values()))) if found else ""
    last = began + 30 * max(0, messages - 1)
    return Conversation(f"{number:08x}gen", began, last, title, endpoint=endpoint, head=parent, messages=found)


def write(folder: Path, count: int, messages: int, seed: int = 1) -> int:
    """Write them as a store, without waiting for the disk; the bytes written. The files' times are the documents'."""
    home = folder / "conversations"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    total = 0
    for made in conversations(count, messages, seed):
        data = encode(made)
        path = home / f"{made.id}.json"
        path.write_bytes(data)
        path.chmod(0o600)
        os.utime(path, (made.updated, made.updated))
        total += len(data)
    return total


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    size = write(wanted.folder, wanted.conversations, wanted.messages, wanted.seed)
    print(f"{wanted.conversations:,} conversations of {wanted.messages:,} messages, {size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main()
