"""The picture of the README: ``python -m docs._made.frontier [RESULTS]`` (`make picture`).

It fits `kaplan_chinchilla` to the 240 runs of `chinchilla` as `bayesfit run` does, or opens results
that it wrote, and draws the best size with its bands out to 1e27 FLOPs beside real models.
"""

from __future__ import annotations

import sys
from pathlib import Path

import bayesfit
from bayesfit.figures import canvas, png
from bayesfit.figures._style import styled
from bayesfit.fitted import Fit

FILE = Path(__file__).parents[1] / "pictures" / "frontier.png"
LAW, DATA = "kaplan_chinchilla", "chinchilla"
DPI = 130


@styled
def picture(fit: Fit):
    """N* and the loss of building it against the budget, side by side."""
    figure = canvas(12.5, 5.4, "What to train, and what loss to expect, with 80 and 95 % bands")
    left, right = figure.subplots(1, 2, width_ratios=(1.35, 1))
    fit.plot.frontier(ax=left)
    fit.plot.loss_at_scale(ax=right)
    left.set_title(f"N*, by {LAW} on {DATA}; diamonds are published models")
    right.set_title("The loss of building N*; grey: the runs that were fitted")
    return figure


def main() -> None:
    """Open or fit, draw, write."""
    fit = bayesfit.open(sys.argv[1]) if sys.argv[1:] else bayesfit.fit(LAW, DATA)
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_bytes(png(picture(fit), DPI))
    print(f"{FILE}: {len(fit.runs)} runs, {FILE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
