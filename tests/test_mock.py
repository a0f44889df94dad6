"""The mock: each script does to a client what its name says, and a tape answers as its server did."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module

import httpx
import pytest

from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.mock.scripts import FORMATS, SCRIPTS, TEXT, Script, of_tape, script
from chattui.mock.server import MockServer
from chattui.session import Ended, Means, Session
from chattui.tape import Failed, Take, Tape
from chattui.wire.http import HttpWire

refused = import_module("chattui.providers.refused")
FAST = 200.0


@asynccontextmanager
async def serving(what: Script, speed: float = FAST) -> AsyncIterator[str]:
    """The address of a mock that serves this."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(MockServer(what, lambda _: None, speed=speed).serve(ready.set_result))
    try:
        yield await ready
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def asked(url: str, provider: str, *, retry: int = 2, idle: float = 0.3) -> Message:
    """The reply of a mock as chattui keeps it."""
    timeouts = Timeouts(headers=5, first_token=0.5, idle=idle, idle_content=idle)
    endpoint = Endpoint("mock", provider, url, model="mock", timeouts=timeouts, retry=Retry(retry))
    wire = HttpWire()
    try:
        session = Session(Means(wire, None), endpoint)
        last: Message | None = None
        async with contextlib.aclosing(session.send("hi")) as updates:
            async for update in updates:
                if isinstance(update, Ended):
                    last = update.reply
        assert last is not None
        return last
    finally:
        await wire.aclose()


PATHS = {"openai-chat": "/v1", "anthropic": "", "ollama": ""}
ENDS = {  # script: the state, and the class of the error
    "fine": ("complete", ""), "slow": ("complete", ""), "bursts": ("complete", ""), "buffered": ("complete", ""),
    "utf8": ("complete", ""), "crlf": ("complete", ""), "json": ("complete", ""), "retry": ("complete", ""),
    "overloaded": ("complete", ""), "broken-event": ("complete", ""), "stall": ("incomplete", "TimedOut"),
    "cut": ("incomplete", "CutShort"), "reset": ("incomplete", "CutShort"), "no-end": ("incomplete", "CutShort"),
    "error-event": ("incomplete", "Reported"), "unauthorised": ("failed", "Rejected"), "html": ("failed", "Rejected"),
    "heartbeat": ("failed", "TimedOut"), "empty": ("complete", ""), "redirect": ("failed", "Rejected"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "form"),
    [
        *((name, "openai-chat") for name in ENDS),
        *((name, form) for form in ("anthropic", "ollama") for name in ("fine", "utf8", "json", "cut", "error-event")),
    ],
)
async def test_a_script_does_what_it_is_called(name: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused, "pause", lambda error, *_: 0.0 if getattr(error, "status", 0) in {429, 529} else None)
    async with serving(script(name, FORMATS[form])) as url:
        reply = await asked(url + PATHS[form], form)
    state, kind = ENDS[name]
    assert (reply.state, reply.error.kind if reply.error else "") == (state, kind)
    if state == "complete" and name not in {"empty", "broken-event"}:
        assert reply.text == TEXT
    if state == "incomplete":
        assert reply.text
        assert TEXT.startswith(reply.text)


async def test_a_cumulative_stream_repeats_itself() -> None:
    async with serving(script("cumulative", FORMATS["openai-chat"])) as url:
        reply = await asked(url + "/v1", "openai-chat")
    assert reply.text.count("Only an") > 10


async def test_a_long_answer_is_long() -> None:
    async with serving(script("long", FORMATS["ollama"]), speed=0) as url:
        reply = await asked(url, "ollama", idle=10)
    assert reply.text.split() == [f"word{number}" for number in range(20_000)]


def test_every_script_has_its_test() -> None:
    assert set(SCRIPTS) == {*ENDS, "cumulative", "long"}


async def test_models_are_listed_and_browsers_may_ask() -> None:
    async with serving(script("fine", FORMATS["openai-chat"])) as url, httpx.AsyncClient(trust_env=False) as client:
        listed = await client.get(f"{url}/v1/models")
        assert listed.json()["data"][0]["id"] == "mock"
        allowed = await client.options(f"{url}/v1/chat/completions")
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, "*")


async def test_the_connection_is_kept_for_the_next_request() -> None:
    async with serving(script("json", FORMATS["openai-chat"])) as url, httpx.AsyncClient(trust_env=False) as client:
        for _ in range(3):
            assert (await client.post(url, json={})).json()["choices"]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"\x16\x03\x01 not http\r\n\r\n")
        assert await reader.read() == b""
        writer.close()


def taped(error: Failed | None = None) -> Tape:
    form = FORMATS["openai-chat"]
    body = [form.begin, form.text("Hel"), form.text("lo."), form.end]
    take = Take(
        method="POST",
        url="http://h/v1/chat/completions",
        sent=1.0,
        answered=20.0,
        status=200,
        answer=(("content-type", form.type), ("content-length", "999"), ("x-key", "***")),
        framing="sse",
        chunks=[(30.0 + at, data) for at, data in enumerate(body[: 3 if error else 4])],
        error=error,
    )
    return Tape("m", takes=[take])


@pytest.mark.parametrize(
    ("error", "state", "text"),
    [(None, "complete", "Hello."), (Failed("CutShort", "The connection dropped."), "incomplete", "Hello.")],
)
async def test_a_tape_answers_as_its_server_did(error: Failed | None, state: str, text: str) -> None:
    async with serving(of_tape(taped(error)), speed=10) as url:
        reply = await asked(url + "/v1", "openai-chat", retry=0)
    assert (reply.state, reply.text) == (state, text)
