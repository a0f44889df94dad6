"""Files that a person names: what counts as a name, what counts as a file, and what is kept of it."""

import gzip
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import attach
from chattui.carried import fenced, outgoing
from chattui.chat import Message
from chattui.errors import AttachmentError
from chattui.events import Attachment
from chattui.files import Files
from chattui.store import Store

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(40))


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0JFIF", "image/jpeg"),
        (b"GIF89a\x01", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"PK\x03\x04zip", "application/zip"),
        (b"plain", "text/plain"),
        ("grüße\tund\r\n".encode(), "text/plain"),
        ("\ufeffwith a mark".encode(), "text/plain"),
        ("wide".encode("utf-16"), "text/plain"),
        (b"\x1b[31mred\x1b[0m", "text/plain"),
        ("grüße".encode("latin-1"), ""),
        (b"with a \x00 in it", ""),
        (gzip.compress(b"x"), ""),
        (b"\x7fELF\x02\x01", ""),
    ],
)
def test_the_content_tells_what_a_file_is(data: bytes, kind: str) -> None:
    assert attach.kind(data) == kind


@given(st.binary())
def test_any_content_has_a_description(data: bytes) -> None:
    file = attach.described(data, "x")
    assert file.size == len(data)
    assert file.type
    assert (attach.text_of(data) is not None) == (attach.kind(data) == "text/plain") or attach.kind(
        data
    ) != "text/plain"


def test_an_extension_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_bytes(PNG)
    file, data = attach.read(str(tmp_path / "notes.txt"))
    assert (file.name, file.type, data) == ("notes.txt", "image/png", PNG)


REFUSED = {
    "missing": "There is no file",
    "folder": "is a folder",
    "pipe": "is no file",
    "empty": "is empty",
    "binary": "is neither text nor an image",
    "paper.pdf": "is a PDF",
    "large.txt": "is 1.0 MB of text; at most 1 MB",
    "huge.png": "is larger than 20 MB",
    "nul\0": "could not be read",
    "~nobody-has-this-name/x": "could not be read",
}


@pytest.mark.parametrize(("name", "said"), REFUSED.items(), ids=[repr(name) for name in REFUSED])
def test_what_cannot_be_attached_is_said(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "binary").write_bytes(b"\x00\x01\x02")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7")
    (tmp_path / "large.txt").write_bytes(b"x" * (attach.TEXT_BYTES + 1))
    with (tmp_path / "huge.png").open("wb") as huge:
        huge.write(PNG)
        huge.truncate(attach.IMAGE_BYTES + 1)
    with pytest.raises(AttachmentError, match=said):
        attach.read(name if name.startswith("~") else str(tmp_path / name))


def test_what_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuses)
    with pytest.raises(AttachmentError, match="No permission"):
        attach.read(str(tmp_path / "secret"))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("look at @notes.md", ["notes.md"]),
        ("@notes.md", ["notes.md"]),
        ("@a.txt and (@b.txt)\n@c.txt", ["a.txt", "b.txt)", "c.txt"]),
        ('@"my notes.md" now', ["my notes.md"]),
        ("@'my notes.md'", ["my notes.md"]),
        (r"@my\ notes.md", ["my notes.md"]),
        ("@~/x @./y @../z @/etc/hosts", ["~/x", "./y", "../z", "/etc/hosts"]),
        ("mail me at jane@example.com", []),
        ('import x from "@/components"', []),
        ("a @ b @", []),
    ],
)
def test_what_a_prompt_names(text: str, paths: list[str]) -> None:
    assert [mention.path for mention in attach.mentions(text)] == paths


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.md").write_text("# Notes\n")
    (tmp_path / "cat.png").write_bytes(PNG)
    (tmp_path / "src").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("what is in @notes.md?", ["notes.md"]),
        ("compare (@notes.md) with @cat.png.", ["notes.md", "cat.png"]),
        ("@notes.md @./notes.md", ["notes.md"]),
        ("@dataclass and @app.route and @src are words", []),
        ("@jane said hello", []),
    ],
)
def test_words_are_files_where_there_are_such_files(text: str, names: list[str], here: Path) -> None:
    assert [file.name for file in attach.named(text)] == names


@pytest.mark.parametrize("token", ["@./missing", '@"missing.md"', "@/no/such/thing", "@./src"])
def test_a_path_that_leads_to_nothing_is_refused(token: str, here: Path) -> None:
    with pytest.raises(AttachmentError):
        attach.named(f"look at {token}")


def test_what_was_pasted_names_nothing(here: Path) -> None:
    assert attach.named("@notes.md @./missing", pasted={"@notes.md", "@./missing"}) == {}


def test_too_many_files_are_refused(here: Path) -> None:
    for number in range(attach.MOST + 1):
        (here / f"f{number}").write_text(f"{number}")
    with pytest.raises(AttachmentError, match="More than 20"):
        attach.named(" ".join(f"@f{number}" for number in range(attach.MOST + 1)))


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 KB"), (12_345, "12 KB"), (1_234_567, "1.2 MB")]
)
def test_sizes_in_words(count: int, said: str) -> None:
    assert attach.size(count) == said


# ---------------------------------------------------------------- kept


def test_a_copy_is_private_named_by_its_digest_and_written_once(tmp_path: Path) -> None:
    files = Files(tmp_path / "attachments")
    file = attach.described(PNG, "cat.png")
    files.keep({file: PNG})
    path = files.path(file)
    assert path.name == f"{file.digest}.png"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    before = path.stat().st_mtime_ns, path.stat().st_ino
    files.keep({file: PNG})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    assert [name.name for name in files.folder.iterdir()] == [path.name], "no temporary file is left"
    assert files.contents([file]) == {file.digest: PNG}


def test_a_copy_that_is_gone_or_was_changed_is_not_sent(tmp_path: Path) -> None:
    files = Files(tmp_path)
    file = attach.described(PNG, "cat.png")
    assert files.contents([file]) == {}
    files.keep({file: PNG})
    files.path(file).write_bytes(b"something else")
    assert files.contents([file]) == {}


def test_a_name_from_a_document_leads_nowhere_else(tmp_path: Path) -> None:
    """Documents may be edited by hand, or be somebody else's: only digests are read from them."""
    from chattui.reading import message

    value = {"id": "m", "parent": None, "role": "user", "text": "", "attachments": [
        {"name": "x", "type": "../../x", "digest": "../../etc/passwd"}]}  # fmt: skip
    read = message(value)
    assert read is not None
    assert read.attachments == (Attachment("x", "../../x"),)
    assert Files(tmp_path).path(Attachment("x", "../../x", digest="0" * 64)).parent == tmp_path


def test_copies_go_with_the_last_conversation_that_names_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    mine, shared = attach.described(PNG, "cat.png"), attach.described(b"text", "notes.md")
    store.files.keep({mine: PNG, shared: b"text"})
    store.folder.mkdir()
    kept = store.folder / ("b" * 22 + ".json")
    kept.write_text(f'{{"digest": "{shared.digest}"}}')
    store.files.drop(f"{mine.digest} {shared.digest}".encode(), [kept])
    assert not store.files.path(mine).exists()
    assert store.files.path(shared).exists()


# ---------------------------------------------------------------- sent


@given(st.text())
def test_a_text_stands_in_a_fence_that_it_cannot_close(text: str) -> None:
    name, fence, *inside, end = fenced("notes.md", text).split("\n")
    assert name == "notes.md:"
    assert fence == f"{end}md"
    assert all(not line.strip().startswith(end) for line in inside)


def test_texts_go_into_the_message_and_images_beside_it() -> None:
    cat, notes = attach.described(PNG, "cat.png"), attach.described(b"# Notes", "notes.md")
    gone = Attachment("old.txt", "text/plain", 3, "0" * 64)
    asked = Message("u", None, "user", "Look.", attachments=(cat, notes, gone))
    contents = {cat.digest: PNG, notes.digest: b"# Notes"}
    sent, left = outgoing([asked], contents, images=1000)
    assert sent[0].text == "Look.\n\nnotes.md:\n```md\n# Notes\n```"
    assert sent[0].attachments == (cat,)
    assert left == ["‘old.txt’ is not in the store any more; it was not sent."]
    sent, left = outgoing([asked], contents, images=0)
    assert sent[0].attachments == ()
    assert left[0] == "‘cat.png’ was not sent: this endpoint does not take it."
