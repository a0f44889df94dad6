"""The app: parts put together, what happens at the start and at the end."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from chattui import config as configuration
from chattui import discover
from chattui.config import Config
from chattui.errors import ChattuiError, Unwritable
from chattui.paths import Paths
from chattui.session import Means
from chattui.store import Store
from chattui.tapes import Tapes
from chattui.tui.attaching import Attaching
from chattui.tui.bots import Bots
from chattui.tui.carrying import Carrying
from chattui.tui.completing import Completing
from chattui.tui.early import Early
from chattui.tui.inspecting import Inspecting
from chattui.tui.keys import ALWAYS, bind, read_alt_digits
from chattui.tui.late import LateWire
from chattui.tui.leaving import PATIENCE, Leaving
from chattui.tui.naming import Naming
from chattui.tui.screen import ChatScreen
from chattui.tui.searching import Searching
from chattui.writer import Writer

if TYPE_CHECKING:
    from chattui.indexing import Indexer

LATER = ("chattui.wire.http", "chattui.providers.openai_chat", "chattui.tui.message")
"""Modules that are loaded once the first frame is on the screen."""


class ChattuiApp(
    Inspecting, Leaving, Searching, Bots, Completing, Attaching, Naming, Carrying, Early, inherit_bindings=False
):
    """`conversation` is shown at the start; without one a new one begins. `look_around`: look for local servers.
    `indexer` makes the index, when the first frame has been shown; without one everything is read from the files.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "chattui"

    def __init__(
        self,
        config: Config,
        paths: Paths,
        means: Means,
        environ: Mapping[str, str],
        *,
        remembered: Mapping[str, object] | None = None,
        endpoint: str | None = None,
        conversation: str | None = None,
        look_around: bool = True,
        indexer: Callable[[], Indexer] | None = None,
    ) -> None:
        super().__init__(config, paths, means, environ, remembered=remembered, endpoint=endpoint)
        self.config = configuration.check_theme(config, self.available_themes)
        self.first_theme()
        read_alt_digits()
        bind(self, "anywhere", self.bound, only=ALWAYS)
        self.new_indexer = indexer
        self._conversation = conversation
        self._mounting = ExitStack()  # holds back painting until all messages of mounting are through
        self._look_around = look_around
        self._offers = {offer.endpoint.name: offer.words for offer in discover.from_environment(environ)}

    def get_default_screen(self) -> ChatScreen:
        return ChatScreen(
            self.bound, self.means.clock, self.means.ticks, self.history, self.config.list_width, self.size
        )

    # ------------------------------------------------------------ start

    def on_mount(self) -> None:
        """The first frame needs nothing from disk or network; the rest follows it."""
        self.watch_signals()
        self.transcript.look.files = Store(self.paths.data).files.folder
        self.transcript.look.reveal_key = self.key("message.reveal")
        self.remembered_order()
        self.prompt.take_back = self.action_take_back
        self.show(self.shown)
        self._offer()
        self._mounting.enter_context(self.batch_update())
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self.call_next(self.give_early)
        self._mounting.close()
        gc.freeze()
        gc.enable()  # the command line has switched it off: collecting would be a tenth of the start
        self.run_worker(self._load(), exit_on_error=False)
        if self._conversation is not None:
            self.open(self._conversation)
            self._conversation = None

    async def _load(self) -> None:
        """What the first frame did without."""
        await self.load_first_rows()
        if self.writer is not None:
            with suppress(ChattuiError):
                self.history.load(await self.writer.run(self.writer.store.memory.prompts))
            await self.adopt_prompts()
        await self.load_rows()
        for name in LATER:
            await asyncio.to_thread(import_module, name)
        await self.tidy_store()
        gc.freeze()  # what is loaded by now stays; looking through it again would hold up a key for 20 ms
        if self._look_around and not self._configured:
            with suppress(ChattuiError):
                async for offer in discover.local(self.means.wire):
                    self.endpoints.setdefault(offer.endpoint.name, offer.endpoint)
                    self._offers[offer.endpoint.name] = offer.words
                    self._offer()

    @property
    def _configured(self) -> bool:
        """Whether the user has written endpoints that work."""
        return any(name in self.endpoints for name in self.config.layers)

    def _offer(self) -> None:
        if not self._configured:
            self.chat_screen.welcome.found(self._offers)

    # ------------------------------------------------------------ esc, ctrl+c

    def action_stream_stop(self) -> None:
        """Leave what is typed beside the prompt; stop; leave an edit; close what lies over the messages; or go back."""
        screen = self.chat_screen
        names = self.end_round(declined=True)  # which do not keep esc from stopping
        if self.end_search(typing=True) or self.stop(self.shown) or names or self.stop_editing():
            return
        if self.end_search(typing=False):
            return
        if screen.has_class("-over"):
            screen.remove_class("-over")
        elif self.transcript.selected is None and self.prompt.has_focus:
            screen.banner.close()
        self.action_focus_prompt()

    def action_app_interrupt(self) -> None:
        """Copy what is selected; else stop the reply; else put the prompt into the history; else tell how to quit."""
        screen = self.chat_screen
        if marked := (self.prompt.selected_text if self.prompt.has_focus else "") or screen.get_selected_text():
            self.copy(marked, "the selection")
            screen.clear_selection()
        elif self.stop(self.shown):
            pass
        elif not self.prompt.is_blank:
            self.history.add(self.prompt.take())
            self.notify(f"The prompt is in the history: {self.key('prompt.history_prev') or 'up'} brings it back.")
        else:
            key = self.key("app.quit")
            self.notify(f"{key} quits." if key else "ctrl+d quits.")

    # ------------------------------------------------------------ the editor

    def action_prompt_editor(self) -> None:
        self.only("editor", self._edit)

    async def _edit(self) -> None:
        from chattui.tui import editor  # noqa: PLC0415 - loaded when first wanted

        try:
            argv = editor.command(self.environ)
            with self.suspend(), self.batch_update():  # replies go on arriving; nothing is painted meanwhile
                text = await editor.edit(argv, self.prompt.content)
        except SuspendNotSupported:
            self.notify("This terminal cannot hand over to an editor.", severity="warning")
        except ChattuiError as error:
            self.tell(error)
        else:
            self.prompt.put(text)
        self.refresh(layout=True)


def run(
    config: Config,
    paths: Paths,
    environ: Mapping[str, str],
    *,
    endpoint: str | None = None,
    conversation: str | None = None,
) -> int:
    """Open the screen and stay until the user quits; the exit code. `config` holds every endpoint that can be used.

    Raises the mistake of ours that ended it, once everything is saved and the terminal is as it was; and Unwritable
    when something could not be saved.
    """

    def indexer() -> Indexer:
        from chattui.indexing import Indexer  # noqa: PLC0415 - the first frame does without SQLite

        return Indexer(writer.store, paths.index)

    writer = Writer(Store(paths.data))
    remembered = writer.store.memory.recall()
    app = ChattuiApp(
        config,
        paths,
        Means(LateWire(), writer, tapes=Tapes(paths.tapes, writer.later, time.monotonic, time.time)),
        environ,
        remembered=remembered,
        endpoint=endpoint,
        conversation=conversation,
        indexer=indexer,
    )
    try:
        app.run(mouse=config.mouse)
    finally:
        writer.later(writer.store.close)
        done = writer.close(PATIENCE)
        if app.indexer is not None:
            app.indexer.stop()
    if app.failed is not None:
        raise app.failed
    if app.unsaved or not done:
        raise Unwritable(" ".join(app.unsaved) or "The disk does not answer: what was said last may not be saved.")
    return app.return_code or 0
