"""Replies over a real network, as a person sees them: what is said meanwhile, how they stop and how they go on."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from world import World

from chattui import providers, session
from chattui.chat import Message
from chattui.endpoint import Endpoint, Retry, Timeouts
from chattui.events import ChatEvent, Progress, TextDelta
from chattui.secret import Secret
from chattui.store import Store
from chattui.tui.flow import Flow
from families import FAMILIES, TEXT
from server import CUT, STALL, Server, Step, chunk, sse, until


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """With the real providers."""
    made = World(tmp_path, monkeypatch)
    monkeypatch.setattr(session, "provider", providers.provider)
    return made


def use(world: World, **settings: Any) -> None:
    found = Endpoint("lab", **{"provider": "openai-chat", "model": "m", "retry": Retry(1), **settings})
    world.config = replace(world.config, endpoints={"lab": found})


def at(server: Server, **settings: Any) -> dict[str, Any]:
    return {"url": server.url, **settings}


def replies(world: World) -> list[Message]:
    (name,) = world.store.ids()
    return [message for message in Store(world.paths.data).load(name).walk() if message.role == "assistant"]


def questions(world: World) -> list[str]:
    (name,) = world.store.ids()
    return [message.text for message in Store(world.paths.data).load(name).walk() if message.role == "user"]


# ---------------------------------------------------------------- words while one waits

CONNECTING, WAITING, ALIVE = (
    Progress("connecting", host="h"),
    Progress("waiting", host="h"),
    Progress("alive", "PROCESSING"),
)
RETRYING = Progress("retrying", "429: rate limit.", "h", 7.0, 2)
WORDS: list[tuple[list[tuple[float, ChatEvent]], float, str]] = [
    ([], 0.0, "sending"),
    ([(0, CONNECTING)], 3.0, "connecting to h 3 s"),
    ([(0, CONNECTING)], 10.0, "connecting to h 10 s (esc stops)"),
    ([(0, CONNECTING), (1, WAITING)], 9.0, "waiting for the first token 8 s"),
    ([(0, CONNECTING), (1, WAITING)], 12.0, "waiting for the first token 11 s (esc stops)"),
    ([(0, WAITING), (9, ALIVE)], 12.0, "waiting for the first token 12 s (esc stops), the server is alive"),
    ([(0, WAITING), (1, ALIVE)], 40.0, "waiting for the first token 40 s (esc stops)"),
    ([(0, WAITING), (1, Progress("thinking", "reading"))], 12.0, "reading 11 s (esc stops)"),
    ([(0, WAITING), (1, RETRYING)], 3.0, "retrying in 5 s (esc stops): 429: rate limit."),
    ([(0, RETRYING), (7, replace(CONNECTING, attempt=2))], 8.0, "connecting to h (try 2) 1 s"),
    ([(0, WAITING), (1, TextDelta("x" * 40))], 5.0, "streaming · 1.00 s to first · 10 chars/s · 5.0 s · 40 characters"),
    ([(0, WAITING), (1, TextDelta("x"))], 12.0, "no data for 11 s (esc stops)"),
    ([(0, WAITING), (1, TextDelta("x")), (11, ALIVE)], 12.0, "the server is alive, but no text for 11 s (esc stops)"),
]  # fmt: skip


@pytest.mark.parametrize(("events", "now", "words"), WORDS)
def test_what_the_status_line_says_while_a_reply_is_waited_for(
    events: list[tuple[float, ChatEvent]], now: float, words: str
) -> None:
    flow = Flow(0.0)
    for when, event in events:
        flow.feed(event, when)
    assert flow.words(now) == words
    assert "esc" not in flow.words(now, stop_key="")


async def test_a_limit_of_requests_counts_down_and_the_question_is_sent_again_but_kept_once(
    world: World, server: Server
) -> None:
    server.reply(
        b'{"error":{"message":"slow down"}}', status=429, type="application/json", headers={"Retry-After": "1"}
    )
    server.says("At last.")
    use(world, **at(server))
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("retrying in 1 s (esc stops): 429: rate limit: slow down.")
        await world.shows("At last.")
    assert len(server.requests) == 2
    assert [len(request.json["messages"]) for request in server.requests] == [1, 1]
    assert questions(world) == ["hey"]
    assert [reply.state for reply in replies(world)] == ["complete"]


# ---------------------------------------------------------------- esc


def hanging() -> str:
    time.sleep(0.2)
    return "sk-x"


Prepare = Callable[[World, Server, ExitStack], None]


def key_is_looked_up(world: World, server: Server, _: ExitStack) -> None:
    use(world, **at(server, api_key=Secret(hanging, "a command")))


def _listening(held: ExitStack, queue: int) -> socket.socket:
    found = held.enter_context(socket.socket())
    found.bind(("127.0.0.1", 0))
    found.listen(queue)
    return found


def connects(world: World, _: Server, held: ExitStack) -> None:
    """To a server that takes no connections and refuses none: its queue is full."""
    full = _listening(held, 0)
    for _number in range(3):
        other = held.enter_context(socket.socket())
        other.setblocking(False)
        other.connect_ex(full.getsockname())
    use(world, url=f"http://127.0.0.1:{full.getsockname()[1]}/v1")


def shakes_hands(world: World, _: Server, held: ExitStack) -> None:
    """TLS to a server that says nothing."""
    use(world, url=f"https://127.0.0.1:{_listening(held, 5).getsockname()[1]}/v1")


def scripted(*steps: Any, **more: Any) -> Prepare:
    def prepare(world: World, server: Server, _: ExitStack) -> None:
        server.reply(*steps, **more)
        use(world, **at(server))

    return prepare


PHASES: dict[str, tuple[Prepare, str, str]] = {
    "while its key is looked up": (key_is_looked_up, "connecting to", ""),
    "while connecting": (connects, "connecting to", ""),
    "while TLS begins": (shakes_hands, "connecting to", ""),
    "before the status": (scripted(STALL), "waiting for the first token", ""),
    "while the server only lives": (scripted(*[b": ping\n\n", 0.05] * 200), "waiting for the first token", ""),
    "between two pieces": (scripted(sse(chunk({"content": "Half of"})), STALL), "Half of", "Half of"),
    "while it pours": (scripted(*[sse(chunk({"content": "word "})), 0.02] * 500), "word word", "word"),
    "between two tries": (scripted(status=429, headers={"Retry-After": "50"}, body="length"), "retrying in", ""),
    "in the body of a refusal": (scripted(b"no", STALL, status=400), "waiting for the first token", ""),
}


@pytest.mark.parametrize("phase", PHASES)
async def test_esc_stops_in_every_phase_and_keeps_what_there_is(world: World, server: Server, phase: str) -> None:
    prepare, shown, kept = PHASES[phase]
    with ExitStack() as held:
        prepare(world, server, held)
        await _stopped(world, server, phase, shown)
    assert questions(world) == ["hey"]
    (reply,) = replies(world)
    assert (reply.state, reply.error) == ("stopped", None)
    assert reply.text.startswith(kept)
    assert bool(reply.text) is bool(kept)


async def _stopped(world: World, server: Server, phase: str, shown: str) -> None:
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows(shown)
        await asyncio.sleep(0.05)
        await pilot.press("escape")
        await world.shows("stopped")
        assert not world.app.shown.busy
        await pilot.press(*"more")
        assert world.app.prompt.text == "more"
        await world.until(lambda: not server.open or phase == "while its key is looked up", "the server sees it")


# ---------------------------------------------------------------- retry, continue


@pytest.mark.parametrize("name", [name for name, family in FAMILIES.items() if family.continues])
async def test_an_answer_that_was_cut_goes_on_where_the_api_can(world: World, server: Server, name: str) -> None:
    family = FAMILIES[name]
    server.reply(family.says, CUT, type=family.type)
    server.reply(family.says.replace(TEXT.encode(), b" and more"), family.end, type=family.type)
    use(world, **at(server, provider=name))
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("The connection dropped in the middle of the reply. Kept 2 words.")
        await world.shows("f5 retry   C go on (among the messages)")
        await pilot.press("tab", "C")
        await world.shows("Some text and more")
        await world.shows("ready")
        assert "Kept" not in world.screen
    sent = server.requests[1].json["messages"]
    assert [message["role"] for message in sent] == ["user", "assistant"]
    assert TEXT in str(sent[-1]["content"])
    (reply,) = replies(world)
    assert (reply.text, reply.state) == ("Some text and more", "complete")
    assert questions(world) == ["hey"]


async def test_where_the_api_cannot_go_on_it_says_so_and_retry_makes_a_sibling(world: World, server: Server) -> None:
    server.reply(sse(chunk({"content": "Half"})), CUT)
    server.says("The whole.")
    use(world, **at(server))
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Kept 1 word.")
        assert "go on" not in world.screen
        await pilot.press("tab", "C")
        await world.told("This answer cannot be continued; f5 asks again.")
        assert len(server.requests) == 1
        await pilot.press("f5")
        await world.shows("The whole.")
    assert [(reply.text, reply.state) for reply in replies(world)] == [
        ("Half", "incomplete"),
        ("The whole.", "complete"),
    ]
    assert questions(world) == ["hey"]
    assert server.requests[1].json["messages"] == [{"role": "user", "content": "hey"}]


async def test_after_content_nothing_is_tried_again_by_itself(world: World, server: Server) -> None:
    server.reply(sse(chunk({"content": "Half"})), CUT)
    use(world, **at(server, retry=Retry(5)))
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("Kept 1 word.")
        await asyncio.sleep(0.1)
    assert len(server.requests) == 1


async def test_deadlines_are_those_of_the_endpoint(world: World, server: Server) -> None:
    server.reply(sse(chunk({"content": "Half"})), STALL)
    use(world, **at(server, timeouts=Timeouts(idle=0.1)))
    async with world.open((120, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows("The stream stopped: nothing for 0.1 s. Kept 1 word.")


# ---------------------------------------------------------------- proxies, no network


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1", "ALL_PROXY is set to socks://…, which is not supported."),
        ("HTTPS_PROXY", "http://[::1", "HTTPS_PROXY is not a valid address."),
        ("ALL_PROXY", "socks5://127.0.0.1:9", "Nothing is listening on the proxy 127.0.0.1:9."),
        ("ALL_PROXY", "http://proxy.chattui.invalid:9", "Cannot find the proxy proxy.chattui.invalid."),
        ("NO_PROXY", "[::1],fe80::/10,*", "Cannot find host api.chattui.invalid."),
        ("SSL_CERT_FILE", "/no/such/file", "Cannot find host api.chattui.invalid."),
    ],
)
async def test_a_bad_proxy_variable_is_a_sentence_and_the_app_starts(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)
    use(world, url="https://api.chattui.invalid/v1", retry=Retry(0))
    async with world.open((140, 30)) as pilot:
        await world.ask(pilot, "hey")
        await world.shows(f"✗ {words}")


async def test_without_a_network_all_but_asking_works(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[object] = []

    def refuse(*asked: object, **_: object) -> None:
        tried.append(asked)
        raise OSError("no network")

    world.has("Kingfishers", "Herons")
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    async with world.open((120, 30)) as pilot:
        await world.shows("Kingfishers")
        await pilot.press("alt+2")
        await world.shows("About Kingfishers.")
        await pilot.press(*"draft", "alt+1")
        await world.shows("About Herons.")
        await pilot.press("ctrl+f", *"kingf")
        await world.until(lambda: world.screen.count("Kingfishers") > 1, "what is searched for")
        await pilot.press("escape", "alt+2")
        await world.until(lambda: world.app.prompt.text == "draft", "the draft")
        assert not tried


async def test_nothing_of_a_stopped_reply_is_left_open(world: World, server: Server) -> None:
    steps: list[Step] = [sse(chunk({"content": "word "})), 0.02]
    server.reply(*steps * 500)
    use(world, **at(server))
    async with world.open() as pilot:
        for number in range(5):
            await world.ask(pilot, f"question {number}")
            await until(lambda number=number: len(server.requests) > number)  # type: ignore[misc]
            await pilot.press("escape")
            world.app.stop(world.app.shown)  # as quitting does meanwhile
            await world.until(lambda: not world.app.shown.busy)
        await until(lambda: server.open == 0)
