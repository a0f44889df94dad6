"""`chattui ask`: one prompt, one reply, over the same session as the screen's."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import TextIO

from chattui import attach, doubts, safe
from chattui.chat import Conversation, Message
from chattui.commands import replies, running, world
from chattui.commands.exits import Exit, UsageError, of_reply
from chattui.commands.output import is_terminal, nobody_reads, say
from chattui.config import params
from chattui.errors import ReadOnly
from chattui.events import Attachment
from chattui.session import Began, Ended, Means, Session
from chattui.store import Store
from chattui.writer import Writer

MOST_PROMPT = 16 * 1024 * 1024
"""Bytes of a prompt from standard input."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Ask, print, save. See chattui.commands.exits for what is returned. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    store = Store(here.paths.data)
    name = None if arguments.no_save else world.conversation(store, arguments)
    found = _opened(store, name) if name else None
    endpoint = world.endpoint(here, arguments.endpoint or (found.endpoint if found else None))
    world.warn(world.about(here.config.problems, endpoint.name))
    text = prompt(arguments.prompt, sys.stdin)
    if not text.strip():
        raise UsageError("There is no prompt.", hint='For example: chattui ask "What is SSE?"')
    for doubt in filter(None, (doubts.of_key(text, endpoint.host), doubts.of_unseen(text))):
        say(f"warning: {doubt}")
    files = dict(map(attach.read, arguments.attach))
    writer = None if arguments.no_save else Writer(store)
    if found is not None and endpoint.name != found.endpoint:
        found = replace(found, model="")  # the other endpoint's model
    means = Means(world.wire(), writer, tapes=world.tapes(here, writer, endpoint))
    session = Session(means, endpoint, found, arguments.model)
    if arguments.params:
        tuned = params.given(arguments.params, session.conversation.params, endpoint.params)
        session.conversation = replace(session.conversation, params=tuned)
    if arguments.system is not None:
        session.conversation = replace(session.conversation, system=arguments.system)
    return running.run(_ask(session, text, files, replies.shape(arguments, environ)))


def _opened(store: Store, name: str) -> Conversation:
    """A conversation to go on with. Raises ReadOnly when it can only be read, NotFound, Damaged, Unwritable."""
    opened = store.open(name)
    if opened.refused:
        raise ReadOnly(opened.refused, hint="Close it there, or start a new one.")
    return opened.conversation


def prompt(words: list[str], stdin: TextIO | None) -> str:
    """The words of the command line; what is piped in; or both with a blank line between. Raises UsageError.

    A terminal is never read. Bytes that are not UTF-8 become U+FFFD; line ends at the end are dropped.
    """
    said = " ".join(words)
    if stdin is None or is_terminal(stdin):
        return said
    data = stdin.buffer.read(MOST_PROMPT + 1)
    if len(data) > MOST_PROMPT:
        raise UsageError("The prompt is larger than 16 MiB.", hint="Send less of it.")
    piped = data.decode("utf-8", "replace").removeprefix("\ufeff").rstrip("\r\n")
    return "\n\n".join(part for part in (said, piped) if part.strip())


async def _ask(session: Session, text: str, files: Mapping[Attachment, bytes], shape: replies.Shape) -> int:
    conversation = session.conversation.id if session.means.writer else None
    gone = False
    began: Began | None = None
    try:
        try:
            if session.opens and (greeting := await _greeted(session, shape)).state != "complete":
                _tell(session, greeting, gone=False)
                return of_reply(greeting)
            async with aclosing(session.send(text, files)) as updates:
                async for update in updates:
                    match update:
                        case Began():
                            began = update
                            shape.begin()
                        case Ended():
                            pass
                        case event:
                            shape.add(event)
        except asyncio.CancelledError:
            if began is None:
                raise
        except BrokenPipeError:
            gone = True
            nobody_reads()
        reply = session.conversation.messages[began.reply.id] if began else None
        assert reply is not None, "a prompt that is not blank is answered or raises"
        shape.end(reply, conversation)
        if not gone:
            _tell_files(session, reply)
        _tell(session, reply, gone=gone)
        return Exit.INCOMPLETE if gone else of_reply(reply)
    finally:
        shape.close()
        await _leave(session)


def _tell_files(session: Session, reply: Message) -> None:
    """The files of the reply: where they are now."""
    if not reply.attachments:
        return
    from chattui.exports.words import named  # not for the start: most replies have none

    writer = session.means.writer
    for file in reply.attachments:
        place = file.url or (str(writer.store.files.path(file)) if writer is not None else "not saved")
        say(f"file: {named(file)} · {place}")


async def _greeted(session: Session, shape: replies.Shape) -> Message:
    """Let the other side speak first. What it says is no part of the reply: people read it on standard error."""
    async with aclosing(session.begin()) as updates:
        async for _ in updates:
            pass
    (greeting,) = session.conversation.branch()
    if isinstance(shape, replies.Text):
        for said in (greeting.text, *greeting.notices):
            if said:
                say(said)
        for number, choice in enumerate(greeting.choices, 1):
            say(f"choice {number}: {safe.line(choice.label)}")
    return greeting


def _tell(session: Session, reply: Message, *, gone: bool) -> None:
    """How it ended, for people, where it did not end well."""
    saved = session.means.writer is not None and session.conversation.lasting and not session.trouble
    kept = f" What had arrived is kept: chattui show {session.conversation.id[-6:]}" if saved else ""
    if reply.error is not None:
        say(f"{reply.error.text} {reply.error.hint}".rstrip() + (kept if reply.has_content else ""))
    elif reply.state == "stopped" and not gone:
        say("Stopped." + (kept if reply.has_content else ""))
    if session.trouble:
        say(f"The conversation is not saved: {session.trouble}")


async def _leave(session: Session) -> None:
    session.close()
    await session.means.wire.aclose()
    if session.means.writer is not None and not session.means.writer.close():
        say("The disk is slow; the last save may not be complete.")
