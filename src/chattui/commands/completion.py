"""`chattui completion`, and the answers to a shell that asks: names of endpoints, models and conversations."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from itertools import islice

import argcomplete
from argcomplete.shell_integration import shellcode

from chattui import safe
from chattui.commands import world
from chattui.commands.exits import Exit
from chattui.commands.output import put
from chattui.commands.parser import Parser
from chattui.errors import ChattuiError
from chattui.store import Store

Names = Mapping[str, str]
"""What may be typed -> what the shell says about it."""
MOST_CONVERSATIONS = 50


def run(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    """Print the shell's code."""
    put(shellcode(["chattui"], shell=arguments.shell).rstrip("\n"))
    return Exit.COMPLETE


def answer(parser: Parser) -> None:
    """Tell the shell what fits, and end the process."""
    _attach(parser)
    argcomplete.autocomplete(parser)


def _attach(parser: argparse.ArgumentParser) -> None:
    """Give every option its names, in all commands."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public way to them
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001 - as above
            for child in action.choices.values():
                _attach(child)
        elif names := NAMES.get(action.dest):
            action.completer = _completer(names)  # type: ignore[attr-defined]  # argcomplete's way


def _completer(names: Callable[[argparse.Namespace], Names]) -> Callable[..., Names]:
    def complete(prefix: str, parsed_args: argparse.Namespace, **_: object) -> Names:
        try:
            return {name: words for name, words in names(parsed_args).items() if name.startswith(prefix)}
        except (ChattuiError, OSError):
            return {}  # nothing fits; a shell has no place for a sentence

    return complete


def _endpoints(parsed: argparse.Namespace) -> Names:
    found = world.opened(_whole(parsed), os.environ).config.endpoints
    return {name: one.host for name, one in found.items() if name.isprintable()}


def _models(parsed: argparse.Namespace) -> Names:
    here = world.opened(_whole(parsed), os.environ)
    found = world.endpoint(here, getattr(parsed, "endpoint", None))
    listed = found.models if isinstance(found.models, tuple) else ()
    return dict.fromkeys((found.model, *listed) if found.model else listed, found.name)


def _conversations(parsed: argparse.Namespace) -> Names:
    from chattui.commands.conversations import short

    store = Store(world.places(_whole(parsed), os.environ).data)
    length = short(store.ids())
    return {row.id[-length:]: safe.line(row.title, 60) for row in islice(store.latest(), MOST_CONVERSATIONS)}


def _whole(parsed: argparse.Namespace) -> argparse.Namespace:
    return argparse.Namespace(profile=getattr(parsed, "profile", None), config=getattr(parsed, "config", None))


NAMES: Mapping[str, Callable[[argparse.Namespace], Names]] = {
    "endpoint": _endpoints,
    "name": _endpoints,
    "model": _models,
    "conversation": _conversations,
    "id": _conversations,
}
"""By the destination of the option or argument."""
