"""`chattui replay`: a tape once more, through everything that a reply goes through; or as HAR; or its mistakes."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace

from chattui import safe, tapes
from chattui.chat import Conversation, Message
from chattui.commands import log, replies, running, world
from chattui.commands.exits import Exit, UsageError, of_reply
from chattui.commands.output import is_terminal, nobody_reads, put, put_json, say
from chattui.commands.world import World
from chattui.config.check import from_preset
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.events import JSON
from chattui.session import Began, Ended, Means, Session
from chattui.tape import Tape
from chattui.tape.play import Played


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Play, print or convert the tape. Raises ChattuiError, UsageError."""
    tape = tapes.read(arguments.file)
    if arguments.har:
        from chattui.tape.har import har

        put_json(har(tape))
        return Exit.COMPLETE
    if arguments.lint:
        return _judge(tape)
    if tape.level == "metadata":
        raise UsageError(
            "This tape holds no content, only times and sizes.", hint='Record with record = "wire" to replay a reply.'
        )
    if not tape.takes:
        raise UsageError("This tape holds no request.")
    here = world.opened(arguments, environ)
    endpoint = suited(here, tape, arguments.endpoint)
    speed = 0.0 if arguments.instant else arguments.speed
    if not speed:
        endpoint = replace(endpoint, retry=Retry(0))
    printed = arguments.events or arguments.json or arguments.print or arguments.show_reasoning
    if not printed and all(map(is_terminal, (sys.stdin, sys.stdout, sys.stderr))) and environ.get("TERM") != "dumb":
        from chattui.tui.replaying import replay

        gc.enable()
        log.catch_all()
        return replay(
            here.config,
            here.paths,
            environ,
            tape=tape,
            endpoint=endpoint,
            conversation=began(tape, endpoint),
            speed=speed,
        )
    session = Session(Means(Played(tape, speed), None), endpoint, began(tape, endpoint), tape.model)
    return running.run(_printed(session, tape, replies.shape(arguments, environ)))


def suited(here: World, tape: Tape, name: str | None) -> Endpoint:
    """The endpoint that reads the tape: the one named, the one that recorded it, its preset, or its wire format.

    It waits for nothing by the clock, and needs no key.
    """
    found = here.config.endpoints.get(tape.endpoint) if name is None else world.endpoint(here, name)
    if found is None or (name is None and found.provider != tape.provider):
        found = _made(tape, here)
    calm = Timeouts(connect=0, headers=0, first_token=0, idle=0, idle_content=0, total=0)
    return replace(found, timeouts=calm, api_key=None, retry=Retry(max(0, len(tape.takes) - 1)))


def _made(tape: Tape, here: World) -> Endpoint:
    name = safe.line(tape.endpoint, 60) or "tape"
    if tape.preset:
        try:
            return replace(from_preset(tape.preset, here.environ, "the tape"), name=name)
        except KeyError:
            pass
    if tape.provider == "rules" or not tape.provider:
        raise UsageError(
            f"The tape is of an endpoint with rules of its own (‘{name}’), which is not configured here.",
            hint="Name the endpoint that reads it: -e ENDPOINT.",
        )
    take = tape.takes[0]
    return Endpoint(name, tape.provider, "/".join(take.url.split("/")[:3]), model=tape.model, user="tape")


def began(tape: Tape, endpoint: Endpoint) -> Conversation:
    """The conversation in which the reply was asked for, as far as it matters: what the server had issued."""
    remote: dict[str, JSON] = dict(tape.remote)
    if tape.endpoint != endpoint.name and tape.endpoint in remote:
        remote[endpoint.name] = remote.pop(tape.endpoint)
    found = Conversation(tape.conversation or "tape", tape.made, tape.made, endpoint=endpoint.name, remote=remote)
    if remote and tape.prompt:  # something had been said before
        before = Message("before", None, "assistant", "…", tape.made, endpoint=endpoint.name)
        found = found.with_message(before, now=tape.made)
    return found


async def _printed(session: Session, tape: Tape, shape: replies.Shape) -> int:
    gone = False
    reply: Message | None = None
    try:
        try:
            async with aclosing(session.send(tape.prompt) if tape.prompt else session.begin()) as updates:
                async for update in updates:
                    match update:
                        case Began():
                            shape.begin()
                        case Ended(reply):
                            pass
                        case event:
                            shape.add(event)
        except BrokenPipeError:
            gone = True
            nobody_reads()
        if reply is None:
            return Exit.INCOMPLETE
        shape.end(reply, None)
        if reply.error is not None:
            say(f"{reply.error.text} {reply.error.hint}".rstrip())
        return Exit.INCOMPLETE if gone else of_reply(reply)
    finally:
        shape.close()


def _judge(tape: Tape) -> int:
    """What lint and detective say of each exchange. Exit code 1 when there is a warning."""
    from chattui.tape.detective import summary
    from chattui.tape.lint import lint

    wrong = False
    for number, take in enumerate(tape.takes, 1):
        put(f"{number}  {take.method} {safe.line(take.url, 200)}  {take.status or '-'}")
        for line in summary(take):
            wrong = True
            put(f"   {line}")
        for finding in lint(take):
            wrong = wrong or finding.severity == "warning"
            put(f"   {finding.severity}: {finding.text}")
            put(f"     → {finding.cure}")
    return Exit.FAILED if wrong else Exit.COMPLETE
