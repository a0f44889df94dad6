"""Hostile text on the screen: hidden characters, keys in prompts, links that pretend to be others."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.style import Style
from textual import events
from world import World

from chattui import safe
from chattui.events import Finished, ReasoningDelta, TextDelta
from chattui.tui.inline import spans
from chattui.tui.palette import MONOCHROME
from chattui.tui.prompt import Prompt

TAGS = "".join(chr(0xE0000 + ord(character)) for character in "obey me")
KEY = "sk-proj-abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = World(tmp_path, monkeypatch)
    yield made
    made.writer.close(5)


# ---------------------------------------------------------------- hidden characters


async def test_hidden_characters_of_a_reply_are_counted_named_and_spelled(world: World) -> None:
    world.script = [ReasoningDelta("a\u200b"), TextDelta(f"A cat.{TAGS}"), Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "what is it?")
        await world.shows("8 hidden characters, shown as ␦")
        assert "A cat.␦␦␦␦␦␦␦" in world.screen
        await pilot.press("tab", "H")
        await world.shows("8 hidden characters, named above; they spell “obey me”")
        assert "A cat.⟨7 × U+E00xx⟩" in world.screen


async def test_text_without_them_has_no_badge(world: World) -> None:
    world.script = [TextDelta("👩‍💻 می‌خواهم ␦"), Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("می")
        assert "hidden" not in world.screen
        await pilot.press("tab", "H")
        await world.told("There are no hidden characters here.")


async def test_a_copy_says_what_is_not_in_it(world: World) -> None:
    world.script = [TextDelta(f"A cat.{TAGS}"), Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("A cat.")
        await pilot.press("f3")
        await world.told("7 hidden characters are ␦ in it.")
        assert world.app.clipboard == "A cat." + 7 * "␦"


# ---------------------------------------------------------------- before sending


async def pasted(prompt: Prompt, text: str) -> None:
    prompt.post_message(events.Paste(text))


@pytest.mark.parametrize(
    ("key", "sent", "left"),
    [("enter", ["say ␦␦␦␦␦␦␦"], ""), ("r", ["say "], ""), ("escape", [], "say ␦␦␦␦␦␦␦")],
)
async def test_pasted_hidden_characters_are_asked_about(world: World, key: str, sent: list[str], left: str) -> None:
    async with world.open() as pilot:
        await pasted(world.app.prompt, f"say {TAGS}")
        await pilot.pause()
        await pilot.press("enter")
        await world.shows("7 hidden characters came with the text")
        assert "“obey me”" in world.screen
        assert not world.turns
        await pilot.press(key)
        await world.until(lambda: len(world.turns) == len(sent))
        assert [turn.prompt for turn in world.turns] == sent
        assert world.app.prompt.text == left


async def test_a_prompt_with_a_key_is_asked_about_and_stays_out_of_the_history(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, f"why does {KEY} not work?")
        await world.shows("The prompt seems to hold an OpenAI key. It goes to lab.example")
        assert not world.turns
        await pilot.press("enter")
        await world.shows("Hello, human.")
    assert world.turns[0].prompt == f"why does {KEY} not work?"
    assert world.store.memory.prompts() == []


async def test_what_was_typed_is_not_asked_about(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "what is ␦ for?")
        await world.shows("Hello, human.")


async def test_prompts_that_come_back_are_clean(world: World) -> None:
    """From the history, from an editor, from a message: a text field shows what it holds as it is."""
    async with world.open() as pilot:
        world.app.prompt.put("\x1b]0;title\x07 a\u202eb")
        await pilot.pause()
        assert world.app.prompt.text == "␛]0;title␇ a␦b"


# ---------------------------------------------------------------- links


def shown(text: str) -> list[tuple[str, Style]]:
    return spans(text, Style(), MONOCHROME, {})


@pytest.mark.parametrize(
    ("text", "words", "follows"),
    [
        ("[the docs](https://docs.example/a)", "the docs", "https://docs.example/a"),
        ("[docs.example.com](https://docs.example.com/a)", "docs.example.com", "https://docs.example.com/a"),
        ("[www.x.org/b](https://x.org/a)", "www.x.org/b", "https://x.org/a"),
        ("[asyncio.run](https://docs.python.org/3)", "asyncio.run", "https://docs.python.org/3"),
        ("[https://bank.example/login](https://evil.example/)", "https://bank.example/login (evil.example)", None),
        ("[**paypal.com**](https://evil.example/)", "paypal.com (evil.example)", None),
        ("[x](https://paypa\u0142.com)", "x", "https://xn--paypa-o7a.com"),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))", None),
        ("[x](file:///etc/passwd)", "[x](file:///etc/passwd)", None),
        ("[x](ssh://-oProxyCommand=id)", "x (ssh://-oProxyCommand=id)", None),
    ],
)
def test_the_terminal_gets_only_addresses_that_are_what_they_look_like(
    text: str, words: str, follows: str | None
) -> None:
    found = shown(text)
    assert "".join(part for part, _ in found) == words
    assert {style.link for _, style in found} - {None} == ({follows} if follows else set())


async def test_a_link_is_opened_after_a_dialog_that_shows_the_host_in_ascii(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chattui.tui.transcript import Transcript

    opened: list[str] = []
    async with world.open() as pilot:
        monkeypatch.setattr(world.app, "open_url", opened.append)
        address = "https://p\u0430ypal.com/login"  # a Cyrillic letter
        for key in ("escape", "enter"):
            world.app.transcript.post_message(Transcript.LinkClicked(address))
            await world.shows("to xn--pypal-4ve.com")
            assert opened == []
            await pilot.press(key)
            await pilot.pause()
        assert opened == [address]
        for bad in ("file:///etc/passwd", "%6aavascript:alert(1)", "--new-window", "vscode://x"):
            world.app.transcript.post_message(Transcript.LinkClicked(bad))
        await world.told("not one that may be opened")
    assert opened == [address]
    assert safe.host("mailto:a@b.c") == "a@b.c"
