"""The files that a prompt names, shown while it is written: name and size, or why one cannot be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from textual.widgets import TextArea

from chattui import attach
from chattui.attach import Sight
from chattui.carried import refusal, still_named
from chattui.endpoint import Endpoint
from chattui.events import Attachment
from chattui.tui.base import Base
from chattui.tui.chat import Chat
from chattui.tui.completing import typed

PAUSE = 0.1
"""Seconds without a key before files are looked at."""


class Attaching(Base, inherit_bindings=False):
    """What `@path` in the prompt would send. The files themselves are read when it is sent."""

    _seen_for: tuple[str, str, str] = ("", "", "")
    """The prompt, the endpoint, the edited message for which the chips stand there."""

    def on_text_area_changed(self, changed: TextArea.Changed) -> None:
        """Another prompt."""
        if self.screen_stack and changed.text_area is self.prompt:
            self._see_files()

    def refresh_chat(self, chat: Chat) -> None:
        """As everywhere; and another endpoint may take other files."""
        super().refresh_chat(chat)
        if chat is self.shown:
            self._see_files()

    def _see_files(self) -> None:
        chat, text = self.shown, self.prompt.text
        wanted = (text, chat.session.endpoint.name, chat.editing) if "@" in text else ("", "", "")
        if wanted == self._seen_for:
            return
        self._seen_for = wanted
        if wanted[0]:
            self.only("files", partial(self._show_files, chat))
        else:
            for chips in self.chat_screen.query("Chips"):
                chips.display = False

    async def _show_files(self, chat: Chat) -> None:
        wanted = self._seen_for
        await asyncio.sleep(PAUSE)
        text = wanted[0]
        edited = chat.session.conversation.messages.get(chat.editing)
        kept = still_named(edited, text) if edited is not None else ()
        pasted = self.prompt.pasted | {mention.token for mention in attach.mentions(edited.text if edited else "")}
        files, refused = await asyncio.to_thread(_judged, text, pasted, self._half_written, chat.session.endpoint, kept)
        if wanted != self._seen_for:
            return
        from chattui.tui.chips import Chips  # noqa: PLC0415 - most prompts name no file

        found = self.chat_screen.query(Chips)
        chips = found.first() if found else Chips(markup=False)
        if not found and (files or refused):
            await self.chat_screen.query_one("#main").mount(chips, before="#write")
        if found or files or refused:
            chips.show(files, refused)

    @property
    def _half_written(self) -> str | None:
        """The path behind the cursor, which may still grow."""
        row, column = self.prompt.cursor_location
        mention = typed(self.prompt.document[row][:column])
        return mention.path if mention is not None else None


def _judged(
    text: str, pasted: set[str], growing: str | None, endpoint: Endpoint, kept: Sequence[Attachment]
) -> tuple[list[Attachment], list[str]]:
    """The files that would be sent to this endpoint, those that stay with an edited message first; and why others are
    not. A path that is still growing may lead to nothing for now. Blocks.
    """
    files: list[Attachment] = []
    refused: list[str] = []
    for sight in (*(Sight(attach.Mention("", "", certain=True), file) for file in kept), *attach.sights(text, pasted)):
        if sight.file is None:
            if not (sight.missing and sight.mention.path == growing):
                refused.append(sight.why)
        elif any(why := refusal(sight.file, endpoint)):
            refused.append(". ".join(why))
        else:
            files.append(sight.file)
    return files, refused
