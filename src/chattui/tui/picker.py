"""Choose an endpoint and its model: everything that is known, narrowed by typing; models are asked for meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.fuzzy import Matcher
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from chattui import safe
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError
from chattui.providers import provider
from chattui.tui.dialogs import Dialog
from chattui.wire import Wire

MOST = 300
"""Lines that are shown at once; some servers offer thousands of models, and nobody reads those without typing."""


@dataclass(frozen=True, slots=True)
class Pick:
    """One line: an endpoint with one of its models, "" = whichever is its own; or a `note`, which cannot be chosen."""

    endpoint: Endpoint
    model: str = ""
    note: str = ""

    @property
    def words(self) -> str:
        """What is searched."""
        return f"{self.endpoint.name} {self.model}"


def picks(endpoints: Mapping[str, Endpoint], fetched: Mapping[str, tuple[str, ...] | str]) -> list[Pick]:
    """The lines for all endpoints. `fetched`: name -> models, or the sentence that says why there are none."""
    found: list[Pick] = []
    for endpoint in endpoints.values():
        named = endpoint.models if isinstance(endpoint.models, tuple) else ()
        news = fetched.get(endpoint.name, ())
        more = news if isinstance(news, tuple) else ()
        models = dict.fromkeys((endpoint.model, *named, *more) if endpoint.model else (*named, *more))
        found += [Pick(endpoint, model) for model in models or ("",)]
        if isinstance(news, str):
            found.append(Pick(endpoint, note=news))
    return found


def narrowed(found: list[Pick], query: str) -> list[Pick]:
    """The lines that fit what was typed, the best first; notes only while nothing is typed."""
    if not query.strip():
        return found
    matcher = Matcher(query.strip())
    scored = [(matcher.match(pick.words), pick) for pick in found if not pick.note]
    return [pick for score, pick in sorted(scored, key=lambda one: -one[0]) if score > 0]


class Picker(Dialog[tuple[Endpoint, str]]):
    """The answer is an endpoint and a model of it, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False, priority=True),
        Binding("up", "move('cursor_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
    ]
    title_text = "Endpoint and model"
    keys_text = "type to narrow   ↑ ↓ choose   enter use   esc close"

    def __init__(self, endpoints: Mapping[str, Endpoint], wire: Wire, endpoint: str, model: str) -> None:
        """`endpoint` and `model` are those in use."""
        super().__init__()
        self.endpoints = endpoints
        self.wire = wire
        self._now = (endpoint, model)
        self._fetched: dict[str, tuple[str, ...] | str] = {}
        self._shown: list[Pick] = []

    def body(self) -> ComposeResult:
        """A line to type in, and the list."""
        yield Input(placeholder="type a part of a name", compact=True)
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Show what is known, and ask the others for their models."""
        for endpoint in self.endpoints.values():
            if endpoint.models == "fetch" or (not endpoint.models and not endpoint.model):
                self._fetched[endpoint.name] = "asking for its models …"
                self.run_worker(self._ask(endpoint), exit_on_error=False)
        self._fill()

    async def _ask(self, endpoint: Endpoint) -> None:
        try:
            ask = provider(endpoint.provider).models
            if ask is None:
                self._fetched[endpoint.name] = "does not tell its models"
            else:
                self._fetched[endpoint.name] = await ask(endpoint, self.wire) or "offers no model now"
        except ChattuiError as error:
            self._fetched[endpoint.name] = str(error)
        except KeyError:
            self._fetched[endpoint.name] = f"has an unknown provider, {endpoint.provider}"
        self._fill()

    def _fill(self) -> None:
        query = self.query_one(Input).value
        options = self.query_one(OptionList)
        held = self._chosen
        self._shown = narrowed(picks(self.endpoints, self._fetched), query)[:MOST]
        options.clear_options()
        wide = min(24, max((len(safe.line(pick.endpoint.name, 24)) for pick in self._shown), default=0))
        options.add_options(Option(self._line(pick, wide), disabled=bool(pick.note)) for pick in self._shown)
        wanted = held if held is not None and not query else None
        self._point_at(wanted)

    def _point_at(self, wanted: Pick | None) -> None:
        at = 0
        for number, pick in enumerate(self._shown):
            if pick == wanted or (wanted is None and not self.query_one(Input).value and self._is_now(pick)):
                at = number
                break
        self.query_one(OptionList).highlighted = at if self._shown else None

    def _is_now(self, pick: Pick) -> bool:
        return not pick.note and (pick.endpoint.name, pick.model) == self._now

    def _line(self, pick: Pick, wide: int) -> Content:
        name = safe.line(pick.endpoint.name, 24)
        if pick.note:
            return Content.assemble((f"  {name:<{wide}}  {safe.line(pick.note)}", "dim"))
        sign = "● " if self._is_now(pick) else "  "
        model = safe.line(pick.model or "its own model", 80)
        where = safe.line(pick.endpoint.host if pick.endpoint.provider != "demo" else "built in, offline", 60)
        return Content.assemble((sign, "$primary"), (f"{name:<{wide}}", "bold"), f"  {model}", (f"  {where}", "dim"))

    @property
    def _chosen(self) -> Pick | None:
        at = self.query_one(OptionList).highlighted
        return self._shown[at] if at is not None and at < len(self._shown) else None

    def on_input_changed(self) -> None:
        """Typing narrows."""
        self._fill()

    def on_input_submitted(self) -> None:
        """Enter takes the line that is marked."""
        self._take()

    def on_option_list_option_selected(self) -> None:
        """A click takes a line."""
        self._take()

    def _take(self) -> None:
        if (pick := self._chosen) is not None and not pick.note:
            self.dismiss((pick.endpoint, pick.model))

    def action_move(self, how: str) -> None:
        """The mark moves while the focus stays where one types."""
        options = self.query_one(OptionList)
        getattr(options, f"action_{how}")()
