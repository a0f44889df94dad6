"""The declarative dialect: a request template and ordered rules, both data of the endpoint (`chattui.rules`).

A placeholder in an address is percent-encoded; in a header it is ASCII. What the server has sent is kept under the
endpoint's name in the conversation's `remote`, so that one back-end never hears the ids of another.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace

from chattui.endpoint import Endpoint
from chattui.errors import ChatError, CutShort, Reported, Unsupported
from chattui.events import JSON, ChatEvent, Finished, Notice, RemoteState, Started
from chattui.providers import Provider, Turn, refusal, stream
from chattui.providers.retold import RETOLD, earlier
from chattui.providers.rules.kept import chats, messages
from chattui.providers.rules.reading import Reading
from chattui.providers.rules.request import asks_for, request, retells, rules_of, side, values_of
from chattui.providers.stream import EMPTY_REPLY
from chattui.rules import Call, first
from chattui.rules.placeholders import UNKNOWN, filled
from chattui.wire import Frame, Wire


async def reply(turn: Turn, wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """See Provider.reply."""
    endpoint = turn.endpoint
    rules = rules_of(endpoint)
    if not turn.model and "models" in rules.calls and asks_for("model", endpoint):
        turn = replace(turn, model=(await models(endpoint, wire))[0])
        yield Started(turn.model)
    kept = _kept(turn)
    fresh = {name: item for name, item in rules.remote.items() if name not in kept}
    if fresh:
        made = filled(fresh, values_of(fresh, endpoint, turn, kept))
        kept |= made if isinstance(made, dict) else {}
        yield RemoteState({endpoint.name: dict(kept)})
    if turn.rewound and retells(endpoint) and earlier(turn):
        yield RETOLD
    sent = request(turn, kept)
    readings: list[Reading] = []

    def decoder() -> Reading:
        readings.append(Reading(rules.rules, endpoint.name, kept, plain=rules.framing == "text"))
        return readings[-1]

    finished: Finished | None = None
    try:
        async with aclosing(stream(wire, endpoint, sent, decoder, ends_at_eof=rules.ends_at_eof)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    finished = event
                elif event == Notice(EMPTY_REPLY):
                    yield Notice(_nothing_understood(readings[-1], endpoint) or rules.empty or EMPTY_REPLY)
                else:
                    yield event
    except CutShort:
        if readings and (strange := _nothing_understood(readings[-1], endpoint)):
            raise Reported(strange, hint="Its rules may not fit; see docs/providers.md.") from None
        raise
    last = readings[-1]
    if last.failure is not None:
        raise last.failure
    if (after := rules.calls.get("after")) is not None:
        async for event in _after(after, turn, last.kept, wire):
            yield event
    yield finished or Finished()


async def models(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    """See Provider.models."""
    call = rules_of(endpoint).calls.get("models")
    if call is None:
        raise Unsupported(f"‘{endpoint.name}’ has no list of models.", hint="Name one: model = …")
    answer = await wire.fetch(side(call, endpoint), endpoint)
    listed = first(answer, call.each or ((),))
    items = listed if isinstance(listed, list) else []
    names = (item if isinstance(item, str) else first(item, call.id or (("id",), ("name",))) for item in items)
    known = tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))
    if not known:
        raise Unsupported(f"{endpoint.host} named no model.", hint="Name one: model = …")
    return known


async def check(endpoint: Endpoint, wire: Wire) -> None:
    """Ask what the back-end offers to test a key with, where it offers something. Raises ChatError, SecretError."""
    if (call := rules_of(endpoint).calls.get("check")) is not None:
        try:
            async with wire.exchange(side(call, endpoint), endpoint):
                return
        except ChatError as error:
            raise refusal(error, endpoint) from None


async def login(endpoint: Endpoint, wire: Wire, email: str, password: str) -> tuple[str, str]:
    """Sign in: the cookie as `name=value`, and the user's id ("" when the server does not tell it).

    No older cookie goes along, and the origin does: Better Auth refuses the one without the other.
    Raises ChatError, SecretError.
    """
    call = rules_of(endpoint).calls.get("login")
    if call is None or not call.cookie:
        raise Unsupported(
            f"‘{endpoint.name}’ has no way to sign in.", hint="It needs calls.login; see docs/providers.md."
        )
    origin = "/".join(endpoint.url.split("/")[:3])
    params = {**endpoint.params, "email": email, "password": password}
    as_guest = replace(endpoint, api_key=None, params=params, headers={**endpoint.headers, "Origin": origin})
    async with wire.exchange(side(call, as_guest), as_guest) as exchange:
        given = re.search(rf"((?:__Secure-)?{re.escape(call.cookie)}=[^;,\s]+)", exchange.headers.get("set-cookie", ""))
        frames = [item async for item in exchange if isinstance(item, Frame)]
    if given is None:
        raise Reported("The server took the password but sent no cookie.")
    try:
        answer = frames[0].json() if frames else None
    except ValueError:
        answer = None
    user = first(answer, (("user", "id"), ("data", "user", "id")))
    return given[1], user if isinstance(user, str) else ""


PROVIDER = Provider(reply=reply, models=models, check=check, chats=chats, messages=messages)


async def _after(call: Call, turn: Turn, kept: Mapping[str, JSON], wire: Wire) -> AsyncGenerator[ChatEvent, None]:
    """What a second request adds to a reply that is whole; that it failed is told, and costs nothing."""
    endpoint = turn.endpoint
    wanted = filled(call.only, values_of(call.only, endpoint, turn, kept)) if call.only else True
    if wanted is UNKNOWN or not wanted:
        return
    reading = Reading(call.rules, endpoint.name, kept)
    try:
        asked = side(call, endpoint, turn, kept)
        async with wire.exchange(asked, endpoint) as exchange:
            async for item in exchange:
                if isinstance(item, Frame):
                    for event in reading(item):
                        if not isinstance(event, Finished):
                            yield event
    except (ChatError, ValueError) as error:
        said = error.text if isinstance(error, ChatError) else "It could not be read."
        yield Notice(f"A further question to {endpoint.host} failed: {said}")


def _kept(turn: Turn) -> dict[str, JSON]:
    kept = turn.remote.get(turn.endpoint.name)
    return dict(kept) if isinstance(kept, Mapping) else {}


def _nothing_understood(reading: Reading, endpoint: Endpoint) -> str:
    if reading.matched or not reading.unmatched:
        return ""
    count = "The one event" if reading.unmatched == 1 else f"None of the {reading.unmatched} events"
    fits = "fits no rule" if reading.unmatched == 1 else "fits a rule"
    return f"{count} of {endpoint.host} {fits}; the first was ‘{reading.stranger}’."
