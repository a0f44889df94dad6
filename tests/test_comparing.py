"""One question to several endpoints: siblings in one conversation, durable at every moment, each with its own end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chattui import session
from chattui.comparing import Answer, Comparison
from chattui.endpoint import Endpoint
from chattui.errors import ReadOnly, Rejected
from chattui.events import Attachment, ChatEvent, Finished, RemoteState, TextDelta
from chattui.providers import Provider, Turn
from chattui.session import Means, Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

ONE = Endpoint("one", "scripted", url="http://one.example/v1", model="m-1")
TWO = Endpoint("two", "scripted", url="http://two.example/v1", model="m-2")
Step = ChatEvent | BaseException | asyncio.Event


class World:
    """Endpoints that play a script each; the one without says who it is."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.turns: list[Turn] = []
        self.scripts: dict[str, list[Step]] = {}
        monkeypatch.setattr(session, "provider", lambda _: Provider(self.reply))
        self.store = Store(folder)
        self.means = Means(None, Writer(self.store))  # type: ignore[arg-type]
        self.session = Session(self.means, ONE)

    async def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        self.turns.append(turn)
        name = turn.endpoint.name
        for step in self.scripts.get(
            name, [RemoteState({name: {"for": turn.prompt}}), TextDelta(f"I am {turn.model}.")]
        ):
            if isinstance(step, BaseException):
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                yield step
        yield Finished("stop")

    async def ask(self, *rivals: tuple[Endpoint, str], text: str = "who?") -> Comparison:
        comparison = Comparison(self.session, rivals)
        await comparison.ask(text)
        await asyncio.gather(*(self.pull(comparison, answer) for answer in comparison.answers))
        await comparison.end()
        return comparison

    async def pull(self, comparison: Comparison, answer: Answer) -> None:
        async for _ in comparison.run(answer):
            pass

    async def say(self, text: str) -> None:
        async for _ in self.session.send(text):
            pass

    @property
    def stored(self) -> list[tuple[str, str, str]]:
        """(text, state, endpoint) of every message on the disk, as another start of the program finds them."""
        found = Store(self.store.data).load(self.session.conversation.id)
        return [(message.text, message.state, message.endpoint) for message in found.walk()]

    @property
    def branch(self) -> list[str]:
        return [message.text for message in self.session.conversation.branch()]


async def until(holds: Callable[[], object]) -> None:
    """Let the answers come until this holds; fails after five seconds."""
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.01)
    pytest.fail("never came true")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "data", monkeypatch)


async def test_the_answers_are_siblings_in_the_order_of_the_endpoints(world: World) -> None:
    comparison = await world.ask((ONE, ""), (TWO, ""), (ONE, "m-9"))
    answers = ["I am m-1.", "I am m-2.", "I am m-9."]
    assert [message.text for message in world.session.conversation.children(comparison.question)] == answers
    assert world.stored == [
        ("who?", "complete", ""),
        *zip(answers, ["complete"] * 3, ["one", "two", "one"], strict=True),
    ]
    assert world.branch == ["who?", "I am m-1."]
    assert [[message.text for message in turn.messages] for turn in world.turns] == [["who?"]] * 3


async def test_the_one_that_is_kept_is_gone_on_with(world: World) -> None:
    comparison = await world.ask((ONE, ""), (TWO, "m-9"))
    await comparison.keep(comparison.answers[1])
    assert (world.session.endpoint, world.session.model) == (TWO, "m-9")
    await world.say("and then?")
    turn = world.turns[-1]
    assert (turn.endpoint.name, turn.model) == ("two", "m-9")
    assert [message.text for message in turn.messages] == ["who?", "I am m-9.", "and then?"]
    assert turn.remote["two"] == {"for": "who?"}
    assert not turn.rewound


async def test_of_two_answers_by_one_server_each_has_a_conversation_there(world: World) -> None:
    await world.say("hello")
    comparison = await world.ask((ONE, ""), (ONE, "m-9"))
    first, second = world.turns[-2:]
    assert (first.rewound, second.rewound) == (False, True)
    assert first.conversation != second.conversation
    await comparison.keep(comparison.answers[1])
    await world.say("on")
    assert world.turns[-1].conversation == second.conversation


async def test_the_last_question_may_be_answered_by_others(world: World) -> None:
    await world.say("who?")
    comparison = Comparison(world.session, [(TWO, ""), (ONE, "")])
    question = world.session.conversation.last_question
    assert question is not None
    await comparison.again(question.id)
    await asyncio.gather(*(world.pull(comparison, answer) for answer in comparison.answers))
    await comparison.end()
    assert [text for text, *_ in world.stored] == ["who?", "I am m-1.", "I am m-2.", "I am m-1."]
    assert world.branch == ["who?", "I am m-2."]


async def test_failures_are_told_apart_and_the_first_whole_answer_is_shown(world: World) -> None:
    world.scripts["one"] = [Rejected("401: the key was refused.", status=401)]
    await world.ask((ONE, ""), (TWO, ""))
    assert [state for _, state, _ in world.stored] == ["complete", "failed", "complete"]
    assert world.branch == ["who?", "I am m-2."]


async def test_what_one_endpoint_cannot_take_is_its_own_failure(world: World) -> None:
    image = Attachment("a.png", "image/png", 3, "0" * 64)
    comparison = Comparison(world.session, [(ONE, ""), (TWO, "")])
    world.session.conversation = (await _asked_with(world, image)).conversation
    question = world.session.conversation.last_question
    assert question is not None
    await comparison.again(question.id)
    await asyncio.gather(*(world.pull(comparison, answer) for answer in comparison.answers))
    await comparison.end()
    errors = [message.error for message in world.session.conversation.children(question.id)]
    assert all(error is not None and "takes no images" in error.text for error in errors)
    assert not world.turns


async def _asked_with(world: World, image: Attachment) -> Session:
    user = await world.session.say("look")
    messages = {user.id: replace(user, attachments=(image,))}
    world.session.conversation = replace(world.session.conversation, messages=messages)
    return world.session


async def test_one_may_be_stopped_while_the_other_goes_on(world: World) -> None:
    hold = asyncio.Event()
    world.scripts["one"] = [TextDelta("I was"), asyncio.Event()]
    world.scripts["two"] = [TextDelta("I will"), hold]
    comparison = Comparison(world.session, [(ONE, ""), (TWO, "")])
    await comparison.ask("who?")
    tasks = [asyncio.ensure_future(world.pull(comparison, answer)) for answer in comparison.answers]
    await until(lambda: all(answer.message and answer.message.text for answer in comparison.answers))
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    assert world.stored[1] == ("I was", "stopped", "one")
    hold.set()
    await tasks[1]
    await comparison.end()
    assert world.stored[1:] == [("I was", "stopped", "one"), ("I will", "complete", "two")]


async def test_a_crash_leaves_all_answers_as_far_as_they_had_come(world: World) -> None:
    world.scripts["one"] = [TextDelta("Half of"), asyncio.Event()]
    world.scripts["two"] = [asyncio.Event()]
    comparison = Comparison(world.session, [(ONE, ""), (TWO, "")])
    await comparison.ask("who?")
    tasks = [asyncio.ensure_future(world.pull(comparison, answer)) for answer in comparison.answers]
    await until(lambda: len(world.stored) == 3 and world.stored[1][0])
    assert world.stored == [("who?", "complete", ""), ("Half of", "incomplete", "one"), ("", "failed", "two")]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await comparison.end()


async def test_nothing_is_asked_where_another_program_writes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await world.say("hello")

    async def held(name: str) -> None:
        raise ReadOnly("Another chattui writes to it.")

    monkeypatch.setattr(world.session._saving, "hold", held)
    with pytest.raises(ReadOnly):
        await Comparison(world.session, [(ONE, ""), (TWO, "")]).ask("who?")
    assert len(world.turns) == 1
    assert len(world.session.conversation.messages) == 2
