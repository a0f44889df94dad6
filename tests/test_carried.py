"""Files in a conversation: when they are kept, when they are sent, and what happens when they cannot be."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from chattui import attach, session
from chattui.chat import Conversation, Message
from chattui.document import encode
from chattui.endpoint import Endpoint
from chattui.errors import Unsupported, Unwritable
from chattui.events import Attachment, ChatEvent, FileReturned, Finished, TextDelta
from chattui.providers import Provider, Turn
from chattui.reading import decode
from chattui.session import Means, Session
from chattui.store import Store
from chattui.usage import facts, summed
from chattui.wire import Wire
from chattui.writer import Writer

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))
CAT, NOTES = attach.described(PNG, "cat.png"), attach.described(b"# Notes", "notes.md")
SEES = Endpoint("sees", "openai-chat", url="http://lab.example/v1", model="m")
BLIND = replace(SEES, name="blind", provider="demo")


class World:
    """A session whose provider plays a script; which images go where, the real registry says."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = Store(folder)
        self.writer = Writer(self.store)
        self.turns: list[Turn] = []
        self.script: list[ChatEvent] = [TextDelta("Yes."), Finished("stop")]
        monkeypatch.setattr(session, "provider", lambda _: Provider(self.reply))
        self.session = Session(Means(None, self.writer), SEES)  # type: ignore[arg-type]  # no network

    async def reply(self, turn: Turn, _: Wire) -> AsyncIterator[ChatEvent]:
        self.turns.append(turn)
        for event in self.script:
            yield event

    async def send(self, text: str, files: dict[Attachment, bytes] | None = None) -> Message:
        async with aclosing(self.session.send(text, files)) as updates:
            async for _ in updates:
                pass
        return self.session.conversation.branch()[-1]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(tmp_path, monkeypatch)


async def test_files_are_in_the_store_before_the_message_that_names_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: list[bool] = []
    save = world.store.save

    def looking(conversation: Conversation) -> Conversation:
        there.append(world.store.files.path(CAT).exists())
        return save(conversation)

    monkeypatch.setattr(world.store, "save", looking)
    await world.send("Look", {CAT: PNG})
    assert all(there)
    assert world.turns[0].files == {CAT.digest: PNG}
    assert world.turns[0].messages[0].attachments == (CAT,)


async def test_a_document_brings_its_files_back(world: World) -> None:
    world.script = [FileReturned(NOTES, b"# Notes"), FileReturned(NOTES, b"# Notes"), Finished("stop")]
    await world.send("Look", {CAT: PNG})
    found = world.session.conversation
    assert [message.attachments for message in found.branch()] == [(CAT,), (NOTES,)], "the same file twice is one"
    assert decode(encode(found), "it") == found


async def test_an_endpoint_without_eyes_refuses_before_anything_has_changed(world: World) -> None:
    world.session.use(BLIND)
    with pytest.raises(Unsupported, match="‘blind’ takes no images"):
        await world.send("Look", {CAT: PNG})
    assert not world.session.conversation.messages
    assert not world.store.files.folder.exists()


async def test_an_image_over_the_limit_of_its_api_is_refused(world: World) -> None:
    world.session.use(replace(SEES, provider="anthropic"))
    with pytest.raises(Unsupported, match=r"4\.0 MB; nothing was sent"):
        await world.send("Look", {replace(CAT, size=4_000_000): PNG})


async def test_earlier_images_are_left_out_with_a_word_where_they_cannot_go(world: World) -> None:
    await world.send("Look", {CAT: PNG, NOTES: b"# Notes"})
    world.session.use(BLIND)
    reply = await world.send("And now?")
    assert reply.notices == ("‘cat.png’ was not sent: this endpoint does not take it.",)
    assert world.turns[1].messages[0].text == "Look\n\nnotes.md:\n```md\n# Notes\n```"


async def test_a_question_with_an_image_is_not_answered_again_by_an_endpoint_without_eyes(world: World) -> None:
    await world.send("Look", {CAT: PNG})
    world.session.use(BLIND)
    with pytest.raises(Unsupported, match="takes no images"):
        await anext(world.session.regenerate())
    assert len(world.turns) == 1


async def test_a_disk_that_refuses_does_not_stop_a_chat_and_gets_the_files_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = world.store.files.keep

    def full(_: object) -> None:
        raise Unwritable("Not saved: the disk is full.")

    monkeypatch.setattr(world.store.files, "keep", full)
    await world.send("Look", {CAT: PNG})
    assert world.session.trouble == "Not saved: the disk is full."
    assert world.turns[0].files == {CAT.digest: PNG}
    monkeypatch.setattr(world.store.files, "keep", keep)
    await world.send("Again")
    assert world.session.trouble == ""
    assert world.store.files.contents([CAT]) == {CAT.digest: PNG}


async def test_without_a_store_files_stay_in_memory(world: World) -> None:
    world.session = Session(Means(None, None), SEES)  # type: ignore[arg-type]  # no network
    await world.send("Look", {CAT: PNG})
    await world.send("Again")
    assert world.turns[1].files == {CAT.digest: PNG}
    assert not world.store.files.folder.exists()


def test_usage_is_summed_field_by_field() -> None:
    from chattui.events import Usage

    total = summed([Usage(10, 5, cost=0.5), None, Usage(1, None, 1, 2), Usage()])
    assert total == Usage(11, 5, 1, 2, 0.5)
    assert facts(total) == ["11 tokens in (1 cached)", "5 out (2 reasoning)", "$0.50"]
    assert facts(Usage(output=3)) == ["3 tokens out"]
    assert facts(summed([])) == facts(Usage(0, 0)) == []
