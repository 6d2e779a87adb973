"""`simulated_mixtures`: losses on five domains after training on 24 mixtures of them.

The constants are invented, of the size of those that Ye et al. 2024 (arXiv:2403.16952) find: each
domain is learned best from itself, and a little from the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

RUNS, DOMAINS = 24, 5
FLOOR = (1.6, 2.3, 2.2, 0.9, 2.4)  # loss that no mixture removes, nats per token
SCATTER = 0.004  # sd of log loss


def slopes() -> np.ndarray:
    """t_ij, the log of what domain i could still learn after training on domain j alone."""
    import numpy as np

    rng = np.random.default_rng(5)
    return 0.5 + 0.25 * rng.standard_normal((DOMAINS, DOMAINS)) - 1.2 * np.eye(DOMAINS)


def make() -> pd.DataFrame:
    """One row a run: five proportions, and the loss on each domain."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(6)
    r = rng.dirichlet(np.ones(DOMAINS), RUNS).round(3)
    r[:, -1] = 1 - r[:, :-1].sum(1)
    surface = np.array(FLOOR) + np.exp(r @ slopes().T)
    loss = surface * np.exp(SCATTER * rng.standard_normal(surface.shape))
    numbers = range(1, DOMAINS + 1)
    proportions = pd.DataFrame(r, columns=[f"proportion_{i}" for i in numbers])
    losses = pd.DataFrame(loss.round(5), columns=[f"loss_{i}" for i in numbers])
    return pd.concat([proportions, losses], axis=1)


source = Source(
    what="SIMULATED losses on five domains, 24 mixtures",
    citation="a simulation of the law of Ye et al. 2024, arXiv:2403.16952, with invented constants",
    rows=RUNS,
    make=make,
)
