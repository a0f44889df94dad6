"""The configuration: one TOML file to a Config. Every mistake is reported at once, and none stops the program.

    read     bytes -> table, or the sentence that says why not
    values   how single values are read            options  which keys there are, and what they mean
    check    table -> Config and its mistakes      where    line and column of a key
    result   Config, Problem                       template, show, docs   the commands around it

Nothing is ever read from the working directory, and no value of a secret is part of a message.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from chattui import keymap, safe
from chattui.config import check, read, values
from chattui.config.result import Config, Layer, Notify, Problem
from chattui.config.values import At, Mistake

__all__ = ["Config", "Layer", "Notify", "Problem", "check_theme", "load", "load_text"]


def load(path: Path, environ: Mapping[str, str]) -> Config:
    """The configuration in the file, or the defaults where there is none. Never raises for what the file holds."""
    try:
        found = read.file(path)
        if found is None:
            return Config(keys=keymap.bindings({})[0], file=path, environ=environ)
        source = read.text(found.data)
    except read.Unreadable as error:
        return _unreadable(error, path, environ)
    return load_text(
        source, environ, file=path, seen_by_others=found.seen_by_others, changed_by_others=found.changed_by_others
    )


def load_text(
    source: str,
    environ: Mapping[str, str],
    *,
    file: Path = Path("/config.toml"),
    seen_by_others: bool = False,
    changed_by_others: bool = False,
) -> Config:
    """As `load`, for a text. `seen_by_others`: warn of keys in it; `changed_by_others`: run no command of it."""
    try:
        table = read.table(source)
    except read.Unreadable as error:
        return _unreadable(error, file, environ)
    at = At(environ=environ, file=file, commands=not changed_by_others)
    found = check.config(table, at, seen_by_others=seen_by_others)
    problems = check.problems(at.mistakes, source, str(file)) if at.mistakes else ()
    return replace(found, problems=problems, file=file)


def check_theme(config: Config, themes: Collection[str]) -> Config:
    """The configuration without a theme that is not among `themes`, and with the problem that this is."""
    if not config.theme or config.theme in themes or config.file is None:
        return config
    said = safe.line(config.theme, 40)
    mistake = Mistake(("theme",), f"does not know the theme ‘{said}’.", values.meant(said, themes))
    try:
        source = read.text(config.file.read_bytes())
    except (OSError, read.Unreadable):
        source = ""
    return replace(config, theme="", problems=(*config.problems, *check.problems([mistake], source, str(config.file))))


def _unreadable(error: read.Unreadable, path: Path, environ: Mapping[str, str]) -> Config:
    problem = Problem(error.text, error.hint, str(path), error.line, error.column)
    return Config(keys=keymap.bindings({})[0], problems=(problem,), file=path, environ=environ)
