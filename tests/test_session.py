"""The workflow: what a turn does to the conversation, to the store, and to whoever watches."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from chattui import draft, saving, session
from chattui.chat import Conversation, Message
from chattui.endpoint import Endpoint
from chattui.errors import CutShort, NotFound, ReadOnly, Rejected, SecretError, Unwritable
from chattui.events import (
    ChatEvent,
    Choice,
    ChoicesOffered,
    Finished,
    Progress,
    ReasoningDelta,
    RemoteState,
    TextDelta,
    TextReplaced,
    Usage,
    UsageReported,
)
from chattui.providers import Provider, Turn
from chattui.session import Began, Ended, Means, Session, Update
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

LAB = Endpoint("lab", "scripted", url="http://lab.example/v1", model="m", system="Be brief.")
Script = list[ChatEvent | BaseException]


class World:
    """A session with a scripted provider, a counting clock and a real store."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = Store(folder)
        self.writer = Writer(self.store)
        self.turns: list[Turn] = []
        self.script: Script = []
        self.before: Callable[[], None] = lambda: None
        self.continues = True
        self.closed = 0
        self.now = itertools.count(1000.0)
        self.tick = 0.0
        self.ids = (f"{number:022x}" for number in itertools.count(1))
        monkeypatch.setattr(session, "provider", lambda _: Provider(self.reply, continues=self.continues))
        means = Means(None, self.writer, lambda: next(self.now), lambda: self.tick, lambda: next(self.ids))  # type: ignore[arg-type]
        self.session = Session(means, LAB)

    async def reply(self, turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        self.turns.append(turn)
        self.before()
        try:
            for step in self.script:
                if isinstance(step, BaseException):
                    raise step
                self.tick += 0.25
                yield step
                await asyncio.sleep(0)
        finally:
            self.closed += 1

    async def run(self, updates: AsyncGenerator[Update, None]) -> list[Update]:
        return [update async for update in updates]

    def again(self) -> Conversation:
        """The conversation as another start of the program finds it."""
        return Store(self.store.data).load(self.session.conversation.id)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path / "data", monkeypatch)


HELLO: Script = [Progress("connecting"), TextDelta("Hel"), TextDelta("lo"), Finished("stop")]


async def test_a_turn_adds_a_question_and_a_complete_answer(world: World) -> None:
    world.script = HELLO
    updates = await world.run(world.session.send("hi"))
    began, *events, ended = updates
    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert events == HELLO
    question, answer = world.session.conversation.branch()
    assert (question.role, question.text) == ("user", "hi")
    assert (answer.text, answer.state, answer.finish) == ("Hello", "complete", "stop")
    assert (answer.endpoint, answer.model) == ("lab", "m")
    assert ended.reply == answer
    assert world.again() == world.session.conversation
    assert world.session.conversation.title == "hi"


async def test_the_question_is_on_disk_before_the_request_leaves(world: World) -> None:
    seen: list[str] = []
    world.before = lambda: seen.extend(message.text for message in world.again().walk())
    world.script = HELLO
    await world.run(world.session.send("hi"))
    assert seen == ["hi"]


async def test_the_turn_holds_the_branch_the_system_prompt_and_what_the_server_issued(world: World) -> None:
    world.script = [RemoteState({"thread": 7}), *HELLO]
    await world.run(world.session.send("one"))
    await world.run(world.session.send("two"))
    turn = world.turns[-1]
    assert [message.text for message in turn.messages] == ["one", "Hello", "two"]
    assert (turn.system, turn.model, turn.prompt) == ("Be brief.", "m", "two")
    assert turn.remote == {"thread": 7}
    assert turn.conversation == world.session.conversation.id
    assert world.again().remote == {"thread": 7}


@pytest.mark.parametrize("text", ["", "  ", "\n\t\n"])
async def test_an_empty_prompt_sends_nothing(world: World, text: str) -> None:
    assert await world.run(world.session.send(text)) == []
    assert world.turns == []
    assert world.store.ids() == []


@pytest.mark.parametrize(
    ("script", "state", "text"),
    [
        ([TextDelta("half"), CutShort("It ended.", hint="Retry.")], "incomplete", "half"),
        ([ReasoningDelta("hm"), CutShort("It ended.", hint="Retry.")], "incomplete", ""),
        ([Progress("waiting"), Rejected("401: no.", status=401, hint="Check.")], "failed", ""),
        ([SecretError("$LAB_KEY is not set.", hint="Set it.")], "failed", ""),
    ],
)
async def test_a_failure_becomes_data_on_the_message(world: World, script: Script, state: str, text: str) -> None:
    world.script = script
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    error = script[-1]
    assert (ended.reply.state, ended.reply.text) == (state, text)
    assert ended.reply.error is not None
    assert ended.reply.error.kind == type(error).__name__
    assert ended.reply.error.text in str(error)
    assert not world.session.busy
    assert world.again().messages[ended.reply.id] == ended.reply


async def test_a_mistake_of_ours_keeps_the_reply_and_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.script = [TextDelta("half"), ZeroDivisionError("secret detail")]
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    assert (ended.reply.state, ended.reply.text) == ("incomplete", "half")
    assert ended.reply.error is not None
    assert "secret detail" not in ended.reply.error.text
    assert "a turn failed" in caplog.text


@pytest.mark.parametrize("after", range(5))
async def test_stopping_at_any_event_keeps_what_had_arrived(world: World, after: int) -> None:
    world.script = [*HELLO[:-1], TextDelta("!"), Progress("alive")]
    arrived: list[Update] = []
    reached = asyncio.Event()

    async def pull() -> None:
        async with aclosing(world.session.send("hi")) as updates:
            async for update in updates:
                arrived.append(update)
                if len(arrived) > after:
                    reached.set()
                    await asyncio.Event().wait()

    task = asyncio.create_task(pull())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    answer = world.again().branch()[-1]
    assert answer.state == "stopped"
    assert answer.text == "".join(event.text for event in arrived if isinstance(event, TextDelta))
    assert world.closed == (0 if after == 0 else 1)
    assert not world.session.busy
    await world.writer.run(lambda: None)
    assert not list(world.store.folder.glob("*.draft.json"))


async def test_closing_the_generator_stops_as_well(world: World) -> None:
    world.script = HELLO
    async with aclosing(world.session.send("hi")) as updates:
        async for update in updates:
            if isinstance(update, TextDelta):
                break
    assert world.again().branch()[-1].state == "stopped"
    assert world.closed == 1


async def until(wanted: Callable[[], object]) -> None:
    for _ in range(2000):
        if wanted():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it does not come")


def drafted(world: World, text: str) -> bool:
    return world.again().branch()[-1].text == text


async def test_the_reply_in_flight_can_be_seen_and_is_drafted_also_in_a_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "SAVE_EVERY", 0.01)
    world.script = [TextDelta("Hel"), TextDelta("lo"), TextDelta("!")]
    async with aclosing(world.session.send("hi")) as updates:
        async for update in updates:
            if isinstance(update, TextDelta) and update.text != "lo":
                assert world.session.reply is not None
                await until(partial(drafted, world, world.session.reply.text))
    assert world.session.reply is None
    assert not list(world.store.folder.glob("*.draft.json"))


async def test_a_draft_that_the_disk_refuses_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Unwritable("Not saved: the disk is full.")

    monkeypatch.setattr(world.store.drafts, "save", full)
    world.script = HELLO
    async for update in world.session.send("hi"):
        if isinstance(update, TextDelta):
            await until(lambda: world.session.trouble)
    assert world.session.trouble == ""  # the document holds it all
    assert world.again() == world.session.conversation


async def test_regenerating_makes_a_sibling_and_shows_it(world: World) -> None:
    world.script = HELLO
    await world.run(world.session.send("hi"))
    world.script = [TextDelta("Again"), Finished()]
    await world.run(world.session.regenerate())
    question, answer = world.session.conversation.branch()
    assert answer.text == "Again"
    assert [message.text for message in world.session.conversation.children(question.id)] == ["Hello", "Again"]
    assert [message.text for message in world.turns[-1].messages] == ["hi"]
    assert world.again() == world.session.conversation


async def test_there_is_nothing_to_regenerate_in_an_empty_conversation(world: World) -> None:
    assert await world.run(world.session.regenerate()) == []
    assert await world.run(world.session.go_on()) == []


async def test_going_on_appends_to_the_same_message(world: World) -> None:
    world.script = [TextDelta("one, "), CutShort("It ended.")]
    await world.run(world.session.send("count"))
    assert world.session.can_go_on
    world.script = [TextDelta("two"), Finished("stop")]
    await world.run(world.session.go_on())
    _, answer = world.session.conversation.branch()
    assert (answer.text, answer.state, answer.error) == ("one, two", "complete", None)
    assert world.turns[-1].continues
    assert not world.session.can_go_on


async def test_an_api_that_cannot_go_on_is_not_asked_to(world: World) -> None:
    world.script = [TextDelta("one, "), CutShort("It ended.")]
    await world.run(world.session.send("count"))
    world.continues = False
    assert not world.session.can_go_on
    assert await world.run(world.session.go_on()) == []


async def test_two_turns_at_once_are_a_mistake_of_the_caller(world: World) -> None:
    world.script = HELLO
    async with aclosing(world.session.send("hi")) as updates:
        async for _ in updates:
            assert world.session.busy
            with pytest.raises(RuntimeError):
                await world.run(world.session.regenerate())
            break


async def test_measures_are_in_seconds_from_the_request(world: World) -> None:
    world.script = [
        Progress("waiting"),
        ReasoningDelta("hm"),
        ReasoningDelta("m"),
        TextDelta("x"),
        UsageReported(Usage(output=3)),
        Finished(),
    ]
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    timing = ended.reply.timing
    assert (timing.first, timing.thought, timing.total) == (0.5, 0.5, 1.5)
    assert ended.reply.usage == Usage(output=3)


async def test_a_reply_has_a_largest_size(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "MOST_TEXT", 10)
    world.script = [TextDelta("12345")] * 3
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    assert ended.reply.state == "incomplete"
    assert ended.reply.text == "123451234512345"
    assert ended.reply.error is not None
    assert ended.reply.error.kind == "TooLarge"


async def test_replaced_text_between_deltas_keeps_their_order(world: World) -> None:
    world.script = [TextDelta("a"), TextReplaced("b"), TextDelta("c"), ReasoningDelta("r"), TextDelta("d"), Finished()]
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    assert (ended.reply.text, ended.reply.reasoning) == ("bcd", "r")


async def test_a_conversation_that_another_program_writes_to_is_left_alone(world: World) -> None:
    other = Store(world.store.data)
    other.hold(world.session.conversation.id)
    with pytest.raises(ReadOnly):
        await world.run(world.session.send("hi"))
    assert not world.session.conversation.messages
    assert not world.session.busy


async def test_a_full_disk_is_told_and_does_not_stop_the_chat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Unwritable("Not saved: the disk is full.")

    world.script = HELLO
    with monkeypatch.context() as patch:
        patch.setattr(world.store, "save", full)
        *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    assert ended.reply.text == "Hello"
    assert world.session.trouble == "Not saved: the disk is full."
    await world.run(world.session.send("more"))
    assert world.session.trouble == ""
    assert len(world.again().messages) == 4


async def test_without_a_writer_nothing_is_left_on_disk(world: World) -> None:
    world.session = Session(Means(None, None), LAB)  # type: ignore[arg-type]
    world.script = HELLO
    await world.run(world.session.send("hi"))
    assert world.session.conversation.branch()[-1].text == "Hello"
    with pytest.raises(NotFound):
        world.again()


async def test_a_name_given_by_a_person_stays_and_an_empty_one_brings_the_automatic_back(world: World) -> None:
    world.script = HELLO
    await world.run(world.session.send("what is it?"))
    await world.session.rename("  My\n talk ")
    assert (world.again().title, world.again().titled) == ("My talk", True)
    await world.session.rename("")
    assert (world.again().title, world.again().titled) == ("what is it?", False)


async def test_another_endpoint_takes_over_with_the_whole_branch(world: World) -> None:
    world.script = HELLO
    await world.run(world.session.send("hi"))
    world.session.use(Endpoint("other", "scripted", model="theirs"))
    await world.run(world.session.send("more"))
    assert [message.endpoint for message in world.session.conversation.branch()] == ["", "lab", "", "other"]
    assert world.turns[-1].model == "theirs"
    assert world.again().endpoint == "other"


async def test_an_unknown_provider_is_one_sentence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> Provider:
        raise KeyError(name)

    monkeypatch.setattr(session, "provider", unknown)
    *_, ended = await world.run(world.session.send("hi"))
    assert isinstance(ended, Ended)
    assert ended.reply.error is not None
    assert ended.reply.error.text == "There is no provider ‘scripted’."


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [session.new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [name[:12] for name in ids] == sorted(name[:12] for name in ids)
    assert all(len(name) == 22 for name in ids)


async def test_what_a_conversation_says_of_its_model_wins_over_the_endpoint(world: World) -> None:
    kept = Conversation("a" * 22, 1.0, 1.0, model="special").with_message(Message("u", None, "user", "hi"), now=2.0)
    assert Session(world.session.means, LAB, kept).model == "special"
    assert Session(world.session.means, LAB).model == "m"
    assert Session(world.session.means, LAB, kept, model="asked").model == "asked"


BOT = Endpoint("bot", "typebot", url="http://bot.example")
ASKS: Script = [TextDelta("Tea or cake?"), ChoicesOffered((Choice("Tea", "t"), Choice("Cake", "c"))), Finished()]


def with_bot(world: World) -> Session:
    world.session = Session(world.session.means, BOT)
    world.script = ASKS
    return world.session


async def test_the_other_side_may_speak_first(world: World) -> None:
    found = with_bot(world)
    assert found.opens
    began, *_, ended = await world.run(found.begin())
    assert isinstance(began, Began)
    assert isinstance(ended, Ended)
    assert began.user is None
    assert (world.turns[0].messages, world.turns[0].prompt, world.turns[0].continues) == ((), "", False)
    (greeting,) = found.conversation.branch()
    assert (greeting.role, greeting.parent, greeting.text) == ("assistant", None, "Tea or cake?")
    assert not found.opens
    assert await world.run(found.begin()) == []  # once
    assert world.store.ids() == []
    world.script = HELLO
    await world.run(found.send("Tea, please"))
    assert [message.text for message in world.again().branch()] == ["Tea or cake?", "Tea, please", "Hello"]
    assert world.turns[1].messages[0] == greeting


async def test_an_endpoint_that_is_spoken_to_does_not_begin(world: World) -> None:
    assert not world.session.opens
    assert await world.run(world.session.begin()) == []
    assert world.turns == []


async def test_a_greeting_leaves_nothing_on_disk_until_it_is_answered(world: World) -> None:
    found = with_bot(world)
    await world.run(found.begin())
    found.close()
    assert world.writer.close()
    assert [path for path in world.store.data.rglob("*") if path.is_file()] == []


async def test_a_greeting_can_be_asked_for_again(world: World) -> None:
    found = with_bot(world)
    world.script = [CutShort("It broke.")]
    await world.run(found.begin())
    assert found.conversation.branch()[0].state == "failed"
    world.script = ASKS
    await world.run(found.regenerate())
    assert world.turns[1].messages == ()
    assert [message.text for message in found.conversation.branch()] == ["Tea or cake?"]
    assert len(found.conversation.children(None)) == 2


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("1", "t"),
        (" 2 ", "c"),
        ("Cake", "c"),
        ("t", "t"),
        ("3", "3"),
        ("0", "0"),
        ("tea", "tea"),
        ("1.", "1."),
        ("²", "²"),
    ],
)
async def test_the_number_of_an_offered_answer_stands_for_it(world: World, typed: str, sent: str) -> None:
    found = with_bot(world)
    await world.run(found.begin())
    world.script = HELLO
    await world.run(found.send(typed))
    assert world.turns[1].prompt == sent


async def test_numbers_that_are_offered_mean_themselves(world: World) -> None:
    found = with_bot(world)
    world.script = [ChoicesOffered((Choice("5", "5"), Choice("3", "3"), Choice("many"))), Finished()]
    await world.run(found.begin())
    world.script = HELLO
    await world.run(found.send("2"))
    assert world.turns[1].prompt == "2"
    assert found.conversation.offered == ()


async def test_parameters_of_a_conversation_lie_over_the_endpoints_and_are_saved(world: World) -> None:
    lab = replace(LAB, params={"temperature": 1, "top_p": 0.9})
    world.session.use(lab)
    await world.session.settle({"temperature": 0.2}, "Rhyme.")
    world.script = HELLO
    await world.run(world.session.send("hi"))
    turn = world.turns[0]
    assert turn.endpoint == replace(lab, params={"temperature": 0.2, "top_p": 0.9})
    assert turn.system == "Rhyme."
    assert (world.again().params, world.again().system) == ({"temperature": 0.2}, "Rhyme.")
    await world.session.settle({}, None)
    assert (world.again().params, world.again().system) == ({}, None)
    await world.run(world.session.send("again"))
    assert (world.turns[1].endpoint, world.turns[1].system) == (lab, "Be brief.")


async def test_parameters_stay_with_their_endpoint(world: World) -> None:
    await world.session.settle({"temperature": 0.2}, "Rhyme.")
    world.script = HELLO
    await world.run(world.session.send("hi"))
    world.session.use(LAB, "m-2")
    await world.session.keep()
    assert (world.again().model, world.again().params) == ("m-2", {"temperature": 0.2})
    other = replace(LAB, name="other")
    assert Session(world.session.means, LAB, world.again()).conversation.params == {"temperature": 0.2}
    assert Session(world.session.means, other, world.again()).conversation.params == {}
    world.session.use(other)
    assert (world.session.conversation.params, world.session.conversation.system) == ({}, "Rhyme.")
