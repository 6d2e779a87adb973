"""What figures of regret share: its bands along sizes, the range of the best one at the foot."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from bayesfit.bands import band
from bayesfit.figures._style import POSTERIOR, draw_band

FOOT = 0.022  # of the height of the panel, where the best size stands with its bands


def draw_regret(ax: Axes, N: np.ndarray, regret: np.ndarray, label: str | None = None) -> None:
    """Bands of the regret.

    Args:
        N: sizes (sizes,).
        regret: how much more than the lowest loss each has, % (draws, sizes).
    """
    draw_band(ax, N, band(regret), label=label)


def draw_best(ax: Axes, best: np.ndarray) -> None:
    """80 % (thick) and 95 % of the best sizes, along the foot of a panel.

    Args:
        best: of each draw (draws,); infinite where no size is the best.
    """
    found = band(best)
    for level, width in ((95, 1.6), (80, 5.0)):
        ends = [found[f"lo{level}"], min(found[f"hi{level}"], 1e30)]
        ax.plot(
            ends, [FOOT, FOOT], color=POSTERIOR, lw=width, solid_capstyle="butt", zorder=5,
            transform=ax.get_xaxis_transform(),
        )  # fmt: skip
