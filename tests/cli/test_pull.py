"""`chattui pull`: what a server keeps comes into the store, once."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.cli import main
from chattui.store import Store
from fakes import Fake
from fakes.chatiq import KEY, ChatIQ
from fakes.hardwire import HardWire

Write = Callable[[str], Path]
Out = pytest.CaptureFixture[str]
ELSEWHERE = "11111111-2222-4333-8444-555555555555"


def hardwire(fake: HardWire) -> str:
    return f'[endpoints.hw]\npreset = "hardwire"\nurl = "{fake.base}"\napi_key = "tok.sig%3D"\nuser = "user-123"\n'


def said(home: Path, reference: str) -> list[tuple[str, str]]:
    store = Store(home / "data")
    return [(message.role, message.text) for message in store.load(store.find(reference)).branch()]


@pytest.mark.parametrize("speaks", ["docs", "code"])
def test_chats_held_elsewhere_come_and_the_same_again_changes_nothing(
    speaks: str, config: Write, home: Path, capsys: Out
) -> None:
    fake = HardWire(speaks=speaks)  # type: ignore[arg-type]
    with fake.running():
        config(hardwire(fake))
        assert main(["ask", "from here"]) == 0
        fake.keeps(ELSEWHERE, ("user", "from the web"), ("assistant", "Seen *there*."), title="A title of theirs")
        capsys.readouterr()
        assert main(["pull", "hw"]) == 0
        told = capsys.readouterr()
        assert told.out.startswith("new ")
        assert "A title of theirs · 2 messages" in told.out
        assert "1 new, 1 unchanged" in told.err
        assert main(["pull", "hw", "--json"]) == 0
        again = json.loads(capsys.readouterr().out)
        assert {key: again[key] for key in ("endpoint", "new", "updated", "unchanged", "failed")} == {
            "endpoint": "hw", "new": 0, "updated": 0, "unchanged": 2, "failed": 0,
        }  # fmt: skip
        (theirs,) = (one for one in again["conversations"] if one["title"] == "A title of theirs")
        assert said(home, theirs["id"]) == [("user", "from the web"), ("assistant", "Seen *there*.")]
        fake.keeps(ELSEWHERE, ("user", "more"), ("assistant", "Of it."))
        assert main(["pull", "hw", "--json"]) == 0
        third = json.loads(capsys.readouterr().out)
        assert [one for one in third["conversations"] if one["messages"]] == [
            {"id": theirs["id"], "title": "A title of theirs", "what": "updated", "messages": 2, "error": ""}
        ]
        assert main(["ask", "-c", theirs["id"], "and from here"]) == 0  # it goes on in the server's own chat
        assert [body["content"] for body in fake.chats[ELSEWHERE]] == ["and from here"]
        assert len(Store(home / "data").ids()) == 2


def test_pulled_messages_have_their_sources_and_dates(config: Write, home: Path, capsys: Out) -> None:
    fake = HardWire()
    with fake.running():
        config(hardwire(fake))
        fake.keeps(ELSEWHERE, ("user", "What?"), ("assistant", "This."), ("system", "It failed."))
        assert main(["pull", "hw"]) == 0
        assert main(["show", "1", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out.partition("\n{")[2].join(["{", ""]))
    question, answer, note = shown["messages"]
    assert (shown["title"], shown["endpoint"], note["role"]) == ("What?", "hw", "system")
    assert answer["parent"] == question["id"]
    assert answer["sources"] == [{"url": "https://qubits.example", "title": "Qubits"}]
    assert answer["created"] - question["created"] == 1.0


def test_more_chats_than_a_page_holds_all_come(config: Write, home: Path, capsys: Out) -> None:
    fake = HardWire(speaks="docs")
    with fake.running():
        config(hardwire(fake))
        for number in range(130):
            fake.keeps(f"00000000-0000-4000-8000-{number:012}", ("user", f"chat {number}"))
        assert main(["pull", "hw"]) == 0
    assert "130 new" in capsys.readouterr().err
    assert len(Store(home / "data").ids()) == 130


def test_what_fails_with_one_chat_does_not_keep_the_others(config: Write, home: Path, capsys: Out) -> None:
    fake = HardWire(limited=1)
    with fake.running():
        config(hardwire(fake))
        fake.keeps(ELSEWHERE, ("user", "good"))
        fake.keeps("gone", ("user", "bad"), title="Gone")
        load, fake._load = fake._load, lambda chat: fake._refuse(404) if chat == "gone" else load(chat)  # type: ignore[method-assign]
        assert main(["pull", "hw"]) == 1
    told = capsys.readouterr()
    assert "failed   Gone: " in told.out
    assert "404" in told.out
    assert "1 new, 1 failed" in told.err
    assert said(home, "1") == [("user", "good")]


def test_a_conversation_that_is_open_elsewhere_is_left_alone(config: Write, home: Path, capsys: Out) -> None:
    fake = HardWire()
    with fake.running():
        config(hardwire(fake))
        assert main(["ask", "one"]) == 0
        (chat,) = fake.kept
        fake.keeps(chat, ("user", "two"))
        other = Store(home / "data")
        other.hold(other.ids()[0])
        assert main(["pull", "hw"]) == 1
        assert "open in another chattui" in capsys.readouterr().out
        other.release(other.ids()[0])
        assert main(["pull", "hw"]) == 0


def test_a_wrong_cookie_and_an_endpoint_without_chats(config: Write, capsys: Out) -> None:
    fake = HardWire()
    with fake.running():
        config(hardwire(fake).replace("tok.sig", "no"))
        assert main(["pull", "hw"]) == 1
        assert "401" in capsys.readouterr().err
    config('[endpoints.m]\npreset = "motia-sse"\n')
    assert main(["pull", "m"]) == 2
    assert "no way to fetch conversations" in capsys.readouterr().err


@pytest.mark.parametrize("play", ["answer", "responses"])
def test_chatiq_brings_what_a_person_said_later(play: str, config: Write, home: Path, capsys: Out) -> None:
    fake = ChatIQ(play=play)  # type: ignore[arg-type]
    with fake.running():
        assert isinstance(fake, Fake)
        config(f'[endpoints.it]\npreset = "chatiq"\nurl = "{fake.base}"\napi_key = "{KEY}"\n')
        assert main(["ask", "one"]) == 0
        assert main(["pull", "it"]) == 0
        assert "1 unchanged" in capsys.readouterr().err
        fake.later = ["Hello, I am Bob."]
        assert main(["pull", "it"]) == 0
        assert "1 updated" in capsys.readouterr().err
    assert said(home, "1")[2:] == [("assistant", "Hello, I am Bob.")]


def test_chatiq_a_person_answers_in_the_place_that_waited(config: Write, home: Path, capsys: Out) -> None:
    fake = ChatIQ(play="takeover")
    with fake.running():
        config(f'[endpoints.it]\npreset = "chatiq"\nurl = "{fake.base}"\napi_key = "{KEY}"\n')
        assert main(["ask", "a person please"]) == 0
        fake.later = ["Bob here.", "How can I help?"]
        assert main(["pull", "it"]) == 0
    assert said(home, "1")[1:] == [("assistant", "Bob here."), ("assistant", "How can I help?")]
    store = Store(home / "data")
    assert store.load(store.ids()[0]).branch()[1].notices == ()
