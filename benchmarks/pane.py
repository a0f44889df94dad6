"""What the message pane costs: CPU per chunk as a reply grows, opening and resizing long conversations, memory.

    python benchmarks/pane.py            # every measure, once, against the reference
    python benchmarks/pane.py stream 50000 pane

Each measure runs in a process of its own inside a pseudo-terminal of 120×40 whose output is read and thrown away. The
reference is a line-API pane that renders closed blocks once with rich.markdown and repaints the rows that changed.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import pty
import re
import resource
import struct
import sys
import termios
import threading
import time
from collections.abc import Iterator

CHUNK = 4
PROSE = """\
Streaming **replies** arrive in *small* pieces, and a terminal has to show them as they come; see `render`.

- first item with some words in it
- second item with `code`
  - nested item

| Format | Marker |
| --- | --- |
| OpenAI | `[DONE]` |
| Anthropic | message_stop |

```python
async for event in source.aiter_sse():
    if event.data == '[DONE]':
        break  # the end
```

## A heading

> A quote of one line.

More prose that is long enough to be wrapped at the right edge of the pane, as prose is, and then a little more.

"""
DOCUMENTS = {
    "list": "- an item with **bold** words and `code` in it\n",
    "table": "| cell one | `two` | three and more | 4 |\n",
    "code": "    value = compute(index, 'text') + 42  # why\n",
    "paragraph": "words of one long paragraph that *never* ends and has no line break ",
    "cjk": "这是一个很长的句子，用来测试换行。",
    "quote": "> > quoted words that are answered\n",
}
PREFIX = {"table": "| a | b | c | d |\n|---|---|---|---|\n", "code": "```python\n"}


def source(name: str, size: int) -> str:
    """A text of that many characters."""
    piece = PROSE if name == "prose" else DOCUMENTS[name]
    return (PREFIX.get(name, "") + piece * (size // len(piece) + 1))[:size]


def chunks(text: str) -> Iterator[str]:
    return (text[at : at + CHUNK] for at in range(0, len(text), CHUNK))


def memory() -> float:
    """Peak resident memory in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(kind: str, document: str, number: int, rate: float) -> dict[str, float]:
    """One measure, in this process and its terminal. `kind`: pane, reference, open or resize."""
    from rich.markdown import Markdown
    from rich.text import Text
    from textual.app import App, ComposeResult
    from textual.geometry import Size
    from textual.scroll_view import ScrollView
    from textual.strip import Strip
    from textual.widgets import Input

    from chattui.chat import Message
    from chattui.events import TextDelta
    from chattui.tui.transcript import Transcript

    class Reference(ScrollView):
        DEFAULT_CSS = "Reference { overflow-y: scroll; overflow-x: hidden; }"
        fence = re.compile(r"^ {0,3}(`{3,}|~{3,})")

        def on_mount(self) -> None:
            self.strips: list[Strip] = []
            self.closed, self.lines, self.tail, self.inside = 0, list[str](), "", False

        def put(self, text: str) -> None:
            done: list[str] = []
            *full, self.tail = (self.tail + text).split("\n")
            for line in full:
                if self.fence.match(line):
                    self.inside = not self.inside
                self.lines.append(line)
                if not self.inside and not line.strip():
                    done.append("\n".join(self.lines))
                    self.lines = []
            old, first = self.strips[self.closed :], self.closed
            new = [strip for block in done for strip in [*self.draw(block), Strip.blank(1)]]
            self.closed = first + len(new)
            new += self.draw("\n".join([*self.lines, self.tail]))
            self.strips[first:] = new
            size = Size(self.scrollable_content_region.width, len(self.strips))
            if size != self.virtual_size:
                before = self.scroll_offset.y
                self.virtual_size = size
                self.scroll_end(animate=False, immediate=True)
                if self.scroll_offset.y != before:
                    self.refresh()
                    return
            same = next(
                (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new))
            )
            self.refresh_lines(first + same, max(len(old), len(new)) - same)

        def draw(self, text: str) -> list[Strip]:
            if not text.strip():
                return []
            console, width = self.app.console, self.scrollable_content_region.width
            options = console.options.update(width=width, height=None, highlight=False)
            content = Markdown(text) if text else Text(text)
            return [Strip(row, width) for row in console.render_lines(content, options, pad=True)]

        def render_line(self, y: int) -> Strip:
            row = y + self.scroll_offset.y
            if row >= len(self.strips):
                return Strip.blank(self.size.width, self.rich_style)
            return self.strips[row].crop_extend(0, self.size.width, self.rich_style).apply_style(self.rich_style)

    found: dict[str, float] = {}

    class Bench(App[None]):
        CSS = "Transcript, Reference { height: 1fr; }"

        def compose(self) -> ComposeResult:
            yield Reference() if kind == "reference" else Transcript()
            yield Input()

        def on_mount(self) -> None:
            self.run_worker(self.measure())

        async def measure(self) -> None:
            await asyncio.sleep(0.2)
            found["memory before"] = memory()
            stalled = asyncio.create_task(self.stalls())
            began, cpu = time.perf_counter(), time.process_time()
            if kind == "reference":
                await self.reference()
            elif kind == "pane":
                await self.pane()
            else:
                await self.open()
            found["wall"], found["cpu"] = time.perf_counter() - began, time.process_time() - cpu
            found["memory after"] = memory()
            stalled.cancel()
            self.exit()

        async def stalls(self) -> None:
            """The longest time that the loop did not come round, in milliseconds."""
            found["stall ms"] = 0.0
            while True:
                before = time.perf_counter()
                await asyncio.sleep(0.002)
                found["stall ms"] = max(found["stall ms"], 1000 * (time.perf_counter() - before) - 2)

        async def pane(self) -> None:
            view = self.query_one(Transcript)
            view.show([Message("q", None, "user", "Go on"), Message("a", "q", "assistant", state="streaming")])
            text = source(document, number * CHUNK)
            for at, chunk in enumerate(chunks(text)):
                view.write("a", TextDelta(chunk))
                await self.pace(at)
            view.finish(Message("a", "q", "assistant", text))
            await asyncio.sleep(0.05)

        async def reference(self) -> None:
            view = self.query_one(Reference)
            pending: list[str] = []

            async def painter() -> None:
                while True:
                    if pending:
                        text = "".join(pending)
                        pending.clear()
                        view.put(text)
                    await asyncio.sleep(1 / 20)

            task = asyncio.create_task(painter())
            for at, chunk in enumerate(chunks(source(document, number * CHUNK))):
                pending.append(chunk)
                await self.pace(at)
            await asyncio.sleep(0.1)
            task.cancel()

        async def pace(self, at: int) -> None:
            if rate:
                await asyncio.sleep(1 / rate)
            elif at % 25 == 24:
                await asyncio.sleep(0.0004)  # as long as 25 chunks take to be read off a socket

        async def open(self) -> None:
            view = self.query_one(Transcript)
            text = source("prose", 1500)
            messages = [
                Message(str(at), str(at - 1), "assistant" if at % 2 else "user", f"{at}\n\n{text}")
                for at in range(number)
            ]
            before, began = memory(), time.perf_counter()
            view.show(messages)
            view.render_lines(view.size.region)
            found["open ms"] = 1000 * (time.perf_counter() - began)
            found["memory open"] = memory() - before
            if kind == "resize":
                for width in (80, 120):
                    view.styles.width = width
                    before_width = view.size.width
                    began = time.perf_counter()
                    while view.size.width == before_width:  # noqa: ASYNC110 — there is no event to wait for
                        await asyncio.sleep(0.001)
                    view.render_lines(view.size.region)
                    found[f"resize to {width} ms"] = 1000 * (time.perf_counter() - began)

    app = Bench()
    if os.environ.get("PROFILE"):
        import cProfile

        profile = cProfile.Profile()
        profile.enable()
        app.run()
        profile.disable()
        profile.dump_stats(os.environ["PROFILE"])
    else:
        app.run()
    return found


def child(*arguments: str) -> dict[str, float]:
    """`run` in a process with a terminal of its own."""
    read, write = os.pipe()
    process, terminal = pty.fork()
    if not process:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        os.dup2(write, 9, inheritable=True)
        os.execv(sys.executable, [sys.executable, __file__, "--child", *arguments])
    os.close(write)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    written = 0

    def drain() -> None:
        nonlocal written
        try:
            while data := os.read(terminal, 65536):
                written += len(data)
        except OSError:
            return

    reader = threading.Thread(target=drain)
    reader.start()
    with os.fdopen(read) as answer:
        text = answer.read()
    os.waitpid(process, 0)
    reader.join()
    os.close(terminal)
    return {**json.loads(text or "{}"), "bytes": written}


def show(title: str, found: dict[str, float]) -> None:
    print(
        f"{title:34}",
        "  ".join(f"{name} {value:,.3g}" if value < 1000 else f"{name} {value:,.0f}" for name, value in found.items()),
    )


def main() -> None:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--child"]:
        kind, document, size, pace = arguments[1:]
        found = run(kind, document, int(size), float(pace))
        os.write(9, json.dumps(found).encode())
        return
    if arguments:
        show(" ".join(arguments), child(*arguments, *["0"][len(arguments) - 3 :]))
        return
    for count in (2_000, 10_000, 50_000):
        ours, theirs = child("pane", "prose", str(count), "0"), child("reference", "prose", str(count), "0")
        show(f"{count} chunks", ours)
        show("  reference", theirs)
        print(f"  CPU per chunk {ours['cpu'] / count * 1e6:.1f} µs, {ours['cpu'] / theirs['cpu']:.2f} of the reference")
    for document in DOCUMENTS:
        show(f"20 KB {document}", child("pane", document, "5000", "0"))
    for name in ("pane", "reference"):
        show(f"100 chunks/s, 5 s: {name}", child(name, "prose", "500", "100"))
    for count in (1_000, 10_000):
        show(f"open {count} messages", child("open", "prose", str(count), "0"))
    show("resize 10,000 messages", child("resize", "prose", "10000", "0"))


if __name__ == "__main__":
    main()
