"""Tags: what a person types becomes them, and a word finds them by their beginning."""

import pytest

from chattui.tags import LONGEST, MOST, cleaned, fit, typed


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("", ()),
        ("work", ("work",)),
        ("work, #rust  Zürich", ("work", "rust", "Zürich")),
        ("Work work WORK", ("Work",)),
        ("# ## ,,", ()),
        ("\x1b[31mred", ("␛[31mred",)),
        ("x" * 99, ("x" * LONGEST,)),
    ],
)
def test_what_is_typed(text: str, tags: tuple[str, ...]) -> None:
    assert typed(text) == tags


def test_there_are_not_too_many() -> None:
    assert len(cleaned(map(str, range(99)))) == MOST


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [((), True), (("wo",), True), (("work", "zur"), True), (("ork",), False), (("work", "x"), False)],
)
def test_a_word_finds_a_tag_by_its_beginning(wanted: tuple[str, ...], fits: bool) -> None:
    assert fit(wanted, ("Work", "Zürich")) is fits
