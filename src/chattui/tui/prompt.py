"""The prompt: several lines, history, large pastes folded away. What it holds is never lost but by sending it."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from chattui import attach, safe
from chattui.tui.history import History
from chattui.tui.keys import Keys, act_in_place, bind

LARGE = 8_000
"""Characters of a paste that are shown as they are; a longer one costs a tenth of a second a key, and is folded."""


class Prompt(TextArea):
    """Where a person writes."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+d", "delete_or_quit", show=False, priority=True)]

    class QuitWanted(Message):
        """ctrl+d was pressed and there is nothing to delete."""

    def __init__(self, keys: Keys, past: History) -> None:
        super().__init__(
            id="prompt",
            soft_wrap=True,
            compact=True,
            highlight_cursor_line=False,
            placeholder="Ask anything",
        )
        self.cursor_blink = False  # a timer that never rests
        bind(self, "prompt", keys)
        self.past = past
        self._folds: dict[str, str] = {}
        self.pasted: set[str] = set()
        """Mentions of files that came with pasted text: nobody has typed them, so they name nothing."""
        self.take_back: Callable[[], bool] = lambda: False
        """Asked before an older prompt is shown: brings back one that waits to be sent, if there is any."""
        self.choose: Callable[[int], bool] = lambda _: False
        """Asked first of all: goes on to the next (1) or the previous (-1) of the names that are offered, if any."""
        self.veiled = ""
        """Text that came with hidden characters, which stand as ␦ in the prompt; "" while none did."""

    # ------------------------------------------------------------ text

    @property
    def content(self) -> str:
        """What would be sent: the text with folded pastes unfolded."""
        text = self.text
        for mark, paste in self._folds.items():
            text = text.replace(mark, paste, 1)
        return text

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()

    def take(self) -> str:
        """The content; the prompt is empty afterwards."""
        content = self.content
        self._folds.clear()
        self.veiled = ""
        self.load_text("")
        self.past.leave()
        return content

    def put(self, content: str) -> None:
        """Show this content instead, cleaned, folded where it is large, with the cursor at its end."""
        self._folds.clear()
        self.veiled = content if safe.hidden(content) else ""
        self.load_text(self._folded(safe.clean(content)))
        self.move_cursor(self.document.end)

    def give_back(self, content: str) -> None:
        """A prompt that could not be sent returns, before whatever has been typed meanwhile."""
        typed = self.content
        self.put(f"{content}\n{typed}" if typed.strip() else content)

    def _folded(self, text: str) -> str:
        if len(text) <= LARGE:
            return text
        mark = f"[pasted {len(text):,} characters]"
        if mark in self._folds or mark in self.text:
            mark = f"[pasted {len(text):,} characters, no. {len(self._folds) + 1}]"
        self._folds[mark] = text
        return mark

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()  # TextArea's own, which would take ESC and a megabyte as they come
        event.stop()
        if safe.hidden(event.text):
            self.veiled += event.text
        text = safe.clean(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        self.pasted.update(mention.token for mention in attach.mentions(text))
        done = self.replace(self._folded(text), *self.selection, maintain_selection_offset=False)
        self.move_cursor(done.end_location)
        self.scroll_cursor_visible()

    # ------------------------------------------------------------ keys

    async def _on_key(self, event: events.Key) -> None:
        await act_in_place(self, event)

    def action_newline(self) -> None:
        self.replace("\n", *self.selection, maintain_selection_offset=False)
        self.scroll_cursor_visible()

    def action_history_prev(self) -> None:
        if self.choose(-1):
            return
        if self._line > 0:
            raise SkipAction
        if self.take_back():
            return
        if (older := self.past.older(self.content)) is not None:
            self.put(older)
            self.move_cursor((0, len(self.document[0])))

    def action_history_next(self) -> None:
        if self.choose(1):
            return
        if self._line < self.wrapped_document.height - 1:
            raise SkipAction
        if (newer := self.past.newer()) is None:
            raise SkipAction
        self.put(newer)

    def action_delete_or_quit(self) -> None:
        """On an empty prompt ctrl+d means the end, as in a shell."""
        if self.text:
            self.action_delete_right()
        else:
            self.post_message(self.QuitWanted())

    @property
    def _line(self) -> int:
        """The line of the cursor as it is wrapped on the screen."""
        return self.wrapped_document.location_to_offset(self.cursor_location).y
