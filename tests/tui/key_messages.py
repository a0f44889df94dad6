"""Keys of single messages and of branches."""

from key_cases import case
from textual.pilot import Pilot
from world import World, saying

from chattui.events import Finished, TextDelta, Usage, UsageReported


async def two_answers(world: World, pilot: Pilot[int]) -> None:
    """A question with two answers, the second one shown; the messages have the focus."""
    world.script = saying("The first answer.")
    await world.ask(pilot, "hey")
    await world.shows("The first answer.")
    world.script = saying("The second answer.")
    await pilot.press("tab", "r")
    await world.shows("The second answer.")
    await world.shows("‹2/2›")
    await world.until(lambda: not world.app.shown.busy)


@case("message.sibling_prev", "message.sibling_next")
async def page(world: World, pilot: Pilot[int], key: str) -> None:
    await two_answers(world, pilot)
    await pilot.press("left")
    await world.shows("The first answer.")
    assert "‹1/2›" in world.screen
    assert "The second" not in world.screen
    if key == "right":
        await pilot.press("right")
        await world.shows("The second answer.")
    await pilot.press(key)  # there is none beyond
    saved = world.store.load(world.app.shown.id)
    assert saved.branch()[-1].text == ("The first answer." if key == "left" else "The second answer.")
    await pilot.press("i")
    await world.ask(pilot, "go on")
    await world.until(lambda: len(world.turns) == 3)
    assert [message.text for message in world.turns[-1].messages] == ["hey", saved.branch()[-1].text, "go on"]


@case("message.edit")
async def edit(world: World, pilot: Pilot[int], key: str) -> None:
    await world.ask(pilot, "one")
    await world.shows("Hello, human.")
    await world.ask(pilot, "two")
    await world.until(lambda: len(world.turns) == 2 and not world.app.shown.busy)
    await pilot.press(*"half", "tab", key)
    assert world.app.prompt.text == "two"
    assert "✎ two" in world.screen
    assert "editing your message" in world.status
    await pilot.press("escape")
    assert "❯ half" in world.screen
    await pilot.press("tab", "K", key, "end", *" again", "enter")  # the answer is selected: its question is meant
    await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
    assert [message.text for message in world.turns[-1].messages] == ["one", "Hello, human.", "two again"]
    assert "❯ half" in world.screen
    assert "‹2/2›" in world.screen
    old = next(one for one in world.app.shown.session.conversation.walk() if one.text == "two")
    assert [message.text for message in world.store.load(world.app.shown.id).children(old.parent)] == [
        "two",
        "two again",
    ]


@case("message.fork")
async def fork(world: World, pilot: Pilot[int], key: str) -> None:
    await two_answers(world, pilot)
    old = world.app.shown.session.conversation
    await pilot.press(key)
    await world.told("a conversation of its own now, with 2 messages")
    assert world.app.shown.id != old.id
    assert "hey · branch" in world.lines[0]
    await world.ask(pilot, "go on")
    await world.until(lambda: len(world.turns) == 3 and not world.app.shown.busy)
    assert [message.text for message in world.turns[-1].messages] == ["hey", "The second answer.", "go on"]
    assert world.store.load(old.id).messages == old.messages
    assert len(world.store.load(world.app.shown.id).messages) == 4


@case("message.tree")
async def tree(world: World, pilot: Pilot[int], key: str) -> None:
    await two_answers(world, pilot)
    await pilot.press(key)
    await world.shows("Tree: 2 branches, 3 messages")
    await world.shows("├ ○ m-large  The first answer.")
    assert "└ ● m-large  The second answer." in world.screen
    await pilot.press("up", "enter")
    await world.shows("‹1/2›")
    assert "The first answer." in world.screen
    assert "Tree:" not in world.screen


@case("message.diff")
async def diff(world: World, pilot: Pilot[int], key: str) -> None:
    await two_answers(world, pilot)
    await pilot.press(key)
    await world.shows("Versions: 1 difference")
    await world.shows("~ The first answer.")
    assert "~ The second answer." in world.screen
    await pilot.press("left", "enter")  # the one at the left is not taken twice
    await world.until(lambda: "Versions" not in world.screen)
    assert "‹2/2›" in world.screen


@case("message.delete", "message.undo")
async def delete(world: World, pilot: Pilot[int], key: str) -> None:
    await two_answers(world, pilot)
    name = world.app.shown.id
    await pilot.press("delete" if key == "u" else key)
    await world.shows("This answer ‘The second answer.’ is deleted.")
    await pilot.press("escape", "d", "enter")
    await world.told("Deleted 1 message. u in the messages brings it back.")
    await world.shows("The first answer.")
    assert "/2›" not in world.screen
    assert len(world.store.load(name).messages) == 2
    await pilot.press("u")
    await world.told("1 message is back.")
    await world.shows("‹2/2›")
    assert len(world.store.load(name).messages) == 3


CODE = (
    "Two:\n\n```python\nprint(1)\n```\n\nand\n\n```sh\n"
    + "\n".join(f"echo {n}" for n in range(1, 41))
    + "\n```\n\nEnd."
)


async def with_code(world: World, pilot: Pilot[int]) -> None:
    """An answer with two code blocks, the second one long; the messages have the focus."""
    world.script = saying(CODE)
    await world.ask(pilot, "hey")
    await world.until(lambda: not world.app.shown.busy and "End." in world.screen)
    await pilot.press("tab")


@case("messages.prev", "messages.next")
async def select_in_messages(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press("alt+1")
    await world.shows("About Talk 1.")
    await pilot.press("tab", "K", "K")
    if key in {"J", "shift+down"}:
        await pilot.press(key)
    else:
        await pilot.press("J", key)
    role = {message.id: message.role for message in world.app.shown.messages}
    assert role[world.app.transcript.selected or ""] == ("assistant" if key in {"J", "shift+down"} else "user")


@case("message.save_code")
async def save_code(world: World, pilot: Pilot[int], key: str) -> None:
    await with_code(world, pilot)
    await pilot.press(key)
    await world.shows("Which code block to save?")
    await world.shows("2 sh           40 lines   echo 1")
    await pilot.press("1")
    await world.shows("Save the code block to a file")
    await world.shows("code-1.py")
    path = world.folder / "own.py"
    await pilot.press("ctrl+u", *str(path), "enter")
    await world.told(f"Saved to {path}.")
    assert path.read_text() == "print(1)\n"
    path.write_text("other\n")
    await pilot.press(key, "1")
    await world.shows("Save the code block to a file")
    await pilot.press("ctrl+u", *str(path), "enter")
    await world.shows("That file exists already")
    assert path.read_text() == "other\n"
    await pilot.press("enter")
    await world.until(lambda: path.read_text() == "print(1)\n", "the file replaced")


@case("message.edit_code")
async def edit_code(world: World, pilot: Pilot[int], key: str) -> None:
    world.environ["EDITOR"] = "editor-that-is-not-there --wait"
    await with_code(world, pilot)
    await pilot.press(key)
    await world.shows("Which code block to open?")
    await pilot.press("down", "enter")
    await world.until(lambda: world.notes)  # a terminal that is not there hands nothing over
    assert world.app.shown.last is not None
    assert world.app.shown.last.text == CODE


@case("message.fold_code")
async def fold_code(world: World, pilot: Pilot[int], key: str) -> None:
    await with_code(world, pilot)
    await pilot.press(key)
    await world.shows("… 34 more lines")
    assert "echo 6" in world.screen
    assert "echo 7" not in world.screen
    assert "echo 40" not in world.screen
    assert "print(1)" in world.screen
    await pilot.press("2")
    await world.told("Copied code block 2, 40 lines.")
    await pilot.press(key, "end")
    await world.shows("echo 40")


@case("message.raw")
async def raw(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = saying("# A *title*\n\n- one\n\n```sh\nls\n```\n")
    await world.ask(pilot, "hey")
    await world.shows("A title")
    await pilot.press("tab", key)
    await world.shows("# A *title*")
    assert "```sh" in world.screen
    await pilot.press("1")
    await world.told("Copied code block 1, 2 characters.")
    await pilot.press(key)
    await world.shows("A title")
    assert "```" not in world.screen


@case("message.quote")
async def quote(world: World, pilot: Pilot[int], key: str) -> None:
    world.script = saying("one\n\ntwo\n")
    await world.ask(pilot, "hey")
    await world.shows("two")
    await pilot.press(*"I say", "tab", key)
    assert world.app.prompt.content == "I say\n\n> one\n>\n> two\n\n"
    assert world.app.prompt.has_focus


@case("message.details")
async def about(world: World, pilot: Pilot[int], key: str) -> None:
    world.pace = 0.5
    world.script = [TextDelta("Done."), UsageReported(Usage(input=3, output=5)), Finished("stop")]
    await world.ask(pilot, "hey")
    await world.until(lambda: not world.app.shown.busy)
    await pilot.press("tab", key)
    await world.shows("About this message")
    for words in (
        "endpoint          lab",
        "model             m-large",
        "finish            stop",
        "first content",
        "message id",
    ):
        assert words in world.screen
    await pilot.press("y")
    await world.told("Copied the details")
    assert "state: complete" in world.app.clipboard


@case("compare")
async def compare(world: World, pilot: Pilot[int], key: str) -> None:
    await pilot.press(*"who?", key)
    await world.shows("Ask several at once")
    await pilot.press(*"tiny", "space", "enter")
    await world.shows("▸1 lab · m-large")
    await world.shows("2 other · tiny")
    await world.until(lambda: not world.app.shown.busy)
    await pilot.press("enter")
    await world.shows("‹1/2›")
