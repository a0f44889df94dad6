"""What the formats share whose replies are made of parts: named pieces of text, tool calls, ids that a server issued.

Pure but for `tell`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from chattui import safe
from chattui.endpoint import Endpoint
from chattui.errors import ChattuiError, Reported
from chattui.events import JSON, ChatEvent, SourceCited, TextDelta, TextReplaced, ToolCalled, Usage
from chattui.providers import Turn
from chattui.providers.fields import compact, reported, table, tables, text
from chattui.providers.fields import whole as count
from chattui.wire import Request, Wire
from chattui.wire.recognise import Problem

TELL_SECONDS = 2.0
"""How long a server is told something that nobody waits for, such as to stop."""


class Pieces:
    """The one text of a reply whose server sends it in named pieces, any of which may grow, change or go.

    Pieces stand in the order of their first words; pieces of different groups are paragraphs apart.
    """

    def __init__(self) -> None:
        self._pieces: dict[tuple[str, str], list[str]] = {}

    @property
    def text(self) -> str:
        """The whole text as it is now."""
        whole, before = "", None
        for group, name in self._pieces:
            gap = "\n\n" if before is not None and before != group else ""
            whole += gap + "".join(self._pieces[group, name])
            before = group
        return whole

    def append(self, text: str, group: str = "", name: str = "") -> list[ChatEvent]:
        """More text of a piece."""
        if not text:
            return []
        last = next(reversed(self._pieces), None)
        if (piece := self._pieces.get((group, name))) is None:
            self._pieces[group, name] = [text]
            return [TextDelta(text if last is None or last[0] == group else "\n\n" + text)]
        piece.append(text)
        return [TextDelta(text) if last == (group, name) else TextReplaced(self.text)]

    def put(self, text: str, group: str = "", name: str = "") -> list[ChatEvent]:
        """The whole of a piece as it is now."""
        known = "".join(self._pieces.get((group, name), ()))
        if text == known:
            return []
        if text.startswith(known) and (not known or next(reversed(self._pieces)) == (group, name)):
            return self.append(text[len(known) :], group, name)
        self._pieces[group, name] = [text]
        if not text:
            del self._pieces[group, name]
        return [TextReplaced(self.text)]

    def drop(self, group: str) -> list[ChatEvent]:
        """The pieces of a group were not meant."""
        kept = {key: piece for key, piece in self._pieces.items() if key[0] != group}
        if len(kept) == len(self._pieces):
            return []
        self._pieces = kept
        return [TextReplaced(self.text)]


class Calls:
    """The tool calls of a reply, whose arguments come in pieces, or whole, or first the one and then the other."""

    def __init__(self) -> None:
        self._said: dict[str, bool] = {}  # by id: whether there were arguments
        self.last = ""
        """The id of the last call that grew."""

    def piece(self, call: str, name: str = "", arguments: str = "") -> list[ChatEvent]:
        """More of a call; "" as its id means the last one."""
        self.last = call = call or self.last or "call"
        if call in self._said and not arguments and not name:
            return []
        self._said[call] = self._said.get(call, False) or bool(arguments)
        return [ToolCalled(call, name, arguments)]

    def whole(self, call: str, name: str, arguments: JSON) -> list[ChatEvent]:
        """The finished call; arguments that have come in pieces are not repeated."""
        call = call or "call"
        if call in self._said and (self._said[call] or arguments is None):
            return []
        return self.piece(call, name, worded(arguments))


def worded(value: JSON) -> str:
    """A JSON value as text: texts as they are, None as nothing."""
    return "" if value is None else compact(value)


def items(value: JSON) -> list[Mapping[str, JSON]]:
    """The objects of a list."""
    return list(tables(value))


def source(url: JSON, title: JSON = "", snippet: JSON = "") -> list[ChatEvent]:
    """A source, if anything is known of it."""
    found = SourceCited(text(url), text(title), text(snippet)[:2000])
    return [found] if found.url or found.title else []


def usage(value: JSON, **names: str) -> Usage | None:
    """The counts of an object under the dotted `names` that a format has for the fields of Usage; None without any."""
    counts: dict[str, int] = {}
    for field, path in names.items():
        found: JSON = value
        for key in path.split("."):
            found = table(found).get(key)
        if (number := count(found)) is not None:
            counts[field] = number
    return Usage(**counts) if counts else None


def failed(said: JSON, otherwise: str) -> Reported:
    """The error that ends the reply, in the server's words if it had any."""
    words = safe.line(text(said), 500)
    return reported(Problem(words)) if words else Reported(f"{otherwise}.")


def kept(turn: Turn) -> dict[str, JSON]:
    """What this endpoint issued in earlier turns. It stands under the endpoint's name, so that no other hears of it."""
    return dict(table(turn.remote.get(turn.endpoint.name)))


def tell(wire: Wire, request: Request, endpoint: Endpoint) -> None:
    """Tell the server something, such as to stop, beside everything else: two seconds at most. Nobody waits for it."""

    async def ask() -> None:
        with suppress(ChattuiError, TimeoutError):
            async with asyncio.timeout(TELL_SECONDS), wire.exchange(request, endpoint):
                pass

    wire.later(ask())
