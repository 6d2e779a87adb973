"""Tables made by simulation, labelled so wherever they are shown: for laws that need a design.

`simulated_isoflop` has the nine budgets of Hoffmann et al. 2022 (arXiv:2203.15556, section 3.2)
with eleven sizes each; `simulated_curves` has twelve training curves. Both follow the law that
Besiroglu et al. 2024 (arXiv:2404.10102) fit to Hoffmann et al.'s runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

E, A, B, ALPHA, BETA = 1.8172, 482.01, 2085.43, 0.3478, 0.3658
BUDGETS = (6e18, 1e19, 3e19, 6e19, 1e20, 3e20, 6e20, 1e21, 3e21)
SIZES, REACH = 11, 4.0  # of a profile: from N* / 4 to 4 N*
CURVES, POINTS = 12, 48
SEEDS, WIGGLES = 0.003, 0.001  # sd of log loss from run to run, and along a curve
LAW = "the law of Besiroglu et al. 2024, arXiv:2404.10102"


def surface(N, D):
    """Loss in nats per token."""
    return E + A / N**ALPHA + B / D**BETA


def isoflop() -> pd.DataFrame:
    """Nine budgets, eleven sizes around each optimum."""
    import numpy as np
    import pandas as pd

    C = np.repeat(BUDGETS, SIZES)
    G = (ALPHA * A / (BETA * B)) ** (1 / (ALPHA + BETA))
    best = G * (C / 6) ** (BETA / (ALPHA + BETA))
    N = np.round(best * np.tile(np.geomspace(1 / REACH, REACH, SIZES), len(BUDGETS)))
    D = C / (6 * N)
    loss = surface(N, D) * np.exp(SEEDS * np.random.default_rng(0).standard_normal(len(C)))
    return pd.DataFrame(dict(N=N, D=D, C=C, loss=loss))


def curves(seed: int = 1) -> pd.DataFrame:
    """Twelve sizes, each from 1 to 300 tokens per parameter at a constant learning rate."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(seed)
    sizes = np.round(np.geomspace(4e7, 4e9, CURVES))
    N = np.repeat(sizes, POINTS)
    D = N * np.tile(np.geomspace(1, 300, POINTS), CURVES)
    off = np.repeat(SEEDS * rng.standard_normal(CURVES), POINTS)
    loss = surface(N, D) * np.exp(off + WIGGLES * rng.standard_normal(len(N)))
    run = np.repeat([f"{n / 1e6:.0f}M" for n in sizes], POINTS)
    return pd.DataFrame(dict(run=run, N=N, D=D, C=6 * N * D, loss=loss))


isoflop_source = Source(
    what="SIMULATED isoFLOP profiles, nine budgets of eleven sizes",
    citation=f"a simulation of {LAW}",
    rows=len(BUDGETS) * SIZES,
    make=isoflop,
)

curves_source = Source(
    what="SIMULATED training curves of twelve sizes",
    citation=f"a simulation of {LAW}",
    rows=CURVES * POINTS,
    make=curves,
)
