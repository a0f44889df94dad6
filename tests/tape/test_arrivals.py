"""What arrives is packed, and reads as it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chattui.tape import arrivals
from chattui.tape.arrivals import Arrivals

came = st.lists(st.tuples(st.floats(0, 1e6), st.binary(max_size=40)), max_size=60)


@given(came, st.integers(1, 200), st.integers(-70, 70), st.integers(-70, 70))
def test_it_is_a_list_of_what_was_appended(given_: list[tuple[float, bytes]], block: int, one: int, other: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrivals, "BLOCK", block)
        found = Arrivals()
        for number, item in enumerate(given_, 1):
            found.append(item)
            assert len(found) == number
            assert found[-1] == item
        assert found == given_ == list(found)
        assert found == Arrivals(given_)
        assert found[one:other] == given_[one:other]
        assert list(reversed(found)) == given_[::-1]


def test_nothing_that_has_arrived_changes() -> None:
    found = Arrivals([(1.0, b"a")])
    with pytest.raises(TypeError):
        found[0] = (2.0, b"b")
    with pytest.raises(TypeError):
        del found[0]
    with pytest.raises(TypeError):
        found.insert(0, (0.5, b"x"))
    with pytest.raises(IndexError):
        found[1]
    assert found == [(1.0, b"a")]


def test_a_stream_of_json_takes_a_fraction_of_its_size() -> None:
    found = Arrivals(
        (float(at), b'data: {"choices": [{"index": 0, "delta": {"content": "w%d"}}]}\n\n' % at) for at in range(20_000)
    )
    assert sum(map(len, found._packed)) < sum(found._sizes) / 5
