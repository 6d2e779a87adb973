"""`simulated_break`, `simulated_two_ends`: loss against tokens, from constants invented for them.

The papers (Caballero et al. 2022, arXiv:2210.14891; Alabdulmohsin et al. 2022, arXiv:2209.06640)
fit each curve anew and print no constants of a law of loss against tokens. Scatter of 0.3 %.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesfit.datasets.simulated import scatter
from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import pandas as pd

BREAK = dict(a=1.7, b=90.0, c0=0.2, c1=0.2, d1=3e9, f1=0.4)
ENDS = dict(E_inf=1.9, E_0=10.8, alpha=0.7, beta=2.4e3, c=-0.4)
ROWS, SIGMA = 40, 0.003


def curve(name: str, p: dict[str, float], fewest: float, seed: int) -> pd.DataFrame:
    """Finished runs at ROWS amounts of data, over five decades, of a law at p."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View
    from bayesfit.models import load

    D = np.geomspace(fewest, 1e5 * fewest, ROWS).round()
    loss = np.exp(np.asarray(load(name).log_loss(View(**p), View(D=D))))
    return pd.DataFrame(dict(D=D, loss=(loss * scatter(ROWS, seed, SIGMA)).round(5)))


one_break = Source(
    what="SIMULATED losses at 40 amounts of data, with a break in the power law",
    citation="a simulation of the law of Caballero et al. 2022, arXiv:2210.14891, at our constants",
    rows=ROWS,
    make=lambda: curve("bnsl", BREAK, 1e7, 4),
)
two_ends = Source(
    what="SIMULATED losses at 40 amounts of data, from that of a guess on",
    citation="a simulation of M4 of Alabdulmohsin et al. 2022, arXiv:2209.06640, at our constants",
    rows=ROWS,
    make=lambda: curve("m4", ENDS, 1e5, 5),
)
