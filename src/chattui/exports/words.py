"""What is told about a conversation and its messages in every form: who, when, how long, what else belongs to it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from chattui import attach, safe
from chattui.chat import Conversation, Message
from chattui.config import params
from chattui.events import Attachment
from chattui.exports.shield import ROLES, names
from chattui.files import Files


def speaker(message: Message) -> str:
    """Who said it, for headings. A model that is called like somebody else is told apart."""
    if message.role in {"user", "system"}:
        return "you" if message.role == "user" else "system"
    name = message.model or message.endpoint or "assistant"
    return f"{name} (a model)" if names(name, ROLES - {"assistant"}) else name


def title(conversation: Conversation, otherwise: str = "Conversation") -> str:
    """The title in one line."""
    return safe.line(conversation.title) or otherwise


def facts(conversation: Conversation) -> Iterator[str]:
    """Where it was held, with which model, when, and its id."""
    if conversation.endpoint:
        yield safe.line(conversation.endpoint, 40)
    if conversation.model:
        yield safe.line(conversation.model, 60)
    if conversation.params:
        yield safe.line(params.lines(conversation.params).replace("\n", ", "), 200)
    if conversation.system:
        yield f"system: {safe.line(conversation.system, 60)}"
    yield date(conversation.created)
    yield conversation.id


def measures(message: Message) -> Iterator[str]:
    """How long it took, and what is wrong with it."""
    if message.timing.total is not None:
        yield f"{message.timing.total:.1f} s"
    if message.state != "complete":
        yield message.state


def date(seconds: float) -> str:
    """The day and the minute on this machine's clock."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):  # a stored number that is no date
        return "?"


def tools(message: Message) -> Iterator[str]:
    """A line for each tool call."""
    for tool in message.tools:
        result = "" if tool.result is None else f" → {safe.line(tool.result)}"
        yield f"⚙ {safe.line(tool.name)} {safe.line(tool.arguments)}{result}"


def belongings(message: Message, files: Files) -> Iterator[str]:
    """A line for each source, file and offered answer."""
    for number, source in enumerate(message.sources, 1):
        yield f"[{number}] {safe.line(source.title)} {safe.line(source.url, 500)}".replace("  ", " ")
    for file in message.attachments:
        place = safe.line(file.url, 500) or (files.path(file) if file.digest else "")
        yield f"[{named(file)}] {place}".rstrip()
    for number, choice in enumerate(message.choices, 1):
        yield f"{number}. {safe.line(choice.label)}"


def named(file: Attachment) -> str:
    """A file in a line: its name, and its size where that is known."""
    return f"{safe.line(file.name, 80)} ({attach.size(file.size)})" if file.size else safe.line(file.name, 80)


def cells(text: str) -> int:
    """How many cells a line takes: two for wide characters, none for marks that combine."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - most lines do without

    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
