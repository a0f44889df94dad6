"""What the keys of the rule language share, and the requests beside the one for the reply (`calls`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from chattui.config import values
from chattui.config.values import At, Option, Options, Wrong
from chattui.rules import Call, Paths, Rule
from chattui.rules.placeholders import Mistake, mistakes
from chattui.rules.read import read_paths, read_rules


def note(noted: Iterable[Mistake], at: At) -> None:
    for mistake in noted:
        here = at
        for step in mistake.path:
            here = here / step
        (here.warn if mistake.severity == "warning" else here.wrong)(mistake.text, mistake.hint)


def template(value: Any, at: At) -> Any:
    """JSON with placeholders; environment references are filled in now."""
    read = values.json(value, at)
    note(mistakes(read), at)
    return read


def with_path(value: Any, at: At) -> str:
    path = values.text(value, at)
    note(mistakes(path), at)
    return path


def with_rules(value: Any, at: At) -> tuple[Rule, ...]:
    rules, noted = read_rules(value)
    note(noted, at)
    return rules


def _paths(value: Any, at: At) -> Paths:
    paths, noted = read_paths(value)
    note(noted, at)
    return paths


def http_method(value: Any, at: At) -> str:
    known = ("POST", "GET", "PUT", "PATCH")
    method: str = values.one_of(lambda: known)(value.upper() if isinstance(value, str) else value, at)
    return method


def _call(options: Options, value: Any, at: At) -> Call:
    read = values.table(options, value, at)
    if "path" not in read:
        raise Wrong("needs a path.", 'For example { path = "/models" }.')
    if "set" in read:
        read = {**read, "keep": read["set"]}
        del read["set"]
    return Call(**{"method": "POST" if "body" in read else "GET", **read})


def _kept(value: Any, at: At) -> dict[str, Paths]:
    if not isinstance(value, Mapping) or not value:
        raise Wrong("must be a table of names and paths.", 'For example { chat = "id" }.')
    return {name: _paths(item, at / name) for name, item in value.items()}


_CALL: Options = {
    "path": Option(with_path, "text", "", "Added to `url`."),
    "method": Option(http_method, "text", '"GET"', "POST when there is a body."),
    "body": Option(template, "any", "", "The body, with placeholders."),
}
_MODELS: Options = {
    **_CALL,
    "each": Option(_paths, "path", '"$"', "The list in the answer."),
    "id": Option(_paths, "path", '"id"', "The name in each of its elements."),
}
_AFTER: Options = {
    **_CALL,
    "only": Option(template, "text", '""', "A placeholder; the call is made only if it has a value."),
    "rules": Option(with_rules, "list of tables", "", "What its answer means."),
}
_LOGIN: Options = {
    **_CALL,
    "cookie": Option(values.word, "text", "", "The name of the cookie that it sets; it is kept as the key."),
}
_CHATS: Options = {
    **_CALL,
    "each": Option(_paths, "path", '"$"', "The list in the answer."),
    "set": Option(_kept, "table", "", "What a chat is known by: `{ NAME = PATH }`, as `{remote.NAME}`."),
    "title": Option(_paths, "path", '"title"', "What it is called."),
    "time": Option(_paths, "path", "", "When it changed last: a number of seconds, or a date."),
    "offset": Option(
        values.word, "text", '""', "The query parameter that passes over so many; it is asked until nothing new comes."
    ),
}
_MESSAGES: Options = {
    **_CALL,
    "each": Option(_paths, "path", '"$"', "The list in the answer, oldest first."),
    "id": Option(_paths, "path", '"id"', "The id in each of its elements."),
    "role": Option(_paths, "path", '"role"', "Who said it: user, system, or anything else for the bot.", ("sender",)),
    "text": Option(_paths, "path", '"content"', "What was said.", ("content",)),
    "time": Option(_paths, "path", "", "When it was said."),
    "sources": Option(_paths, "path", "", "The list of its sources."),
}
CALLS: Options = {
    "check": Option(partial(_call, _CALL), "table", "", "Tests the key, for `chattui check`.", (), _CALL),
    "models": Option(partial(_call, _MODELS), "table", "", 'What `models = "fetch"` asks.', (), _MODELS),
    "after": Option(
        partial(_call, _AFTER), "table", "", "Adds to a reply that is whole, for example its sources.", (), _AFTER
    ),
    "login": Option(
        partial(_call, _LOGIN), "table", "",
        "Signs in, for `chattui login`, with `{param.email}` and `{param.password}`.",
        (), _LOGIN,
    ),
    "chats": Option(
        partial(_call, _CHATS), "table", "", "The chats that the server keeps, for `chattui pull`.", (), _CHATS
    ),
    "messages": Option(
        partial(_call, _MESSAGES), "table", "",
        "What it keeps of one, for `chattui pull` and for answers that come later.",
        (), _MESSAGES,
    ),
}  # fmt: skip
