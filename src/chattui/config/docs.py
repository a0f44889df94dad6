"""The reference parts of docs/configuration.md and docs/keys.md, written from the tables that the checker reads by.

`python -m chattui.config.docs FOLDER` brings the two files of a docs folder up to date.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from chattui import actions, presets
from chattui.config import calls, options, ruled
from chattui.config.values import Option, Options
from chattui.rules import placeholders
from chattui.rules.read import ACTIONS

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"


def reference() -> str:
    """Every key of the configuration file, as Markdown."""
    return "\n".join(
        [
            *_section("The top level", "", options.TOP),
            *_section("`notify`", "`notify = { after = 30 }`", options.NOTIFY),
            *_section("`[endpoints.NAME]`", "One table for each endpoint.", options.ENDPOINT),
            *_section("`timeouts`", "`timeouts = { idle = 60 }`; seconds, 0 = off.", options.TIMEOUTS),
            *_section("`retry`", "`retry = { attempts = 0 }`", options.RETRY),
            *_section("`auth`", '`auth = { header = "X-Api-Key", prefix = "" }`', options.AUTH),
            *_section("`body`", '`body = { add = { top_k = 40 }, drop = ["stream_options"] }`', options.BODY),
            *_section("Endpoints with `rules`", 'What `provider = "rules"` knows besides.', ruled.RULES),
            *_section("`messages`", '`messages = { role = "sender", last = 10 }`', ruled.MESSAGES),
            *_section("`calls`", "Requests beside the one for the reply, each a table.", calls.CALLS),
            *_section("`calls.models`", "The others have the first three keys, too.", calls.CALLS["models"].options),
            *_section("`calls.after`", "", calls.CALLS["after"].options),
            *_section("`calls.login`", "", calls.CALLS["login"].options),
            *_section("`calls.chats`", "", calls.CALLS["chats"].options),
            *_section("`calls.messages`", "", calls.CALLS["messages"].options),
            *_rules(),
            *_section("`tls`", '`tls = { ca_file = "~/company.pem" }`', options.TLS),
            "### `[defaults]`",
            "",
            f"Laid under every endpoint. It takes {_listed(options.SHARED)}.",
            "",
            "### Presets",
            "",
            *_presets(),
        ]
    )


def keys() -> str:
    """Every action and its default keys, as Markdown."""
    places = {
        "anywhere": "Anywhere",
        "prompt": "In the prompt",
        "list": "In the conversation list",
        "messages": "In the messages",
    }
    lines = []
    for scope, title in places.items():
        lines += [f"### {title}", "", "| id | keys | what it does |", "| --- | --- | --- |"]
        for action in actions.ACTIONS:
            if action.scope == scope:
                named = ", ".join(f"`{key}`" for key in action.keys) or "none"
                lines.append(f"| `{action.id}` | {named} | {action.words} |")
        lines.append("")
    return "\n".join(lines)


def _section(title: str, words: str, table: Options) -> Iterator[str]:
    yield from (f"### {title}", "")
    if words:
        yield from (words, "")
    yield from ("| key | type | default | meaning |", "| --- | --- | --- | --- |")
    for name, option in table.items():
        yield f"| `{name}` | {option.type} | {_default(option)} | {option.meaning} |"
    yield ""


def _rules() -> Iterator[str]:
    yield from ("### What a rule may say", "", "| condition | holds when |", "| --- | --- |")
    yield "| `event = NAME` | The event has this name, or one of a list. |"
    yield "| `data = TEXT` | The data is exactly this, or one of a list. |"
    yield "| `when = { PATH = VALUE }` | This stands there, or one of a list; all of them must hold. |"
    yield from ("", "| action | takes | meaning |", "| --- | --- | --- |")
    for kind, shape in ACTIONS.items():
        takes = ["a path"] if shape.path else []
        takes += ["`true`"] if shape.flag else []
        takes += (
            ["`{ " + ", ".join(shape.fields) + " }`"] if shape.fields else ["`{ NAME = PATH }`"] if shape.named else []
        )
        yield f"| `{kind}` | {' or '.join(takes)} | {shape.meaning} |"
    yield from ("", "Placeholders of the request:", "")
    names = (*placeholders.WHOLE, *placeholders.FIXED, *(f"{root}.NAME" for root in placeholders.OPEN))
    yield ", ".join(f"`{{{name}}}`" for name in names) + "."
    yield ""


def _default(option: Option) -> str:
    return (
        f"`{option.default}`" if option.default[:1] in {'"', "[", "{"} or option.default.isalnum() else option.default
    )


def _listed(table: Options) -> str:
    *most, last = (f"`{name}`" for name in table)
    return f"{', '.join(most)} and {last}"


def _presets() -> Iterator[str]:
    yield from ("| preset | for | address | key |", "| --- | --- | --- | --- |")
    for name in presets.names():
        preset = presets.preset(name)
        key = preset.table.get("api_key", {}).get("env")
        url = preset.table.get("url")
        yield f"| `{name}` | {preset.title} | {f'`{url}`' if url else 'yours'} | {f'`${key}`' if key else 'none'} |"
    yield ""


def brought_up_to_date(document: str, generated: str) -> str:
    """The document with its generated part replaced. Raises ValueError when its marks are missing."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the marks of the generated part are missing")
    return f"{before}{BEGIN}\n\n{generated}\n{END}{after}"


def write(folder: Path) -> None:
    """Bring configuration.md and keys.md of this folder up to date."""
    for name, generated in (("configuration.md", reference()), ("keys.md", keys())):
        path = folder / name
        path.write_text(brought_up_to_date(path.read_text(encoding="utf-8"), generated), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
