"""The parameters and the system prompt of one conversation, as text to edit: TOML lines, and plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static, TextArea

from chattui import safe
from chattui.config.params import lines, parsed
from chattui.errors import ConfigError
from chattui.events import JSON
from chattui.tui.dialogs import Dialog


class Settings(Dialog[tuple[Mapping[str, JSON], str | None]]):
    """The answer is the parameters and the system prompt (None = the endpoint's own), or None for no change."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s,f7", "save", show=False, priority=True)]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (22, "-tall")]  # noqa: RUF012 - Textual declares it without ClassVar
    title_text = "Parameters and system prompt of this conversation"
    keys_text = "ctrl+s save  tab the other field  esc leave it"

    def __init__(
        self, params: Mapping[str, JSON], system: str | None, own: Mapping[str, JSON], own_system: str
    ) -> None:
        """`own` and `own_system` are the endpoint's, over which the conversation's are laid."""
        super().__init__()
        self._params = lines(params)
        self._system = system
        self._prompt = safe.clean(system or "")
        self._own = lines(own)
        self._own_system = safe.line(own_system, 400)

    def body(self) -> ComposeResult:
        """Two fields, each with what counts where it says nothing, and room for a mistake."""
        yield Static("Parameters, one a line, laid over the endpoint’s", markup=False)
        yield _Field(self._params, "params", self._own or "temperature = 0.2\nmax_tokens = 2000")
        if own := safe.line(self._own.replace("\n", " · "), 400):
            yield Static(f"the endpoint’s: {own}", classes="dialog--own", markup=False)
        yield Static("System prompt; empty: the endpoint’s own", markup=False)
        yield _Field(self._prompt, "system", self._own_system or "the endpoint has none")
        yield Static("", id="mistake", markup=False)

    def action_save(self) -> None:
        """The answer, or the first mistake in a sentence; the text stays."""
        try:
            params = parsed(self.query_one("#params", TextArea).text)
        except ConfigError as error:
            self.query_one("#mistake", Static).update(f"✗ {safe.clean(str(error))}")
            self.query_one("#params").focus()
            return
        said = self.query_one("#system", TextArea).text
        system = self._system if said == self._prompt else safe.clean(said) if said.strip() else None
        self.dismiss((params, system))


class _Field(TextArea):
    """A few lines to type in."""

    def __init__(self, text: str, name: str, placeholder: str) -> None:
        super().__init__(text, id=name, compact=True, highlight_cursor_line=False, placeholder=Content(placeholder))
        self.cursor_blink = False  # a timer that never rests
