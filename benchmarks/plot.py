"""The curves of docs/performance.md, drawn from benchmarks/results.json: what a chunk costs as a reply grows.

    python benchmarks/plot.py                     writes docs/performance.svg. Needs `pip install matplotlib`

`results.json` holds, for each program, CPU seconds of replies of so many chunks: {"programs": {"name": {"2000": 0.1}}}.
"""

from __future__ import annotations

import json
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, NullLocator

HERE = Path(__file__).parent
OURS = "chattui"
LABEL = 11
"""Points that a label takes."""


def main() -> None:
    """See the module."""
    results = json.loads((HERE / "results.json").read_text())
    mpl.rcParams["svg.hashsalt"] = "chattui"  # the same figures, the same file
    mpl.rcParams["svg.fonttype"] = "none"
    figure, axes = plt.subplots(figsize=(9, 5))
    ends: list[tuple[str, int, float]] = []
    for name, costs in sorted(results["programs"].items(), key=lambda one: one[0] != OURS):
        sizes = sorted(map(int, costs))
        each = [costs[str(size)] / size * 1e6 for size in sizes]
        axes.plot(
            sizes, each, marker="o", linewidth=3 if name == OURS else 1.2, zorder=3 if name == OURS else 2, label=name
        )
        ends.append((name, sizes[-1], each[-1]))
    axes.set(xscale="log", yscale="log", xlabel="chunks in one reply", ylabel="CPU per chunk (µs)")
    axes.set_xticks(found := sorted({int(size) for costs in results["programs"].values() for size in costs}))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlim(found[0] * 0.85, found[-1] * 2.2)
    axes.grid(visible=True, which="major", linewidth=0.4, alpha=0.6)
    axes.set_title(f"What a chunk costs as a reply grows ({results['date']}, {results['machine']})", fontsize=10)
    below = -LABEL
    for name, x, y in sorted(ends, key=lambda one: (one[1], one[2])):
        height = axes.transData.transform((x, y))[1] * 72 / figure.dpi
        below = max(height, below + LABEL) if below - LABEL < height < below + LABEL else height
        axes.annotate(name, (x, y), xytext=(8, below - height), textcoords="offset points", va="center", fontsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(HERE.parent / "docs" / "performance.svg", metadata={"Date": None}, facecolor="white")


if __name__ == "__main__":
    main()
