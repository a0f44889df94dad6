"""`chattui check`: one small question, followed step by step, so that it is plain which step fails and what to do."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import asdict, replace

from chattui import safe
from chattui.chat import Message
from chattui.commands import measured, running, world
from chattui.commands.exits import Exit, of_error
from chattui.commands.output import put, put_json
from chattui.commands.steps import STEPS, Name, Report
from chattui.commands.watched import Watched
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.errors import ChattuiError, ConfigError, Insecure, NotAnApi, Rejected, Reported, SecretError
from chattui.events import JSON, ChatEvent, Finished, Started, TextDelta, TextReplaced
from chattui.providers import CONTENT, Turn, provider, speaks_first
from chattui.session import new_id
from chattui.tape import Tape
from chattui.tape.detective import investigate
from chattui.tape.lint import lint_tape
from chattui.tape.recording import Recorded
from chattui.wire import Wire
from chattui.wire.way import way

__all__ = ["STEPS", "run"]

QUESTION = "Answer with the single word: ok"
LONG_QUESTION = "Count from one to two hundred, in words."
PATIENCE = 60.0
"""Seconds without a first token, or without a byte, after which a check has failed, whatever the endpoint allows."""
PROMPTLY = 0.2
"""Seconds within which a stopped reply is over."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Check the endpoint; 0 when every step is ok. Raises ConfigError for a bad profile name or --config."""
    here = world.opened(arguments, environ)
    report = Report(shown=not arguments.json)
    name = arguments.name or arguments.endpoint or world.default(here)
    endpoint: Endpoint | None = None
    tapes: list[Tape] = []
    try:
        endpoint = world.endpoint(here, name)
        report.title(endpoint)
        report.ok("config", endpoint.origin)
        code = running.run(_check(endpoint, world.wire(), report, tapes, arguments.runs))
    except ConfigError as error:
        report.failed(error)
        code = Exit.USAGE
    world.warn(world.about(here.config.problems, name))
    report.skip_the_rest()
    outside = endpoint is not None and endpoint.url.startswith("http")
    findings = _findings(tapes[0]) if tapes and outside else []
    runs = [one for one in map(measured.measures, tapes) if one is not None]
    if not arguments.json:
        _print(findings, runs if arguments.runs > 1 else [])
        return code
    put_json(
        {
            "endpoint": name,
            "provider": endpoint.provider if endpoint else "",
            "host": endpoint.host if endpoint else "",
            "model": report.model or (endpoint.model if endpoint else ""),
            "ok": code == Exit.COMPLETE,
            "steps": [asdict(step) for step in report.steps],
            "findings": findings,
            "runs": {"count": len(runs), **measured.summary(runs)},
        },
        indent=1,
    )
    return code


def _findings(tape: Tape) -> list[dict[str, JSON]]:
    """What the lint and the detective say of the reply."""
    said: list[dict[str, JSON]] = [
        {"code": one.code, "severity": one.severity, "text": one.text, "evidence": [], "cures": [one.cure]}
        for one in lint_tape(tape)
    ]
    for take in tape.takes:
        said += [
            {"code": one.code, "severity": "warning", "text": one.text, "evidence": list(one.evidence),
             "cures": list(one.cures)}
            for one in investigate(take)
        ]  # fmt: skip
    return said


def _print(findings: list[dict[str, JSON]], runs: list[measured.Measures]) -> None:
    for one in findings:
        put(f"  {'⚠' if one['severity'] == 'warning' else '·'} {safe.line(str(one['text']), 300)}")
        for key, sign in (("evidence", " "), ("cures", "→")):
            lines = one[key]
            for line in lines if isinstance(lines, list) else ():
                put(f"    {sign} {safe.line(str(line), 300)}")
    if runs:
        put(f"  {len(runs)} runs{'':<15}{'p50':>10}{'p95':>10}")
        for name, values in measured.summary(runs).items():
            put(f"  {name.replace('_', ' '):<22}{values['p50']:>10,.3g}{values['p95']:>10,.3g}")


def _patience(timeouts: Timeouts) -> Timeouts:
    """The endpoint's deadlines, at most as long as somebody who waits for a check is willing to wait."""
    return replace(
        timeouts,
        first_token=min(timeouts.first_token or PATIENCE, PATIENCE),
        idle=min(timeouts.idle or PATIENCE, PATIENCE),
    )


async def _check(endpoint: Endpoint, wire: Wire, report: Report, tapes: list[Tape], runs: int) -> int:
    try:
        await world.load_network()
        report.begin()
        report.ok("key", await _key(endpoint))
        endpoint = replace(endpoint, retry=Retry(0), timeouts=_patience(endpoint.timeouts))
        await _way(endpoint, report)
        if (test := provider(endpoint.provider).check) is not None:
            await test(endpoint, wire)
        tapes.append(Tape("check", endpoint=endpoint.name, provider=endpoint.provider))
        await _talk(endpoint, Watched(Recorded(wire, tapes[0], time.perf_counter), report), report)
        await _stop(endpoint, wire, report)
        for _ in range(runs - 1):
            tapes.append(Tape("check"))
            await _talk(endpoint, Recorded(wire, tapes[-1], time.perf_counter), Report(shown=False))
    except ChattuiError as error:
        report.failed(error, _where(error, report))
        return of_error(error)
    finally:
        await wire.aclose()
    return Exit.COMPLETE


async def _key(endpoint: Endpoint) -> str:
    if endpoint.api_key is None:
        return "none is sent"
    await asyncio.get_running_loop().run_in_executor(None, endpoint.api_key.reveal)
    return f"from {endpoint.api_key.source}"


async def _way(endpoint: Endpoint, report: Report) -> None:
    """Name, connection and TLS, on a connection of their own. What this process answers itself has no way."""
    if not endpoint.url.startswith(("http:", "https:")):
        return
    async with aclosing(way(endpoint)) as parts:
        async for passed in parts:
            report.ok(passed.part, safe.line(passed.text, 120))


def _where(error: ChattuiError, report: Report) -> Name | None:
    """The step that an error belongs to; None = the one that is being taken."""
    match error:
        case SecretError():
            return "key"
        case Insecure():
            return "tls"
        case Rejected() | NotAnApi() if report.next in {"dns", "tcp", "tls", "status"}:
            return "status"
        case Reported() if report.next in {"dns", "tcp", "tls", "status", "content type", "first byte", "first event"}:
            return "first text"
        case _:
            return None


def _turn(endpoint: Endpoint, question: str) -> Turn:
    asked = () if speaks_first(endpoint) else (Message(new_id(), None, "user", question),)
    return Turn(endpoint, endpoint.model, asked, endpoint.system, conversation=new_id(), reply=new_id())


async def _talk(endpoint: Endpoint, wire: Wire, report: Report) -> None:
    """Ask and listen to the end. Raises ChatError and SecretError."""
    turn = _turn(endpoint, QUESTION)
    events = 0
    reply = Message(turn.reply, None, "assistant")
    async with aclosing(_events(turn, wire)) as found:
        async for event in found:
            reply += event
            if isinstance(event, CONTENT):
                events += 1
                report.ok("first text", _excerpt(event))
            elif isinstance(event, Started):
                report.model = event.model
            elif isinstance(event, Finished):
                if not reply.has_content:
                    raise Reported("The reply ended without content.", hint="Is the model right?")
                report.ok("end marker", _ending(event, wire, events))


async def _stop(endpoint: Endpoint, wire: Wire, report: Report) -> None:
    """Ask for something long, stop at its first word, and see how long that takes."""
    report.begin()
    whole = False
    found = _events(_turn(endpoint, LONG_QUESTION), wire)
    async with aclosing(found) as events:
        async for event in events:
            whole = isinstance(event, Finished)
            if isinstance(event, CONTENT):
                break
        began = time.perf_counter()
    spent = time.perf_counter() - began
    if whole:
        report.ok("cancel", "not tried: the reply was over at once")
        return
    doubt = "" if spent <= PROMPTLY else "Something keeps the connection from closing at once."
    report.ok("cancel", f"the connection was closed after {spent * 1000:.0f} ms", doubt=doubt)


async def _events(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    found = provider(turn.endpoint.provider).reply(turn, wire)
    try:
        async for event in found:
            yield event
    finally:
        if isinstance(found, AsyncGenerator):
            await found.aclose()


def _excerpt(event: ChatEvent) -> str:
    if isinstance(event, TextDelta | TextReplaced):
        return f"‘{safe.line(event.text, 40)}’"
    return type(event).__name__.removesuffix("Delta").lower()


def _ending(event: Finished, wire: Wire, events: int) -> str:
    counted = "1 event with content" if events == 1 else f"{events} events with content"
    framing = f"{wire.last.framing}, " if isinstance(wire, Watched) and wire.last is not None else ""
    return f"{framing}{counted}" + (f", {safe.line(event.reason, 40)}" if event.reason else "")
