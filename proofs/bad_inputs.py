"""Malformed files in the store: nothing crashes, nothing is hidden, no byte of them changes.

    python proofs/bad_inputs.py bad_inputs.json      a list of {name, target, text | b64 | parts, expect}

Each `conversation`, `draft` and `index` item is put beside two good conversations. Then the list is read, everything is
opened, saved where it can be, searched for damage, and looked at again. `filesystem` items have tests of their own.
"""

from __future__ import annotations

import base64
import json
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chattui.chat import Conversation, Message
from chattui.checkup import check
from chattui.document import encode
from chattui.errors import StoreError
from chattui.index import Index, Unusable
from chattui.store import Store

ID = "0123456789abcdef012345"
GOOD = ("1" * 22, "2" * 22)


def content(item: Mapping[str, Any]) -> bytes:
    """The bytes of an item."""
    if "b64" in item:
        return base64.b64decode(item["b64"])
    if "parts" in item:
        return b"".join(text.encode() * count for text, count in item["parts"])
    return str(item["text"]).encode("utf-8", "surrogatepass")


def filled(data: Path) -> Store:
    """A store with two good conversations."""
    store = Store(data)
    for name in GOOD:
        store.save(Conversation(name, 1.0, 1.0).with_message(Message("m", None, "user", f"good {name[0]}"), now=2.0))
        store.release(name)
    return store


def judge(item: Mapping[str, Any], data: Path) -> list[str]:
    """What is wrong with what happens to this item."""
    store, outcome, raw = filled(data), item["expect"]["outcome"], content(item)
    match item["target"]:
        case "draft":
            path = store.drafts.path(ID)
        case "index":
            path = data / "index.sqlite"
        case _:
            path = store.path(ID)
    path.write_bytes(raw)
    path.chmod(0o600)
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wrong = []
    rows = {row.id: row for row in store.rows()}
    if not set(GOOD) <= set(rows) or any(rows[name].damaged for name in GOOD):
        wrong.append("a good conversation is hidden")
    for name in GOOD:
        store.load(name)
    readable, seconds = True, 0.0
    if item["target"] == "conversation":
        try:
            opened = store.open(ID)
        except StoreError as error:
            readable = False
            if path.name not in str(error):
                wrong.append(f"the file is not named: {error}")
        else:
            seconds = time.perf_counter() - began
            if path.read_bytes() != raw:
                wrong.append("opening has changed the file")
            again = store.save(opened.conversation)
            found = Store(data)
            store.release(ID)
            if encode(found.load(ID)) != encode(again):
                wrong.append("saved, it is another one")
            if b"x_unknown" in raw and b"x_unknown" not in path.read_bytes():
                wrong.append("unknown fields are gone")
        if outcome == "quarantine" and readable:
            wrong.append("it was accepted")
        if outcome in {"accept", "recover"} and not readable:
            wrong.append("it was refused")
        if not readable and path.read_bytes() != raw:
            wrong.append("its bytes have changed")
        if not readable and not store.row(ID, whole=True).damaged:
            wrong.append("the list does not say that it is damaged")
    if item["target"] == "index":
        try:
            Index(path, store).stamps()
            wrong.append("it was taken for an index")
        except Unusable:
            pass
    if item["target"] in {"draft", "index"} or not readable:
        if not any(finding.path == path for finding in check(Store(data), data / "index.sqlite")):
            wrong.append("store check does not name it")
        if path.read_bytes() != raw:
            wrong.append("its bytes have changed")
    seconds = seconds or time.perf_counter() - began
    extra = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    if seconds > item["expect"].get("max_seconds", 1.0):  # the list and opening it, where it can be opened
        wrong.append(f"{seconds:.1f} s")
    if extra > 2 * item["expect"].get("max_extra_mb", 64):
        wrong.append(f"{extra:.0f} MB more")
    return [f"{item['name']}: {one}" for one in wrong]


def main(file: str) -> list[str]:
    """What was wrong."""
    items = [item for item in json.loads(Path(file).read_text("utf-8"))["items"]
             if item["target"] in {"conversation", "draft", "index"}]  # fmt: skip
    wrong = []
    for item in items:
        folder = Path(tempfile.mkdtemp(prefix="chattui-bad-"))
        try:
            wrong += judge(item, folder / "data")
        except Exception as error:  # noqa: BLE001 - counted, whatever it is
            wrong.append(f"{item['name']}: {type(error).__name__}: {error}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(items)} items: {len(wrong)} wrong", *wrong, sep="\n")
    return wrong


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
