"""`chattui add --from-curl` with the request that each system's own page shows: what is written answers, twice."""

from pathlib import Path

import pytest

from chattui.cli import main
from fakes import Fake
from fakes.chatiq import KEY as CHATIQ_KEY
from fakes.chatiq import ChatIQ
from fakes.hardwire import HardWire
from fakes.motia import Motia
from fakes.motia_sse import MotiaSse
from fakes.snackprompt import KEY as SNACK_KEY
from fakes.snackprompt import Snackprompt
from fakes.typebot import Typebot

JAR = "# Netscape HTTP Cookie File\n#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t0\tbetter-auth.session_token\ttok.sig%3D\n"
DOCUMENTED: dict[type[Fake], str] = {
    Motia: """curl -X POST BASE/chat \\
  -H "Content-Type: application/json" \\
  -d '{
    "message": "Hello, how are you?",
    "userId": "user-123"
  }'""",
    MotiaSse: """curl -N BASE/chat/stream -d '{"message":"Hello","history":[]}'""",
    HardWire: """curl -X POST "BASE/api/chats/550e8400-e29b-41d4-a716-446655440000/messages/stream" \\
  -H "Accept: text/event-stream" \\
  -H "Content-Type: application/json" \\
  -b cookies.txt \\
  --data '{
    "content": "Explain quantum computing",
    "modelId": "gpt-4",
    "userId": "user-123"
  }'""",
    ChatIQ: f"""curl BASE/api/chat -H 'Content-Type: application/json' -H 'Authorization: Bearer {CHATIQ_KEY}' \\
  -d '{{"message":"hi","bot_slug":"support-bot","stream":true,"conversation_id":null}}'""",
    Snackprompt: f"""curl BASE/v1/kb/chat/stream -H 'Content-Type: application/json' -H 'x-api-key: {SNACK_KEY}' \\
  -d '{{"query":"what are the products?","filters":{{"tenant_id":"t-1"}}}}'""",
    Typebot: "curl -X POST BASE/api/v1/typebots/llm/startChat",
}
"""By the system: the request of its page (where that shows code, the request that the code sends)."""


@pytest.mark.parametrize("system", DOCUMENTED)
def test_what_its_page_shows_yields_an_endpoint_that_answers(
    system: type[Fake], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    jar = tmp_path / "cookies.txt"
    jar.write_text(JAR)
    jar.chmod(0o600)
    with system().running() as fake:
        assert isinstance(fake, Fake)
        assert main(["add", "it", "-y", "--from-curl", DOCUMENTED[system].replace("BASE", fake.base)]) == 0
        assert fake.requests == []
        assert main(["ask", "-e", "it", "one"]) == 0
        first = capsys.readouterr().out
        assert main(["ask", "-e", "it", "--continue", "two"]) == 0
        second = capsys.readouterr().out
    text: str = fake.text  # type: ignore[attr-defined]
    assert first.rstrip("\n").endswith(text)
    assert second.rstrip("\n") == text


def test_a_jar_that_cannot_be_used_yet_is_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    command = DOCUMENTED[HardWire].replace("BASE", "http://127.0.0.1:9")
    assert main(["add", "one", "-y", "--from-curl", command]) == 0
    assert "There is no" in capsys.readouterr().err
    (tmp_path / "cookies.txt").write_text(JAR)
    (tmp_path / "cookies.txt").chmod(0o644)
    assert main(["add", "two", "-y", "--from-curl", command]) == 0
    assert "chmod 600" in capsys.readouterr().err
