"""`chattui store`: what it prints, and its exit codes."""

import json
from pathlib import Path

from _pytest.capture import CaptureFixture

from chattui.chat import Conversation, Message
from chattui.cli import main
from chattui.store import Store

ID = "0123456789abcdef012345"
Out = CaptureFixture[str]


def filled(home: Path) -> Store:
    store = Store(home / "data")
    store.save(Conversation(ID, 1.0, 1.0).with_message(Message("m", None, "user", "hi"), now=2.0))
    store.release(ID)
    return store


def test_the_path_for_scripts(home: Path, capsys: Out) -> None:
    assert main(["store", "path"]) == 0
    assert capsys.readouterr().out == f"{home / 'data'}\n"
    assert main(["store", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["conversations"] == str(home / "data" / "conversations")


def test_a_store_in_order(home: Path, capsys: Out) -> None:
    filled(home)
    assert main(["store", "check"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "1 conversation in" in err
    assert "nothing is wrong" in err
    assert main(["store", "repair"]) == 0


def test_a_damaged_one_by_name_and_reason(home: Path, capsys: Out) -> None:
    store = filled(home)
    store.path(ID).write_bytes(store.path(ID).read_bytes()[:-4])
    assert main(["store", "check"]) == 1
    out, err = capsys.readouterr()
    assert f"problem: {ID}.json is damaged: no JSON at line" in out
    assert "1 problem. chattui store repair" in err
    assert main(["store", "check", "--json"]) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["kind"], finding["problem"], finding["conversation"]) == ("damaged", True, ID)
    assert main(["store", "repair", "--json"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert finding["repaired"]
    assert main(["store", "check"]) == 0


def test_what_is_left_is_an_exit_code(home: Path, capsys: Out) -> None:
    filled(home).path(ID).write_bytes(b"")
    assert main(["store", "repair"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith(f"left: {ID}.json is damaged")
    assert "0 repaired, 1 left." in err


def test_the_list_names_damage_that_the_head_of_a_file_does_not_show(home: Path, capsys: Out) -> None:
    store = filled(home)
    store.path(ID).write_bytes(store.path(ID).read_bytes().replace(b'"role": "user"', b'"role": '))
    assert main(["list"]) == 0
    assert "is damaged: no JSON at line 2" in capsys.readouterr().out
