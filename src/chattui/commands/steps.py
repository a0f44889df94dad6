"""The steps of `check`: how each went, printed when it is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from chattui import safe
from chattui.commands.output import put
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError, Rejected, Reported

Name = Literal[
    "config", "key", "dns", "tcp", "tls", "status", "content type", "first byte", "first event", "first text",
    "end marker", "cancel",
]  # fmt: skip
STEPS: tuple[Name, ...] = (
    "config", "key", "dns", "tcp", "tls", "status", "content type", "first byte", "first event", "first text",
    "end marker", "cancel",
)  # fmt: skip


CURES: Mapping[Name, str] = {
    "config": "Correct it with chattui config edit.",
    "key": 'Say where the key is: api_key = { env = "…" }, { file = "…" } or { command = "…" }.',
    "dns": "Check the address, and that the network is up.",
    "tcp": "Is the address right, its port too, and is the server running?",
    "tls": "Is it http:// or https://? A certificate of your own is named in tls.ca_file.",
    "content type": "Send content-type: text/event-stream.",
    "first byte": "Is that the address of the API, and does the server answer others?",
    "first event": "Send server-sent events or lines of JSON, and flush after each.",
    "first text": 'Look at what came: ask with record = "wire", then F12; unmatched frames want a rule.',
    "end marker": "Let the server send a last event that says so, and look at its log for why it stopped.",
    "cancel": "The short question was answered and the long one was not: look at the server's log, and at proxies.",
}
"""What to do about a step where the error itself does not say."""


def cure(step: Name, error: ChattuiError, asked: str) -> str:
    """What to do about a step that failed so, after this request was sent, if any."""
    if isinstance(error, Reported) or (isinstance(error, Rejected) and (error.status or 0) >= 500):
        return "The server said so itself, or what stands before it: its log says more."
    if step != "status":
        return CURES[step]
    if asked.partition(" ")[2].startswith("http:") and "https" in error.text.lower():
        return "Write https:// in the url."
    return f"The request was {asked}: are url, path and model right?" if asked else "Are url, path and model right?"


@dataclass(frozen=True, slots=True)
class Step:
    """One step and how it went; `ms` is how long it took by itself, None where nothing was measured."""

    step: Name
    verdict: Literal["ok", "warning", "failed", "skipped"]
    ms: float | None = None
    text: str = ""
    hint: str = ""
    """What to do."""


class Report:
    """The steps so far, each printed when it is known. The time of a step begins where the one before it ended."""

    def __init__(self, *, shown: bool, ticks: Callable[[], float] = time.perf_counter) -> None:
        self.steps: list[Step] = []
        self.model = ""
        self._shown = shown
        self._ticks = ticks
        self._since = ticks()

    def title(self, endpoint: Endpoint) -> None:
        """Name what is checked."""
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

    def ok(self, name: Name, text: str = "", *, doubt: str = "") -> None:
        """The step went well, and so did those before it that nobody has looked at. Only the first time counts.

        `doubt`: it works, but this should be done about it.
        """
        if name in (step.step for step in self.steps):
            return
        self._pass_until(name)
        now = self._ticks()
        verdict: Literal["ok", "warning"] = "warning" if doubt else "ok"
        self._add(Step(name, verdict, round((now - self._since) * 1000, 1), text, doubt))
        self._since = now

    def failed(self, error: ChattuiError, at: Name | None = None, *, asked: str = "") -> None:
        """The step `at`, or the one that is being taken, failed. `asked`: the request, where one was sent."""
        if at is not None:
            self._pass_until(at)
        if self.next is not None:
            taken = round((self._ticks() - self._since) * 1000, 1)
            self._add(Step(self.next, "failed", taken, error.text, error.hint or cure(self.next, error, asked)))

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
            sign = {"ok": "ok", "warning": "ok ⚠", "failed": "FAILED", "skipped": "-"}[step.verdict]
            taken = "" if step.ms is None else f"{step.ms:.0f} ms" if step.ms < 10_000 else f"{step.ms / 1000:.1f} s"
            put(f"  {step.step:<13}{sign:<8}{taken:>9}  {safe.line(step.text, 300)}".rstrip())
            if step.hint:
                put(f"  {'':<13}{'':<8}{'':>9}  → {safe.line(step.hint, 300)}")
