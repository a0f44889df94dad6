"""`chattui check`: one small question, followed step by step, so that it is plain which step fails and what to do."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from chattui import safe
from chattui.chat import Message
from chattui.commands import running, world
from chattui.commands.exits import Exit, of_error
from chattui.commands.output import put, put_json
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.errors import ChattuiError, ConfigError, Insecure, NotAnApi, Rejected, Reported, SecretError
from chattui.events import JSON, ChatEvent, Finished, Started, TextDelta, TextReplaced
from chattui.providers import CONTENT, Turn, provider, speaks_first
from chattui.session import new_id
from chattui.wire import Exchange, Request, Wire

QUESTION = "Answer with the single word: ok"
PATIENCE = 60.0
"""Seconds without a first token, or without a byte, after which a check has failed, whatever the endpoint allows."""
Name = Literal["config", "key", "connect", "status", "first token", "end marker"]
STEPS: tuple[Name, ...] = ("config", "key", "connect", "status", "first token", "end marker")


@dataclass(frozen=True, slots=True)
class Step:
    """One step and how it went; `ms` is how long it took by itself, None where nothing was measured."""

    step: Name
    verdict: Literal["ok", "failed", "skipped"]
    ms: float | None = None
    text: str = ""
    hint: str = ""
    """What to do."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Check the endpoint; 0 when every step is ok. Raises ConfigError for a bad profile name or --config."""
    here = world.opened(arguments, environ)
    report = Report(shown=not arguments.json)
    name = arguments.name or arguments.endpoint or world.default(here)
    endpoint: Endpoint | None = None
    try:
        endpoint = world.endpoint(here, name)
        report.title(endpoint)
        report.ok("config", endpoint.origin)
        code = running.run(_check(endpoint, world.wire(), report))
    except ConfigError as error:
        report.failed(error)
        code = Exit.USAGE
    world.warn(world.about(here.config.problems, name))
    report.skip_the_rest()
    if arguments.json:
        put_json(
            {
                "endpoint": name,
                "provider": endpoint.provider if endpoint else "",
                "host": endpoint.host if endpoint else "",
                "model": report.model or (endpoint.model if endpoint else ""),
                "ok": code == Exit.COMPLETE,
                "steps": [asdict(step) for step in report.steps],
            },
            indent=1,
        )
    return code


def _patience(timeouts: Timeouts) -> Timeouts:
    """The endpoint's deadlines, at most as long as somebody who waits for a check is willing to wait."""
    return replace(
        timeouts,
        first_token=min(timeouts.first_token or PATIENCE, PATIENCE),
        idle=min(timeouts.idle or PATIENCE, PATIENCE),
    )


class Report:
    """The steps so far, each printed when it is known. The time of a step begins where the one before it ended."""

    def __init__(self, *, shown: bool, ticks: Callable[[], float] = time.perf_counter) -> None:
        self.steps: list[Step] = []
        self.model = ""
        self._shown = shown
        self._ticks = ticks
        self._since = ticks()

    def title(self, endpoint: Endpoint) -> None:
        if self._shown:
            model = f", {safe.line(endpoint.model, 60)}" if endpoint.model else ""
            put(f"{safe.line(endpoint.name, 60)}: {endpoint.provider} at {safe.line(endpoint.host)}{model}")

    def begin(self) -> None:
        """The next step is taken from now on."""
        self._since = self._ticks()

    @property
    def next(self) -> Name | None:
        """The step that is being taken; None after the last."""
        return STEPS[len(self.steps)] if len(self.steps) < len(STEPS) else None

    def ok(self, name: Name, text: str = "") -> None:
        """The step went well, and so did those before it that nobody has looked at. Only the first time counts."""
        if name in (step.step for step in self.steps):
            return
        self._pass_until(name)
        now = self._ticks()
        self._add(Step(name, "ok", round((now - self._since) * 1000, 1), text))
        self._since = now

    def failed(self, error: ChattuiError, at: Name | None = None) -> None:
        """The step `at`, or the one that is being taken, failed."""
        if at is not None:
            self._pass_until(at)
        if self.next is not None:
            taken = round((self._ticks() - self._since) * 1000, 1)
            self._add(Step(self.next, "failed", taken, error.text, error.hint))

    def _pass_until(self, name: Name) -> None:
        while (passed := self.next) not in {name, None}:
            assert passed is not None
            self._add(Step(passed, "ok"))

    def skip_the_rest(self) -> None:
        """What stands behind a failed step was not tried."""
        while (name := self.next) is not None:
            self._add(Step(name, "skipped"))

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        if self._shown:
            sign = {"ok": "ok", "failed": "FAILED", "skipped": "-"}[step.verdict]
            taken = "" if step.ms is None else f"{step.ms:.0f} ms" if step.ms < 10_000 else f"{step.ms / 1000:.1f} s"
            put(f"  {step.step:<12}{sign:<8}{taken:>9}  {safe.line(step.text, 300)}".rstrip())
            if step.hint:
                put(f"  {'':<12}{'':<8}{'':>9}  → {safe.line(step.hint, 300)}")


async def _check(endpoint: Endpoint, wire: Wire, report: Report) -> int:
    try:
        await world.load_network()
        report.begin()
        report.ok("key", await _key(endpoint))
        await _talk(replace(endpoint, retry=Retry(0), timeouts=_patience(endpoint.timeouts)), wire, report)
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


def _where(error: ChattuiError, report: Report) -> Name | None:
    """The step that an error belongs to; None = the one that is being taken."""
    match error:
        case SecretError():
            return "key"
        case Insecure():
            return "connect"
        case Rejected() | NotAnApi() if report.next == "connect":
            return "status"
        case Reported() if report.next in {"connect", "status"}:
            return "first token"
        case _:
            return None


async def _talk(endpoint: Endpoint, wire: Wire, report: Report) -> None:
    """Ask and listen to the end. Raises ChatError and SecretError."""
    turn = Turn(
        endpoint,
        endpoint.model,
        () if speaks_first(endpoint) else (Message(new_id(), None, "user", QUESTION),),
        endpoint.system,
        conversation=new_id(),
        reply=new_id(),
    )
    watched = WatchedWire(wire, report)
    if (test := provider(endpoint.provider).check) is not None:
        await test(endpoint, watched)
    events = 0
    reply = Message(turn.reply, None, "assistant")
    async with aclosing(_events(turn, watched)) as found:
        async for event in found:
            reply += event
            if isinstance(event, CONTENT):
                events += 1
                report.ok("first token", _excerpt(event))
            elif isinstance(event, Started):
                report.model = event.model
            elif isinstance(event, Finished):
                if not reply.has_content:
                    raise Reported("The reply ended without content.", hint="Is the model right?")
                report.ok("end marker", _ending(event, watched, events))


async def _events(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    async for event in provider(turn.endpoint.provider).reply(turn, wire):
        yield event


def _excerpt(event: ChatEvent) -> str:
    if isinstance(event, TextDelta | TextReplaced):
        return f"‘{safe.line(event.text, 40)}’"
    return type(event).__name__.removesuffix("Delta").lower()


def _ending(event: Finished, watched: WatchedWire, events: int) -> str:
    counted = "1 event with content" if events == 1 else f"{events} events with content"
    framing = f"{watched.last.framing}, " if watched.last is not None else ""
    return f"{framing}{counted}" + (f", {safe.line(event.reason, 40)}" if event.reason else "")


class WatchedWire:
    """A wire that reports when a connection stands and when an answer's status has come."""

    def __init__(self, wire: Wire, report: Report) -> None:
        self._wire = wire
        self._report = report
        self.last: Exchange | None = None

    @asynccontextmanager
    async def exchange(self, request: Request, endpoint: Endpoint) -> AsyncIterator[Exchange]:
        """See Wire.exchange."""

        def sent() -> None:
            self._report.ok("connect", safe.line(endpoint.host))
            if request.sent is not None:
                request.sent()

        async with self._wire.exchange(replace(request, sent=sent), endpoint) as exchange:
            self.last = exchange
            kind = exchange.headers.get("content-type", "")
            self._report.ok("status", f"{exchange.status} {safe.line(kind, 60)}".rstrip())
            yield exchange

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        """See Wire.fetch."""
        return await self._wire.fetch(request, endpoint)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """See Wire.later."""
        self._wire.later(work)

    async def aclose(self) -> None:
        """See Wire.aclose."""
        await self._wire.aclose()
