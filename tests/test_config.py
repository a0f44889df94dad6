"""The configuration: what is accepted, and in which words a mistake is told."""

from __future__ import annotations

import base64
import json
import os
import re
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import config, presets
from chattui.config import Config, check, docs, options, read, template, where
from chattui.config.show import show
from chattui.config.values import Options
from chattui.endpoint import Auth, Endpoint, Retry, Timeouts
from chattui.errors import ConfigError
from chattui.secret import Secret

ENVIRON = {"LAB_KEY": "sk-hidden", "USER": "ada", "EMPTY": "", "PROXY": "http://proxy.example:3128"}
DOCS = Path(__file__).parents[1] / "docs"
FILE = Path("/etc/chattui/config.toml")


def of(text: str, **more: Any) -> Config:
    return config.load_text(text, ENVIRON, file=FILE, **more)


def lab(lines: str) -> Config:
    return of(f'[endpoints.lab]\nurl = "https://lab.example/v1"\n{lines}\n')


def the(found: Config, name: str = "lab") -> Endpoint:
    assert found.problems == ()
    return found.endpoints[name]


# ---------------------------------------------------------------- what is accepted


def test_nothing_configured_is_fine(tmp_path: Path) -> None:
    found = config.load(tmp_path / "none.toml", ENVIRON)
    assert (found.problems, found.endpoints, found.default) == ((), {}, "")
    assert found.keys["conversation.new"] == ("ctrl+n",)
    assert of("").endpoints == {}


def test_two_lines_make_an_openai_compatible_endpoint() -> None:
    found = of('[endpoints.lab]\nurl = "http://localhost:8000/v1"\n')
    assert the(found) == Endpoint("lab", "openai-chat", "http://localhost:8000/v1", origin=str(FILE))
    assert found.default == "lab"


def test_every_key_of_an_endpoint_arrives(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("pem")
    (tmp_path / "me.pem").write_text("pem")
    found = config.load_text(
        """
        default = "other"
        theme = "nord"
        mouse = false
        list_width = 40
        titles = "model"
        notify = { bell = false, osc9 = false, after = 30 }
        [endpoints.lab]
        provider = "openai-chat"
        url = "https://lab.example/v1"
        path = "/talk"
        model = "m1"
        models = ["m1", "m2"]
        system = "Be brief."
        params = { temperature = 0.3, stop = ["a"], nested = { who = { env = "USER" } } }
        headers = { X-Team = "research", X-User = { env = "USER" }, X-Number = 3 }
        query = { api-version = "2026-01-01", token = { env = "LAB_KEY" }, n = 1 }
        body = { add = { top_k = 40 }, drop = ["stream_options", "a.b"] }
        auth = { header = "X-Api-Key", prefix = "" }
        api_key = { env = "LAB_KEY" }
        timeouts = { connect = 1, headers = 2, first_token = 3, idle = 4, idle_content = 5.5, total = 0 }
        retry = { attempts = 0 }
        proxy = "socks5://127.0.0.1:1080"
        tls = { verify = false, ca_file = "ca.pem", client_cert = "me.pem" }
        user = { env = "USER" }
        [endpoints.other]
        url = "https://other.example"
        models = "fetch"
        proxy = false
        """,
        ENVIRON,
        file=tmp_path / "config.toml",
    )
    one = the(found)
    assert (found.default, found.theme, found.mouse, found.list_width) == ("other", "nord", False, 40)
    assert (found.titles, config.load_text("", ENVIRON).titles) == ("model", "prompt")
    assert (found.notify.bell, found.notify.osc9, found.notify.after) == (False, False, 30)
    assert (one.provider, one.url, one.path, one.model) == ("openai-chat", "https://lab.example/v1", "/talk", "m1")
    assert (one.models, one.system, one.user) == (("m1", "m2"), "Be brief.", "ada")
    assert one.params == {"temperature": 0.3, "stop": ["a"], "nested": {"who": "ada"}}
    assert one.headers["X-Team"] == "research"
    assert one.headers["X-Number"] == "3"
    assert isinstance(one.headers["X-User"], Secret)
    assert one.headers["X-User"].reveal() == "ada"
    assert isinstance(one.query["token"], Secret)
    assert (one.query["api-version"], one.query["n"]) == ("2026-01-01", "1")
    assert (one.body.add, one.body.drop) == ({"top_k": 40}, ("stream_options", "a.b"))
    assert one.auth == Auth("X-Api-Key", "")
    assert one.api_key is not None
    assert (one.api_key.reveal(), one.api_key.source) == ("sk-hidden", "$LAB_KEY")
    assert one.timeouts == Timeouts(1, 2, 3, 4, 5.5, 0)
    assert one.retry == Retry(0)
    assert (one.proxy, found.endpoints["other"].proxy) == ("socks5://127.0.0.1:1080", False)
    assert (one.tls.verify, one.tls.ca_file, one.tls.client_cert) == (False, tmp_path / "ca.pem", tmp_path / "me.pem")
    assert found.endpoints["other"].models == "fetch"


def test_defaults_lie_under_presets_and_endpoints() -> None:
    found = of("""
        [defaults]
        timeouts = { idle = 7, connect = 8 }
        headers = { X-Team = "all", x-drop = "gone" }
        params = { temperature = 1, seed = 2 }
        [endpoints.lab]
        preset = "deepseek"
        timeouts = { connect = 9 }
        headers = { X-TEAM = "mine", X-Drop = false }
        params = { seed = 3 }
        """)
    one = the(found)
    assert (one.timeouts.connect, one.timeouts.idle, one.timeouts.first_token) == (9, 7, 1800)
    assert one.headers == {"X-TEAM": "mine"}
    assert one.params == {"temperature": 1, "seed": 3}


def test_the_origin_of_a_preset_may_be_overridden_but_its_key_stays_at_home() -> None:
    found = of('[endpoints.gate]\npreset = "openai"\nurl = "https://gate.example/v1"\n')
    assert found.endpoints["gate"].api_key is None
    (problem,) = found.problems
    assert (problem.severity, problem.line, problem.key) == ("warning", 3, "endpoints.gate.url")
    assert "$OPENAI_API_KEY is not sent there" in problem.text
    same = of('[endpoints.gate]\npreset = "openai"\nurl = "https://api.openai.com/v2"\n')
    assert the(same, "gate").api_key is not None
    assert (
        the(of('[endpoints.gate]\npreset = "openai"\nurl = "https://gate.example"\napi_key = false\n'), "gate").api_key
        is None
    )


NEEDS = {
    "snackprompt": 'params = { tenant_id = "t" }\n',
    "hardwire": 'user = "u"\n',
    "flowise": 'params = { flow = "f" }\n',
}
"""What a preset cannot know."""


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_is_a_configuration_without_mistakes(name: str) -> None:
    preset = presets.preset(name)
    own = 'url = "https://x.example/v1"\n' if "url" not in preset.table else ""
    own += NEEDS.get(name, "")
    one = the(of(f'[endpoints.it]\npreset = "{name}"\n{own}'), "it")
    assert one.url
    assert (preset.env != "") == (one.api_key is not None) or name in {"azure", "openai-responses"}
    copied = preset.text[preset.text.index("[endpoints.") :]
    pasted = of(copied)
    assert len(pasted.problems) == (1 if own else 0)
    assert all("needs" in problem.text for problem in pasted.problems)
    assert preset.port == 0 or f":{preset.port}/" in one.url


@pytest.mark.parametrize(
    ("line", "source"),
    [
        ('api_key = { env = "LAB_KEY" }', "$LAB_KEY"),
        ('api_key = { cmd = ["pass", "show", "x"] }', "the command ‘pass’"),
        ("api_key = { cmd = \"pass show 'x y'\" }", "the command ‘pass’"),
        ('api_key = { file = "k" }', "the file /etc/chattui/k"),
        ('api_key = { keyring = "chattui/lab" }', "the keyring entry chattui/lab"),
        ('api_key = "sk-literal\\n"', "the configuration file"),
    ],
)
def test_a_key_comes_from(line: str, source: str) -> None:
    one = the(lab(line))
    assert one.api_key is not None
    assert one.api_key.source == source


def test_a_literal_key_is_stripped_and_never_seen() -> None:
    found = lab('api_key = " sk-literal\\n"')
    assert the(found).api_key is not None
    assert the(found).api_key.reveal() == "sk-literal"  # type: ignore[union-attr]  # checked above
    assert "sk-literal" not in repr(found) + show(found, origin=True)


# ---------------------------------------------------------------- mistakes

MISTAKES: list[tuple[str, int, int, str, str, str]] = [  # text, line, column, key, in the text, in the hint
    ("defualt = 'x'", 1, 1, "defualt", "not a key that belongs here", "‘default’"),
    ("\n mouse = 1", 2, 2, "mouse", "true or false", ""),
    ("list_width = 3", 1, 1, "list_width", "between 16 and 80", ""),
    ("list_width = true", 1, 1, "list_width", "whole number", ""),
    ("list_width = 999999999999999999999999", 1, 1, "list_width", "between", ""),
    ("theme = 3", 1, 1, "theme", "must be text", "quotes"),
    ("notify = { after = '3' }", 1, 12, "notify.after", "must be a number", ""),
    ("notify = { after = nan }", 1, 12, "notify.after", "must be a number", ""),
    ("notify = true", 1, 1, "notify", "must be a table", ""),
    ("url = 'http://x'", 1, 1, "url", "not a key that belongs here", "‘url’ into a table [endpoints.NAME]"),
    ("base_url = 'http://x'", 1, 1, "base_url", "not a key", "‘url’ into a table [endpoints.NAME]"),
    ("[providers.a]\nurl = 'x'", 1, 1, "providers", "not a key", "‘endpoints’"),
    ("default = 'x'\n[endpoints.a]\nurl='https://h'", 1, 1, "default", "does not know the endpoint ‘x’", ""),
    ("default = 'lba'\n[endpoints.lab]\nurl='https://h'", 1, 1, "default", "‘lba’", "‘lab’"),
    ("[[endpoints]]\nurl = 'x'", 1, 1, "endpoints", "must be a table", "[endpoints.NAME]"),
    ("endpoints.a = 3", 1, 11, "endpoints.a", "must be a table", "[endpoints.a]"),
    ("[endpoints.a]\nprovider = 'openai'", 2, 1, "endpoints.a.provider", "does not know ‘openai’", "‘openai-chat’"),
    ("[endpoints.a]\npreset = 'opnai'", 2, 1, "endpoints.a.preset", "does not know ‘opnai’", "‘openai’"),
    ("[endpoints.a]\nmodel = 'm'", 1, 1, "endpoints.a", "needs an address", "url ="),
    ('[endpoints."a b".timeouts]\nidel = 3', 2, 1, 'endpoints."a b".timeouts.idel', "not a key", "‘idle’"),
    ("[endpoints.a]\nurl = 'h.example/v1'", 2, 1, "endpoints.a.url", "must start with http://", ""),
    ("[endpoints.a]\nurl = 'https://u:pw@h/v1'", 2, 1, "endpoints.a.url", "user name or password", "api_key"),
    ("[endpoints.a]\nurl = 'https://h:99999/v1'", 2, 1, "endpoints.a.url", "not an address", "65535"),
    ("[endpoints.a]\nurl = 'http://[::1'", 2, 1, "endpoints.a.url", "not an address", ""),
    ("[endpoints.a]\nurl = 'https://'", 2, 1, "endpoints.a.url", "not an address", ""),
    ("[endpoints.a]\nurl = 'https://h/v1?key=abc'", 2, 1, "endpoints.a.url", "end before ?", "query"),
    ('[endpoints.a]\nurl = "http://h/\\u001b]0;x"', 2, 1, "endpoints.a.url", "control or hidden", ""),
    ("[endpoints.a]\nurl = { env = 'NOPE' }", 2, 1, "endpoints.a.url", "needs $NOPE, which is not set", "export"),
    ("[endpoints.a]\nurl = { evn = 'NOPE' }", 2, 1, "endpoints.a.url", "must be text", ""),
]  # fmt: skip
LAB_MISTAKES: list[tuple[str, str, str, str]] = [  # line of [endpoints.lab], key below it, in the text, in the hint
    ("base_url = 'x'", "base_url", "not a key", "‘url’"),
    ("timeout = 3", "timeout", "not a key", "‘timeouts’"),
    ("temperature = 3", "temperature", "not a key", "‘params’"),
    ("timeouts = { connect = -1 }", "timeouts.connect", "between 0 and", ""),
    ("retry = { attempts = true }", "retry.attempts", "whole number", ""),
    ("models = 'm'", "models", "list of texts", ""),
    ("params = { when = 2026-01-01 }", "params", "date or time", "quotes"),
    ("params = { x = inf }", "params", "nan or inf", ""),
    ("params = { x = { env = 'EMPTY' } }", "params", "needs $EMPTY", "export EMPTY"),
    ("headers = { 'X Y:' = 'a' }", 'headers."X Y:"', "not a header name", ""),
    ('headers = { X = "a\\r\\nB: c" }', "headers.X", "control character", ""),
    ("headers = { X = 'é' }", "headers.X", "plain ASCII", ""),
    ("headers = { X = true }", "headers.X", "must be text", ""),
    ("query = { key = 'abc123' }", "query.key", "looks like a key", "env"),
    ("query = { api_key = 'abc123' }", "query.api_key", "looks like a key", "env"),
    ("body = { add = 3 }", "body.add", "must be a table", ""),
    ("body = { remove = ['x'] }", "body.remove", "not a key", "‘drop’"),
    ("auth = { header = 'X Y' }", "auth.header", "not a header name", ""),
    ('auth = { prefix = "B\\n" }', "auth.prefix", "control character", ""),
    ("api_key = 3", "api_key", "must be text or one of", ""),
    ("api_key = { evn = 'X' }", "api_key", "must be text or one of", "‘env’"),
    ("api_key = { env = 'sk-abc123' }", "api_key", "names no environment variable", "not its value"),
    ("api_key = '$LAB_KEY'", "api_key", "name of a variable", '{ env = "LAB_KEY" }'),
    ("api_key = '${LAB_KEY}'", "api_key", "name of a variable", '{ env = "LAB_KEY" }'),
    ('api_key = "sk-abc123\\r\\nX-Evil: 1"', "api_key", "character 10 is a control character", ""),
    ("api_key = '“sk-abc123”'", "api_key", "not plain ASCII", ""),
    ("api_key = { cmd = 'echo k; touch /tmp/x' }", "api_key", "without a shell", "sh"),
    ("api_key = { cmd = 'cat k | head' }", "api_key", "without a shell", ""),
    ('api_key = { cmd = "echo \'k" }', "api_key", "quote that is not closed", ""),
    ("api_key = { cmd = [] }", "api_key", "must be a command", ""),
    ("api_key = { keyring = 'lab' }", "api_key", "service and the name", ""),
    ("proxy = 'socks4://h:1'", "proxy", "‘socks4://’ is not supported", "socks5h://"),
    ("proxy = 'h:1'", "proxy", "no scheme", ""),
    ("proxy = 'http://[::1'", "proxy", "not an address", ""),
    ("proxy = true", "proxy", "must be text", ""),
    ("tls = { ca_file = 'none.pem' }", "tls.ca_file", "not a file that exists", "/etc/chattui/none.pem"),
    ("tls = { verify = 'no' }", "tls.verify", "true or false", ""),
]


@pytest.mark.parametrize(("text", "line", "column", "key", "said", "hint"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_told_with_its_place(text: str, line: int, column: int, key: str, said: str, hint: str) -> None:
    problem = of(text).problems[0]
    assert (problem.line, problem.column, problem.key, problem.severity) == (line, column, key, "error")
    assert said in problem.text
    assert hint in problem.hint
    assert str(problem).startswith(f"{FILE}:{line}:{column}: {key}: {problem.text}")


@pytest.mark.parametrize(("line", "key", "said", "hint"), LAB_MISTAKES, ids=[m[0] for m in LAB_MISTAKES])
def test_a_mistake_disables_its_endpoint_only(line: str, key: str, said: str, hint: str) -> None:
    found = of(f"[endpoints.good]\nurl = 'https://h'\n[endpoints.lab]\nurl = 'https://h'\n{line}\n")
    assert list(found.endpoints) == ["good"]
    (problem,) = found.problems
    assert (problem.key, problem.endpoint, problem.line) == (f"endpoints.lab.{key}", "lab", 5)
    assert said in problem.text
    assert hint in problem.hint
    assert "abc123" not in str(problem)


def test_every_mistake_is_told_at_once_in_the_order_of_the_file() -> None:
    found = of("mouse = 3\n[endpoints.a]\nurl = 'x'\nretry = 3\n[endpoints.b]\nbasurl = 'x'\n[keys]\nx = 'y'\n")
    assert [problem.line for problem in found.problems] == [1, 3, 4, 6, 8]


def test_a_mistake_in_the_defaults_spoils_no_more_than_it_must() -> None:
    found = of("[defaults]\ntimeouts = { connect = 'x', idle = 3 }\n[endpoints.lab]\nurl = 'https://h'\n")
    assert [problem.key for problem in found.problems] == ["defaults.timeouts.connect"]
    assert found.endpoints["lab"].timeouts == Timeouts(idle=3)


def test_no_request_takes_another_road_because_the_proxy_of_the_defaults_is_wrong() -> None:
    found = of(
        "[defaults]\nproxy = 'socks4://h'\n[endpoints.a]\nurl = 'https://h'\n"
        "[endpoints.b]\nurl = 'https://h'\nproxy = false\n"
    )
    assert list(found.endpoints) == ["b"]
    assert [(problem.key, problem.endpoint) for problem in found.problems] == [
        ("defaults.proxy", ""),
        ("endpoints.a", "a"),
    ]


@pytest.mark.parametrize("key", ["url = 'https://h'", "api_key = 'k'", "preset = 'openai'", "model = 'm'"])
def test_what_belongs_to_one_endpoint_is_no_default(key: str) -> None:
    (problem,) = of(f"[defaults]\n{key}\n").problems
    assert "belongs to one endpoint" in problem.text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[endpoints.a]\nurl = 'http://api.example.com/v1'\napi_key = 'k'", "without encryption"),
        ("[endpoints.a]\nurl = 'https://h'\napi_key = ''", "counts as not set"),
        ("default = 'b'\n[endpoints.a]\nurl = 'https://h'\n[endpoints.b]\nurl = 3", "is disabled by a mistake"),
    ],
)
def test_a_warning_disables_nothing(text: str, said: str) -> None:
    found = of(text)
    assert list(found.endpoints) == ["a"]
    assert found.default == "a"
    (problem,) = (problem for problem in found.problems if problem.severity == "warning")
    assert said in problem.text
    assert problem.endpoint == ""


def test_a_local_server_may_have_a_key_without_tls() -> None:
    the(of("[endpoints.a]\nurl = 'http://127.0.0.1:1/v1'\napi_key = 'k'"), "a")


@pytest.mark.parametrize("name", ['"[/]"', '"Zürich 1"', '"$primary"'])
def test_a_name_may_be_odd(name: str) -> None:
    assert list(of(f"[endpoints.{name}]\nurl = 'https://h'\n").endpoints) == [name.strip('"')]


@pytest.mark.parametrize("name", ['"\\u001b[2Jx"', '"a\\nb"', '""', '"a\\u202eb"', '"' + "x" * 65 + '"'])
def test_a_name_may_not_steer_a_terminal(name: str) -> None:
    found = of(f"[endpoints.{name}]\nurl = 'https://h'\n")
    assert not found.endpoints
    assert "\x1b" not in str(found.problems[0])
    assert "is no name" in found.problems[0].text


def test_the_theme_is_checked_by_whoever_knows_the_themes(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("\ntheme = 'nrod'\n")
    found = config.check_theme(config.load(path, {}), ["nord", "dracula"])
    (problem,) = found.problems
    assert (found.theme, problem.line, problem.hint) == ("", 2, "Did you mean ‘nord’?")
    assert config.check_theme(config.load(path, {}), ["nrod"]).problems == ()


# ---------------------------------------------------------------- files that are no configuration

BROKEN: list[tuple[str, bytes, int, int, str]] = [
    ("unclosed string", b'api_key = "sk-secret\n', 1, 21, "A string is not closed on its line. Add the missing quote"),
    ("no quotes", b"model = gpt\n", 1, 9, "Text needs quotes"),
    ("curly quotes", "a = 1\nmodel = “gpt”\n".encode(), 2, 9, "curly quotes"),
    ("windows path", b'x = "C:\\Users\\me"\n', 1, 10, "a backslash starts an escape"),
    ("table twice", b"[p]\na=1\n[p]\nb=2\n", 3, 3, "only one [header]"),
    ("key twice", b"a = 1\na = 2\n", 2, 6, "A key is given twice"),
    ("nul", b'a = "x\x00y"\n', 1, 7, "Illegal character"),
    ("cr only", b'a = "x"\rb = 1\r', 1, 8, "old Mac line ends"),
    ("escape in comment", b"# \x1b[2J\n", 1, 3, "Found invalid character"),
    ("latin-1", b'a = 1\nname = "caf\xe9"\n', 2, 12, "not UTF-8: byte 0xe9"),
    ("utf-16", "a = 1".encode("utf-16"), 1, 1, "UTF-16"),
    ("long number", b"a = 1\nx = " + b"9" * 5000 + b"\n", 2, 5, "A number is too long"),
    ("deep array", b"x = " + b"[" * 4000 + b"]" * 4000, 0, 0, "nested too deeply"),
    ("deep table", b"x = " + b"{a=" * 2000 + b"1" + b"}" * 2000, 0, 0, "nested too deeply"),
    ("long line", b"a = 1\nb = '" + b"x" * 9000 + b"'", 2, 1, "longer than 8 KiB"),
    ("many parts", b"x." * 4000 + b"x = 1", 1, 1, "more than 64 parts"),
    ("too large", b"# " + b"x\n# " * 500_000, 0, 0, "larger than 1 MiB"),
    ("end of file", b"a = ", 1, 5, ""),
]  # fmt: skip


@pytest.mark.parametrize(("content", "line", "column", "said"), [b[1:] for b in BROKEN], ids=[b[0] for b in BROKEN])
def test_a_broken_file_is_one_problem(tmp_path: Path, content: bytes, line: int, column: int, said: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(content)
    started = time.process_time()
    found = config.load(path, ENVIRON)
    assert time.process_time() - started < 5  # the unguarded parser takes minutes and gigabytes for some of these
    (problem,) = found.problems
    assert (problem.line, problem.column) == (line, column)
    assert said in str(problem)
    assert "secret" not in str(problem)
    assert "\x1b" not in str(problem)
    assert found.keys
    assert path.read_bytes() == content


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"\xef\xbb\xbfmouse = false\r\n[endpoints.a]\r\nurl = 'x'\r\n")
    found = config.load(path, {})
    assert found.mouse is False
    assert (found.problems[0].line, found.problems[0].column) == (3, 1)


def test_a_folder_a_pipe_and_a_dead_link_are_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, said in (("folder", "not a file"), ("pipe", "not a file"), ("link", "does not exist")):
        (problem,) = config.load(tmp_path / name, {}).problems
        assert said in problem.text
        assert str(problem).startswith(f"{tmp_path / name}: ")


def test_an_unreadable_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mouse = true")
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user may read everything")
    assert "permission denied" in config.load(path, {}).problems[0].text


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o644, True), (0o640, True)])
@pytest.mark.parametrize("line", ["api_key = 'k'", "headers = { Authorization = 'Bearer k' }"])
def test_a_key_in_a_file_that_others_can_read_is_warned_of(
    tmp_path: Path, mode: int, line: str, *, warned: bool
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f"[endpoints.a]\nurl = 'https://h'\n{line}\n")
    path.chmod(mode)
    found = config.load(path, {})
    assert list(found.endpoints) == ["a"]
    assert [problem.severity for problem in found.problems] == ["warning"] * warned
    assert all("chmod 600" in problem.hint and problem.line == 3 for problem in found.problems)


def test_a_reference_in_a_file_that_others_can_read_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[endpoints.a]\nurl = 'https://h'\napi_key = { env = 'X' }\n")
    path.chmod(0o644)
    assert config.load(path, {}).problems == ()


def test_a_command_in_a_file_that_others_may_change_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[endpoints.a]\nurl = 'https://h'\napi_key = { cmd = ['true'] }\n")
    path.chmod(0o602)
    found = config.load(path, {})
    assert not found.endpoints
    assert "not run" in found.problems[0].text


def test_nothing_is_read_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "chattui.toml").write_text("mouse = false")
    (tmp_path / "config.toml").write_text("mouse = false")
    (tmp_path / "ca.pem").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert config.load(tmp_path / "elsewhere" / "config.toml", {}).mouse is True
    assert lab("tls = { ca_file = 'ca.pem' }").problems[0].key == "endpoints.lab.tls.ca_file"


# ---------------------------------------------------------------- positions

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=6)
BARE = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
TREES = st.recursive(
    st.integers() | st.booleans() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(BARE | WORDS, inner, max_size=3),
    max_leaves=12,
)


def key_text(key: str) -> str:
    return key if key.isascii() and key.replace("_", "a").replace("-", "a").isalnum() else basic(key)


def basic(text: str) -> str:
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'


def toml(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str() if len(value) % 2 and "'" not in value and value.isprintable():
            return f"'''\n{value}'''"
        case str():
            return basic(value)
        case list():
            return "[ # ]}\n" + "".join(f"  {toml(item)},\n" for item in value) + "]"
        case _:
            return "{ " + ", ".join(f"{key_text(key)} = {toml(item)}" for key, item in value.items()) + " }"


@given(st.dictionaries(BARE | WORDS, TREES, max_size=4), st.dictionaries(BARE | WORDS, TREES, max_size=3))
def test_every_key_is_found_where_it_stands(tree: dict[str, Any], below: dict[str, Any]) -> None:
    text = "".join(f"{key_text(key)} = {toml(value)} # x = 1\n" for key, value in tree.items())
    text += '["a table".that."is new"]\n' + "".join(
        f"  {key_text(key)}={toml(value)}\n" for key, value in below.items()
    )
    parsed = tomllib.loads(text)
    found = where.positions(text)
    lines = text.split("\n")

    def check_all(value: Any, path: where.Path) -> None:
        if len(path) > 3 or (path and path[0] != "a table"):
            line, column = found[path]
            rest = lines[line - 1][column - 1 :]
            assert rest.startswith(key_text(path[-1]) if isinstance(path[-1], str) else toml(value)[:1])
        if isinstance(value, dict):
            for key, item in value.items():
                check_all(item, (*path, key))
        elif isinstance(value, list):
            for at, item in enumerate(value):
                check_all(item, (*path, at))

    check_all(parsed, ())


def test_arrays_of_tables_and_dotted_keys_have_places() -> None:
    text = (
        "[[a]]\nx.y = 1\n[[a]]\nx.y = 2\n[a.z]\n'q r' = '''\n[no]\n'''\n"
        'w = 1979-05-27 07:32:00 # c\nv = """\\"""\\" """\n'
    )
    tomllib.loads(text)
    found = where.positions(text)
    assert found["a", 0, "x", "y"] == (2, 3)
    assert found["a", 1, "x", "y"] == (4, 3)
    assert found["a", 1, "z", "q r"] == (6, 1)
    assert found["a", 1, "z", "w"] == (9, 1)
    assert found["a", 1, "z", "v"] == (10, 1)
    assert ("no",) not in found
    assert where.nearest(found, ("a", 1, "z", "nothing", "at all")) == (5, 1)


# ---------------------------------------------------------------- template, show, reference


def test_the_template_is_private_and_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "chattui" / "config.toml"
    template.write_template(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.read_text() == template.template()
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        template.write_template(path)
    assert path.read_text() == "mine"
    with pytest.raises(ConfigError, match="cannot be written"):
        template.write_template(path / "below")


def test_the_template_without_its_comment_signs_is_a_configuration() -> None:
    assert of(template.template()) == of("") or of(template.template()).problems == ()
    lines = [
        line.removeprefix("# ") if line.startswith("# ") and (" = " in line or line[2] == "[") else line
        for line in template.template().splitlines()
    ]
    found = of("\n".join(lines))
    assert found.problems == ()
    assert list(found.endpoints) == ["openai", "lab"]
    assert found.keys["conversation.new"] == ("alt+n",)


def test_show_says_what_counts_and_where_it_was_said(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("""\
default = "lab"
[keys]
"conversation.new" = "f6"
[defaults]
timeouts = { idle = 7 }
[endpoints.lab]
preset = "openrouter"
api_key = { env = "LAB_KEY" }
headers = { X-Who = { env = "NOPE" }, Authorization = "Bearer abc", x-title = "mine" }
proxy = "http://me:pw@proxy:1"
timeouts = { connect = 3 }
[endpoints.bad]
api_key = "sk-literal"
api_kee = "sk-misspelt"
url = "https://me:pw@bad.example/v1?key=sk-address"
basurl = "x"
""")
    found = config.load(path, ENVIRON)
    plain, traced = show(found, origin=False), show(found, origin=True)
    for line in (
        'default = "lab"', "mouse = true", '"conversation.new" = "f6"', "[endpoints.lab]", 'provider = "openai-chat"',
        "api_key = <env LAB_KEY, set>", "headers.X-Who = <env NOPE, not set>", "headers.Authorization = <in the file>",
        'headers.x-title = "mine"', 'proxy = "http://me:***@proxy:1"', "timeouts.idle = 7", "timeouts.connect = 3",
        "[endpoints.bad]   # disabled by a mistake", "api_key = <in the file>",
    ):  # fmt: skip
        assert line in plain.splitlines()
    hidden = ("sk-hidden", "Bearer abc", "sk-literal", ":pw@", "misspelt", "sk-address")
    assert not any(secret in plain + traced for secret in hidden)
    assert "X-Title" not in plain
    origins = {
        line.split(" = ")[0]: line.split(" # ")[1] for line in traced.splitlines() if " # " in line and " = " in line
    }
    assert origins["default"] == f"{path}:1"
    assert origins["mouse"] == "built in"
    assert origins["timeouts.idle"] == f"{path}:5"
    assert origins["provider"] == "preset openrouter"
    assert origins["headers.x-title"] == f"{path}:9"


def every(table: Options) -> set[str]:
    return set(table) | {name for option in table.values() for name in every(option.options)}


def test_every_option_is_documented_and_the_documents_are_up_to_date() -> None:
    assert all(f"| `{name}` |" in docs.reference() for name in every(options.TOP))
    for name, generated in (("configuration.md", docs.reference()), ("keys.md", docs.keys())):
        written = (DOCS / name).read_text(encoding="utf-8")
        assert docs.brought_up_to_date(written, generated) == written, "run python -m chattui.config.docs docs"


def test_the_examples_of_the_document_are_configurations_without_mistakes(tmp_path: Path) -> None:
    document = (DOCS / "configuration.md").read_text(encoding="utf-8")
    examples = [part.partition("```")[0] for part in document.split("```toml\n")[1:]]
    assert len(examples) >= 8
    for name in ("company-ca.pem", "me.pem"):
        (tmp_path / name).write_text("pem")
    for example in examples:
        text = example.replace("~/", f"{tmp_path}/")
        assert config.load_text(text, ENVIRON, file=tmp_path / "config.toml").problems == (), example


def test_the_documents_name_every_preset() -> None:
    document = (DOCS / "configuration.md").read_text(encoding="utf-8")
    assert all(f'preset = "{name}"' in document for name in presets.names())


def test_loading_is_light() -> None:
    """Parsing a configuration loads neither the network nor what only mistakes need."""
    code = "import sys, chattui.config as c; c.load_text('mouse = true', {}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"asyncio", "difflib", "httpx", "textual", "shlex"} & set(done.stdout.split())


# ---------------------------------------------------------------- shared material

SHARED = Path(os.environ.get("CHATTUI_SHARED", Path(__file__).parents[2] / "shared")) / "vectors" / "bad_inputs.json"


def content_of(item: dict[str, Any]) -> bytes:
    if "b64" in item:
        return base64.b64decode(item["b64"])
    text: str = item.get("text") or "".join(piece * count for piece, count in item.get("parts", []))
    for theirs, ours in (("providers.", "endpoints."), ("base_url", "url"), ("api_key_cmd=", "api_key.cmd=")):
        text = text.replace(theirs, ours)
    return text.encode()


@pytest.mark.extra
@pytest.mark.skipif(not SHARED.exists(), reason="the shared vectors are not here")
def test_bad_inputs(tmp_path: Path) -> None:
    items = [item for item in json.loads(SHARED.read_text())["items"] if item["target"] == "config"]
    assert len(items) >= 30
    for item in items:
        path = tmp_path / f"{item['name']}.toml"
        path.write_bytes(content_of(item))
        path.chmod(0o600)
        started = time.process_time()
        found = config.load(path, {})
        assert time.process_time() - started < 10 * item["expect"]["max_seconds"], item["name"]
        words = "\n".join(map(str, found.problems))
        assert not set(words) & set(map(chr, range(9))), item["name"]
        assert "\x1b" not in words
        assert not any(secret in words for secret in ("sk-abc", "user:secret")), item["name"]
        if item["expect"]["outcome"] == "error":
            assert found.errors, item["name"]
            assert all(problem.line or "nested" in problem.text for problem in found.errors), item["name"]
        elif item["expect"]["outcome"] == "accept":
            assert all(re.search("not a key|needs an address", problem.text) for problem in found.errors), item["name"]


def test_the_checker_uses_the_cap_of_the_reader() -> None:
    assert read.MOST_BYTES == 1024 * 1024
    assert check.dotted(("a", 0, "b c")) == 'a[0]."b c"'
