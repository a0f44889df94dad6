"""The rows around the text of a message: who, how it went, tools, sources, choices, notices and how it ended."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from rich.segment import Segment
from rich.style import Style

from chattui import safe, usage
from chattui.branches import Place
from chattui.chat import Message, Tool
from chattui.exports.words import speaker
from chattui.tui import details
from chattui.tui.inline import linked
from chattui.tui.palette import Palette
from chattui.tui.rows import Line
from chattui.tui.veil import Veil
from chattui.tui.wrap import Span, cells, wrap


@dataclass(frozen=True, slots=True)
class Moment:
    """What the parts need to know beside the message: how wide, how it looks, and how long it has been going on."""

    palette: Palette
    width: int
    """Cells of prose."""
    now: float
    """Unix seconds."""
    keys: str = ""
    """What to press when the message did not end well."""
    unfolded: bool = False
    elapsed: float = 0.0
    """Seconds since the request, while it streams."""
    first: float | None = None
    """Seconds to the first content, while it streams."""
    thought: float | None = None
    """Seconds of reasoning, while it streams."""
    files: Path | None = None
    """The folder in which files are kept."""
    veil: Veil = field(default_factory=Veil)
    """Over characters that would not be seen."""
    reveal_key: str = ""
    place: Place | None = None
    """Where the message stands among its siblings, when it has any."""


def head(message: Message, at: Moment) -> list[Line]:
    """The role line: who, and dim at the right how it went."""
    palette = at.palette
    match message.role:
        case "user":
            name = "you"
        case "assistant":
            name = safe.line(speaker(message), 60)
        case _:
            name = message.role
    facts = measures(message, at)
    pager = _pager(at, gap=bool(facts))
    room = at.width - sum(segment.cell_length for segment in pager)
    while facts and len(name) + 2 + len(" · ".join(facts)) > room:
        del facts[0]
    words = " · ".join(facts)
    pager = pager if words else _pager(at, gap=False)
    taken = cells(words) + sum(segment.cell_length for segment in pager)
    shown = wrap([(name, palette.role(message.role))], max(1, at.width - taken - (2 if taken else 0)))[0].spans
    used = sum(cells(text) for text, _ in shown)
    pad = " " * (at.width - used - taken)
    before, state, after = words.partition(message.state)
    tail = [Segment(before, palette.dim), Segment(state, palette.warning), Segment(after, palette.dim), *pager]
    segments = [*(Segment(text, kind) for text, kind in shown), Segment(pad, palette.text), *tail]
    return [Line(segments, None)]


def _pager(at: Moment, *, gap: bool) -> list[Segment]:
    """‹2/3›: a click on its halves shows the sibling before or after."""
    if at.place is None:
        return []
    before, _, after = at.place.words.partition("/")
    style = at.palette.accent
    halves = [(f"‹{before}", -1), (f"/{after}›", 1)]
    segments = [Segment(text, style + Style(meta={"page": step})) for text, step in halves]
    return [Segment(" · ", at.palette.dim), *segments] if gap else segments


def measures(message: Message, at: Moment) -> list[str]:
    """Facts of the role line, the least important first."""
    if message.role != "assistant":
        if not message.created:
            return []
        when, today = datetime.fromtimestamp(message.created), datetime.fromtimestamp(at.now)  # noqa: DTZ006 — the reader's wall clock
        if when.date() == today.date():
            return [f"{when:%H:%M}"]
        return [f"{when:%b} {when.day} {when:%H:%M}" if when.year == today.year else f"{when:%Y-%m-%d %H:%M}"]
    facts: list[str] = []
    streaming = message.state == "streaming"
    first = at.first if streaming else message.timing.first
    total = at.elapsed if streaming else message.timing.total
    if first is not None:
        facts.append(f"{first:.2f} s to first")
    written = (total - first) if total is not None and first is not None else 0.0
    if speed := usage.speed(message.usage.output if message.usage else None, first, total):
        facts.append(f"{speed:.0f} tok/s")
    elif message.text and written >= 1.0:
        facts.append(f"{len(message.text) / written:.0f} chars/s")
    if message.usage and message.usage.output:  # servers that do not count say 0
        facts.append(f"{message.usage.output:,} tokens")
    if message.usage and message.usage.cost:
        facts.append(usage.dollars(message.usage.cost))
    if message.state not in {"complete", "streaming"}:
        facts.append(message.state)
    elif message.finish == "length":
        facts.append("cut at the length limit")
    if total is not None:
        facts.append(seconds(total))
    return facts


def seconds(value: float) -> str:
    """A duration: 3.1 s, 42 s, 2 min 5 s."""
    if value < 9.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def thinking(message: Message, at: Moment) -> list[Line]:
    """The line of the reasoning, and what stands before the first token."""
    palette = at.palette
    live = message.state == "streaming" and not message.text
    if not message.reasoning:
        if live and not message.tools:
            return [Line([Segment(f"waiting {seconds(at.elapsed)} ", palette.dim)], None)]
        return []
    sign = "▾" if at.unfolded else "▸"
    spent = message.timing.thought if message.timing.thought is not None else at.thought
    if live:
        words = f"{sign} thinking … {seconds(at.elapsed)}"
    else:
        words = f"{sign} thought for {seconds(spent)}" if spent is not None else f"{sign} thought"
    return [Line([Segment(words, palette.dim + Style(meta={"fold": message.id}))], None)]


def tools(message: Message, at: Moment) -> list[Line]:
    """One line for each tool: name, arguments and what came back; opened, all of it."""
    palette = at.palette
    if at.unfolded:
        found = details.tools(message, palette, at.width)
        return [*found, Line([])] if found and message.text else found
    found = []
    for tool in message.tools:
        sign = "✗ " if tool.failed else "→ "
        result = "…" if tool.result is None else sign + safe.line(tool.result, 60)
        name = f"⚙ {safe.line(tool.name, 40) or 'tool'}  "
        room = at.width - cells(name)
        back = wrap([(result, palette.error if tool.failed else palette.dim)], max(1, room // 2))[0].spans
        space = room - sum(cells(text) for text, _ in back) - 2
        shown = wrap([(_arguments(tool), palette.text)], max(1, space))[0].spans if space > 0 else []
        pad = " " * max(1, room - sum(cells(text) for text, _ in (*shown, *back)))
        opens = Style(meta={"fold": message.id})
        spans: list[Span] = [(name, palette.accent + opens), *shown, (pad, palette.text), *back]
        found.append(_line(spans))
    if found and message.text:
        found.append(Line([]))
    return found


def _arguments(tool: Tool) -> str:
    try:
        values = json.loads(tool.arguments)
    except (ValueError, RecursionError):
        return safe.line(tool.arguments, 200)
    if not isinstance(values, dict):
        return safe.line(tool.arguments, 200)
    return safe.line(" ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in values.items()), 200)


def foot(message: Message, at: Moment) -> list[Line]:
    """What follows the text, and the blank line under the message."""
    palette = at.palette
    found: list[Line] = []

    def say(*spans: Span) -> None:
        found.extend(_line(row.spans) for row in wrap(spans, at.width))

    if message.state == "complete" and message.role == "assistant" and not (message.has_content or message.notices):
        say(("empty reply", palette.dim + palette.emphasis))
    if message.choices:
        found.append(Line([]))
        offered: list[Span] = []
        for number, choice in enumerate(message.choices, 1):
            click = Style(meta={"choice": number})
            label = safe.line(choice.label, 80).replace(" ", "\u00a0")
            offered += [
                (f"{number}\u00a0", palette.accent + click),
                (label, palette.link + click),
                ("   ", palette.text),
            ]
        say(*offered[:-1])
    if message.attachments:
        lines = details.files(message, palette, at.width, at.files)
        found += [Line([]), *lines] if message.text else lines
    if message.sources and at.unfolded:
        found += [Line([]), *details.sources(message, palette, at.width)]
    elif message.sources:
        found.append(Line([]))
        cited: list[Span] = [("sources", palette.dim)]
        for number, source in enumerate(message.sources, 1):
            address = safe.link(source.url)
            said = safe.line(source.title or source.url, 60)
            style, words = linked(address, palette, said) if address else palette.text, said.replace(" ", "\u00a0")
            cited += [("  ", palette.text), (f"{number}\u00a0", palette.dim), (words, style)]
        say(*cited)
    if at.unfolded:
        found += details.accounts(message, palette, at.width)
    if at.veil.count:
        say(*_hidden(message, at))
    for notice in message.notices:
        say(("· ", palette.warning), (safe.line(notice, 400), palette.dim))
    if message.error is not None:
        sign = "✗ " if message.state == "failed" else "⚠ "
        style = palette.error if message.state == "failed" else palette.warning
        hint = f" {safe.line(message.error.hint, 400)}" if message.error.hint else ""
        count = len(message.text.split())
        kept = f" Kept {count:,} word{'s' if count > 1 else ''}." if message.state == "incomplete" and count else ""
        say((sign, style), (safe.line(message.error.text, 400) + kept, palette.text), (hint, palette.dim))
    elif message.state in {"incomplete", "failed"}:
        say(("⚠ ", palette.warning), (message.state, palette.text))
    elif message.state == "stopped":
        say(("■ ", palette.warning), ("stopped", palette.dim))
    if at.keys and message.state in {"incomplete", "failed", "stopped"}:
        say((at.keys, palette.accent))
    found.append(Line([]))
    return found


def _hidden(message: Message, at: Moment) -> list[Span]:
    """The badge of characters that would not be seen, and what they spell once they are named."""
    count = "1 hidden character" if at.veil.count == 1 else f"{at.veil.count:,} hidden characters"
    words = f"{count}, named above" if at.veil.lifted else f"{count}, shown as {safe.VEIL}"
    if at.veil.lifted and (spelled := safe.smuggled(message.text + message.reasoning)):
        words += f"; they spell “{spelled}”"
    click = Style(meta={"reveal": message.id})
    key = f"  {at.reveal_key} {'veils' if at.veil.lifted else 'names'} them" if at.reveal_key else ""
    return [("◌ ", at.palette.warning + click), (words, at.palette.dim + click), (key, at.palette.accent + click)]


def _line(spans: list[Span]) -> Line:
    segments = [Segment(text.replace("\u00a0", " "), style) for text, style in spans]
    return Line(segments, "".join(segment.text for segment in segments).rstrip())
