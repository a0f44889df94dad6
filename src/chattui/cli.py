"""`chattui`: the command line. Chooses the screen or a command, and turns whatever goes wrong into one sentence."""

from __future__ import annotations

import gc
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from chattui.commands import arguments, output
from chattui.commands.exits import Exit, of_error
from chattui.errors import ChattuiError

if TYPE_CHECKING:
    from argparse import Namespace

COMMANDS = {  # name: the module of `chattui.commands`, and the function when it is not `run`; none = the screen
    "ask": "ask",
    "list": "conversations.run_list",
    "show": "conversations.run_show",
    "search": "search",
    "endpoints": "endpoints",
    "add": "add",
    "check": "check",
    "mock": "mock",
    "test": "suites",
    "replay": "replay",
    "preset": "preset",
    "login": "login",
    "pull": "pull",
    "export": "export",
    "import": "importing",
    "stats": "stats",
    "trash": "trash",
    "store": "store",
    "config": "configure",
    "completion": "completion",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command that `argv` names; the exit code. Without `argv` it is the process's own, which ends with it.

    Raises nothing. Mistakes of the user and of the world are one sentence on standard error; mistakes of chattui's own
    too, and the log has the rest.
    """
    output.prepare()
    gc.disable()  # collecting while modules load would be a twentieth of the start; long work switches it on again
    try:
        code = _guarded(sys.argv[1:] if argv is None else argv, os.environ)
    finally:
        gc.enable()
    if argv is None:
        _leave(code)
    return code


def _guarded(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    found: Namespace | None = None
    try:
        try:
            found = arguments.parse(argv)
            code = _run(found, environ)
        except SystemExit as end:  # argparse has said what it had to say
            code = end.code if isinstance(end.code, int) else Exit.USAGE
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        output.nobody_reads()
        return Exit.COMPLETE  # `chattui list | head -1` has got what it wanted; `ask` answers for itself
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except ChattuiError as error:
        output.say(str(error))
        return of_error(error)
    except OSError as error:
        output.nobody_reads()
        output.say(f"The system refused: {(error.strerror or type(error).__name__).lower()}.")
        return Exit.FAILED
    except Exception as error:  # noqa: BLE001 - the boundary: a mistake of chattui's own, which goes to the log
        _own_mistake(error, found, environ)
        return Exit.FAILED
    return code


def _run(found: Namespace, environ: Mapping[str, str]) -> int:
    module, _, function = COMMANDS.get(found.command, "screen").partition(".")
    run = getattr(import_module(f"chattui.commands.{module}"), function or "run")
    code: int = run(found, environ)
    return code


def _own_mistake(error: Exception, found: Namespace | None, environ: Mapping[str, str]) -> None:
    from chattui import paths
    from chattui.commands import crash

    profile = None if found is None else found.profile
    try:
        folder = paths.find(environ, profile=profile).log
    except ChattuiError:  # the profile has no valid name
        folder = paths.find(environ).log
    output.say(crash.own_mistake(error, folder, environ))


def _leave(code: int) -> NoReturn:
    """End the process now, with everything printed and saved.

    The interpreter's own end would take a tenth of a short command's time, and would wait for threads that sit in a
    resolver or a key command: whoever presses ctrl+c does not.
    """
    with suppress(KeyboardInterrupt):  # twice means now
        for thread in threading.enumerate():
            if thread.name.startswith("store"):  # of chattui.writer: somebody's conversation may be queued there
                thread.join()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            stream.flush()
    os._exit(code)
