"""To the clipboard, and to the browser: what was written, not what the screen shows of it."""

from __future__ import annotations

from chattui import safe
from chattui.chat import Message
from chattui.tui.branching import Branching
from chattui.tui.transcript import Transcript


class Copying(Branching, inherit_bindings=False):
    """Copies of answers and code, and links."""

    def copy(self, text: str, what: str) -> None:
        """Put text on the clipboard, cleaned: what is pasted into a shell must not steer its terminal."""
        self.copy_to_clipboard(safe.clean(text))
        where = ""
        if self.environ.get("TERM_PROGRAM") == "Apple_Terminal":
            where = " This terminal may refuse it: it does not know OSC 52."
        elif self.environ.get("TMUX"):
            where = " In tmux this needs: set -g set-clipboard on."
        veiled = f" {count} hidden characters are ␦ in it." if (count := safe.hidden(text)) else ""
        self.notify(f"Copied {what}, {_size(text)}.{veiled}{where}")

    def action_message_copy_last(self) -> None:
        """Copy the last answer as it was written."""
        found = next((one for one in reversed(self.shown.messages) if one.role == "assistant" and one.text), None)
        self._copy_message(found)

    def action_message_copy(self) -> None:
        """Copy the selected message, or else the last answer."""
        if (found := self.selected()) is None:
            self.action_message_copy_last()
        else:
            self._copy_message(found)

    def _copy_message(self, found: Message | None) -> None:
        if found is None:
            self.notify("There is no answer yet to copy.")
        else:
            self.copy(found.text, "the answer" if found.role == "assistant" else "the message")

    def action_message_code(self, number: int) -> None:
        """Copy a code block of the selected message, or else of the last one that has so many."""
        selected = self.selected()
        for message in [selected] if selected else reversed(self.shown.messages):
            blocks = self.transcript.code_blocks(message.id)
            if number <= len(blocks):
                self.copy(blocks[number - 1], f"code block {number}")
                return
        self.notify(f"There is no code block {number} here.")

    def on_transcript_code_clicked(self, clicked: Transcript.CodeClicked) -> None:
        """The header of a code block was clicked."""
        self.copy(clicked.text, f"code block {clicked.number}")

    def on_transcript_file_clicked(self, clicked: Transcript.FileClicked) -> None:
        """Nothing that a server sent is opened from here."""
        self.copy(clicked.path, "the path of the file")

    def on_transcript_link_clicked(self, clicked: Transcript.LinkClicked) -> None:
        """A link was clicked: show where it leads before it is opened."""
        from chattui.tui.dialogs import OpenLink  # noqa: PLC0415 - dialogs are loaded when first wanted

        address = safe.link(clicked.url)
        if address is None:
            self.notify("This address is not one that may be opened.", severity="warning")
            return

        def answered(wish: str | None) -> None:
            if wish == "open":
                self.open_url(address)
            elif wish == "copy":
                self.copy(address, "the address")

        self.push_screen(OpenLink(address), answered)


def _size(text: str) -> str:
    lines = text.count("\n") + 1
    return f"{len(text):,} characters" if lines == 1 else f"{lines:,} lines"
