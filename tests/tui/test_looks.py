"""What a person sees, as pictures: a change of the look is a change of these files, to be looked at."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import textual
from scenes import SCENES, Scene
from staging import staged

DRAWN_WITH = "8.2.8"


@pytest.fixture(autouse=True)
def greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.skipif(textual.__version__ != DRAWN_WITH, reason=f"the pictures were drawn with Textual {DRAWN_WITH}")
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_look(scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snap_compare: Any) -> None:
    app, act = staged(scene, tmp_path, monkeypatch)
    assert snap_compare(app, terminal_size=scene.size, run_before=act)
