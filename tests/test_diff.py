"""What differs between two texts, line by line and word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.diff import MOST_LINES, MOST_WORDS, Pair, pairs


def shown(pair: Pair) -> tuple[str, str, str]:
    """The sign and both sides, with what changed in brackets; a side that is not there is –."""
    sides = (
        "–" if side is None else "".join(f"[{text}]" if changed else text for text, changed in side)
        for side in (pair.left, pair.right)
    )
    return (pair.sign, *sides)  # type: ignore[return-value]  # two sides


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("same", "same", [(" ", "same", "same")]),
        ("", "", [(" ", "", "")]),
        ("a b c", "a x c", [("~", "a [b] c", "a [x] c")]),
        ("one\ntwo", "one", [(" ", "one", "one"), ("-", "[two]", "–")]),
        ("one", "zero\none", [("+", "–", "[zero]"), (" ", "one", "one")]),
        ("all of it", "something else", [("~", "[all of it]", "[something else]")]),
        ("日本語です", "日本人です", [("~", "日本[語]です", "日本[人]です")]),
        ("a b.\nc d", "a b,\nc d e", [("~", "a b[.]", "a b[,]"), ("~", "c d", "c d[ e]")]),
        ("x = 1", "x  = 1", [("~", "x[ ]= 1", "x[  ]= 1")]),
    ],
)
def test_pairs(left: str, right: str, expected: list[tuple[str, str, str]]) -> None:
    assert [shown(pair) for pair in pairs(left, right)] == expected


TEXTS = st.text(st.sampled_from("ab .\n日"), max_size=60)


@given(TEXTS, TEXTS)
def test_both_sides_are_the_texts_and_what_is_not_marked_is_in_both(left: str, right: str) -> None:
    found = pairs(left, right)
    sides = (
        [pair.left for pair in found if pair.left is not None],
        [pair.right for pair in found if pair.right is not None],
    )
    for text, lines in zip((left, right), sides, strict=True):
        assert "\n".join("".join(piece for piece, _ in line) for line in lines) == text
    kept = ["".join(piece for line in lines for piece, changed in line if not changed) for lines in sides]
    assert kept[0] == kept[1]


def test_texts_of_any_size_are_compared_in_bounded_work() -> None:
    words = " ".join(f"w{number}" for number in range(MOST_WORDS + 1))
    assert [pair.sign for pair in pairs(words, words + " more")] == ["~"]
    lines = "\n".join(f"line {number}" for number in range(MOST_LINES + 1))
    assert {pair.sign for pair in pairs(lines, lines.replace("1", "2"))} == {"~"}
