"""The palette: every action with its key, every conversation, endpoint and theme, found by typing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from chattui import safe, usage
from chattui.actions import ACTIONS
from chattui.tui.bars import crop
from chattui.tui.dialogs import Dialog
from chattui.tui.keys import action
from chattui.tui.order import words

if TYPE_CHECKING:
    from chattui.tui.app import ChattuiApp

Command = tuple[str, str, Callable[[], object]]
"""What is shown and searched, what stands behind it, and what it does."""
WIDE = 58
"""Cells of the first column, where there is room."""
LEAST = 14
"""Cells that the second one keeps."""
FRAME = 9
"""Cells of a line that the palette needs for itself."""
NOT_HERE = ("scroll.", "messages.", "focus.", "prompt.history_prev", "prompt.history_next", "prompt.send",
            "prompt.newline", "conversation.next",
            "conversation.prev", "message.prev", "message.next", "palette", "list.", "message.code_",
            "message.regenerate", "search.next", "search.prev", "app.interrupt")  # fmt: skip
"""Actions that make no sense from the palette: movements, and what needs a cursor in a pane."""


class _Commands(Provider):
    """Commands as pure data; subclasses say which."""

    @property
    def chattui(self) -> ChattuiApp:
        return self.app  # type: ignore[return-value]  # the palette is only ever opened by it

    @property
    def room(self) -> int:
        """Cells of a line."""
        return self.app.size.width - FRAME

    def commands(self) -> Iterator[Command]:
        """All commands, in the order in which they are shown."""
        raise NotImplementedError

    async def discover(self) -> Hits:
        """What stands there before anything is typed."""
        for title, below, does in self.commands():
            yield DiscoveryHit(_line(Content(title), below, self.room), does, text=title)

    async def search(self, query: str) -> Hits:
        """What fits."""
        matcher = self.matcher(query)
        for number, (title, below, does) in enumerate(self.commands()):
            if (score := matcher.match(title)) > 0:
                yield Hit(score, _line(matcher.highlight(title), below, self.room), does, text=title)
            if number % 200 == 199:
                await asyncio.sleep(0)


def _line(title: Content, more: str, room: int) -> Content:
    """A title, and at its column what else there is to say, in one line of `room` cells."""
    column = max(1, min(WIDE, room - LEAST))
    title = title.truncate(column, ellipsis=True)
    return Content.assemble(title.pad_right(column - title.cell_length), ("  " + crop(more, room - column - 2), "dim"))


class Actions(_Commands):
    """Everything that has an id in the keymap."""

    def commands(self) -> Iterator[Command]:
        """The actions that make sense from here."""
        app = self.chattui
        for found in ACTIONS:
            if found.id.startswith(NOT_HERE) or found.id.removeprefix("conversation.").isdecimal():
                continue
            yield found.words, app.key(found.id), partial(app.run_action, action(found.id))
        spent = " · ".join(usage.facts(usage.of(app.shown.session.conversation))) or "The server has told nothing yet."
        yield "Usage of this conversation", spent, partial(app.notify, spent, title="Usage of this conversation")
        yield "Delete this conversation", "u brings it back", partial(app.delete, app.shown.id)
        yield "Bring what was deleted last back", "from the trash, where it is for 30 days", app.undo
        if app.config.problems:
            yield "Configuration problems", str(app.config.file or ""), app.show_problems


class Places(_Commands):
    """Endpoints and conversations."""

    def commands(self) -> Iterator[Command]:
        """Endpoints first: there are fewer."""
        app = self.chattui
        for endpoint in app.endpoints.values():
            title = f"Endpoint: {safe.line(endpoint.name, 60)}"
            yield title, safe.line(f"{endpoint.model} · {endpoint.host}".strip(" ·")), partial(app.use, endpoint)
        for row in app.rows.rows:
            yield f"Open: {safe.line(row.title) or 'untitled'}", words(row, busy=False), partial(app.open, row.id)

    async def discover(self) -> Hits:
        """Too many to show unasked."""
        return
        yield


class Themes(_Commands):
    """The themes by name."""

    def commands(self) -> Iterator[Command]:
        """All themes; the one in use says so."""
        app = self.chattui
        for name, theme in app.themes.items():
            kind = "the terminal's colours" if theme.ansi else "dark" if theme.dark else "light"
            yield f"Theme: {name}", f"{kind}, in use" if name == app.theme else kind, partial(app.use_theme, name)


class UnaskedThemes(Themes):
    """Themes among everything else: only when something is typed."""

    async def discover(self) -> Hits:
        """Too many to show unasked."""
        return
        yield


class Palette(CommandPalette):
    """Textual's, in our looks."""

    CSS_PATH = Dialog.CSS_PATH


def everything() -> CommandPalette:
    """The palette."""
    asks = "A command, a conversation, an endpoint, a theme"
    return Palette([Actions, Places, UnaskedThemes], placeholder=asks)


def themes() -> CommandPalette:
    """The themes alone."""
    return Palette([Themes], placeholder="A theme")
