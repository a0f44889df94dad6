"""export, import and stats on the command line."""

import json
import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from chattui.chat import Conversation, Message, Timing
from chattui.cli import main
from chattui.commands import export, importing
from chattui.commands.progress import Bar
from chattui.events import Usage
from chattui.store import Store
from foreign import BRANCHED, CLAUDE, dumped, zipped

Out = pytest.CaptureFixture[str]
IDS = [f"0190000000aa1122334{n}ab" for n in range(3)]


@pytest.fixture
def saved(home: Path) -> Store:
    store = Store(home / "data")
    for number, name in enumerate(IDS):
        made = Conversation(name, 1.7e9, 1.7e9 + number, endpoint="lab")
        for message in (
            Message("u1", None, "user", f"Question \x1b[31m{number}", 1.7e9),
            Message("a0", "u1", "assistant", "An older answer.", 1.7e9),
            Message("a1", "u1", "assistant", "The answer.", 1.7e9),
        ):
            made = made.with_message(message, now=1.7e9)
        store.save(made)
        store.release(name)
        os.utime(store.folder / f"{name}.json", (1.7e9 + number,) * 2)
    return store


# ---------------------------------------------------------------- export


def test_one_on_standard_output(saved: Store, capsys: Out) -> None:
    assert main(["export", "1"]) == 0
    out = capsys.readouterr().out
    assert "## you\n\nQuestion \x1b[31m2\n" in out
    assert "An older answer." not in out
    assert main(["export", "1", "--tree", "--format", "text"]) == 0
    assert "An older answer." in capsys.readouterr().out


def test_json_on_standard_output(saved: Store, capsys: Out) -> None:
    assert main(["export", "1", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["messages"]) == 3
    assert main(["export", "1", "--format", "json", "--branch"]) == 0
    assert len(json.loads(capsys.readouterr().out)["messages"]) == 2
    assert main(["export", "--all", "--format", "json"]) == 0
    assert [one["id"] for one in json.loads(capsys.readouterr().out)] == IDS[::-1]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "Which conversations?"),
        (["1", "--all"], "Which conversations?"),
        (["1", "2"], "2 conversations need a place."),
        (["9"], "There is no conversation number 9"),
    ],
)
def test_what_the_command_line_must_say(argv: list[str], said: str, saved: Store, capsys: Out) -> None:
    assert main(["export", *argv]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "begins"),
    [("x.md", "<!-- chattui"), ("x.html", "<!doctype"), ("x.json", "{"), ("x.txt", "Q"), ("x", "<!--")],
)
def test_the_form_follows_from_the_name(name: str, begins: str, saved: Store, tmp_path: Path, capsys: Out) -> None:
    path = tmp_path / name
    assert main(["export", "1", "-o", str(path)]) == 0
    assert path.read_text().startswith(begins)
    assert f"wrote {path}" in capsys.readouterr().err
    assert main(["export", "1", "-o", str(path), "--format", "text", "--force"]) == 0
    assert path.read_text().startswith("Question")


def test_several_go_into_a_folder(saved: Store, tmp_path: Path, capsys: Out) -> None:
    folder = tmp_path / "a" / "b"
    assert main(["export", "1", "3", "-o", str(folder)]) == 0
    assert sorted(path.name for path in folder.iterdir()) == ["Question _31m0 3340ab.md", "Question _31m2 3342ab.md"]
    assert main(["export", "--all", "--format", "html", "-o", f"{folder}/"]) == 0
    assert len(list(folder.glob("*.html"))) == 3
    assert "wrote 3 files to" in capsys.readouterr().err
    (tmp_path / "file").write_text("")
    assert main(["export", "--all", "-o", str(tmp_path / "file")]) == 2


def test_nothing_is_overwritten_unasked(saved: Store, tmp_path: Path, capsys: Out) -> None:
    assert main(["export", "1", "-o", str(tmp_path / "x.md")]) == 0
    (tmp_path / "x.md").write_text("mine")
    assert main(["export", "1", "-o", str(tmp_path / "x.md")]) == 1
    assert "exists already; it was left as it is. Give --force" in capsys.readouterr().err
    assert (tmp_path / "x.md").read_text() == "mine"
    assert main(["export", "1", "-o", f"{tmp_path}/all/"]) == 0
    assert main(["export", "--all", "-o", f"{tmp_path}/all/"]) == 1
    assert "wrote 2 files" in capsys.readouterr().err
    assert main(["export", "--all", "-o", f"{tmp_path}/all/", "--force"]) == 0


@pytest.mark.parametrize(("answer", "written", "code"), [("y\n", 1, 1), ("\n", 0, 1), ("a\n", 3, 0), ("q\n", 0, 1)])
def test_on_a_terminal_one_is_asked(
    answer: str, written: int, code: int, saved: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    assert main(["export", "--all", "-o", f"{tmp_path}/all/"]) == 0
    for path in (tmp_path / "all").iterdir():
        path.write_text("mine")
    monkeypatch.setattr(export, "_asks", lambda: True)
    read, write = os.pipe()
    os.write(write, answer.encode())
    os.close(write)
    with os.fdopen(read) as given:
        monkeypatch.setattr(sys, "stdin", given)
        assert main(["export", "--all", "-o", f"{tmp_path}/all/"]) == code
    assert "exists already. Overwrite it? [y/N/a(ll)/q(uit)]" in capsys.readouterr().err
    changed = sum(path.read_text() != "mine" for path in (tmp_path / "all").iterdir())
    assert changed == written


def test_a_damaged_one_is_told_and_the_rest_written(saved: Store, tmp_path: Path, capsys: Out) -> None:
    (saved.folder / f"{IDS[1]}.json").write_text("{")
    assert main(["export", "--all", "-o", str(tmp_path / "all")]) == 1
    err = capsys.readouterr().err
    assert "is damaged" in err
    assert "wrote 2 files" in err


def test_what_was_exported_comes_back(saved: Store, tmp_path: Path, home: Path, capsys: Out) -> None:
    for form in ("markdown", "json"):
        assert main(["export", "--all", "--tree", "--format", form, "-o", str(tmp_path / form)]) == 0
        files = list(map(str, (tmp_path / form).iterdir()))
        assert main(["import", "--profile", form, *files]) == 0
        other = Store(home / "profiles" / form / "data")
        assert {name: other.load(name) for name in other.ids()} == {name: saved.load(name) for name in saved.ids()}
        assert other.ids() == saved.ids()  # the times of the last change come along, too


# ---------------------------------------------------------------- import


def test_a_report_for_people(home: Path, tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "export.zip").write_bytes(zipped({"conversations.json": dumped([BRANCHED, {"title": "odd"}])}))
    (tmp_path / "other.json").write_bytes(dumped([CLAUDE]))
    argv = ["import", str(tmp_path / "export.zip"), str(tmp_path / "other.json"), str(tmp_path / "none")]
    assert main([*argv, "--dry-run"]) == 1
    dry = capsys.readouterr().out
    assert not (home / "data").exists()
    assert main(argv) == 1
    out = capsys.readouterr().out
    assert out.splitlines() == [
        f"{tmp_path / 'export.zip'} (ChatGPT): 1 new, 1 failed",
        "  failed  odd: It is no conversation of a program that is known here.",
        f"{tmp_path / 'other.json'} (Claude.ai): 1 new",
        "  new  Kündigungsfrist: left out: a file that is not in the export",
        f"{tmp_path / 'none'}: 1 failed",
        "  failed  none: There is no such file.",
    ]
    assert dry.replace(" · nothing was written", "") == out
    assert main(argv[:-1]) == 1
    assert "1 unchanged, 1 failed" in capsys.readouterr().out


def test_a_report_for_programs(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "other.json").write_bytes(dumped([CLAUDE, {"mapping": {}, "title": "empty"}]))
    assert main(["import", str(tmp_path / "other.json"), "--json"]) == 0
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert file["counts"] == {"new": 1, "grown": 0, "unchanged": 0, "skipped": 1, "failed": 0}
    assert file["skipped"] == [{"title": "empty", "why": "It has no messages."}]
    assert file["new"][0]["messages"] == 3


def test_many_lines_are_cut(tmp_path: Path, capsys: Out) -> None:
    (tmp_path / "x.json").write_bytes(dumped([{"title": f"odd {n}"} for n in range(30)]))
    assert main(["import", str(tmp_path / "x.json")]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == importing.MOST_TOLD + 2
    assert lines[-1] == "  … and 10 more"


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    assert main(["import", str(tmp_path / "\x1b]52;c;x\x07")]) == 1


def everything(terminal: int) -> str:
    """All that was written to a terminal whose other end is closed: it may come in several pieces."""
    found = b""
    with suppress(OSError):  # how Linux says that it is the end
        while piece := os.read(terminal, 10_000):
            found += piece
    os.close(terminal)
    return found.decode()


def test_a_bar_is_drawn_on_a_terminal_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    ours, theirs = pty.openpty()
    ticks = iter((0.0, 0.05, 0.2))
    with os.fdopen(theirs, "w") as stream, Bar(stream, "importing", ticks=lambda: next(ticks)) as bar:
        for part in (0.25, 0.3, 0.5):
            bar.show(part, "some\x1b[31m words")
    drawn = everything(ours)
    assert drawn.count("importing") == 2
    assert "importing ━━━━━━────────" in drawn
    assert " 50 %" in drawn
    assert "␛[31m" in drawn
    assert drawn.endswith("\r\x1b[K")


# ---------------------------------------------------------------- stats


@pytest.fixture
def answered(home: Path) -> Store:
    store = Store(home / "data")
    for number in range(20):
        then = 1.7e9 - 86400 * number
        name = "lab" if number % 4 else "other"
        asked = Message("u", None, "user", "Question", then)
        answer = Message(
            "a", "u", "assistant", "x", then, "failed" if number == 5 else "complete", endpoint=name, model="m\x1b[31m",
            timing=Timing(0.5, 2.5), usage=Usage(10, 100, cost=0.01),
        )  # fmt: skip
        made = Conversation(f"{number:012x}aabbccddee", then, then)
        for message in (asked, answer):
            made = made.with_message(message, now=then)
        store.save(made)
        store.release(made.id)
    return store


def test_stats_for_people(answered: Store, capsys: Out) -> None:
    assert main(["stats"]) == 0
    out = capsys.readouterr().out
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:4] == ["endpoint", "model", "replies", "failed"]
    assert lines[1] == [
        "lab",
        "m␛[31m",
        "15",
        "1",
        "(7",
        "%)",
        "0.50",
        "s",
        "0.50",
        "s",
        "50",
        "50",
        "150",
        "1,500",
        "$0.15",
    ]
    assert lines[3][:2] == ["all", "20"]
    assert "lab · m␛[31m  seconds to the first token: p50 and, above it, p95" in out
    assert "┤" in out
    assert "\x1b" not in out
    assert main(["stats", "--plot", "cost"]) == 0
    assert "cost in dollars" in capsys.readouterr().out


def test_stats_for_programs(answered: Store, capsys: Out) -> None:
    assert main(["stats", "--json"]) == 0
    lab, other = json.loads(capsys.readouterr().out)["groups"]
    assert (lab["endpoint"], lab["replies"], lab["failed"], lab["first_p50"], lab["speed_p95"]) == (
        "lab",
        15,
        1,
        0.5,
        50,
    )
    assert len(other["by_day"]) == 5


def test_stats_of_nothing_and_of_too_few_days(answered: Store, capsys: Out) -> None:
    assert main(["stats", "--days", "3"]) == 0
    assert "There is no reply of the last 3 days." in capsys.readouterr().err
    assert main(["stats", "--profile", "empty"]) == 0
    assert "There is no reply yet." in capsys.readouterr().err
