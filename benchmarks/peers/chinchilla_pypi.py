"""PyPI `chinchilla` on the published grid: BFGS, finite differences, long doubles, all cores.

The package minimises the mean of the loss function that it is given; ours is the paper's, with
delta = 1e-3 in place of the package's default of 1. It keeps the parameters of the best start only,
so a share of starts that arrive is not known.
"""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np

from benchmarks.peers import scipy_grid


def race(N, D, loss, *, every: int = 1) -> dict:
    """Fit from the published grid; `every` > 1 keeps as many fewer values of log A.

    Returns:
        The best parameters, the objective there as we sum it, and how many starts there were.
    """
    matplotlib.use("agg")  # fitting also draws a figure
    import pandas as pd
    from chinchilla import Chinchilla
    from chinchilla._metrics import log_huber

    axes = [np.unique(axis) for axis in scipy_grid.grid().T]
    if every > 1:
        axes[0] = axes[0][:: min(every, len(axes[0]))]
    named = dict(zip("abe", axes[:3], strict=True)) | dict(alpha=axes[3], beta=axes[4])
    order = ("e", "a", "b", "alpha", "beta")  # the package reads the grid by position
    with TemporaryDirectory() as folder:
        model = Chinchilla(
            folder,
            param_grid={name: tuple(named[name].tolist()) for name in order},
            loss_fn=partial(log_huber, delta=scipy_grid.DELTA),
            log_level=40,
        )
        model.database.df = pd.DataFrame(dict(C=6 * N * D, N=N, D=D, loss=loss))
        model.fit()
    best = [float(np.log(x)) for x in (model.A, model.B, model.E)]
    best += [float(model.alpha), float(model.beta)]
    tables = np.log(N), np.log(D), np.log(loss), np.ones(len(N))
    return dict(
        best=best,
        objectives=np.array([scipy_grid.value_and_gradient(best, *tables)[0]]),
        starts=int(np.prod([len(axis) for axis in axes])),
    )
