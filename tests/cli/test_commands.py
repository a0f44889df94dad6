"""list, show, endpoints, config, completion, version and help, in this process."""

import argparse
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chattui.chat import Conversation, Failure, Message
from chattui.cli import main
from chattui.commands import arguments, completion, configure, conversations, endpoints, world
from chattui.commands.exits import UsageError
from chattui.store import Store

Out = pytest.CaptureFixture[str]
ID = "0190000000aa11223344ab"


@pytest.fixture
def saved(home: Path) -> Store:
    store = Store(home / "data")
    user = Message("u1", None, "user", "How do \x1b[31mSSE streams end?", created=1.7e9)
    cut = Message(
        "a1", "u1", "assistant", "With a *marker*.", created=1.7e9, state="incomplete", model="gpt-x",
        reasoning="hm", error=Failure("CutShort", "The connection dropped."),
    )  # fmt: skip
    sibling = Message("a0", "u1", "assistant", "An older answer.", created=1.7e9)
    made = Conversation(ID, 1.7e9, 1.7e9, endpoint="lab", model="gpt-x")
    for message in (user, sibling, cut):
        made = made.with_message(message, now=1.7e9)
    store.save(made)
    store.release(ID)
    return store


def test_list_shows_number_id_endpoint_title_and_what_is_wrong(saved: Store, capsys: Out) -> None:
    assert main(["list"]) == 0
    out, err = capsys.readouterr()
    assert out.split()[:2] == ["1", ID[-6:]]
    assert "lab" in out
    assert "How do ␛[31mSSE streams end? · incomplete" in out
    assert not err


def test_list_as_json_is_every_row(saved: Store, capsys: Out) -> None:
    assert main(["list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["number"], row["id"], row["state"], row["count"]) == (1, ID, "incomplete", 3)


def test_list_of_nothing_says_so_and_succeeds(capsys: Out) -> None:
    assert main(["list"]) == 0
    assert capsys.readouterr() == ("", "chattui: There is no conversation yet.\n")
    assert main(["list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize(("argv", "lines"), [([], 20), (["-n", "3"], 3), (["-n", "0"], 25), (["-n", "99"], 25)])
def test_list_shows_the_newest_n(argv: list[str], lines: int, home: Path, capsys: Out) -> None:
    store = Store(home / "data")
    for number in range(25):
        made = Conversation(f"0190000000{number:02}11223344", 1.0, 1.0)
        store.save(made.with_message(Message("u", None, "user", f"n {number}"), now=1.0))
    assert main(["list", *argv]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == lines
    assert ("more; chattui list -n 0" in err) is (lines < 25)
    assert main(["list", "-n", "x"]) == 2


TIDY = (
    ("plain", Conversation("", 1.0, 1.0)),
    ("kept", Conversation("", 1.0, 1.0, pinned=True, tags=("work", "rust"))),
    ("away", Conversation("", 1.0, 1.0, archived=True, tags=("work",))),
    ("other", Conversation("", 1.0, 1.0, tags=("Working",))),
)


@pytest.mark.parametrize(
    ("argv", "titles"),
    [
        ([], ["other", "kept", "plain"]),
        (["--archived"], ["away"]),
        (["--all"], ["other", "away", "kept", "plain"]),
        (["--pinned"], ["kept"]),
        (["--tag", "WORK"], ["other", "kept"]),
        (["--tag", "#work", "--tag", "rust"], ["kept"]),
        (["--all", "--tag", "work", "-n", "2"], ["other", "away"]),
        (["--tag", "nobody"], []),
    ],
)
def test_list_shows_what_the_list_of_the_screen_would(
    argv: list[str], titles: list[str], home: Path, capsys: Out
) -> None:
    store = Store(home / "data")
    for at, (title, kept) in enumerate(TIDY):
        made = replace(kept, id=f"0190000000{at:02}11223344")
        store.save(made.with_message(Message("u", None, "user", title), now=100.0 + at))
    assert main(["list", "--json", *argv]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["title"] for row in rows] == titles
    numbers = {"other": 1, "away": 2, "kept": 3, "plain": 4}
    assert [row["number"] for row in rows] == [numbers[title] for title in titles], "as show and -c take them"
    assert main(["list", *argv]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == len(titles)
    assert ("kept · pinned · #work #rust" in out) is ("kept" in titles)
    assert ("away · archived · #work" in out) is ("away" in titles)
    assert ("No conversation fits." in err) is (not titles)


def test_continue_goes_on_with_what_was_said_last_not_with_what_was_pinned_last(home: Path) -> None:
    store = Store(home / "data")
    for name, when in (("old", 1.0), ("new", 2.0)):
        made = Conversation(f"0190000000{name}11223344", when, when)
        store.save(made.with_message(Message("u", None, "user", name), now=when))
        store.release(made.id)
    store.edit("0190000000old11223344", lambda found: replace(found, pinned=True))
    meant = world.conversation(store, argparse.Namespace(conversation=None, newest=True))
    assert meant == "0190000000new11223344"


def test_a_damaged_conversation_is_listed_with_the_reason(saved: Store, capsys: Out) -> None:
    (saved.folder / f"{ID}.json").write_text("{")
    assert main(["list"]) == 0
    assert "(damaged)" in capsys.readouterr().out
    assert main(["show", "1"]) == 1
    assert "damaged" in capsys.readouterr().err


def test_ends_of_ids_are_long_enough_to_tell_them_apart() -> None:
    assert conversations.short([]) == 6
    assert conversations.short(["0000aaaaaa", "1111bbbbbb"]) == 6
    assert conversations.short(["0000aaaaaa", "1111aaaaaa"]) == 7


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "now"),
        (59, "now"),
        (60, "1 min"),
        (7200, "2 h"),
        (86400, "1 d"),
        (86400 * 60, "2 mo"),
        (86400 * 800, "2 y"),
    ],
)
def test_ages_are_a_few_cells(seconds: float, words: str) -> None:
    assert conversations.age(seconds) == words


def test_show_prints_the_shown_branch_for_reading(saved: Store, capsys: Out) -> None:
    assert main(["show", ID[-6:]]) == 0
    out = capsys.readouterr().out
    assert out.startswith("How do ␛[31mSSE streams end?\nlab · gpt-x · ")
    assert "── you · " in out
    assert "── gpt-x · " in out
    assert "· incomplete" in out
    assert "With a *marker*.\n! The connection dropped." in out
    assert "An older answer" not in out


def test_show_as_json_is_the_whole_document(saved: Store, capsys: Out) -> None:
    assert main(["show", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["id"] == ID
    assert [message["id"] for message in found["messages"]] == ["u1", "a0", "a1"]


def test_show_as_markdown_keeps_the_texts_as_written(saved: Store, capsys: Out) -> None:
    assert main(["show", "1", "--markdown"]) == 0
    out = capsys.readouterr().out
    assert "\n## you\n\nHow do \x1b[31mSSE streams end?\n" in out
    assert "\n## gpt-x\n\n<!-- chattui:reasoning -->\n<details><summary>Reasoning</summary>\n\nhm\n" in out
    assert "> **incomplete:** The connection dropped." in out


@pytest.mark.parametrize("reference", ["2", "zzzz", "../../etc/passwd", ""])
def test_show_of_what_is_not_there_is_one_sentence(reference: str, saved: Store, capsys: Out) -> None:
    assert main(["show", reference]) == 2
    assert capsys.readouterr().err.startswith("chattui: There is no conversation")


# ---------------------------------------------------------------- endpoints


CONFIG = """default = "lab"
[endpoints.lab]
url = "http://127.0.0.1:9/v1"
model = "small"
api_key = { env = "LAB_KEY" }
[endpoints.tool]
url = "http://127.0.0.1:9/v1"
api_key = { cmd = ["false"] }
[endpoints.bad]
url = 7
"""


def test_endpoints_tells_of_keys_without_showing_or_fetching_them(
    config: Callable[[str], Path], capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(CONFIG)
    monkeypatch.setenv("LAB_KEY", "hunter2-hunter2")
    assert main(["endpoints"]) == 0
    out, err = capsys.readouterr()
    assert "hunter2" not in out + err
    lines = out.splitlines()
    assert lines[1].split() == ["*", "lab", "openai-chat", "127.0.0.1:9", "small", "$LAB_KEY:", "set"]
    assert "not looked at" in lines[2]
    assert lines[3].split()[0] == "demo"
    assert lines[4].split()[:2] == ["bad", "disabled:"]
    assert f"{path}:10" in lines[4]


def test_endpoints_as_json_says_which_can_be_used(config: Callable[[str], Path], capsys: Out) -> None:
    config(CONFIG)
    assert main(["endpoints", "--json"]) == 0
    found = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert {name: entry["usable"] for name, entry in found.items()} == {
        "lab": False, "tool": True, "demo": True, "bad": False
    }  # fmt: skip
    assert found["lab"]["default"]
    assert found["lab"]["key"] == "not set"
    assert found["bad"]["problem"]


def test_a_key_variable_alone_makes_an_endpoint(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    main(["endpoints", "--json"])
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["name"], first["default"], first["key"], first["key_source"]) == (
        "openai",
        True,
        "set",
        "$OPENAI_API_KEY",
    )


# ---------------------------------------------------------------- config


def test_config_path_init_and_show(home: Path, capsys: Out) -> None:
    path = home / "config.toml"
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert not path.exists()
    assert main(["config", "init"]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    assert main(["config", "init"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert path.read_bytes() == before
    assert main(["config", "show"]) == 0
    assert "mouse = true" in capsys.readouterr().out


def test_config_show_says_where_each_value_comes_from(config: Callable[[str], Path], capsys: Out) -> None:
    path = config('[endpoints.lab]\nurl = "http://127.0.0.1:9/v1"\napi_key = "hunter2-hunter2"\n')
    assert main(["config", "show", "--origin"]) == 0
    out = capsys.readouterr().out
    assert f"{path}:2" in out
    assert "hunter2" not in out


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_profile_and_config_may_stand_before_and_after_the_command(before: bool, home: Path, capsys: Out) -> None:
    option = ["--profile", "work"]
    assert main([*option, "config", "path"] if before else ["config", "path", *option]) == 0
    assert capsys.readouterr().out == f"{home}/profiles/work/config.toml\n"


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def edits(text: str) -> None:
        program = tmp_path / "my editor.py"
        program.write_text(f"import sys\nassert sys.argv[1] == '-x'\nopen(sys.argv[2], 'w').write({text!r})\n")
        monkeypatch.setenv("EDITOR", f"'{sys.executable}' '{program}' -x")

    return edits


def test_config_edit_writes_a_file_first_and_checks_it_afterwards(
    editor: Callable[[str], None], home: Path, capsys: Out
) -> None:
    editor("mouse = false\n")
    assert main(["config", "edit"]) == 0
    assert "has no mistakes" in capsys.readouterr().err
    editor("mouse = 7\n")
    assert main(["config", "edit"]) == 2
    assert f"{home}/config.toml:1:" in capsys.readouterr().err


def test_an_editor_that_is_not_there_is_one_sentence(capsys: Out, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    assert main(["config", "edit"]) == 2
    assert "The editor ‘/nowhere/editor’ cannot be run" in capsys.readouterr().err


def test_the_editor_is_visual_then_editor_then_what_there_is(tmp_path: Path) -> None:
    assert configure.editor({"VISUAL": "code -w", "EDITOR": "vi"}) == ["code", "-w"]
    assert configure.editor({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]
    (tmp_path / "vi").touch(mode=0o700)
    assert configure.editor({"PATH": str(tmp_path)}) == ["vi"]
    for environ in ({"PATH": "/nowhere"}, {"EDITOR": "'"}):
        with pytest.raises(UsageError):
            configure.editor(environ)


# ---------------------------------------------------------------- the rest


def test_version_and_help_have_examples(capsys: Out) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("chattui 0.")
    for command in (
        [],
        ["ask"],
        ["list"],
        ["show"],
        ["endpoints"],
        ["check"],
        ["config"],
        ["config", "edit"],
        ["completion"],
    ):
        assert main([*command, "--help"]) == 0
        out = capsys.readouterr().out
        assert "example" in out
        assert "exit codes" in out or command not in ([], ["ask"], ["check"])
        assert max(map(len, out.splitlines())) <= 116


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_code_for_the_shell(shell: str, capsys: Out) -> None:
    assert main(["completion", shell]) == 0
    assert "chattui" in capsys.readouterr().out


def test_completion_of_another_shell_is_refused(capsys: Out) -> None:
    assert main(["completion", "csh"]) == 2
    assert "there is no value ‘csh’" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("dest", "names"), [("endpoint", {"lab", "tool", "demo"}), ("model", {"small", "large"}), ("id", {ID[-6:]})]
)
def test_names_are_completed_from_what_there_is(
    dest: str, names: set[str], config: Callable[[str], Path], saved: Store
) -> None:
    config(CONFIG.replace('model = "small"', 'model = "small"\nmodels = ["small", "large"]'))
    assert set(completion.NAMES[dest](argparse.Namespace())) == names


def test_every_completed_name_belongs_to_an_option_of_the_parser() -> None:
    def destinations(parser: argparse.ArgumentParser) -> Iterator[str]:
        for action in parser._actions:
            yield action.dest
            if isinstance(action, argparse._SubParsersAction):
                for child in action.choices.values():
                    yield from destinations(child)

    assert set(completion.NAMES) <= set(destinations(arguments.build()))


@pytest.mark.parametrize("argv", [[], ["-e", "demo"], ["--continue"]])
def test_the_screen_without_a_terminal_is_refused_in_one_sentence(argv: list[str], capsys: Out) -> None:
    assert main(argv) == 2
    assert capsys.readouterr() == (
        "", "chattui: The screen needs a terminal. For a pipe or a script there is chattui ask; see chattui --help.\n"
    )  # fmt: skip


def test_a_mistake_of_chattuis_own_is_one_sentence_and_a_report_without_secrets(
    config: Callable[[str], Path], home: Path, capsys: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    config(CONFIG)
    monkeypatch.setenv("LAB_KEY", "hunter2-hunter2")

    def broken(_: object) -> str:
        key_in_a_local = os.environ["LAB_KEY"]
        raise ZeroDivisionError(f"with {key_in_a_local}")

    monkeypatch.setattr(endpoints, "table", broken)
    assert main(["endpoints"]) == 1
    out, err = capsys.readouterr()
    assert not out
    (log,) = (home / "log").iterdir()
    assert err == f"chattui: chattui made a mistake (ZeroDivisionError). {log} has the details; it holds no keys.\n"
    text = log.read_text()
    assert "ZeroDivisionError: with ***" in text
    assert "hunter2" not in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
