"""How the screen looks and where the focus is: panes, scrolling, themes, mouse, help, and the dialogs for them."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import TYPE_CHECKING

from textual.theme import Theme

from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.events import JSON
from chattui.tui.base import Base
from chattui.tui.chat import Chat

if TYPE_CHECKING:
    from chattui.tui.picker import Picked


class Looks(Base, inherit_bindings=False):
    """Nothing here touches a conversation, but for the endpoint it is held with."""

    # ------------------------------------------------------------ focus and panes

    async def action_pane_next(self) -> None:
        self.chat_screen.focus_previous()  # prompt, messages, list: upwards on the screen

    def action_pane_prev(self) -> None:
        self.chat_screen.focus_next()

    def action_focus_prompt(self) -> None:
        self.transcript.selected = None
        self.prompt.focus()

    def action_pane_list(self) -> None:
        self.chat_screen.toggle_list()

    # ------------------------------------------------------------ scrolling and choosing messages

    def action_scroll_page_up(self) -> None:
        self.transcript.page_up()

    def action_scroll_page_down(self) -> None:
        self.transcript.page_down()

    def action_scroll_line_up(self) -> None:
        self.transcript.line_up()

    def action_scroll_line_down(self) -> None:
        self.transcript.line_down()

    def action_scroll_home(self) -> None:
        self.transcript.to_start()

    def action_scroll_end(self) -> None:
        self.transcript.to_end()

    action_messages_up = action_scroll_line_up
    action_messages_down = action_scroll_line_down
    action_messages_home = action_scroll_home
    action_messages_end = action_scroll_end

    def action_message_prev(self) -> None:
        self.transcript.focus()
        self.transcript.select_prev()

    def action_message_next(self) -> None:
        self.transcript.focus()
        self.transcript.select_next()

    def action_message_fold(self) -> None:
        self.transcript.toggle_reasoning()

    def action_message_reveal(self) -> None:
        """Name the hidden characters of the selected message, or else of the last that has any."""
        if not self.transcript.toggle_hidden():
            self.notify("There are no hidden characters here.")

    # ------------------------------------------------------------ help, palette, endpoints

    def action_help_keys(self) -> None:
        from chattui.tui.help import Help  # noqa: PLC0415 - dialogs are loaded when first wanted

        focused = self.chat_screen.focused
        self.push_screen(Help(self.bound, focused.id or "" if focused else ""))

    def action_palette(self) -> None:
        from chattui.tui.commands import everything  # noqa: PLC0415 - as above

        self.push_screen(everything())

    def action_theme_pick(self) -> None:
        from chattui.tui.commands import themes  # noqa: PLC0415 - as above

        self.push_screen(themes())

    def action_endpoint_pick(self) -> None:
        from chattui.tui.picker import Picker, offers  # noqa: PLC0415 - as above

        session = self.shown.session
        known = offers(self.remembered.get("models"))
        now = (session.endpoint.name, session.model)
        self.push_screen(Picker(self.endpoints, self.means.wire, *now, known, self._offered), self._picked)

    def _offered(self, known: Mapping[str, tuple[str, ...]]) -> None:
        self.remembered["models"] = models = {place: list(names) for place, names in known.items()}
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, models=models)

    def _picked(self, wish: Picked | None) -> None:
        if wish is None:
            return
        session = self.shown.session
        if not wish.tune or (wish.endpoint.name, wish.model) != (session.endpoint.name, session.model):
            self.use(wish.endpoint, wish.model)
        if wish.tune:
            self.action_conversation_settings()

    def action_conversation_settings(self) -> None:
        """Edit the parameters and the system prompt of the shown conversation."""
        from chattui.tui.settings import Settings  # noqa: PLC0415 - as above

        chat = self.shown
        own, mine = chat.session.endpoint, chat.session.conversation

        def settled(wish: tuple[Mapping[str, JSON], str | None] | None) -> None:
            if wish is not None:
                self.run_worker(self._kept(chat, chat.session.settle(*wish)), exit_on_error=False)

        self.push_screen(Settings(mine.params, mine.system, own.params, own.system), settled)

    async def _kept(self, chat: Chat, saving: Awaitable[None]) -> None:
        try:
            await saving
        except ChattuiError as error:  # another program writes to it
            self.tell(error)
        self.refresh_chat(chat)

    def use(self, endpoint: Endpoint, model: str = "") -> None:
        """Hold the shown conversation, and new ones, with this endpoint; "" = its own model."""
        chat = self.shown
        self.endpoint = endpoint
        had = chat.session.conversation.params
        chat.session.use(endpoint, model)
        if had and not chat.session.conversation.params:
            self.notify("The parameters of this conversation stayed behind: they were for another endpoint.")
        self.run_worker(self._kept(chat, chat.session.keep()), exit_on_error=False)
        self.refresh_chat(chat)
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, endpoint=endpoint.name)
        self.prompt.focus()

    # ------------------------------------------------------------ themes and the terminal

    def use_theme(self, name: str) -> None:
        """Put a theme on, and remember it."""
        self.theme = name
        if self.writer is not None:
            self.writer.later(self.writer.store.memory.remember, theme=name)
        if self.config.theme and self.config.theme != name:
            self.notify(f"The configuration has theme = {self.config.theme!r}; it returns with the next start.")

    def first_theme(self) -> None:
        """The configured theme, else the one last chosen, else Textual's."""
        remembered = self.remembered.get("theme")
        for name in (self.config.theme, remembered):
            if isinstance(name, str) and name in self.available_themes:
                self.theme = name
                return

    @property
    def themes(self) -> dict[str, Theme]:
        """The themes by name, in the order of their names."""
        return dict(sorted(self.available_themes.items()))

    def action_mouse_toggle(self) -> None:
        """Give the mouse to the terminal, so that it can mark text by itself, or take it back."""
        driver = self._driver
        switch = getattr(driver, "_disable_mouse_support" if self.mouse else "_enable_mouse_support", None)
        if driver is None or switch is None or not self.config.mouse:
            why = "mouse = false in the configuration" if not self.config.mouse else "this terminal cannot"
            self.notify(f"The mouse belongs to the terminal: {why}.")
            return
        switch()  # Textual has no public way while it runs
        self.mouse = not self.mouse
        key = self.key("mouse.toggle")
        back = f" {key} takes it back." if key else ""
        self.notify("The mouse works in chattui again." if self.mouse else f"The mouse belongs to the terminal.{back}")

    mouse = True

    def show_problems(self) -> None:
        """Every mistake in the configuration."""
        from chattui.tui.dialogs import Problems  # noqa: PLC0415 - as above

        self.push_screen(Problems(self.config.problems))
