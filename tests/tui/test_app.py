"""The app as a person meets it: starts, sizes, several replies at once, errors, drafts, the end."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from world import LAB, NOW, World, saying

from chattui import keymap
from chattui.actions import ACTIONS
from chattui.config import Config, Notify, Problem
from chattui.discover import DEMO
from chattui.errors import CutShort, Reported, Unreachable
from chattui.events import Finished, Progress, Started, TextDelta, Usage, UsageReported
from chattui.store import Store
from chattui.tui.app import ChattuiApp
from chattui.tui.transcript import Transcript


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


# ---------------------------------------------------------------- start


async def test_the_first_start_offers_the_demo_and_what_was_found(world: World) -> None:
    world.config = Config(endpoints={"demo": DEMO}, default="demo", keys=world.config.keys, file=world.paths.config)
    world.environ["OPENAI_API_KEY"] = "sk-something"
    async with world.open() as pilot:
        assert "Ask anything below: this is the built-in demo, it works" in world.screen
        assert "OPENAI_API_KEY in environment" in world.screen
        assert "sk-something" not in world.screen
        assert "demo · demo" in world.lines[0]
        await world.ask(pilot, "hey")
        await world.shows("Hello, human.")
        assert "built-in demo" not in world.screen


async def test_a_configured_start_names_the_endpoint_and_finds_nothing(world: World) -> None:
    async with world.open():
        assert "Ask anything below: lab · m-large answers at lab.example." in world.screen
        assert "Found on this machine" not in world.screen


async def test_mistakes_in_the_configuration_are_told_with_their_place(world: World) -> None:
    mistakes = tuple(
        Problem("is no key.", "Did you mean ‘model’?", "/etc/c.toml", line, 1, f"endpoints.a.k{line}")
        for line in (3, 7, 9)
    )
    world.config = replace(world.config, problems=mistakes)
    async with world.open((140, 30)) as pilot:
        assert "/etc/c.toml:3:1: endpoints.a.k3: is no key. Did you mean ‘model’?" in world.screen
        assert "and 1 more" in world.screen
        await pilot.press("escape")
        assert "/etc/c.toml" not in world.screen
        await pilot.press("ctrl+p", *"configuration problems")
        await world.shows("Configuration problems")
        await pilot.pause(0.1)
        await pilot.press("enter")
        await world.shows("/etc/c.toml:9:1")


async def test_the_endpoint_asked_for_is_there_unless_a_mistake_keeps_it_out(world: World) -> None:
    async with world.open(endpoint="other"):
        assert "other · tiny" in world.lines[0]
    async with world.open(endpoint="disabled"):
        assert "lab · m-large" in world.lines[0]


@pytest.mark.parametrize("theme", ["textual-light", "ansi-dark"])
async def test_a_theme_is_put_on_and_remembered(world: World, theme: str) -> None:
    async with world.open() as pilot:
        await pilot.press("ctrl+p", *theme)
        await world.shows(f"Theme: {theme}")
        await pilot.pause(0.1)
        await pilot.press("enter")
        await world.until(lambda: world.app.theme == theme)
        await world.until(lambda: world.store.memory.recall().get("theme") == theme)
    async with world.open(remembered=world.store.memory.recall()):
        assert world.app.theme == theme


async def test_an_unknown_theme_is_a_mistake_like_others(world: World) -> None:
    world.config = replace(world.config, theme="nrod")
    async with world.open():
        assert world.app.theme == "textual-dark"
        assert "Did you mean" in world.screen


async def test_a_conversation_named_at_the_start_is_shown(world: World) -> None:
    name, _ = world.has("First", "Second")
    async with world.open(conversation=name):
        await world.shows("About First.")
        await world.shows("2/2")


async def test_ten_thousand_conversations_are_listed(world: World) -> None:
    from chattui.document import Row

    rows = [Row(f"{number:08d}", f"Talk {number}", "lab", updated=NOW - number) for number in range(10_000)]
    async with world.open() as pilot:
        world.app.rows.load(rows)
        await pilot.press("shift+tab", "end")
        assert "Talk 9999" in world.screen
        assert "10,000" in world.lines[0]


async def test_a_damaged_file_is_listed_and_says_why(world: World) -> None:
    world.has("Good")
    (world.paths.conversations / "deadbeef00.json").write_bytes(b"{nonsense")
    async with world.open() as pilot:
        await world.shows("a damaged file")
        await pilot.press("shift+tab", "home", "enter")
        await world.until(lambda: "deadbeef00.json" in world.notes, "the reason")


# ---------------------------------------------------------------- sizes

SIZES = [(20, 5), (1, 1), (40, 8), (60, 15), (80, 24), (120, 40), (200, 60), (240, 70)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_every_size_works_while_a_reply_streams(world: World, size: tuple[int, int]) -> None:
    world.has("One", "Two")
    more = asyncio.Event()
    world.script = [TextDelta("Half a reply"), more, TextDelta(", and the rest."), Finished("stop")]
    async with world.open(size) as pilot:
        await world.ask(pilot, "hey")
        await world.until(lambda: world.app.shown.session.reply and world.app.shown.session.reply.text)
        for other in SIZES:
            await pilot.resize_terminal(*other)
            await world.until(lambda: all(len(line) <= other[0] for line in world.lines), f"the size {other}")  # noqa: B023 - at once
        await pilot.resize_terminal(*size)
        more.set()
        await world.until(lambda: not world.app.shown.busy)
        await pilot.pause()
        if size[0] >= 60:
            assert "Half a reply, and the rest." in world.screen
            assert "❯" in world.screen
            assert "help" in world.status


async def test_a_narrow_screen_hides_the_list_and_shows_it_over_the_messages(world: World) -> None:
    world.has("One", "Two")
    async with world.open((60, 15)) as pilot:
        await pilot.pause(0.1)
        assert "Conversations" not in world.screen
        await pilot.press("f9")
        assert "Conversations" in world.screen
        await pilot.press("home", "enter")
        await world.shows("About Two.")
        assert "Conversations" not in world.screen
        await pilot.press("f9", "escape")
        assert "Conversations" not in world.screen
        assert world.app.prompt.has_focus


# ---------------------------------------------------------------- replies


async def test_the_status_line_follows_a_reply_in_words(world: World) -> None:
    steps = [asyncio.Event() for _ in range(4)]
    world.script = [
        Progress("connecting", host="lab.example"), steps[0],
        Progress("waiting", host="lab.example"), steps[1],
        TextDelta("Hello"), steps[2],
        UsageReported(Usage(output=20)), steps[3],
        Finished("stop"),
    ]  # fmt: skip
    async with world.open((140, 30)) as pilot:
        await world.ask(pilot, "hey")
        world.tick = 3.0
        await world.shows("connecting to lab.example 3 s")
        steps[0].set()
        await world.shows("waiting for the first token")
        world.tick = 8.0
        await world.shows("waiting for the first token 5 s")
        steps[1].set()
        await world.shows("streaming · 8.00 s to first · 8.0 s · 5 characters")
        world.tick = 20.0
        await world.shows("no data for 12 s (esc stops)")
        steps[2].set()
        await world.shows("streaming · 8.00 s to first · 2 tok/s · 20.0 s · 20 tokens")
        steps[3].set()
        await world.shows("ready · ")


async def test_replies_stream_side_by_side_and_wait_unread(world: World) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    async with world.open() as pilot:
        world.script = [TextDelta("Reply one"), first, TextDelta(" is done."), Finished("stop")]
        await world.ask(pilot, "Question one")
        await world.shows("Reply one")
        await pilot.press("ctrl+n")
        world.now += 60
        world.script = [TextDelta("Reply two"), second, TextDelta(" is done."), Finished("stop")]
        await world.ask(pilot, "Question two")
        await world.shows("Reply two")
        assert world.screen.count("●") == 2
        assert world.screen.count("lab · streaming") == 2
        first.set()
        await world.shows("○ Question one")
        await pilot.press("ctrl+pageup")  # what has just ended is the newest
        await world.shows("Reply one is done.")
        assert "○" not in world.screen
        await pilot.press("ctrl+pagedown")
        await world.shows("Reply two")
        second.set()
        await world.shows("Reply two is done.")


async def test_coming_back_shows_the_live_reply(world: World) -> None:
    world.has("Other")
    more = asyncio.Event()
    world.script = [TextDelta("So far"), more, TextDelta(" and further."), Finished("stop")]
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("So far")
        await pilot.press("ctrl+pagedown")
        await world.shows("About Other.")
        await pilot.press("ctrl+pageup")
        await world.shows("So far")
        more.set()
        await world.shows("So far and further.")


async def test_an_empty_prompt_sends_nothing(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press("enter", "space", "ctrl+j", "enter")
        assert not world.turns
        assert "New conversation" in world.lines[0]


@pytest.mark.parametrize(
    ("script", "words", "status"),
    [
        ([Unreachable("lab.example refused the connection.")], "✗ lab.example refused the connection.", "failed: "),
        ([Reported("The server says: no [credit].")], "✗ The server says: no [credit].", "failed: "),
        (
            [TextDelta("Two words"), CutShort("The connection dropped.")],
            "⚠ The connection dropped.",
            "incomplete: The connection dropped, 2 words kept",
        ),
    ],
)
async def test_an_error_stands_in_the_messages_place(
    world: World, script: list[object], words: str, status: str
) -> None:
    world.script = script  # type: ignore[assignment]  # steps of a script
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows(words)
        await world.shows(status)
        assert "f5 retry" in world.screen
        world.script = saying("All is well.")
        await pilot.press("f5")
        await world.shows("All is well.")
        assert words not in world.screen


async def test_a_prompt_that_cannot_be_sent_returns(world: World) -> None:
    (name,) = world.has("Held")
    rival = Store(world.paths.data)
    rival.hold(name)
    async with world.open(conversation=name) as pilot:
        await world.shows("About Held.")
        await world.ask(pilot, "precious words")
        await world.until(lambda: world.notes)
        assert world.app.prompt.text == "precious words"
        assert not world.turns
        rival.release(name)


async def test_a_full_disk_is_told_and_the_chat_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from chattui.errors import Unwritable

    def refuse(_: object) -> None:
        raise Unwritable("The disk is full.", hint="Free some space.")

    monkeypatch.setattr(world.store, "save", refuse)
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Hello, human.")
        await world.shows("⚠ Not saved: The disk is full. Free some space.")
        assert "not saved" in world.status


# ---------------------------------------------------------------- prompt


async def test_a_quick_hand_sends_all_it_typed(world: World) -> None:
    async with world.open():
        driver = world.app._driver
        assert driver is not None
        for key in "all of it":
            character = "space" if key == " " else key
            world.app.post_message(events.Key(character, key))
        world.app.post_message(events.Key("enter", "\r"))
        world.app.post_message(events.Key("x", "x"))
        await world.until(lambda: world.turns, "a turn")
        assert world.turns[0].prompt == "all of it"
        await world.until(lambda: world.app.prompt.text == "x", "what came after enter")


async def test_a_quick_hand_renames_to_all_it_typed(world: World) -> None:
    world.has("Old name")
    async with world.open() as pilot:
        await world.shows("Old name")
        await pilot.press("alt+1")
        await world.until(lambda: not world.app.shown.empty)
        await pilot.press("f2")
        await world.shows("Rename the conversation")
        for key, character in (("ctrl+u", None), ("n", "n"), ("e", "e"), ("w", "w"), ("enter", "\r")):
            world.app.post_message(events.Key(key, character))
        await world.until(lambda: world.app.shown.session.conversation.title == "new", "the new title")


async def test_a_megabyte_is_pasted_folded_and_sent_whole(world: World) -> None:
    paste = "words and words\r\n" * 65_536
    async with world.open() as pilot:
        await pilot.press(*"see ")
        world.app.prompt.post_message(events.Paste(paste))
        await world.shows("❯ see [pasted")
        await pilot.press(*" end", "enter")
        await world.until(lambda: world.turns)
        assert world.turns[0].prompt == "see " + paste.replace("\r\n", "\n") + " end"


async def test_a_paste_brings_no_control_characters(world: World) -> None:
    async with world.open() as pilot:
        world.app.prompt.post_message(events.Paste("a\x1b]52;c;x\x07\r\nb\rc\u202e"))
        await pilot.pause()
        assert world.app.prompt.text == "a␛]52;c;x␇\nb\nc␦"


async def test_the_prompt_grows_to_eight_lines(world: World) -> None:
    async with world.open() as pilot:
        for _ in range(12):
            await pilot.press("x", "ctrl+j")
        assert world.app.prompt.size.height == 8


async def test_ctrl_d_ends_only_from_an_empty_prompt(world: World) -> None:
    async with world.open() as pilot:
        await pilot.press("a", "b", "home", "ctrl+d")
        assert world.app.prompt.text == "b"
        await pilot.press("ctrl+d", "ctrl+d")
        await world.until(lambda: world.app.return_code == 0)


async def test_prompts_are_remembered_from_one_start_to_the_next(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "what was it")
        await world.shows("Hello, human.")
    async with world.open() as pilot:
        await world.shows("what was it")
        await pilot.press("up")
        assert "❯ what was it" in world.screen


async def test_the_editor_gets_the_prompt_and_gives_it_back(world: World, tmp_path: Path) -> None:
    from chattui.tui import editor

    script = tmp_path / "my editor"
    script.write_text('#!/bin/sh\nstat -c %a "$2" > "$1"\nprintf "more\\n" >> "$2"\n')
    script.chmod(0o700)
    mode = tmp_path / "mode"
    argv = editor.command({"VISUAL": f"'{script}' '{mode}'", "EDITOR": "false"})
    assert await editor.edit(argv, "text ") == "text more"
    assert mode.read_text().strip() == "600"
    with pytest.raises(editor.EditorError, match="ended with code 1"):
        await editor.edit(["false"], "text")
    with pytest.raises(editor.EditorError, match="quotes"):
        editor.command({"EDITOR": "vi '"})


# ---------------------------------------------------------------- the rest


async def test_a_failed_question_for_models_is_a_sentence(world: World) -> None:
    world.config = replace(world.config, endpoints={"lab": replace(LAB, models="fetch"), "demo": DEMO})
    world.models = Unreachable("lab.example refused the connection.")
    async with world.open() as pilot:
        await pilot.press("ctrl+o")
        await world.shows("lab.example refused the connection.")
        await pilot.press("escape")
        world.models = ("m-new",)
        await pilot.press("ctrl+o")
        await world.shows("m-new")
        await pilot.press(*"new", "enter")
        await world.until(lambda: "lab · m-new" in world.lines[0])


async def test_a_link_shows_its_host_before_it_is_opened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    async with world.open() as pilot:
        monkeypatch.setattr(world.app, "open_url", opened.append)
        await world.ask(pilot, "hey")
        await world.shows("Hello, human.")
        world.app.transcript.post_message(Transcript.LinkClicked("https://exämple.org/path"))
        await world.shows("to xn--exmple-cua.org")
        await pilot.press("escape")
        assert not opened
        world.app.transcript.post_message(Transcript.LinkClicked("https://exämple.org/path"))
        await world.shows("to xn--exmple-cua.org")
        await pilot.press("enter")
        assert opened == ["https://exämple.org/path"]
        world.app.transcript.post_message(Transcript.LinkClicked("file:///etc/passwd"))
        await world.told("not one that may be opened")
        assert len(opened) == 1


async def test_copies_hold_nothing_that_steers_a_terminal(world: World) -> None:
    world.script = saying("a\x1b[201~rm\ud800")
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("rm")
        await pilot.press("f3")
        await world.told("Copied the answer")
        assert world.app.clipboard == "a␛[201~rm\ufffd"


async def test_markup_in_titles_and_errors_is_text(world: World) -> None:
    world.script = [Reported("[/x] and [@click=app.quit]here[/]")]
    async with world.open() as pilot:
        await world.ask(pilot, "[bold]list[int][/x]")
        await world.shows("✗ [/x] and [@click=app.quit]here[/]")
        assert "[bold]list[int][/x]" in world.lines[0]
        world.app.notify("[/x] [b]y[/b]")
        await world.shows("[/x] [b]y[/b]")
        await pilot.press("f2")
        await world.shows("Rename the conversation")
        await pilot.press("escape", "ctrl+p", *"[/x]")
        await pilot.pause(0.2)


@pytest.mark.parametrize(("focused", "seconds", "calls"), [(False, 20.0, 1), (True, 20.0, 0), (False, 2.0, 0)])
async def test_a_long_reply_that_ends_unseen_rings(world: World, focused: bool, seconds: float, calls: int) -> None:
    world.config = replace(world.config, notify=Notify(bell=True, osc9=True, after=10.0))
    rings: list[int] = []
    written: list[str] = []
    more = asyncio.Event()
    world.script = [TextDelta("x"), more, Finished("stop")]
    async with world.open() as pilot:
        assert world.app._driver is not None
        world.app.bell = lambda: rings.append(1)  # type: ignore[method-assign]
        world.app._driver.write = written.append  # type: ignore[method-assign, assignment]
        await world.ask(pilot, "hey \x1b]52; you")
        await world.until(lambda: world.app.shown.session.reply)
        if not focused:
            world.app.post_message(events.AppBlur())
            await pilot.pause()
        world.tick += seconds
        more.set()
        await world.until(lambda: not world.app.shown.busy)
        assert len(rings) == calls
        told = [text for text in written if "\x1b]9;" in text]
        assert told == ["\x1b]9;chattui: answered · hey ␛]52, you\x07"] * calls


async def test_an_idle_app_keeps_no_time(world: World) -> None:
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Hello, human.")
        await pilot.pause(0.1)
        screen = world.app.chat_screen
        assert screen._time is None
        assert world.app.transcript._ticker is None
        assert not world.app.prompt.cursor_blink


async def test_keys_can_be_moved_and_taken_away(world: World) -> None:
    world.has("Other")
    async with world.open(keys={"conversation.new": "f11", "pane.list": "", "prompt.send": "ctrl+s"}) as pilot:
        await world.shows("Other")
        await pilot.press("alt+1")
        await world.shows("About Other.")
        await pilot.press("f9", "ctrl+l")
        assert "Conversations" in world.screen
        assert "f11 new" in world.status
        await pilot.press(*"hey", "ctrl+s")
        await world.shows("Hello, human.")
        await pilot.press("f11")
        await world.shows("New conversation")


async def test_the_help_lists_every_action_with_its_keys_of_now(world: World) -> None:
    async with world.open((120, 140), keys={"conversation.new": "f6", "mouse.toggle": ""}) as pilot:
        await pilot.press("f1")
        await world.shows("Anywhere")
        for action in ACTIONS:
            if not action.id.startswith(("conversation.", "message.code_")) or not action.id[-1].isdigit():
                assert action.words in world.screen, action.id
        assert re.search(r"  f6 +New conversation", world.screen)
        assert re.search(r"  – +Give the mouse", world.screen)


async def test_a_mistake_of_ours_ends_the_app_and_prints_nothing_by_itself(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    secret_value = "sk-" + "x" * 20

    def broken() -> None:
        held = secret_value
        assert held
        _ = 1 / 0

    async def use() -> None:
        async with world.open() as pilot:
            world.app.call_later(broken)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await use()
    assert world.app.return_code == 1
    assert isinstance(world.app.failed, ZeroDivisionError)
    told = capsys.readouterr()
    assert not (told.out + told.err).strip()


async def test_deleting_the_shown_conversation_shows_its_neighbour(world: World) -> None:
    world.has("One", "Two", "Three")
    async with world.open() as pilot:
        await world.shows("Two")
        await pilot.press("alt+2")
        await world.shows("About Two.")
        await pilot.press("shift+tab", "d")
        await world.shows("About One.")


async def test_a_reply_in_flight_is_not_deleted(world: World) -> None:
    world.script = [TextDelta("Half"), asyncio.Event()]
    async with world.open() as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Half")
        await pilot.press("shift+tab", "d")
        await world.told("stop it first")
        assert len(world.store.ids()) == 1


async def test_a_click_opens_a_conversation(world: World) -> None:
    world.has("One", "Two")
    async with world.open() as pilot:
        await world.shows("Two")
        row = next(at for at, line in enumerate(world.lines) if " One" in line)
        await pilot.click(offset=(6, row))
        await world.shows("About One.")


def test_the_default_keys_are_those_of_the_keymap() -> None:
    from chattui.tui.keys import DEFAULTS

    assert keymap.bindings({})[0] == DEFAULTS
    assert all(hasattr(ChattuiApp, f"action_{name}") for name in _app_actions())


def _app_actions() -> list[str]:
    from chattui.tui.keys import action

    found = [action(one.id) for one in ACTIONS]
    return [name.removeprefix("app.").partition("(")[0] for name in found if name.startswith("app.")]


async def test_a_mistake_in_showing_a_reply_does_not_cost_the_reply(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.open() as pilot:

        def broken(*_: object) -> None:
            raise IndexError

        monkeypatch.setattr(world.app.transcript, "write", broken)
        await world.ask(pilot, "hey")
        await world.told("chattui made a mistake (IndexError); the log has the details.")
        await world.shows("Hello, human.")
        assert world.notes.count("IndexError") == 1
        assert world.store.row(world.app.shown.id).state == "complete"


async def test_alt_and_a_digit_is_that_key_in_plain_terminals(world: World) -> None:
    from textual._xterm_parser import XTermParser

    async with world.open():
        parser = XTermParser()
        keys = [event.key for event in (*parser.feed("\x1b3"), *parser.feed("")) if isinstance(event, events.Key)]
        assert keys == ["alt+3"]


async def test_no_color_puts_no_colour_on_the_screen(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    world.environ["NO_COLOR"] = "1"
    async with world.open() as pilot:
        await pilot.press(*"hi", "enter")
        await world.shows("human.")
        app = world.app
        for strip in app.screen._compositor.render_strips():
            for _, style, _ in strip:
                shown = (style.color, style.bgcolor) if style else ()
                assert all(color is None or color.is_default for color in shown)


@pytest.mark.parametrize(
    ("size", "said"),
    [
        ((60, 15), " ready · "),
        ((80, 24), " lab · m-large · ready · "),
        ((120, 40), " lab · m-large · ready · "),
    ],
)
async def test_the_status_line_says_where_the_talk_is_held_where_there_is_room(
    world: World, size: tuple[int, int], said: str
) -> None:
    world.pace = 0.5
    world.script = [Started("m-1"), *saying("Hello, ", "human.")]
    async with world.open(size) as pilot:
        await pilot.press(*"hi", "enter")
        await world.shows("human.")
        await world.shows(" s to first · ")
        assert world.status.startswith(said)
        assert "f1 help" in world.status


async def test_keys_that_come_before_the_focus_wait_for_it(world: World) -> None:
    async with world.open() as pilot:
        world.app._too_early = ()  # as at the start
        world.app.screen.set_focus(None)
        for letter in "ear":
            world.app.post_message(events.Key(letter, letter))
        await pilot.pause()
        assert world.app.prompt.text == ""
        world.app.prompt.focus()
        await pilot.press("l", "y")
        assert world.app.prompt.text == "early"
