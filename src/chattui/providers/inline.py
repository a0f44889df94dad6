"""Reasoning that a server leaves in the text as <think>…</think>, because it has no parser for the model's template."""

from __future__ import annotations

import re

from chattui.events import ChatEvent, ReasoningDelta, TextDelta, TextReplaced

_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>", "<thought>": "</thought>"}
_LONE_CLOSE = re.compile(r"^[ \t]*</think>[ \t]*\n", re.MULTILINE)
_TAIL = 48
"""Pieces of text in which a closing tag that has just come must lie."""
_MANY = 1024
"""Pieces that are kept apart: a string of a few letters takes fifty bytes."""
WATCHED = 256 * 1024
"""Characters within which a closing tag without an opening one is still looked for."""


class InlineReasoning:
    """Deltas of text in, text and reasoning out; tags may be cut anywhere.

    An opening tag counts only as the first word of a reply: a text about such tags is a text. Some templates put the
    opening tag into the prompt; then a line of nothing but `</think>`, outside of code fences, turns all that was said
    before it into reasoning. `watches` False: the server parses reasoning itself, so a lone closing tag is text.
    """

    def __init__(self) -> None:
        self.watches = True
        self._at_start = True
        self._close = ""  # the tag that ends the reasoning that is on
        self._held = ""  # what may become a tag
        self._trim = False  # right after a tag: blanks are dropped
        self._said: list[str] = []
        self._length = 0

    def feed(self, text: str) -> list[ChatEvent]:
        """The events of one delta."""
        if self._at_start:
            return self._start(self._held + text)
        if self._close:
            return self._reasoning(self._held + text)
        return self._text(text)

    def flush(self) -> list[ChatEvent]:
        """At the end of the reply: what was held back."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [ReasoningDelta(held) if self._close else TextDelta(held)]

    def _start(self, text: str) -> list[ChatEvent]:
        word = text.lstrip()
        for tag, close in _TAGS.items():
            if word.startswith(tag):
                self._at_start, self._held, self._close, self._trim = False, "", close, True
                return self._reasoning(word[len(tag) :])
        if any(tag.startswith(word) for tag in _TAGS) and len(text) < 200:
            self._held = text
            return []
        self._at_start, self._held = False, ""
        return self._text(text)

    def _reasoning(self, text: str) -> list[ChatEvent]:
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        inside, tag, after = text.partition(self._close)
        if tag:
            self._close, self._held, self._trim, self.watches = "", "", True, False
            return [*([ReasoningDelta(inside)] if inside else []), *self._text(after)]
        kept = next((n for n in range(len(self._close) - 1, 0, -1) if text.endswith(self._close[:n])), 0)
        self._held = text[len(text) - kept :]
        text = text[: len(text) - kept]
        return [ReasoningDelta(text)] if text else []

    def _text(self, text: str) -> list[ChatEvent]:
        if self._trim:
            text = text.lstrip()
            self._trim = not text
        if not text:
            return []
        if self.watches:
            self._said.append(text)
            if len(self._said) > _MANY:
                self._said[:-_TAIL] = ["".join(self._said[:-_TAIL])]
            self._length += len(text)
            self.watches = self._length < WATCHED
            if "\n" in text and "</think>" in "".join(self._said[-_TAIL:]) and (moved := self._moved()):
                return moved
        return [TextDelta(text)]

    def _moved(self) -> list[ChatEvent]:
        whole = "".join(self._said)
        found = _LONE_CLOSE.search(whole)
        if found is None or whole.count("```", 0, found.start()) % 2:
            return []
        self.watches = False
        self._said.clear()
        before, after = whole[: found.start()].strip("\n"), whole[found.end() :].lstrip()
        self._trim = not after
        return [TextReplaced(after), *([ReasoningDelta(before)] if before else [])]
