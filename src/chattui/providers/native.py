"""What the vendors' own formats share: which messages are sent, what an API gets back of its own, how it is asked."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import replace
from itertools import groupby

from chattui import safe
from chattui.chat import Message, Role
from chattui.endpoint import Auth, Endpoint
from chattui.errors import NotAnApi, Rejected, Unsupported
from chattui.events import JSON, ChatEvent, Kept, Started
from chattui.providers import Dialect, Turn, prepared
from chattui.providers.fields import table
from chattui.providers.refused import fetched
from chattui.providers.stream import stream
from chattui.wire import Wire

LENGTH = "The reply hit its length limit."
_VERSION = re.compile(r"v\d+[a-z0-9]*")

Models = Callable[[Endpoint, Wire], Awaitable[tuple[str, ...]]]
Plainer = Callable[[Turn, Rejected], Turn | None]
"""A simpler turn to ask instead of one that was refused; None when the refusal is about something else."""


def under(endpoint: Endpoint, path: str) -> str:
    """The path below the address, without the version that the address has already: …/v1 and v1/messages."""
    first, _, rest = path.partition("/")
    last = endpoint.url.rstrip("/").rpartition("/")[2]
    return rest if last == first or (_VERSION.fullmatch(last) and _VERSION.fullmatch(first)) else path


def system(turn: Turn) -> str:
    """The system prompt, and what else was said in that role."""
    said = (message.text for message in turn.messages if message.role == "system")
    return "\n\n".join(text for text in (turn.system, *said) if text)


def said(turn: Turn) -> list[Message]:
    """What is sent of the branch: no failed and no empty answer, and no system messages."""
    return [
        message
        for message in turn.messages
        if message.role == "user"
        or (message.role == "assistant" and message.state != "failed" and (message.text or own(turn, message)))
    ]


def alternating(messages: Iterable[Message]) -> list[tuple[Role, list[Message]]]:
    """The messages in groups of one role, for APIs that want the roles to take turns."""
    return [(role, list(group)) for role, group in groupby(messages, key=lambda message: message.role)]


def issuer(turn: Turn) -> str:
    """Who issues what is kept of this turn's reply. A signature is of no use to another server or model."""
    return f"{turn.endpoint.provider}/{turn.endpoint.name}/{turn.model}"


def own(turn: Turn, message: Message) -> list[dict[str, JSON]]:
    """What this API issued itself of an old reply, as it was."""
    kept = message.kept
    return [dict(item) for item in kept.items if table(item)] if kept is not None and kept.by == issuer(turn) else []


def keep(turn: Turn, items: Iterable[JSON]) -> Kept:
    """The event that makes `own` find these items in later turns."""
    return Kept(issuer(turn), tuple(items))


def partial(turn: Turn) -> Message | None:
    """The message that the reply goes on from."""
    return next((message for message in turn.messages if message.id == turn.reply), None)


def asking(
    dialect: Dialect, models: Models, plainer: Plainer | None = None
) -> Callable[..., AsyncGenerator[ChatEvent]]:
    """A provider's `reply`: through the dialect, with the first listed model where none is set. What the server
    refuses is asked again as `plainer` says.
    """

    async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent]:
        if chosen := not turn.model:
            turn = replace(turn, model=await _first(models, turn.endpoint, wire))
            yield Started(turn.model)
        while True:
            request, decoder = dialect.request(turn), dialect.decoder
            try:
                async with aclosing(stream(wire, turn.endpoint, request, lambda: decoder(turn))) as events:  # noqa: B023 - the turn of this try
                    async for event in events:
                        yield event
            except Rejected as error:
                simpler = plainer(turn, error) if plainer is not None else None
                if simpler is None:
                    if chosen:
                        blame(error, turn.model)
                    raise
                turn = simpler
            else:
                return

    return reply


def blame(error: Rejected, model: str) -> None:
    """Tell the refusal of a model that nobody has asked for as that; any other refusal stays as it is."""
    if error.status == 404 or (error.status in {400, 403, 422} and model in error.body):
        error.hint = (
            f"Nobody chose ‘{safe.line(model, 60)}’: it is the first model that the server lists. "
            "Set model = … for the endpoint, or choose another."
        )


async def _first(models: Models, endpoint: Endpoint, wire: Wire) -> str:
    names = await models(endpoint, wire)
    if not names:
        raise Unsupported(f"{endpoint.host} has no model.", hint="Load or pull one there, or set model.")
    return names[0]


def is_other(what: str) -> NotAnApi:
    """The answer is JSON, but not of this API."""
    return NotAnApi(f"The answer is JSON, but no {what}.", hint="Check the address and the provider.")


async def listed(
    endpoint: Endpoint, wire: Wire, path: str, name: str, *, auth: Auth, headers: Mapping[str, str] | None = None
) -> list[JSON]:
    """The entries of the endpoint's list of models, which the answer holds under `name`. `endpoint.path` is the chat's
    and plays no part. Raises ChatError and SecretError only.
    """
    request = prepared(
        replace(endpoint, path=None), path, None, auth=auth, headers=headers, method="GET", framing="json"
    )
    found = table(await fetched(wire, request, endpoint)).get(name)
    if not isinstance(found, list):
        raise NotAnApi(
            f"{endpoint.host} did not answer with a list of models.", hint="Set models in the configuration."
        )
    return found
