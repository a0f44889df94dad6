"""`chattui` without a command: the screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from chattui.commands import log, world
from chattui.commands.exits import UsageError
from chattui.commands.output import is_terminal
from chattui.store import Store


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Open the screen; its exit code. Raises UsageError without a terminal, ChattuiError for unknown names.

    Mistakes in the configuration are shown on the screen, not here.
    """
    streams = (sys.stdin, sys.stdout, sys.stderr)  # the screen is drawn on standard error
    if not all(map(is_terminal, streams)) or environ.get("TERM", "dumb") == "dumb":
        raise UsageError(
            "The screen needs a terminal.", hint="For a pipe or a script there is chattui ask; see chattui --help."
        )
    here = world.opened(arguments, environ)
    wanted = world.endpoint(here, arguments.endpoint).name if arguments.endpoint else world.default(here)
    conversation = world.conversation(Store(here.paths.data), arguments)
    from chattui import tui

    log.catch_all()
    return tui.run(here.config, here.paths, environ, endpoint=wanted, conversation=conversation)
