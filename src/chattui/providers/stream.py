"""The one loop that carries every dialect: one request's answer as ChatEvents, tried again while nothing was shown.

What it holds for all formats: an unreadable event is skipped and counted; only an explicit end marker ends a reply;
what may follow it is waited for two seconds; text stays whole where the server cut through a surrogate pair; a reply
has a cap; a refusal names where the key came from; no error repeats a secret.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from types import TracebackType
from typing import Self

from chattui import secret
from chattui.endpoint import Endpoint
from chattui.errors import ChatError, CutShort, NotAnApi, Reported, TooLarge
from chattui.events import (
    ChatEvent,
    ChoicesOffered,
    FileReturned,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCalled,
    ToolReturned,
)
from chattui.providers.became import became
from chattui.providers.quoted import Quoted
from chattui.providers.refused import refusal, retrying
from chattui.wire import Exchange, Frame, Recorder, Request, Wire
from chattui.wire.redaction import redact, sent_along

CONTENT = (TextDelta, TextReplaced, ReasoningDelta, ToolCalled, ToolReturned, ChoicesOffered, FileReturned)
"""Events that a reader sees in the reply; the others do not move a content deadline and do not forbid a retry."""
AFTER_FINISH = 2.0
"""Seconds that usage and last markers may take after the end of the text."""
UNREADABLE_IN_A_ROW = 3
EMPTY_REPLY = "The server sent an empty reply."
REPLY_CAP = 16 * 1024 * 1024
"""Characters of a reply: text, reasoning and tool arguments."""
FILES_CAP = 128 * 1024 * 1024
"""Bytes of the files of a reply."""

Decode = Callable[[Frame], Iterable[ChatEvent]]
"""One frame's events. Raises ValueError (or a look-up error) for an unreadable frame, which is skipped and counted;
ChatError, mostly Reported, for an error that the server tells; what a generator yields before that is said."""

_KINDS = frozenset(CONTENT)
_TEXTS = frozenset({TextDelta, TextReplaced, ReasoningDelta, ToolCalled})
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


async def stream(
    wire: Wire, endpoint: Endpoint, request: Request, decoder: Callable[[], Decode], *, ends_at_eof: bool = False
) -> AsyncGenerator[ChatEvent, None]:
    """The events of one request's answer, ending with Finished. Raises ChatError and SecretError only.

    Retries (with Progress "retrying") only until the first content event has been yielded; then a drop is CutShort.
    Close it (contextlib.aclosing) when you stop pulling: that closes the connection.
    """
    attempt = 1
    while True:
        reading = _Reading(wire, endpoint, request, decoder(), ends_at_eof=ends_at_eof)
        try:
            async with aclosing(reading.events(attempt)) as events:
                async for event in events:
                    yield event
        except ChatError as error:
            told = refusal(error, endpoint)
            redact(told, sent_along(request, endpoint))
            waits = retrying(told, endpoint, attempt, may=not reading.shown)
            yield waits
            await asyncio.sleep(waits.seconds)
            attempt += 1
        else:
            return


class _Reading:
    """One try."""

    def __init__(self, wire: Wire, endpoint: Endpoint, request: Request, decode: Decode, *, ends_at_eof: bool) -> None:
        self._wire = wire
        self._endpoint = endpoint
        self._request = request
        self._decode = decode
        self._ends_at_eof = ends_at_eof
        self._unreadable = self._in_a_row = 0
        self._characters = self._bytes = 0
        self._cut = False  # the last frame is the beginning of one
        self._failed: ChatError | None = None  # an error behind events of the same frame
        self._noticed = False  # a Notice says why there may be no text
        self._halves: dict[
            type[TextDelta | ReasoningDelta], str
        ] = {}  # a high surrogate whose other half has not come, by kind of text
        self._quoted = Quoted(())  # the key has not been read yet
        self._recorder: Recorder | None = None
        self.shown = False
        """Content has been yielded."""

    async def events(self, attempt: int) -> AsyncGenerator[ChatEvent, None]:
        host = self._endpoint.host
        finished: Finished | None = None
        yield Progress("connecting", host=host, attempt=attempt)
        async with _Sending(self._wire, self._request, self._endpoint) as sending:
            await sending.sent()
            yield Progress("waiting", host=host, attempt=attempt)
            exchange = await sending.answered()
            self._quoted = Quoted(secret.seen())
            self._recorder = recorder = exchange.recorder
            async for item in exchange:
                if isinstance(item, Progress):
                    yield item
                    continue
                for told in self._decoded(item) if recorder is None else self._noted(item, recorder):
                    event = self._checked(told) if type(told) in _TEXTS else told
                    if event is None:
                        continue
                    if type(event) in _KINDS:
                        self.shown = True
                        exchange.saw_content()
                        if isinstance(event, FileReturned):
                            self._weigh(event)
                        if finished is not None:
                            exchange.ends_within(AFTER_FINISH)
                    elif isinstance(event, Notice):
                        self._noticed = True
                    elif isinstance(event, Finished):
                        finished = self._end(event, finished, exchange)
                        continue
                    yield event
                if self._failed is not None:
                    raise self._failed
                if finished is not None and not finished.more:
                    break
        for event in self._ending(finished):
            yield event

    def _noted(self, frame: Frame, recorder: Recorder) -> Sequence[ChatEvent]:
        """As `_decoded`; the recorder is told what came of it."""
        strange, broken = getattr(self._decode, "unmatched", 0), self._unreadable
        try:
            events = self._decoded(frame)
        except ChatError as error:
            recorder.became("error", error.text, 0)
            raise
        if self._failed is not None:
            recorder.became("error", self._failed.text, 0)
        elif self._unreadable > broken:
            recorder.became("unreadable", "", 0)
        elif getattr(self._decode, "unmatched", 0) > strange:
            recorder.became("unmatched", "", 0)
        else:
            recorder.became(*became(events))
        return events

    def _decoded(self, frame: Frame) -> Sequence[ChatEvent]:
        if (data := self._quoted.data(frame.data)) is not frame.data:
            frame = replace(frame, data=data)
        try:
            events = self._decode(frame)
            if not isinstance(events, list | tuple):
                events = self._drained(events)
        except _UNREADABLE:
            if frame.whole:
                raise NotAnApi(f"The answer of {self._endpoint.host} could not be read.") from None
            if not frame.ended:
                self._cut = True
                return ()
            self._unreadable += 1
            self._in_a_row += 1
            if self._in_a_row >= UNREADABLE_IN_A_ROW:
                raise Reported(
                    f"The last {self._in_a_row} events of {self._endpoint.host} could not be read; stopped."
                ) from None
            return ()
        self._in_a_row = 0
        return events

    def _drained(self, events: Iterable[ChatEvent]) -> list[ChatEvent]:
        found: list[ChatEvent] = []
        try:
            for event in events:
                found.append(event)  # noqa: PERF402 - what came before an error is kept
        except ChatError as error:
            if not found:
                raise
            self._failed = error
        return found

    def _end(self, event: Finished, before: Finished | None, exchange: Exchange) -> Finished:
        if event.more:
            exchange.ends_within(AFTER_FINISH)
        return event if before is None else Finished(event.reason or before.reason, more=event.more)

    def _ending(self, finished: Finished | None) -> Iterator[ChatEvent]:
        yield from self._quoted.end()
        for kind in self._halves:
            yield kind("\ufffd")
        if self._unreadable == 1:
            yield Notice("1 unreadable event was skipped.")
        elif self._unreadable:
            yield Notice(f"{self._unreadable} unreadable events were skipped.")
        if finished is None and (self._cut or not self._ends_at_eof):
            if self._recorder is not None:
                self._recorder.unended()
            raise CutShort("The reply ended without an end marker; it may be cut short.")
        if not self.shown and not self._noticed:
            yield Notice(EMPTY_REPLY)
        yield Finished(finished.reason if finished is not None else "")

    def _weigh(self, event: FileReturned) -> None:
        self._bytes += len(event.data)
        if self._bytes > FILES_CAP:
            raise TooLarge("The files of the reply reached 128 MiB; stopped.")

    def _checked(self, event: ChatEvent) -> ChatEvent | None:
        """The event with surrogate halves joined across deltas and lone ones replaced; None if nothing is left yet.

        Raises TooLarge when the reply has outgrown its cap.
        """
        text = event.arguments if isinstance(event, ToolCalled) else getattr(event, "text", "")
        if not isinstance(event, TextReplaced):
            self._characters += len(text)
        if max(self._characters, len(text)) > REPLY_CAP:
            raise TooLarge("The reply reached 16 MiB; stopped.")
        told = self._quoted.event(event)
        if not isinstance(told, TextDelta | ReasoningDelta):
            return told
        kind, text = type(told), told.text
        if text.isascii() and not self._halves:
            return told if text else None
        whole = self._halves.pop(kind, "") + text
        if not _SURROGATE.search(whole):
            return kind(whole)
        if "\ud800" <= whole[-1] <= "\udbff":
            self._halves[kind] = whole[-1]
            whole = whole[:-1]
        paired = whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return kind(paired) if paired else None


class _Sending:
    """Enters an exchange in a task of its own, so that it can be told how far it is. Leaving it leaves the exchange."""

    def __init__(self, wire: Wire, request: Request, endpoint: Endpoint) -> None:
        self._sent = asyncio.Event()
        self._context = wire.exchange(replace(request, sent=self._sent.set), endpoint)

    async def __aenter__(self) -> Self:
        self._entering = asyncio.create_task(self._enter())
        return self

    async def _enter(self) -> Exchange:
        try:
            return await self._context.__aenter__()
        finally:
            self._sent.set()

    async def sent(self) -> None:
        """The request has left. Raises at once what kept it from leaving."""
        await self._sent.wait()
        if self._entering.done():
            self._entering.result()

    async def answered(self) -> Exchange:
        """The status has come, and is a success."""
        return await self._entering

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._entering.done():
            self._entering.cancel()
            await asyncio.wait({self._entering})
        if not self._entering.cancelled() and self._entering.exception() is None:
            await self._context.__aexit__(kind, error, trace)
