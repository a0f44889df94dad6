"""What the parts of a stored message say beyond what this version reads: kept beside them, and written back. Pure.

A tool call, a source, a usage … of a newer version, of another program or of a person's hand may have fields that are
unknown here, or be of a shape that cannot be read at all. An entry is found again by the value that names it (the id of
a tool call, the address of a source): what belongs to an entry that is gone goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields

from chattui.chat import Beyond, Rest
from chattui.events import JSON

NAMED_BY = {
    "tools": "id",
    "sources": "url",
    "attachments": "name",
    "choices": "label",
    "lines": "endpoint",
    "error": "text",
    "kept": "by",
    "usage": None,
    "timing": None,
}
"""The parts that are objects, or lists of them, and the field without which an entry is none; None = there is none."""


def beyond(stored: Mapping[str, JSON], read: object) -> Beyond:
    """What is in the parts of the stored object, and not in what was read from it. Mostly nothing."""
    found: dict[str, tuple[Rest, ...]] = {}
    for part in NAMED_BY.keys() & stored.keys():
        if hasattr(read, part) and (rests := _rests(stored[part], NAMED_BY[part], getattr(read, part))):
            found[part] = rests
    if "notices" in stored and (odd := [one for one in _listed(stored["notices"]) if not isinstance(one, str)]):
        found["notices"] = tuple((None, entry) for entry in odd)
    return found


def _rests(value: JSON, key: str | None, read: object) -> tuple[Rest, ...]:
    items = iter(read if isinstance(read, tuple) else (read,))
    found: list[Rest] = []
    for entry in _listed(value):
        if isinstance(entry, dict) and (key is None or isinstance(entry.get(key), str)):
            item = next(items)
            ours = item.__match_args__
            odd = {name: known for name, known in entry.items() if name not in ours or getattr(item, name) != known}
            said = plain(item) if odd else odd
            found.append((_name(item, key), {name: known for name, known in odd.items() if name not in said}))
        else:
            found.append((None, entry))
    return tuple(found) if any(rest or name is None for name, rest in found) else ()


def _listed(value: JSON) -> Sequence[JSON]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _name(item: object, key: str | None) -> str:
    return "" if key is None else str(getattr(item, key))


def written(part: str, items: Iterable[object], known: Beyond) -> list[JSON]:
    """The entries as they are stored: what this version says of each, with what it does not understand."""
    if part not in known:
        return [item if isinstance(item, str) else plain(item) for item in items]
    rests = list(known[part])
    key = NAMED_BY.get(part)
    found: list[JSON] = []
    for item in items:
        if isinstance(item, str):
            found.append(item)
            continue
        said, name = plain(item), _name(item, key)
        at = next((at for at, (of, _) in enumerate(rests) if of == name), None)
        found.append(said if at is None else {**said, **rests.pop(at)[1], **said})
    return [*found, *(entry for name, entry in rests if name is None)]


def plain(value: object) -> dict[str, JSON]:
    """A small dataclass without the fields that are at their default."""
    return {
        field.name: list(known) if isinstance(known, tuple) else known
        for field in fields(value)  # type: ignore[arg-type]  # every caller gives a dataclass
        if (known := getattr(value, field.name)) != field.default
    }
