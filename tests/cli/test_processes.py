"""`chattui` as a process of its own: pipes, signals, terminals, what it loads. The demo answers: it is offline."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.chat import Conversation, Message
from chattui.store import Store

Config = Callable[[str], Path]
CHATTUI = [sys.executable, "-m", "chattui"]
FAST = '[endpoints.demo]\nprovider = "demo"\nurl = "demo://chattui"\nmodel = "demo"\nparams = { pace = 0 }\n'
SLOW = FAST.replace("pace = 0", "pace = 1.5")


def run(*argv: str, stdin: bytes | None = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*CHATTUI, *argv], input=stdin, capture_output=True, env={**os.environ, **more}, timeout=30, check=False
    )


def begun(*argv: str) -> subprocess.Popen[bytes]:
    """An `ask` whose first text has come."""
    process = subprocess.Popen(
        [*CHATTUI, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    select.select([process.stdout], [], [], 20)
    return process


def last(home: Path) -> Message:
    store = Store(home / "data")
    (name,) = store.ids()
    return store.load(name).branch()[-1]


def test_the_demo_answers_into_a_pipe_and_into_the_store(config: Config, home: Path) -> None:
    config(FAST)
    done = run("ask", "keys")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode() == last(home).text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_130_and_keeps_the_partial_reply(
    number: signal.Signals, config: Config, home: Path
) -> None:
    config(SLOW)
    with begun("ask", "keys") as process:
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Stopped." in err
    assert b"Traceback" not in err
    reply = last(home)
    assert reply.state == "stopped"
    assert reply.text.startswith(out.decode())
    assert out


def test_a_reader_that_leaves_ends_it_quietly_and_keeps_the_partial_reply(config: Config, home: Path) -> None:
    config(FAST.replace("pace = 0", "pace = 0.2"))
    with begun("ask", "keys") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        err = process.stderr.read()
        assert process.wait(10) == 3
    assert err == b""
    assert last(home).state == "stopped"


def test_a_reader_of_a_list_may_leave(home: Path) -> None:
    store = Store(home / "data")
    store.save(Conversation("0190000000aa11223344ab", 1.0, 1.0, "x" * 60))
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*CHATTUI, "list"], stdout=writing, stderr=subprocess.PIPE, timeout=30, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("argv", [["ask", "keys"], ["config", "show"], ["endpoints"]])
def test_a_full_disk_behind_standard_output_is_one_sentence(argv: list[str], config: Config) -> None:
    config(FAST)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*CHATTUI, *argv], stdout=full, stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"chattui: ")
    assert done.stderr.count(b"\n") == 1


def test_closed_standard_streams_do_not_end_it(config: Config, home: Path) -> None:
    config(FAST)
    command = f"'{sys.executable}' -m chattui ask keys <&- 2>&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, timeout=30, check=False)
    assert done.returncode == 0
    assert done.stdout.decode() == last(home).text


def test_an_ascii_locale_does_not_end_it(config: Config) -> None:
    config(FAST)
    done = run("ask", "Grüezi ✓", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout


# ---------------------------------------------------------------- what it loads


def loaded(*argv: str) -> set[str]:
    code = f"import sys\nfrom chattui.cli import main\nmain({list(argv)!r})\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


@pytest.mark.parametrize(
    ("argv", "absent"),
    [
        (["ask", "keys"], {"textual", "rich", "pygments", "markdown_it", "argcomplete"}),
        (["--version"], {"textual", "rich", "httpx", "argcomplete", "asyncio"}),
        (["--help"], {"textual", "rich", "httpx", "argcomplete", "asyncio"}),
        (["list"], {"textual", "rich", "httpx", "argcomplete", "asyncio"}),
        (["endpoints"], {"textual", "rich", "httpx", "argcomplete"}),
    ],
)
def test_a_command_loads_only_what_it_needs(argv: list[str], absent: set[str], config: Config) -> None:
    config(FAST)
    assert not loaded(*argv) & absent


# ---------------------------------------------------------------- terminals


def in_terminal(*argv: str, columns: int = 100, **more: str) -> tuple[int, str]:
    """The exit code of the command, and all that a terminal got from it."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environ = {**os.environ, "TERM": "xterm-256color", **more}
    environ.pop("COLUMNS", None)
    process = subprocess.Popen([*CHATTUI, *argv], stdin=follower, stdout=follower, stderr=follower, env=environ)
    os.close(follower)
    got = b""
    end = time.monotonic() + 30
    while time.monotonic() < end and select.select([leader], [], [], 10)[0]:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the last of the other side has gone
            break
        if not piece:
            break
        got += piece
    os.close(leader)
    return process.wait(10), got.decode()


def test_on_a_terminal_a_line_tells_of_waiting_and_the_text_is_harmless(config: Config) -> None:
    config(FAST)
    code, got = in_terminal("ask", "zzz \x1b]52;c;eA==\x07 \u202e zzz")
    assert code == 0
    assert "waiting" in got
    assert "\x1b]" not in got
    assert "\u202e" not in got
    assert "␛]52" in got
    shown = got.rpartition("\x1b[K")[2]
    assert "waiting" not in shown
    assert got.endswith("\n")
    assert {piece[:2] for piece in got.split("\x1b")[1:]} == {"[K"}


def test_a_dumb_terminal_gets_no_progress_line(config: Config) -> None:
    config(FAST)
    code, got = in_terminal("ask", "keys", TERM="dumb")
    assert code == 0
    assert "\x1b" not in got


def test_json_on_a_terminal_is_ascii(config: Config) -> None:
    config(FAST)
    code, got = in_terminal("ask", "--events", "Grüezi \u202e\x7f")
    assert code == 0
    assert got.isascii()
    assert "\x1b" not in got
    assert "\x7f" not in got
    assert json.loads(got.splitlines()[-1])["event"] == "end"


def test_without_a_prompt_a_terminal_is_not_read(config: Config) -> None:
    config(FAST)
    code, got = in_terminal("ask")
    assert code == 2
    assert "There is no prompt." in got


@pytest.mark.parametrize("argv", [[], ["-e", "demo"]])
def test_a_dumb_terminal_cannot_show_the_screen(argv: list[str]) -> None:
    code, got = in_terminal(*argv, TERM="dumb")
    assert code == 2
    assert "The screen needs a terminal." in got


def test_an_unknown_endpoint_is_told_before_the_screen_opens() -> None:
    code, got = in_terminal("-e", "nope")
    assert code == 2
    assert "There is no endpoint ‘nope’." in got
    assert "\x1b" not in got


# ---------------------------------------------------------------- completion


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("chattui as", {"ask"}),
        ("chattui ask -e d", {"demo"}),
        ("chattui check l", {"lab"}),
        ("chattui ask -m sm", {"small"}),
        ("chattui config ", {"path", "init", "show", "edit"}),
        ("chattui completion z", {"zsh"}),
    ],
)
def test_the_shell_is_told_what_fits(line: str, expected: set[str], config: Config, tmp_path: Path) -> None:
    config('[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\nmodel = "small"\n')
    answer = tmp_path / "answer"
    run(
        _ARGCOMPLETE="1", _ARGCOMPLETE_SUPPRESS_SPACE="1", _ARGCOMPLETE_IFS="\n",
        _ARGCOMPLETE_STDOUT_FILENAME=str(answer), COMP_LINE=line, COMP_POINT=str(len(line)), COMP_TYPE="9",
    )  # fmt: skip
    assert expected <= {word.strip() for word in answer.read_text().split("\n")}
