"""The dialog that imports a file, and then tells what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from chattui import safe
from chattui.errors import ChattuiError
from chattui.imports import opening, report
from chattui.imports.taking import Taken, Taking
from chattui.store import Store
from chattui.tui.dialogs import Dialog, Line

MOST_TOLD = 200


class Import(Dialog[dict[str, str]]):
    """The answer is what is new or grown, by id. Closing it in the middle ends the import; what was read stays."""

    title_text = "Import conversations"
    keys_text = "enter import   esc close"

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._data = data
        self._changed: dict[str, str] = {}

    def body(self) -> ComposeResult:
        """A line for the file, and room for the report."""
        yield Static(
            "A file that chattui exported, an export of ChatGPT or Claude.ai (zip or conversations.json), the logs.db "
            "of llm, the database of elia, or OpenAI messages (JSON, JSONL). The same file again imports nothing.",
            id="about",
            markup=False,
        )
        yield Line(placeholder="~/Downloads/export.zip", compact=True)
        with VerticalScroll():
            yield Static("", id="report", markup=False)

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Enter begins; a second one waits for the first."""
        said = submitted.value.strip().strip("'\"")
        if said and not any(worker.group == "import" and worker.is_running for worker in self.workers):
            self._say("reading …")
            self.run_worker(lambda: self._import(said), thread=True, group="import", exit_on_error=False)

    def _say(self, words: str) -> None:
        if self.is_attached:
            self.query_one("#report", Static).update(words)

    def _import(self, said: str) -> None:
        worker = get_current_worker()
        taken: list[Taken] = []
        shown = -1

        def told(part: float) -> None:
            nonlocal shown
            if round(part * 100) > shown and not worker.is_cancelled:
                shown = round(part * 100)
                self.app.call_from_thread(self._say, f"{shown} %   {len(taken):,} conversations")

        try:
            path = Path(said).expanduser()
            for one in _taken(Taking(Store(self._data)), path, told):
                taken.append(one)
                if one.what in {"new", "grown"}:
                    self._changed[one.id] = one.what
                if worker.is_cancelled:
                    return
        except ChattuiError as error:
            taken.append(Taken("failed", safe.line(said, 120), why=str(error)))
        except RuntimeError:  # a home that nobody has
            taken.append(Taken("failed", safe.line(said, 120), why="There is no such file."))
        source = f"{report.source(taken)}: " if report.source(taken) else ""
        lines = [f"{source}{report.summed(taken)}", *report.telling(taken, MOST_TOLD)]
        if not worker.is_cancelled:
            self.app.call_from_thread(self._say, "\n".join(lines))

    def action_close(self) -> None:
        """Tell what has changed."""
        self.dismiss(self._changed)


def _taken(taking: Taking, path: Path, told: Callable[[float], None]) -> Iterator[Taken]:
    try:
        yield from taking.take(opening.items(path, told))
    finally:
        left = list(taking.close())
    yield from left
