"""From the command line to what a command, or the screen, works with: folders, configuration, endpoints, store."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chattui import config, discover, paths, safe
from chattui.commands import log
from chattui.commands.output import say
from chattui.config import Config, Problem
from chattui.endpoint import Endpoint
from chattui.errors import ConfigError, NotFound, SecretError
from chattui.paths import Paths
from chattui.secret import Secret
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

if TYPE_CHECKING:
    from chattui.tapes import Tapes


@dataclass(frozen=True, slots=True)
class World:
    """What the user has set up. `config.endpoints` holds every endpoint that can be used, discovered ones included."""

    environ: Mapping[str, str] = field(repr=False)
    paths: Paths
    config: Config


def places(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Paths:
    """The folders that the command line means. Raises ConfigError."""
    return paths.find(environ, profile=arguments.profile, config=arguments.config)


def opened(arguments: argparse.Namespace, environ: Mapping[str, str]) -> World:
    """The configuration read and the endpoints found; nothing is said about mistakes. Raises ConfigError.

    A file that was named with --config must be there.
    """
    where = places(arguments, environ)
    if arguments.config is not None and not where.config.exists():
        raise ConfigError(f"There is no file {where.config}.", hint="chattui config init writes one.")
    found = discover.offered(config.load(where.config, environ), environ)
    log.start(where.log, debug=environ.get("CHATTUI_DEBUG", "") not in {"", "0"})
    return World(environ, where, found)


def look_up(world: World) -> None:
    """Read every secret that is at hand without asking anybody: from now on they are known, and can be blacked out."""
    for found in world.config.endpoints.values():
        for value in (found.api_key, *found.headers.values(), *found.query.values()):
            if isinstance(value, Secret) and not value.source.startswith(("the command", "the keyring")):
                with suppress(SecretError):
                    value.reveal()


def warn(problems: tuple[Problem, ...]) -> None:
    """Tell of every mistake in the configuration, on standard error."""
    for problem in problems:
        say(f"warning: {problem}" if problem.severity == "warning" else str(problem))


def about(problems: tuple[Problem, ...], name: str) -> tuple[Problem, ...]:
    """Those that bear on a talk with this endpoint: of the file as a whole, `default`, and the endpoint itself."""
    return tuple(
        problem
        for problem in problems
        if problem.endpoint == name
        or problem.key in {"", "default"}
        or problem.key.startswith((f"endpoints.{name}.", f'endpoints."{name}".'))
    )


def endpoint(world: World, name: str | None = None) -> Endpoint:
    """The endpoint of this name, or the default one. Raises ConfigError for an unknown or a disabled one."""
    wanted = name or default(world)
    if (found := world.config.endpoints.get(wanted)) is not None:
        return found
    shown = safe.line(wanted, 60)
    if (problem := disabled(world.config).get(wanted)) is not None:
        raise ConfigError(f"The endpoint ‘{shown}’ is disabled by a mistake: {problem}")
    import difflib

    near = difflib.get_close_matches(wanted, world.config.endpoints, 1)
    hint = f"Did you mean ‘{near[0]}’?" if near else f"There are: {', '.join(map(safe.line, world.config.endpoints))}."
    raise ConfigError(f"There is no endpoint ‘{shown}’.", hint=hint)


def disabled(found: Config) -> dict[str, Problem]:
    """The endpoints that a mistake keeps out, with the first mistake of each."""
    kept_out: dict[str, Problem] = {}
    for problem in found.errors:
        if problem.endpoint and problem.endpoint not in found.endpoints:
            kept_out.setdefault(problem.endpoint, problem)
    return kept_out


def default(world: World) -> str:
    """The endpoint for new conversations: the configured one, else the one last chosen, else the first whose key is at
    hand, else the demo. A configured one that a mistake disables stays the answer: nothing is sent elsewhere unasked.
    """
    said = world.config.said.get("default")
    if isinstance(said, str) and (said in world.config.endpoints or said in disabled(world.config)):
        return said
    remembered = Store(world.paths.data).memory.recall().get("endpoint")
    if isinstance(remembered, str) and remembered in world.config.endpoints:
        return remembered
    working = (name for name, found in world.config.endpoints.items() if key_state(found.api_key) != "not set")
    return next(working, discover.DEMO.name)


def key_state(key: Secret | None) -> str:
    """Whether there is a key: none, set, not set; or not looked at, where only a command or a keyring could tell."""
    if key is None:
        return "none"
    if key.source.startswith(("the command", "the keyring")):
        return "not looked at"
    try:
        key.reveal()
    except SecretError:
        return "not set"
    return "set"


def conversation(store: Store, arguments: argparse.Namespace) -> str | None:
    """The id of the conversation that the command line means, None for a new one. Raises NotFound."""
    if arguments.conversation is not None:
        return store.find(arguments.conversation)
    if not arguments.newest:
        return None
    newest = next(store.latest(), None)
    if newest is None:
        raise NotFound("There is no conversation to continue.", hint="Leave out --continue to begin one.")
    return newest.id


def wire() -> Wire:
    """The network. Loads the HTTP library: call it late."""
    from chattui.providers import demo
    from chattui.wire.http import HttpWire

    return HttpWire(local={"demo": demo.answer})


def tapes(world: World, writer: Writer | None, endpoint: Endpoint) -> Tapes | None:
    """What records the replies of a command; None where nobody asked for it."""
    if writer is None or endpoint.record == "none":
        return None
    import time

    from chattui.tapes import Tapes

    return Tapes(world.paths.tapes, writer.later, time.monotonic, time.time, memory=False)


async def load_network() -> None:
    """Load all that the first request would load, so that times measured after it are the network's."""
    from chattui.wire import http

    await http.load()
