"""The proofs of the store in a size for every day; `docs/reliability.md` has the numbers of the large ones."""

import base64
import importlib
import json
import os
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

SHARED = Path(os.environ.get("CHATTUI_SHARED", Path(__file__).parents[2] / "shared")) / "vectors" / "bad_inputs.json"


def proof(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process")  # fork with threads: the child makes its own
def test_kills_cost_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    kill = proof("kill")
    tally = kill.Tally()
    known: dict[str, int] = {}
    dice = random.Random(7)
    for number in range(6):
        kill.run(tmp_path / f"{number}", tally, dice, {})
    for _ in range(6):
        kill.run(tmp_path / "one", tally, dice, known)
    assert tally.acknowledged
    assert tally.wrong == 0, str(tally)


def test_refused_calls_cost_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chattui.session.provider", None)  # put back at the end
    tally = proof("refusals").main(29)
    assert sum(tally.played.values()) > 20
    assert tally.wrong == []


@pytest.mark.parametrize(("without", "every", "loses"), [("", 4, False), ("file", 12, True), ("folder", 12, True)])
def test_a_power_cut_costs_nothing_unless_a_sync_is_left_out(
    without: str, every: int, loses: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bool(proof("power").main(without, every, most=4)) == loses


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process")
@pytest.mark.parametrize("processes", [2, 5])
def test_processes_lose_no_message_of_each_other(tmp_path: Path, processes: int) -> None:
    assert proof("processes").play(tmp_path / "data", processes, 12) == (0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is another one elsewhere")
def test_a_full_disk_costs_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("chattui.session.provider", None)
    assert proof("full").main() == []


GOOD = '{"v": 1, "id": "0123456789abcdef012345", "messages": [{"id": "m", "parent": null, "role": "user", "text": "hi"'
MALFORMED: dict[str, dict[str, str | bytes]] = {
    "quarantine": {
        "empty": "",
        "zeros": "\0" * 413,
        "cut": GOOD,
        "no JSON": "hello",
        "a list": "[1, 2]",
        "a message": GOOD[53:] + "}",
        "no id": '{"messages": []}',
        "the version is no number": GOOD.replace("1", '"1"', 1) + "}]}",
        "deep": '{"x": ' + "[" * 100_000,
        "a number of 5,000 digits": GOOD + ', "created": ' + "9" * 5000 + "}]}",
        "not UTF-8": base64.b64encode(GOOD.replace("hi", "h\xe9").encode("latin-1") + b"}]}"),
        "UTF-16": base64.b64encode((GOOD + "}]}").encode("utf-16")),
    },
    "recover": {
        "a byte order mark": "\ufeff" + GOOD + "}]}",
        "NaN": GOOD + ', "created": NaN}]}',
        "a key twice": GOOD + ', "text": "ho"}]}',
        "half of a character": GOOD.replace("hi", "\\ud83d") + "}]}",
        "unknown": GOOD + ', "x_unknown": {"a": [1]}}], "x_unknown": 7}',
        "unknown in a part": GOOD + ', "tools": [{"id": "t", "x_unknown": 1}]}]}',
        "no message": GOOD + '}, 7, {"id": ""}, null]}',
        "a circle of parents": GOOD.replace("null", '"m"') + "}]}",
        "an id that is a path": GOOD.replace("0123456789abcdef012345", "../../x") + "}]}",
    },
}


def test_malformed_files_hide_nothing_and_keep_their_bytes(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    items = [
        {
            "name": name,
            "target": "conversation",
            "expect": {"outcome": outcome, "max_seconds": 30.0, "max_extra_mb": 500},
            **({"b64": text.decode()} if isinstance(text, bytes) else {"text": text}),
        }
        for outcome, cases in MALFORMED.items()
        for name, text in cases.items()
    ]
    items += [
        {"name": target, "target": target, "text": '{"id": "m9", "ro', "expect": {"outcome": "", "max_seconds": 30.0}}
        for target in ("draft", "index")
    ]
    (tmp_path / "items.json").write_text(json.dumps({"items": items}))
    assert proof("bad_inputs").main(str(tmp_path / "items.json")) == []


@pytest.mark.extra
@pytest.mark.skipif(not SHARED.exists(), reason="the vectors are not here")
def test_bad_inputs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    items = [item for item in json.loads(SHARED.read_text("utf-8"))["items"] if item["name"] != "million_messages"]
    (tmp_path / "items.json").write_text(json.dumps({"items": items}))
    assert proof("bad_inputs").main(str(tmp_path / "items.json")) == []
