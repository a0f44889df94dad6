"""A conversation as JSON: the document of the store, and the contents of its files in Base64 under "files"."""

from __future__ import annotations

import base64
import json

from chattui.chat import Conversation
from chattui.document import conversation_json
from chattui.events import JSON
from chattui.files import Files


def render(conversation: Conversation, files: Files) -> str:
    """One object, indented."""
    return json.dumps(value(conversation, files), ensure_ascii=False, indent=1) + "\n"


def value(conversation: Conversation, files: Files) -> dict[str, JSON]:
    """The document; `files` maps the SHA-256 of each kept file to its content."""
    attached = (file for message in conversation.walk() for file in message.attachments)
    contents = files.contents(attached)
    carried = {digest: base64.b64encode(data).decode("ascii") for digest, data in contents.items()}
    return {**conversation_json(conversation), **({"files": carried} if carried else {})}
