"""JSON Patch (RFC 6902), as far as agents use it to tell how their state changes: add, replace, remove, move, copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy

from chattui.events import JSON


def patched(document: JSON, operations: Iterable[Mapping[str, JSON]]) -> JSON:
    """A changed copy of the document. Raises ValueError or LookupError for an operation that does not fit it."""
    document = deepcopy(document)
    for operation in operations:
        path = _pointer(operation["path"])
        match operation["op"]:
            case "add" | "replace":
                document = _set(document, path, deepcopy(operation.get("value")), insert=operation["op"] == "add")
            case "remove":
                _remove(document, path)
            case "move":
                document = _set(document, path, _remove(document, _pointer(operation["from"])), insert=True)
            case "copy":
                document = _set(document, path, deepcopy(_at(document, _pointer(operation["from"]))), insert=True)
            case "test":
                pass
            case _:
                raise ValueError("not an operation")
    return document


def _pointer(pointer: JSON) -> list[str]:
    if not isinstance(pointer, str) or (pointer and pointer[0] != "/"):
        raise ValueError("not a JSON pointer")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def _at(document: JSON, path: list[str]) -> JSON:
    for key in path:
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def _set(document: JSON, path: list[str], value: JSON, *, insert: bool) -> JSON:
    if not path:
        return value
    *way, key = path
    holder = _at(document, way)
    match holder:
        case list() if insert:
            holder.insert(len(holder) if key == "-" else int(key), value)
        case list():
            holder[int(key)] = value
        case dict():
            holder[key] = value
        case _:
            raise ValueError("nothing can stand there")
    return document


def _remove(document: JSON, path: list[str]) -> JSON:
    *way, key = path
    holder = _at(document, way)
    return holder.pop(int(key)) if isinstance(holder, list) else holder.pop(key)
