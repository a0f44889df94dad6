"""What is done with one message: quote it, show its source, fold its blocks, its details, and its code in files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from textual.app import SuspendNotSupported

from chattui import safe
from chattui.chat import Message
from chattui.errors import ChattuiError, Exists
from chattui.tui.copying import Copying

NAMES = {
    "python": "py", "py": "py", "javascript": "js", "js": "js", "typescript": "ts", "ts": "ts", "tsx": "tsx",
    "jsx": "jsx", "bash": "sh", "sh": "sh", "shell": "sh", "zsh": "sh", "console": "txt", "rust": "rs", "go": "go",
    "java": "java", "kotlin": "kt", "swift": "swift", "c": "c", "cpp": "cpp", "c++": "cpp", "csharp": "cs", "cs": "cs",
    "ruby": "rb", "php": "php", "perl": "pl", "lua": "lua", "r": "r", "sql": "sql", "html": "html", "css": "css",
    "json": "json", "yaml": "yaml", "yml": "yaml", "toml": "toml", "xml": "xml", "markdown": "md", "md": "md",
    "diff": "diff", "dockerfile": "dockerfile", "makefile": "mk", "ini": "ini", "csv": "csv", "tex": "tex",
}  # fmt: skip
"""Language of a code block -> how the names of such files end."""


def file_name(number: int, language: str) -> str:
    """A name for the file of a code block."""
    words = language.split()
    return f"code-{number}.{NAMES.get(words[0].lower() if words else '', 'txt')}"


class Messages(Copying, inherit_bindings=False):
    """The selected message is meant, or else the last one."""

    def _this(self) -> Message | None:
        found = self.selected() or next(iter(reversed(self.shown.messages)), None)
        if found is None:
            self.notify("There is no message yet.")
        return found

    def action_messages_prev(self) -> None:
        self.transcript.select_prev()

    def action_messages_next(self) -> None:
        self.transcript.select_next()

    # ------------------------------------------------------------ quote, source, fold, details

    def action_message_quote(self) -> None:
        """Put what is marked, or else the message, into the prompt as a quotation."""
        message = self._this()
        marked = self.chat_screen.get_selected_text()
        text = marked or (message.text if message is not None else "")
        if not text.strip():
            return
        quoted = "\n".join(f"> {line}".rstrip() for line in safe.clean(text).strip("\n").split("\n"))
        typed = self.prompt.content
        self.prompt.put(f"{typed.rstrip()}\n\n{quoted}\n\n" if typed.strip() else f"{quoted}\n\n")
        self.chat_screen.clear_selection()
        self.transcript.selected = None
        self.prompt.focus()

    def action_message_raw(self) -> None:
        self.transcript.toggle_source()

    def action_message_fold_code(self) -> None:
        if not self.transcript.toggle_blocks():
            self.notify("There is no long block to fold.")

    def action_message_details(self) -> None:
        """Timings, usage, model, ids and how it ended."""
        from chattui.tui.about import About  # noqa: PLC0415 - dialogs are loaded when first wanted

        if (message := self._this()) is not None:

            def answered(wish: str | None) -> None:
                if wish:
                    self.copy(wish, "the details")

            self.push_screen(About(self.shown.session.conversation, message), answered)

    # ------------------------------------------------------------ code in files

    def action_message_save_code(self) -> None:
        """Save a code block to a file."""
        self._with_block("save", self._save_block)

    def action_message_edit_code(self) -> None:
        """Open a code block in $EDITOR."""
        self._with_block("open", self._open_block)

    def _with_block(self, verb: str, does: Callable[[int, str, str], None]) -> None:
        """Choose a code block, where there are several, and do this with its number, language and code."""
        from chattui.tui.code import Blocks  # noqa: PLC0415 - as above

        selected = self.selected()
        messages = [selected] if selected else reversed(self.shown.messages)
        name = next((one.id for one in messages if self.transcript.code_blocks(one.id)), "")
        found = list(zip(self.transcript.code_languages(name), self.transcript.code_blocks(name), strict=True))

        def chosen(number: int | None) -> None:
            if number is not None:
                does(number, *found[number - 1])

        match found:
            case []:
                self.notify("There is no code block here.")
            case [_]:
                chosen(1)
            case _:
                self.push_screen(Blocks(found, verb), chosen)

    def _save_block(self, number: int, language: str, code: str) -> None:
        from chattui.tui.code import SaveAs  # noqa: PLC0415 - as above

        def answered(wish: tuple[str, bool] | None) -> None:
            if wish is not None:
                self.run_worker(self._write_block(code, *wish), exit_on_error=False)

        self.push_screen(SaveAs(file_name(number, language), Path.cwd()), answered)

    async def _write_block(self, code: str, name: str, force: bool) -> None:
        from chattui.exports.place import write  # noqa: PLC0415 - as above

        path = Path(name)
        data = code if code.endswith("\n") else code + "\n"
        try:
            await asyncio.to_thread(write, path, data.encode("utf-8", "replace"), force=force)
        except Exists:
            self.notify(f"{path} exists already; nothing was written.", severity="warning")
        except ChattuiError as error:
            self.tell(error)
        else:
            self.notify(f"Saved to {path}.")

    def _open_block(self, number: int, language: str, code: str) -> None:
        self.run_worker(self._edit_block(code, file_name(number, language)), group="editor", exit_on_error=False)

    async def _edit_block(self, code: str, name: str) -> None:
        from chattui.tui import editor  # noqa: PLC0415 - as above

        try:
            argv = editor.command(self.environ)
            with self.suspend(), self.batch_update():
                text = await editor.edit(argv, safe.clean(code), name)
        except SuspendNotSupported:
            self.notify("This terminal cannot hand over to an editor.", severity="warning")
        except ChattuiError as error:
            self.tell(error)
        else:
            if text.rstrip("\n") != safe.clean(code).rstrip("\n"):
                self.copy(text, "what you made of it")
        self.refresh(layout=True)
