"""`chattui pull NAME`: the conversations that a server keeps, taken into the store."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import asdict

from chattui import safe
from chattui.commands import running, world
from chattui.commands.exits import Exit
from chattui.commands.output import put, put_json, say
from chattui.endpoint import Endpoint
from chattui.pulling import Pulled, pull_all
from chattui.session import Means
from chattui.store import Store
from chattui.writer import Writer


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Fetch, save, report; 1 when some conversation failed. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    endpoint = world.endpoint(here, arguments.name)
    means = Means(world.wire(), Writer(Store(here.paths.data)))
    found = running.run(_pull(means, endpoint, shown=not arguments.json))
    counts = {what: sum(one.what == what for one in found) for what in ("new", "updated", "unchanged", "failed")}
    if arguments.json:
        put_json({"endpoint": endpoint.name, **counts, "conversations": [asdict(one) for one in found]}, indent=1)
    else:
        say(", ".join(f"{count} {what}" for what, count in counts.items() if count) or "The server keeps none.")
    return Exit.FAILED if counts["failed"] else Exit.COMPLETE


async def _pull(means: Means, endpoint: Endpoint, *, shown: bool) -> list[Pulled]:
    found: list[Pulled] = []
    try:
        async with aclosing(pull_all(means, endpoint)) as pulled:
            async for one in pulled:
                found.append(one)
                if shown and one.what != "unchanged":
                    put(line(one))
    finally:
        await means.wire.aclose()
        if means.writer is not None and not means.writer.close():
            say("The disk is slow; the last save may not be complete.")
    return found


def line(one: Pulled) -> str:
    """One conversation for a person: what became of it, how many messages came, its title."""
    title = safe.line(one.title, 60) or "(no title)"
    if one.what == "failed":
        return f"failed   {title}: {safe.line(one.error, 400)}"
    count = "1 message" if one.messages == 1 else f"{one.messages} messages"
    return f"{one.what:<7}  {one.id[-6:]}  {title} · {count}"
