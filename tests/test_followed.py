"""What a server that keeps the conversation is told when it branches here: by the session, with a scripted provider."""

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from chattui import session
from chattui.endpoint import Endpoint
from chattui.errors import CutShort, Rejected
from chattui.events import ChatEvent, Finished, RemoteState, TextDelta
from chattui.providers import Provider, Turn
from chattui.session import Means, Session, Update
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m")


class World:
    """A server that gives each of its conversations a number and keeps their texts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns: list[Turn] = []
        self.kept: dict[int, list[str]] = {}
        self.cut: BaseException | None = None
        self.said = True
        monkeypatch.setattr(session, "provider", lambda _: Provider(self.reply))
        self.means = Means(None, Writer(Store(folder)))  # type: ignore[arg-type]
        self.session = Session(self.means, LAB)

    async def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        self.turns.append(turn)
        if self.cut is not None and not self.said:
            raise self.cut
        number = turn.remote.get(turn.endpoint.name) or len(self.kept) + 1
        self.kept.setdefault(number, []).append(turn.prompt)
        yield RemoteState({turn.endpoint.name: number})
        yield TextDelta(f"to {turn.prompt}")
        if self.cut is not None:
            raise self.cut
        yield Finished("stop")

    async def run(self, updates: AsyncGenerator[Update, None]) -> None:
        async for _ in updates:
            pass

    async def say(self, *texts: str) -> None:
        for text in texts:
            await self.run(self.session.send(text))

    def named(self, text: str) -> str:
        """The id of the last message with this text."""
        return next(one.id for one in reversed(list(self.session.conversation.walk())) if one.text == text)

    @property
    def branch(self) -> list[str]:
        return [message.text for message in self.session.conversation.branch()]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "data", monkeypatch)


async def test_a_straight_conversation_stays_one_at_the_server(world: World) -> None:
    await world.say("one", "two", "three")
    assert world.kept == {1: ["one", "two", "three"]}
    assert not any(turn.rewound for turn in world.turns)
    assert {turn.conversation for turn in world.turns} == {world.session.conversation.id}


async def test_an_edit_begins_anew_at_the_server_and_sends_the_shown_branch(world: World) -> None:
    await world.say("one", "two")
    await world.run(world.session.send("2", instead_of=world.named("two")))
    assert world.branch == ["one", "to one", "2", "to 2"]
    assert world.kept == {1: ["one", "two"], 2: ["2"]}
    turn = world.turns[-1]
    assert [message.text for message in turn.messages] == ["one", "to one", "2"]
    assert (turn.rewound, turn.remote) == (True, {})
    assert turn.conversation != world.session.conversation.id
    await world.say("three")
    assert world.kept[2] == ["2", "three"]
    assert not world.turns[-1].rewound
    assert world.turns[-1].conversation == turn.conversation


async def test_answering_again_begins_anew_too(world: World) -> None:
    await world.say("one", "two")
    await world.run(world.session.regenerate())
    assert world.kept == {1: ["one", "two"], 2: ["two"]}
    assert world.turns[-1].rewound


async def test_an_earlier_answer_is_given_again_in_its_place(world: World) -> None:
    await world.say("one", "two")
    await world.run(world.session.regenerate(world.named("one")))
    assert world.branch == ["one", "to one"]
    assert [message.text for message in world.turns[-1].messages] == ["one"]


async def test_paging_back_goes_on_where_that_branch_was_left(world: World) -> None:
    await world.say("one", "two")
    await world.run(world.session.send("2", instead_of=world.named("two")))
    await world.session.turn_to(world.named("two"))
    assert world.branch == ["one", "to one", "two", "to two"]
    await world.say("three")
    assert world.kept == {1: ["one", "two", "three"], 2: ["2"]}
    assert not world.turns[-1].rewound


async def test_it_is_the_same_after_a_restart(world: World) -> None:
    await world.say("one", "two")
    await world.run(world.session.send("2", instead_of=world.named("two")))
    await world.session.turn_to(world.named("two"))
    world.session.close()
    store = Store(world.means.writer.store.data)  # type: ignore[union-attr]
    loaded = store.load(world.session.conversation.id)
    assert loaded == world.session.conversation
    world.session = Session(world.means, LAB, loaded)
    await world.say("three")
    assert world.kept[1] == ["one", "two", "three"]


async def test_a_branch_that_stops_short_begins_anew(world: World) -> None:
    await world.say("one", "two")
    await world.session.turn_to(world.named("to one"), below=False)
    await world.say("two, differently")
    assert world.kept == {1: ["one", "two"], 2: ["two, differently"]}
    assert world.turns[-1].rewound


async def test_a_fork_leaves_the_servers_conversation_to_the_old_one(world: World) -> None:
    from chattui.branches import forked

    await world.say("one", "two")
    old = world.session.conversation
    fork = forked(old, old.head or "", world.means.new_id, 0.0)
    other = Session(world.means, LAB, fork)
    await world.run(other.send("three"))
    assert world.kept == {1: ["one", "two"], 2: ["three"]}
    assert world.turns[-1].rewound
    assert [message.text for message in world.turns[-1].messages] == ["one", "to one", "two", "to two", "three"]
    await world.say("3")
    assert world.kept[1] == ["one", "two", "3"]


async def test_deleting_what_the_server_has_heard_begins_anew(world: World) -> None:
    from chattui.branches import without

    await world.say("one", "two")
    await world.session.edit(lambda old: without(old, world.named("two")))
    await world.say("three")
    assert world.kept == {1: ["one", "two"], 2: ["three"]}
    assert [message.text for message in world.turns[-1].messages] == ["one", "to one", "three"]


@pytest.mark.parametrize("said", [True, False])
async def test_a_cut_answer_is_asked_for_again_in_the_same_conversation(world: World, said: bool) -> None:
    await world.say("one")
    world.cut, world.said = (CutShort("It ended.") if said else Rejected("401.", status=401)), said
    await world.say("two")
    world.cut = None
    await world.run(world.session.regenerate())
    assert world.kept == {1: ["one", *(["two"] if said else []), "two"]}
    assert not any(turn.rewound for turn in world.turns)


async def test_endpoints_have_lines_of_their_own(world: World) -> None:
    await world.say("one")
    other = replace(LAB, name="other")
    world.session.use(other)
    await world.say("two")
    world.session.use(LAB)
    await world.say("three")
    assert world.kept == {1: ["one", "three"], 2: ["two"]}
    assert not any(turn.rewound for turn in world.turns)


async def test_what_an_older_chattui_kept_is_gone_on_with(world: World) -> None:
    await world.say("one")
    world.session.conversation = replace(world.session.conversation, lines=())
    await world.say("two")
    assert world.kept == {1: ["one", "two"]}
