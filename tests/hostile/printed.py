"""Every command that prints text of others, one entry each: arrange the text, run the command, in this process."""

# ruff: noqa: E501 - one entry each

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from surfaces import safe_name, tape

from chattui import cli, safe, session
from chattui.chat import Conversation, Failure, Message, Tool
from chattui.commands import completion as completions
from chattui.commands import output, pull
from chattui.commands.progress import ProgressLine
from chattui.errors import Reported
from chattui.events import (
    Attachment,
    ChatEvent,
    Choice,
    Finished,
    Notice,
    Progress,
    ReasoningDelta,
    SourceCited,
    TextDelta,
    ToolCalled,
    ToolReturned,
)
from chattui.exports import FORMATS
from chattui.providers import Provider, Turn
from chattui.pulling import Pulled
from chattui.store import Store
from chattui.tape import form
from chattui.wire import Wire
from server import Server, said, sse

NOW = 1_700_000_000.0
Print = Callable[[Path, str], None]
COMMANDS: dict[str, Print] = {}


def command(print_: Print) -> Print:
    COMMANDS[print_.__name__.replace("_", " ")] = print_
    return print_


def run(home: Path, *argv: str) -> None:
    os.environ["CHATTUI_HOME"] = str(home)
    code = cli.main(argv)
    assert code in {0, 1, 2, 3}


def kept(home: Path, text: str, *, titled: bool = True) -> str:
    """A conversation that says the text wherever one can."""
    store = Store(home / "data")
    question = Message("b" * 22, None, "user", text, NOW, attachments=(Attachment(text, text, 5, "0" * 64),))
    answer = Message(
        "a" * 22, question.id, "assistant", text, NOW, "failed", text, (Tool("1", text, text, text),), (SourceCited(text, text, text),),
        choices=(Choice(text, text),), notices=(text,), finish=text, endpoint=text, model=text, error=Failure("Reported", text, text),
    )  # fmt: skip
    found = Conversation("0" * 21 + "1", NOW, NOW, text if titled else "", titled=titled, endpoint=text)
    for message in (question, answer):
        found = found.with_message(message, now=NOW)
    store.save(found)
    store.release(found.id)
    return found.id


def answering(*told: ChatEvent | Exception) -> None:
    async def reply(_turn: Turn, _wire: Wire) -> AsyncIterator[ChatEvent]:
        for event in told:
            if isinstance(event, Exception):
                raise event
            yield event

    vars(session)["provider"] = lambda _name: Provider(reply)  # this process is the stage, and nothing else


@command
def ask(home: Path, text: str) -> None:
    answering(
        Progress("connecting", host=text), Progress("thinking", text), ReasoningDelta(text), ToolCalled("1", text, text), ToolReturned("1", text),
        *map(TextDelta, text if len(text) < 200 else [text]), SourceCited(text, text, text), Notice(text), Finished(text),
    )  # fmt: skip
    run(home, "ask", "-e", "demo", "hey")


@command
def ask_events(home: Path, text: str) -> None:
    answering(ReasoningDelta(text), TextDelta(text), SourceCited(text, text, text), Finished(text))
    run(home, "ask", "-e", "demo", "--events", "hey")


@command
def ask_fails(home: Path, text: str) -> None:
    answering(Reported(text, hint=text))
    run(home, "ask", "-e", "demo", "hey")


@command
def show(home: Path, text: str) -> None:
    run(home, "show", kept(home, text))


@command
def show_markdown(home: Path, text: str) -> None:
    run(home, "show", "--markdown", kept(home, text))


@command
def show_json(home: Path, text: str) -> None:
    run(home, "show", "--json", kept(home, text))


@command
def list_(home: Path, text: str) -> None:
    kept(home, text)
    run(home, "list")
    run(home, "list", "--json")


@command
def trash(home: Path, text: str) -> None:
    Store(home / "data").delete(kept(home, text))
    run(home, "trash")
    run(home, "trash", "--json")
    run(home, "trash", "restore", "1")


@command
def search(home: Path, text: str) -> None:
    kept(home, text)
    word = max("".join(character if character.isalnum() else " " for character in text).split() or ["x"], key=len)
    run(home, "search", word)


@command
def stats(home: Path, text: str) -> None:
    kept(home, text)
    run(home, "stats")


@command
def endpoints(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    config = home / "config.toml"
    name = quoted(text)
    config.write_text(f'[endpoints.{name}]\nurl = "http://127.0.0.1:9/v1"\nmodel = {name}\n{name} = {name}\n', "utf-8")
    config.chmod(0o600)
    run(home, "endpoints")
    run(home, "config", "show")
    config.unlink()


@command
def a_sentence(home: Path, text: str) -> None:
    output.say(text)


@command
def a_damaged_file(home: Path, text: str) -> None:
    path = home / "data" / "conversations"
    name = kept(home, text)
    found = next(path.parent.rglob(f"{name}*.json"))
    found.write_text(text.encode("utf-8", "replace").decode() or "x", "utf-8")
    run(home, "list")
    run(home, "show", name)
    found.unlink()


@command
def an_unknown_name(home: Path, text: str) -> None:
    said = text.replace("\0", "").encode("utf-8", "replace").decode()
    for argv in (["show", said], ["ask", "-e", said, "x"], [said], ["--profile", said, "list"], ["show", "--no", said]):
        run(home, *argv)


@command
def the_progress_line(home: Path, text: str) -> None:
    async def draw() -> None:
        line = ProgressLine(sys.stderr, shown=True)
        line.tell(text)
        line.tell(text, 3.0)
        line.erase()

    asyncio.run(draw())
    output.put("\n".join(output.columns([(safe.line(text), "x")])))


@contextmanager
def a_server(home: Path, *steps: bytes, **more: Any) -> Iterator[str]:
    """An endpoint `lab` whose server answers so; its address."""
    server = Server()
    server.reply(*steps, **more)
    home.mkdir(exist_ok=True)
    config = home / "config.toml"
    with server.running():
        config.write_text(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\nretry = {{ attempts = 0 }}\n', "utf-8")
        config.chmod(0o600)
        yield server.url
    config.unlink()


def sayable(text: str) -> str:
    """What UTF-8 can say of it, and a word in any case."""
    return text.encode("utf-8", "replace").decode() or "-"


def quoted(text: str) -> str:
    """A string of TOML."""
    return json.dumps(text.encode("utf-8", "replace").decode()).replace("\x7f", "\\u007f")


@command
def check(home: Path, text: str) -> None:
    with a_server(home, *said(sayable(text), model=sayable(text))):
        run(home, "check", "lab")
    wrong = json.dumps({"error": {"message": text, "type": text, "code": text}}).encode()
    with a_server(home, wrong, status=401, type="application/json", body="length"):
        run(home, "check", "lab")
        run(home, "check", "lab", "--json")


@command
def add(home: Path, text: str) -> None:
    text = sayable(text)
    sample = home / "sample"
    home.mkdir(exist_ok=True)
    sample.write_bytes(sse({"type": text, text: text, "delta": text}, {"type": "content", "delta": text}))
    run(home, "add", "lab", "http://127.0.0.1:9/x", "--sample", str(sample), "--dry-run")
    word = shlex.quote(text.replace("\0", ""))
    run(home, "add", "lab", "--from-curl", f"curl http://127.0.0.1:9/x -H {word} -d {word}", "--dry-run")
    with a_server(home, sse({"type": "content", "delta": text}, {"type": text})) as url:
        run(home, "add", "own", "-y", "--from-curl", f'curl {url}/talk -d \'{{"message":"hi"}}\'')


@command
def test(home: Path, text: str) -> None:
    suite = home / "suite.toml"
    with a_server(home, *said(sayable(text), model=sayable(text))):
        lines = f'[[case]]\nname = {quoted(text)}\nendpoint = "lab"\nprompt = "hi"\nexpect = {{ text = {quoted(text + "!")} }}\n'
        suite.write_text(lines, "utf-8")
        run(home, "test", str(suite))
        run(home, "test", str(suite), "--json")
        suite.write_text(f"[[case]]\n{quoted(text)} = 1\n", "utf-8")
        run(home, "test", str(suite))


@command
def mock(home: Path, text: str) -> None:
    run(home, "mock", text.replace("\0", ""))
    run(home, "mock", "--script", text.replace("\0", "") or "x")
    output.say(f"GET /{text} → 200")  # as the server tells of each request


@command
def replay(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    file = home / "hostile.tape.jsonl"
    file.write_bytes(form.encode(tape(text)))
    for how in (
        ("--print", "--instant"),
        ("--events",),
        ("--json",),
        ("--lint",),
        ("--har",),
        ("--show-reasoning", "--print", "--instant"),
    ):
        run(home, "replay", str(file), *how)
    file.write_bytes(text.encode("utf-8", "replace"))
    run(home, "replay", str(file), "--lint")


@command
def export(home: Path, text: str) -> None:
    name = kept(home, text)
    for shape in FORMATS:
        run(home, "export", name, "--format", shape)
    run(home, "export", name, "-o", str(home / "out"), "--force")


@command
def import_(home: Path, text: str) -> None:
    home.mkdir(exist_ok=True)
    file = home / (safe_name(text) or "x")
    for document in (
        [{"role": "user", "content": text}, {"role": text, "content": text}],
        {"id": text, "title": text, "messages": [{"id": text, "role": "user", "text": text}]},
        {text: text}, text,
    ):  # fmt: skip
        file.write_text(json.dumps(document), "utf-8")
        run(home, "import", "--dry-run", "--", str(file))
        run(home, "import", "--", str(file))
    file.write_bytes(text.encode("utf-8", "replace"))
    run(home, "import", "--json", "--", str(file))
    file.unlink()


@command
def pull_(home: Path, text: str) -> None:
    for what in ("new", "failed"):
        output.put(pull.line(Pulled("a" * 22, text, what, 2, text)))
    with a_server(home, b"{}"):
        run(home, "pull", "lab")


@command
def store(home: Path, text: str) -> None:
    name = kept(home, text)
    damaged = home / "data" / "conversations" / f"{safe_name(text)}.json"
    damaged.write_text(text.encode("utf-8", "replace").decode() or "x", "utf-8")
    for does in ("check", "repair"):
        run(home, "store", does)
        run(home, "store", does, "--json")
    run(home, "show", name)


@command
def preset_and_login(home: Path, text: str) -> None:
    said = text.replace("\0", "").encode("utf-8", "replace").decode()
    run(home, "preset", "show", "--", said)
    run(home, "login", "--", said)


@command
def completion(home: Path, text: str) -> None:
    kept(home, text)
    arguments = argparse.Namespace(profile=None, config=None)
    for words in completions.NAMES["conversation"](arguments).values():
        sys.stdout.write(words)
