"""The architecture, held by tests: who may import whom, who may touch the network, the screen, the environment."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "chattui"
LAYERS = (  # downward only; names on one line may import each other
    {"cli", "__main__"},
    {"commands"},
    {"tui"},
    {"adding", "exports", "imports", "mock", "stats", "suite"},
    {"discover", "config"},
    {"comparing", "naming", "session", "pulling"},
    {"held"},
    {"carried", "draft", "indexing", "means", "saving", "writer"},
    {"checkup", "mending"},
    {"index", "scan", "search"},
    {"salvage"},
    {"store", "tape", "tapes"},
    {"composer", "documents", "drafts", "memory", "trash"},
    {"providers", "presets"},
    {"wire"},
    {"bulk", "disk", "files", "paths", "reading"},
    {"query"},
    {"beyond", "document", "endpoint", "keymap", "pieces"},
    {"branches", "diff", "followed", "merging", "usage"},
    {"attach", "chat", "cookies", "doubts", "redaction", "rules", "secret"},
    {"tags"},
    {"fold", "fuzzy"},
    {"actions", "events", "errors", "safe", "__init__"},
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> Iterator[tuple[Path, str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        yield path, part, ast.parse(path.read_text("utf-8"))


def imported(tree: ast.Module) -> Iterator[str]:
    """Every module that the file names in an import, late ones included."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names):
                yield from (f"{module}.{alias.name}" for alias in names)


def test_every_module_has_its_place() -> None:
    assert {part for _, part, _ in modules()} <= set(LEVEL)


def test_imports_point_downward() -> None:
    upward = [
        f"{path.relative_to(SOURCE)} imports {name}"
        for path, part, tree in modules()
        for name in imported(tree)
        if name.startswith("chattui.")
        and (target := name.split(".")[1]) in LEVEL
        and target != part
        and LEVEL[target] < LEVEL[part]
    ]
    assert not upward


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("httpx", {"wire/http.py", "wire/faults.py"}),
        ("httpx_sse", {"wire/sse.py"}),
        ("websockets", {"wire/socket.py"}),
        ("textual", {"tui"}),
        ("rich", {"tui"}),
        ("pygments", {"tui", "exports"}),
        ("markdown_it", {"tui", "exports"}),
        ("plotille", {"stats"}),
        ("keyring", {"secret.py"}),
        ("platformdirs", {"paths.py"}),
        ("sqlite3", {"index", "imports"}),
    ],
)
def test_a_library_is_used_in_its_place_only(library: str, allowed: set[str]) -> None:
    users = {
        path.relative_to(SOURCE).as_posix()
        for path, _, tree in modules()
        for name in imported(tree)
        if name.split(".")[0] == library
    }
    assert not {user for user in users if user not in allowed and user.split("/")[0] not in allowed}


def test_no_file_outgrows_a_screenful_of_screens() -> None:
    """A limit of 300 lines keeps every module one subject; a few more lines are the reader's loss."""
    long = {path.name: count for path, _, _ in modules() if (count := len(path.read_text("utf-8").splitlines())) > 320}
    assert not long


def loaded(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        (
            "import chattui.session, chattui.config, chattui.store",
            {"httpx", "textual", "rich", "pygments", "asyncio.x"},
        ),
        ("import chattui.cli", {"httpx", "textual", "rich", "argcomplete"}),
        ("import chattui.wire.http, chattui.providers.openai_chat", {"textual", "rich", "pygments", "markdown_it"}),
    ],
)
def test_what_is_not_needed_is_not_loaded(code: str, absent: set[str]) -> None:
    assert not loaded(code) & absent
