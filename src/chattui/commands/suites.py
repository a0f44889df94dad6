"""`chattui test`: a suite of questions and tapes, and whether their replies are as expected."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from chattui import disk, safe, tapes
from chattui.chat import Message
from chattui.commands import running, world
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import put, put_json
from chattui.commands.replay import began, suited
from chattui.commands.world import World
from chattui.endpoint import Retry
from chattui.errors import ChattuiError
from chattui.session import Ended, Means, Session
from chattui.suite import Case, Result
from chattui.suite.judge import judge
from chattui.suite.read import read
from chattui.suite.report import document, junit, line, summary
from chattui.tape import Tape
from chattui.tape.play import Played
from chattui.tape.recording import Recorded
from chattui.wire import Wire


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Run the suite; COMPLETE when every case passed, FAILED when one did not. Raises ConfigError, UsageError."""
    here = world.opened(arguments, environ)
    path = Path(arguments.file)
    cases = [case for case in read(path) if arguments.only in case.name]
    if not cases:
        raise UsageError(f"No case has ‘{safe.line(arguments.only, 40)}’ in its name.")
    for case in cases:  # before anything is sent
        if case.tape is None:
            world.endpoint(here, case.endpoint or None)
    results = running.run(_all(cases, here, shown=not arguments.json))
    if arguments.junit:
        try:
            disk.replace(Path(arguments.junit), junit(results, path.name))
        except OSError as error:
            raise disk.trouble(error, Path(arguments.junit)) from None
    if arguments.json:
        put_json(document(results), indent=1)
    else:
        put(summary(results))
    return Exit.FAILED if any(result.failures for result in results) else Exit.COMPLETE


async def _all(cases: list[Case], here: World, *, shown: bool) -> list[Result]:
    wire = world.wire()
    results = []
    try:
        for case in cases:
            results.append(await _one(case, here, wire))
            if shown:
                for said in line(results[-1]):
                    put(said)
    finally:
        await wire.aclose()
    return results


async def _one(case: Case, here: World, wire: Wire) -> Result:
    """One case: a tape is played at once and judged by its own times, an endpoint is asked."""
    ticks = time.perf_counter()
    try:
        if case.tape is not None:
            tape = tapes.read(case.tape)
            endpoint = suited(here, tape, case.endpoint or None)
            session = Session(Means(Played(tape, 0.0), None), endpoint, began(tape, endpoint), tape.model)
            reply, _ = await _asked(session, tape.prompt or "…", None)
        else:
            endpoint = replace(world.endpoint(here, case.endpoint or None), retry=Retry(0))
            case = replace(case, endpoint=endpoint.name)
            tape = Tape("test", endpoint=endpoint.name)
            session = Session(Means(wire, None), endpoint, model=case.model)
            session.conversation = replace(session.conversation, system=case.system, params=case.params)
            for turn in case.turns:
                tape = Tape("test", endpoint=endpoint.name, provider=endpoint.provider)
                reply, _ = await _asked(session, turn, Recorded(wire, tape, time.perf_counter))
    except ChattuiError as error:
        return Result(case, (str(error),), time.perf_counter() - ticks)
    seconds = tape.main.seconds if case.tape is not None and tape.main is not None else time.perf_counter() - ticks
    return Result(case, judge(case.expect, reply, tape), seconds, reply.text)


async def _asked(session: Session, text: str, wire: Wire | None) -> tuple[Message, Session]:
    """The reply to a text, whatever became of it."""
    if wire is not None:
        session.means = replace(session.means, wire=wire)
    reply: Message | None = None
    async with aclosing(session.send(text)) as updates:
        async for update in updates:
            if isinstance(update, Ended):
                reply = update.reply
    if reply is None:
        raise UsageError("An empty prompt is not sent.")
    return reply, session
