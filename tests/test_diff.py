"""What differs between two texts, line by line and word by word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.diff import MOST_EDITS, Pair, _runs, pairs


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


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_as_little_as_can_be_is_marked(left: list[str], right: list[str]) -> None:
    table = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]  # the longest common part, the slow way
    for i, one in enumerate(left):
        for j, other in enumerate(right):
            table[i + 1][j + 1] = table[i][j] + 1 if one == other else max(table[i][j + 1], table[i + 1][j])
    runs = _runs(left, right)
    assert sum(b - a for a, b, _, _, same in runs if same) == table[-1][-1]
    assert [word for a, b, *_ in runs for word in left[a:b]] == left
    assert [word for _, _, c, d, _ in runs for word in right[c:d]] == right
    assert all(left[a:b] == right[c:d] for a, b, c, d, same in runs if same)


def test_texts_that_have_only_their_blanks_in_common_are_wholly_different_at_once() -> None:
    left, right = (" ".join(f"{letter}{number}" for number in range(20 * MOST_EDITS)) for letter in "ab")
    assert [pair.sign for pair in pairs(left, right)] == ["~"]
    lines = [f"line {number}" for number in range(3 * MOST_EDITS)]
    found = pairs("\n".join(lines), "\n".join(line + "!" for line in lines))
    assert {pair.sign for pair in found} == {"~"}
