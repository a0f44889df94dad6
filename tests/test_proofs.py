"""The long runs of proofs/, in sizes that a test run can afford. Their numbers are in docs/reliability.md."""

from pathlib import Path

import framing
import soak
import stops
import streams


def test_random_bytes_make_the_same_frames_however_they_are_cut() -> None:
    wrong, seen = framing.run(2500, 11)
    assert not wrong
    assert {"sse", "ndjson", "ai-data", "json", "text", "NotAnApi"} <= set(seen)


async def test_replies_of_a_server_that_does_everything_wrong() -> None:
    tally = await streams.run(400, 11)
    assert not tally.wrong
    assert set(tally.ends) >= {"complete", "incomplete", "failed", "stopped"}


async def test_esc_in_every_phase_saves_what_there_is_and_leaves_nothing_open(tmp_path: Path) -> None:
    times, wrong = await stops.run(3, tmp_path)
    assert not wrong
    assert set(times) == set(stops.PHASES)


async def test_a_day_in_a_minute_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    measured = await soak.run(18, 50, 3, tmp_path)
    assert not measured.wrong
    assert measured.turns == 21
