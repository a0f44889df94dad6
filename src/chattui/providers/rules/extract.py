"""What rules take out of JSON: paths, fields, lists of things, texts and numbers. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from chattui.events import JSON, Choice, SourceCited, Usage
from chattui.rules import Action, Paths, look
from chattui.wire import Frame

URLS = ("url", "link", "href", "uri", "source")
TITLES = ("title", "name", "label", "id")
SNIPPETS = ("snippet", "description", "text", "content", "pageContent")
LABELS = ("label", "title", "text", "content", "name", "value")
VALUES = ("value", "message", "payload")
"""Where sources and choices keep things when a rule does not say."""
NO_JSON: Final = object()
"""What a frame holds that is no JSON."""


def get(paths: Paths, frame: Frame, value: JSON) -> JSON:
    """The first that is there; the whole of data that is no JSON text is the data itself."""
    for way in paths:
        if way == ():
            return value if isinstance(value, str) else frame.data
        if value is not NO_JSON and (found := look(value, way)) is not None:
            return found
    return None


def field(fields: Mapping[str, Paths], name: str, value: JSON, instead: tuple[str, ...] = ()) -> JSON:
    ways: Paths = fields[name] if name in fields else tuple((key,) for key in instead)
    return next((found for way in ways if (found := look(value, way)) is not None), None)


def each(fields: Mapping[str, Paths], value: JSON) -> list[JSON]:
    if "each" not in fields:
        return [value]
    found = field(fields, "each", value)
    return found if isinstance(found, list) else [] if found is None else [found]


def items(action: Action, value: JSON) -> list[JSON]:
    """What sources or choices are read from: the elements of a list, or one thing alone."""
    if not action.paths:
        return each(action.fields, value)
    found = next((found for way in action.paths if (found := look(value, way)) is not None), None)
    return found if isinstance(found, list) else [] if found is None else [found]


def source(fields: Mapping[str, Paths], item: JSON) -> SourceCited | None:
    if isinstance(item, str):
        return SourceCited(item) if item else None
    url = words(field(fields, "url", item, URLS)) or ""
    title = words(field(fields, "title", item, TITLES)) or ""
    return SourceCited(url, title, words(field(fields, "snippet", item, SNIPPETS)) or "") if url or title else None


def choice(fields: Mapping[str, Paths], item: JSON) -> Choice | None:
    if isinstance(item, str):
        return Choice(item, item) if item else None
    label = words(field(fields, "label", item, LABELS)) or ""
    return Choice(label, words(field(fields, "value", item, VALUES)) or label) if label else None


def usage(fields: Mapping[str, Paths], value: JSON) -> Usage | None:
    found = {name: number(field(fields, name, value)) for name in fields}
    whole = {name: int(count) for name, count in found.items() if count is not None and name != "cost"}
    cost = found.get("cost")
    return Usage(**whole, cost=cost) if whole or cost is not None else None


def number(value: JSON) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if 0 <= found < 1e15 and not isinstance(value, bool) else None


def words(value: JSON) -> str | None:
    """A text, or a number as text; None for everything else."""
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def json_text(value: JSON) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
