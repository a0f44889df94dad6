r"""A conversation as Markdown that reads well and is read back to the letter.

HTML comments tell what Markdown cannot say. Each stands on a line of its own and begins a section:

    <!-- chattui:conversation {…} -->   everything about the conversation but its messages, then a heading for people
    <!-- chattui:message {…} -->        everything about a message but its text and reasoning; a heading; the text
    <!-- chattui:reasoning -->          the reasoning, folded, where there is some
    <!-- chattui:text -->               the text, where something stands between it and the heading
    <!-- chattui:notes -->              for people alone: tools, sources, files, errors
    <!-- chattui:end -->

Between two sections stands one empty line that belongs to neither. No text passes for such a comment or for the
heading of somebody's message, and none swallows what follows it: see `chattui.exports.shield`. A text that UTF-8 cannot
say (halves of surrogate pairs) stands in the JSON, too, and that one counts. `chattui.imports.markdown` is the other
direction.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator

from chattui import safe
from chattui.chat import Conversation, Message
from chattui.document import conversation_json, message_json
from chattui.events import JSON
from chattui.exports import versions
from chattui.exports.shield import ROLES, closer, plain, shielded
from chattui.exports.words import belongings, facts, speaker, title, tools
from chattui.files import Files

REASONING = ("<details><summary>Reasoning</summary>\n\n", "\n\n</details>")
"""What stands around reasoning."""


def render(conversation: Conversation, files: Files) -> str:
    """The messages in the order of their arrival."""
    return "".join(_sections(conversation, files))


def _sections(conversation: Conversation, files: Files) -> Iterator[str]:
    about = {name: value for name, value in conversation_json(conversation).items() if name != "messages"}
    if conversation.strays:
        about["strays"] = list(conversation.strays)
    said = " · ".join(facts(conversation))
    yield section("conversation", f"# {title(conversation)}\n\n*{said}*", about)
    numbers = versions(conversation)
    called = (conversation.model, conversation.endpoint, *map(speaker, conversation.walk()))
    speakers = ROLES | {name for one in called if (name := plain(one))}
    for message in conversation.walk():
        yield from _message(message, numbers.get(message.id, ""), files, speakers)
    yield marker("end") + "\n"


def _message(message: Message, number: str, files: Files, speakers: Collection[str]) -> Iterator[str]:
    about = message_json(message)
    text, thoughts = shielded(message.text, speakers), shielded(message.reasoning, speakers)
    left_open = closer(thoughts)
    if sayable(message.text):
        about.pop("text", None)
    if sayable(message.reasoning) and not left_open:
        about.pop("reasoning", None)
    heading = f"## {safe.line(speaker(message), 60)}{number and ' ' + number}"
    before = [f"> {line}" for line in tools(message)]
    if not message.reasoning and not before:
        yield section("message", f"{heading}\n\n{text}", about)
    else:
        yield section("message", heading, about)
        if message.reasoning:
            yield section("reasoning", (thoughts + (left_open and f"\n{left_open}")).join(REASONING))
        if before:
            yield section("notes", "  \n".join(before))
        yield section("text", text)
    if end := closer(text):
        yield section("notes", end)
    after = [f"> {line}" for line in belongings(message, files)]
    if message.error is not None:
        after.append(f"> **{message.state}:** {safe.line(message.error.text, 1000)}")
    after += [f"> ⚠ {safe.line(notice, 1000)}" for notice in message.notices]
    if after:
        yield section("notes", "  \n".join(after))


def section(kind: str, body: str, value: JSON = None) -> str:
    """A section with its marker and the empty line after it."""
    return f"{marker(kind, value)}\n{body}\n\n"


def marker(kind: str, value: JSON = None) -> str:
    """The comment that begins a section. Its JSON holds no `--` and no `>`, which would end it early."""
    if value is None:
        return f"<!-- chattui:{kind} -->"
    said = json.dumps(value, ensure_ascii=False).replace("--", "-\\u002d").replace(">", "\\u003e")
    return f"<!-- chattui:{kind} {said} -->"


def sayable(text: str) -> bool:
    """Whether a UTF-8 file can hold it."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
