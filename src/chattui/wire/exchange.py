"""One request and its answer: deadlines, status, framing, and every failure as one ChatError. Knows no HTTP library.

The deadlines are our own, because the read timeout of an HTTP library never fires on a stream that is kept warm.
Whatever the library, TLS, sockets or codecs raise becomes a ChatError in `_told` and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from math import inf
from types import TracebackType
from typing import NoReturn, Protocol, Self

from chattui.endpoint import Endpoint
from chattui.errors import ChatError, ChattuiError, CutShort, Reported
from chattui.events import Progress
from chattui.redaction import shown_nowhere
from chattui.secret import Secret
from chattui.wire import Frame, Framing, Recorder, Request, faults
from chattui.wire.deadline import Watch
from chattui.wire.framing import Framer, framer
from chattui.wire.inflate import Inflate
from chattui.wire.redaction import redact
from chattui.wire.refusals import refused

ERROR_BODY = 64 * 1024
"""Bytes of a refusal that are read, and the seconds that it may take."""
ERROR_BODY_SECONDS = 5.0
CALM = 0.5
"""Seconds between two Progress "alive"."""


class Answer(Protocol):
    """What the HTTP library gives. `headers` have lower-case names."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    async def read(self) -> bytes:
        """The next bytes of the body; b"" at its end."""

    async def close(self, *, clean: bool) -> None: ...


class Sending(Protocol):
    """What the sender tells on the way."""

    def reached(self, phase: faults.Phase) -> None: ...

    def through(self, proxy: str) -> None: ...

    def hides(self, *secrets: str) -> None: ...

    def asks(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> None: ...


class HttpExchange:
    """A context manager that sends on entry, and an iterator over the frames: `wire.Exchange`."""

    def __init__(
        self,
        send: Callable[[Sending], Awaitable[Answer]],
        request: Request,
        endpoint: Endpoint,
        wall: Callable[[], float],
    ) -> None:
        self._send = send
        self._request = request
        self.recorder: Recorder | None = request.recorder
        self._limits = endpoint.timeouts
        self._stage = faults.Stage("preparing", endpoint.host)
        self._framer: Framer = framer(request.framing)
        self._wanted: Framing = request.framing
        self._wall = wall
        self._answer: Answer | None = None
        self._secrets: list[str] = []
        self._grace: float | None = None
        self._fresh = False  # content has been seen since the last read began
        self._body_begun = False
        self._content_at: float | None = None  # when content was last seen
        self._why: Callable[[], ChatError] = lambda: faults.late(self._stage, 0)  # what the nearest deadline means

    @property
    def status(self) -> int:
        return self._answer.status if self._answer is not None else 0

    @property
    def headers(self) -> Mapping[str, str]:
        return self._answer.headers if self._answer is not None else {}

    @property
    def framing(self) -> Framing:
        return self._framer.framing

    # ------------------------------------------------------------ what the consumer tells

    def saw_content(self) -> None:
        self._fresh = True

    def ends_within(self, seconds: float) -> None:
        self._grace = self._watch.now() + seconds

    # ------------------------------------------------------------ what the sender tells

    def reached(self, phase: faults.Phase) -> None:
        self._stage = self._stage.at(phase)
        if phase == "waiting":
            self._sent = self._watch.now()
            if self._request.sent is not None:
                self._request.sent()
            if self.recorder is not None:
                self.recorder.sent()
        self._watch.move(self._due_to_answer())

    def through(self, proxy: str) -> None:
        self._stage = faults.Stage(self._stage.phase, self._stage.host, proxy)
        if self.recorder is not None:
            self.recorder.through(proxy)

    def hides(self, *secrets: str) -> None:
        self._secrets = shown_nowhere((*self._secrets, *secrets))

    def asks(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> None:
        if self.recorder is not None:
            named = {**self._request.query, **self._request.headers}
            sources = {name: value.source for name, value in named.items() if isinstance(value, Secret)}
            self.recorder.asked(method, url, headers, body, self._secrets, sources)

    # ------------------------------------------------------------ the exchange

    async def __aenter__(self) -> Self:
        self._watch = Watch()
        self._begun = self._sent = self._watch.now()
        try:
            self._watch.start(self._due_to_answer())
            try:
                self._answer = await self._send(self)
            finally:
                self._watch.stop()
            self._stage = self._stage.at("reading")
            if self.recorder is not None:
                self.recorder.answered(self._answer.status, self._answer.headers)
            if not 200 <= self._answer.status < 300:
                await self._refuse(self._answer)
            self._framer = framer(self._wanted, self._answer.headers.get("content-type", ""))
        except BaseException as error:
            told = self._told(error)
            self._tell_end(told)
            await self._close(clean=False)
            if told is error:
                raise
            raise told from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tell_end(error)
        await self._close(clean=error is None)

    def _tell_end(self, error: BaseException | None) -> None:
        if self.recorder is not None:
            self.recorder.ended(self.framing, error)

    async def __aiter__(self) -> AsyncIterator[Frame | Progress]:
        """See Exchange.__aiter__."""
        answer, watch = self._answer, self._watch
        assert answer is not None, "enter the exchange first"
        alive = -inf
        inflate: Inflate | None = None
        try:
            encoding = answer.headers.get("content-encoding", "").strip().lower()
            if encoding not in {"", "identity"}:
                inflate = Inflate(encoding)
            while True:
                watch.start(self._due_to_go_on())
                try:
                    data = await answer.read()
                finally:
                    watch.stop()
                if data:
                    self._body_begun = True
                for piece in (data,) if inflate is None else inflate.feed(data):
                    if self.recorder is not None and piece:
                        self.recorder.read(piece)
                    for item in self._framer.feed(piece) if data else self._framer.flush():
                        if type(item) is Frame:
                            yield item
                        elif (now := watch.now()) - alive >= CALM:
                            alive = now
                            yield item
                if not data:
                    break
            self._ended(answer)
            self._tell_end(None)
        except (GeneratorExit, asyncio.CancelledError, Exception) as error:  # the boundary
            told = self._told(error)
            if self._grace is not None and isinstance(told, ChatError):
                return  # the answer is whole; how its connection ends is nobody's concern
            self._tell_end(told)
            if told is error:
                raise
            raise told from None

    async def _refuse(self, answer: Answer) -> NoReturn:
        """Raises the error for a status that is not success, with as much of its body as comes soon."""
        body = b""
        with suppress(Exception):  # the status is known; a body that breaks off is told as far as it came
            async with asyncio.timeout(ERROR_BODY_SECONDS):
                while len(body) < ERROR_BODY and (data := await answer.read()):
                    body += data
                    if self.recorder is not None:
                        self.recorder.read(data)
        headers = dict(answer.headers)
        text = _plain(body[:ERROR_BODY], headers.get("content-encoding", ""))
        raise refused(answer.status, headers, text, self._stage, self._request.url, self._wall())

    def _ended(self, answer: Answer) -> None:
        """The body has come to its end. Raises when there was none: nobody means to say nothing."""
        if self._body_begun:
            return
        delimited = "content-length" in answer.headers or "transfer-encoding" in answer.headers or answer.status == 204
        if delimited:
            raise Reported(f"The server answered {answer.status} without any content.")
        raise CutShort("The connection dropped before the reply began.")

    async def _close(self, *, clean: bool) -> None:
        self._watch.close()
        if (answer := self._answer) is not None:
            await answer.close(clean=clean)

    # ------------------------------------------------------------ deadlines

    def _due_to_answer(self) -> float:
        limits = self._limits
        waiting = self._stage.phase == "waiting"
        seconds = limits.headers if waiting else limits.connect
        due = (self._sent if waiting else self._begun) + seconds if seconds else inf
        self._why = lambda: faults.late(self._stage, seconds)
        if self._stage.phase == "preparing":
            due = inf  # a key command has its own limit, and may ask a person
        return self._or_total(due)

    def _due_to_go_on(self) -> float:
        limits = self._limits
        now = self._watch.now()
        if self._fresh:
            self._fresh = False
            self._content_at = now
        due = now + limits.idle if limits.idle else inf
        self._why = self._idle
        if self._content_at is not None:
            content = self._content_at + limits.idle_content if limits.idle_content else inf
        else:
            content = self._sent + limits.first_token if limits.first_token else inf
        if content < due:
            due, self._why = content, self._silent
        if self._grace is not None and self._grace < due:
            due = self._grace
        return self._or_total(due)

    def _or_total(self, due: float) -> float:
        if self._limits.total and (total := self._begun + self._limits.total) < due:
            self._why = lambda: faults.overlong(self._limits.total)
            return total
        return due

    def _idle(self) -> ChatError:
        if not self._body_begun:
            return faults.late(self._stage.at("waiting"), self._limits.idle)
        return faults.stalled(self._limits.idle)

    def _silent(self) -> ChatError:
        first = self._content_at is None
        seconds = self._limits.first_token if first else self._limits.idle_content
        return faults.silent(seconds) if self._body_begun else faults.late(self._stage.at("waiting"), seconds)

    # ------------------------------------------------------------ failures

    def _told(self, error: BaseException) -> BaseException:
        """What may leave: a ChattuiError for any Exception; the caller's own cancellation as it is."""
        expired = self._watch.blame()
        if isinstance(error, asyncio.CancelledError | GeneratorExit) or not isinstance(error, Exception):
            return self._why() if expired and isinstance(error, asyncio.CancelledError) else error
        told: ChattuiError = faults.fault(error, self._stage)
        redact(told, self._secrets)
        return told


def _plain(body: bytes, encoding: str) -> str:
    """The text of an error body, at most ERROR_BODY of it."""
    if encoding.strip().lower() not in {"", "identity"}:
        try:
            inflated = b""
            for piece in Inflate(encoding.strip().lower()).feed(body) if body else ():
                inflated += piece
                if len(inflated) >= ERROR_BODY:
                    break
            body = inflated
        except ChatError:
            return ""
    return body[:ERROR_BODY].decode("utf-8", "replace")
