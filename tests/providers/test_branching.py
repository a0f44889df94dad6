"""Servers that keep the conversation, when it branches here: what each is sent, end to end, over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from chattui import config
from chattui.branches import forked, without
from chattui.chat import Message
from chattui.endpoint import Endpoint
from chattui.events import Notice
from chattui.providers import Turn, a2a, motia_streams
from chattui.providers.rules.request import request
from chattui.session import Ended, Means, Session, Update
from chattui.wire.http import HttpWire
from fakes import Fake
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import ChatIQ
from fakes.dify import KEY, Dify
from fakes.hardwire import HardWire
from fakes.typebot import Typebot

Run = Callable[[Fake], Fake]
TEXT = "What was said before:\n\nuser: one\n\nassistant: {}\n\n---\n\n"


class Talk:
    """A session with the one endpoint of a configuration; nothing is kept on a disk."""

    def __init__(self, wire: HttpWire, text: str) -> None:
        found = config.load_text(text, {})
        assert not found.errors, [str(problem) for problem in found.errors]
        self.endpoint = found.endpoints["it"]
        self.session = Session(Means(wire, None), self.endpoint)
        self.notices: list[str] = []

    async def _pull(self, updates: AsyncIterator[Update]) -> str:
        self.notices = []
        async with aclosing(updates) as pulled:  # type: ignore[type-var]  # every turn is a generator
            async for update in pulled:
                if isinstance(update, Notice):
                    self.notices.append(update.text)
                elif isinstance(update, Ended):
                    assert update.reply.error is None, update.reply.error
                    return update.reply.text
        return ""

    async def says(self, text: str, instead_of: str = "") -> str:
        old = next((one.id for one in self.session.conversation.walk() if one.text == instead_of), "")
        return await self._pull(self.session.send(text, instead_of=old))

    async def again(self) -> str:
        return await self._pull(self.session.regenerate())

    async def back_to(self, text: str) -> None:
        await self.session.turn_to(next(one.id for one in self.session.conversation.walk() if one.text == text))

    def fork(self) -> None:
        old = self.session.conversation
        new = forked(old, old.head or "", self.session.means.new_id, 0.0)
        self.session = Session(self.session.means, self.endpoint, new)


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire()
    yield made
    await made.aclose()


def dify(run: Run, wire: HttpWire) -> tuple[Dify, Talk]:
    fake = run(Dify())
    assert isinstance(fake, Dify)
    return fake, Talk(wire, f'[endpoints.it]\nprovider = "dify"\nurl = "{fake.base}"\napi_key = "{KEY}"\n')


async def test_dify_hears_the_shown_branch_in_a_conversation_of_its_own(run: Run, wire: HttpWire) -> None:
    fake, talk = dify(run, wire)
    await talk.says("one")
    await talk.says("two")
    assert not talk.notices
    await talk.says("2", instead_of="two")
    assert talk.notices == ["The server began this conversation anew; what was said before went along as text."]
    await talk.says("three")
    await talk.back_to("two")
    await talk.says("drei")
    (old, said), (new, anew) = fake.conversations.values()
    assert old != new
    assert said == ["one", "two", "drei"]
    assert anew == [TEXT.format(fake.text) + "2", "three"]


async def test_answering_a_first_question_again_brings_nothing_from_before(run: Run, wire: HttpWire) -> None:
    fake, talk = dify(run, wire)
    await talk.says("one")
    await talk.again()
    assert [said for _, said in fake.conversations.values()] == [["one"], ["one"]]
    assert not talk.notices


@pytest.mark.parametrize("how", ["fork", "delete"])
async def test_a_fork_and_a_cut_branch_begin_anew_at_dify(run: Run, wire: HttpWire, how: str) -> None:
    fake, talk = dify(run, wire)
    await talk.says("one")
    if how == "fork":
        talk.fork()
    else:
        await talk.says("two")
        cut = next(one.id for one in talk.session.conversation.walk() if one.text == "two")
        await talk.session.edit(lambda old: without(old, cut))
    await talk.says("next")
    *_, (_, said) = fake.conversations.values()
    assert said == [TEXT.format(fake.text) + "next"]


async def test_hardwire_begins_a_chat_and_tells_it_what_was_said(run: Run, wire: HttpWire) -> None:
    fake = run(HardWire())
    assert isinstance(fake, HardWire)
    talk = Talk(wire, f'[endpoints.it]\npreset = "hardwire"\nurl = "http://{fake.host}"\n'
                      'api_key = "tok.sig%3D"\nuser = "user-123"\nmodel = "gpt-5.2"\n')  # fmt: skip
    await talk.says("one")
    await talk.says("two")
    await talk.says("2", instead_of="two")
    said = [[body["content"] for body in bodies] for bodies in fake.chats.values()]
    assert said == [["one", "two"], [TEXT.format(fake.text) + "2"]]
    assert talk.notices == ["The server began this conversation anew; what was said before went along as text."]


async def test_chatiq_is_given_the_branch_as_history(run: Run, wire: HttpWire) -> None:
    fake = run(ChatIQ())
    assert isinstance(fake, ChatIQ)
    params = 'params = { bot_slug = "support-bot" }'
    talk = Talk(wire, f'[endpoints.it]\npreset = "chatiq"\nurl = "{fake.base}"\napi_key = "{CHATIQ_KEY}"\n{params}\n')
    answer = await talk.says("one")
    await talk.says("two")
    await talk.says("2", instead_of="two")
    last: dict[str, Any] = fake.bodies[-1]
    assert "conversation_id" not in last
    assert [item["content"] for item in last["history"]] == ["one", answer]
    assert last["message"] == "2"


def typebot(run: Run, wire: HttpWire) -> tuple[Typebot, Talk]:
    fake = run(Typebot())
    assert isinstance(fake, Typebot)
    params = 'params = { public_id = "inputs" }'
    return fake, Talk(wire, f'[endpoints.it]\npreset = "typebot"\nurl = "{fake.base}"\n{params}\n')


async def test_a_flow_is_walked_again_as_far_as_the_edited_answer(run: Run, wire: HttpWire) -> None:
    fake, talk = typebot(run, wire)
    await talk._pull(talk.session.begin())
    assert await talk.says("Yes") == "Your e-mail?"
    assert await talk.says("a@example.org") == "Rate us"
    assert await talk.says("b@example.org", instead_of="a@example.org") == "Rate us"
    assert [session.heard for session in fake.sessions.values()] == [
        ["Yes", "a@example.org"],
        ["Yes", "b@example.org"],
    ]
    assert talk.notices[0] == "The bot began anew, and your earlier answers were given again."
    await talk.back_to("a@example.org")
    await talk.says("4")
    assert len(fake.started) == 2  # that session is still where its branch ends


async def test_the_first_answer_to_a_flow_may_be_edited_too(run: Run, wire: HttpWire) -> None:
    fake, talk = typebot(run, wire)
    await talk._pull(talk.session.begin())
    await talk.says("Yes")
    assert await talk.says("No", instead_of="Yes") == "Your e-mail?"
    assert [session.heard for session in fake.sessions.values()] == [["Yes"], ["No"]]
    assert not [notice for notice in talk.notices if "again" in notice]


def rewound(endpoint: Endpoint, prompt: str = "two") -> Turn:
    """A turn on a branch that the server has not heard."""
    one = Message("u1", None, "user", "one")
    said = Message("a1", "u1", "assistant", "Yes.", endpoint=endpoint.name)
    asked = Message("u2", "a1", "user", prompt)
    return Turn(endpoint, endpoint.model, (one, said, asked), conversation="other", reply="a2", rewound=True)


def of(text: str) -> Endpoint:
    return config.load_text(text, {}).endpoints["it"]


def test_flowise_gets_a_session_of_its_own_and_what_was_said() -> None:
    turn = rewound(of('[endpoints.it]\npreset = "flowise"\nparams = { flow = "f" }\n'))
    body: Any = request(turn, {}).body
    assert body["overrideConfig"] == {"sessionId": "other"}
    assert body["question"] == TEXT.format("Yes.") + "two"


@pytest.mark.parametrize("preset", ["snackprompt", "motia-sse"])
def test_back_ends_without_a_memory_get_what_they_always_get(preset: str) -> None:
    params = 'api_key = "k"\nparams = { tenant_id = "t" }\n' if preset == "snackprompt" else ""
    turn = rewound(of(f'[endpoints.it]\npreset = "{preset}"\n{params}'))
    assert request(turn, {}).body == request(replace(turn, rewound=False), {}).body


@pytest.mark.parametrize("version", ["1.0", "0.3"])
def test_a2a_hears_what_was_said_in_a_context_of_its_own(version: str) -> None:
    turn = rewound(of('[endpoints.it]\nprovider = "a2a"\nurl = "http://a.example"\n'))
    body: Any = a2a.request(turn, version).body
    message = body["params"]["message"]
    assert message["parts"][0]["text"] == TEXT.format("Yes.") + "two"
    assert "contextId" not in message


@pytest.mark.parametrize(("prompt", "told"), [("two", True), ("x" * 1990, False)])
def test_motia_hears_it_where_there_is_room(prompt: str, told: bool) -> None:
    turn = rewound(of('[endpoints.it]\npreset = "motia"\nuser = "u"\n'), prompt)
    assert motia_streams._words(turn) == (TEXT.format("Yes.") if told else "") + prompt
