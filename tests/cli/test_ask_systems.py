"""`chattui ask` with each system, from the configuration file to the store: two turns, with a restart in between."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from chattui.cli import main
from fakes import Fake
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import ChatIQ
from fakes.dify import KEY as DIFY_KEY
from fakes.dify import Dify, Play
from fakes.flowise import Flowise
from fakes.hardwire import HardWire
from fakes.lmstudio import LmStudio
from fakes.motia import Motia
from fakes.motia_sse import MotiaSse
from fakes.snackprompt import KEY as SNACK_KEY
from fakes.snackprompt import Snackprompt
from fakes.tgi import Tgi
from fakes.typebot import Typebot
from server import Received, Server

LINES: dict[type[Fake], str] = {
    ChatIQ: f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ bot_slug = "support-bot" }}',
    HardWire: 'preset = "hardwire"\napi_key = "tok.sig%3D"\nuser = "user-123"',
    Snackprompt: f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {{ tenant_id = "t-1" }}',
    MotiaSse: 'preset = "motia-sse"',
    Motia: 'preset = "motia"\nuser = "user-123"',
    Typebot: 'preset = "typebot"\nparams = { public_id = "llm" }',
    Flowise: 'preset = "flowise"\nparams = { flow = "flow-1" }',
    Tgi: 'preset = "tgi"',
    Dify: f'provider = "dify"\napi_key = "{DIFY_KEY}"',
    LmStudio: 'preset = "lmstudio-native"',
}


@pytest.mark.parametrize("system", LINES)
def test_two_turns_and_a_restart(
    system: type[Fake], config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with system().running() as fake:
        assert isinstance(fake, Fake)
        config(f'[endpoints.it]\nurl = "{fake.base}"\n{LINES[system]}\n')
        assert main(["ask", "one"]) == 0
        first = capsys.readouterr()
        assert main(["ask", "--continue", "two"]) == 0
        second = capsys.readouterr()
    text: str = fake.text  # type: ignore[attr-defined]
    assert first.out.rstrip("\n").endswith(text)
    assert second.out.rstrip("\n") == text
    match fake:
        case ChatIQ():
            assert list(fake.conversations.values()) == [["one", "two"]]
        case HardWire():
            assert [len(messages) for messages in fake.chats.values()] == [2]
        case Motia():
            assert len(set(fake.joined)) == 1
        case Typebot():
            assert len(fake.started) == 1
        case Dify():
            assert [said for _, said in fake.conversations.values()] == [["one", "two"]]
        case LmStudio():
            assert list(fake.kept.values()) == [["one"], ["one", "two"]]
        case MotiaSse():
            assert [turn["content"] for turn in fake.bodies[1]["history"]] == ["one", text]


def test_the_check_of_a_wrong_key_fails_at_the_status(
    config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Snackprompt().running() as fake:
        assert isinstance(fake, Fake)
        lines = LINES[Snackprompt].replace(SNACK_KEY, "no")
        config(f'[endpoints.it]\nurl = "{fake.base}"\n{lines}\n')
        assert main(["check", "it"]) != 0
        shown = capsys.readouterr().out
        assert [request.path for request in fake.requests] == ["/v1/auth/token/validate"]
    assert "status       FAILED" in shown
    assert "401" in shown


def test_a_bot_that_speaks_first_is_heard_before_it_is_answered(
    config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Typebot().running() as fake:
        assert isinstance(fake, Typebot)
        config(f'[endpoints.it]\nurl = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "inputs" }}\n')
        assert main(["ask", "1"]) == 0
        first = capsys.readouterr()
        assert main(["ask", "--continue", "nobody"]) == 0
        second = capsys.readouterr()
        (session,) = fake.sessions.values()
    assert "Hello **bold**" in first.err
    assert "choice 1: Yes" in first.err
    assert first.out == "Your e-mail?"
    assert second.out == "Not an e-mail."  # in the server's words
    assert session.heard == ["Yes", "nobody"]
    assert main(["show", "1"]) == 0
    shown = capsys.readouterr().out
    assert "Hello **bold**" in shown
    assert "Yes" in shown


def test_an_answer_that_does_not_fit_a_first_question_is_refused_by_the_bot(
    config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Typebot().running() as fake:
        assert isinstance(fake, Typebot)
        config(f'[endpoints.it]\nurl = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "inputs" }}\n')
        assert main(["ask", "perhaps"]) == 0
        shown = capsys.readouterr()
    assert shown.out == "Invalid message. Please, try again."
    assert shown.err.count("choice 1: Yes") == 2


def test_a_bot_that_cannot_begin_is_sent_nothing(
    config: Callable[[str], Path], home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Typebot().running() as fake:
        assert isinstance(fake, Typebot)
        config(f'[endpoints.it]\nurl = "{fake.base}"\npreset = "typebot"\nparams = {{ public_id = "closed" }}\n')
        assert main(["ask", "hi"]) == 1
        assert [request.path.rpartition("/")[2] for request in fake.requests] == ["startChat"]
    shown = capsys.readouterr()
    assert "This bot is now closed" in shown.err
    assert shown.out == ""
    assert not list((home / "data").rglob("*.json"))


def test_the_check_of_a_bot_that_speaks_first_says_nothing_to_it(
    config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Typebot().running() as fake:
        assert isinstance(fake, Typebot)
        config(f'[endpoints.it]\nurl = "{fake.base}"\n{LINES[Typebot]}\n')
        assert main(["check", "it"]) == 0
        assert all(session.heard == [] for session in fake.sessions.values())


def test_rules_may_say_that_the_bot_speaks_first(
    config: Callable[[str], Path], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.reply(b'{"say": "Who is there?"}', type="application/json", body="length")
    server.reply(b'{"say": "Hello, Ana."}', type="application/json", body="length")
    config(
        f'[endpoints.it]\nurl = "http://{server.host}/bot"\nopens = "bot"\n'
        'body = { text = "{prompt}" }\nrules = [{ text = "say" }]\n'
    )
    assert main(["ask", "Ana"]) == 0
    shown = capsys.readouterr()
    assert (shown.out, "Who is there?" in shown.err) == ("Hello, Ana.", True)
    assert [request.json for request in server.requests] == [{"text": ""}, {"text": "Ana"}]


@dataclass
class Interrupted(Dify):
    """The user presses ctrl+c once the first words are there."""

    play: Play = "slow"

    def answer(self, asked: Received) -> None:
        super().answer(asked)
        if asked.path.endswith("/chat-messages"):
            threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGINT)).start()


def test_dify_is_told_when_ask_is_interrupted_and_the_conversation_goes_on(
    config: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with Interrupted().running() as fake:
        assert isinstance(fake, Interrupted)
        config(f'[endpoints.it]\nurl = "{fake.base}"\n{LINES[Dify]}\n')
        assert main(["ask", "one"]) == 130
        assert capsys.readouterr().out == fake.text[: len(fake.text) // 2]
        ((user, _),) = fake.conversations.values()
        assert fake.stopped == [("task-conv-1-1", user)]
    with Dify(conversations=fake.conversations).running() as again:
        assert isinstance(again, Dify)
        config(f'[endpoints.it]\nurl = "{again.base}"\n{LINES[Dify]}\n')
        assert main(["ask", "--continue", "two"]) == 0
        assert capsys.readouterr().out == again.text
        assert list(again.conversations.values()) == [(user, ["one", "two"])]
