"""The keys of endpoints in the rule language (`provider = "rules"`), and what must be true of one as a whole."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from chattui import safe
from chattui.config import calls, network, values
from chattui.config.values import At, Option, Options, Wrong
from chattui.rules import Call, Messages, Rules, look
from chattui.rules.placeholders import Placeholder, found, is_empty, mistakes
from chattui.rules.read import did_you_mean

PROMPT = frozenset({"prompt", "messages"})
EDITS = frozenset({"add", "drop"})
FRAMINGS = ("auto", "sse", "ndjson", "ai-data", "json", "text")

_BRACES = re.compile(r"\{[^{}]*\}")


# ---------------------------------------------------------------- single values


def _table(value: Any, at: At) -> Any:
    if not isinstance(value, Mapping):
        raise Wrong("must be a table: { key = value, … }.")
    return calls.template(value, at)


def _body(value: Any, at: At) -> dict[str, Any]:
    """A template; or, when it has nothing but `add` and `drop`, changes to the preset's."""
    if isinstance(value, Mapping) and value and set(value) <= EDITS:
        from chattui.config.options import BODY  # noqa: PLC0415 - options are made of this module's

        return values.table(BODY, value, at)
    return {"template": calls.template(value, at)}


def _address(value: Any, at: At) -> str:
    url = values.word(value, at)
    masked = _BRACES.sub("x", url)  # the address around the placeholders is checked as any other
    network.address(masked, at)
    if "{" in urlsplit(url.replace("?}", "}")).netloc:
        raise Wrong("has a placeholder in its host.", "Placeholders may stand behind the host only.")
    calls.note(mistakes(url), at)
    return url


def _fields(read: values.Read) -> values.Read:
    """Headers or query, whose texts may hold placeholders."""

    def fields(value: Any, at: At) -> Any:
        if isinstance(value, Mapping):
            calls.note(mistakes(_texts(value)), at)
        return read(value, at)

    return fields


def _role(value: Any, at: At) -> str:
    return "" if value is False else values.word(value, at)


def _choice(*names: str) -> values.Read:
    return values.one_of(lambda: names)


# ---------------------------------------------------------------- the keys

MESSAGES: Options = {
    "role": Option(values.word, "text", '"role"', "The field for who speaks."),
    "content": Option(values.word, "text", '"content"', "The field for what is said.", ("text",)),
    "user": Option(_role, "text or false", '"user"', "What the user is called; false leaves such messages out."),
    "assistant": Option(_role, "text or false", '"assistant"', "What the bot is called.", ("bot", "ai")),
    "system": Option(_role, "text or false", '"system"', "What the system prompt's speaker is called."),
    "last": Option(
        values.whole(0, 10_000), "integer", "0", "At most so many messages, the newest; 0 = all.", ("limit",)
    ),
    "until": Option(
        values.word, "text", '""', "Earlier turns go along only until the server has sent this `remote` value."
    ),
}  # fmt: skip

RULES: Options = {
    "rules": Option(
        calls.with_rules, "list of tables", "", 'What the answers mean, see below. They make it `provider = "rules"`.'
    ),
    "method": Option(calls.http_method, "text", '"POST"', "The HTTP method.", ("verb",)),
    "framing": Option(
        _choice(*FRAMINGS), "text", '"auto"', f"How the answer is cut: {', '.join(FRAMINGS)}.", ("stream", "transport")
    ),
    "end": Option(
        _choice("marker", "eof"), "text", "by the rules",
        'Whether an answer must have an end marker (`done`), or just ends. "marker" when a rule has `done`.',
    ),
    "history": Option(
        _choice("client", "server"), "text", '"client"', "Whether earlier turns are sent, or the server keeps them."
    ),
    "opens": Option(_choice("user", "bot"), "text", '"user"', "Who speaks first.", ("starts",)),
    "remote": Option(
        _table, "table", "{}", "Values made before the first request of a conversation, and kept.", ("state",)
    ),
    "messages": Option(
        partial(values.table, MESSAGES), "table", "", "How `{messages}` and `{history}` are written.", (), MESSAGES
    ),
    "empty": Option(values.text, "text", '""', "What is told when a reply ends well but says nothing."),
    "calls": Option(
        partial(values.table, calls.CALLS), "table", "", "Requests beside the one for the reply.", (), calls.CALLS
    ),
}  # fmt: skip


def options(endpoint: Options) -> Options:
    """The keys of an endpoint in the rule language: those of any endpoint, some with placeholders, and its own."""

    def with_placeholders(key: str, read: values.Read, meaning: str) -> Option:
        old = endpoint[key]
        return Option(read, old.type, old.default, meaning, old.also)

    return {
        **endpoint,
        "url": with_placeholders("url", _address, "The address, with placeholders behind the host."),
        "path": with_placeholders("path", calls.with_path, "What is added to url."),
        "body": with_placeholders(
            "body", _body, "The body, with placeholders; or { add, drop } to change the preset's."
        ),
        "headers": with_placeholders("headers", _fields(network.headers), endpoint["headers"].meaning),
        "query": with_placeholders("query", _fields(network.query), endpoint["query"].meaning),
        **RULES,
    }


# ---------------------------------------------------------------- the endpoint as a whole


def made(merged: Mapping[str, Any]) -> Rules:
    """The Rules of an endpoint's merged values."""
    messages = merged.get("messages", {})
    present = {
        key: merged[key]
        for key in ("rules", "method", "framing", "end", "history", "opens", "remote", "empty", "calls")
        if key in merged
    }
    return Rules(template=merged.get("body", {}).get("template"), messages=Messages(**messages), **present)


def check(merged: Mapping[str, Any], at: At) -> None:
    """Notes what the endpoint lacks: rules, a place for the prompt, values for its placeholders."""
    if not merged.get("rules"):
        at.wrong("has no rules.", 'For example rules = [{ event = "token", text = "delta" }].')
        return
    body = merged.get("body", {})
    asked = [
        *found(body.get("template")), *found(body.get("add", {})), *found(merged.get("url", "")),
        *found(merged.get("path", "")), *found(_texts(merged.get("headers", {}))),
        *found(_texts(merged.get("query", {}))),
    ]  # fmt: skip
    if not PROMPT & {item.name for item in asked}:
        (at / "body").wrong("has no place for what the user says.", 'For example body = { message = "{prompt}" }.')
    if body.get("template") is not None and merged.get("method") == "GET":
        (at / "method").wrong("cannot be GET with a body.", 'Use query = { q = "{prompt}" }, or POST.')
    beside_it: Mapping[str, Call] = merged.get("calls", {})
    beside = [item for call in beside_it.values() for item in found([call.path, call.body, call.only])]
    asked += found(merged.get("remote", {}))
    _check_params(merged.get("params", {}), asked, beside, at)
    if any(item.name == "user" and not item.optional for item in asked) and not merged.get("user"):
        if "login" in beside_it:
            at.warn("needs a user.", f'chattui login {safe.line(str(at.path[-1]), 40)} tells it: user = "…".')
        else:
            at.wrong("needs a user.", 'Add user = "…": the id of the end user.')
    if merged.get("models") == "fetch" and "models" not in beside_it:
        (at / "models").wrong("cannot be fetched: calls.models does not say where.")
    _check_remote(merged, asked, at)
    if "chats" in beside_it and ("messages" not in beside_it or not beside_it["chats"].keep):
        (at / "calls" / "chats").wrong("needs set, and calls.messages.", 'For example set = { chat = "id" }.')


def _texts(fields: Mapping[str, Any]) -> dict[str, str]:
    return {key: value for key, value in fields.items() if isinstance(value, str)}


def _named(asked: Iterable[Placeholder], root: str) -> dict[str, Placeholder]:
    return {item.name.partition(".")[2]: item for item in asked if item.name.startswith(f"{root}.")}


def _check_params(params: Mapping[str, Any], asked: list[Placeholder], beside: list[Placeholder], at: At) -> None:
    for name, item in _named(asked, "param").items():
        if not item.optional and is_empty(look(dict(params), tuple(name.split(".")))):
            (at / "params").wrong(f"needs ‘{name}’.", f'Add params = {{ {name} = "…" }}.')
    every = [*asked, *beside]
    if any(item.name == "params" for item in every):
        return
    used = {name.partition(".")[0] for name in _named(every, "param")}
    for name in params:
        if name not in used:
            (at / "params" / name).warn("is used nowhere in the request.", _meant(name, used))


def _check_remote(merged: Mapping[str, Any], asked: list[Placeholder], at: At) -> None:
    kept = set(merged.get("remote", {})) | {
        name for rule in merged["rules"] for action in rule.actions if action.kind == "set" for name in action.fields
    }
    for name in _named(asked, "remote"):
        if name.partition(".")[0] not in kept:
            at.warn(f"asks for {{remote.{safe.line(name, 40)}}}, which no rule sets.", _meant(name, kept))


def _meant(name: str, known: Collection[str]) -> str:
    return did_you_mean(name, sorted(known)) if known else ""
