"""What stands where messages will be: how to begin, and what was found on this machine."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from chattui import safe
from chattui.endpoint import Endpoint
from chattui.tui.keys import Keys, shown


class Welcome(Static):
    """Shown while a conversation is empty."""

    def __init__(self, keys: Keys) -> None:
        super().__init__("", id="welcome", markup=False)
        self.keys = keys
        self._endpoint: tuple[Endpoint, str] | None = None
        self._found: dict[str, str] | None = None

    def about(self, endpoint: Endpoint, model: str) -> None:
        """The endpoint that will answer."""
        self._endpoint = (endpoint, model)
        self._write()

    def found(self, offers: dict[str, str]) -> None:
        """What needs no configuration: names of endpoints, and where each was found."""
        self._found = dict(offers)
        self._write()

    def _write(self) -> None:
        if self._endpoint is None:
            return
        endpoint, model = self._endpoint
        title, dim, strong = "bold $primary", "dim", "bold"
        if endpoint.provider == "demo":
            line = Content.assemble(("Ask anything", strong), " below: this is the built-in demo, it works offline.")
        else:
            place = " · ".join(safe.line(part, 60) for part in (endpoint.name, model) if part)
            line = Content.assemble(
                ("Ask anything", strong), " below: ", place, (f" answers at {safe.line(endpoint.host, 60)}.", dim)
            )
        parts = [Content.styled("chattui", title), Content(""), line]
        if self._found is not None:
            parts += [Content(""), Content.styled("Found on this machine", strong)]
            names = [(safe.line(name, 24), safe.line(words, 60)) for name, words in self._found.items()]
            wide = max((len(name) for name, _ in names), default=0)
            parts += [Content.assemble(f"  {name:<{wide}}  ", (words, dim)) for name, words in names]
            parts += [] if names else [Content.styled("  no server, and no key in the environment", dim)]
            pick = shown(self.keys, "endpoint.pick")
            parts += [Content(""), Content.styled("Choose or add an endpoint", strong)]
            parts += [Content.assemble(f"  {pick:<21}", ("choose one and its model", dim))] if pick else []
            parts += [
                Content.assemble(f"  {'chattui config init':<21}", ("write a configuration", dim)),
                Content.assemble(f"  {'chattui config edit':<21}", ("change it", dim)),
            ]
        else:
            keys = (("endpoint.pick", "endpoint and model"), ("palette", "all commands"), ("help.keys", "every key"))
            parts += [Content("")]
            parts += [
                Content.assemble(f"  {key:<6}", (words, dim)) for name, words in keys if (key := shown(self.keys, name))
            ]
        self.update(Content("\n").join(parts))
