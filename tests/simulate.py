"""Tables with a known truth."""

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, from_frame

TRUTH = dict(E=1.8172, A=482.01, B=2085.43, alpha=0.3478, beta=0.3658)


def chinchilla_table(seed: int = 0, runs: int = 60, sigma: float = 0.01, nu: float = 4.0) -> Runs:
    """Runs of Chinchilla's form with Student-t scatter, N and D independent."""
    rng = np.random.default_rng(seed)
    N = 10 ** rng.uniform(7.7, 10.0, runs)
    D = N * 10 ** rng.uniform(0.3, 2.3, runs)
    p = TRUTH
    surface = p["E"] + p["A"] / N ** p["alpha"] + p["B"] / D ** p["beta"]
    loss = surface * np.exp(sigma * rng.standard_t(nu, runs))
    return from_frame(pd.DataFrame(dict(N=N, D=D, loss=loss)), "simulated", simulated=True)
