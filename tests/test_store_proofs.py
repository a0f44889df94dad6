"""The proofs of the store in a size for every day; `docs/reliability.md` has the numbers of the large ones."""

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


@pytest.mark.extra
@pytest.mark.skipif(not SHARED.exists(), reason="the vectors are not here")
def test_bad_inputs(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    items = [item for item in json.loads(SHARED.read_text("utf-8"))["items"] if item["name"] != "million_messages"]
    (tmp_path / "items.json").write_text(json.dumps({"items": items}))
    assert proof("bad_inputs").main(str(tmp_path / "items.json")) == []
