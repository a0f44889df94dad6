"""Endpoints that need no configuration: from key variables in the environment, from servers on this machine, the demo.

They are offered only while the configuration has no endpoint that works: whoever has written one has chosen.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace

from chattui import presets
from chattui.config import Config, check
from chattui.endpoint import Endpoint, Timeouts
from chattui.errors import ChatError, SecretError
from chattui.wire import Wire

KEYS = ("openai", "anthropic", "gemini", "openrouter", "mistral", "groq", "deepseek", "xai", "cohere")
"""Presets that a key variable alone makes work, in the order in which they are offered."""
SERVERS = ("ollama", "lmstudio", "llamacpp", "vllm")
"""Presets of local servers, by their usual loopback port."""
PATIENCE = Timeouts(connect=0.5, headers=2.0, first_token=2.0, idle=2.0, idle_content=2.0, total=3.0)
"""Deadlines of a look at a local port: a server that is there answers at once."""

DEMO = Endpoint(
    "demo", "demo", "demo://chattui", model="demo", models=("demo",), origin="built in"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Offer:
    """An endpoint that was found, and the words that say where: "OPENAI_API_KEY in environment", "11434 · 3 models"."""

    endpoint: Endpoint
    words: str


def from_environment(environ: Mapping[str, str]) -> tuple[Offer, ...]:
    """The endpoints whose well-known key variable is set."""
    found = []
    for name in KEYS:
        preset = presets.preset(name)
        if environ.get(preset.env, "").strip():
            found.append(Offer(check.from_preset(name, environ, f"${preset.env}"), f"{preset.env} in environment"))
    return tuple(found)


def offered(config: Config, environ: Mapping[str, str]) -> Config:
    """The configuration with the endpoints that can work without it; its `default` is then one that exists.

    The demo is always among them, last; an endpoint of the file that has its name takes its place.
    """
    found = {} if config.endpoints else {offer.endpoint.name: offer.endpoint for offer in from_environment(environ)}
    endpoints = {**config.endpoints, **found}
    endpoints.setdefault(DEMO.name, DEMO)
    default = config.default if config.default in endpoints else next(iter(endpoints))
    return replace(config, endpoints=endpoints, default=default)


async def local(wire: Wire) -> AsyncIterator[Offer]:
    """The servers that answer on their usual loopback ports with at least one model, each as soon as it has answered.

    Takes about three seconds at most, and raises nothing for a port that is closed, slow or somebody else's.
    """
    looks = [asyncio.ensure_future(_look(name, wire)) for name in SERVERS]
    try:
        for look in asyncio.as_completed(looks):
            if (offer := await look) is not None:
                yield offer
    finally:
        for pending in looks:
            pending.cancel()


async def _look(name: str, wire: Wire) -> Offer | None:
    from chattui.providers import provider  # noqa: PLC0415 - the wire format is loaded in the background, not at start

    endpoint = replace(check.from_preset(name, {}, "found on this machine"), timeouts=PATIENCE)
    ask = provider(endpoint.provider).models
    if ask is None:
        return None
    try:
        async with asyncio.timeout(PATIENCE.total):
            models = await ask(endpoint, wire)
    except (ChatError, SecretError, TimeoutError):
        return None
    if not models:
        return None
    count = "1 model" if len(models) == 1 else f"{len(models)} models"
    found = replace(check.from_preset(name, {}, "found on this machine"), models=models, model=models[0])
    return Offer(found, f"{presets.preset(name).port} · {count}")
