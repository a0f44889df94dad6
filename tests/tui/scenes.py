"""The scenes of the snapshot tests and of the pictures in `screenshots/`: what a person meets, at fixed times."""

import asyncio
import itertools
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial

from taped import tape
from textual.pilot import Pilot
from world import NOW, World, saying

from chattui.chat import Conversation, Failure, Message, State, Timing, Tool
from chattui.endpoint import Endpoint
from chattui.errors import CutShort, Rejected
from chattui.events import Finished, Progress, ReasoningDelta, SourceCited, TextDelta, Usage, UsageReported
from chattui.tui.columns import Columns
from chattui.tui.dialogs import Line

Act = Callable[[World, Pilot[int]], Awaitable[None]]

ANSWER = """Only an **explicit end marker** tells. Each format has its own:

| format | framing | marker |
| :--- | :---: | :--- |
| OpenAI chat | SSE | `[DONE]` |
| Anthropic | SSE | `message_stop` |
| Ollama | NDJSON | `"done": true` |

A connection that *just closes* is not one. So a reader waits for it:

```python
async for event in stream(url, prompt):
    if event.data == "[DONE]":
        return "complete"      # and nothing else is
    yield json.loads(event.data)["delta"]
raise CutShort("the reply ended without its marker")
```

1. keep what arrived,
2. say so: *incomplete*,
3. offer to try again.

"""
QUESTION = "How do I know that an SSE reply is complete?"
LAB = Endpoint("openai", "scripted", url="https://api.example/v1", model="gpt-x")


@dataclass(frozen=True, slots=True)
class Scene:
    """`size` in cells; `picture` is its name among the screenshots, "" keeps it out of there."""

    name: str
    size: tuple[int, int]
    act: Act
    theme: str = "textual-dark"
    picture: str = ""
    shelf: bool = True
    """Whether conversations are in the list."""
    before: Callable[[World], str | None] = lambda _: None
    """Puts a conversation on the disk; its id is opened at the start."""


def talk(world: World, age: float, title: str, endpoint: str, state: State = "complete", text: str = "") -> str:
    """A conversation on the disk, held `age` seconds ago; its id."""
    then = NOW - age
    question = Message(next(world.ids), None, "user", title, then)
    error = Failure("CutShort", "The connection dropped in the middle of the reply.", "", True)
    answer = Message(
        next(world.ids),
        question.id,
        "assistant",
        text or f"About {title}.",
        then,
        state,
        endpoint=endpoint,
        model="gpt-x",
        timing=Timing(0.42, 3.1),
        error=error if state in {"incomplete", "failed"} else None,
        usage=Usage(input=18, output=164),
    )
    return kept(world, question, answer, then)


def kept(world: World, question: Message, answer: Message, then: float) -> str:
    """Both messages as a conversation on the disk; its id."""
    found = Conversation(next(world.ids), then, then, endpoint=answer.endpoint)
    for message in (question, answer):
        found = found.with_message(message, now=then)
    world.store.save(found)
    world.store.release(found.id)
    os.utime(world.store.folder / f"{found.id}.json", (then, then))
    return found.id


def shelve(world: World) -> None:
    """What the list shows in most scenes."""
    talk(world, 40 * 86400, "Release notes, again", "ollama")
    talk(
        world,
        3 * 86400,
        "Motia demo: what does /chat/stream send?",
        "motia",
        "incomplete",
        "The three rules are: first, ne",
    )
    talk(world, 3600, "Kündigungsfrist im Mietvertrag", "anthropic")
    talk(world, 120, "Trip to Zürich — 日本語 🎒", "anthropic")


async def streaming(world: World, pilot: Pilot[int]) -> None:
    """A reply in flight: code, a table, the cursor."""
    thinks, answers = asyncio.Event(), asyncio.Event()  # the clock moves only while nothing else does
    world.script = [
        Progress("waiting", host="api.example"),
        thinks,
        ReasoningDelta("The user wants to know about end markers. "),
        answers,
        TextDelta(f"{ANSWER}Anything else is a gu"),
        asyncio.Event(),
    ]
    await world.ask(pilot, QUESTION)
    await world.shows("waiting")
    world.tick = 1.24
    thinks.set()
    await world.shows("thinking")
    world.tick = 3.1
    answers.set()
    await world.shows("Anything else is a gu")


async def answered(world: World, pilot: Pilot[int]) -> None:
    """A complete reply."""
    world.pace = 0.9
    world.script = [TextDelta(ANSWER), UsageReported(Usage(input=18, output=214)), Finished("stop")]
    await world.ask(pilot, QUESTION)
    await world.until(lambda: not world.app.shown.busy)
    await world.shows("offer to try again")
    await pilot.press("ctrl+end")  # while a reply grows, up to three rows below it stay free


def qubits(world: World) -> str:
    """A conversation with reasoning, a tool, sources and a notice; its id."""
    question = Message(next(world.ids), None, "user", "What is a qubit?", NOW - 60)
    answer = Message(
        next(world.ids),
        question.id,
        "assistant",
        "A **qubit** holds both values at once [1]; reading it decides which [2].",
        NOW - 60,
        reasoning="The user asks about qubits. I should look that up.",
        tools=(Tool("1", "web-search", '{"q": "qubits"}', "3 results"),),
        sources=(
            SourceCited("https://example.org/qubits", "Qubits"),
            SourceCited("https://example.com", "Measurement"),
        ),
        notices=("The reply hit its length limit.",),
        endpoint="openai",
        model="gpt-x",
        timing=Timing(0.9, 4.2, 2.6),
        usage=Usage(output=74),
    )
    return kept(world, question, answer, NOW - 60)


async def opened(world: World, pilot: Pilot[int]) -> None:
    """A stored conversation, its reasoning open."""
    await world.shows("thought for")
    world.app.transcript.toggle_reasoning()
    await world.shows("look that up")


def library(world: World) -> str | None:
    """Conversations about one subject, to be searched."""
    talk(world, 300 * 86400, "Why does nginx buffer my stream?", "openai", text="It collects 8 KB first; a **proxy "
         "cuts** what it cannot flush.\n\n```nginx\nproxy_buffering off;\n```")  # fmt: skip
    talk(world, 31 * 86400, "Timeouts between client and server", "anthropic", text="Idle connections are closed: most "
         "often a proxy cuts them after 60 s.\n\n```python\nhttpx.Timeout(connect=5)\n```")  # fmt: skip
    talk(world, 7200, "What if the proxy cuts it?", "openai", text="Then the end marker is missing. The text that "
         "arrived before the Proxy\ncuts the line is kept.\n\n```python\nraise CutShort()\n```")  # fmt: skip
    return None


async def searched(world: World, pilot: Pilot[int]) -> None:
    """Words with a filter, as they are found in three conversations."""
    await pilot.press("ctrl+f")
    await world.shows("search all conversations")
    ticks = itertools.count(0, 0.004)
    world.app._screen._ticks = lambda: next(ticks)  # type: ignore[union-attr]  # the screen that was just opened
    await pilot.press(*"proxy cuts has:code")
    await world.shows("3 messages in 3 conversations · 4 ms")
    await pilot.press("down")


async def found(world: World, pilot: Pilot[int]) -> None:
    """A hit opened, its words marked."""
    await searched(world, pilot)
    await pilot.press("enter")
    await world.shows("1 of 1 message")
    await world.shows("60 s.")


async def incomplete(world: World, pilot: Pilot[int]) -> None:
    """A reply that was cut."""
    cut = CutShort("The connection dropped in the middle of the reply.")
    world.pace = 0.4
    world.script = [TextDelta("The three rules of streaming are: first, never"), cut]
    await world.ask(pilot, "Name the three rules of streaming.")
    await world.shows("connection dropped")


def pressing(*keys: str, until: str) -> Act:
    """A scene that keys lead to."""

    async def act(world: World, pilot: Pilot[int]) -> None:
        world.script = saying("Hello! ", "What can I do for you?")
        await world.ask(pilot, "Hello")
        await world.shows("What can I do")
        await pilot.press(*keys)
        await world.shows(until)

    return act


ENDPOINTS = (("openai", "gpt-x", 0.5, 61), ("anthropic", "claude", 0.9, 74), ("ollama", "llama", 0.1, 22))
"""Name, model, seconds to the first token and tokens per second."""


def measured(world: World) -> str | None:
    """Replies of three endpoints over five weeks."""
    chance = random.Random(7)
    for name, model, first, speed in ENDPOINTS:
        found = Conversation(next(world.ids), NOW - 36 * 86400, NOW - 36 * 86400, f"Notes with {name}", endpoint=name)
        for number in range(90):
            then = NOW - 86400 * (36 - number * 0.4)
            failed = chance.random() < 0.04
            wait, tokens = first * chance.lognormvariate(0, 0.3), chance.randint(40, 700)
            question = Message(f"q{number}", found.head, "user", "A question", then)
            answer = Message(
                f"a{number}", question.id, "assistant", "An answer.", then, "failed" if failed else "complete",
                endpoint=name, model=model,
                timing=Timing() if failed else Timing(wait, wait + tokens / speed / chance.uniform(0.8, 1.2)),
                usage=None if failed else Usage(120, tokens, cost=tokens * 2e-5 if name != "ollama" else None),
            )  # fmt: skip
            for message in (question, answer):
                found = found.with_message(message, now=then)
        world.store.save(found)
        world.store.release(found.id)
    return None


async def statistics(world: World, pilot: Pilot[int]) -> None:
    """How fast, reliable and dear the endpoints were."""
    await pilot.press("ctrl+p", *"statistics")
    await world.shows("Statistics:")
    await pilot.press("enter")
    await world.shows("all time")
    await world.shows("Oct ")


async def exporting(world: World, pilot: Pilot[int]) -> None:
    """The dialog that exports the shown conversation."""
    await world.shows("thought for")
    await pilot.press("f6")
    await world.shows("Export the conversation")
    world.app.screen.query_one(Line).value = "~/talks/What is a qubit 00001a.md"
    await world.shows("~/talks")


def versions(world: World) -> str:
    """A question that was edited, and its answer given twice; its id."""
    then = NOW - 90
    first = Message(next(world.ids), None, "user", "How do SSE streams end?", then - 30)
    early = Message(next(world.ids), first.id, "assistant", "They do not.", then - 20, endpoint="openai", model="gpt-x")
    question = Message(next(world.ids), None, "user", QUESTION, then)
    found = Conversation(next(world.ids), then, then, endpoint="openai")
    for message in (first, early, question):
        found = found.with_message(message, now=then)
    for text, state, seconds in zip((ONCE, TWICE), ("stopped", "complete"), (1.4, 2.6), strict=True):
        timing = Timing(0.42, seconds)
        kind: State = "stopped" if state == "stopped" else "complete"
        answer = Message(next(world.ids), question.id, "assistant", text, then, kind, endpoint="openai", model="gpt-x",
                         timing=timing, usage=Usage(output=len(text) // 4))  # fmt: skip
        found = found.with_message(answer, now=then)
    world.store.save(found)
    world.store.release(found.id)
    os.utime(world.store.folder / f"{found.id}.json", (then, then))
    return found.id


ONCE = """Only an explicit end marker tells. OpenAI sends `[DONE]`, Anthropic an event named `message_stop`.

A connection that closes says nothing: proxies cut it, too.

So wait for the marker, and"""
TWICE = """Only an **explicit end marker** tells. OpenAI sends `[DONE]`, Anthropic an event named `message_stop`, \
Ollama a line with `"done": true`.

A connection that just closes says nothing: servers crash, and proxies cut it.

- wait for the marker,
- keep what arrived,
- say that it is *incomplete*."""


async def siblings(world: World, pilot: Pilot[int]) -> None:
    """One of two versions of an answer, selected."""
    await world.shows("‹2/2›")
    await pilot.press("tab", "K")


async def side_by_side(world: World, pilot: Pilot[int]) -> None:
    """Two versions of an answer, with what differs."""
    await siblings(world, pilot)
    await pilot.press("v")
    await world.shows("differences")


async def compared(world: World, pilot: Pilot[int]) -> None:
    """Three endpoints at the same question: one streams, one is done, one was refused."""
    claude = Endpoint("anthropic", "scripted", url="https://api.example/v1", model="claude")
    local = Endpoint("ollama", "scripted", url="http://127.0.0.1:11434", model="llama")
    world.app.endpoints |= {"anthropic": claude, "ollama": local}
    world.pace = 0.21
    gates = {name: asyncio.Event() for name in ("openai", "ollama", "anthropic")}
    world.scripts = {
        "openai": [gates["openai"], TextDelta(ANSWER), UsageReported(Usage(input=18, output=114)), Finished("stop")],
        "ollama": [
            gates["ollama"],
            Rejected("404: the model ‘llama’ was not found.", hint="ollama pull llama", status=404),
        ],
        "anthropic": [gates["anthropic"], TextDelta(CUT_OFF), asyncio.Event()],
    }
    world.app.prompt.put(QUESTION)
    world.app.compare([(LAB, ""), (claude, ""), (local, "")])
    await world.until(lambda: len(world.turns) == 3 and isinstance(world.app.screen, Columns), "three questions")
    screen = world.app.screen
    assert isinstance(screen, Columns)
    for at, name in ((0, "openai"), (2, "ollama")):  # one after the other, so that the times are always the same
        gates[name].set()
        await world.until(lambda at=at: screen.columns[at].over, name)  # type: ignore[misc]  # a default of its own
    gates["anthropic"].set()
    await world.shows("everything else is a")
    await pilot.pause(0.3)  # the seconds in the lines below


CUT_OFF = """You **cannot know**, unless the server says so.

1. `message_stop` is the end,
2. `error` is another one,
3. everything else is a"""


KEPT = ((20, "Release checklist", "openai", ("work",)), (9, "Mietvertrag: offene Fragen", "anthropic", ("home", "law")))
"""Age in days, title, endpoint and tags of conversations that are pinned."""


def tidied(world: World) -> str:
    """Pins and tags; the id of the conversation to show."""
    for age, title, endpoint, tags in KEPT:
        name = talk(world, age * 86400, title, endpoint)
        world.store.edit(name, partial(replace, pinned=True, tags=tags))
    name = talk(world, 5 * 86400, "proxy_buffering off;", "ollama")
    world.store.edit(name, partial(replace, tags=("nginx", "work")))
    return versions(world)


async def selected(world: World, pilot: Pilot[int]) -> None:
    """The list with pins and tags, and three conversations that are selected."""
    await world.shows("‹2/2›")
    await pilot.press("shift+tab", "home", *["down"] * 3, "space", "space", "space")
    await world.shows("3 selected")


async def queued(world: World, pilot: Pilot[int]) -> None:
    """Prompts that wait for the end of a reply, and the first letters of another one."""
    await streaming(world, pilot)
    for prompt in ("And what if a proxy cuts it in between?", "The same for NDJSON, please."):
        await world.ask(pilot, prompt)
    await pilot.press(*"As a table")
    await world.shows("then: The same for NDJSON")


async def queue_edited(world: World, pilot: Pilot[int]) -> None:
    """All that waits, to be changed."""
    await queued(world, pilot)
    await pilot.press("alt+q", "down")
    await world.shows("2 prompts wait")


async def welcome(world: World, pilot: Pilot[int]) -> None:
    """The first start."""
    await world.shows("Ask anything")


async def inspected(world: World, pilot: Pilot[int]) -> None:
    """A recorded reply, frame by frame, with one of them open."""
    world.app._show_tape(tape())
    await world.shows("matched no rule")
    await pilot.press(*["down"] * 15, "enter")
    await world.shows("frame 16")


async def inspected_small(world: World, pilot: Pilot[int]) -> None:
    """The same on a small screen."""
    world.app._show_tape(tape())
    await world.shows("⚠ 1")


SCENES = (
    Scene("streaming", (120, 40), streaming, picture="chat"),
    Scene("answered_light", (120, 40), answered, "textual-light", picture="light"),
    Scene("answered_ansi", (100, 30), answered, "ansi-dark"),
    Scene("narrow", (60, 15), answered),
    Scene("wide", (200, 50), answered, "nord"),
    Scene("welcome", (80, 24), welcome, picture="welcome", shelf=False),
    Scene("help", (120, 40), pressing("f1", until="In the prompt"), picture="help"),
    Scene("palette", (120, 40), pressing("ctrl+p", until="New conversation"), picture="palette"),
    Scene("endpoints", (80, 24), pressing("ctrl+o", until="openai")),
    Scene("search", (120, 24), searched, picture="search", before=library),
    Scene("found", (100, 24), found, picture="found", before=library),
    Scene("inspector", (120, 36), inspected, picture="inspector"),
    Scene("inspector_small", (80, 24), inspected_small, "textual-light"),
    Scene("inspector_ansi", (60, 15), inspected_small, "ansi-dark"),
    Scene("incomplete", (100, 24), incomplete, picture="incomplete"),
    Scene("stats", (120, 40), statistics, picture="stats", before=measured),
    Scene("export", (100, 24), exporting, before=qubits),
    Scene("parts", (100, 24), opened, picture="parts", before=qubits),
    Scene("siblings", (100, 30), siblings, picture="siblings", before=versions),
    Scene("diff", (100, 30), side_by_side, picture="diff", before=versions),
    Scene("diff_light", (80, 24), side_by_side, "textual-light", before=versions),
    Scene("pinned", (100, 30), selected, picture="pinned", before=tidied),
    Scene("queue", (100, 30), queued, picture="queue"),
    Scene("queue_small", (60, 15), queue_edited, "textual-light"),
    Scene("compare", (120, 40), compared, picture="compare"),
    Scene("compare_narrow", (80, 24), compared, "textual-light"),
)
