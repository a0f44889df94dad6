"""Import and export of many conversations.

    .venv/bin/python benchmarks/carry.py [--conversations 10000] [--messages 20] [--folder FOLDER]

Writes a ChatGPT export with generated conversations, imports it into an empty store, imports it again (nothing is new
then), exports the store in every form, imports those of our own, and reads the figures. FOLDER should be on the disk
that counts; its fsync decides. Prints seconds, seconds of CPU, conversations a second, and the most memory that the
process has taken.
"""

import argparse
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from chattui import exports
from chattui.document import row_of
from chattui.exports import place
from chattui.imports import opening, report
from chattui.imports.taking import Taking
from chattui.stats import groups
from chattui.stats.reading import replies
from chattui.store import Store

WORDS = ("stream", "ends", "with", "a", "marker", "of", "its", "own", "when", "the", "server", "has", "said", "all")


def text(chance: random.Random) -> str:
    """About 780 bytes, as messages have on average; some with code."""
    words = " ".join(chance.choices(WORDS, k=140))
    return f"{words}\n\n```python\nprint({chance.random()})\n```" if chance.random() < 0.3 else words


def generated(path: Path, conversations: int, messages: int) -> None:
    """A conversations.json as ChatGPT exports it."""
    chance = random.Random(1)
    with path.open("w") as file:
        file.write("[")
        for number in range(conversations):
            then = 1.7e9 + number * 60
            mapping: dict[str, object] = {}
            above: str | None = None
            for at in range(messages):
                name = f"{number:08x}-{at:04x}"
                role = "assistant" if at % 2 else "user"
                mapping[name] = {
                    "id": name, "parent": above, "children": [],
                    "message": {
                        "id": name, "author": {"role": role}, "create_time": then + at,
                        "content": {"content_type": "text", "parts": [text(chance)]}, "recipient": "all",
                        "metadata": {"model_slug": "gpt-5"} if at % 2 else {},
                    },
                }  # fmt: skip
                above = name
            file.write(",\n" * bool(number))
            file.write(json.dumps({
                "title": f"Conversation {number}", "create_time": then, "update_time": then + messages,
                "conversation_id": f"c-{number}", "mapping": mapping, "current_node": above,
            }))  # fmt: skip
        file.write("]")


def timed(what: str, count: int, work: Callable[[], object]) -> None:
    """Do it, and tell how long it took."""
    begun, busy = time.perf_counter(), time.process_time()
    said = work()
    took, busy = time.perf_counter() - begun, time.process_time() - busy
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{what:<28}{took:>8.2f} s  {busy:>8.2f} s CPU  {count / took:>8,.0f}/s  {memory:>6,.0f} MB  {said or ''}",
        flush=True,
    )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--messages", type=int, default=20)
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    count = wanted.conversations
    with tempfile.TemporaryDirectory(dir=wanted.folder) as place_:
        folder = Path(place_)
        source = folder / "conversations.json"
        generated(source, count, wanted.messages)
        print(f"{count:,} conversations, {count * wanted.messages:,} messages, {source.stat().st_size / 1e6:,.0f} MB")

        def importing(path: Path, store: Store) -> str:
            taking = Taking(store)
            return report.summed([*taking.take(opening.items(path)), *taking.close()])

        store = Store(folder / "data")
        timed("import, ChatGPT", count, lambda: importing(source, store))
        timed("import again", count, lambda: importing(source, store))
        for form in exports.FORMATS.values():

            def write(form: exports.Format = form) -> None:
                out = folder / form.name
                place.make_folder(out)
                for found in map(store.load, store.ids()):
                    store.release(found.id)
                    data = exports.encoded(exports.rendered(found, form, store.files))
                    place.write(place.target(out, place.file_name(row_of(found), form.suffix)), data)

            timed(f"export, {form.words}", count, write)
        for name in ("markdown", "json"):
            files = list((folder / name).iterdir())

            def back(files: list[Path] = files, name: str = name) -> str:
                taking = Taking(Store(folder / f"data-{name}"))
                taken = [one for path in files for one in taking.take(opening.items(path))]
                return report.summed([*taken, *taking.close()])

            timed(f"import, own {name}", count, back)
        timed(
            "figures of all replies",
            count,
            lambda: f"{sum(map(len, groups(replies(store)).values()))} replies",
        )


if __name__ == "__main__":
    main()
