"""Names and files of exports: never outside of the folder, never over a file unasked."""

import os
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.document import Row
from chattui.errors import Exists, ExportError
from chattui.exports import place

ID = "0190000000aa11223344ab"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("How do SSE streams end?", "How do SSE streams end 3344ab.md"),
        ("../../.bashrc", "bashrc 3344ab.md"),
        ("/etc/passwd", "etc_passwd 3344ab.md"),
        ("..", "conversation 3344ab.md"),
        ("", "conversation 3344ab.md"),
        ("-rf ~", "rf 3344ab.md"),
        ("CON", "conversation CON 3344ab.md"),
        ("nul.txt", "conversation nul.txt 3344ab.md"),
        ("a\x00b\nc\x1b[31m", "a_b c_31m 3344ab.md"),
        ("C:\\Windows\\x", "C_Windows_x 3344ab.md"),
        ("Trip to Zürich — 日本語 🎒", "Trip to Zürich _ 日本語 3344ab.md"),
        ("u\u0308ber", "über 3344ab.md"),
        ("\u202egnp.exe", "gnp.exe 3344ab.md"),
    ],
)
def test_a_title_becomes_a_name(title: str, name: str) -> None:
    assert place.file_name(Row(ID, title), "md") == name


@given(st.text())
def test_any_title_becomes_a_name_that_every_system_takes(title: str) -> None:
    name = place.file_name(Row(ID, title), "html")
    assert 0 < len(name.encode()) <= place.MOST_BYTES
    assert name == unicodedata.normalize("NFC", name)
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|\0')
    assert name[0] not in ".- "
    assert place.target(Path("/tmp"), name) == Path("/tmp").resolve() / name


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a/../../b"])
def test_a_name_that_leads_elsewhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ExportError):
        place.target(tmp_path, name)


def test_a_file_that_is_there_is_left_unless_one_insists(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    place.write(path, b"one")
    with pytest.raises(Exists):
        place.write(path, b"two")
    assert path.read_bytes() == b"one"
    place.write(path, b"two", force=True)
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]


@pytest.mark.parametrize("force", [False, True])
def test_a_link_is_never_followed(force: bool, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    link = tmp_path / "folder" / "x.md"
    link.parent.mkdir()
    link.symlink_to(outside)
    try:
        place.write(link, b"new", force=force)
    except Exists:
        assert not force
    assert outside.read_bytes() == b"mine"
    assert link.is_symlink() is not force


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_is_no_place_for_a_file(force: bool, tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    with pytest.raises(ExportError):
        place.write(tmp_path / "x.md", b"new", force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["x.md"]


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="could not be written: no such file or directory"):
        place.write(tmp_path / "nowhere" / "x.md", b"new")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ExportError, match="could not be written"):
        place.make_folder(tmp_path / "file" / "folder")


def test_without_hard_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    place.write(tmp_path / "x.md", b"one")
    with pytest.raises(Exists):
        place.write(tmp_path / "x.md", b"two")
    assert (tmp_path / "x.md").read_bytes() == b"one"
