"""Search at work: the screen over everything, words in the open conversation, the list that comes from the index."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from textual.containers import Vertical

from chattui.errors import StoreError
from chattui.tui.branching import Branching

if TYPE_CHECKING:
    from chattui.indexing import Changes, Indexer
    from chattui.search import Hit
    from chattui.tui.findbar import FindBar
    from chattui.tui.search import SearchScreen


PAGE = 100
"""Rows that are read first: more than any screen shows."""


class Searching(Branching, inherit_bindings=False):
    """What a person does to find something. Without an indexer everything is read from the files."""

    new_indexer: Callable[[], Indexer] | None = None
    indexer: Indexer | None = None
    _indexed = False
    _sought = ""
    _find: FindBar | None = None
    _screen: SearchScreen | None = None

    # ------------------------------------------------------------ the list

    async def load_first_rows(self) -> None:
        """The newest rows as the index knows them; nothing where there is no index."""
        if self.new_indexer is not None:
            indexer = self.indexer = await asyncio.to_thread(self.new_indexer)
            rows = await asyncio.to_thread(indexer.rows, PAGE if self.rows.order == "updated" else -1)
            self._indexed = rows is not None
            self.rows.load(rows or ())

    async def load_rows(self) -> None:
        """The whole list: from the index, put right by what has changed since; without an index, from the files."""
        if (indexer := self.indexer) is None:
            await super().load_rows()
            return
        loop = asyncio.get_running_loop()

        def told() -> None:
            with suppress(RuntimeError):  # the app has ended meanwhile
                loop.call_soon_threadsafe(self._index_told)

        def renewed(changes: Changes) -> None:
            with suppress(RuntimeError):  # as above
                loop.call_soon_threadsafe(self._renewed, changes)

        indexer.told, indexer.renewed = told, renewed
        if not self._indexed:
            indexer.start()
            await super().load_rows()
        else:
            rows = await asyncio.to_thread(indexer.rows)
            self.rows.load(rows or ())
            try:
                self.rows.renew(*await asyncio.to_thread(indexer.changes))
            except StoreError as error:
                self.warn_of(str(error))
            indexer.start()

    def _renewed(self, changes: Changes) -> None:
        self.rows.renew(*changes)
        if changes != ([], []) and self._screen is not None and self._screen.is_attached:
            self._screen.look()

    def on_app_focus(self) -> None:
        """Whoever comes back from another window may have been in another chattui."""
        if self.indexer is not None:
            self.indexer.look_again()

    def _index_told(self) -> None:
        if self._screen is not None and self._screen.is_attached:
            self._screen.tell()

    # ------------------------------------------------------------ over everything

    def action_search_all(self) -> None:
        """Search every message of every conversation."""
        from chattui.tui.search import SearchScreen  # noqa: PLC0415 - loaded when first wanted

        if (writer := self.writer) is None:
            self.notify("Nothing is kept on the disk, so there is nothing to search.")
            return
        indexer = self.indexer
        if indexer is not None:
            indexer.look_again()
        self._screen = screen = SearchScreen(
            writer.store,
            indexer.index if indexer is not None else None,
            (lambda: indexer.behind) if indexer is not None else (lambda: None),
            (lambda: indexer.state) if indexer is not None else (lambda: ""),
            self.means.clock,
            self.means.ticks,
            self._sought,
        )
        self.push_screen(screen, self._chose)

    def _chose(self, hit: Hit | None) -> None:
        screen, self._screen = self._screen, None
        if screen is not None:
            self._sought = screen.typed
        if hit is not None:
            self.only("open", partial(self._open_at, hit, self._sought))

    async def _open_at(self, hit: Hit, typed: str) -> None:
        """Open the conversation on the branch of the message, with the message in view and the words marked."""
        from chattui.query import parse  # noqa: PLC0415 - as above

        await self._opened(hit.conversation)
        chat = self.shown
        if chat.id != hit.conversation:
            return
        self.chat_screen.remove_class("-over")
        if hit.message in chat.session.conversation.messages:
            if all(message.id != hit.message for message in chat.messages):
                if chat.busy:
                    self.notify("It stands in another branch; a reply is still coming in this one.")
                    return
                await self._jump(chat, hit.message)
            if chat is not self.shown:
                return
            await self._mark(hit.message, parse(typed, self.means.clock()).words)
        else:
            self.prompt.focus()

    async def _mark(self, message: str, words: Sequence[str]) -> None:
        """Select the message, and look for the words from there, as if they had been typed here."""
        chat = self.shown
        if words:
            (await self._find_bar()).about(words)
        laid_out = asyncio.Event()
        self.call_after_refresh(laid_out.set)  # a pane that has just been shown has no size yet
        await laid_out.wait()
        if chat is self.shown:
            self.transcript.focus()
            self.transcript.selected = message
            self.transcript.show_chosen()
            self.transcript.seek(words, message)

    async def _opened(self, name: str) -> None:
        if (chat := self.chats.get(name)) is not None:
            self.show(chat)
        else:
            await self._open(name)

    # ------------------------------------------------------------ in the open conversation

    def action_search_here(self) -> None:
        """Find words in the open conversation."""
        if self.shown.empty:
            self.notify("There is nothing yet to search.")
        else:
            self.only("find", self._begin_find)

    async def _begin_find(self) -> None:
        (await self._find_bar()).begin()

    async def _find_bar(self) -> FindBar:
        from chattui.tui.findbar import FindBar  # noqa: PLC0415 - loaded when first wanted

        if self._find is None:
            self._find = FindBar(self.transcript, self.bound)
            await self.chat_screen.query_one("#main", Vertical).mount(self._find, after=self.transcript)
        self._find.display = True
        return self._find

    def action_search_next(self) -> None:
        self._step_find(1)

    def action_search_prev(self) -> None:
        self._step_find(-1)

    def _step_find(self, by: int) -> None:
        if self.transcript.finding is None:
            key = self.key("search.here")
            self.notify("Nothing is looked for yet." + (f" {key} finds words here." if key else ""))
        else:
            self.transcript.step(by)

    def end_search(self, *, typing: bool) -> bool:
        """Leave the find line, or take the filter off the list; whether there was something to leave.

        `typing`: only while one types there, because a reply in flight is to be stopped first.
        """
        if self.chat_screen.sidebar.step_back(typing=typing):
            return True
        find = self._find
        if find is None or not find.display or (typing and not find.typing):
            return False
        find.display = False
        self.transcript.end_seek()
        self.transcript.focus()
        return True
