"""What lies behind a message: its files, and opened by a key its tools, sources and usage in full."""

from __future__ import annotations

import json
from pathlib import Path

from rich.segment import Segment
from rich.style import Style

from chattui import attach, safe, usage
from chattui.chat import Message, Tool
from chattui.files import Files
from chattui.tui.inline import linked
from chattui.tui.palette import Palette
from chattui.tui.rows import Line
from chattui.tui.wrap import Span, wrap

LONGEST = 4000
"""Characters of a tool's arguments or result that are shown; `chattui show --json` prints all."""
SIGN = "▤ "


def has_more(message: Message) -> bool:
    """Whether opening the message shows anything that it does not show closed."""
    return bool(message.reasoning or message.tools or message.sources or (message.usage and usage.facts(message.usage)))


def files(message: Message, palette: Palette, width: int, folder: Path | None) -> list[Line]:
    """A line for each file that was sent along or came back: name, size, and where it is."""
    kept = Files(folder) if folder is not None else None
    found: list[Line] = []
    for file in message.attachments:
        name = safe.line(file.name, 60)
        size = f"  {attach.size(file.size)}" if file.size else ""
        address = safe.link(file.url) if file.url else None
        style, place = palette.strong, ""
        if address:
            style, place = linked(address, palette, name), file.url
        elif message.role == "assistant" and kept is not None and file.digest:
            path = kept.path(file)
            style = palette.link + Style(meta={"file": str(path)})
            place = _short(path)
        spans: list[Span] = [(SIGN, palette.accent), (name, style), (size, palette.dim)]
        spans += [("  ", palette.text), (safe.line(place, 300), palette.dim)] if place else []
        found += _lines(spans, width)
    return found


def _short(path: Path) -> str:
    """With ~ for the home folder."""
    try:
        return f"~/{path.relative_to(Path.home())}"
    except (ValueError, RuntimeError):
        return str(path)


def tools(message: Message, palette: Palette, width: int) -> list[Line]:
    """Every tool call with all of its arguments, and its result beneath."""
    found: list[Line] = []
    for tool in message.tools:
        found += _lines([("⚙ ", palette.accent), (safe.line(tool.name, 80) or "tool", palette.accent)], width)
        found += _block(_arguments(tool), palette.text, width)
        if tool.result is None:
            found += _block("…", palette.dim, width)
        else:
            sign = "✗ " if tool.failed else "→ "
            found += _block(sign + _cut(tool.result), palette.error if tool.failed else palette.dim, width)
    return found


def _arguments(tool: Tool) -> str:
    """One argument a line; while they stream, or when they are no object, as they are."""
    try:
        values = json.loads(tool.arguments)
    except (ValueError, RecursionError):
        return _cut(tool.arguments)
    if not isinstance(values, dict):
        return _cut(tool.arguments)
    said = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values.values())
    return _cut("\n".join(f"{name}: {value}" for name, value in zip(values, said, strict=True)))


def sources(message: Message, palette: Palette, width: int) -> list[Line]:
    """Every source on a line of its own: number, title, address, and the words that were used of it."""
    found: list[Line] = []
    for number, source in enumerate(message.sources, 1):
        address = safe.link(source.url)
        words = safe.line(source.title or source.url, 200)
        style = linked(address, palette, words) if address else palette.text
        spans: list[Span] = [(f"{number} ", palette.dim), (words, style)]
        if source.title and source.url:
            spans.append((f"  {safe.line(source.url, 300)}", palette.dim))
        found += _lines(spans, width)
        if source.snippet:
            found += _block(safe.line(source.snippet, 300), palette.dim, width)
    return found


def accounts(message: Message, palette: Palette, width: int) -> list[Line]:
    """What the reply has cost, as far as the server told."""
    facts = usage.facts(message.usage) if message.usage else []
    return _lines([(" · ".join(facts), palette.dim)], width) if facts else []


def _block(text: str, style: Style, width: int) -> list[Line]:
    """Lines set in by two cells."""
    return [
        line._replace(segments=[Segment("  "), *line.segments], lead=line.lead + 2)
        for row in safe.clean(text).expandtabs(4).split("\n")
        if row
        for line in _lines([(row, style)], width - 2)
    ]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _lines(spans: list[Span], width: int) -> list[Line]:
    found = []
    for row in wrap(spans, max(1, width)):
        segments = [Segment(text, style) for text, style in row.spans]
        found.append(Line(segments, "".join(segment.text for segment in segments).rstrip()))
    return found
