"""What a server knows more of a conversation takes its place in it, once, and nothing is lost."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import pulling, session
from chattui.chat import Conversation, Failure, Message, State
from chattui.endpoint import Endpoint
from chattui.events import JSON, ChatEvent, Finished, TextDelta
from chattui.providers import Provider, Turn
from chattui.pulling import caught_up, pull
from chattui.session import Means, Session
from chattui.store import Store
from chattui.wire import Wire
from chattui.writer import Writer

Said = tuple[str, str]


def held(*said: Said, state: State = "complete") -> Conversation:
    """A conversation of these texts, by "user" and "assistant"; the last message has this state."""
    found = Conversation("c" * 8, 1.0, 1.0, remote={"it": {"chat": 1}})
    for at, (role, text) in enumerate(said):
        last = at == len(said) - 1
        one = Message(f"l{at}", found.head, role, text, 1.0, state if last else "complete")
        found = found.with_message(one, now=1.0)
    return found


def kept(*said: Said) -> list[Message]:
    return [Message(f"s{at}", None, role, text, 10.0 + at) for at, (role, text) in enumerate(said)]


def shown(conversation: Conversation) -> list[Said]:
    return [(message.role, message.text) for message in conversation.branch()]


def take(here: Conversation, *there: Said) -> tuple[Conversation, int]:
    """The merge; whatever it is, doing it again changes nothing."""
    found, count = caught_up(here, kept(*there), "it", 99.0)
    assert caught_up(found, kept(*there), "it", 100.0) == (found, 0)
    return found, count


U1, A1, U2, A2 = ("user", "one"), ("assistant", "First."), ("user", "two"), ("assistant", "Second.")


@pytest.mark.parametrize(
    ("here", "there", "then"),
    [
        ((), (U1, A1), [U1, A1]),  # all of it is new
        ((U1, A1), (U1, A1), [U1, A1]),  # all of it is known
        ((U1, A1), (U1, A1, U2, A2), [U1, A1, U2, A2]),  # it went on elsewhere
        ((U1, A1, U2, A2), (U1, A1), [U1, A1, U2, A2]),  # the server forgot
        ((U1, A1), (("user", " one\n"), A1), [U1, A1]),  # blanks are no difference
        ((U1, A1, U2), (U1, A1, ("user", "x"), ("assistant", "X.")), [U1, A1, ("user", "x"), ("assistant", "X."), U2]),
        ((U2, A2), (U1, A1, U2, A2), [U1, A1, U2, A2]),  # in front
        ((U1, A1, U1, A1), (U1, A1, U1, A1), [U1, A1, U1, A1]),  # the same words twice
        ((U1, A1), (U1, A1, U1, A1), [U1, A1, U1, A1]),
        ((), (U1, U1), [U1, U1]),
        ((U1, ("assistant", "a\n\nb")), (U1, ("assistant", "a"), ("assistant", "b")), [U1, ("assistant", "a\n\nb")]),
    ],
)
def test_the_server_s_messages_take_their_place(
    here: tuple[Said, ...], there: tuple[Said, ...], then: list[Said]
) -> None:
    found, count = take(held(*here), *there)
    assert shown(found) == then
    assert count == len(then) - len(here)


@pytest.mark.parametrize("state", ["stopped", "incomplete", "failed"])
def test_a_reply_that_was_cut_here_is_made_whole(state: State) -> None:
    here = held(U1, ("assistant", "Fir" if state != "failed" else ""), state=state)
    broken = replace(here.messages["l1"], error=Failure("CutShort", "It broke."), notices=("n",))
    found, count = take(here.with_message(broken, now=1.0), U1, A1)
    (_, reply) = found.branch()
    assert (reply.id, reply.text, reply.state, reply.error, reply.notices) == ("l1", "First.", "complete", None, ())
    assert count == 1


def test_a_reply_that_was_cut_and_is_another_one_there_stays() -> None:
    found, _ = take(held(U1, ("assistant", "Quite other"), state="stopped"), U1, A1)
    assert ("assistant", "Quite other") in shown(found)
    assert A1 in shown(found)


def test_an_answer_that_was_given_again_is_not_brought_back() -> None:
    here = held(U1, A1)
    here = here.with_message(Message("again", "l0", "assistant", "Other.", 2.0), now=2.0)
    found, count = take(here, U1, A1, U1, ("assistant", "Other."))
    assert (shown(found), count) == ([U1, ("assistant", "Other.")], 0)


def test_a_title_comes_with_the_first_words_and_a_given_one_stays() -> None:
    assert take(held(), U1, A1)[0].title == "one"
    assert take(replace(held(), title="Mine"), U1, A1)[0].title == "Mine"
    assert take(held(), U1, A1)[0].updated == 11.0


SAID = st.lists(
    st.tuples(st.sampled_from(["user", "assistant"]), st.sampled_from(["a", "b", "a\n\nb", "c"])), max_size=6
)


@given(SAID, SAID)
def test_nothing_that_was_here_is_lost_and_nothing_comes_twice(here: list[Said], there: list[Said]) -> None:
    before = held(*here)
    found, count = take(before, *there)
    ids = [message.id for message in found.branch()]
    assert [name for name in ids if name in before.messages] == [message.id for message in before.branch()]
    assert len(ids) == len(before.messages) + count


async def test_a_turn_that_begins_meanwhile_keeps_its_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(Store(tmp_path))
    asked, answered = asyncio.Event(), asyncio.Event()

    async def messages(endpoint: Endpoint, wire: Wire, remote: Mapping[str, JSON]) -> tuple[Message, ...]:
        asked.set()
        await answered.wait()
        return tuple(kept(U1, A1, ("user", "from elsewhere")))

    async def reply(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
        yield TextDelta("Second.")
        answered.set()
        await asyncio.sleep(0.02)
        yield Finished()

    made = Provider(reply, messages=messages)
    monkeypatch.setattr(pulling, "provider", lambda _: made)
    monkeypatch.setattr(session, "provider", lambda _: made)
    found = Session(Means(None, writer), Endpoint("it", "scripted"), held(U1, A1))  # type: ignore[arg-type]
    pulled = asyncio.create_task(pull(found))
    await asked.wait()
    async with aclosing(found.send("two")) as updates:
        async for _ in updates:
            pass
    assert await pulled == 0
    assert shown(found.conversation) == [U1, A1, U2, A2]
    assert await pull(found) == 1  # nothing is lost by that: the next one brings it
    assert ("user", "from elsewhere") in shown(found.conversation)
    assert writer.close()
