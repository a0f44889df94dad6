"""A unique key in every source, every way to fail, and then a search through all that was written and shown.

    python proofs/secret_hunt.py [--screen] [PATH …]

Each path is one question to a server that misbehaves in its way, mostly by quoting all the keys it was sent, by
`chattui ask` in a process of its own, recorded (`record = "wire"`) and with the log at its most talkative. Then the
conversation is listed, shown, exported, replayed and counted. Searched are both outputs of every process, and every
file below its home but the two in which a user has put a key himself.

With `--screen` the question is asked on the screen, in a pty: the reply, its details, the inspector with all its views,
what it copies, search, the palette, the dialogs of parameters and of export. Everything that the terminal got is
searched, and what stood on it after each key, and the clipboard; then the files, among them the draft of a reply whose
program was killed.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "hostile")]

from screen_of_bytes import Screen

from pty_terminal import Terminal
from server import CUT, RESET, STALL, Server, Step, chunk, said, sse

KEYS = {
    source: f"hunted-{source}-{number:02d}-Zx9+q/W7vB3nM5kT8rY2uP4"
    for number, source in enumerate(("env", "cmd", "file", "ring", "literal", "query", "userinfo", "proxy"))
}
ALL = " ".join(key for source, key in KEYS.items() if source not in {"userinfo", "proxy"})  # what every server is sent
RING = """
import pathlib
class errors: pass
def get_password(service, name):
    return pathlib.Path(__file__).with_name("ring.txt").read_text()
"""
RING_ERRORS = "class KeyringError(Exception): pass\n"
CONFIG = """
default = "lab"
[endpoints.lab]
url = "{url}"
model = "m"
record = "wire"
retry = {{ attempts = 0 }}
timeouts = {{ connect = 2, headers = 1, first_token = 1, idle = 1 }}
api_key = {api_key}
headers = {{ X-Cmd = {{ cmd = ["cat", "{folder}/cmd.txt"] }}, X-File = {{ file = "{folder}/file.txt" }}, X-Ring = {{ keyring = "hunt/ring" }}, X-Api-Key = "{literal}" }}
query = {{ sig = {{ env = "HUNTED_SIG" }} }}
{more}
"""
Arrange = Callable[[Server], None]


def nothing(server: Server) -> None:
    server.says("fine")


@dataclass(frozen=True)
class Way:
    """One way to fail: what the server does, and what is different in the configuration or on the command line."""

    arrange: Arrange = nothing
    url: str = "{url}"
    api_key: str = '{ env = "HUNTED_KEY" }'
    more: str = ""
    environ: Mapping[str, str] = field(default_factory=dict)
    argv: tuple[str, ...] = ("ask", "-e", "lab", "hello")
    files: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    code: str = ""
    """Python that is run before chattui, in its process."""


def body(*steps: Step, **more: object) -> Arrange:
    return lambda server: server.reply(*steps, **more)  # type: ignore[arg-type]  # as they are


def told(*values: object, done: bool = True) -> Arrange:
    return body(sse(*values, *(["[DONE]"] if done else [])))


def quoting(value: object) -> bytes:
    return json.dumps({"error": {"message": value, "type": ALL, "code": ALL}}).encode()


PAGE = f"<!doctype html><html><head><title>{ALL}</title></head><body>{ALL}</body></html>".encode()
REPLY = f"You sent {ALL}."
CALL = [
    {"index": 0, "id": "c", "type": "function", "function": {"name": KEYS["env"], "arguments": json.dumps({"k": ALL})}}
]
CRASH = "import chattui.session as s\ndef broken(*a, **k): key = '{0}'; raise ValueError('it was {0}')\ns.Session._turn = broken\n"

PATHS: dict[str, Way] = {
    "success": Way(),
    **{
        f"{status} that quotes": Way(body(quoting(ALL), status=status, type="application/json", body="length"))
        for status in (400, 401, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529)
    },
    "401 as a page": Way(body(PAGE, status=401, type="text/html")),
    "403 as text": Way(body(ALL.encode(), status=403, type="text/plain")),
    "500 as a page": Way(body(PAGE, status=500, type="text/html")),
    **{
        f"{status} with the key in the address": Way(
            body(status=status, headers={"Location": f"https://evil.example/?k={quote(KEYS['env'])}"}, body="length")
        )
        for status in (301, 302, 307, 308)
    },
    "a redirect to a path": Way(body(status=302, headers={"Location": f"/{quote(KEYS['env'])}"}, body="length")),
    "headers that quote": Way(
        body(*said("hi"), headers={"Set-Cookie": f"k={KEYS['env']}", "X-Echo": ALL, "X-Request-Id": KEYS["cmd"], "Server": ALL})
    ),
    "an error in a 200": Way(body(quoting(ALL), type="application/json", body="length")),
    "a page in a 200": Way(body(PAGE, type="text/html")),
    "text in a 200": Way(body(ALL.encode(), type="text/plain")),
    "an error event": Way(body(b"event: error\ndata: " + quoting(ALL) + b"\n\n")),
    "an error after text": Way(told(chunk({"content": "a "}), {"error": {"message": ALL}})),
    "a reply that quotes": Way(body(*said(REPLY))),
    "a reply that quotes letter by letter": Way(body(*said(REPLY, chunks=len(REPLY)))),
    "a reply that quotes in threes": Way(body(*said(REPLY, chunks=len(REPLY) // 3))),
    "a quote that is cut": Way(body(sse(chunk({"content": REPLY})), CUT)),
    "a quote that is reset": Way(body(sse(chunk({"content": REPLY})), RESET)),
    "a quote and silence": Way(body(sse(chunk({"content": REPLY})), STALL)),
    "reasoning that quotes": Way(told(chunk({"reasoning_content": ALL}), chunk({"content": "x"}), chunk({}, "stop"))),
    "a tool that quotes letter by letter": Way(
        told(*[chunk({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "t", "arguments": letter}}]}) for letter in json.dumps({"k": ALL})], chunk({}, "tool_calls"))
    ),
    "a quote that is cut within a key": Way(body(sse(*(chunk({"content": letter}) for letter in f"It is {KEYS['env'][:-2]}")), CUT)),
    "a tool that quotes": Way(told(chunk({"tool_calls": CALL}), chunk({}, "tool_calls"))),
    "names that quote": Way(told(chunk({"content": "x"}, model=KEYS["env"], id=ALL), chunk({}, KEYS["cmd"]))),
    "a refusal that quotes": Way(told(chunk({"refusal": ALL}), chunk({}, "stop"))),
    "sources that quote": Way(
        told(chunk({"content": "x", "annotations": [{"type": "url_citation", "url_citation": {"url": f"https://e/{KEYS['env']}", "title": ALL}}]}), chunk({}, "stop"))
    ),
    "usage that quotes": Way(told(chunk({"content": "x"}), chunk({}, "stop"), chunk(usage={"prompt_tokens": ALL}))),
    "events that cannot be read": Way(told(*[f"{{{ALL}"] * 4)),
    "an event too large": Way(body(b"data: " + ALL.encode() * 8000)),
    "a gzip that is none": Way(body(ALL.encode(), headers={"Content-Encoding": "gzip"})),
    "no HTTP": Way(lambda server: server.raw(ALL.encode() + b"\r\n", CUT)),
    "a head without an end": Way(lambda server: server.raw(b"HTTP/1.1 200 " + ALL.encode() + b"\r\nX: " + ALL.encode(), CUT)),
    "silence": Way(body(STALL)),
    "nothing listens": Way(url="http://127.0.0.1:9/v1"),
    "no such host": Way(url="http://no-such-host.invalid/v1"),
    "TLS to a plain port": Way(url="https://{host}/v1"),
    "a name and password in the address": Way(url=f"http://user:{quote(KEYS['userinfo'], safe='')}@{{host}}/v1"),
    "a proxy that is not there": Way(more=f'proxy = "http://user:{quote(KEYS["proxy"], safe="")}@127.0.0.1:9"'),
    "a proxy of no known kind": Way(more=f'proxy = "gopher://user:{quote(KEYS["proxy"], safe="")}@127.0.0.1:9"'),
    "a proxy of the environment": Way(
        environ={"HTTP_PROXY": f"http://user:{quote(KEYS['proxy'], safe='')}@127.0.0.1:9"}, url="http://lab.invalid/v1"
    ),
    "a key with a line end": Way(environ={"HUNTED_KEY": KEYS["env"] + "\r\nX: " + KEYS["env"]}),
    "a key with quotes": Way(environ={"HUNTED_KEY": f"“{KEYS['env']}”"}),
    "a key that is no ASCII": Way(environ={"HUNTED_KEY": KEYS["env"] + "é"}),
    "a command that fails": Way(api_key='{ cmd = ["sh", "-c", "cat {folder}/cmd.txt; cat {folder}/cmd.txt >&2; exit 3"] }'),
    "a command that is not there": Way(api_key='{ cmd = ["no-such-program"] }'),
    "a file for all": Way(api_key='{ file = "{folder}/open.txt" }', files={"open.txt": KEYS["file"]}, modes={"open.txt": 0o644}),
    "a file with a control": Way(api_key='{ file = "{folder}/odd.txt" }', files={"odd.txt": KEYS["file"] + "\x01"}, modes={"odd.txt": 0o600}),
    "a keyring that fails": Way(
        files={"keyring/__init__.py": f"import keyring.errors\ndef get_password(*a): raise keyring.errors.KeyringError('{KEYS['ring']}')\n"}
    ),
    "a keyring that breaks": Way(files={"keyring/__init__.py": f"def get_password(*a): raise OSError('{KEYS['ring']}')\n"}),
    "a mistake beside the key": Way(more=f'api_key = "{KEYS["literal"]}"\n'),
    "a key under a wrong name": Way(more=f'api_kee = "{KEYS["literal"]}"\n'),
    "a key that is a table": Way(api_key=f'{{ key = "{KEYS["literal"]}" }}'),
    "a key in the query": Way(more=f'[endpoints.b]\nurl = "{{url}}?key={KEYS["literal"]}"\n'),
    "a broken file": Way(more=f'x = "{KEYS["literal"]}\n'),
    "a mistake of chattui's own": Way(code=CRASH.format(KEYS["env"])),
    "a mistake at the start": Way(code="import chattui.commands.ask as a\n" + CRASH.format(KEYS["env"]).partition("\n")[2].replace("s.Session._turn", "a.run")),
    "check": Way(body(quoting(ALL), status=401, type="application/json"), argv=("check", "lab")),
    "check with text": Way(body(*said(REPLY)), argv=("check", "lab")),
    "events": Way(body(*said(REPLY, chunks=40)), argv=("ask", "-e", "lab", "--events", "hello")),
    "json": Way(body(*said(REPLY, chunks=40)), argv=("ask", "-e", "lab", "--json", "hello")),
}  # fmt: skip
AFTER: Sequence[tuple[str, ...]] = (
    ("list",), ("list", "--json"), ("show", "1"), ("show", "--json", "1"), ("show", "--markdown", "1"), ("stats",), ("endpoints",),
    ("config", "show"), ("config", "show", "--origin"), ("search", "hunted"),
    *(("export", "1", "--format", form, "-o", "{home}/exports") for form in ("markdown", "json", "html", "text")),
)  # fmt: skip


def forms() -> Iterator[tuple[str, bytes]]:
    """The keys as they may be written down."""
    for source, key in KEYS.items():
        for text in {key, quote(key), quote(key, safe=""), json.dumps(key)[1:-1], key.replace("/", "\\/"), key[7:]}:
            yield source, text.encode()
        yield source, base64.b64encode(key.encode()).rstrip(b"=")[:-2]


FORMS = tuple(forms())


def hits(data: bytes) -> set[str]:
    """The sources whose key is in there."""
    return {source for source, form in FORMS if form in data}


KEYSTROKES = (
    "hello", "\r", "\x1b[24~", "\r", "h", "l", "y", "u", "p", "t", "s", "r", "q",  # the inspector, and what it copies and saves
    "\x1bOR", "\t", "a", "\x1b", " ", "H", "m", "b", "\x1b",  # copied; in the messages: details, tools, hidden, source, tree
    "\x06", "hunted", "\r", "\x1b", "\x10", "\x1b", "\x0f", "\x1b", "\x1b[18~", "\x1b",  # search, palette, endpoints, parameters
    "\x1b[17~", "\r", "\x1b", "\x11",  # export, quit
)  # fmt: skip
AT_ONCE = 3
"""Paths; each of them waits most of the time."""
QUIET = 0.25
"""Seconds without output after which a key is done."""


def on_screen(start: Sequence[str], environ: Mapping[str, str], keys: Sequence[str] = KEYSTROKES) -> bytes:
    """All that a terminal got and showed while these keys were typed, and the clipboard. Without a last key that quits,
    the program is killed.
    """
    screen = Screen(120, 40)
    found: list[bytes] = []

    def look(terminal: Terminal, most: float) -> None:
        end = time.monotonic() + most
        while time.monotonic() < end and terminal.read(QUIET):
            pass
        data, terminal.out = terminal.out, b""
        for _ in screen.feed(data.decode("utf-8", "replace")):
            pass
        found.extend((data, re.sub(r"[\s│┃┆▌▍▐▎]", "", "".join(screen.rows)).encode()))

    with Terminal(start, environ, size=(120, 40)) as terminal:
        end = time.monotonic() + 30
        while "❯" not in screen.text and terminal.process.poll() is None and time.monotonic() < end:
            look(terminal, 1)
        look(terminal, 1)
        for key in keys:
            if terminal.process.poll() is not None:
                break
            terminal.type(key)
            look(terminal, 0.8)
            if key.endswith("\r"):  # an answer may take its time
                for _ in range(4 if key == keys[1] else 1):
                    look(terminal, 0.8)
        if keys[-1] == KEYSTROKES[-1] and terminal.process.poll() is None:
            terminal.wait(20)
        look(terminal, 1)
    return b"\n".join((*found, *(text.encode() for text in screen.copied), "".join(screen.copied).encode()))


def hunted(name: str, after: Sequence[tuple[str, ...]] = AFTER, *, screen: bool = False) -> list[str]:
    """What one path has left where it should not; `after` are the commands that follow the question. `screen`: it is
    asked there.
    """
    path = PATHS[name]
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, Server().running() as server:
        home, secrets = Path(folder, "home"), Path(folder, "secrets")
        home.mkdir()
        (secrets / "keyring").mkdir(parents=True)
        given = {"cmd.txt": KEYS["cmd"], "file.txt": KEYS["file"], "keyring/ring.txt": KEYS["ring"],
                 "keyring/__init__.py": RING, "keyring/errors.py": RING_ERRORS, **path.files}  # fmt: skip
        for named, text in given.items():
            (secrets / named).write_text(text)
            (secrets / named).chmod(path.modes.get(named, 0o600))
        path.arrange(server)
        url = path.url.replace("{url}", server.url).replace("{host}", server.host)
        api_key = path.api_key.replace("{folder}", str(secrets))
        more = path.more.replace("{url}", server.url)
        config = home / "config.toml"
        config.write_text(CONFIG.format(url=url, api_key=api_key, folder=secrets, literal=KEYS["literal"], more=more))
        config.chmod(0o600)
        environ = {
            **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
            "CHATTUI_HOME": str(home), "CHATTUI_DEBUG": "1", "PYTHONPATH": str(secrets), "HOME": folder,
            "HUNTED_KEY": KEYS["env"], "HUNTED_SIG": KEYS["query"], **path.environ,
        }  # fmt: skip
        start = [
            sys.executable,
            "-c",
            f"import os\nos.chdir({str(home)!r})\n{path.code}\nimport sys\nfrom chattui.cli import main\nsys.argv[0] = 'chattui'\nmain()",
        ]
        runs = [path.argv, *after]
        if screen:
            runs = [*after]
            for keys in (KEYSTROKES, KEYSTROKES[:2]) if "silence" in name else (KEYSTROKES,):
                shown = on_screen(start, environ, keys)
                found += [f"{name}: {source} on the screen" for source in hits(shown)]
                if b"Traceback" in shown:
                    found.append(f"{name}: a traceback on the screen")
        tapes: list[Path] = []
        while runs:
            argv = [part.replace("{home}", str(home)) for part in runs.pop(0)]
            done = subprocess.run([*start, *argv], env=environ, capture_output=True, timeout=60, check=False)
            for stream, data in (("stdout", done.stdout), ("stderr", done.stderr)):
                found += [f"{name}: {' '.join(argv)}: {source} on {stream}" for source in hits(data)]
                if b"Traceback" in data:
                    found.append(f"{name}: {' '.join(argv)}: a traceback on {stream}: {data[-300:]!r}")
            if not tapes and (tapes := sorted(home.rglob("*.tape*"))):
                runs += [
                    ("replay", str(tapes[0]), *how)
                    for how in (("--print", "--instant"), ("--har",), ("--lint",), ("--events",))
                ]
        for file in home.rglob("*"):
            if file.is_file() and file != config:
                found += [f"{name}: {source} in {file.relative_to(home)}" for source in hits(file.read_bytes())]
        for request in server.requests:
            if hits(request.path.encode()) - {"query"}:
                found.append(f"{name}: a key in the address {request.path}")
    return found


def _on_screen(name: str) -> list[str]:
    return hunted(name, (("show", "--json", "1"),), screen=True)


def main(argv: Sequence[str]) -> int:
    assert shutil.which("cat"), "needs cat"
    wrong: list[str] = []
    screen = "--screen" in argv
    asked = [name for name, path in PATHS.items() if not screen or path.argv == Way.argv]
    wanted = [name for name in argv if name != "--screen"] or asked
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for name, found in zip(wanted, pool.map(_on_screen if screen else hunted, wanted), strict=True):
            wrong += found
            print(f"{name}: {len(found)} hits", *found, sep="\n  ", flush=True)
    print(f"{len(KEYS)} keys, {len(wanted)} paths{' on the screen' if screen else ''}: {len(wrong)} hits")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
