"""The dialog that exports a conversation: its form, its branches, its place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, OptionList, Static

from chattui import safe
from chattui.chat import Conversation
from chattui.document import row_of
from chattui.exports import FORMATS, Format, encoded, place, rendered
from chattui.exports.blackout import without_secrets
from chattui.files import Files
from chattui.tui.dialogs import Dialog, Line

FORMS = tuple(FORMATS.values())
ABOUT = {
    "markdown": "reads well, and can be imported again to the letter",
    "json": "all that is stored, files included; can be imported again",
    "html": "one page for reading and printing",
    "text": "plain words",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be written, and where."""

    conversation: Conversation
    form: Format
    tree: bool
    path: Path
    force: bool


def write(wish: Wish, files: Files) -> int:
    """Write it without secrets; in how many texts there were some. Blocks. Raises ExportError."""
    found, count = without_secrets(wish.conversation)
    place.write(wish.path, encoded(rendered(found, wish.form, files, tree=wish.tree)), force=wish.force)
    return count


class Export(Dialog[Wish]):
    """The answer is what to write, or None. An existing file is overwritten only after a second enter."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False, priority=True),
        Binding("up", "move('cursor_up')", show=False, priority=True),
        Binding("ctrl+t", "tree", show=False, priority=True),
    ]
    title_text = "Export the conversation"
    keys_text = "↑ ↓ form  ^t branches  enter write  esc close"

    def __init__(self, conversation: Conversation, folder: Path) -> None:
        super().__init__()
        self._conversation = conversation
        self._folder = folder
        self._tree: bool | None = None
        self._asked: Path | None = None

    def body(self) -> ComposeResult:
        """The forms, which branches, and a line for the place."""
        wide = self.app.size.width >= 84
        told = (f"{form.words:<12}{ABOUT[form.name] if wide else ''}".rstrip() for form in FORMS)
        yield OptionList(*told, markup=False, compact=True)
        yield Static("", id="branches", markup=False)
        yield Line(str(self._suggested(FORMS[0])), compact=True)
        yield Static("", id="mistake", markup=False)

    def on_mount(self) -> None:
        """The place is typed into from the start."""
        self.query_one(OptionList).highlighted = 0
        self.query_one(Line).focus()
        self._tell()

    @property
    def form(self) -> Format:
        """The chosen form."""
        return FORMS[self.query_one(OptionList).highlighted or 0]

    @property
    def whole(self) -> bool:
        """Whether every branch is written."""
        return self.form.whole if self._tree is None else self._tree

    def _suggested(self, form: Format) -> Path:
        return self._folder / place.file_name(row_of(self._conversation), form.suffix)

    def _tell(self) -> None:
        kept = len(self._conversation.messages if self.whole else self._conversation.branch())
        which = "every branch" if self.whole else "the shown branch"
        self.query_one("#branches", Static).update(f"{which}, {kept} {'message' if kept == 1 else 'messages'}")

    def on_option_list_option_highlighted(self) -> None:
        """Another form: the name gets its ending, where it has one of ours."""
        field = self.query_one(Line)
        path = Path(field.value)
        if path.suffix.lstrip(".") in {form.suffix for form in FORMS}:
            field.value = str(path.with_suffix(f".{self.form.suffix}"))
            field.action_end()
        self._tell()

    def on_option_list_option_selected(self) -> None:
        """A click chooses; one still types."""
        self.query_one(Line).focus()

    def action_move(self, how: str) -> None:
        """The form is chosen while the focus stays where one types."""
        getattr(self.query_one(OptionList), f"action_{how}")()

    def action_tree(self) -> None:
        """Every branch, or the shown one."""
        self._tree = not self.whole
        self._tell()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter writes; over a file that is there only when it is pressed again."""
        path = _path(submitted.value)
        mistake = ""
        if path is None or path.is_dir():
            mistake = "Give the name of a file."
        elif not path.parent.is_dir():
            mistake = f"There is no folder {safe.line(str(path.parent), 200)}."
        elif path.exists() and path != self._asked:
            self._asked = path
            mistake = "It exists already. Enter once more overwrites it."
        if mistake or path is None:
            self.query_one("#mistake", Static).update(f"✗ {mistake}")
        else:
            self.dismiss(Wish(self._conversation, self.form, self.whole, path, force=path == self._asked))

    def on_input_changed(self) -> None:
        """What was said about another place does not count."""
        self._asked = None
        self.query_one("#mistake", Static).update("")


def _path(said: str) -> Path | None:
    try:
        return Path(said.strip()).expanduser().absolute() if said.strip() else None
    except (RuntimeError, ValueError):  # a home that nobody has
        return None
