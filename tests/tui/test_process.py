"""The screen as a process in a real terminal: however it ends, words are kept and the terminal is as it was."""

import os
import re
import shutil
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chattui.chat import Message
from chattui.store import Store
from pty_terminal import ON_AT_REST, Terminal

CHATTUI = [sys.executable, "-m", "chattui"]
CONFIG = '[endpoints.demo]\nprovider = "demo"\nurl = "demo://chattui"\nmodel = "demo"\nparams = {{ pace = {pace} }}\n'
IN_USE = {1049, 1000, 1003, 1006, 1015, 1004, 2004, "kitty"}
"""What Textual switches on; it switches off 7 (line wrap) and 25 (the cursor)."""

Start = Callable[..., Terminal]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in names if name in os.environ} | {"CHATTUI_HOME": str(tmp_path / "home")}


@pytest.fixture
def start(tmp_path: Path, environ: dict[str, str]) -> Start:
    """Opens the screen with a demo that takes its time, and waits for the first frame."""

    def run(*, pace: float = 1.5, argv: list[str] | None = None, more: str = "", controlling: bool = True) -> Terminal:
        home = tmp_path / "home"
        home.mkdir()
        (home / "config.toml").write_text(CONFIG.format(pace=pace) + more)
        terminal = Terminal(argv or CHATTUI, environ, controlling=controlling)
        if argv is None or argv[0] == sys.executable:
            terminal.until("Ask anything")
            assert terminal.modes >= IN_USE
            assert not terminal.modes & ON_AT_REST
        return terminal

    return run


def asked(terminal: Terminal) -> None:
    """A reply is in flight, and some of it is on the screen."""
    terminal.type("keys\r")
    terminal.until(" s to first")


def reply(home: Path) -> Message:
    store = Store(home / "home" / "data")
    (name,) = store.ids()
    return store.load(name).branch()[-1]


def test_what_is_typed_before_the_first_frame_is_in_the_prompt(environ: dict[str, str]) -> None:
    with Terminal(CHATTUI, environ) as terminal:
        terminal.type("an early thought")
        terminal.until("ready")
        terminal.type("\x11")
        assert terminal.wait() == 0
    with Terminal(CHATTUI, environ) as terminal:
        terminal.until("an early thought")
        terminal.type("\x11")
        assert terminal.wait() == 0


def test_the_key_to_quit(start: Start) -> None:
    with start() as terminal:
        terminal.type("\x11")
        assert terminal.wait() == 0
        terminal.assert_restored()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_keeps_what_had_arrived(start: Start, tmp_path: Path, number: signal.Signals) -> None:
    with start() as terminal:
        asked(terminal)
        terminal.process.send_signal(number)
        assert terminal.wait() == 128 + number
        terminal.assert_restored()
        assert "Traceback" not in terminal.text
    kept = reply(tmp_path)
    assert kept.state == "stopped"
    assert kept.text


@pytest.mark.parametrize("end", ["TERM", "HUP", "close", "fail"])
def test_what_was_typed_and_not_sent_is_there_again(start: Start, environ: dict[str, str], end: str) -> None:
    broken = (
        "import chattui.tui.app as a\n"
        "a.ChattuiApp.action_help_keys = lambda _: 1 / 0\n"
        "from chattui.cli import main\n"
        "main()"
    )
    with start(argv=[sys.executable, "-c", broken]) as terminal:
        terminal.type("\x1b[200~an unsent thought\x1b[201~")
        terminal.until("an unsent thought")
        match end:
            case "close":
                terminal.close()
            case "fail":
                terminal.type("\x1bOP")
            case _:
                terminal.process.send_signal(getattr(signal, f"SIG{end}"))
        assert terminal.wait() == {"TERM": 143, "HUP": 129, "close": 129, "fail": 1}[end]
    with Terminal(CHATTUI, environ) as terminal:
        terminal.until("an unsent thought")
        terminal.type("\x11")
        assert terminal.wait() == 0


@pytest.mark.parametrize("controlling", [True, False], ids=["with its signal", "without a signal"])
def test_a_terminal_that_closes_ends_it(start: Start, tmp_path: Path, controlling: bool) -> None:
    with start(controlling=controlling) as terminal:
        asked(terminal)
        terminal.close()
        assert terminal.wait() == 128 + signal.SIGHUP
    kept = reply(tmp_path)
    assert kept.state == "stopped"
    assert kept.text


def test_a_mistake_of_ours_ends_with_a_line_that_says_where_its_report_is(start: Start, tmp_path: Path) -> None:
    broken = (
        "from chattui.tui.app import ChattuiApp\n"
        "def fail(self):\n"
        "    key = self.endpoints['lab'].api_key.reveal()\n"
        "    raise ValueError('with ' + key)\n"
        "ChattuiApp.action_help_keys = fail\n"
        "from chattui.cli import main\n"
        "main()\n"
    )
    lab = '[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\napi_key = "hunter2-hunter2"\n'
    with start(argv=[sys.executable, "-c", broken], more=lab) as terminal:
        asked(terminal)
        terminal.forget()
        terminal.type("\x1bOP")
        assert terminal.wait() == 1
        terminal.assert_restored()
        told = terminal.text
    line = told[told.index("chattui: chattui made a mistake") :]
    assert line.startswith("chattui: chattui made a mistake (ValueError). /")
    assert line.endswith("; it holds no keys.\r\n")
    assert line.count("\n") == 1
    assert "hunter2" not in told
    assert "Traceback" not in told
    path = Path(line.partition(". ")[2].partition(" has ")[0])
    report = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "ValueError: with ***" in report
    assert "hunter2" not in report
    assert reply(tmp_path).text


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with job control")
def test_ctrl_z_leads_to_the_shell_and_fg_back(start: Start, tmp_path: Path) -> None:
    with start(argv=["bash", "--norc", "--noprofile", "-i"]) as terminal:
        terminal.type(f"PS1='READ''Y '; {sys.executable} -m chattui\r")
        terminal.until("Ask anything")
        asked(terminal)
        for _ in range(2):
            terminal.forget()
            terminal.type("\x1a")
            terminal.until("READY")
            assert terminal.modes - {2004} == ON_AT_REST  # bash has paste mode of its own
            terminal.forget()  # the last frame before the shell may have said it, too
            terminal.type("stty -a | tr ' ' '\\n' | grep -x echo; fg\r")
            terminal.until(" s to first")
            assert re.search(r"^\s*echo\s*$", terminal.text, re.MULTILINE)  # the shell had its line mode back
            terminal.until_modes(IN_USE)
        terminal.forget()
        terminal.type("\x11")
        terminal.until("READY")
        terminal.type("exit $?\r")
        assert terminal.wait() == 0
    assert reply(tmp_path).text


def test_without_a_shell_ctrl_z_says_so_and_goes_on(start: Start) -> None:
    with start() as terminal:
        terminal.type("\x1a")
        terminal.until("There is no shell here to go back to.")
        terminal.type("\x11")
        assert terminal.wait() == 0


def test_after_a_stop_by_somebody_else_the_terminal_is_taken_again(start: Start) -> None:
    with start() as terminal:
        terminal.process.send_signal(signal.SIGSTOP)
        terminal.forget()
        terminal.process.send_signal(signal.SIGCONT)
        terminal.until_written("\x1b[?1049l")  # given back, in whatever state it was; keys before this are thrown away
        terminal.until_modes(IN_USE)
        terminal.until("Ask anything")
        terminal.type("\x11")
        assert terminal.wait() == 0
        terminal.assert_restored()
