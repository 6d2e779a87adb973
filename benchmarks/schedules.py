"""How far off is the law of schedules? Chosen on two sizes of model, tried on the third.

    python -m benchmarks.schedules

Luo et al. 2025 train models of three sizes on nine learning rate schedules each; three are fitted,
six are predicted (`../shared/data/mpl_lr_schedule_curves.csv`, of which no row is kept). For each
size, and each scale and pair of correlation lengths of the misfit, the law is fitted with its
misfit as a dense normal, by its mode, and the other schedules are predicted with its curvature. The
setting of the best mean log score of a row over the *other two* sizes is then tried by NUTS on the
size left out. The three sizes have the same schedules, so that no schedule is new to the choice.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

import bayesfit
from bayesfit import binding, likelihoods, models
from bayesfit.computing import in_double
from bayesfit.data.runs import Runs
from bayesfit.data.schedules import history, with_history
from bayesfit.inference import mle
from bayesfit.law import View
from bayesfit.likelihoods import Likelihood, Plane
from bayesfit.likelihoods._misfit import bent
from bayesfit.likelihoods.misfit_curve import LENGTHS
from bayesfit.problem import Problem
from benchmarks.reproductions.papers.luo import of_size

SIZES = ("25M", "100M", "400M")
SCALES = (0.002, 0.004, 0.006, 0.008, 0.012, 0.016, 0.024, 0.032)  # of the misfit, in log loss
SUMS = (0.25, 0.5, 1.0, 2.0)  # correlation lengths, decades of the sum of rates
RATES = (0.125, 0.18, 0.25, 0.35, 0.5)  # and of the rate
LAW, SHIPPED = models.load("lr_schedule"), likelihoods.load("misfit_curve")
BELIEVED = likelihoods.load("curve_normal")


class Size(NamedTuple):
    """The curves of one size of model.

    Attributes:
        fitted, others: runs of the schedules fitted and predicted, as the law prepares them; a row
            that a curve shares with the one it branched off from is in one of them only.
        problem: the law believed, bound to those fitted.
    """

    fitted: Runs
    others: Runs
    problem: Problem


class Setting(NamedTuple):
    """Scale and correlation lengths of the misfit."""

    scale: float
    sum: float
    rate: float


def prepared(size: str) -> Size:
    """One size, its rows thinned as the law does, each once."""
    fitted, others = (with_history(runs) for runs in of_size(size))
    seen = pd.concat([fitted.table, others.table], ignore_index=True)
    again = seen[["step", "loss"]].round(9).duplicated().to_numpy()
    keep = ~again[: len(fitted)], ~again[len(fitted) :]
    fitted, others = (runs.subset(rows) for runs, rows in zip((fitted, others), keep, strict=True))
    return Size(fitted, others, binding.bind(LAW, binding.explained(LAW, fitted), BELIEVED))


@in_double
def scored(size: Size, settings: list[Setting]) -> list[float]:
    """Mean log score of a row of the schedules predicted, each schedule counting alike."""
    table = pd.concat([size.fitted.table, size.others.table], ignore_index=True)
    known, names = len(size.fitted), ("lr_sum", "lr", "step", "curve")
    lr_sum, lr, step, curve = (table[name].to_numpy(float) for name in names)
    columns = View(**{name: table[name].to_numpy(float) for name in LAW.inputs})
    y = np.log(table["loss"].to_numpy())
    same, apart = curve[:, None] == curve, np.abs(np.log(step[:, None] / step))

    def surface(q):
        theta = size.problem.constrain(q)
        return LAW.log_loss(View(**theta | size.problem.textbook(theta)), columns)

    def along(q):
        theta = size.problem.constrain(q)
        alike = jnp.where(same, jnp.exp(-apart / theta["length"]), 0.0)
        return theta["sigma"] ** 2 * alike + 1e-12 * jnp.eye(len(y))

    @jax.jit
    @jax.value_and_grad
    def height(q, field):
        factor = jnp.linalg.cholesky((along(q) + field)[:known, :known])
        z = jax.scipy.linalg.solve_triangular(factor, (y - surface(q))[:known], lower=True)
        return 0.5 * z @ z + jnp.log(jnp.diag(factor)).sum() - size.problem.log_prior(q)

    slopes, bend = jax.jit(jax.jacobian(surface)), jax.jit(jax.hessian(size.problem.log_prior))
    own = size.problem.law_dimension
    found = mle.minimise(size.problem, mle.starting_points(size.problem, 32)[:, :own])
    start = np.pad(found.best().q, (0, 2))
    schedule = table["schedule"].to_numpy()[known:]

    def score(setting: Setting) -> float:
        far = np.log10(lr_sum[:, None] / lr_sum) / setting.sum
        turned = np.log10(lr[:, None] / lr) / setting.rate
        field = setting.scale**2 * np.exp(-0.5 * (far**2 + turned**2))
        q = minimize(
            lambda q: tuple(np.asarray(x, float) for x in height(q, field)),
            start,
            jac=True,
            method="BFGS",
            options=dict(gtol=1e-2),
        ).x
        cov, r, J = np.asarray(along(q) + field), y - surface(q), np.asarray(slopes(q))[:, :own]
        gain = _solved(cov[:known, :known], cov[:known, known:]).T
        off, left = np.asarray(r[known:] - gain @ r[:known]), J[known:] - gain @ J[:known]
        precision = (
            J[:known].T @ _solved(cov[:known, :known], J[:known]) - np.asarray(bend(q))[:own, :own]
        )
        variance = np.diag(cov)[known:] - (gain * cov[known:, :known]).sum(1)
        variance = variance + (left.T * _solved(precision, left.T)).sum(0)
        if not (variance > 0).all():
            return -np.inf
        rows = -0.5 * (off**2 / variance + np.log(2 * np.pi * variance))
        return float(pd.Series(rows).groupby(schedule).mean().mean())

    return [score(setting) for setting in settings]


def _solved(cov, x) -> np.ndarray:
    """cov^-1 x; no numbers where the mode has run to no scatter at all."""
    return np.asarray(jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(cov), x))


def likelihood(setting: Setting) -> Likelihood:
    """The shipped likelihood with other correlation lengths."""
    plane = SHIPPED.plane
    assert plane is not None

    def place(runs: View, xp):
        far, turned = plane.place(runs, xp)
        return far * LENGTHS[0] / setting.sum, turned * LENGTHS[1] / setting.rate

    other = Plane(place=place, inputs=plane.inputs, words=plane.words)
    return replace(bent(BELIEVED, lambda theta: theta.sigma, other), name="misfit_curve, other")


def held(size: str, setting: Setting | None) -> list[float]:
    """Share of rows inside the 80 and 95 % bands of NUTS, and the errors that Luo et al. print."""
    fitted, others = of_size(size)
    law = LAW if setting is None else replace(LAW, misfit=setting.scale)
    kind = BELIEVED if setting is None else likelihood(setting)
    fit = bayesfit.fit(law, fitted, likelihood=kind, chains=8, bootstrap=0, refits=False)
    bands = fit.predict(others.table.assign(**history(others)))
    loss, of = others["loss"], others.table["schedule"]
    inside = [
        ((bands[f"observed_lo{p}"] <= loss) & (loss <= bands[f"observed_hi{p}"])).groupby(of).mean()
        for p in (80, 95)
    ]
    error = (bands["loss"] / loss - 1).abs().groupby(of)
    return [float(x.mean()) for x in (*inside, error.mean(), error.max())]


def main() -> None:
    """Choose without each size, and try the choice on it."""
    console = Console(highlight=False, width=110)
    settings = list(map(Setting._make, itertools.product(SCALES, SUMS, RATES)))
    scores = np.array([scored(prepared(size), settings) for size in SIZES])
    best = settings[int(scores.mean(0).argmax())]
    console.print(f"Of {len(settings)} settings the best on all sizes is {best}.")
    table = Table("size", "misfit", "inside 80", "inside 95", "PredE", "WorstE")
    for i, size in enumerate(SIZES):
        without = settings[int(np.delete(scores, i, axis=0).mean(0).argmax())]
        for name, setting in (("believed", None), ("chosen without it", without), ("all", best)):
            said = "" if setting is None else " ({:g}, {:g}, {:g})".format(*setting)
            found = held(size, setting)
            table.add_row(size, name + said, *(f"{x:.2f}" for x in found[:2]),
                          *(f"{x:.4f}" for x in found[2:]))  # fmt: skip
    console.print(table)


if __name__ == "__main__":
    main()
