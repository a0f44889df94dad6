"""How a reply in flight is doing, in words: what the status line says. No clock of its own."""

from __future__ import annotations

from chattui import safe
from chattui.chat import Message
from chattui.events import (
    ChatEvent,
    ChoicesOffered,
    Progress,
    ReasoningDelta,
    TextDelta,
    TextReplaced,
    ToolCalled,
    Usage,
    UsageReported,
)

QUIET = 10.0
"""Seconds without data after which that is worth a word."""
_CONTENT = (TextDelta, TextReplaced, ReasoningDelta, ToolCalled, ChoicesOffered)


class Flow:
    """One turn, watched. All times are seconds of one clock that never goes back."""

    __slots__ = (
        "_chars",
        "_content",
        "_first",
        "_last",
        "_phase",
        "_phase_at",
        "_usage",
        "began",
        "stopping",
    )

    def __init__(self, now: float) -> None:
        self.began = now
        self.stopping = False
        self._phase: Progress | None = None
        self._phase_at = now
        self._first: float | None = None
        self._last = now  # that anything came, keep-alives too
        self._content = now
        self._chars = 0
        self._usage: Usage | None = None

    def feed(self, event: ChatEvent, now: float) -> None:
        """Take note of an event that came at `now`."""
        self._last = now
        match event:
            case Progress(phase="alive"):
                return
            case Progress():
                if self._phase is None or self._phase.phase != event.phase or event.phase == "retrying":
                    self._phase_at = now
                self._phase = event
            case TextDelta(text) | ReasoningDelta(text):
                self._chars += len(text)
            case TextReplaced(text):
                self._chars = len(text)
            case UsageReported(usage):
                self._usage = usage.over(self._usage)
            case _:
                pass
        self._content = now
        if self._first is None and isinstance(event, _CONTENT):
            self._first = now

    def words(self, now: float, stop_key: str = "esc") -> str:
        """The state at `now`."""
        if self.stopping:
            return "stopping"
        if self._first is not None:
            return self._streaming(now, stop_key)
        phase = self._phase
        stops = f" ({stop_key} stops)" if stop_key else ""
        waited = now - self._phase_at
        since = _since(waited) + (stops if waited >= QUIET else "")
        match phase.phase if phase else "":
            case "connecting":
                again = f" (try {phase.attempt})" if phase and phase.attempt > 1 else ""
                return f"connecting to {safe.line(phase.host, 60) if phase else ''}{again}{since}"
            case "waiting":
                alive = waited >= QUIET and self._last > self._content and now - self._last < QUIET
                return f"waiting for the first token{since}" + (", the server is alive" if alive else "")
            case "thinking":
                said = safe.line(phase.text, 60) if phase and phase.text else "thinking"
                return f"{said}{since}"
            case "retrying":
                assert phase is not None
                left = max(0.0, phase.seconds - (now - self._phase_at))
                return f"retrying in {left:.0f} s{stops}: {safe.line(phase.text, 80)}"
            case _:
                return f"sending{since}"

    def _streaming(self, now: float, stop_key: str) -> str:
        assert self._first is not None
        stops = f" ({stop_key} stops)" if stop_key else ""
        if (quiet := now - self._last) >= QUIET:
            return f"no data for {quiet:.0f} s{stops}"
        if (quiet := now - self._content) >= QUIET:
            return f"the server is alive, but no text for {quiet:.0f} s{stops}"
        tokens = self._usage.output if self._usage else None
        return " · ".join(("streaming", *_measures(self._first - self.began, now - self.began, self._chars, tokens)))


def unsaved(trouble: str, what: str = "Not saved") -> str:
    """The banner over what the disk has refused; "" while nothing is wrong."""
    because = trouble.removeprefix("Not saved: ")
    return f"{what}: {because} It is kept in memory, and chattui tries again." if trouble else ""


def after(message: Message | None, trouble: str = "", read_only: str = "") -> str:
    """The state of a conversation at rest whose last message is this."""
    if read_only and message is not None and message.state == "streaming":
        return "streaming in another chattui"
    if read_only:
        return "read only here"
    if trouble:
        return f"not saved: {safe.line(trouble.removeprefix('Not saved: '), 160)}"
    if message is None or message.role != "assistant":
        return "ready"
    why = safe.line(message.error.text, 160).rstrip(".") if message.error else ""
    match message.state:
        case "incomplete":
            return f"incomplete: {why or 'the reply was cut'}, {kept(message)}"
        case "stopped":
            return f"stopped, {kept(message)}" if message.text else "stopped"
        case "failed":
            return f"failed: {why or 'no answer came'}"
        case _:
            if message.choices:
                return "asks you: type an answer, or its number"
            return " · ".join(("ready", *measures(message)))


def kept(message: Message) -> str:
    """How much of a cut reply there is."""
    words = len(message.text.split())
    return "1 word kept" if words == 1 else f"{words:,} words kept"


def measures(message: Message) -> list[str]:
    """What was measured of a finished reply. Servers that do not count tokens say 0."""
    if message.timing.first is None or message.timing.total is None:
        return []
    chars = len(message.text) + len(message.reasoning)
    return _measures(message.timing.first, message.timing.total, chars, message.usage.output if message.usage else None)


def _measures(first: float, total: float, chars: int, tokens: int | None) -> list[str]:
    amount, unit, short = (chars, "characters", "chars") if not tokens else (tokens, "tokens", "tok")
    spent = total - first
    found = [f"{first:.2f} s to first"]
    if spent >= 0.2 and amount:
        found.append(f"{amount / spent:,.0f} {short}/s")
    return [*found, f"{total:.1f} s", f"{amount:,} {unit}"]


def _since(seconds: float) -> str:
    return f" {seconds:.0f} s" if seconds >= 1 else ""
