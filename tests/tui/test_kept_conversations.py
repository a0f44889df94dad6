"""Conversations that the server keeps, on the screen: stopped there, gone on with after a restart, branched."""

from collections.abc import Callable
from pathlib import Path

import pytest
from real import Real

from fakes import Fake
from fakes.dify import KEY, Dify, Play
from fakes.lmstudio import LmStudio

Run = Callable[[Fake], Fake]


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Real:
    return Real(tmp_path, monkeypatch)


def dify(real: Real, run: Run, **settings: object) -> Dify:
    fake = run(Dify(**settings))  # type: ignore[arg-type]  # the settings of a test
    assert isinstance(fake, Dify)
    real.write(f'[endpoints.it]\nprovider = "dify"\nurl = "{fake.base}"\napi_key = "{KEY}"\n')
    return fake


async def test_dify_is_told_to_stop_and_its_conversation_goes_on_after_a_restart(real: Real, run: Run) -> None:
    fake = dify(real, run, play="slow")
    async with real.open() as pilot:
        await real.ask(pilot, "one")
        await real.shows(fake.text[:10])
        await pilot.press("escape")
        await real.until(lambda: not real.app.shown.busy and fake.stopped)
        last = real.app.shown.last
        assert last is not None
        assert (last.state, last.text) == ("stopped", fake.text[: len(fake.text) // 2])
        name = real.app.shown.id
    ((user, _),) = fake.conversations.values()
    assert fake.stopped == [("task-conv-1-1", user)]
    fake.play = "chat"
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows(fake.text[:10])
        assert (await real.says(pilot, "two")).text == fake.text
    assert list(fake.conversations.values()) == [(user, ["one", "two"])]
    assert len(fake.stopped) == 1, "a whole reply is not stopped"


@pytest.mark.parametrize("play", ["agent", "chatflow", "document"])
async def test_every_kind_of_dify_app_is_understood(real: Real, run: Run, play: Play) -> None:
    fake = dify(real, run, play=play)
    async with real.open() as pilot:
        reply = await real.says(pilot, "one")
        assert (reply.text, reply.state, reply.error) == (fake.text, "complete", None)
        assert "1 manual.pdf" in real.pane
        assert "$0.00042" in real.pane
        if play == "agent":
            assert "⚙ search" in real.pane
            assert "→ page 7" in real.pane


async def test_a_follow_up_question_of_dify_is_asked_with_its_key(real: Real, run: Run) -> None:
    fake = dify(real, run, suggestions=("Which manual?", "Since when?"))
    async with real.open() as pilot:
        await real.says(pilot, "one")
        assert "1 Which manual? 2 Since when?" in real.pane
        before = real.app.shown.last
        await pilot.press("tab", "2")
        await real.answered(pilot, before)
    assert [said for _, said in fake.conversations.values()] == [["one", "Since when?"]]


def lmstudio(real: Real, run: Run, **settings: object) -> LmStudio:
    fake = run(LmStudio(**settings))  # type: ignore[arg-type]  # the settings of a test
    assert isinstance(fake, LmStudio)
    real.write(f'[endpoints.it]\npreset = "lmstudio-native"\nurl = "{fake.base}"\n')
    return fake


async def test_lm_studio_goes_on_from_the_reply_that_is_shown(real: Real, run: Run) -> None:
    """Answering again, and after a reply that it never finished."""
    fake = lmstudio(real, run)
    async with real.open() as pilot:
        await real.says(pilot, "one")
        before = (await real.says(pilot, "two")).id
        await pilot.press("f5")
        await real.until(lambda: not real.app.shown.busy and real.app.shown.last and real.app.shown.last.id != before)
        fake.stalls = True
        await real.ask(pilot, "three")
        await real.until(lambda: len(fake.kept) == 4 and real.app.shown.busy and real.screen.count("Blue is") == 3)
        await pilot.press("escape")
        await real.until(lambda: not real.app.shown.busy)
        fake.stalls = False
        await real.says(pilot, "four")
    first, second, again, _, last = fake.kept.values()
    assert (first, second, again) == (["one"], ["one", "two"], ["one", "two"])
    assert last[:-1] == ["one", "two"]
    half = fake.text[: len(fake.text) // 2]
    assert last[-1] == f"What was said before:\n\nuser: three\n\nassistant: {half}\n\n---\n\nfour"


async def test_a_conversation_that_lm_studio_has_lost_is_told_again(real: Real, run: Run) -> None:
    fake = lmstudio(real, run)
    async with real.open() as pilot:
        await real.says(pilot, "one")
        name = real.app.shown.id
    fake.kept.clear()
    real.restart()
    async with real.open(conversation=name) as pilot:
        await real.shows(fake.text[:10])
        assert (await real.says(pilot, "two")).text == fake.text
    ((said,),) = fake.kept.values()
    assert said == f"What was said before:\n\nuser: one\n\nassistant: {fake.text}\n\n---\n\ntwo"
