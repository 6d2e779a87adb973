"""Bands of the targets: the law around its fits, its misfit where no run tells, and scatter.

Draws of the law are fits to perturbed runs; the misfit is conditioned on what the runs show of it;
scatter is added, since it is runs that are predicted.
"""

from __future__ import annotations

import numpy as np

from bayesfit.extrapolation import scores
from benchmarks.design import misfit
from benchmarks.design.fitting import Fits, predictions, randomised, slopes, spread
from benchmarks.design.task import Group, Law

LAWS, COPIES = 96, 4  # draws of the law, and of its misfit and scatter given each


def draws(
    law: Law, group: Group, bought: np.ndarray, fits: Fits, rng: np.random.Generator
) -> np.ndarray:
    """Draws of the responses of the targets (draws, targets, outputs)."""
    unit = spread(group.responses[bought]) / _reach(group, bought)
    off = _off(law, group, bought, fits, unit)
    variance = float(off.weights @ (off.smooth + off.scatter)) * unit**2
    theta = randomised(law, group, bought, fits, variance, misfit.PRIOR_PRECISION, LAWS, rng)
    theta = np.repeat(theta, COPIES, axis=0)
    at_runs = predictions(law, theta, group.pool)[:, bought]
    at_targets = predictions(law, theta, group.target)
    cells = rng.choice(len(off.weights), len(theta), p=off.weights)
    residuals = (group.responses[bought] - at_runs) / unit
    return at_targets + unit * _misfits(group, bought, residuals, off, cells, rng)


def _reach(group: Group, bought: np.ndarray) -> float:
    """Spread of the inputs of the runs bought over that of the pool's, at most 1.

    A few runs close together show less of the responses' spread than there is.
    """
    places = group.places[0]
    reach = float(np.sqrt(np.mean(places[bought].var(0)) / np.mean(places.var(0))))
    return min(1.0, reach) or 1.0


def _off(law, group, bought, fits, unit) -> misfit.Misfit:
    J = slopes(law, fits.theta[:1], group.pool)[0, bought] / unit
    residuals = group.responses[bought] - predictions(law, fits.theta[:1], group.pool)[0, bought]
    return misfit.learned(residuals / unit, J, group.places[0][bought])


def _misfits(group, bought, residuals, off: misfit.Misfit, cells, rng) -> np.ndarray:
    """Misfit and scatter of the targets, given the residuals of each draw of the law."""
    pool, target = group.places[0][bought], group.places[1]
    outputs, found = residuals.shape[2], np.empty((len(cells), len(target), residuals.shape[2]))
    for cell in np.unique(cells):
        at = cells == cell
        a, b, length = off.smooth[cell], off.scatter[cell], off.lengths[cell]
        K = a * misfit.kernel(pool, pool, length) + (b + 1e-8) * np.eye(len(pool))
        across = a * misfit.kernel(target, pool, length)
        gain = np.linalg.solve(K, across.T).T
        left = a * misfit.kernel(target, target, length) - gain @ across.T
        values, vectors = np.linalg.eigh(left)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        fresh = rng.standard_normal((2, at.sum(), len(target), outputs))
        smooth = np.einsum("tn,dno->dto", gain, residuals[at]) + np.einsum(
            "ts,dso->dto", root, fresh[0]
        )
        found[at] = smooth + np.sqrt(b) * fresh[1]
    return found


def scored(drawn: np.ndarray, outcomes: np.ndarray) -> dict[str, float]:
    """Coverage of the 80 and 95 % bands, width of the latter and CRPS, means over targets."""
    flat, truth = drawn.reshape(len(drawn), -1), outcomes.ravel()
    inside = scores.inside(flat, truth)
    low, high = np.quantile(flat, [0.025, 0.975], axis=0)
    return dict(
        inside80=float(inside[80].mean()),
        inside95=float(inside[95].mean()),
        width95=float(np.median(high - low)),
        crps=float(scores.crps(flat, truth).mean()),
    )
