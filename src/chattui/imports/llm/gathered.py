"""What is gathered of one conversation of llm, and what both of its forms share."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from chattui import attach, safe
from chattui.chat import Message
from chattui.events import JSON, Attachment, Usage
from chattui.imports import table, text, whole


@dataclass(slots=True)
class Gathered:
    """A conversation of llm while it is read."""

    messages: dict[str, Message] = field(default_factory=dict)
    head: str | None = None
    system: str | None = None
    files: dict[Attachment, bytes] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)

    def attached(self, row: sqlite3.Row) -> Attachment:
        """The file of a row of `attachments`. A path in it is a name and nothing more: nothing is read from there."""
        content, url, path = row["content"], text(row["url"]), text(row["path"])
        name = safe.line((path or url).replace("\\", "/").rpartition("/")[2], 80) or "attachment"
        if isinstance(content, bytes) and 0 < len(content) <= attach.IMAGE_BYTES:
            file = attach.described(content, name, text(row["type"]))
            self.files[file] = content
            return file
        if not url:
            self.lost.append("a file that is not in the database")
        return Attachment(name, text(row["type"]), url=url[:2000])


def parsed(said: JSON) -> Mapping[str, JSON]:
    """The JSON object in a column, {} when there is none."""
    try:
        return table(json.loads(said)) if isinstance(said, str) else {}
    except (ValueError, RecursionError):
        return {}


def usage(row: sqlite3.Row) -> Usage | None:
    """The tokens of a row."""
    details = parsed(row["token_details"])
    found = Usage(
        whole(row["input_tokens"]),
        whole(row["output_tokens"]),
        whole(table(details.get("prompt_tokens_details")).get("cached_tokens")),
        whole(table(details.get("completion_tokens_details")).get("reasoning_tokens")),
    )
    return found if found != Usage() else None
