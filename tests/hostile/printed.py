"""Every command that prints text of others, one entry each: arrange the text, run the command, in this process."""

# ruff: noqa: E501 - one entry each

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from chattui import cli, safe, session
from chattui.chat import Conversation, Failure, Message, Tool
from chattui.commands import output
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
from chattui.providers import Provider, Turn
from chattui.store import Store
from chattui.wire import Wire

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
    name = json.dumps(text.encode("utf-8", "replace").decode()).replace("\x7f", "\\u007f")
    config = home / "config.toml"
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
