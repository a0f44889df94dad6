"""What chattui itself exports as Markdown, read back: see `chattui.exports.markdown` for its sections."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from chattui.events import JSON
from chattui.exports.markdown import REASONING
from chattui.exports.shield import unshielded
from chattui.imports import Item, Skipped, listed, own, table

_MARKER = re.compile(r"^<!-- chattui:([a-z]{1,20})(?: (\{.*\}))? -->[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"\A\s*#{1,6} [^\n]*(?:\n\n?|\Z)")


@dataclass(frozen=True, slots=True)
class _Section:
    kind: str
    about: JSON
    """What its marker says; None where that cannot be read."""
    body: str
    line: int


def fits(source: str) -> bool:
    """Whether a text holds conversations that chattui exported."""
    return "<!-- chattui:conversation " in source


def read(source: str) -> Iterator[Item]:
    """Every conversation in the text."""
    begun: dict[str, JSON] | None = None
    reply: dict[str, JSON] | None = None
    told: Collection[str] = ()  # what the marker of the message says itself
    for part in _sections(source):
        match part.kind:
            case "conversation" | "end":
                if begun is not None:
                    yield own.read(begun)
                begun = reply = None
                if part.kind == "conversation" and isinstance(table(part.about).get("id"), str):
                    strays = listed(part.about.pop("strays", None))
                    begun = {**part.about, "messages": [*strays]}
                elif part.kind == "conversation":
                    yield Skipped(f"line {part.line}", "The mark of a conversation is damaged.")
            case "message" if begun is not None:
                told = table(part.about)
                reply = {"text": unshielded(_HEADING.sub("", part.body)), **told}
                if "id" in told:
                    begun["messages"].append(reply)
                else:
                    yield Skipped(f"line {part.line}", "The mark of a message is damaged.")
            case "text" if reply is not None and "text" not in told:
                reply["text"] = unshielded(part.body)
            case "reasoning" if reply is not None and "reasoning" not in told:
                reply["reasoning"] = unshielded(part.body.removeprefix(REASONING[0]).removesuffix(REASONING[1]))
            case _:
                pass
    if begun is not None:
        yield own.read(begun)


def _sections(source: str) -> Iterator[_Section]:
    """The text between markers, without the empty line that belongs to nobody."""
    if re.search(r"^<!-- chattui:[^\n]*-->\r$", source, re.MULTILINE):  # a program has changed the line ends
        source = source.replace("\r\n", "\n")
    marks = list(_MARKER.finditer(source))
    line, counted = 1, 0
    for number, mark in enumerate(marks):
        line += source.count("\n", counted, mark.start())
        counted = mark.start()
        end = marks[number + 1].start() if number + 1 < len(marks) else len(source)
        body = source[mark.end() + 1 : end]
        body = body[:-2] if body.endswith("\n\n") else body.rstrip("\n")
        yield _Section(mark[1], _json(mark[2]), body, line)


def _json(said: str | None) -> JSON:
    try:
        return {} if said is None else json.loads(said)
    except (ValueError, RecursionError):
        return None
