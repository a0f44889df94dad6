"""What is printed from pieces, as tables, as JSON, in the log."""

import io
import json
import logging
import stat
import sys
import threading
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui import safe
from chattui.commands import crash, log, output
from chattui.commands.progress import ERASE, ProgressLine
from chattui.commands.text import Printer, paired
from chattui.secret import Secret

HOSTILE = st.text(st.sampled_from("ab\r\n\x1b\x9b\ud83d\ude00é字\u202e\x00"), max_size=30)


def printed(pieces: list[str], *, clean: bool) -> str:
    stream = io.StringIO()
    printer = Printer(stream, clean=clean)
    for piece in pieces:
        printer.write(piece)
    printer.end()
    return stream.getvalue()


@given(HOSTILE, st.lists(st.integers(0, 30), max_size=6), st.booleans())
def test_a_text_cut_anywhere_prints_as_in_one_piece(text: str, cuts: list[int], clean: bool) -> None:
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    whole = paired(text)
    assert printed(pieces, clean=clean) == (safe.clean(whole) if clean else whole)


@given(HOSTILE)
def test_what_a_terminal_gets_holds_no_control(text: str) -> None:
    shown = printed(list(text), clean=True)
    assert not [character for character in shown if ord(character) < 0x20 and character != "\n"]
    assert "\x9b" not in shown
    shown.encode()


def test_a_last_line_end_is_added_only_where_there_is_none() -> None:
    for text, expected in (("a", "a\n"), ("a\n", "a\n"), ("", "")):
        stream = io.StringIO()
        printer = Printer(stream, clean=True)
        printer.write(text)
        printer.end(line=True)
        assert stream.getvalue() == expected


@given(st.recursive(st.text(max_size=8), lambda inner: st.lists(inner, max_size=3)), st.booleans())
def test_json_is_read_back_as_it_was_and_is_plain_ascii_for_a_terminal(value: object, ascii_only: bool) -> None:
    text = output.as_json(value, ascii_only=ascii_only)
    text.encode()
    assert json.loads(text) == value
    assert not ascii_only or (text.isascii() and text.isprintable())


def test_columns_stand_under_each_other_also_with_wide_characters() -> None:
    assert list(output.columns([("字", "x", "end"), ("abc", "yy", "")])) == ["字   x   end", "abc  yy"]


async def test_the_progress_line_counts_up_down_and_goes_away() -> None:
    now = [0.0]
    stream = io.StringIO()
    line = ProgressLine(stream, shown=True, ticks=lambda: now[0])
    line.tell("waiting")
    now[0] = 3.0
    assert line.text() == "waiting 3 s"
    line.tell("429: too many requests. Retrying", 7.0)
    now[0] = 5.0
    assert line.text() == "429: too many requests. Retrying in 5 s"
    line.tell("evil\x1b]52;c;x\x07")
    line.erase()
    line.erase()
    assert stream.getvalue().endswith(ERASE)
    assert "\x1b]" not in stream.getvalue()


def test_nothing_is_drawn_where_no_terminal_is() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream, shown=False)
    line.tell("waiting")
    line.erase()
    assert not stream.getvalue()


def test_the_log_is_private_blacked_out_and_bounded(tmp_path: Path) -> None:
    file = log.start(tmp_path / "log")
    Secret("hunter2-hunter2", "$X")
    logger = logging.getLogger("chattui.test")
    logger.info("not written")
    assert not file.path.exists()
    logger.error("key hunter2-hunter2, Authorization: Bearer abcdef, sk-proj-1234567890, http://u:pw@h/")
    text = file.path.read_text()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    for secret in ("hunter2", "abcdef", "1234567890", "pw@"):
        assert secret not in text
    file.path.write_bytes(b"x" * (log.MOST_BYTES + 1))
    logger.error("next")
    assert file.path.stat().st_size < 200
    assert file.path.with_name("chattui.log.1").stat().st_size > log.MOST_BYTES


def test_a_record_of_the_log_cannot_forge_another_or_steer_a_terminal(tmp_path: Path) -> None:
    file = log.start(tmp_path / "log")
    logging.getLogger("chattui.test").error("said %s", "ok\r\n2026-01-01 ERROR root: forged\x1b]0;title\x07")
    first, second = file.path.read_text().splitlines()
    assert "said ok" in first
    assert second == "    2026-01-01 ERROR root: forged␛]0;title␇"


def test_what_fails_in_a_thread_goes_to_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    file = log.start(tmp_path / "log")
    log.catch_all()
    thread = threading.Thread(target=lambda: int("x"))
    thread.start()
    thread.join()
    assert "a thread failed" in file.path.read_text()


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    log.start(tmp_path / "file" / "log")
    logging.getLogger("chattui.test").error("x")
    assert crash.own_mistake(ValueError("x"), tmp_path / "file", {}) == "chattui made a mistake (ValueError)."


def test_the_report_of_a_mistake_is_private_and_holds_no_secret(tmp_path: Path) -> None:
    Secret("hunter2-hunter2", "$X")

    def broken() -> None:
        held = "a local value"
        raise ValueError(f"no {len(held)} hunter2-hunter2 sk-proj-1234567890")

    reports = tmp_path / "reports"
    reports.mkdir(mode=0o700)
    for number in range(crash.KEPT + 3):
        (reports / f"crash-20200101-0000{number:02}-1.txt").touch()
    said = ""
    try:
        broken()
    except ValueError as error:
        said = crash.own_mistake(error, reports, {"TERM": "xterm", "LAB_KEY": "from the env"})
    path = Path(said.partition(". ")[2].partition(" has the details")[0])
    text = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert "in broken" in text
    assert "ValueError: no 13 *** ***" in text
    assert "terminal xterm" in text
    for secret in ("hunter2", "1234567890", "a local value\n", "from the env"):
        assert secret not in text
    assert len(list(reports.iterdir())) == crash.KEPT
