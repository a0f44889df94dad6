"""chattui against the vendors' own clients: the same questions to the same running servers, and the texts compared.

    python interop/compare.py --python PYTHON --node FOLDER… [--only WORD…]

PYTHON is one that has the packages named in sdks.py; each FOLDER has a version of the npm package `ai`. The servers are
those below; one that does not answer is left out, and that is said. Each question is asked by `chattui ask` (a process
of its own) and on the screen (headless), and both must have the client's text. Where the client raised, chattui must
not call its reply complete, and must have at least the client's text. Exit code 1 when anything differs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chattui import config, discover
from chattui.means import Means
from chattui.paths import Paths
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.late import LateWire
from chattui.writer import Writer

HERE = Path(__file__).parent
AIMOCK, LITELLM, GRAPH, AGENT, A2A = (f"http://127.0.0.1:{port}" for port in (18010, 18020, 18060, 18075, 18076))
ASKED = ("say hello", "unicode please", "markdown please", "think first", "call a tool", "text then tool",
         "escape please", "run out of tokens", "empty please", "filter me", "cut the stream", "rate limit me",
         "overload me", "too long", "keepalive please")  # fmt: skip

FLAWS = {("ollama", "unicode please"): "its client takes U+2028 for the end of a line",
         ("a2a", "unicode"): "its client takes U+2028 for the end of a line"}  # fmt: skip
"""Where the client is known to be wrong: kind and question."""
TAKEN_BACK = {"replaced"}
"""Questions whose answer takes back what was said: what `ask` has printed stays printed, and it says so."""


@dataclass(frozen=True)
class Server:
    """A server under test: how chattui is told of it, and how the client is."""

    name: str
    kind: str
    """The client: a kind of sdks.py, or ai and ai-4 of sdk.mjs."""
    provider: str
    url: str
    model: str = ""
    key: str = "k"
    sdk_url: str = ""
    """Where the client's base address is another."""
    params: str = ""
    asked: tuple[str, ...] = ASKED

    @property
    def lines(self) -> str:
        model = f'model = "{self.model}"\n' if self.model else ""
        return (
            f'[endpoints."{self.name}"]\nprovider = "{self.provider}"\nurl = "{self.url}"\n{model}'
            f'api_key = "{self.key}"\nparams = {{ {self.params} }}\nretry = {{ attempts = 0 }}\n'
        )

    @property
    def is_up(self) -> bool:
        where = urlsplit(self.url)
        try:
            socket.create_connection((where.hostname or "", where.port or 80), 1).close()
        except OSError:
            return False
        return True


def servers() -> Iterator[Server]:
    yield Server("aimock chat", "openai-chat", "openai-chat", f"{AIMOCK}/v1", "gpt-4o")
    yield Server("aimock responses", "openai-responses", "openai-responses", f"{AIMOCK}/v1", "gpt-4o")
    yield Server("aimock anthropic", "anthropic", "anthropic", AIMOCK, "claude-sonnet-4-5")
    yield Server("aimock gemini", "gemini", "gemini", AIMOCK, "gemini-2.0-flash")
    yield Server("aimock ollama", "ollama", "ollama", AIMOCK, "llama3")
    yield Server("aimock cohere", "cohere", "cohere", AIMOCK, "command-a")
    yield Server("aimock ag-ui", "ag-ui", "ag-ui", f"{AIMOCK}/agui", asked=("say hello", "search", "run error", "else"))
    yield Server("aimock a2a", "a2a", "a2a", f"{AIMOCK}/a2a", asked=("hello", "else"))
    tasks = ("hello", "unicode", "growing", "replaced", "two", "words", "two words", "data", "think", "ask", "fail",
             "reject", "crash")  # fmt: skip
    for name, settings in (("new", ""), ("old", 'version = "0.3"'), ("plain", "")):
        yield Server(f"a2a-sdk {name}", "a2a", "a2a", f"{A2A}/{name}/", params=settings, asked=tasks)
    key = "sk-test-master"
    mine = ("unicode please", "think first", "cut the stream", "rate limit me")
    for model in ("mock-hello", "mock-429", "mock-context", "no-such-model"):
        yield Server(
            f"litellm {model}", "openai-chat", "openai-chat", f"{LITELLM}/v1", model, key, asked=("say hello",)
        )
    for model in ("up-openai", "up-claude", "up-gemini", "up-ollama"):
        yield Server(f"litellm {model}", "openai-chat", "openai-chat", f"{LITELLM}/v1", model, key, asked=mine)
    for model in ("up-openai", "up-claude"):
        yield Server(f"litellm responses {model}", "openai-responses", "openai-responses", f"{LITELLM}/v1", model, key,
                     asked=mine)  # fmt: skip
        yield Server(f"litellm anthropic {model}", "anthropic", "anthropic", LITELLM, model, key, asked=mine)
    yield Server("litellm gemini", "gemini", "gemini", f"{LITELLM}/gemini", "gemini-2.0-flash", key, asked=mine)
    spoken = ("say hello", "unicode please", "markdown please", "think first", "cut the stream")
    for version, port in ((5, 18051), (6, 18050), (7, 18053)):
        yield Server(f"ai {version}", "ai", "vercel-ui", f"http://127.0.0.1:{port}/api/chat", asked=spoken)
    yield Server("ai 4", "ai-4", "vercel-ui", "http://127.0.0.1:18052/api/chat", params="sdk = 4", asked=spoken)
    words = ("hello", "unicode", "think", "tool", "failmid", "fail")
    yield Server("langgraph", "langgraph", "langgraph", GRAPH, "agent", asked=words)
    yield Server(
        "langgraph stateless", "langgraph", "langgraph", GRAPH, "agent", params="stateless = true", asked=words
    )
    said = ("hello", "unicode", "think", "tool", "crash")
    yield Server("pydantic-ai ag-ui", "ag-ui", "ag-ui", f"{AGENT}/agui", asked=said)
    yield Server("pydantic-ai vercel", "ai", "vercel-ui", f"{AGENT}/api/chat", asked=said)


# ---------------------------------------------------------------- the client


def client(server: Server, python: str, node: dict[str, Path]) -> list[dict[str, str]] | None:
    """The client's text and exception for each question; None when there is no such client here."""
    job = {"kind": server.kind, "url": server.sdk_url or server.url, "key": server.key, "model": server.model}
    jobs = json.dumps([{**job, "prompt": prompt} for prompt in server.asked])
    if server.kind.startswith("ai"):
        wanted = "4" if server.kind == "ai-4" else server.name.removeprefix("ai ")
        folder = node.get(wanted) or (node.get("5") if server.kind == "ai" else None)
        command, where = ["node", str(HERE / "sdk.mjs")], folder
    else:
        command, where = [python, "-W", "ignore", str(HERE / "sdks.py")], HERE
    if where is None or not command[0]:
        return None
    done = subprocess.run(command, input=jobs, capture_output=True, text=True, cwd=where, timeout=600, check=False)
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return None
    return [json.loads(line) for line in done.stdout.split("\n") if line.startswith("{")]


def versions(folders: list[Path]) -> dict[str, Path]:
    """Major version of the package `ai` -> the folder that has it."""
    return {
        json.loads((folder / "node_modules/ai/package.json").read_text())["version"].split(".")[0]: folder
        for folder in folders
    }


# ---------------------------------------------------------------- chattui


def asked(server: Server, prompt: str, home: Path) -> tuple[str, str]:
    """The text and the state of a reply, by `chattui ask`."""
    done = subprocess.run(
        [sys.executable, "-m", "chattui", "ask", "-e", server.name, prompt],
        capture_output=True, timeout=120, check=False, env={"CHATTUI_HOME": str(home), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    state = {0: "complete", 1: "failed", 3: "incomplete"}.get(done.returncode, f"exit {done.returncode}")
    return done.stdout.decode(), state


async def shown(server: Server, home: Path) -> list[tuple[str, str, str]]:
    """The text, the state and the whole screen after each question, asked in a new conversation each."""
    paths = Paths(home / "config.toml", home / "data", home / "cache", home / "log")
    found = discover.offered(config.load(paths.config, {}), {})
    writer = Writer(Store(paths.data))
    app = ChattuiApp(found, paths, Means(LateWire(), writer), {}, endpoint=server.name, look_around=False)
    replies: list[tuple[str, str, str]] = []
    async with app.run_test(size=(120, 60)) as pilot:
        for prompt in server.asked:
            await pilot.press("ctrl+n")
            app.prompt.put(prompt)
            await pilot.press("enter")
            for _ in range(3000):
                await asyncio.sleep(0.02)
                last = app.shown.last
                if last is not None and last.role == "assistant" and not app.shown.busy:
                    break
            await pilot.pause(0.1)  # the tail is painted in steps
            assert last is not None
            strips: Any = app.screen._compositor.render_strips()  # noqa: SLF001 - Textual has no public way
            rows = ["".join(segment.text for segment in strip).partition("│")[2] for strip in strips]
            replies.append((last.text, last.state, " ".join(" ".join(rows).split())))
    writer.close()
    return replies


# ---------------------------------------------------------------- the comparison


def same(heard: dict[str, str], text: str, state: str) -> bool:
    """Whether chattui's reply is what the client heard."""
    if heard["error"]:
        return state != "complete" and text.startswith(heard["text"].rstrip())
    return text == heard["text"] and (state == "complete" or not heard["text"])


def visible(text: str, pane: str) -> bool:
    """Whether the words of a plain text stand on the screen; Markdown and invisible characters are left aside."""
    plain = [word for word in text.split() if word.isalnum()]
    return all(word in pane for word in plain)


def compare(server: Server, python: str, node: dict[str, Path]) -> Counter[str]:
    """How many replies are the "same" and how many "OTHER", and in how many the client has a "flaw"; a line for each is
    printed.
    """
    heard = client(server, python, node)
    found: Counter[str] = Counter()
    if heard is None:
        print(f"-     {server.name}: no such client here")
        return found
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "config.toml").write_text(server.lines)
        (home / "config.toml").chmod(0o600)
        screen = asyncio.run(shown(server, home))
        for prompt, theirs, (text, state, pane) in zip(server.asked, heard, screen, strict=True):
            by_ask = asked(server, prompt, home)
            fits = (prompt in TAKEN_BACK or same(theirs, *by_ask)) and same(theirs, text, state) and visible(text, pane)
            end = theirs["error"] or "no exception"
            if not fits and (flaw := FLAWS.get((server.kind, prompt))):
                found["flaw"] += 1
                print(f"flaw  {server.name} · {prompt} · {flaw} · {state} · {text[:50]!r}")
                continue
            found["same" if fits else "OTHER"] += 1
            print(f"{'same ' if fits else 'OTHER'} {server.name} · {prompt} · {end} · {state} · {text[:50]!r}")
            if not fits:
                print(f"      client {theirs['text']!r}\n      ask    {by_ask}\n      screen {(text, state)}")
                if not visible(text, pane):
                    print(f"      pane   {pane[:300]!r}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default="", help="a Python that has the vendors' clients")
    parser.add_argument(
        "--node", nargs="*", type=Path, default=[], metavar="FOLDER", help="folders with the package ai"
    )
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD", help="servers whose name holds one of these")
    wish = parser.parse_args()
    node = versions(wish.node)
    pairs, replies = 0, Counter[str]()
    for server in servers():
        if wish.only and not any(word in server.name for word in wish.only):
            continue
        if server.is_up:
            found = compare(server, wish.python, node)
            pairs, replies = pairs + bool(found), replies + found
        else:
            print(f"-     {server.name}: not running")
    print(f"{pairs} servers and models, {replies.total()} questions: {dict(replies)}")
    return 1 if replies["OTHER"] else 0


if __name__ == "__main__":
    sys.exit(main())
