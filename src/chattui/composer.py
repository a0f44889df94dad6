"""Prompts that nobody has sent yet, on the disk: what was typed survives the end of the program, whatever end it is.

    <data>/composer/<random>.json      one file for each running chattui, which alone writes to it
    <data>/composer/<random>.lock      held while it runs

The file of a chattui that runs no more is taken over by the next one that looks. Everything here blocks. Raises
StoreError only.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from chattui import disk
from chattui.errors import ReadOnly
from chattui.events import JSON

NEW = ""
"""The name under which the prompt of a new conversation is kept."""
_FILE = re.compile(r"[0-9a-f]{16}\.json")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A prompt that was typed in a conversation."""

    text: str
    conversation: str = ""
    """The id of the conversation; that of a new one is on the disk only when the prompt was sent after all."""
    pasted: tuple[str, ...] = ()
    """Mentions of files in it that nobody has typed."""
    at: float = 0.0
    """When it was kept, in Unix seconds."""
    queue: tuple[str, ...] = ()
    """Prompts that wait there for the end of a reply, the next one first. `text` may be empty then."""


class Composer:
    """The unsent prompts of this process, by the conversation's id or NEW, and those of processes that are gone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / f"{secrets.token_hex(8)}.json"
        self._lock: disk.Lock | None = None
        self._kept: Mapping[str, Unsent] = {}

    def keep(self, prompts: Mapping[str, Unsent]) -> None:
        """These are all there are now. Raises Unwritable."""
        try:
            if prompts:
                self._hold()
                data = disk.as_json({"prompts": [_json(name, prompt) for name, prompt in prompts.items()]})
                disk.replace(self._path, data)
            else:
                disk.remove(self._path)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        self._kept = dict(prompts)

    def rescue(self, prompts: Mapping[str, Unsent]) -> Path:
        """Prompts that cannot be kept here, as a text in the system's temporary folder; where that is."""
        text = "\n\n".join(prompt.text for prompt in prompts.values())
        return disk.rescue("unsent.txt", f"{text}\n".encode("utf-8", "backslashreplace"))

    def adopt(self) -> Sequence[tuple[str, Unsent]]:
        """What chattuis left behind that run no more: name and prompt, the newest first. It is ours from now on."""
        found: dict[Path, list[tuple[str, Unsent]]] = {}
        locks: list[disk.Lock] = []
        try:
            for file, _ in disk.stamps(self.folder, _FILE):
                path = self.folder / file
                if path == self._path:
                    continue
                with suppress(ReadOnly):  # its chattui runs
                    locks.append(disk.Lock(path.with_suffix(".lock")))
                    if (prompts := _read(path)) is not None:
                        found[path] = prompts
            if not found:
                return ()
            everything = sorted((one for prompts in found.values() for one in prompts), key=lambda one: -one[1].at)
            mine = {**dict(reversed(everything)), **self._kept}
            spare = [one for one in everything if mine.get(one[0]) != one[1]]
            self.keep({**mine, **{f"{name} {number}": prompt for number, (name, prompt) in enumerate(spare)}})
            for path in found:
                disk.remove(path)
        except OSError as error:
            raise disk.trouble(error, self.folder) from None
        finally:
            for lock in locks:
                lock.close()
        return everything

    def close(self) -> None:
        """Let others take over what is kept."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _hold(self) -> None:
        disk.private_folder(self.folder)
        if self._lock is None:
            self._lock = disk.Lock(self._path.with_suffix(".lock"))


def _json(name: str, prompt: Unsent) -> JSON:
    pasted = {"pasted": list(prompt.pasted)} if prompt.pasted else {}
    queue = {"queue": list(prompt.queue)} if prompt.queue else {}
    return {"name": name, "conversation": prompt.conversation, "at": prompt.at, "text": prompt.text, **pasted, **queue}


def _read(path: Path) -> list[tuple[str, Unsent]] | None:
    """The prompts in a file; None when it cannot be read: then it stays."""
    try:
        entries = json.loads(path.read_bytes())["prompts"]
        return [
            (str(one["name"]).partition(" ")[0], Unsent(str(one["text"]), str(one["conversation"]),
             tuple(map(str, one.get("pasted", ()))), float(one["at"]), tuple(map(str, one.get("queue", ())))))
            for one in entries
        ]  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
