"""Choose the endpoints and models that answer the same question."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static

from chattui.comparing import MOST
from chattui.endpoint import Endpoint
from chattui.tui.dialogs import Dialog, Line
from chattui.tui.picker import Pick, Picker
from chattui.wire import Wire

LEAST = 2
MARKS = {"space": "mark", "plus": "more"}


class Narrow(Line):
    """Letters narrow the list; a blank and a plus mark a line of it, in their place among the letters."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key in MARKS and isinstance(self.screen, Rivals):
            event.stop()
            event.prevent_default()
            getattr(self.screen, f"action_{MARKS[event.key]}")()
        else:
            await super()._on_key(event)


class Rivals(Picker):
    """`chosen` is told two to four lines, in the order in which they were marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f7", "nothing", show=False, priority=True),
    ]
    CSS_PATH = Dialog.CSS_PATH
    title_text = "Ask several at once"
    keys_text = "type to narrow  space mark  + once more  enter ask  esc close"

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        wire: Wire,
        now: tuple[str, str],
        known: Mapping[str, tuple[str, ...]],
        learned: Callable[[Mapping[str, tuple[str, ...]]], None],
        before: Sequence[tuple[str, str]],
        chosen: Callable[[Sequence[tuple[Endpoint, str]]], None],
    ) -> None:
        """`before`: endpoint and model of each that was asked last time."""
        super().__init__(endpoints, wire, *now, known, learned)
        marked = [Pick(endpoints[name], model) for name, model in before if name in endpoints][:MOST]
        self._marked = marked or [Pick(endpoints[now[0]], now[1])] if now[0] in endpoints else marked
        self._tell = chosen

    def body(self) -> ComposeResult:
        """As the picker's."""
        yield Narrow(placeholder="type a part of a name", compact=True)
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """As the picker; and say how many are marked."""
        super().on_mount()
        self._count()

    def _sign(self, pick: Pick) -> tuple[str, str]:
        count = self._marked.count(pick)
        return (f"{'☑' if count < 2 else count} ", "$primary") if count else ("☐ ", "dim")

    def action_mark(self) -> None:
        """Mark the line, or take its marks away."""
        pick = self._chosen
        if pick in self._marked:
            self._marked = [marked for marked in self._marked if marked != pick]
            self._redraw(pick)
        else:
            self.action_more()

    def action_more(self) -> None:
        """Mark the line, once more if it is marked: the same model is asked as often."""
        pick = self._chosen
        if pick is None or pick.note:
            return
        if len(self._marked) == MOST:
            self._say(f"{MOST} at most; take a mark away first.")
            return
        self._marked.append(pick)
        self._redraw(pick)

    def _redraw(self, pick: Pick) -> None:
        at = self.query_one(OptionList).highlighted
        self.query_one(OptionList).replace_option_prompt_at_index(at or 0, self._line(pick, self._wide))
        self._count()

    def _count(self) -> None:
        names = ", ".join(" ".join(filter(None, (pick.endpoint.name, pick.model))) for pick in self._marked)
        self._say(f"Marked: {names}." if names else f"Mark {LEAST} to {MOST} with space.")

    def _say(self, words: str) -> None:
        self.query_one(".dialog--title", Static).update(Content(f"{self.title_text}   {words}"))

    def _take(self, *, tune: bool = False) -> None:  # noqa: ARG002 - as the picker has it
        if len(self._marked) < LEAST:
            self._say(f"Mark {LEAST} to {MOST} with space.")
            return
        self.dismiss(None)
        self._tell([(pick.endpoint, pick.model) for pick in self._marked])
