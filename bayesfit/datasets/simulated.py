"""Tables made from the constants that Kaplan et al. 2020 print, for laws whose data are not public.

Each is the law's own surface at a design like the paper's (arXiv:2001.08361), with Student-t
scatter of half a per cent. They show how a law is fitted and what its answers look like; nothing
can be learned from them about training, and they are marked SIMULATED wherever they are shown.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from bayesfit.datasets.source import Source

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SIGMA, NU = 0.005, 5.0  # scatter of log loss
CITATION = "simulated from the constants of Kaplan et al. 2020, arXiv:2001.08361, {}"


def scatter(rows: int, seed: int, sigma: float = SIGMA) -> np.ndarray:
    """Factors around 1 (rows,)."""
    import numpy as np

    return np.exp(sigma * np.random.default_rng(seed).standard_t(NU, rows))


def published(name: str):
    """A law, and what its paper prints."""
    from bayesfit.law import View
    from bayesfit.models import load

    law = load(name)
    return law, View(**law.published[0].values)


def make_curves() -> pd.DataFrame:
    """Eight sizes, 2M to 1.5B, at three batches each: losses at twelve steps of every run."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published("kaplan_ns")
    sizes, batches = np.geomspace(2e6, 1.5e9, 8), 2.0 ** np.array([16, 18, 20])
    steps = np.geomspace(5e3, 2.5e5, 12).round()
    frame = pd.DataFrame(list(product(sizes.round(), batches, steps)), columns=["N", "B", "step"])
    columns = View(N=frame["N"].to_numpy(), S=frame["step"].to_numpy(), B=frame["B"].to_numpy())
    loss = np.exp(np.asarray(law.log_loss(p, columns))) * scatter(len(frame), 1)
    run = [
        f"{N / 1e6:.0f}M at {B / 1024:.0f}k" for N, B in zip(frame["N"], frame["B"], strict=True)
    ]
    return frame.assign(run=run, D=frame["B"] * frame["step"], loss=loss.round(5))


def make_batches() -> pd.DataFrame:
    """Steps to a loss 15 % above the converged one, for five sizes at nine batches."""
    import numpy as np
    import pandas as pd

    from bayesfit.kaplan import batch, efficient

    _, p = published("kaplan_ns")
    sizes, batches = 1e7 * 4.0 ** np.arange(5), 2.0 ** np.arange(15, 24)
    frame = pd.DataFrame(list(product(sizes, batches)), columns=["N", "B"])
    N, B = frame["N"].to_numpy(), frame["B"].to_numpy()
    loss = (1.15 * (p.N_c / N) ** p.alpha_N).round(3)
    S_min = np.asarray(efficient.steps_to_reach(p, N, loss))
    S = batch.steps(S_min, batch.critical_batch(loss, p.B_star, p.alpha_B), B)
    S = (S * scatter(len(frame), 2, 0.03)).round()
    return frame.assign(S=S, D=B * S, loss=loss)


def make_corpora() -> pd.DataFrame:
    """Six sizes on six amounts of data, scored on five corpora a quarter of a nat off at most."""
    import numpy as np
    import pandas as pd

    from bayesfit.law import View

    law, p = published("kaplan_nd")
    offsets = dict(web=-0.2, news=-0.1, books=0.0, wiki=0.05, code=0.25)
    sizes, amounts = np.geomspace(1e7, 1.5e9, 6), np.geomspace(3e8, 2.2e10, 6)
    rows = list(product(offsets, sizes.round(), amounts.round()))
    frame = pd.DataFrame(rows, columns=["corpus", "N", "D"])
    surface = law.log_loss(p, View(N=frame["N"].to_numpy(), D=frame["D"].to_numpy()))
    loss = np.exp(np.asarray(surface)) + frame["corpus"].map(offsets).to_numpy(float)
    return frame.assign(loss=(loss * scatter(len(frame), 3)).round(5))


curves = Source(
    what="SIMULATED training curves of eight sizes at three batches",
    citation=CITATION.format("table 3"),
    rows=288,
    make=make_curves,
)
batches = Source(
    what="SIMULATED steps to a loss at nine batches, five sizes",
    citation=CITATION.format("tables 3 and 5"),
    rows=45,
    make=make_batches,
)
corpora = Source(
    what="SIMULATED losses on five corpora at constant offsets",
    citation=CITATION.format("table 2; the offsets are invented"),
    rows=180,
    make=make_corpora,
)
