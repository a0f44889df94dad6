"""What is offered without a configuration."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from chattui import config, discover, presets, providers
from chattui.discover import DEMO, KEYS, SERVERS, Offer
from chattui.endpoint import Endpoint
from chattui.errors import NotAnApi, Unreachable
from chattui.events import JSON, ChatEvent
from chattui.providers import Provider, Turn
from chattui.wire import Exchange, Request, Wire


class Machine:
    """A wire on which some ports answer. An answer is JSON, an exception, or None: it never comes."""

    def __init__(self, ports: Mapping[int, Any]) -> None:
        self.ports = ports
        self.asked: list[str] = []

    def exchange(self, request: Request, endpoint: Endpoint) -> AbstractAsyncContextManager[Exchange]:
        raise AssertionError("a look at a port sends no chat")

    async def fetch(self, request: Request, endpoint: Endpoint) -> JSON:
        self.asked.append(request.url)
        assert request.method == "GET"
        assert endpoint.timeouts.total
        port = int(request.url.split(":")[2].split("/")[0])
        answer = self.ports.get(port, Unreachable("closed"))
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def later(self, work: Any) -> None:
        work.close()

    async def aclose(self) -> None: ...


async def listed(endpoint: Endpoint, wire: Wire) -> tuple[str, ...]:
    answer = await wire.fetch(Request(f"{endpoint.url}/models", "GET"), endpoint)
    return tuple(item["id"] for item in answer["data"])


@pytest.fixture(autouse=True)
def wire_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that can list models and nothing else."""
    monkeypatch.setattr(providers, "provider", lambda name: Provider(unused, listed))


def unused(turn: Turn, wire: Wire) -> AsyncIterator[ChatEvent]:
    raise AssertionError("a look at a port sends no chat")


def models(*names: str) -> JSON:
    return {"object": "list", "data": [{"id": name} for name in names]}


async def looked(machine: Machine) -> dict[str, Offer]:
    return {offer.endpoint.name: offer async for offer in discover.local(machine)}


def test_the_presets_tell_which_need_a_key_and_which_listen_here() -> None:
    known = [presets.preset(name) for name in presets.names()]
    assert {preset.name for preset in known if preset.env} >= set(KEYS)
    assert {preset.name for preset in known if preset.port} == set(SERVERS)
    assert all(preset.table["provider"] in providers.PROVIDERS for preset in known)


def test_a_key_in_the_environment_is_an_offer() -> None:
    environ = {"XAI_API_KEY": "x", "OPENAI_API_KEY": "sk-hidden", "GROQ_API_KEY": " "}
    first, second = discover.from_environment(environ)
    assert (first.words, second.words) == ("OPENAI_API_KEY in environment", "XAI_API_KEY in environment")
    one = first.endpoint
    assert (one.name, one.origin, one.url) == ("openai", "$OPENAI_API_KEY", "https://api.openai.com/v1")
    assert one.api_key is not None
    assert one.api_key.reveal() == "sk-hidden"


def test_the_demo_is_always_there_and_last() -> None:
    bare = discover.offered(config.load_text("", {}), {})
    assert (dict(bare.endpoints), bare.default) == ({"demo": DEMO}, "demo")
    keyed = discover.offered(config.load_text("", {}), {"OPENAI_API_KEY": "x"})
    assert (list(keyed.endpoints), keyed.default) == (["openai", "demo"], "openai")


def test_who_has_configured_an_endpoint_is_offered_no_other() -> None:
    found = config.load_text("[endpoints.lab]\nurl = 'https://h'", {})
    both = discover.offered(found, {"OPENAI_API_KEY": "x"})
    assert (list(both.endpoints), both.default) == (["lab", "demo"], "lab")


@pytest.mark.parametrize("broken", ["[endpoints.lab]\nurl = 3", "= broken"])
def test_when_the_file_gives_none_the_offers_help(broken: str) -> None:
    found = discover.offered(config.load_text(broken, {}), {"OPENAI_API_KEY": "x"})
    assert list(found.endpoints) == ["openai", "demo"]
    assert found.errors


def test_an_endpoint_named_demo_takes_the_place_of_the_demo() -> None:
    found = discover.offered(config.load_text("[endpoints.demo]\nurl = 'https://h'", {}), {})
    assert found.endpoints["demo"].url == "https://h"


@pytest.mark.parametrize("name", ["demo", "ollama", "openai"])
def test_the_default_may_name_what_is_offered(name: str) -> None:
    found = config.load_text(f"default = '{name}'", {})
    assert found.problems == ()
    assert discover.offered(found, {"OPENAI_API_KEY": "x"}).default == (name if name != "ollama" else "openai")


async def test_servers_on_this_machine_are_found_with_their_models() -> None:
    machine = Machine({11434: models("llama3.2", "qwen3", "phi4"), 8000: models("m")})
    found = await looked(machine)
    assert {name: offer.words for name, offer in found.items()} == {
        "ollama": "11434 · 3 models",
        "vllm": "8000 · 1 model",
    }
    one = found["ollama"].endpoint
    assert (one.url, one.models, one.model) == ("http://127.0.0.1:11434/v1", ("llama3.2", "qwen3", "phi4"), "llama3.2")
    assert (one.origin, one.timeouts) == ("found on this machine", Endpoint("x", "y").timeouts)
    assert sorted(machine.asked) == [f"http://127.0.0.1:{port}/v1/models" for port in (11434, 1234, 8000, 8080)]


@pytest.mark.parametrize("answer", [NotAnApi("a web page"), {"data": []}, None])
async def test_somebody_else_on_the_port_is_no_server(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discover, "PATIENCE", discover.PATIENCE.__class__(total=0.1))
    assert await looked(Machine({8080: answer})) == {}


async def test_a_slow_port_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async for offer in discover.local(Machine({8080: None, 1234: models("m")})):
        assert offer.endpoint.name == "lmstudio"
        break


async def test_a_format_that_cannot_list_models_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "provider", lambda name: Provider(unused))
    assert await looked(Machine({11434: models("m")})) == {}


@pytest.mark.parametrize("answer", [[], {}, {"data": "x"}, {"data": [3, {}]}, "x", NotAnApi("x"), models("m")])
async def test_whatever_a_port_answers_the_real_format_copes(answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert set(await looked(Machine({8080: answer}))) <= {"llamacpp"}
