"""The recordings as a whole: every wire format has enough of them, and of every kind."""

import pytest
from replay import Case, cases

from chattui.providers import PROVIDERS

OTHERS = {"rules", "typebot", "motia-streams", "demo"}
"""Played back elsewhere, from recordings of another kind; and the demo, which is our own."""
FOLDERS = sorted(name.replace("-", "_") for name in PROVIDERS if name not in OTHERS)
NOWHERE = {"dify", "lmstudio"}
"""No server of these can be had without its vendor's whole product: the cases are written after the documentation."""


def is_document(case: Case) -> bool:
    """One JSON document where a stream was asked for."""
    return case.status == 200 and "json" in case.type and "ndjson" not in case.type


@pytest.mark.parametrize("folder", FOLDERS)
def test_there_are_enough_and_of_every_kind(folder: str) -> None:
    found = cases(folder)
    assert len(found) >= 8
    assert any(case.expected["error"] and not case.expected["error"].startswith("CutShort") for case in found), "errors"
    assert any(case.expected["error"].startswith("CutShort") for case in found), "cuts"
    assert any(is_document(case) and not case.expected["error"] for case in found), "JSON where a stream was asked for"


@pytest.mark.parametrize("folder", [folder for folder in FOLDERS if folder not in NOWHERE])
def test_most_were_recorded_from_servers_that_others_wrote(folder: str) -> None:
    found = cases(folder)
    assert sum(not case.name.startswith("written_") for case in found) * 2 > len(found)
