"""A conversation as one HTML page, for reading and printing.

It holds all that it shows: no script, no font, no image from elsewhere; its own policy forbids every request. What was
said is Markdown without HTML, every character of it escaped; links lead to http, https and mailto only.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from html import escape

from chattui import safe, usage
from chattui.chat import Conversation, Message, Tool
from chattui.events import Attachment
from chattui.exports import versions
from chattui.exports.prose import prose
from chattui.exports.style import STYLE, code_style
from chattui.exports.words import date, facts, measures, named, speaker, title
from chattui.files import Files

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


def render(conversation: Conversation, files: Files) -> str:
    """The whole page; where a message has other versions they stand folded beneath it."""
    return "".join(_page(conversation, files))


def _page(conversation: Conversation, files: Files) -> Iterator[str]:
    name, told = words(title(conversation)), words(" · ".join(facts(conversation)))
    yield (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        f"<title>{name}</title>\n<style>\n{STYLE}{code_style()}</style>\n</head>\n<body>\n"
        f'<header>\n<h1 dir="auto">{name}</h1>\n<p class="facts">{told}</p>\n</header>\n'
        "<main>\n"
    )
    yield from _tree(conversation, files)
    yield "</main>\n"
    if spent := usage.facts(usage.of(conversation)):
        yield f'<footer class="facts">{words(" · ".join(spent))}</footer>\n'
    yield "</body>\n</html>\n"


def _tree(conversation: Conversation, files: Files) -> Iterator[str]:
    """The shown branch in a row; beside each message its other versions, with all that follows them, folded."""
    numbers = versions(conversation)
    followers: dict[str | None, list[Message]] = {}
    for message in conversation.walk():
        parent = message.parent if message.parent in conversation.messages else None
        followers.setdefault(parent, []).append(message)
    shown = {message.id for message in conversation.branch()}
    seen: set[str] = set()
    todo: list[str | Message] = [*reversed(_ordered(followers.get(None, []), shown))]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif item.id not in seen:
            seen.add(item.id)
            yield _article(item, numbers.get(item.id, ""), files)
            todo += reversed(_ordered(followers.get(item.id, []), shown))


def _ordered(siblings: list[Message], shown: set[str]) -> list[str | Message]:
    """The siblings in the order of the page: the others folded, then the one that is shown, or the last."""
    if len(siblings) < 2:
        return [*siblings]
    main = next((message for message in siblings if message.id in shown), siblings[-1])
    found: list[str | Message] = []
    for message in siblings:
        if message is not main:
            who = words(safe.line(speaker(message), 60))
            found += [f"<details class=other><summary>another version: {who}</summary>\n", message, "</details>\n"]
    return [*found, main]


def _article(message: Message, number: str, files: Files) -> str:
    return "".join(_parts(message, number, files))


def _parts(message: Message, number: str, files: Files) -> Iterator[str]:
    state = "" if message.state == "complete" else " unfinished"
    told = " · ".join(filter(None, (number, date(message.created), *measures(message))))
    yield f'<article class="{message.role}{state}">\n'
    yield f"<h2>{words(safe.line(speaker(message), 60))} <small>{words(told)}</small></h2>\n"
    if message.reasoning:
        yield f"<details><summary>Reasoning</summary>\n<div dir=auto>{prose(message.reasoning)}</div></details>\n"
    for tool in message.tools:
        yield _tool(tool)
    if message.text:
        yield f"<div class=said dir=auto>\n{prose(message.text)}</div>\n"
    contents = files.contents(file for file in message.attachments if file.type in PICTURES)
    for file in message.attachments:
        yield _file(file, contents.get(file.digest))
    if message.sources:
        items = (f"<li>{link(one.url, one.title or one.url)}</li>\n" for one in message.sources)
        yield f"<ol class=sources>\n{''.join(items)}</ol>\n"
    if message.choices:
        items = (f"<li>{words(safe.line(choice.label))}</li>\n" for choice in message.choices)
        yield f"<ol class=choices>\n{''.join(items)}</ol>\n"
    if message.error is not None:
        yield f"<p class=wrong>{words(message.error.text)}</p>\n"
    for notice in message.notices:
        yield f"<p class=wrong>{words(notice)}</p>\n"
    yield "</article>\n"


def _tool(tool: Tool) -> str:
    try:
        given = json.dumps(json.loads(tool.arguments), ensure_ascii=False, indent=1)
    except (ValueError, RecursionError):
        given = tool.arguments
    result = "" if tool.result is None else f"<pre>{words(tool.result)}</pre>\n"
    name = words(safe.line(tool.name, 80) or "tool")
    return f"<details class=tool><summary>⚙ {name}</summary>\n<pre>{words(given)}</pre>\n{result}</details>\n"


def _file(file: Attachment, data: bytes | None) -> str:
    if data is not None and file.type in PICTURES:
        content = base64.b64encode(data).decode("ascii")
        name = words(safe.line(file.name, 80))
        image = f'<img alt="{name}" src="data:{file.type};base64,{content}">'
        return f"<figure>{image}<figcaption>{name}</figcaption></figure>\n"
    return f"<p class=file>▤ {link(file.url, named(file))}</p>\n"


def link(url: str, text: str) -> str:
    """The text, as a link where the address may be opened."""
    shown = words(safe.line(text))
    address = safe.link(url)
    return shown if address is None else f'<a href="{escape(address)}" rel="noreferrer noopener">{shown}</a>'


def words(text: str) -> str:
    """Text between tags or in an attribute; hidden characters are made visible."""
    return escape(safe.clean(text))
