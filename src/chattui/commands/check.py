"""`chattui check`: one small question, followed step by step, so that it is plain which step fails and what to do."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
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
COUNTING = "Count from one to thirty, in words."
"""What is asked where the pace is measured: one word has none."""
LONG_QUESTION = "Count from one to two hundred, in words."
LISTENING = 2.0
"""Seconds for which a long reply is listened to from its first word on: in a short one nothing can be held back."""
ENOUGH = 48
"""Events with content after which it is stopped, if they come sooner."""
PATIENCE = 60.0
"""Seconds without a first token, or without a byte, after which a check has failed, whatever the endpoint allows."""
MEASURED = "measured"
"""The tapes of whole replies; the one that was stopped tells no pace."""
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
    findings = _findings(tapes) if outside else []
    runs = [
        one for one in map(measured.measures, (tape for tape in tapes if tape.message == MEASURED)) if one is not None
    ]
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


def _findings(tapes: Sequence[Tape]) -> list[dict[str, JSON]]:
    """What the lint and the detective say of the replies, each thing once."""
    said: dict[str, dict[str, JSON]] = {}
    for tape in tapes:
        for finding in lint_tape(tape):
            said.setdefault(
                finding.code,
                {"code": finding.code, "severity": finding.severity, "text": finding.text, "evidence": [],
                 "cures": [finding.cure]},
            )  # fmt: skip
    for take in (take for tape in tapes for take in tape.takes):
        for one in investigate(take):
            said.setdefault(
                one.code,
                {"code": one.code, "severity": "warning", "text": one.text, "evidence": list(one.evidence),
                 "cures": list(one.cures)},
            )  # fmt: skip
    return list(said.values())


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
        question = COUNTING if runs > 1 else QUESTION

        def recorded(name: str) -> Recorded:
            tapes.append(Tape(name, endpoint=endpoint.name, provider=endpoint.provider))
            return Recorded(wire, tapes[-1], time.perf_counter)

        await _talk(endpoint, question, Watched(recorded(MEASURED), report), report)
        await _stop(as_browsers_ask(endpoint), recorded("stopped"), report)
        for _ in range(runs - 1):
            await _talk(endpoint, question, recorded(MEASURED), Report(shown=False))
    except ChattuiError as error:
        report.failed(error, _where(error, report), asked=_asked(tapes))
        return of_error(error)
    finally:
        await wire.aclose()
    return Exit.COMPLETE


def _asked(tapes: Sequence[Tape]) -> str:
    """The last request, as a line; "" before the first."""
    takes = [take for tape in tapes for take in tape.takes if take.url]
    return f"{takes[-1].method} {safe.line(takes[-1].url, 120)}" if takes else ""


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


async def _talk(endpoint: Endpoint, question: str, wire: Wire, report: Report) -> None:
    """Ask and listen to the end. Raises ChatError and SecretError."""
    turn = _turn(endpoint, question)
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


def as_browsers_ask(endpoint: Endpoint) -> Endpoint:
    """The endpoint asked with compression allowed, unless it says itself what it wants: so a compressor shows."""
    if any(name.lower() == "accept-encoding" for name in endpoint.headers):
        return endpoint
    return replace(endpoint, headers={**endpoint.headers, "accept-encoding": "gzip"})


async def _stop(endpoint: Endpoint, wire: Wire, report: Report) -> None:
    """Ask for something long, listen for a moment, stop, and see how long that takes."""
    report.begin()
    whole = False
    heard = 0
    clock = asyncio.get_running_loop().time
    found = _events(_turn(endpoint, LONG_QUESTION), wire)
    began = 0.0
    with suppress(TimeoutError):
        async with aclosing(found) as events, asyncio.timeout(None) as limit:
            async for event in events:
                whole = isinstance(event, Finished)
                if isinstance(event, CONTENT):
                    heard += 1
                    if heard == 1:
                        began = clock() + LISTENING
                        limit.reschedule(began)
                    elif heard == ENOUGH:
                        break
            limit.reschedule(None)
            began = min(began, clock())
    spent = clock() - began
    if whole or not heard:
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
