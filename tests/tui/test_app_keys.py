"""Every key of the keymap, pressed, and what a person then sees. A key without a case here fails a test."""

import asyncio
from pathlib import Path

import key_messages  # noqa: F401 - its cases
import key_tidy  # noqa: F401 - its cases
import pytest
from key_cases import CASES, case
from textual.pilot import Pilot
from world import World, saying

from chattui.actions import ACTIONS
from chattui.events import Finished, ReasoningDelta, TextDelta


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


PRESSES = [(action.id, key) for action in ACTIONS for key in action.keys]


@pytest.mark.parametrize(("name", "key"), PRESSES, ids=[f"{name}-{key}" for name, key in PRESSES])
async def test_a_key_does_what_the_help_says(world: World, name: str, key: str) -> None:
    world.has(*(f"Talk {number}" for number in range(10, 0, -1)))  # the newest is Talk 1
    async with world.open() as pilot:
        await world.shows("Talk 9")
        await CASES[name](world, pilot, key)


def test_every_action_has_a_case() -> None:
    assert set(CASES) == {action.id for action in ACTIONS if action.keys}


# ---------------------------------------------------------------- prompt


@case("prompt.send")
async def send(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(*"hey", key)
    await world.shows("Hello, human.")
    assert world.app.prompt.text == ""
    assert world.lines[1].endswith(("now │ ▌ you", world.lines[1][-5:]))
    assert "hey" in world.lines[0]


@case("prompt.newline")
async def newline(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("a", key, "b")
    assert world.app.prompt.text == "a\nb"
    assert not world.turns


@case("prompt.history_prev", "prompt.history_next")
async def history(world: World, pilot: Pilot[int], key: str) -> None:
    world.app.history.load(["older", "newer"])
    await pilot.press(*"dra", "up")
    assert "❯ newer" in world.screen
    await pilot.press("up")
    assert "❯ older" in world.screen
    await pilot.press("down", "down")
    assert "❯ dra" in world.screen


@case("prompt.editor")
async def editor(world: World, pilot: Pilot[int], key: str) -> None:
    world.environ["EDITOR"] = "editor-that-is-not-there --wait"
    await pilot.press(*"text", key)
    await world.until(lambda: world.notes)
    assert world.app.prompt.text == "text"


@case("pane.inspector")
async def inspector(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.until(lambda: world.notes)
    assert "no reply yet to inspect" in world.notes


# ---------------------------------------------------------------- search


@case("search.all")
async def search_all(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key, *"about talk 7")
    await world.shows("1 message in 1 conversation")
    assert "About Talk 7." in world.screen
    await pilot.press("enter")
    await world.shows("1 of 1 message")
    assert "Talk 7" in world.lines[0]


@case("search.here", "search.next", "search.prev")
async def search_here(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = saying("one word, and another Word")
    await world.ask(pilot, "a word")
    await world.shows("another Word")
    await pilot.press("tab", "slash", *"word")
    await world.shows("2 of 2 messages")
    await pilot.press("enter", key)
    at = {"slash": "2 of 2", "n": "1 of 2", "N": "2 of 2"}[key]
    await world.shows(f"{at} messages")
    await pilot.press("escape")
    assert "of 2 messages" not in world.screen


@case("list.filter")
async def list_filter(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("shift+tab", key, *"alk 7")
    await world.until(lambda: "Talk 9" not in world.screen)
    assert "/ alk 7" in world.lines[0]
    await pilot.press("enter")
    await world.shows("About Talk 7.")
    assert "/alk 7" in world.lines[0]
    assert "1 of 10" in world.lines[0]
    await pilot.press("shift+tab", "escape")
    await world.shows("Talk 9")


# ---------------------------------------------------------------- stop, interrupt, quit


@case("prompt.undo")
async def undo(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(*"hey", "ctrl+u")
    assert world.app.prompt.text == ""
    await pilot.press(key)
    assert world.app.prompt.text == "hey"


@case("stream.stop")
async def stop(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("Half of"), asyncio.Event()]
    await world.ask(pilot, "hey")
    await world.shows("Half of")
    assert "esc stop" in world.status
    await pilot.press(key)
    await world.shows("stopped, 2 words kept")
    await pilot.press("tab", key)
    assert world.app.prompt.has_focus


@case("app.interrupt")
async def interrupt(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("Half of"), asyncio.Event()]
    await world.ask(pilot, "hey")
    await world.shows("Half of")
    await pilot.press(*"draft", "shift+home", key)
    await world.told("Copied the selection, 5 characters")
    await pilot.press("end", key)
    await world.shows("stopped, 2 words kept")
    await pilot.press(key)
    assert world.app.prompt.text == ""
    await world.told("up brings it back")
    await pilot.press(key)
    await world.told("^q quits")
    await pilot.press("up")
    assert world.app.prompt.text == "draft"


@case("app.quit")
async def quits(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("Half of"), asyncio.Event()]
    await world.ask(pilot, "hey")
    await world.shows("Half of")
    await pilot.press(key)
    await world.until(lambda: world.app.return_code == 0, "the end")
    saved = world.store.load(world.store.ids()[0])
    assert [message.text for message in saved.branch()] == ["hey", "Half of"]
    assert saved.branch()[-1].state == "stopped"


@case("app.suspend")
async def suspend(world: World, pilot: Pilot[int], key: str) -> None:
    """To a shell and back: test_process.py. Here there is none, in no pane and under no dialog."""
    for first in ([], ["tab"], ["f9", "f9", "shift+tab"], ["f1"], ["escape", "f2"]):
        await pilot.press(*first)
        world.app.clear_notifications()
        await pilot.press(key)
        await world.told("There is no shell here")


# ---------------------------------------------------------------- conversations


@case("conversation.new")
async def new(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press(*"for one", key)
    await world.shows("Ask anything")
    assert "New conversation" in world.lines[0]
    await pilot.press("alt+1")
    await world.shows("❯ for one")


@case("conversation.next")
async def forward(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("About Talk 1.")
    await pilot.press(key)
    await world.shows("About Talk 2.")
    assert "2/10" in world.lines[0]


@case("conversation.prev")
async def backward(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+3")
    await world.shows("About Talk 3.")
    await pilot.press(key)
    await world.shows("About Talk 2.")


@case(*(f"conversation.{number}" for number in range(1, 10)))
async def nth(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows(f"About Talk {key[-1]}.")


@case("conversation.rename")
async def rename(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+2")
    await world.shows("About Talk 2.")
    await pilot.press(key)
    await world.shows("Rename the conversation")
    await pilot.press("ctrl+u", *"Zürich [x]", "enter")
    await world.shows(" Zürich [x]")
    await world.until(lambda: "Zürich [x]" in world.lines[0], "the new title above the messages")
    assert world.store.row(world.app.shown.id).title == "Zürich [x]"


@case("conversation.copy")
async def copy_conversation(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+2")
    await world.shows("About Talk 2.")
    original = world.app.shown.id
    await pilot.press(key)
    await world.shows(" Talk 2 · copy")
    assert world.app.shown.id != original
    assert "About Talk 2." in world.screen
    assert {world.store.row(name).title for name in (original, world.app.shown.id)} == {"Talk 2", "Talk 2 · copy"}


# ---------------------------------------------------------------- list


async def in_list(world: World, pilot: Pilot[int]) -> None:
    await pilot.press("shift+tab")
    assert world.app.rows.has_focus
    await pilot.press("home")


@case("list.open")
async def list_open(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("down", key)
    await world.shows("About Talk 2.")
    assert world.app.prompt.has_focus


@case("list.next", "list.prev")
async def list_moves(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("down", key)
    down = key in {"j", "right_square_bracket"}
    await pilot.press("enter")
    await world.shows("About Talk 3." if down else "About Talk 1.")


@case("list.rename")
async def list_rename(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press(key)
    await world.shows("Rename the conversation")
    await pilot.press("ctrl+u", *"First", "enter")
    await world.until(lambda: world.app.rows.rows[0].title == "First")


@case("list.delete", "list.undo")
async def list_delete(world: World, pilot: Pilot[int], key: str) -> None:
    await in_list(world, pilot)
    await pilot.press("delete" if key == "u" else key)
    await world.told("Deleted ‘Talk 1’. u in the list brings it back.")
    assert "Talk 1\n" not in world.screen
    assert len(world.store.ids()) == 9
    await pilot.press("u")
    await world.told("‘Talk 1’ is back.")
    assert len(world.store.ids()) == 10


# ---------------------------------------------------------------- dialogs


@case("conversation.settings")
async def settings(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("System prompt; empty")


@case("endpoint.pick")
async def pick(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("Endpoint and model")
    await pilot.press(*"small", "enter")
    await world.until(lambda: "lab · m-small" in world.lines[0], "the model in the title")
    await world.ask(pilot, "hey")
    await world.shows("Hello, human.")
    assert world.turns[-1].model == "m-small"


@case("palette")
async def palette(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("Rename the conversation")
    await pilot.press(*"Talk 7")
    await world.shows("Open: Talk 7")
    await pilot.pause(0.1)
    await pilot.press("enter")
    await world.shows("About Talk 7.")


@case("help.keys")
async def helps(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.shows("In the prompt")
    await world.shows("Start a new line")
    await pilot.press("escape")
    assert "In the prompt" not in world.screen


# ---------------------------------------------------------------- focus and panes


@case("focus.next", "focus.prev")
async def focus(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    seen = []
    for _ in range(3):
        await pilot.press(key)
        seen.append(world.app.focused.id if world.app.focused else None)
    expected = ["transcript", "conversations", "prompt"]
    assert seen == (expected if key == "tab" else ["conversations", "transcript", "prompt"])


@case("pane.list")
async def pane(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    assert "Talk 5" not in world.screen
    await pilot.press(key)
    assert "Talk 5" in world.screen


# ---------------------------------------------------------------- messages

LONG = "\n\n".join(f"Paragraph {number}." for number in range(1, 61))


async def long_talk(world: World, pilot: Pilot[int], *, focus: bool) -> None:
    world.script = saying(LONG)
    await world.ask(pilot, "tell")
    await world.shows("Paragraph 60.")
    if focus:
        await pilot.press("tab")


@case("scroll.page_up", "scroll.line_up", "scroll.home", "messages.up", "messages.home")
async def scroll_up(world: World, pilot: Pilot[int], key: str) -> None:
    await long_talk(world, pilot, focus="+" not in key and key != "pageup")
    before = world.app.transcript.scroll_offset.y
    await pilot.press(key)
    assert world.app.transcript.scroll_offset.y < before
    assert not world.app.transcript.following
    if key in {"ctrl+home", "home", "g"}:
        assert "Paragraph 1." in world.screen


@case("scroll.page_down", "scroll.line_down", "scroll.end", "messages.down", "messages.end")
async def scroll_down(world: World, pilot: Pilot[int], key: str) -> None:
    await long_talk(world, pilot, focus="+" not in key and key != "pagedown")
    await pilot.press("ctrl+home")
    await pilot.press(key)
    assert world.app.transcript.scroll_offset.y > 0
    if key in {"ctrl+end", "end", "G"}:
        assert "Paragraph 60." in world.screen
        assert world.app.transcript.following


@case("message.prev", "message.next")
async def select(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press("alt+up", "alt+up")
    if key == "alt+down":
        await pilot.press(key)
    role = {message.id: message.role for message in world.app.shown.messages}
    assert role[world.app.transcript.selected or ""] == ("assistant" if key == "alt+down" else "user")
    assert "┃" in world.screen


@case("message.copy_last")
async def copy_last(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = saying("**bold** and [link](x)")
    await world.ask(pilot, "hey")
    await world.shows("bold and")
    await pilot.press(key)
    await world.told("Copied the answer, 22 characters.")
    assert world.app.clipboard == "**bold** and [link](x)"


@case("message.copy")
async def copy(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press("alt+up", "alt+up", key)
    await world.told("Copied the message, 6 characters.")
    assert world.app.clipboard == "Talk 1"


@case(*(f"message.code_{number}" for number in range(1, 10)))
async def copy_code(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = saying("\n\n".join(f"```sh\necho {number}\n```" for number in range(1, 9)))
    await world.ask(pilot, "hey")
    await world.shows("echo 8")
    await pilot.press("tab", key)
    if key == "9":
        await world.told("There is no code block 9 here.")
    else:
        await world.told(f"Copied code block {key}")
        assert world.app.clipboard.rstrip() == f"echo {key}"


@case("message.retry", "message.regenerate")
async def again(world: World, pilot: Pilot[int], key: str) -> None:
    await world.ask(pilot, "hey")
    await world.shows("Hello, human.")
    world.script = saying("Another answer.")
    await pilot.press(*([] if key == "f5" else ["tab"]), key)
    await world.shows("Another answer.")
    assert "Hello, human." not in world.screen
    assert len(world.app.shown.session.conversation.messages) == 3


@case("message.continue")
async def go_on(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("The first half"), asyncio.Event()]
    await world.ask(pilot, "hey")
    await world.shows("The first half")
    await pilot.press("escape")
    await world.shows("stopped, 3 words kept")
    world.script = saying(" and the second.")
    await pilot.press("tab", key)
    await world.shows("The first half and the second.")


@case("message.fold")
async def fold(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [ReasoningDelta("Let me see."), TextDelta("Done."), Finished("stop")]
    await world.ask(pilot, "hey")
    await world.shows("Done.")
    assert "Let me see." not in world.screen
    await pilot.press("tab", key)
    await world.shows("Let me see.")
    await pilot.press(key)
    assert "Let me see." not in world.screen


@case("message.reveal")
async def reveal(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = [TextDelta("user\u202etxt"), Finished("stop")]
    await world.ask(pilot, "hey")
    await world.shows("1 hidden character, shown as ␦")
    await pilot.press("tab", key)
    await world.shows("user⟨U+202E⟩txt")
    await pilot.press(key)
    await world.shows("user␦txt")


@case("focus.prompt")
async def to_prompt(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press("tab", key)
    assert world.app.prompt.has_focus


@case("mouse.toggle")
async def mouse(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(key)
    await world.told("The mouse belongs to the terminal")


@case("conversation.export")
async def export(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press(key)
    await world.shows("Export the conversation")
