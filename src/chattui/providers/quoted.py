"""Keys that a server repeats, blacked out of a reply: those in one frame, and those that come in pieces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from chattui.events import ChatEvent, Notice, ReasoningDelta, TextDelta, TextReplaced, ToolCalled
from chattui.redaction import Blackout

QUOTED = "The server repeated a key of yours; it stands as *** here."


class Quoted:
    """What one reply repeats of these secrets. Each kind of text, and each tool's arguments, arrive by themselves."""

    __slots__ = ("_frames", "_secrets", "_texts")

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secrets)
        self._frames = Blackout(self._secrets)
        self._texts: dict[type[ChatEvent] | str, Blackout] = {}

    def data(self, data: str) -> str:
        """What a frame holds; the same object if there is no key in it."""
        return self._frames.whole(data)

    def event(self, event: ChatEvent) -> ChatEvent | None:
        """The event without a key; an end that may begin one waits. None if nothing is left yet."""
        match event:
            case TextDelta(text) | ReasoningDelta(text):
                shown = self._of(type(event)).feed(text)
                return event if shown is text else type(event)(shown) if shown else None
            case TextReplaced(text):
                shown = self._of(TextDelta).anew(text)
                return event if shown is text else TextReplaced(shown)
            case ToolCalled(name, arguments=text) if text:
                shown = self._of(name).feed(text)
                return event if shown is text else replace(event, arguments=shown)
        return event

    def end(self) -> Iterator[ChatEvent]:
        """What had waited, and a notice if there was a key."""
        for kind, blackout in self._texts.items():
            if rest := blackout.end():
                if isinstance(kind, str):
                    yield ToolCalled(kind, arguments=rest)
                else:
                    yield ReasoningDelta(rest) if kind is ReasoningDelta else TextDelta(rest)
        if self._frames.found or any(blackout.found for blackout in self._texts.values()):
            yield Notice(QUOTED)

    def _of(self, kind: type[ChatEvent] | str) -> Blackout:
        found = self._texts.get(kind)
        if found is None:
            found = self._texts[kind] = Blackout(self._secrets)
        return found
