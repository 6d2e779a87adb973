"""`simulated_shapes`: five sizes in four shapes, each at four amounts of data.

The design is like that of McLeish et al. 2025, "Gemstones", arXiv:2502.06857; N is 12 depth
width**2, without embeddings. The loss is that of Chinchilla's form at the constants of
Besiroglu et al. 2024, arXiv:2404.10102, and 0.5 % higher at twice or half the best aspect of 60.
Each is a run of its own, with scatter of 0.3 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.designs import surface
from bayesfit.datasets.simulated import scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

SIZES, ASPECTS = (5e7, 1e8, 5e8, 1e9, 2e9), (4.0, 16.0, 64.0, 256.0)
TOKENS = (1e10, 3e10, 1e11, 3e11)
BEST, COST = 60.0, 0.005
SIGMA = 0.003


def design(seed: int = 1, cost: float = COST) -> pd.DataFrame:
    """Rows of every shape at every amount of data; `cost` in log loss, at twice the best aspect."""
    import numpy as np
    import pandas as pd

    size, aspect = (x.ravel() for x in np.meshgrid(SIZES, ASPECTS, indexing="ij"))
    width = np.cbrt(size * aspect / 12).round()
    depth = (width / aspect).round()
    D = np.tile(TOKENS, len(width))
    width, depth = (np.repeat(x, len(TOKENS)) for x in (width, depth))
    N = 12 * depth * width**2
    off_best = cost * (np.log2(width / depth / BEST)) ** 2
    loss = surface(N, D) * np.exp(off_best) * scatter(len(N), seed, SIGMA)
    return pd.DataFrame(dict(N=N, D=D, width=width, depth=depth, loss=loss.round(5)))


source = Source(
    what="SIMULATED losses of five sizes in four shapes at four amounts of data",
    citation="a simulation at a design like that of McLeish et al. 2025, arXiv:2502.06857, "
    "by the law of Besiroglu et al. 2024, arXiv:2404.10102; the effect of shape is invented",
    rows=len(SIZES) * len(ASPECTS) * len(TOKENS),
    make=design,
)
