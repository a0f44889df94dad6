"""Small questions over the screen: a title, an address to open, the mistakes in the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input, Static

from chattui import safe, tags
from chattui.config import Problem
from chattui.tui.keys import act_in_place

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """A box in the middle: a title, what it is about, and a last line that says the keys."""

    CSS_PATH = Path(__file__).with_name("dialogs.tcss")
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", show=False)]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (20, "-tall")]  # noqa: RUF012 - Textual declares it without ClassVar
    title_text = ""
    keys_text = "esc close"

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe.clean(self.title_text), classes="dialog--title", markup=False)
            yield from self.body()
            yield Static(self.keys_text, classes="dialog--keys", markup=False)

    def body(self) -> ComposeResult:
        """What stands between title and keys."""
        raise NotImplementedError

    def action_close(self) -> None:
        """Nothing is wanted."""
        self.dismiss(None)


class Line(Input):
    """A text field that can be typed into quickly. What stands in it at the beginning is cleaned."""

    def __init__(self, value: str = "", *, placeholder: str = "", compact: bool = False) -> None:
        super().__init__(safe.clean(value).replace("\n", " "), placeholder=placeholder, compact=compact)

    async def _on_key(self, event: events.Key) -> None:
        await act_in_place(self, event)


class Rename(Dialog[str]):
    """Asks for a title; the answer is the new one, "" for the automatic one, None for no change."""

    title_text = "Rename the conversation"
    keys_text = "enter rename  esc leave  empty: by its first words"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = safe.line(title)

    def body(self) -> ComposeResult:
        """One line to type in."""
        yield Line(self._title, placeholder="its first words", compact=True)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter names it."""
        self.dismiss(safe.line(submitted.value))


class Tags(Dialog[tuple[str, ...]]):
    """Asks for tags; the answer is all of them, None for no change. Those that other conversations have complete it."""

    title_text = "Tags"
    keys_text = "enter keep  → complete  esc leave as they are"

    def __init__(self, tags: Sequence[str], known: Sequence[str], count: int) -> None:
        """`known` tags are offered; `count` conversations get them."""
        super().__init__()
        self._tags, self._known = tags, known
        if count > 1:
            self.title_text = f"Tags of {count:,} conversations"

    def body(self) -> ComposeResult:
        """One line to type in, and what there is."""
        said = "".join(f"{safe.line(tag)} " for tag in self._tags)
        line = Line(said, placeholder="words, with blanks between them", compact=True)
        line.suggester = _LastWord(self._known)
        yield line
        if self._known:
            yield Static(Content.styled(safe.line(" ".join(f"#{tag}" for tag in self._known), 400), "dim"))

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter keeps them."""
        self.dismiss(tags.typed(submitted.value))


class _LastWord(Suggester):
    """Completes the word at the end of the line."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(case_sensitive=True)
        self._words = words

    async def get_suggestion(self, value: str) -> str | None:
        start = value.rpartition(" ")[2]
        fits = (word for word in self._words if start and word.casefold().startswith(start.casefold()))
        found = next(fits, None)
        return None if found is None else value + found[len(start) :]


class Confirm(Dialog[bool]):
    """A question that wants a yes: enter, or the letter y."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,y", "answer(True)", show=False),
        Binding("n", "answer(False)", show=False),
    ]

    def __init__(self, title: str, words: str, verb: str) -> None:
        """`verb` is what a yes does: "delete"."""
        super().__init__()
        self.title_text, self._words = title, words
        self.keys_text = f"enter {verb}   esc leave it"

    def body(self) -> ComposeResult:
        """What would happen."""
        yield Static(safe.clean(self._words), markup=False)

    def action_answer(self, yes: bool) -> None:
        """The answer."""
        self.dismiss(yes)


class OpenLink(Dialog[str]):
    """Shows where an address leads; the answer is "open", "copy" or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer('open')", show=False),
        Binding("y,c", "answer('copy')", show=False),
    ]
    title_text = "Open this in the browser?"
    keys_text = "enter open   y copy   esc no"

    def __init__(self, address: str) -> None:
        """`address` has passed safe.link."""
        super().__init__()
        self.address = address

    def body(self) -> ComposeResult:
        """The host by itself, as it is really asked for, then the whole address."""
        yield Static(Content.styled(f"to {safe.host(self.address)}", "bold"))
        yield Static(safe.line(self.address, 600), markup=False)

    def action_answer(self, wish: str) -> None:
        """The answer."""
        self.dismiss(wish)


class Problems(Dialog[None]):
    """Every mistake in the configuration, with its place."""

    title_text = "The configuration"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems

    def body(self) -> ComposeResult:
        """One paragraph each."""
        with VerticalScroll():
            if not self.problems:
                yield Static("Nothing is wrong with it.", markup=False)
            for problem in self.problems:
                sign = "✗" if problem.severity == "error" else "⚠"
                yield Static(f"{sign} {safe.clean(str(problem))}\n", markup=False)
