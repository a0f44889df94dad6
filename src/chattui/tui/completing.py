"""Offers the paths behind @ in the prompt while they are written. Tab completes them as in shells: what all names
share, then one after the other; the arrows go through them, too, and enter takes the one that was chosen.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from textual.content import Content
from textual.widgets import Static, TextArea

from chattui import safe
from chattui.tui.looks import Looks
from chattui.tui.sending import Sending

MOST = 5000
"""Entries of a folder that are looked at."""
PAGE = 12
"""Names that are shown at once."""
_BEHIND = re.compile(r"""(?:^|(?<=[\s(]))@(?:"([^"]*)|'([^']*)|((?:\\.|[^\s\\"'])*))$""")


@dataclass(frozen=True, slots=True)
class Typed:
    """A mention that ends at the cursor: where its @ stands in the line, and the path so far."""

    start: int
    path: str
    quote: str = ""

    def written(self, path: str, *, whole: bool) -> str:
        """The mention with another path; `whole`: it is one file's, and closed."""
        if self.quote:
            return f"@{self.quote}{path}" + (f"{self.quote} " if whole else "")
        return "@" + re.sub(r"""([\s\\"'])""", r"\\\1", path) + (" " if whole else "")


def typed(line: str) -> Typed | None:
    """The mention at the end of a line; None when it ends with something else."""
    found = _BEHIND.search(line)
    if found is None:
        return None
    quote = '"' if found[1] is not None else "'" if found[2] is not None else ""
    path = (found[1] or found[2] or "") if quote else re.sub(r"\\(.)", r"\1", found[3])
    return Typed(found.start(), path, quote)


def paths(path: str) -> list[str]:
    """The paths that begin so, sorted; folders end with a slash. Hidden ones only where a dot was typed. Blocks."""
    folder, slash, begin = path.rpartition("/")
    try:
        with os.scandir(os.path.expanduser(folder + slash) or ".") as entries:  # noqa: PTH111 - "" must stay ""
            found = [
                folder + slash + entry.name + ("/" if entry.is_dir() else "")
                for entry in islice(entries, MOST)
                if entry.name.startswith(begin)
                and (begin.startswith(".") or not entry.name.startswith("."))
                and entry.name.isprintable()
            ]
    except (OSError, ValueError):
        return []
    return sorted(found)


def _shared(found: Sequence[str]) -> str:
    """What all of them begin with."""
    first, last = min(found), max(found)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:same]


@dataclass(slots=True)
class Round:
    """The paths that fit: each further tab or arrow puts the next one in the place of the last."""

    mention: Typed
    paths: Sequence[str]
    left: tuple[str, tuple[int, int]]
    """The prompt and its cursor as they were left; anything else ends the round."""
    at: int = -1
    """The one that was chosen; -1 = none yet."""
    offered: bool = False
    """They were shown without being asked for."""


class Choices(Static):
    """The names that fit, a page of them, above the prompt."""

    DEFAULT_CSS = "Choices { height: auto; max-height: 3; padding: 0 3; color: $text-muted; }"

    def show(self, now: Round) -> None:
        """The page with the one that is in the prompt, which stands out."""
        first = max(0, now.at) // PAGE * PAGE
        parts: list[str | tuple[str, str]] = []
        for at, path in enumerate(now.paths[first : first + PAGE], first):
            name = safe.line(path.rstrip("/").rpartition("/")[2], 40) + ("/" if path.endswith("/") else "")
            parts += [(name, "reverse" if at == now.at else ""), "  "]
        if rest := len(now.paths) - first - PAGE:
            parts.append(f"… {rest} more" if rest > 0 else "")
        self.update(Content.assemble(*parts))


class Completing(Sending, Looks, inherit_bindings=False):
    """Names are offered behind @. There tab completes; everywhere else it moves the focus."""

    _round: Round | None = None
    _declined: tuple[int, int] | None = None
    """Where the mention stands whose names were sent away."""

    def on_mount(self) -> None:
        """The arrows go through the names before anything else."""
        self.prompt.choose = self._next_path

    async def action_pane_next(self) -> None:
        """Complete the path before the cursor, or the next of several; without one, the next pane."""
        asked = self._round is not None and not self._round.offered
        if not (self.prompt.has_focus and ((asked and self._next_path(1)) or await self._complete())):
            self.end_round()
            await super().action_pane_next()

    def action_pane_prev(self) -> None:
        """The path before in the round; without one, the pane before."""
        if not (self.prompt.has_focus and self._next_path(-1)):
            self.end_round()
            super().action_pane_prev()

    def action_prompt_send(self) -> None:
        """Take the path that was chosen; without one, send."""
        now = self._round
        if now is None or now.at < 0 or now.left != self._prompt_now:
            super().action_prompt_send()
            return
        self._round = None
        path = now.paths[now.at]
        self._put(now.mention, path, whole=not path.endswith("/"))
        if not path.endswith("/"):
            self.end_round()

    def on_text_area_changed(self, changed: TextArea.Changed) -> None:
        """Another text ends the round; where it still ends with a mention, other names are offered."""
        if not self.screen_stack or changed.text_area is not self.prompt:  # which is empty once the app is closing
            return
        if self._round is not None and self._prompt_now == self._round.left:
            return
        mention = self._mention() if self.prompt.has_focus else None
        if mention is None or (self.prompt.cursor_location[0], mention.start) == self._declined:
            self.end_round()
        else:
            self.only("names", self._propose)

    def _mention(self) -> Typed | None:
        """The one that ends at the cursor and was not pasted."""
        row, column = self.prompt.cursor_location
        line = self.prompt.document[row][:column]
        mention = typed(line) if "@" in line else None
        if mention is None:
            self._declined = None
        return None if mention is None or line[mention.start :] in self.prompt.pasted else mention

    async def _propose(self) -> None:
        """Show the names that fit, without changing anything."""
        now, mention = self._prompt_now, self._mention()
        if mention is None:
            return
        found = await asyncio.to_thread(paths, mention.path)
        if now != self._prompt_now or (self._round and self._round.left == now):
            return
        if not found or found == [mention.path]:
            self.end_round()
        else:
            self._round = Round(mention, found, now, offered=True)
            await self._show_round()

    async def _complete(self) -> bool:
        """Whether something behind @ was completed, or could be, were there such a path."""
        row, column = self.prompt.cursor_location
        mention = typed(self.prompt.document[row][:column])
        if mention is None:
            return False
        seen = self._round is not None
        found = await asyncio.to_thread(paths, mention.path)
        if (row, column) != self.prompt.cursor_location:
            return True  # typing went on meanwhile
        match found:
            case []:
                if "/" not in mention.path:
                    return False
                self.notify(f"There is no path that begins with ‘{mention.path}’.")
            case [path]:
                self._put(mention, path, whole=not path.endswith("/"))
            case _:
                shared = _shared(found)
                self._put(mention, shared, whole=False)
                self._round = Round(mention, found, self._prompt_now)
                await self._show_round()
                if seen and shared == mention.path:
                    self._next_path(1)
        return True

    def _next_path(self, by: int) -> bool:
        """Put the next path of the round; whether there is a round."""
        now = self._round
        if now is None or now.left != self._prompt_now:
            return False
        now.at = (now.at + by) % len(now.paths) if now.at >= 0 or by > 0 else len(now.paths) - 1
        now.offered = False
        self._put(now.mention, now.paths[now.at], whole=False)
        now.left = self._prompt_now
        self.chat_screen.query_one(Choices).show(now)
        return True

    @property
    def _prompt_now(self) -> tuple[str, tuple[int, int]]:
        return self.prompt.text, self.prompt.cursor_location

    def _put(self, mention: Typed, path: str, *, whole: bool) -> None:
        prompt = self.prompt
        words = mention.written(path, whole=whole)
        prompt.pasted.discard(words.rstrip())  # a person has chosen it
        row, column = prompt.cursor_location
        done = prompt.replace(words, (row, mention.start), (row, column), maintain_selection_offset=False)
        prompt.move_cursor(done.end_location)

    async def _show_round(self) -> None:
        if self._round is None:
            return
        found = self.chat_screen.query(Choices)
        choices = found.first() if found else Choices(markup=False)
        if not found:
            await self.chat_screen.query_one("#main").mount(choices, before="#write")
        if self._round is not None:
            choices.display = True
            choices.show(self._round)

    def end_round(self, *, declined: bool = False) -> bool:
        """Take the names away; whether there were some. `declined`: for this mention they do not come again."""
        shown, self._round = self._round is not None, None
        if shown and declined and (mention := self._mention()):
            self._declined = (self.prompt.cursor_location[0], mention.start)
        for choices in self.chat_screen.query(Choices):
            choices.display = False
        return shown
