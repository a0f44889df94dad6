"""`chattui list` and `chattui show`: the store, read. Neither looks at the configuration, and neither writes."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict

from chattui import paths, safe, usage
from chattui.chat import Conversation, Message
from chattui.commands.exits import Exit
from chattui.commands.output import cells, columns, named, put, put_json, say, speaker
from chattui.config import params
from chattui.document import Row, conversation_json
from chattui.files import Files
from chattui.store import Store

SHOWN = 20
SHORTEST = 6
"""Characters of an id's end that are printed at least."""


def run_list(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """The conversations, newest first. Raises ChattuiError."""
    store = _store(arguments, environ)
    names = store.ids()
    most = arguments.n if arguments.n is not None else 0 if arguments.json else SHOWN
    shown = names[:most] if most else names
    rows = [store.row(name) for name in shown]
    if arguments.json:
        put_json([{"number": number, **asdict(row)} for number, row in enumerate(rows, 1)], indent=1)
        return Exit.COMPLETE
    for line in table(rows, short(names), time.time()):
        put(line)
    if not names:
        say("There is no conversation yet.")
    elif len(shown) < len(names):
        say(f"{len(names) - len(shown)} more; chattui list -n 0 shows them all.")
    return Exit.COMPLETE


def _store(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Store:
    return Store(paths.find(environ, profile=arguments.profile, config=arguments.config).data)


def short(names: Iterable[str]) -> int:
    """How many of their last characters tell all ids apart, at least six."""
    known = list(names)
    length = SHORTEST
    while length < max(map(len, known), default=0) and len({name[-length:] for name in known}) < len(known):
        length += 1
    return length


def table(rows: Iterable[Row], length: int, now: float) -> Iterable[str]:
    """A line for each conversation: number, end of the id, age, endpoint, title, and its state where that matters."""
    found = [
        (
            f"{number:>3}",
            row.id[-length:],
            age(now - row.updated),
            safe.line(row.endpoint, 20),
            safe.line(row.title or ("(damaged)" if row.damaged else "(no title)"), 60) + _mark(row),
        )
        for number, row in enumerate(rows, 1)
    ]
    return columns(found)


def _mark(row: Row) -> str:
    if row.damaged:
        return f" · {safe.line(row.damaged)}"
    words = {"complete": "", "asks": " · asks you something"}
    return words.get(row.state, f" · {safe.line(row.state, 20)}")


def age(seconds: float) -> str:
    """How long ago, in a few cells."""
    for size, unit in ((86400 * 365, "y"), (86400 * 30, "mo"), (86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return "now"


def run_show(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """One conversation. Raises ChattuiError."""
    store = _store(arguments, environ)
    found = store.load(store.find(arguments.id))
    if arguments.json:
        put_json(conversation_json(found), indent=1)
    else:
        put("\n".join(markdown(found, store.files) if arguments.markdown else plain(found, store.files)))
    return Exit.COMPLETE


def plain(conversation: Conversation, files: Files) -> Iterator[str]:
    """The shown branch for reading: a rule with the speaker above each text, and what it has cost at the end."""
    yield safe.line(conversation.title) or "(no title)"
    yield " · ".join(_facts(conversation))
    for message in conversation.branch():
        head = " · ".join((safe.line(speaker(message), 60), _date(message.created), *_measures(message)))
        yield ""
        yield f"── {head} " + "─" * max(2, 76 - cells(head))
        yield from _body(message, files)
        if message.error is not None:
            yield f"! {message.error.text}"
        yield from (f"! {notice}" for notice in message.notices)
    if facts := usage.facts(usage.of(conversation)):
        yield ""
        yield "── " + " · ".join(facts)


def _body(message: Message, files: Files) -> Iterator[str]:
    for tool in message.tools:
        result = "" if tool.result is None else f" → {safe.line(tool.result)}"
        yield f"⚙ {safe.line(tool.name)} {safe.line(tool.arguments)}{result}"
    if message.text:
        yield message.text.rstrip("\n")
    for number, source in enumerate(message.sources, 1):
        yield f"[{number}] {safe.line(source.title)} {safe.line(source.url, 500)}".replace("  ", " ")
    for file in message.attachments:
        yield f"[{named(file)}] {safe.line(file.url, 500) or files.path(file)}"
    for number, choice in enumerate(message.choices, 1):
        yield f"{number}. {safe.line(choice.label)}"


def _facts(conversation: Conversation) -> Iterator[str]:
    if conversation.endpoint:
        yield safe.line(conversation.endpoint, 40)
    if conversation.model:
        yield safe.line(conversation.model, 60)
    if conversation.params:
        yield safe.line(params.lines(conversation.params).replace("\n", ", "), 200)
    if conversation.system:
        yield f"system: {safe.line(conversation.system, 60)}"
    yield _date(conversation.created)
    yield conversation.id


def _measures(message: Message) -> Iterator[str]:
    if message.timing.total is not None:
        yield f"{message.timing.total:.1f} s"
    if message.state != "complete":
        yield message.state


def _date(seconds: float) -> str:
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
    except (ValueError, OverflowError, OSError):  # a stored number that is no date
        return "?"


def markdown(conversation: Conversation, files: Files) -> Iterator[str]:
    """The shown branch as a Markdown document; the texts stand in it as they were written."""
    yield f"# {safe.line(conversation.title) or 'Conversation'}"
    yield ""
    yield f"*{' · '.join(_facts(conversation))}*"
    for message in conversation.branch():
        yield ""
        yield f"## {safe.line(speaker(message), 60)}"
        yield ""
        if message.reasoning:
            yield "<details><summary>Reasoning</summary>\n"
            yield message.reasoning.rstrip("\n")
            yield "\n</details>\n"
        yield from _body(message, files)
        if message.error is not None:
            yield f"\n> **{message.state}:** {message.error.text}"
