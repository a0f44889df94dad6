"""`chattui ask` with each system, from the configuration file to the store: two turns, with a restart in between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.cli import main
from fakes import Fake
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import ChatIQ
from fakes.flowise import Flowise
from fakes.hardwire import HardWire
from fakes.motia import Motia
from fakes.motia_sse import MotiaSse
from fakes.snackprompt import KEY as SNACK_KEY
from fakes.snackprompt import Snackprompt
from fakes.tgi import Tgi
from fakes.typebot import Typebot

LINES: dict[type[Fake], str] = {
    ChatIQ: f'preset = "chatiq"\napi_key = "{CHATIQ_KEY}"\nparams = {{ bot_slug = "support-bot" }}',
    HardWire: 'preset = "hardwire"\napi_key = "tok.sig%3D"\nuser = "user-123"',
    Snackprompt: f'preset = "snackprompt"\napi_key = "{SNACK_KEY}"\nparams = {{ tenant_id = "t-1" }}',
    MotiaSse: 'preset = "motia-sse"',
    Motia: 'preset = "motia"\nuser = "user-123"',
    Typebot: 'preset = "typebot"\nparams = { public_id = "llm" }',
    Flowise: 'preset = "flowise"\nparams = { flow = "flow-1" }',
    Tgi: 'preset = "tgi"',
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
    assert "status      FAILED" in shown
    assert "401" in shown
