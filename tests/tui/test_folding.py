"""Long blocks folded to their beginning, and texts shown as they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.chat import Message
from chattui.events import TextDelta, TextReplaced
from chattui.tui.folding import SHOWN
from chattui.tui.look import Look
from chattui.tui.message import MessageView
from chattui.tui.palette import MONOCHROME
from chattui.tui.render import Document


def lines(document: Document) -> list[str]:
    return ["".join(segment.text for segment in line.segments) for line in document.lines()]


def read(text: str, *, raw: bool = False, width: int = 40) -> Document:
    found = Document(MONOCHROME, width=width, raw=raw)
    found.append(text)
    found.finish()
    return found


CODE = "```sh\n" + "\n".join(f"echo {number}" for number in range(400)) + "\n```"


def test_a_long_code_block_shows_its_header_and_beginning() -> None:
    found = read(f"Before.\n\n{CODE}\n\nAfter.")
    whole = lines(found)
    found.fold()
    folded = lines(found)
    assert folded[:2] == whole[:2]
    assert folded[1 + SHOWN :] == [f"┆ … {400 - SHOWN + 2} more lines", "", "After."]
    assert found.code == read(CODE).code
    found.fold()
    assert lines(found) == whole


def test_short_blocks_are_left_alone() -> None:
    found = read("One.\n\n```sh\nls\n```\n\n- a\n- b\n")
    whole = lines(found)
    found.fold()
    assert lines(found) == whole


@given(st.text(st.sampled_from("ab `\n#*-|"), max_size=300), st.integers(5, 50))
def test_the_source_is_shown_as_it_is(text: str, width: int) -> None:
    found = read(text, raw=True, width=width)
    copied = "".join((line.text or "") + line.join for line in found.lines())
    assert "".join(copied.split()) == "".join(text.split())


@given(st.lists(st.text(st.sampled_from("ab \n`"), max_size=20), max_size=20))
def test_the_source_in_pieces_is_the_source_in_one(pieces: list[str]) -> None:
    found = Document(MONOCHROME, width=30, raw=True)
    for piece in pieces:
        found.append(piece)
        found.refresh()
    found.finish()
    assert lines(found) == lines(read("".join(pieces), raw=True, width=30))


def test_a_very_long_line_is_cut_and_not_lost() -> None:
    found = read("word " * 5000, raw=True)
    assert sum(line.count("word") for line in lines(found)) == 5000


@pytest.mark.parametrize("state", ["streaming", "complete"])
def test_rows_stay_while_a_text_is_replaced(state: str) -> None:
    """Textual may paint between the event and the next look at what has arrived."""
    view = MessageView(Message("a", None, "assistant", "One.\n\nTwo.", state=state), Look(MONOCHROME, lambda: 1.0))  # type: ignore[arg-type]
    view.open()
    view.write(TextReplaced("New"))
    view.write(TextDelta(" text."))
    assert list(view.lines(0, view.height))
    view.flush()
    shown = "".join(segment.text for line, _ in view.lines(0, view.height) for segment in line.segments)
    assert "New text." in shown
    assert "One." not in shown
