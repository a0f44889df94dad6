"""What the program itself remembers: choices, the prompts sent before. Small JSON files beside the conversations.

    <data>/state.json, prompts.json
    <data>/<name>.damaged              what a file held that could not be read, before it was written anew

Several chattuis change the same files, each under a short lock. Everything here blocks. Raises StoreError only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from chattui import disk
from chattui.errors import ReadOnly, Unwritable
from chattui.events import JSON

PROMPTS = 500
LONGEST = 20_000
"""Characters of a prompt that the history keeps."""
PATIENCE = 2.0
"""Seconds that a change waits, at most, for another chattui's."""


class Memory:
    """The small files below one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def recall(self) -> Mapping[str, JSON]:
        """What `remember` was given: the theme, the last endpoint … {} when there is nothing readable."""
        return disk.read_object(self.data / "state.json")

    def remember(self, **values: JSON) -> None:
        """Lay values over what is remembered; None forgets a name."""
        self._change(
            "state.json",
            lambda old: {name: value for name, value in {**old, **values}.items() if value is not None},
        )

    def prompts(self) -> list[str]:
        """The prompts sent before, oldest first."""
        return _prompts(disk.read_object(self.data / "prompts.json"))

    def add_prompt(self, text: str) -> None:
        """Put a prompt at the end of the history; the newest 500 are kept, none twice, none over 20,000 characters."""
        if len(text) <= LONGEST:
            self._change(
                "prompts.json",
                lambda old: {**old, "prompts": [*(one for one in _prompts(old) if one != text), text][-PROMPTS:]},
            )

    def _change(self, name: str, change: Callable[[Mapping[str, JSON]], Mapping[str, JSON]]) -> None:
        path = self.data / name
        try:
            disk.private_folder(self.data)
            with self._alone():
                disk.set_aside(path)
                disk.replace(path, disk.as_json(change(disk.read_object(path)), indent=1))
        except OSError as error:
            raise disk.trouble(error, path) from None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other chattui changes these files meanwhile."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                lock = disk.Lock(self.data / "memory.lock")
                break
            except ReadOnly:
                if time.monotonic() > until:
                    raise Unwritable("Not remembered: another chattui holds its files.") from None
                time.sleep(0.005)
        try:
            yield
        finally:
            with suppress(OSError):
                lock.close()


def _prompts(stored: Mapping[str, JSON]) -> list[str]:
    found = stored.get("prompts")
    return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []
