"""Asynchronous work of a command, which a signal ends at once and in order."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work. SIGINT, SIGTERM and SIGHUP cancel it: it may catch that, save, and still return.

    Raises KeyboardInterrupt when it does not. Threads that still wait for something (a resolver, a key command) are not
    waited for, unlike asyncio.run does.
    """
    loop = asyncio.new_event_loop()
    gc.enable()
    try:
        task = loop.create_task(work)
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup, and background jobs of scripts, mean it
                loop.add_signal_handler(number, task.cancel)
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
