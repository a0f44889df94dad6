"""The texts of an answer's frames, and which of them a person would read: every path's texts are joined and scored."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chattui.events import JSON
from chattui.rules import Path
from chattui.wire import Frame

_KINDS = ("type", "event", "kind", "status", "op", "object", "phase")
"""Keys that usually say what a frame is."""
_TEXTS = re.compile(
    r"(content|delta|text|token|chunk|answer|response|message|output|reply|part|data|value)s?$", re.IGNORECASE
)
_NO_TEXTS = re.compile(
    r"(id|type|role|model|object|status|name|event|created|time|timestamp|version|url|kind|reason)$", re.IGNORECASE
)
_THOUGHTS = re.compile(r"reason|think|thought", re.IGNORECASE)
_ID_LIKE = re.compile(r"^[0-9a-fA-F-]{8,}$|^[\w-]{20,}$|^\d{4}-\d\d-\d\d[T ]|^https?://\S+$")
_DEEP = 7


@dataclass(frozen=True, slots=True)
class Item:
    kind: str
    """The frame's event or the value of its telling key; "" = it has none."""
    value: JSON
    """Its JSON, or None."""
    raw: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A text at a path of one kind of frame."""

    kind: str
    path: Path
    texts: tuple[str, ...]

    @property
    def grows(self) -> bool:
        """Whether each text begins with the one before: the whole so far, not what is new."""
        pairs = list(zip(self.texts, self.texts[1:], strict=False))
        return (
            len(pairs) >= 2
            and all(after.startswith(before) for before, after in pairs)
            and self.texts[-1] != self.texts[0]
        )

    @property
    def joined(self) -> str:
        return self.texts[-1] if self.grows else "".join(self.texts)

    @property
    def score(self) -> float:
        """How much this looks like the text of an answer."""
        if len(self.texts) > 3 and len(set(self.texts)) < max(2, len(self.texts) // 8):
            return 0.0
        name = self.path[-1] if self.path else ""
        weight = 1.0
        if _NO_TEXTS.search(name):
            weight = 0.3
        elif _TEXTS.search(name):
            weight = 1.25
        return min(1.0, prose(self.joined) * weight) * (1 + math.log10(1 + len(self.texts)) / 10)


def prose(text: str) -> float:
    """0 to 1: how much a text looks like something that somebody says."""
    text = text.strip()
    if len(text) < 2 or _ID_LIKE.match(text):
        return 0.0
    letters = sum(character.isalpha() or character in " ,.'!?-\n" for character in text) / len(text)
    words = text.split()
    wordy = 1.0 if any(character >= "\u2e80" for character in text) else min(1.0, len(words) / 4)
    mean = sum(map(len, words)) / len(words)
    usual = 1.0 if mean <= 14 or (wordy == 1.0 and mean <= 40) else 0.4
    return letters * usual * (0.35 + 0.65 * wordy)


def parsed(data: str) -> JSON:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def telling(frames: Sequence[Frame]) -> str:
    """The key whose value tells the kinds of frames apart; "" where it is the event's name, or nothing."""
    if len({frame.event for frame in frames}) > 1:
        return ""
    values = [value for frame in frames if isinstance(value := parsed(frame.data), Mapping)]
    for key in _KINDS:
        found = [item for value in values if isinstance(item := value.get(key), str) and len(item) <= 60]
        if len(found) >= 0.7 * len(values) and 1 < len(set(found)) <= max(6, len(found) // 2):
            return key
    return ""


def made(frame: Frame, key: str) -> Item:
    value = parsed(frame.data)
    kind = frame.event
    if key and isinstance(value, Mapping) and isinstance(value.get(key), str):
        kind = str(value[key])
    return Item(kind, value, frame.data)


def leaves(value: JSON, way: Path = ()) -> Iterator[tuple[Path, JSON]]:
    if len(way) > _DEEP:
        return
    match value:
        case Mapping():
            for key, item in value.items():
                yield from leaves(item, (*way, key))
        case list():
            for at, item in enumerate(value[:3]):
                yield from leaves(item, (*way, str(at)))
        case _:
            yield way, value


def spots(items: Iterable[Item]) -> Iterator[Spot]:
    found: dict[tuple[str, Path], list[str]] = {}
    for item in items:
        if item.value is None and item.raw.strip() != "[DONE]":
            found.setdefault((item.kind, ()), []).append(item.raw)
        for way, leaf in leaves(item.value):
            if isinstance(leaf, str) and leaf:
                found.setdefault((item.kind, way), []).append(leaf)
    for (kind, way), texts in found.items():
        yield Spot(kind, way, tuple(texts))


def thinks(spot: Spot) -> bool:
    named = _THOUGHTS.search(spot.kind) or any(_THOUGHTS.search(step) for step in spot.path)
    return bool(named) and spot.score > 0


def dotted(way: Path) -> str:
    """A path as the rule language writes it."""
    return ".".join(step if re.fullmatch(r"[^\s.\"\[\]]+", step) else f'"{step}"' for step in way) or "$"
