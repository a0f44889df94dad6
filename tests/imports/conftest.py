"""A store of its own for every test, and files to import into it."""

from pathlib import Path

import pytest

from chattui.imports import opening
from chattui.imports.taking import Taken, Taking
from chattui.store import Store
from foreign import Take


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data")


@pytest.fixture
def take(store: Store, tmp_path: Path) -> Take:
    """Imports a file with this content, or at this path; what became of its parts."""

    def importing(what: bytes | Path, *, dry: bool = False) -> list[Taken]:
        path = what if isinstance(what, Path) else tmp_path / "file"
        if isinstance(what, bytes):
            path.write_bytes(what)
        taking = Taking(store, dry=dry)
        return [*taking.take(opening.items(path)), *taking.close()]

    return importing
