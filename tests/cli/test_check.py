"""`chattui check`: which step fails, what it says, and its exit code."""

import json
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from chattui.cli import main
from chattui.commands import check, world
from chattui.commands.steps import Name, Report
from chattui.endpoint import Endpoint, Timeouts
from chattui.errors import (
    ChatError,
    CutShort,
    Insecure,
    NotAnApi,
    Rejected,
    Reported,
    TimedOut,
    Unreachable,
)
from chattui.events import ChatEvent, Finished, TextDelta, Usage, UsageReported
from chattui.providers import Decode, Dialect, Provider, Turn
from chattui.tape import detective
from chattui.wire import Exchange, Frame, Framing, Request
from chattui.wire.way import Passed, way
from server import STALL, Server, said

Out = pytest.CaptureFixture[str]
LAB = '[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\n'
WAY = (Passed("dns", "127.0.0.1"), Passed("tcp", "127.0.0.1 port 9"), Passed("tls", "not used"))
OK: tuple[str | Exception, ...] = ("t:ok", "t:.", "end")


class FakeExchange:
    """An answer that is played from a script."""

    status = 200
    headers = {"content-type": "text/event-stream"}  # noqa: RUF012 - never changed
    framing: Framing = "sse"

    def __init__(self, items: tuple[str | Exception, ...]) -> None:
        self._items = items

    async def __aiter__(self) -> AsyncIterator[Frame]:
        for item in self._items:
            if isinstance(item, Exception):
                raise item
            yield Frame(item)

    recorder = None

    def saw_content(self) -> None:
        return

    def ends_within(self, seconds: float) -> None:
        return


class FakeWire:
    """A wire whose one exchange fails at once, or plays its script."""

    def __init__(self, items: tuple[str | Exception, ...], refuses: ChatError | None) -> None:
        self._items = items
        self._refuses = refuses

    @asynccontextmanager
    async def exchange(self, _request: Request, _endpoint: Endpoint) -> AsyncIterator[Exchange]:
        if self._refuses is not None:
            raise self._refuses
        yield FakeExchange(self._items)

    def later(self, work: Any) -> None:
        work.close()

    async def aclose(self) -> None:
        return


def decode(_turn: Turn) -> Decode:
    def events(frame: Frame) -> Iterator[ChatEvent]:
        match frame.data.partition(":"):
            case "t", _, text:
                yield TextDelta(text)
            case "error", _, text:
                raise Reported(text)
            case _:
                yield UsageReported(Usage(output=1))
                yield Finished("stop")

    return events


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets the endpoint answer with these frames, or refuse."""

    def play(
        *items: str | Exception, refuses: ChatError | None = None, path: tuple[Passed | ChatError, ...] = WAY
    ) -> None:
        async def passed(_endpoint: Endpoint) -> AsyncGenerator[Passed, None]:
            for part in path:
                if isinstance(part, ChatError):
                    raise part
                yield part

        monkeypatch.setattr(check, "way", passed)
        dialect = Dialect(lambda turn: Request(turn.endpoint.url), decode)
        monkeypatch.setattr(check, "provider", lambda _name: Provider(dialect.reply))
        monkeypatch.setattr(world, "wire", lambda: FakeWire(items, refuses))

    return play


def steps(capsys: Out) -> dict[str, str]:
    found = json.loads(capsys.readouterr().out)
    return {step["step"]: step["verdict"] for step in found["steps"]}


def test_every_step_is_told_with_its_time(
    config: Callable[[str], Path], answers: Callable[..., None], capsys: Out, home: Path
) -> None:
    config(LAB)
    answers(*OK)
    assert main(["check", "lab"]) == 0
    out, err = capsys.readouterr()
    assert not err
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["lab:", "openai-chat", "at", "127.0.0.1:9"]
    assert [line[0] for line in lines[1:7]] == ["config", "key", "dns", "tcp", "tls", "status"]
    assert "text/event-stream" in out
    assert "cancel" in lines[-1]
    assert "‘ok’" in out
    assert "sse, 2 events with content, stop" in out
    assert not (home / "data").exists()


CUT = CutShort("The reply ended without an end marker; it may be cut short.")


@pytest.mark.parametrize(
    ("items", "refuses", "failed", "code"),
    [
        ((), Unreachable("Nothing is listening on h:1.", hint="Is the server running?"), "status", 1),
        ((), Rejected("401: the key was refused.", status=401), "status", 1),
        ((), NotAnApi("This is a web page."), "status", 1),
        (("error:overloaded",), None, "first text", 1),
        ((TimedOut("No answer within 2 s."),), None, "first byte", 3),
        (("end",), None, "first text", 1),
        ((), None, "first byte", 3),
        (("t:ok", "error:overloaded"), None, "end marker", 1),
        (("t:ok",), None, "end marker", 3),
        (("t:o", "t:k"), None, "end marker", 3),
        (("t:ok", CutShort("The connection dropped.")), None, "end marker", 3),
    ],
)
def test_the_step_that_fails_is_named_those_before_are_ok_and_those_behind_skipped(
    items: tuple[str | Exception, ...],
    refuses: ChatError | None,
    failed: str,
    code: int,
    config: Callable[[str], Path],
    answers: Callable[..., None],
    capsys: Out,
) -> None:
    config(LAB)
    answers(*items, refuses=refuses)
    assert main(["check", "--json"]) == code
    at = check.STEPS.index(failed)
    expected = ["ok"] * at + ["failed"] + ["skipped"] * (len(check.STEPS) - at - 1)
    assert list(steps(capsys).values()) == expected


def test_a_failed_step_says_what_to_do(
    config: Callable[[str], Path], answers: Callable[..., None], capsys: Out
) -> None:
    config(LAB)
    answers(refuses=Unreachable("Nothing is listening on h:1.", hint="Is the server running?"))
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert "→ Is the server running?" in out


def test_a_key_that_is_not_there_fails_before_anything_is_sent(
    config: Callable[[str], Path], answers: Callable[..., None], capsys: Out
) -> None:
    config(LAB + 'api_key = { env = "NOT_SET_ANYWHERE" }\n')
    answers(refuses=Unreachable("must not be asked"))
    assert main(["check", "lab", "--json"]) == 2
    assert steps(capsys)["key"] == "failed"


@pytest.mark.parametrize("name", ["bad", "nope"])
def test_a_disabled_or_unknown_endpoint_fails_at_config(name: str, config: Callable[[str], Path], capsys: Out) -> None:
    config(LAB + "[endpoints.bad]\nurl = 7\n")
    assert main(["check", name, "--json"]) == 2
    assert steps(capsys) == dict.fromkeys(check.STEPS, "skipped") | {"config": "failed"}


@pytest.mark.parametrize(("given", "used"), [(0.0, 60.0), (300.0, 60.0), (20.0, 20.0)])
def test_a_check_waits_a_minute_at_most(given: float, used: float) -> None:
    found = check._patience(Timeouts(first_token=given, idle=given))
    assert (found.first_token, found.idle) == (used, used)


@pytest.mark.parametrize(
    ("passed", "error", "failed"),
    [
        (0, Unreachable("Cannot find host h."), "dns"),
        (1, Unreachable("Nothing is listening on h:1."), "tcp"),
        (1, TimedOut("Could not connect to h within 1 s."), "tcp"),
        (2, Insecure("The certificate of h has expired."), "tls"),
    ],
)
def test_the_way_fails_at_its_part(
    passed: int, error: ChatError, failed: str, config: Callable[[str], Path], answers: Callable[..., None], capsys: Out
) -> None:
    config(LAB)
    answers(*OK, path=(*WAY[:passed], error))
    assert main(["check", "--json"]) in {1, 3}
    found = steps(capsys)
    assert found[failed] == "failed"
    assert list(found.values()).count("ok") == 2 + passed


async def parts(endpoint: Endpoint) -> list[str]:
    return [passed.part async for passed in way(endpoint)]


async def test_the_way_to_this_machine_is_walked_and_nothing_is_sent(server: Server) -> None:
    assert await parts(Endpoint("lab", "openai-chat", server.url)) == ["dns", "tcp", "tls"]
    assert server.requests == []


async def test_the_way_to_nowhere_ends_in_a_sentence() -> None:
    with pytest.raises(Unreachable, match=r"Nothing is listening on 127\.0\.0\.1:9"):
        await parts(Endpoint("lab", "openai-chat", "http://127.0.0.1:9/v1"))
    with pytest.raises(Unreachable, match="Cannot find host"):
        await parts(Endpoint("lab", "openai-chat", "http://no-such-host.invalid/v1"))


async def test_plain_http_where_tls_was_expected_is_said(server: Server) -> None:
    with pytest.raises(ChatError, match="does not speak TLS"):
        await parts(Endpoint("lab", "openai-chat", server.url.replace("http:", "https:")))


def test_a_real_answer_passes_every_step_and_what_is_odd_about_it_is_told(
    server: Server, config: Callable[[str], Path], capsys: Out
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("Hello, world.")
    assert main(["check", "lab", "--runs", "3", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [step["step"] for step in found["steps"]] == list(check.STEPS)
    assert {step["verdict"] for step in found["steps"]} <= {"ok", "warning"}
    assert found["runs"]["count"] == 3
    assert set(found["runs"]) == {"count", "first_text_seconds", "characters_per_second", "largest_gap_seconds"}
    assert len(server.requests) == 4  # three runs, and one that was stopped
    assert all(one["cures"] for one in found["findings"])


def test_a_stream_without_a_space_after_the_colon_is_told_with_its_cure(
    server: Server, config: Callable[[str], Path], capsys: Out
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    chunk = '{"choices":[{"index":0,"delta":{"content":"ok"}}]}'
    server.reply(f"data:{chunk}\n\ndata:{chunk}\n\ndata:[DONE]\n\n".encode())
    assert main(["check", "lab"]) == 0
    out = capsys.readouterr().out
    assert "no space" in out.lower() or "space after" in out.lower()
    assert "→" in out


HELD = b"".join(said("one two three four five six seven eight nine ten"))


def test_who_holds_a_stream_back_is_seen_in_the_long_reply_and_named(
    server: Server, config: Callable[[str], Path], capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(detective, "SILENCE", 60.0)
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("ok", chunks=1)
    server.reply(0.15, HELD, headers={"Server": "nginx/1.22.1"})
    assert main(["check", "lab", "--json"]) == 0
    found = {one["code"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert "proxy_buffering off" in found["held"]["cures"][0]
    assert any("nginx is on the way" in line for line in found["held"]["evidence"])
    assert [one.headers["accept-encoding"] for one in server.requests] == ["identity", "gzip"]


def test_a_compressor_shows_because_the_long_reply_is_asked_as_browsers_ask(
    server: Server, config: Callable[[str], Path], capsys: Out
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\nheaders = {{ accept-encoding = "deflate" }}\n')
    server.says("ok", chunks=1)
    server.reply(zlib.compress(HELD), headers={"Content-Encoding": "deflate"})
    assert main(["check", "lab", "--json"]) == 0
    assert "compression" in {one["code"] for one in json.loads(capsys.readouterr().out)["findings"]}
    assert server.requests[1].headers["accept-encoding"] == "deflate"  # what the endpoint says comes first


def test_a_long_reply_that_falls_silent_is_left_all_the_same(
    server: Server, config: Callable[[str], Path], capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "LISTENING", 0.05)
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("ok", chunks=1)
    server.reply(b"".join(said("one two", chunks=2)[:2]), STALL)
    assert main(["check", "lab", "--json"]) == 0
    cancel = json.loads(capsys.readouterr().out)["steps"][-1]
    assert cancel["step"] == "cancel"
    assert "was closed after" in cancel["text"]


def test_a_pace_is_measured_on_more_than_one_word(server: Server, config: Callable[[str], Path], capsys: Out) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.says("one two three")
    assert main(["check", "lab", "--runs", "2", "--json"]) == 0
    asked = [one.json["messages"][-1]["content"] for one in server.requests]
    assert asked == [check.COUNTING, check.LONG_QUESTION, check.COUNTING]
    assert json.loads(capsys.readouterr().out)["runs"]["count"] == 2


@pytest.mark.parametrize("step", check.STEPS)
def test_every_step_that_fails_says_what_to_do(step: Name) -> None:
    report = Report(shown=False)
    report.failed(ChatError("It failed."), step)
    assert report.steps[-1].step == step
    assert report.steps[-1].hint.endswith((".", "?"))


def test_an_address_that_is_wrong_is_shown_as_it_was_asked(
    server: Server, config: Callable[[str], Path], capsys: Out
) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}/nothing"\nmodel = "m"\n')
    server.reply(b"", status=404)
    assert main(["check", "lab"]) == 1
    assert f"POST {server.url}/nothing/chat/completions: are url" in capsys.readouterr().out


def test_plain_http_to_a_port_of_https_is_told(server: Server, config: Callable[[str], Path], capsys: Out) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    page = b"<html><title>400 The plain HTTP request was sent to HTTPS port</title></html>"
    server.reply(page, status=400, type="text/html")
    assert main(["check", "lab"]) == 1
    assert "Write https:// in the url." in capsys.readouterr().out


def test_a_web_page_is_not_judged_as_a_stream(server: Server, config: Callable[[str], Path], capsys: Out) -> None:
    config(f'[endpoints.lab]\nurl = "{server.url}"\nmodel = "m"\n')
    server.reply(b"<html><title>Sign in</title></html>", type="text/html")
    assert main(["check", "lab", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"] == []
