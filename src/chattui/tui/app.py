"""The app: parts put together, what happens at the start and at the end."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from textual.app import SuspendNotSupported

from chattui import config as configuration
from chattui import discover, safe
from chattui.config import Config
from chattui.errors import ChattuiError
from chattui.paths import Paths
from chattui.session import Means
from chattui.store import Store
from chattui.tui.base import log
from chattui.tui.bots import Bots
from chattui.tui.conversations import Conversations
from chattui.tui.keys import bind, read_alt_digits
from chattui.tui.late import LateWire
from chattui.tui.prompt import Prompt
from chattui.tui.screen import ChatScreen
from chattui.writer import Writer

PATIENCE = 2.0
"""Seconds that quitting waits, at most, for replies to be saved, and again for the disk."""
LATER = ("chattui.wire.http", "chattui.providers.openai_chat", "chattui.tui.render")
"""Modules that are loaded once the first frame is on the screen."""


class ChattuiApp(Bots, Conversations, inherit_bindings=False):
    """`conversation` is shown at the start; without one a new one begins. `look_around`: look for local servers."""

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
    ) -> None:
        super().__init__(config, paths, means, environ, remembered=remembered, endpoint=endpoint)
        self.config = configuration.check_theme(config, self.available_themes)
        self.first_theme()
        read_alt_digits()
        bind(self, "anywhere", self.bound, only="app.quit")
        self._conversation = conversation
        self._look_around = look_around
        self._offers = {offer.endpoint.name: offer.words for offer in discover.from_environment(environ)}

    def get_default_screen(self) -> ChatScreen:
        return ChatScreen(self.bound, self.means.clock, self.means.ticks, self.history, self.config.list_width)

    # ------------------------------------------------------------ start

    def on_mount(self) -> None:
        """The first frame needs nothing from disk or network; the rest follows it."""
        self.transcript.look.files = Store(self.paths.data).files.folder
        if retry := self.key("message.retry"):
            again = f"{retry} retry"
            self.transcript.keys = {"failed": again, "incomplete": again, "stopped": again}
        self.show(self.shown)
        self._offer()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._on_signals()
        self.run_worker(self._load(), exit_on_error=False)
        if self._conversation is not None:
            self.open(self._conversation)
            self._conversation = None

    async def _load(self) -> None:
        """What the first frame did without."""
        if self.writer is not None:
            with suppress(ChattuiError):
                self.history.load(await self.writer.run(self.writer.store.prompts))
        await self.load_rows()
        for name in LATER:
            await asyncio.to_thread(import_module, name)
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

    def _on_signals(self) -> None:
        """A closed terminal window and a kill end chattui as ctrl+q does: with everything saved."""
        for name in ("SIGHUP", "SIGTERM"):
            with suppress(NotImplementedError, ValueError, RuntimeError, AttributeError):
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self._quit_soon)

    # ------------------------------------------------------------ esc, ctrl+c, the end

    def action_stream_stop(self) -> None:
        """Stop the reply; else close what lies over the messages; else back to the prompt."""
        screen = self.chat_screen
        if self.stop(self.shown):
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

    def on_prompt_quit_wanted(self, _: Prompt.QuitWanted) -> None:
        self._quit_soon()

    def action_app_quit(self) -> None:
        self._quit_soon()

    async def action_quit(self) -> None:
        """Textual's own way out leads here too."""
        self._quit_soon()

    def _quit_soon(self) -> None:
        self.run_worker(self._quit(), group="quit", exclusive=True, exit_on_error=False)

    async def _quit(self) -> None:
        await self.stop_all(PATIENCE)
        with suppress(Exception):  # the connections close with the process anyway
            await asyncio.wait_for(self.means.wire.aclose(), 0.5)
        self.exit(0)

    def _handle_exception(self, error: Exception) -> None:
        """A mistake of ours: one sentence, the rest to the log. Textual's way would print the values of variables."""
        log.error("the screen failed", exc_info=error)
        self._return_code = 1
        if self._exception is not None:  # what fails after the first mistake is its consequence
            return
        self._exception = error
        self._exception_event.set()
        self.panic(safe.line(f"chattui made a mistake ({type(error).__name__}). {self.paths.log / 'chattui.log'}"))

    # ------------------------------------------------------------ the editor

    def action_prompt_editor(self) -> None:
        self.run_worker(self._edit(), group="editor", exclusive=True, exit_on_error=False)

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
            self.prompt.put(safe.clean(text))
        self.refresh(layout=True)


def run(
    config: Config,
    paths: Paths,
    environ: Mapping[str, str],
    *,
    endpoint: str | None = None,
    conversation: str | None = None,
) -> int:
    """Open the screen and stay until the user quits; the exit code. `config` holds every endpoint that can be used."""
    writer = Writer(Store(paths.data))
    remembered = writer.store.recall()
    app = ChattuiApp(
        config,
        paths,
        Means(LateWire(), writer),
        environ,
        remembered=remembered,
        endpoint=endpoint,
        conversation=conversation,
    )
    try:
        app.run(mouse=config.mouse)
    finally:
        writer.close(PATIENCE)
    return app.return_code or 0
