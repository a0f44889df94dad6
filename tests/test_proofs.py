"""The long runs of proofs/, in sizes that a test run can afford. Their numbers are in docs/reliability.md."""

import framing
import streams


def test_random_bytes_make_the_same_frames_however_they_are_cut() -> None:
    wrong, seen = framing.run(2500, 11)
    assert not wrong
    assert {"sse", "ndjson", "ai-data", "json", "text", "NotAnApi"} <= set(seen)


async def test_replies_of_a_server_that_does_everything_wrong() -> None:
    tally = await streams.run(400, 11)
    assert not tally.wrong
    assert set(tally.ends) >= {"complete", "incomplete", "failed", "stopped"}
