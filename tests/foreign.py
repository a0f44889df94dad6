"""Files as other programs write them, small: the forms follow real exports, the words are ours."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from chattui.imports.taking import Taken

Take = Callable[..., list[Taken]]
"""Imports a file with this content, or at this path."""

DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154"
    "08d763f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


def node(
    key: str, parent: str | None, role: str = "", *parts: Any, kind: str = "text", at: float = 0.0, **more: Any
) -> dict[str, Any]:
    """A node of a ChatGPT mapping; without a role it has no message."""
    if not role:
        return {"id": key, "message": None, "parent": parent, "children": []}
    content = more.pop("content", None) or {"content_type": kind, "parts": list(parts)}
    said = {
        "id": key, "author": {"role": role, "name": more.pop("name", None), "metadata": {}}, "create_time": at or None,
        "content": content, "status": more.pop("status", "finished_successfully"), "weight": 1.0,
        "metadata": more.pop("metadata", {}), "recipient": more.pop("recipient", "all"),
    }  # fmt: skip
    return {"id": key, "message": said, "parent": parent, "children": []}


def chatgpt(*nodes: dict[str, Any], current: str = "", title: str = "End markers", name: str = "c-1") -> dict[str, Any]:
    return {
        "title": title, "create_time": 1.7e9, "update_time": 1.7e9 + 60, "conversation_id": name, "id": name,
        "mapping": {one["id"]: one for one in nodes}, "current_node": current or nodes[-1]["id"],
        "moderation_results": [], "is_archived": False, "default_model_slug": "gpt-5",
    }  # fmt: skip


SLUG = {"model_slug": "gpt-5"}
BRANCHED = chatgpt(
    node("root", None),
    node("sys", "root", "system", "", metadata={"is_visually_hidden_from_conversation": True}),
    node("u1", "sys", "user", "How do SSE streams end?", at=1.7e9 + 1),
    node("a1", "u1", "assistant", "An older answer.", at=1.7e9 + 2, metadata=SLUG),
    node("t1", "u1", "assistant", kind="thoughts", at=1.7e9 + 3, metadata=SLUG,
         content={"content_type": "thoughts", "thoughts": [{"summary": "Looking", "content": "Each format differs."}]}),
    node("r1", "t1", "assistant", content={"content_type": "reasoning_recap", "content": "Thought for 3 s"}),
    node("c1", "r1", "assistant", recipient="python", metadata=SLUG, content={"content_type": "code", "text": "1 + 1"}),
    node("x1", "c1", "tool", name="python", content={"content_type": "execution_output", "text": "2"}),
    node("a2", "x1", "assistant", "With an **end marker**.\ue200cite\ue202turn0\ue201", at=1.7e9 + 9,
         metadata={**SLUG, "finish_details": {"type": "stop"}, "content_references": [
             {"matched_text": "\ue200cite\ue202turn0\ue201", "alt": " ([example](https://example.org))",
              "items": [{"url": "https://example.org", "title": "Example"}]}]}),
    node("u2", "a2", "user", "And then?", at=1.7e9 + 20),
    node("u2b", "a2", "user", "And if not?", at=1.7e9 + 30),
    node("a3", "u2b", "assistant", "Then it is", at=1.7e9 + 31, status="in_progress", metadata=SLUG),
)  # fmt: skip
PICTURED = chatgpt(
    node("u1", None, "user", {"content_type": "image_asset_pointer", "asset_pointer": "file-service://file-AbC1"},
         "What is this?", kind="multimodal_text", at=1.7e9),
    node("a1", "u1", "assistant", "A dot.", at=1.7e9 + 1),
    name="c-2", title="A picture",
)  # fmt: skip
CLAUDE = {
    "uuid": "8a1f", "name": "Kündigungsfrist", "created_at": "2026-03-29T07:06:35.552627Z",
    "updated_at": "2026-03-29T07:09:00.000000Z", "account": {"uuid": "x"},
    "chat_messages": [
        {"uuid": "m1", "sender": "human", "created_at": "2026-03-29T07:06:36Z", "text": "",
         "content": [{"type": "text", "text": "What does it say?"}], "files": [{"file_name": "scan.pdf"}],
         "attachments": [{"file_name": "", "file_type": "txt", "extracted_content": "Drei Monate."}]},
        {"uuid": "m2", "sender": "assistant", "created_at": "2026-03-29T07:06:40Z", "text": "old form",
         "content": [
             {"type": "thinking", "thinking": "It is German."},
             {"type": "tool_use", "id": "t1", "name": "search", "input": {"q": "Frist"}},
             {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "found"}]},
             {"type": "text", "text": "Three months.", "citations": [{"url": "https://example.org", "title": "BGB"}]},
         ], "attachments": [], "files": []},
        {"uuid": "m3", "sender": "human", "text": "Thanks", "content": [], "attachments": [], "files": []},
    ],
}  # fmt: skip
ROOT = "00000000-0000-4000-8000-000000000000"
TREED = {
    "uuid": "8a20", "name": "", "created_at": "2026-03-29T07:06:35Z", "current_leaf_message_uuid": "m2",
    "chat_messages": [
        {"uuid": "m1", "sender": "human", "text": "Hello", "parent_message_uuid": ROOT},
        {"uuid": "m2", "sender": "assistant", "text": "First", "parent_message_uuid": "m1"},
        {"uuid": "m3", "sender": "assistant", "text": "Second", "parent_message_uuid": "m1"},
    ],
}  # fmt: skip
OPENAI = {
    "model": "gpt-x",
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "Weather?"}, {"type": "image_url", "image_url": {
            "url": "data:image/png;base64," + base64.b64encode(DOT).decode()}}]},
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"at": "Zürich"}'}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
        {"role": "assistant", "content": "It rains."},
        {"role": "user", "content": "Thanks"},
    ],
}  # fmt: skip


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def zipped(members: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()
