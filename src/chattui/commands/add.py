"""`chattui add`: an endpoint from a curl command, an address or a sample answer."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chattui import presets, safe
from chattui.adding import curl, known, sample, template, writing
from chattui.adding.curl import Curl
from chattui.commands import running, world
from chattui.commands.exits import Exit, UsageError
from chattui.commands.output import agreed, put, say
from chattui.commands.probe import answer, identified
from chattui.errors import ChattuiError, ConfigError
from chattui.providers.rules.reading import Reading
from chattui.rules.read import read_rules
from chattui.wire import Frame
from chattui.wire.framing import framer

MOST_SAMPLE = 4 * 1024 * 1024
"""Bytes of a sample that are read."""
SHOWN = 8
"""Frames of a stranger that are shown at each end."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """An endpoint to be written, and why. `loose`: its key, which is not part of the table."""

    name: str
    words: tuple[str, ...]
    table: dict[str, Any]


def run(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Propose, show, ask, write. Raises ChattuiError."""
    here = world.opened(arguments, environ)
    name, address = _words(arguments.words)
    if bool(address) == bool(arguments.curl) and not (arguments.sample and not address):
        raise UsageError("Give an address, or --from-curl with a curl command.", hint="See chattui add --help.")
    asked = _asked(arguments.curl, address, sys.stdin.read if arguments.curl == "-" else str)
    for note in asked.notes:
        say(note)
    sampled = _sampled(arguments.sample) if arguments.sample else ()
    found = _proposed(asked, sampled, bare=bool(address), may_ask=_may_ask(arguments, asked))
    name = _free(name or found.name, here, given=bool(name))
    table, value = _with_key(found.table, asked, name, here.paths.config.parent)
    for words in found.words:
        say(words)
    text = writing.toml(name, table)
    put(text.rstrip("\n"))
    wrong = writing.mistakes(name, {key: item for key, item in table.items() if key != "api_key"}, environ)
    if wrong:
        raise ConfigError(f"This would not work yet: {wrong[0].text}", hint="Correct it with chattui config edit.")
    if arguments.dry_run or not (arguments.yes or agreed(f"Write it to {here.paths.config}?")):
        say("Nothing was written.")
        return Exit.COMPLETE
    if value:
        writing.keep_key(here.paths.config.parent / "keys" / name, value)
    writing.append(here.paths.config, text)
    _tell_the_next(name, asked, here.paths.config, kept=bool(value))
    return Exit.COMPLETE


def _words(words: list[str]) -> tuple[str, str]:
    """The name and the address, in whichever order they came."""
    if len(words) > 2:
        raise UsageError("That are more words than a name and an address.", hint="Put the curl command in quotes.")
    addresses = [word for word in words if re.search(r"[.:/]", word)]
    names = [word for word in words if word not in addresses]
    if len(addresses) > 1 or len(names) > 1:
        raise UsageError("Give one name and one address.", hint="See chattui add --help.")
    if names and not NAME.fullmatch(names[0]):
        raise UsageError("A name has letters, digits, - and _, at most 40.", hint="For example lab.")
    return next(iter(names), ""), next(iter(addresses), "")


def _asked(command: str | None, address: str, read: Any) -> Curl:
    if command:
        return curl.read(read() if command == "-" else command)
    return curl.of_address(address) if address else Curl("http://localhost", body={"prompt": "hi"})


def _sampled(file: str) -> tuple[Frame, ...]:
    """The frames of a recorded body; a head as `curl -i` prints it is passed over. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read(MOST_SAMPLE) if file == "-" else Path(file).read_bytes()[:MOST_SAMPLE]
    except OSError as error:
        raise UsageError(f"The sample cannot be read: {(error.strerror or 'refused').lower()}.") from None
    if data.startswith(b"HTTP/"):
        data = re.split(rb"\r?\n\r?\n", data, maxsplit=1)[-1]
    cut = framer("auto")
    return tuple(item for item in (*cut.feed(data), *cut.flush()) if isinstance(item, Frame))


def _may_ask(arguments: argparse.Namespace, asked: Curl) -> bool:
    """Whether the server may be asked: it was said, or a person says so now."""
    if arguments.sample or (arguments.dry_run and not arguments.yes):
        return False
    if known.recognise(asked) is not None:
        return False
    return arguments.yes or agreed(f"chattui does not know this API. Ask {_host(asked)} once, to see its answer?")


def _host(asked: Curl) -> str:
    return safe.line(asked.url.split("/")[2], 60)


async def _learnt(asked: Curl, *, bare: bool) -> tuple[known.Known | None, tuple[Frame, ...]]:
    """What the server tells of itself, or what it answers to the request. Raises ChatError."""
    found = None
    wire = world.wire()
    try:
        if not bare:
            return None, await answer(asked, wire)
        async with aclosing(identified(asked.url, wire)) as probes:
            async for told in probes:
                if isinstance(told, known.Known):
                    found = told
                else:
                    say(told)
    finally:
        await wire.aclose()
    return found, ()


def _proposed(asked: Curl, sampled: tuple[Frame, ...], *, bare: bool, may_ask: bool) -> Proposal:
    """What to write. Raises ChattuiError where nothing can be proposed."""
    known_as, frames = known.recognise(asked), sampled
    if known_as is None and may_ask:
        known_as, frames = running.run(_learnt(asked, bare=bare))
    if known_as is None:
        known_as, sampled = known.of_answer(asked, frames), ()
    if known_as is not None and not sampled:
        words = (f"This is {known_as.words}.", *([known_as.lacks] if known_as.lacks else []))
        return Proposal(known_as.name, words, known_as.table)
    if bare:
        raise ConfigError(
            "Nothing told what this address speaks.", hint="Give a request that works, with --from-curl, or a --sample."
        )
    if not frames:
        raise ConfigError("There is no answer to learn from.", hint="Give one with --sample, or let chattui ask.")
    found = sample.guess(frames)
    if not found.rules:
        raise ConfigError(f"Its answer could not be understood. {' '.join(found.words)}", hint="See docs/providers.md.")
    _show(frames, found)
    request = template.template(asked.body, found.remembered)
    table: dict[str, Any] = {"provider": "rules", "url": asked.url, "path": ""}
    if asked.method != "POST":
        table["method"] = asked.method
    if asked.headers:
        table["headers"] = dict(asked.headers)
    table |= request
    table |= {key: item for key, item in (("framing", found.framing), ("end", found.end)) if item}
    if "{messages}" not in str(request.get("body")) and "{history}" not in str(request.get("body")):
        table["history"] = "server"
    table["rules"] = list(found.rules)
    sure = f"This is a format of its own; the guess is {found.score:.0%} sure."
    return Proposal(known.name_of(_host(asked).rpartition(":")[0] or _host(asked)), (*found.words, sure), table)


def _show(frames: tuple[Frame, ...], found: sample.Guess) -> None:
    """What the rules would make of the answer, frame by frame and together."""
    rules, _ = read_rules(list(found.rules))
    reading = Reading(rules, "sample", {}, plain=found.framing == "text")
    for number, frame in enumerate(frames, 1):
        try:
            became = ", ".join(type(event).__name__ for event in reading(frame)) or "nothing"
        except (ValueError, ChattuiError) as error:
            became = f"an error: {safe.line(str(error), 60)}"
        if number <= SHOWN or number > len(frames) - SHOWN // 2:
            event = f"{frame.event} " if frame.event else ""
            say(f"{number:>4}  {safe.line(event + frame.data, 70):<70}  {became}")
        elif number == SHOWN + 1:
            say("   …")
    say(f"The reply would say: {safe.line(found.text, 300)}")


def _with_key(table: dict[str, Any], asked: Curl, name: str, folder: Path) -> tuple[dict[str, Any], str]:
    """The table with its key by reference, and the key itself where it has to be kept in a file."""
    if (key := asked.key) is None:
        return table, ""
    made = dict(table)
    if not key.is_plain and "preset" not in made:
        made["auth"] = {"header": key.header, "prefix": key.prefix}
    if key.jar:
        made["api_key"] = {"file": str(Path(key.jar).expanduser().resolve())}
    elif key.variable:
        made["api_key"] = {"env": key.variable}
    elif key.value:
        made["api_key"] = {"file": str(folder / "keys" / name)}
    elif "api_key" not in presets.preset(made["preset"]).table if "preset" in made else True:
        made["api_key"] = {"env": f"{re.sub(r'[^A-Z0-9]', '_', name.upper())}_API_KEY"}
    return made, key.value


def _free(name: str, here: world.World, *, given: bool) -> str:
    """The name, or with a number behind it where it was proposed and is taken. Raises UsageError for one that was
    given.
    """
    taken = set(here.config.layers)
    if given and name in taken:
        raise UsageError(f"There is an endpoint ‘{name}’ already.", hint="Give another name: chattui add NAME …")
    numbered = (f"{name}-{number}" for number in range(2, 100))
    return name if name not in taken else next(other for other in numbered if other not in taken)


def _tell_the_next(name: str, asked: Curl, path: Path, *, kept: bool) -> None:
    say(f"Written to {path}.")
    if kept:
        say(f"Its key is in {path.parent / 'keys' / name}; nobody else may read it.")
    elif asked.key is not None and not (asked.key.variable or asked.key.jar):
        say("Its key was left open: api_key says where it is looked for.")
    if asked.key is not None and asked.key.jar:
        _tell_of_jar(Path(asked.key.jar).expanduser().resolve())
    say(f"chattui check {name} tries it; chattui -e {name} opens it.")


def _tell_of_jar(jar: Path) -> None:
    try:
        mode = jar.stat().st_mode
    except OSError:
        say(f"There is no {jar} yet: curl -c writes it when you sign in, or chattui login does.")
        return
    if mode & 0o077:
        say(f"{jar} can be read by others, so it is not used yet: chmod 600 {jar}")
