"""Keys of single messages and of branches."""

from key_cases import case
from textual.pilot import Pilot
from world import World, saying


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
    await pilot.press("tab", key, "end", *" again", "enter")
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
