"""The replies in the store, as the figures need them. Reads documents as JSON: building conversations takes longer.

Everything here blocks: call it from a thread.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping

from chattui.documents import MOST_BYTES
from chattui.events import JSON
from chattui.stats import Reply
from chattui.store import Store


def replies(store: Store, since: float = 0.0) -> Iterator[Reply]:
    """Every reply of an endpoint since then, in no order; those of other branches included.

    Documents that cannot be read are passed over; so is what was imported, which no endpoint of ours has said.
    Raises StoreError.
    """
    for name in store.ids():
        path = store.folder / f"{name}.json"
        try:
            about = path.stat()
            if about.st_mtime < since or about.st_size > MOST_BYTES:
                continue
            value = json.loads(path.read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        listed = value.get("messages") if isinstance(value, dict) else None
        for item in listed if isinstance(listed, list) else ():
            reply = _reply(item) if isinstance(item, dict) and item.get("role") == "assistant" else None
            if reply is not None and reply.when >= since:
                yield reply


def _reply(item: Mapping[str, JSON]) -> Reply | None:
    endpoint, model, state = item.get("endpoint"), item.get("model"), item.get("state")
    if not isinstance(endpoint, str) or not endpoint:
        return None
    timing, used = item.get("timing"), item.get("usage")
    times = timing if isinstance(timing, dict) else {}
    tokens = used if isinstance(used, dict) else {}
    return Reply(
        when=_number(item.get("created")) or 0.0,
        endpoint=endpoint,
        model=model if isinstance(model, str) else "",
        state=state if isinstance(state, str) else "",
        first=_number(times.get("first")),
        total=_number(times.get("total")),
        input=_whole(tokens.get("input")),
        output=_whole(tokens.get("output")),
        cost=_number(tokens.get("cost")),
    )


def _number(value: JSON) -> float | None:
    usable = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    return float(value) if usable and math.isfinite(value) and value >= 0 else None


def _whole(value: JSON) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None
