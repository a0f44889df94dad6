"""Choose an endpoint and its model: everything that is known, narrowed by typing; models are asked for meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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


@dataclass(frozen=True, slots=True)
class Picked:
    """The answer: an endpoint and its model; `tune`: the conversation's parameters are wanted next."""

    endpoint: Endpoint
    model: str
    tune: bool = False


def place(endpoint: Endpoint) -> str:
    """Under what its models are remembered: another address has other models."""
    return f"{endpoint.name} {endpoint.host}"


def offers(remembered: object) -> dict[str, tuple[str, ...]]:
    """Place -> the models offered there, from what the program remembers; what is no such thing is left out."""
    return {
        name: tuple(models)
        for name, models in (remembered.items() if isinstance(remembered, dict) else ())
        if isinstance(models, list) and all(isinstance(model, str) for model in models)
    }


def picks(
    endpoints: Mapping[str, Endpoint],
    fetched: Mapping[str, tuple[str, ...] | str],
    known: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Pick]:
    """The lines for all endpoints. `fetched`: name -> models, or the sentence that says why there are none; `known`:
    what was offered before, which counts until there is news.
    """
    found: list[Pick] = []
    for endpoint in endpoints.values():
        named = endpoint.models if isinstance(endpoint.models, tuple) else ()
        news = fetched.get(endpoint.name, ())
        before = (known or {}).get(place(endpoint), ()) if endpoint.name in fetched else ()
        more = news if isinstance(news, tuple) else before
        models = dict.fromkeys((endpoint.model, *named, *more) if endpoint.model else (*named, *more))
        found += [Pick(endpoint, model) for model in models or ("",)]
        if news and isinstance(news, str):
            found.append(Pick(endpoint, note=news))
    return found


def narrowed(found: list[Pick], query: str) -> list[Pick]:
    """The lines that fit what was typed, the best first; notes only while nothing is typed."""
    if not query.strip():
        return found
    matcher = Matcher(query.strip())
    scored = [(matcher.match(pick.words), pick) for pick in found if not pick.note]
    return [pick for score, pick in sorted(scored, key=lambda one: -one[0]) if score > 0]


class Picker(Dialog[Picked]):
    """The answer is an endpoint and a model of it, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move('cursor_down')", show=False, priority=True),
        Binding("up", "move('cursor_up')", show=False, priority=True),
        Binding("pagedown", "move('page_down')", show=False, priority=True),
        Binding("pageup", "move('page_up')", show=False, priority=True),
        Binding("f7", "tune", show=False, priority=True),
    ]
    title_text = "Endpoint and model"
    keys_text = "type to narrow  enter use  f7 parameters  esc close"

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        wire: Wire,
        endpoint: str,
        model: str,
        known: Mapping[str, tuple[str, ...]],
        learned: Callable[[Mapping[str, tuple[str, ...]]], None],
    ) -> None:
        """`endpoint` and `model` are those in use; `known` are the models of each place, as they were offered before,
        and `learned` is told when that has changed.
        """
        super().__init__()
        self.endpoints = endpoints
        self.wire = wire
        self._now = (endpoint, model)
        self._known = dict(known)
        self._learned = learned
        self._fetched: dict[str, tuple[str, ...] | str] = {}
        self._shown: list[Pick] = []
        self._wide = 0
        self._query = ""

    def body(self) -> ComposeResult:
        """A line to type in, and the list."""
        yield Input(placeholder="type a part of a name", compact=True)
        yield OptionList(markup=False, compact=True)

    def on_mount(self) -> None:
        """Show what is known, and ask the others for their models."""
        for endpoint in self.endpoints.values():
            if endpoint.models == "fetch" or (not endpoint.models and not endpoint.model):
                self._fetched[endpoint.name] = "" if self._known.get(place(endpoint)) else "asking for its models …"
                # the app's worker: an answer that comes after the dialog has closed is remembered, too
                self.app.run_worker(
                    self._ask(endpoint), group=f"models {place(endpoint)}", exclusive=True, exit_on_error=False
                )
        self._fill()

    async def _ask(self, endpoint: Endpoint) -> None:
        try:
            ask = provider(endpoint.provider).models
            if ask is None:
                self._fetched[endpoint.name] = "does not tell its models"
            else:
                self._took(endpoint, tuple(await ask(endpoint, self.wire)))
        except ChattuiError as error:
            self._fetched[endpoint.name] = str(error)
        except KeyError:
            self._fetched[endpoint.name] = f"has an unknown provider, {endpoint.provider}"
        if self.is_attached:
            self._fill()

    def _took(self, endpoint: Endpoint, models: tuple[str, ...]) -> None:
        self._fetched[endpoint.name] = models or "offers no model now"
        if self._known.get(place(endpoint), ()) != models:
            self._known[place(endpoint)] = models
            self._learned(self._known)

    def _fill(self) -> None:
        self._query = query = self.query_one(Input).value
        options = self.query_one(OptionList)
        held = self._chosen
        self._shown = narrowed(picks(self.endpoints, self._fetched, self._known), query)[:MOST]
        options.clear_options()
        self._wide = min(24, max((len(safe.line(pick.endpoint.name, 24)) for pick in self._shown), default=0))
        options.add_options(Option(self._line(pick, self._wide), disabled=bool(pick.note)) for pick in self._shown)
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

    def _sign(self, pick: Pick) -> tuple[str, str]:
        """What stands before a line, and its style."""
        return ("● " if self._is_now(pick) else "  ", "$primary")

    def _line(self, pick: Pick, wide: int) -> Content:
        name = safe.line(pick.endpoint.name, 24)
        if pick.note:
            return Content.assemble((f"  {name:<{wide}}  {safe.line(pick.note)}", "dim"))
        model = safe.line(pick.model or "its own model", 80)
        where = safe.line(pick.endpoint.host if pick.endpoint.provider != "demo" else "built in, offline", 60)
        return Content.assemble(self._sign(pick), (f"{name:<{wide}}", "bold"), f"  {model}", (f"  {where}", "dim"))

    @property
    def _chosen(self) -> Pick | None:
        if self.is_mounted and self.query_one(Input).value != self._query:  # a key came right behind a letter
            self._query = self.query_one(Input).value
            self._fill()
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

    def _take(self, *, tune: bool = False) -> None:
        if (pick := self._chosen) is not None and not pick.note:
            self.dismiss(Picked(pick.endpoint, pick.model, tune))

    def action_tune(self) -> None:
        """Takes the line that is marked, and asks for the conversation's parameters."""
        self._take(tune=True)

    def action_move(self, how: str) -> None:
        """The mark moves while the focus stays where one types."""
        options = self.query_one(OptionList)
        getattr(options, f"action_{how}")()
