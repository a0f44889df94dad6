"""Figures of replies: percentiles, speeds, days, curves."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.stats import Figures, Reply, by_day, figures, groups, percentile, since
from chattui.stats.charts import ceiling, chart, label
from chattui.stats.reading import replies
from chattui.store import Store


@pytest.mark.parametrize(
    ("values", "part", "found"),
    [
        ([], 0.5, None),
        ([3.0], 0.95, 3.0),
        ([1.0, 2.0], 0.5, 1.5),
        ([1.0, 2.0, 3.0], 0.5, 2.0),
        ([0.0, 100.0], 0.95, 95.0),
    ],
)
def test_percentiles_lie_between_the_values(values: list[float], part: float, found: float | None) -> None:
    assert percentile(values, part) == found


@given(st.lists(st.floats(0, 1e6), min_size=1))
def test_percentiles_are_in_order_and_in_range(values: list[float]) -> None:
    values.sort()
    low, high = percentile(values, 0.5), percentile(values, 0.95)
    assert low is not None
    assert high is not None
    assert values[0] <= low <= high * (1 + 1e-12) <= values[-1] * (1 + 1e-9) + 1e-9


def test_figures_count_what_servers_told() -> None:
    found = figures([
        Reply(1.0, "a", "m", "complete", 0.5, 2.5, 10, 100, 0.25),
        Reply(2.0, "a", "m", "incomplete", 1.5, 3.5, None, 50, None),
        Reply(3.0, "a", "m", "failed"),
        Reply(4.0, "a", "m", "stopped", 0.1, 0.2, 1, 1),
    ])  # fmt: skip
    assert found == Figures(4, 1, 1, 1, 0.5, found.first_p95, 37.5, found.speed_p95, 11, 151, 0.25)
    assert found.first_p95 == pytest.approx(1.4)
    assert found.speed_p95 == pytest.approx(48.75)


def test_groups_have_the_most_used_first_and_days_their_order() -> None:
    found = [Reply(86400.0 * n, "ab"[n % 3 == 0], "m", "complete") for n in range(9)]
    assert list(groups(found)) == [("a", "m"), ("b", "m")]
    days = by_day(reversed(found), lambda seconds: date.fromordinal(1 + int(seconds // 86400)))
    assert [day.toordinal() for day in days] == list(range(1, 10))
    assert all(one.replies == 1 for one in days.values())
    assert since(None, 1.7e9) == 0.0
    assert 0 <= 1.7e9 - since(1, 1.7e9) < 86400 + 3600
    assert 6 * 86400 - 3600 <= 1.7e9 - since(7, 1.7e9) < 7 * 86400 + 3600


def test_only_replies_of_endpoints_count(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.folder.mkdir(parents=True)
    names = iter(range(100))

    def put(text: str) -> None:
        (store.folder / f"00000000{next(names):04}.json").write_text(text)

    put('{"messages": [{"role": "assistant", "endpoint": "lab", "created": 5, "timing": {"first": 1}}, 7, null]}')
    put('{"messages": [{"role": "user", "endpoint": "lab"}, {"role": "assistant", "model": "imported"}]}')
    put('{"messages": [{"role": "assistant", "endpoint": 7}, {"role": "assistant", "endpoint": "odd", "model": [], '
        '"state": {}, "timing": "x", "usage": {"output": -5, "input": true, "cost": "1"}, "created": 1e300}'
        "]}")  # fmt: skip
    put("{")
    put("[" * 100_000)
    put('{"messages": 7}')
    assert sorted(map(repr, replies(store))) == sorted(
        map(repr, [Reply(5.0, "lab", "", "", 1.0), Reply(0.0, "odd", "", "")])
    )
    assert [reply.endpoint for reply in replies(store, 4.0)] == ["lab"]


@pytest.mark.parametrize(
    ("value", "top"), [(0, 1), (-1, 1), (0.07, 0.1), (0.11, 0.2), (1, 1), (1.01, 2), (2.1, 5), (51, 100), (1e6, 1e6)]
)
def test_scales_end_at_round_numbers(value: float, top: float) -> None:
    assert ceiling(value) == pytest.approx(top)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0, "0"), (0.25, "0.25"), (1.5, "1.5"), (60, "60"), (1000, "1k"), (12500, "12.5k"), (3e6, "3M")],
)
def test_labels_are_short(value: float, words: str) -> None:
    assert label(value) == words


@given(
    curves=st.lists(
        st.dictionaries(st.dates(date(2020, 1, 1), date(2026, 1, 1)), st.floats(0, 1e9), max_size=20), max_size=3
    ),
    width=st.integers(1, 120),
    height=st.integers(1, 20),
)
def test_a_chart_is_as_wide_and_tall_as_it_may_be(curves: list[dict[date, float]], width: int, height: int) -> None:
    drawn = chart(curves, width, height)
    if not any(curves):
        assert not drawn.rows
        return
    assert len(drawn.rows) == max(4, height)
    for row in drawn.rows:
        text = "".join(part for part, _ in row)
        assert text.isprintable()
        assert len(text.rstrip()) <= max(width, 24)
    numbers = {number for row in drawn.rows for _, number in row} - {None}
    assert numbers <= set(range(len(curves)))


def test_a_chart_shows_where_the_values_are() -> None:
    days = {date(2026, 10, 1 + n): float(n) for n in range(9)}
    rows = ["".join(text for text, _ in row) for row in chart([days], 30, 7).rows]
    assert rows[0].startswith("10 ┤")
    assert rows[4].startswith(" 0 ┤")
    assert rows[4].split("┤")[1].strip()
    high = ["".join(text for text, _ in row) for row in chart([dict.fromkeys(days, 10.0)], 30, 7).rows]
    assert high[0].split("┤")[1].strip()
    assert not high[4].split("┤")[1].strip()
    assert rows[5].startswith("   └──")
    assert rows[6].split() == ["Oct", "1", "Oct", "5", "Oct", "9"]
