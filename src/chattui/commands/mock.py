"""`chattui mock`: a server on loopback that answers as a tape or a script says."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from chattui import safe, tapes
from chattui.commands import running
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import put, say
from chattui.config.values import meant
from chattui.mock.scripts import FORMATS, SCRIPTS, Script, of_tape, script
from chattui.mock.server import MockServer


def run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Serve until interrupted. Raises UsageError, ChattuiError."""
    if arguments.list:
        width = max(map(len, SCRIPTS))
        for name, about in SCRIPTS.items():
            put(f"{name:<{width}}  {about}")
        return Exit.COMPLETE
    if not 0 <= arguments.port <= 65535:
        raise UsageError("A port is a number from 0 to 65535.", hint="0 takes a free one.")
    if not 0 <= arguments.speed <= 10_000:
        raise UsageError("--speed is from 0 to 10000.", hint="0 leaves out the pauses.")
    server = MockServer(_script(arguments), say, port=arguments.port, speed=arguments.speed)
    try:
        running.run(server.serve(_ready))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise UsageError(f"Port {arguments.port} cannot be used: {reason}.", hint="Leave out --port.") from None
    return Exit.COMPLETE


def _script(arguments: argparse.Namespace) -> Script:
    if arguments.file is not None:
        if arguments.script is not None:
            raise UsageError("Give a tape or --script, not both.")
        tape = tapes.read(Path(arguments.file))
        made = of_tape(tape)
        if tape.level == "metadata" or not made.answers:
            raise UsageError("This tape holds no answer that could be given.", hint='Record with record = "wire".')
        return made
    if (form := FORMATS.get(arguments.format)) is None:
        hint = meant(arguments.format, FORMATS) or f"There are: {', '.join(FORMATS)}."
        raise UsageError(f"There is no format ‘{safe.line(arguments.format, 40)}’.", hint=hint)
    name = arguments.script or "fine"
    if name not in SCRIPTS:
        hint = meant(name, SCRIPTS) or "chattui mock --list names them all."
        raise UsageError(f"There is no script ‘{safe.line(name, 40)}’.", hint=hint)
    return script(name, form)


def _ready(address: str) -> None:
    put(address)
    sys.stdout.flush()
    say("Answering there; ctrl+c ends it.")
