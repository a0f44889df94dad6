"""The reply in flight: a message that grows by thousands of deltas without being copied at each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

from chattui.chat import Failure, Message, State, Timing
from chattui.errors import ChattuiError, TooLarge
from chattui.events import ChatEvent, Progress, ReasoningDelta, TextDelta
from chattui.providers import CONTENT
from chattui.redaction import redacted

log = logging.getLogger(__name__)

MOST_TEXT = 16 * 1024 * 1024
"""Characters of text and reasoning that a reply may have."""


class Draft:
    """A growing message and its measures.

    Adjacent text deltas are joined before they are added, so that a chunk costs the same at any length of the reply;
    everything else goes through `Message + event` as it comes.
    """

    def __init__(self, reply: Message, ticks: Callable[[], float]) -> None:
        self._message = reply
        self._texts: list[str] = []
        self._kind: type[TextDelta | ReasoningDelta] = TextDelta
        self._size = len(reply.text)
        self._ticks = ticks
        self._start = ticks()
        self._first: float | None = None
        self._thinking: float | None = None
        self._thought = reply.timing.thought

    def add(self, event: ChatEvent) -> None:
        """Let the reply grow. Raises TooLarge at the cap."""
        if isinstance(event, TextDelta | ReasoningDelta):
            if type(event) is not self._kind:
                self._join()
                self._kind = type(event)
            self._texts.append(event.text)
            self._size += len(event.text)
            if self._size > MOST_TEXT:
                raise TooLarge("The reply reached 16 MiB; stopped.", hint="What had arrived is kept.")
        elif not isinstance(event, Progress):
            self._join()
            self._message += event
        self._measure(event)

    def _measure(self, event: ChatEvent) -> None:
        now = self._ticks()
        if isinstance(event, CONTENT):
            since = now - self._start
            if self._first is None:
                self._first = since
            if isinstance(event, ReasoningDelta):
                self._thinking = since if self._thinking is None else self._thinking
            elif self._thinking is not None and self._thought is None:
                self._thought = since - self._thinking

    def _join(self) -> None:
        if self._texts:
            self._message += self._kind("".join(self._texts))
            self._texts.clear()

    @property
    def message(self) -> Message:
        """The reply so far, with its measures so far."""
        self._join()
        self._message = replace(self._message, timing=Timing(self._first, self._message.timing.total, self._thought))
        return self._message

    def end(self, state: State) -> None:
        self._join()
        total = self._ticks() - self._start
        if self._thinking is not None and self._thought is None:
            self._thought = total - self._thinking
        self._message = replace(
            self._message,
            state=state,
            timing=Timing(self._first, total, self._thought),
        )

    def fail(self, failure: Failure) -> None:
        """What had arrived is kept: with content the reply is incomplete, without it failed."""
        self.end("incomplete" if self.message.has_content else "failed")
        self._message = replace(self._message, error=failure)


async def grow(draft: Draft, events: AsyncGenerator[ChatEvent, None]) -> AsyncGenerator[ChatEvent, None]:
    """Let the reply grow by the events, and yield each. However they end, the draft has ended: a failure becomes data
    here, on the message, and nowhere else; who closes the generator, or cancels the task that pulls, has stopped it.
    """
    try:
        async with aclosing(events) as coming:
            async for event in coming:
                draft.add(event)
                yield event
        draft.end("complete")
    except ChattuiError as error:
        retryable = getattr(error, "retryable", False)
        draft.fail(Failure(type(error).__name__, redacted(error.text), redacted(error.hint), retryable))
    except (asyncio.CancelledError, GeneratorExit):
        draft.end("stopped")
        raise
    except Exception as error:  # the boundary: a mistake of ours must not cost the reply
        log.exception("a turn failed in chattui itself")
        draft.fail(Failure("Bug", f"chattui itself failed ({type(error).__name__}).", "The log has the details.", True))
