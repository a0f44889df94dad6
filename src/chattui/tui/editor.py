"""The prompt in the user's own editor: VISUAL or EDITOR, a private file, the old text when anything goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from chattui.errors import ChattuiError


class EditorError(ChattuiError):
    """The editor could not be used; the prompt is as it was."""


def command(environ: Mapping[str, str]) -> list[str]:
    """The editor's command line. Raises EditorError when none is set and none is found."""
    for name in ("VISUAL", "EDITOR"):
        if said := environ.get(name, "").strip():
            try:
                argv = shlex.split(said)
            except ValueError:
                raise EditorError(f"${name} cannot be read as a command.", hint="Check its quotes.") from None
            if argv:
                return argv
    for name in ("sensible-editor", "nano", "vi"):
        if found := shutil.which(name):
            return [found]
    raise EditorError("No editor is set.", hint="Set $EDITOR, for example export EDITOR=nano.")


async def edit(argv: list[str], text: str, name: str = "prompt.md") -> str:
    """What the editor made of the text, without the newline it ends files with. `name` is that of the file, whose end
    tells an editor the language. Raises EditorError.
    """
    with tempfile.TemporaryDirectory(prefix="chattui-") as folder:  # mode 0700
        path = Path(folder) / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(text.encode("utf-8", "replace").decode("utf-8"))
        try:
            process = await asyncio.create_subprocess_exec(*argv, str(path))
        except (OSError, ValueError):
            raise EditorError(f"The editor ‘{argv[0]}’ cannot be started.", hint="Check $VISUAL and $EDITOR.") from None
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            raise
        if code:
            raise EditorError(f"The editor ended with code {code}; the prompt is as it was.")
        try:
            return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
        except OSError:
            raise EditorError("The editor took the file away; the prompt is as it was.") from None
