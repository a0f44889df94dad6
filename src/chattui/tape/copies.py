"""A recorded request as a curl command or a Python program, and a frame as a rule for the configuration.

Keys are not in a recording: they stand as variables of the shell's environment, named as where they came from.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from pprint import pformat

from chattui.events import JSON
from chattui.redaction import MARK
from chattui.tape import Take
from chattui.tape.pieces import Piece

SKIPPED = frozenset(("user-agent", "content-length", "host", "connection", "accept-encoding"))
LIKELY = ("content", "text", "delta", "token", "answer", "response", "message", "output", "chunk", "value", "data")
"""Names under which servers send text, the likeliest first."""
_ENDS = re.compile(r"(?i)done|end|finish|complete|stop|close")
_ERRORS = re.compile(r"(?i)error|fail|exception")
_THOUGHTS = re.compile(r"(?i)reason|think|thought")
_PLAIN = re.compile(r'[^\s."\[\]]+')
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def curl(take: Take) -> str:
    """The request as a command for a POSIX shell."""
    parts = [f"curl -N -X {take.method} {_quoted(take.url, _variable(take, ''))}"]
    parts += [f"-H {_quoted(f'{name}: {value}', _variable(take, name))}" for name, value in _headers(take)]
    if take.body is not None:
        parts.append(f"--data-raw {shlex.quote(_dumped(take.body))}")
    return " \\\n  ".join(parts)


def python(take: Take) -> str:
    """The request as a Python program that prints the lines of the answer with their times."""
    headers = "".join(f"    {name!r}: {_fstring(value, _variable(take, name))},\n" for name, value in _headers(take))
    body = f"    json={_indented(take.body)},\n" if take.body is not None else ""
    url = _fstring(take.url, _variable(take, ""))
    needs = "import os\n" if "os.environ" in headers or MARK in take.url else ""
    return (
        f"{needs}import time\n\nimport httpx\n\nheaders = {{\n{headers}}}\nbegan = time.monotonic()\n"
        f"with httpx.stream(\n    {take.method!r},\n    {url},\n    headers=headers,\n"
        f"{body}    timeout=None,\n) as response:\n    print(response.status_code, response.headers)\n"
        "    for line in response.iter_lines():\n"
        '        print(f"{(time.monotonic() - began) * 1000:8.0f} ms  {line}")\n'
    )


def rule(piece: Piece) -> str:
    """A rule that would take this frame and others like it, as a line for `rules = [ … ]`."""
    frame = piece.frame
    if frame is None:
        return "# a keep-alive needs no rule"
    try:
        value = frame.json()
    except ValueError:
        value = None
    conditions = [f"event = {_toml(frame.event)}"] if frame.event else []
    kind = frame.event
    if isinstance(value, Mapping) and not frame.event:
        for name in ("type", "event", "kind", "op"):
            if isinstance(said := value.get(name), str) and said:
                conditions.append(f"when = {{ {_key((name,))} = {_toml(said)} }}")
                kind = said
                break
    if not isinstance(value, Mapping | list):
        if not frame.event:
            conditions = [f"data = {_toml(frame.data.strip())}"] if _ENDS.search(frame.data) else []
            kind = frame.data if conditions else ""
        path = "$"
    else:
        path = _path(value)
    return "{ " + ", ".join((*conditions, _action(kind, path))) + " },"


def _action(kind: str, path: str) -> str:
    if _ERRORS.search(kind):
        return f"error = {_toml(path)}" if path else "error = true"
    if _THOUGHTS.search(kind):
        return f"reasoning = {_toml(path)}" if path else "thinking = true"
    if _ENDS.search(kind):
        return "done = true"
    return f"text = {_toml(path)}" if path else "ignore = true"


def _path(value: JSON) -> str:
    """The dotted path of the text that a frame most likely is about; "" when it holds none."""
    found = [(way, said) for way, said in _strings(value, ()) if said]
    named = [
        (LIKELY.index(name), len(way), way)
        for way, _ in found
        if (name := next((part for part in reversed(way) if not part.isdecimal()), "")) in LIKELY
    ]
    if named:
        return _dotted(min(named)[2])
    longest = max(found, key=lambda pair: len(pair[1]), default=None)
    return _dotted(longest[0]) if longest is not None and (" " in longest[1] or len(found) == 1) else ""


def _strings(value: JSON, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if len(way) > 8:
        return
    match value:
        case str():
            yield way, value
        case Mapping():
            for name, item in value.items():
                if '"' not in name and name != "*":  # no path can say it
                    yield from _strings(item, (*way, name))
        case list():
            for number, item in enumerate(value[:4]):
                yield from _strings(item, (*way, str(number)))


def _dotted(way: tuple[str, ...]) -> str:
    return ".".join(part if _PLAIN.fullmatch(part) else f'"{part}"' for part in way)


def _key(way: tuple[str, ...]) -> str:
    return ".".join(way) if all(map(_BARE.fullmatch, way)) else _toml(".".join(way))


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _headers(take: Take) -> list[tuple[str, str]]:
    return [(name, value) for name, value in take.headers if name not in SKIPPED]


def _variable(take: Take, name: str) -> str:
    """The environment variable for what is masked in a header, or in the address for ""."""
    queries = [source for known, source in take.sources.items() if known not in dict(take.headers)]
    source = take.sources.get(name, "") if name else next(iter(queries), "")
    return source[1:] if source.startswith("$") and source[1:].isidentifier() else "API_KEY"


def _quoted(text: str, variable: str) -> str:
    """The text as one word of a shell, a mask as the variable."""
    if MARK not in text:
        return shlex.quote(text)
    escaped = re.sub(r'([\\"$`])', r"\\\1", text)
    return '"' + escaped.replace(MARK, f"${variable}") + '"'


def _fstring(text: str, variable: str) -> str:
    if MARK not in text:
        return repr(text)
    before, _, after = text.partition(MARK)
    return " + ".join(part for part in (repr(before) if before else "", f"os.environ[{variable!r}]",
                                        repr(after) if after else "") if part)  # fmt: skip


def _dumped(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False)


def _indented(value: JSON) -> str:
    """The JSON as Python writes it."""
    return pformat(value, width=100, sort_dicts=False).replace("\n", "\n    ")
