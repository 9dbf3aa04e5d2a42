"""Draw bench/curves.json into docs/img, and write its numbers into docs/performance.md, between the marks there.

Usage: python bench/plots.py
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import curves
import results
from curves import Curve, Point
from services import ROOT

CURVES = ROOT / "bench" / "curves.json"
PAGE = ROOT / "docs" / "performance.md"
IMAGES = ROOT / "docs" / "img"


def draw(name: str, curve: Curve, points: Sequence[Point]) -> Path:
    """Two plots side by side: what takes time, and what takes memory."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    for axes, side, unit in zip(figure.subplots(1, 2), ("left", "right"), (curve.left, curve.right), strict=True):
        assert isinstance(axes, Axes)
        for one in (one for one in curve.quantities if one.side == side):
            style = "--" if one is curves.BAR else "o-"
            axes.plot([point["x"] for point in points], [one.value(point) for point in points], style, label=one.label)
        axes.set(xlabel=curve.over, ylabel=unit, ylim=(0, None), xscale="log" if curve.log else "linear")
        axes.xaxis.set_major_formatter("{x:,g}")
        axes.grid(alpha=0.3)
        axes.legend(frameon=False, fontsize=8)
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = IMAGES / f"performance-{name}.svg"
    figure.savefig(path, metadata={"Date": None})
    return path


def main() -> None:
    """Draw and write all."""
    mpl.rcParams["svg.hashsalt"] = "harmonizer"  # The same points make the same file.
    mpl.rcParams["svg.fonttype"] = "none"
    told = json.loads(CURVES.read_text("utf-8"))
    for name, curve in curves.SHOWN.items():
        if any(one.side for one in curve.quantities) and len(told["curves"][name]) > 1:
            print(draw(name, curve, told["curves"][name]).relative_to(ROOT))
    for name, text in curves.blocks(told).items():
        results.put(PAGE, name, text)
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
