"""Text as it is compared, and what is shown around a find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.fold import excerpt, fold, holds, pattern, spans

LETTERS = st.text('aAbeEéÉèiIınNñoÖōsßuÜz zσςΣάΑµ模型が\u0301\u0308-_"\\\n\t', max_size=40)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Proxy CUTS", "proxy cuts"),
        ("naïve Zürich ÅNGSTRÖM", "naive zurich angstrom"),
        ("nai\u0308ve", "naive"),
        ("Straße", "straße"),
        ("ΟΔΟΣ ὁδός", "οδοσ ὁδοσ"),
        ("Ёлка, май", "елка, май"),
        ("が and か", "が and か"),
        ("模型", "模型"),
        ("Việt Nam", "viet nam"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(LETTERS, LETTERS)
def test_what_is_equal_after_folding_is_found_as_it_was_written(text: str, word: str) -> None:
    word = " ".join(fold(word).split())
    if not word.strip():
        return
    assert (pattern((word,)).search(text) is not None) == holds(fold(text), word)


@given(LETTERS)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_phrase_stands_over_the_end_of_a_line() -> None:
    assert holds(fold("the Proxy\n  cuts it"), "proxy cuts")
    assert spans("the Proxy\n  cuts it", ("proxy cuts",)) == ((4, 16),)
    assert not holds(fold("proxy never cuts"), "proxy cuts")


def test_longer_words_are_marked_as_a_whole() -> None:
    assert spans("streaming stream", ("stream", "streaming")) == ((0, 9), (10, 16))


def test_no_word_stands_nowhere() -> None:
    assert spans("anything", ()) == ()


def test_an_excerpt_is_one_harmless_line_around_the_words() -> None:
    text, marks = excerpt("x " * 200 + "before\n\x1b[31m the Proxy\tcuts it" + " y" * 300, ("proxy", "cuts"))
    assert text.startswith("… ")
    assert text.endswith("…")
    assert "␛[31m the Proxy cuts it" in text
    assert [text[start:end] for start, end in marks] == ["Proxy", "cuts"]
    assert marks[0][0] < 40


def test_an_excerpt_shows_where_the_words_stand_together() -> None:
    text, marks = excerpt("alpha " + "x " * 400 + "alpha and beta", ("alpha", "beta"))
    assert [text[start:end] for start, end in marks] == ["alpha", "beta"]


def test_an_excerpt_without_words_is_the_beginning() -> None:
    assert excerpt("Only\nthis.", ()) == ("Only this.", ())
