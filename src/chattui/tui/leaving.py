"""Every way out: quitting, signals, a terminal that closes, mistakes of our own; and ctrl+z, a way out and back.

Each of them saves what there is and leaves the terminal as it was found.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from functools import partial

from textual.worker import Worker, WorkerState

from chattui.tui.base import log
from chattui.tui.prompt import Prompt
from chattui.tui.sharing import Sharing
from chattui.tui.talking import Talking
from chattui.tui.terminal import Terminal
from chattui.tui.unsent import UnsentPrompts

PATIENCE = 2.0
"""Seconds that quitting waits, at most, for replies to be saved, and again for the disk."""
ENDINGS = ("SIGHUP", "SIGTERM", "SIGINT")
"""Signals that end chattui as ctrl+q does, with everything saved; the exit code is 128 and the signal's number."""
STAYED = 0.3
"""Seconds after which a process that asked to be stopped, and runs, knows that nobody stopped it."""


class Leaving(Sharing, UnsentPrompts, Talking, inherit_bindings=False):
    """How the app ends, and how it steps aside."""

    failed: Exception | None = None
    """The mistake of ours that ended the app."""
    unsaved: Sequence[str] = ()
    """What could not be saved before the end, a sentence each."""

    def __init__(self, *args: object, **settings: object) -> None:
        super().__init__(*args, **settings)
        self._away = ExitStack()  # holds back all painting while the shell has the terminal
        self._is_away = False

    def get_driver_class(self) -> type[Terminal]:
        return Terminal

    def watch_signals(self) -> None:
        """From now on no signal ends the process in the middle of anything."""
        for name in ENDINGS:
            number = getattr(signal, name)
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                self._on_signal(number, partial(self._quit_soon, 128 + number))
        self._on_signal(signal.SIGTSTP, self._step_aside)
        self._on_signal(signal.SIGCONT, self._come_back)

    def _on_signal(self, number: signal.Signals, act: Callable[[], None]) -> None:
        # through the loop, not where the signal strikes: that may be inside of a lock of Textual's writing thread
        with suppress(NotImplementedError, ValueError, RuntimeError):
            asyncio.get_running_loop().add_signal_handler(number, act)

    # ------------------------------------------------------------ the end

    def on_prompt_quit_wanted(self, _: Prompt.QuitWanted) -> None:
        self._quit_soon()

    def action_app_quit(self) -> None:
        self._quit_soon()

    async def action_quit(self) -> None:
        """Textual's own way out leads here too."""
        self._quit_soon()

    def terminal_lost(self) -> None:
        """The terminal was closed, whether or not a signal says so."""
        self._quit_soon(128 + signal.SIGHUP)

    def _quit_soon(self, code: int = 0) -> None:
        self.only("quit", partial(self._quit, code))

    async def _quit(self, code: int) -> None:
        try:
            await self.stop_all(PATIENCE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.keep_prompts(), PATIENCE)
                self.unsaved = await asyncio.wait_for(self.save_all(), PATIENCE)
                self.unsaved = [*self.unsaved, *await asyncio.wait_for(self.rescue_prompts(), PATIENCE)]
            with suppress(Exception):  # the connections close with the process anyway
                await asyncio.wait_for(self.means.wire.aclose(), 0.5)
        finally:
            self.exit(code, return_code=code)

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of ours ends the app. Whoever runs it tells of it: Textual would print the values of variables."""
        self._return_code = 1
        if self.failed is not None:  # what fails after the first mistake is its consequence
            log.error("the screen failed further", exc_info=error)
            return
        self.failed = self._exception = error
        self._exception_event.set()
        with suppress(Exception):  # whatever is broken, what was typed is kept if that can be
            self.keep_prompts_now()
        self.panic()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """What fails beside the screen costs what it was about, and is told."""
        if event.state is WorkerState.ERROR and (error := event.worker.error) is not None:
            log.error("a task of the screen failed", exc_info=error)
            told = f"chattui made a mistake ({type(error).__name__}); the log has the details."
            self.notify(told, severity="error")

    # ------------------------------------------------------------ to the shell and back

    def action_app_suspend(self) -> None:
        """Give the terminal to the shell until it brings chattui back (fg)."""
        if not _under_a_shell():
            self.notify("There is no shell here to go back to.")
        else:
            self._step_aside()

    def _step_aside(self) -> None:
        driver = self._driver
        if not isinstance(driver, Terminal) or self._is_away:
            return
        if not driver.in_use:  # an editor has the terminal, and puts it right by itself
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        self._is_away = True
        self._away.enter_context(self.batch_update())
        self._suspend_signal()
        driver.suspend_application_mode()
        loop = asyncio.get_running_loop()
        loop.remove_signal_handler(signal.SIGTSTP)
        os.kill(0, signal.SIGTSTP)  # the whole job, with a script around us; without a shell nobody is stopped
        loop.call_later(STAYED, lambda: self._come_back() if self._is_away else None)

    def _come_back(self) -> None:
        driver = self._driver
        if not isinstance(driver, Terminal) or not driver.in_use or not self.is_running:
            return
        if not self._is_away:  # stopped without being asked (SIGSTOP): nobody knows how the terminal is now
            driver.suspend_application_mode()
        self._on_signal(signal.SIGTSTP, self._step_aside)
        driver.resume_application_mode()
        self._away.close()
        self._is_away = False
        self._resume_signal()
        self.refresh(layout=True)


def _under_a_shell() -> bool:
    """Whether a shell with job control started us: it puts each job into a group of its own."""
    try:
        return os.getpgrp() != os.getsid(0)
    except OSError:
        return False
