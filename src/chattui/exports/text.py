"""A conversation in plain words: a rule with the speaker above each text, and what it has cost at the end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chattui import safe, usage
from chattui.chat import Conversation
from chattui.exports import versions
from chattui.exports.words import belongings, cells, date, facts, measures, speaker, title, tools
from chattui.files import Files


def render(conversation: Conversation, files: Files) -> str:
    """The messages in their order, with a line end after each line."""
    return "\n".join(lines(conversation, files)) + "\n"


def lines(conversation: Conversation, files: Files) -> Iterator[str]:
    """As `render`, piece by piece; a text may hold several lines."""
    numbers = versions(conversation)
    yield title(conversation, "(no title)")
    yield " · ".join(facts(conversation))
    for message in conversation.walk():
        said = (safe.line(speaker(message), 60), numbers.get(message.id, ""), date(message.created), *measures(message))
        head = " · ".join(filter(None, said))
        yield ""
        yield f"── {head} " + "─" * max(2, 76 - cells(head))
        yield from tools(message)
        if message.text:
            yield _apart(message.text.rstrip("\n"))
        yield from belongings(message, files)
        if message.error is not None:
            yield f"! {safe.line(message.error.text, 2000)}"
        yield from (f"! {safe.line(notice, 2000)}" for notice in message.notices)
    if spent := usage.facts(usage.of(conversation)):
        yield ""
        yield "── " + " · ".join(spent)


def _apart(text: str) -> str:
    """The text so that no line of it passes for one of ours: a rule with a speaker, a tool, a warning."""
    return re.sub(r"(?m)(^|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029])(?=(?:──|⚙|!) )", r"\1 ", text)
