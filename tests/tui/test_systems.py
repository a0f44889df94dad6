"""Each system on the screen, over the real wire, against a server that behaves like it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from real import Real

from chattui.providers import motia_streams
from chattui.tui import bots
from fakes import Fake
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import ChatIQ
from fakes.dify import KEY as DIFY_KEY
from fakes.dify import Dify
from fakes.hardwire import HardWire
from fakes.lmstudio import LmStudio
from fakes.motia import Motia
from fakes.motia_sse import MotiaSse
from fakes.snackprompt import KEY as SNACK_KEY
from fakes.snackprompt import Snackprompt
from fakes.typebot import Typebot


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Real:
    monkeypatch.setattr(motia_streams, "PAUSE", 0.05)
    monkeypatch.setattr(bots, "WATCH", 0.05)
    return Real(tmp_path, monkeypatch)


@dataclass
class Case:
    """A system: its server, its lines of TOML, how it is made to fail, and the sentence that a person then reads."""

    make: Callable[[], Any]
    lines: str
    fail: Callable[[Any], None]
    sentence: str
    second: Callable[[Any], bool]
    """Whether the server took the second turn as one of the same conversation."""


def hardwire_is_same(fake: HardWire) -> bool:
    return [[body["content"] for body in bodies] for bodies in fake.chats.values()] == [["one", "two"]]


CASES = {
    "chatiq": Case(
        ChatIQ,
        f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ bot_slug = "support-bot" }}',
        lambda fake: setattr(fake, "fails", "QUOTA_EXCEEDED"),
        "Quota exceeded it is",
        lambda fake: list(fake.conversations.values()) == [["one", "two"]],
    ),
    "hardwire": Case(
        HardWire,
        'preset = "hardwire"\napi_key = "tok.sig%3D"\nuser = "user-123"\nmodel = "gpt-5.2"',
        lambda fake: setattr(fake, "fails", 403),
        "Cannot post to another user's chat",
        hardwire_is_same,
    ),
    "snackprompt": Case(
        Snackprompt,
        f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {{ tenant_id = "t-1" }}',
        lambda fake: setattr(fake, "play", "error"),
        "upstream model failed",
        lambda fake: [body["query"] for body in fake.bodies] == ["one", "two"],
    ),
    "motia-sse": Case(
        MotiaSse,
        'preset = "motia-sse"',
        lambda fake: setattr(fake, "fails", "told"),
        "the worker failed",
        lambda fake: [turn["content"] for turn in fake.bodies[1]["history"]] == ["one", fake.text],
    ),
    "motia": Case(
        Motia,
        'preset = "motia"\nuser = "user-123"',
        lambda fake: setattr(fake, "token", "wanted"),
        "401",
        lambda fake: len(set(fake.joined)) == 1 and len(fake.joined) == 2,
    ),
    "typebot": Case(
        Typebot,
        'preset = "typebot"\nparams = { public_id = "llm" }',
        lambda fake: setattr(fake, "fails", "line"),
        "Rate limit reached",
        lambda fake: len(fake.started) == 1 and [text for s in fake.sessions.values() for text in s.heard]
        == ["one", fake.text, "two", fake.text],
    ),
    "dify": Case(
        Dify,
        f'provider = "dify"\napi_key = "{DIFY_KEY}"',
        lambda fake: setattr(fake, "play", "quota"),
        "quota for Dify Hosted Model Provider",
        lambda fake: [said for _, said in fake.conversations.values()] == [["one", "two"]],
    ),
    "lmstudio": Case(
        LmStudio,
        'preset = "lmstudio-native"',
        lambda fake: setattr(fake, "fails", "The model has crashed"),
        "The model has crashed",
        lambda fake: list(fake.kept.values()) == [["one"], ["one", "two"]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("system", CASES)
async def test_two_turns_with_a_restart_between_and_an_error(
    system: str, real: Real, run: Callable[[Fake], Fake]
) -> None:
    case = CASES[system]
    fake = run(case.make())
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\nretry = {{ attempts = 0 }}\n{case.lines}\n')
    text: str = fake.text  # type: ignore[attr-defined]
    async with real.open() as pilot:
        if system == "typebot":
            await real.shows("How can I help?")
            await real.until(lambda: not real.app.shown.busy)
        first = await real.says(pilot, "one")
        assert (first.text, first.state, first.error) == (text, "complete", None)
        assert text.split(maxsplit=1)[0] in real.screen
        name = real.app.shown.id
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows(text.split(maxsplit=1)[0])
        assert not real.app.shown.busy
        second = await real.says(pilot, "two")
        assert (second.text, second.state, second.error) == (text, "complete", None)
        assert case.second(fake)
        case.fail(fake)
        third = await real.says(pilot, "three")
        assert third.state in {"failed", "incomplete"}
        assert case.sentence in real.pane
        assert "f5 retry" in real.screen
        assert "Traceback" not in real.screen
    assert len(real.store.ids()) == 1
    assert [one.text for one in real.store.load(name).branch() if one.role == "user"] == ["one", "two", "three"]


# ---------------------------------------------------------------- bots that speak first


def typebot(fake: Fake, bot: str, name: str = "it") -> str:
    return f'[endpoints.{name}]\nurl = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "{bot}" }}\n'


async def test_the_greeting_stands_there_before_anything_is_typed(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "inputs"))
    async with real.open() as pilot:
        await real.shows("1 Yes   2 No")
        await real.shows("asks you: type an answer, or its number")
        assert "Hello bold" in real.screen
        assert real.store.ids() == []  # nobody has said anything
        reply = await real.says(pilot, "perhaps")
        assert reply.text == "Invalid message. Please, try again."  # the server's words
        await real.shows("asks you something")  # in the list
        reply = await real.says(pilot, "2")
        assert reply.text == "Your e-mail?"
        assert real.app.shown.messages[-2].text == "No"
        reply = await real.says(pilot, "no mail")
        assert reply.text == "Not an e-mail."
        assert "The bot asks for an e-mail address." in real.screen
        reply = await real.says(pilot, "a@b.example")
        assert "5 5" in real.screen
        reply = await real.says(pilot, "3")
        assert "has ended" in real.screen
        (name,) = real.store.ids()
    assert [one.text for one in real.store.load(name).branch()][:4] == [
        "Hello **bold**\n\n[image](https://bot.example/x.png)", "perhaps", "Invalid message. Please, try again.", "No",
    ]  # fmt: skip


async def test_an_answer_is_picked_with_its_key(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "inputs"))
    async with real.open() as pilot:
        await real.shows("1 Yes   2 No")
        await real.until(lambda: not real.app.shown.busy)
        real.app.prompt.put("half a thought")
        await pilot.press("tab", "2")
        await real.shows("Your e-mail?")
        assert [session.heard for session in fake.sessions.values()] == [["No"]]  # type: ignore[attr-defined]
        assert real.app.prompt.text == "half a thought"
        await real.until(lambda: not real.app.shown.busy)
        await pilot.press("2")  # nothing is offered now: the key is what it was
        await real.told("There is no code block 2 here.")


async def test_an_answer_is_picked_with_the_mouse(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "inputs"))
    async with real.open() as pilot:
        await real.shows("1 Yes   2 No")
        await real.until(lambda: not real.app.shown.busy)
        await pilot.pause()
        row = next(at for at, line in enumerate(real.lines) if "1 Yes" in line)
        column = real.lines[row].index("2 No") + 2
        await pilot.click(offset=(column, row))
        await real.shows("Your e-mail?")
        assert [session.heard for session in fake.sessions.values()] == [["No"]]  # type: ignore[attr-defined]
        await real.until(lambda: not real.app.shown.busy)
        await pilot.pause()
        row = next(at for at, line in enumerate(real.lines) if "1 Yes" in line)
        await pilot.click(offset=(column, row))
        await real.told("This question has been answered.")


async def test_a_bot_that_is_picked_for_an_empty_conversation_speaks(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    plain = run(MotiaSse())
    real.write(
        f'default = "plain"\n[endpoints.plain]\npreset = "motia-sse"\nurl = "{plain.base}"\n'
        + typebot(fake, "llm", "bot") + typebot(fake, "inputs", "other")
    )  # fmt: skip
    async with real.open() as pilot:
        await real.shows("Ask anything")
        real.app.use(real.app.endpoints["bot"])
        await real.shows("How can I help?")
        await real.until(lambda: not real.app.shown.busy)
        real.app.use(real.app.endpoints["other"])  # another one instead: its own greeting, and no trace of the first
        await real.shows("1 Yes")
        assert "How can I help?" not in real.screen
        await real.until(lambda: not real.app.shown.busy)
        real.app.use(real.app.endpoints["plain"])
        await real.shows("Ask anything")
        assert (await real.says(pilot, "one")).text == MotiaSse.text
        real.app.use(real.app.endpoints["bot"])  # in a conversation that has begun it waits for a message
        await pilot.pause()
        assert not real.app.shown.busy
        assert len(real.store.ids()) == 1


async def test_a_new_conversation_is_greeted_and_an_old_one_is_not(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "llm"))
    async with real.open() as pilot:
        await real.shows("How can I help?")
        await real.until(lambda: not real.app.shown.busy)
        await real.says(pilot, "one")
        name = real.app.shown.id
        await pilot.press("ctrl+n")
        await real.until(lambda: len(fake.started) == 2 and not real.app.shown.busy)  # type: ignore[attr-defined]
        assert real.app.shown.id != name
        real.app.open(name)
        await real.until(lambda: real.app.shown.id == name)
        await pilot.pause()
        assert not real.app.shown.busy
        assert list(real.app.chats) == [name]  # the greeting that nobody answered is gone
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows("one")
        await pilot.pause()
        assert len(fake.started) == 2  # type: ignore[attr-defined]


async def test_a_session_that_has_gone_is_begun_anew_with_one_key(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "llm"))
    async with real.open() as pilot:
        await real.shows("How can I help?")
        await real.until(lambda: not real.app.shown.busy)
        fake.sessions.clear()  # type: ignore[attr-defined]
        await real.says(pilot, "one")
        assert "The bot's session has ended. A retry begins a new one with this message." in real.pane
        assert "f5 retry" in real.screen
        before = real.app.shown.last
        await pilot.press("f5")
        reply = await real.answered(pilot, before)
        assert reply.text.endswith(Typebot.text)
        assert len(fake.started) == 2  # type: ignore[attr-defined]


async def test_a_greeting_that_fails_is_asked_for_again_with_one_key(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(Typebot())
    real.write(typebot(fake, "closed"))
    async with real.open() as pilot:
        await real.shows("This bot is now closed")
        await real.until(lambda: not real.app.shown.busy)
        fake.opened = "llm"  # type: ignore[attr-defined]
        await pilot.press("f5")
        await real.shows("How can I help?")
        assert "This bot is now closed" not in real.screen


# ---------------------------------------------------------------- the others' own


async def test_chatiq_suggestions_are_picked(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(ChatIQ(play="responses"))
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\n{CASES["chatiq"].lines}\n')
    async with real.open() as pilot:
        await real.says(pilot, "one")
        assert "1 Opening hours   2 A person" in real.screen
        assert "asks you something" in real.screen
        await pilot.press("tab", "2")
        await real.until(lambda: len(fake.bodies) == 2 and not real.app.shown.busy)
        await pilot.press("i")
        await real.says(pilot, "1")
        assert [body["message"] for body in fake.bodies] == ["one", "agent", "Opening hours"]


async def test_chatiq_a_person_s_answer_comes_by_itself(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(ChatIQ(play="takeover"))
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\n{CASES["chatiq"].lines}\n')
    async with real.open() as pilot:
        await real.says(pilot, "a person please")
        assert "A person will answer" in real.screen
        fake.later = ["Bob here."]  # type: ignore[attr-defined]
        await real.shows("Bob here.")
        assert "A person will answer" not in real.screen
        asked = len(fake.requests)
        await asyncio.sleep(0.15)
        assert len(fake.requests) == asked  # it looks no more


async def test_hardwire_models_are_fetched_and_chosen(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(HardWire(speaks="docs"))
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\n{CASES["hardwire"].lines.partition("model")[0]}\n')
    async with real.open() as pilot:
        await pilot.press("ctrl+o")
        await real.shows("gemini-2.5-pro")
        await pilot.press(*"gpt")
        await real.until(lambda: "gemini" not in real.screen)
        await pilot.press("enter")
        await real.shows("it · gpt-5.2")
        await real.says(pilot, "one")
        (bodies,) = fake.chats.values()  # type: ignore[attr-defined]
        assert bodies[0]["modelId"] == "gpt-5.2"


async def test_hardwire_what_was_said_elsewhere_is_fetched(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(HardWire())
    assert isinstance(fake, HardWire)
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\n{CASES["hardwire"].lines}\n')
    async with real.open() as pilot:
        await real.says(pilot, "one")
        real.app.action_conversation_pull()
        await real.told("The server has nothing more.")
        (chat,) = fake.kept
        fake.keeps(chat, ("user", "from the web"), ("assistant", "Answered there."))
        real.app.action_conversation_pull()
        await real.told("2 messages came from the server.")
        await real.shows("Answered there.")
        await real.says(pilot, "two")
        (name,) = real.store.ids()
    assert [one.text for one in real.store.load(name).branch()] == [
        "one", fake.text, "from the web", "Answered there.", "two", fake.text,
    ]  # fmt: skip


async def test_where_nothing_can_be_fetched_that_is_said(real: Real, run: Callable[[Fake], Fake]) -> None:
    fake = run(MotiaSse())
    real.write(f'[endpoints.it]\nurl = "{fake.base}"\n{CASES["motia-sse"].lines}\n')
    async with real.open():
        real.app.action_conversation_pull()
        await real.told("does not tell what it keeps")
