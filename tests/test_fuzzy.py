"""Titles that fit a few typed letters."""

from chattui.fuzzy import Fuzzy

TITLES = (
    "Proxy cuts streams",
    "Notes on the proxy",
    "Improxysation",
    "Personal rota x y",
    "Übergröße",
    "Something else",
)


def best(typed: str) -> list[str]:
    fuzzy = Fuzzy(typed)
    return [title for title in sorted(TITLES, key=lambda title: -fuzzy.score(title)) if fuzzy.score(title) > 0]


def test_the_better_fit_comes_first() -> None:
    assert best("proxy") == ["Proxy cuts streams", "Notes on the proxy", "Improxysation", "Personal rota x y"]


def test_words_fit_in_any_order_and_all_of_them_must() -> None:
    assert best("proxy notes") == ["Notes on the proxy"]
    assert best("pxy cts") == ["Proxy cuts streams"]
    assert best("proxy zzz") == []


def test_accents_and_capitals_do_not_matter() -> None:
    assert best("UBERGRO") == ["Übergröße"]


def test_signs_are_only_signs() -> None:
    assert best("[.*(") == []


def test_nothing_typed_fits_everything() -> None:
    assert len(best("  ")) == len(TITLES)
