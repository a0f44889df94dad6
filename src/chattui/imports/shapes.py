"""Which program wrote a JSON value, and its conversations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from chattui import safe
from chattui.events import JSON
from chattui.imports import Item, Skipped, chatgpt, claude, openai, own, table, text
from chattui.imports.values import Value

MOST_MESSAGES = 200_000
"""Of a conversation that is a bare list of messages."""


def items(found: Iterable[Value | Skipped], asset: chatgpt.Asset, when: float) -> Iterator[Item]:
    """The conversations in the values of a file. Values that are messages themselves are one conversation together."""
    loose: list[JSON] = []
    for value in found:
        if isinstance(value, Skipped):
            yield value
        elif openai.is_message(value.value) and len(loose) < MOST_MESSAGES:
            loose.append(value.value)
        else:
            yield from _of(value.value, f"value {value.number}", asset, when)
    if loose:
        yield openai.read({"messages": loose}, when)


def _of(value: JSON, place: str, asset: chatgpt.Asset, when: float) -> Iterator[Item]:
    if isinstance(value, list) and any(map(openai.is_message, value)):
        yield openai.read({"messages": value}, when)
    elif isinstance(value, dict) and isinstance(value.get("conversations"), list):
        for number, inner in enumerate(value["conversations"], 1):
            yield _one(inner, f"{place}, conversation {number}", asset, when)
    else:
        yield _one(value, place, asset, when)


def _one(value: JSON, place: str, asset: chatgpt.Asset, when: float) -> Item:
    if not isinstance(value, dict):
        return Skipped(place, "It is no conversation.")
    named = safe.line(text(value.get("title")) or text(value.get("name")), 80)
    try:
        return _read(value, named or place, asset, when)
    except RecursionError:
        return Skipped(named or place, "It is nested too deeply.")


def _read(value: Mapping[str, JSON], name: str, asset: chatgpt.Asset, when: float) -> Item:
    if chatgpt.fits(value):
        return chatgpt.read(value, asset)
    if claude.fits(value):
        return claude.read(value)
    if own.fits(value):
        return own.read(value)
    if openai.fits(value):
        return openai.read(value, when)
    if isinstance(value.get("messages"), list) and not value["messages"]:
        return Skipped(name, "It has no messages.", broken=False)
    if "mapping" in table(value) or "messages" in value:
        return Skipped(name, "Its messages have a form that is not known here.")
    return Skipped(name, "It is no conversation of a program that is known here.")
