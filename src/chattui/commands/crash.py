"""The report of a mistake of chattui's own: a file for whoever looks into it, and one sentence that says where it is.

Readable by its owner only (0600). It tells what failed, where and on what system: files and lines, never the values of
variables; known secrets, and words that look like one, are blacked out.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from chattui import __version__, safe
from chattui.redaction import names_secret, redacted

KEPT = 20
"""Reports that are kept; older ones make room."""
MOST_CHARACTERS = 200_000


def own_mistake(error: BaseException, folder: Path, environ: Mapping[str, str]) -> str:
    """Write the report into `folder`; the sentence that tells of it. A disk that refuses it is no second mistake."""
    said = f"chattui made a mistake ({type(error).__name__})."
    try:
        path = _written(safe.clean(redacted(_text(error, environ), _keys(environ))), folder)
    except OSError:
        return said
    return f"{said} {path} has the details; it holds no keys."


def _keys(environ: Mapping[str, str]) -> list[str]:
    """Values of variables that are named like keys: the mistake may have come before any was looked at."""
    return [value for name, value in environ.items() if names_secret(name)]


def _text(error: BaseException, environ: Mapping[str, str]) -> str:
    facts = [
        f"chattui {__version__}",
        f"Python {platform.python_version()} on {platform.platform()}",
        *(f"{name} {found}" for name in ("textual", "rich", "httpx") if (found := _version(name))),
        f"terminal {environ.get('TERM', '')} {environ.get('TERM_PROGRAM', '')}".rstrip(),
    ]
    trace = "".join(traceback.format_exception(error))
    return "\n".join((*facts, "", trace))[:MOST_CHARACTERS]


def _version(name: str) -> str:
    """Of a library that is loaded; "" for others."""
    if name not in sys.modules:
        return ""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _written(text: str, folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags, 0o600)
    with os.fdopen(file, "w", encoding="utf-8", errors="backslashreplace") as report:
        report.write(text)
    for old in sorted(folder.glob("crash-*.txt"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return path
