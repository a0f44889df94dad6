"""What a back-end in the rule language keeps: its chats, and the messages of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from chattui.chat import Message, Role
from chattui.endpoint import Endpoint
from chattui.errors import ChatError, NotAnApi, Unsupported
from chattui.events import JSON
from chattui.providers import ServerChat, refusal
from chattui.providers.rules import extract
from chattui.providers.rules.request import rules_of, side
from chattui.rules import Call, first
from chattui.wire import Wire

MOST_PAGES = 100
ROLES: Mapping[JSON, Role] = {"user": "user", "human": "user", "system": "system"}
"""Who is neither is the bot, or whoever answers in its place."""


async def chats(endpoint: Endpoint, wire: Wire) -> tuple[ServerChat, ...] | None:
    """See Provider.chats."""
    call = rules_of(endpoint).calls.get("chats")
    if call is None:
        return None
    found: dict[str, ServerChat] = {}
    for _ in range(MOST_PAGES):
        before = len(found)
        skip = {call.offset: str(before)} if call.offset and before else {}
        for item in await _listed(call, replace(endpoint, query={**endpoint.query, **skip}), wire, {}):
            remote = {name: value for name, paths in call.keep.items() if (value := first(item, paths)) is not None}
            if len(remote) == len(call.keep):
                title = extract.words(first(item, call.title or (("title",),))) or ""
                found.setdefault(repr(remote), ServerChat(remote, title, moment(first(item, call.time))))
        if not call.offset or len(found) == before:
            break
    return tuple(found.values())


async def messages(endpoint: Endpoint, wire: Wire, remote: Mapping[str, JSON]) -> tuple[Message, ...]:
    """See Provider.messages."""
    call = rules_of(endpoint).calls.get("messages")
    if call is None:
        raise Unsupported(f"‘{endpoint.name}’ does not tell what its server keeps.", hint="It needs calls.messages.")
    found: list[Message] = []
    for at, item in enumerate(await _listed(call, endpoint, wire, remote)):
        text = extract.words(first(item, call.text or (("content",), ("text",))))
        if text is None:
            continue
        who = first(item, call.role or (("role",),))
        listed = first(item, call.sources) if call.sources else None
        cited = (extract.source({}, one) for one in (listed if isinstance(listed, list) else []))
        found.append(
            Message(
                extract.words(first(item, call.id or (("id",),))) or f"no. {at}",
                None,
                ROLES.get(who, "assistant") if isinstance(who, str) else "assistant",
                text,
                moment(first(item, call.time)),
                sources=tuple(source for source in cited if source is not None),
            )
        )
    return tuple(found)


async def _listed(call: Call, endpoint: Endpoint, wire: Wire, remote: Mapping[str, JSON]) -> list[JSON]:
    try:
        answer = await wire.fetch(side(call, endpoint, kept=remote), endpoint)
    except ChatError as error:
        raise refusal(error, endpoint) from None
    listed = first(answer, call.each or ((),))
    if not isinstance(listed, list):
        raise NotAnApi(f"{endpoint.host} answered without the list that was asked for.", hint="See docs/providers.md.")
    return listed


def moment(value: JSON) -> float:
    """A time as Unix seconds: from seconds, milliseconds or an ISO date (without a zone: UTC); 0 for anything else."""
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
            return max(0.0, (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            pass
    number = extract.number(value) or 0.0
    return number / 1000 if number > 1e11 else number
