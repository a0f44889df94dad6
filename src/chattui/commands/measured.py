"""What several runs of `check --runs N` took, told by their tapes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from chattui.tape import Tape
from chattui.tape.pieces import Pieces


@dataclass(frozen=True, slots=True)
class Measures:
    """One run: seconds to the first text, characters a second after it, and the longest wait in between."""

    first: float
    rate: float | None
    """None where all came at one moment."""
    gap: float


def measures(tape: Tape) -> Measures | None:
    """Those of a tape; None for one without text."""
    take = tape.main
    if take is None:
        return None
    said = [piece for piece in Pieces(take).read() if piece.said and piece.became is not None]
    if not said:
        return None
    began, spent = take.sent or 0.0, (said[-1].at - said[0].at) / 1000
    chars = sum(piece.became.chars for piece in said[1:] if piece.became is not None)
    gaps = [after.at - before.at for before, after in pairwise(said)]
    return Measures((said[0].at - began) / 1000, chars / spent if spent > 0 else None, max(gaps, default=0.0) / 1000)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of them does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, min(len(ordered) - 1, -(-int(share * 100) * len(ordered) // 100) - 1))]


def summary(found: Sequence[Measures]) -> dict[str, dict[str, float]]:
    """p50 and p95 of each measure."""
    columns = {
        "first_text_seconds": [one.first for one in found],
        "characters_per_second": [one.rate for one in found if one.rate is not None],
        "largest_gap_seconds": [one.gap for one in found],
    }
    return {
        name: {"p50": round(quantile(values, 0.5), 4), "p95": round(quantile(values, 0.95), 4)}
        for name, values in columns.items()
        if values
    }
