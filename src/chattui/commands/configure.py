"""`chattui config path | init | show | edit`."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

from chattui import config
from chattui.commands import world
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import put, say
from chattui.config import show, template

EDITORS = ("nano", "vi")
"""Tried where neither $VISUAL nor $EDITOR says which."""


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Do what `config` was asked for. Raises ChattuiError."""
    path = world.places(arguments, environ).config
    match arguments.what:
        case "path":
            put(str(path))
        case "init":
            template.write_template(path)
            put(str(path))
            say("Written, all of it commented out. chattui config edit opens it.")
        case "show":
            found = world.opened(arguments, environ).config
            put(show.show(found, origin=arguments.origin).rstrip("\n"))
            world.warn(found.problems)
        case _:
            return edit(path, environ)
    return Exit.COMPLETE


def edit(path: Path, environ: Mapping[str, str]) -> int:
    """Open the file (a new one where there is none), wait for the editor, tell of mistakes. Raises ChattuiError."""
    argv = editor(environ)
    if not path.exists():
        template.write_template(path)
    try:
        code = subprocess.run([*argv, str(path)], check=False).returncode  # noqa: S603 - the user's own editor, without a shell
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or type(error).__name__).lower()
        raise UsageError(f"The editor ‘{argv[0]}’ cannot be run: {reason}.", hint="Set $EDITOR.") from None
    if code:
        say(f"The editor ended with exit code {code}.")
    found = config.load(path, environ)
    world.warn(found.problems)
    if found.errors:
        return Exit.USAGE
    say(f"{path} has no mistakes.")
    return Exit.COMPLETE if not code else Exit.FAILED


def editor(environ: Mapping[str, str]) -> list[str]:
    """The command of the user's editor and its arguments. Raises UsageError."""
    said = environ.get("VISUAL", "").strip() or environ.get("EDITOR", "").strip()
    if said:
        try:
            return shlex.split(said)
        except ValueError:
            raise UsageError("$VISUAL or $EDITOR has a quote that is not closed.") from None
    folders = environ.get("PATH", os.defpath).split(os.pathsep)
    for name in EDITORS:
        if any(os.access(Path(folder) / name, os.X_OK) for folder in folders):
            return [name]
    raise UsageError("There is no editor.", hint="Set $EDITOR.")
