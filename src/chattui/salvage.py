"""What can be had of a damaged document: pure reading, for `chattui store check` and `repair`."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace

from chattui.chat import Conversation
from chattui.errors import StoreError
from chattui.events import JSON
from chattui.merging import merged
from chattui.reading import conversation, decode, message
from chattui.store import Store


def salvaged(store: Store, name: str) -> Conversation | None:
    """What can be had of a damaged document: the messages that are whole in it, and those of its older version."""
    try:
        data = store.path(name).read_bytes()
    except OSError:
        return None
    older: Conversation | None = None
    with suppress(OSError, StoreError):
        older = replace(decode(store.path(name, ".bak").read_bytes(), name), id=name)
    found = _whole(data, name)
    if found is None or older is None:
        return found or older
    return merged(None, found, older)


_CUT = re.compile(r'\{"id": ("[^"\\]+"), "parent": (null|"[^"\\]*"), "role": ("[^"\\]+"), "text": "((?:[^"\\]|\\.)*)')


def _whole(data: bytes, name: str) -> Conversation | None:
    """The metadata, every message of which the line is whole, and the words of one that is cut; None when there is
    nothing of that.
    """
    text = data.decode("utf-8", "replace")
    start, mark, rest = text.partition(', "messages": [')
    head = parsed(f"{start}}}".encode("utf-8", "surrogatepass")) if mark else None
    entries = [_entry(line.strip().rstrip(",")) for line in (rest or text).split("\n")]
    messages = [entry for entry in entries if message(entry) is not None]
    if not isinstance(head, dict) and not messages:
        return None
    known = head if isinstance(head, dict) else {}
    return conversation({**known, "v": 1, "id": name, "messages": messages})


def _entry(line: str) -> JSON:
    """The value of a line, or as much of the message in it as there is."""
    value = parsed(line.encode("utf-8", "surrogatepass"))
    if value is not None or (cut := _CUT.match(line)) is None:
        return value
    known, parent, role, text = cut.groups()
    return parsed(
        f'{{"id": {known}, "parent": {parent}, "role": {role}, "text": "{text}", "state": "incomplete"}}'.encode()
    )


def parsed(data: bytes) -> JSON:
    """The JSON value in these bytes; None when there is none."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
