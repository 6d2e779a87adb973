"""Several fits side by side: what each says, and how well it predicts.

Two scores tell laws apart. Leave-one-out (PSIS-LOO; Vehtari, Gelman & Gabry 2017,
arXiv:1507.04544) asks for a run in the midst of the others; ordered hold-outs ask for runs above a
budget, which is what a law is used for. Stacking (Yao et al. 2018, arXiv:1704.02030) turns the
first into weights. They are those of a mixture for runs in the midst of the others, so nothing is
averaged by them beyond: on public sweeps such averages held 56 and 78 % of the larger runs in their
80 and 95 % bands. Laws that disagree far out are shown apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from bayesfit import bands
from bayesfit.constants import BUDGETS, UNRELIABLE
from bayesfit.data.runs import Runs
from bayesfit.extrapolation import backtest
from bayesfit.fitted import Fit
from bayesfit.law import Law, within
from bayesfit.prediction.optimum import loss_of_size, optima
from bayesfit.questions._budgets import same

BOOTSTRAPS = 200
Optima = dict[str, np.ndarray]  # name -> (draws, budgets)


@dataclass(frozen=True)
class Comparison:
    """Laws fitted to one table.

    Attributes:
        fits: law -> fit, in the order asked for.
        budgets: FLOPs at which optima are compared, ascending.
        asked: those of them that the user named.
    """

    fits: Mapping[str, Fit]
    budgets: Sequence[float]
    asked: Sequence[float] = ()

    @property
    def runs(self) -> Runs:
        """The runs that the laws are scored on, or else those of the first law."""
        return next(iter((self._scored or self.fits).values())).runs

    @cached_property
    def draws(self) -> dict[str, Optima]:
        """Optima of each law that says how large a model a budget should train."""
        return {name: _optima(f, self.budgets) for name, f in self.fits.items() if allots(f)}

    @cached_property
    def exponents(self) -> pd.DataFrame:
        """Bands of a and b, N* ~ C^a and D* ~ C^b: slopes between 1e21 and 1e26 FLOPs."""
        rows = {}
        for name, best in self.draws.items():
            a, b = (self._slope(best[x]) for x in ("N", "D"))
            rows[name] = bands.columns("a", a) | bands.columns("b", b)
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("law")

    def _slope(self, best: np.ndarray) -> np.ndarray:
        """d log best / d log C (draws,); infinite where an end has no optimum."""
        low, high = (
            next(i for i, C in enumerate(self.budgets) if same(C, end))
            for end in (BUDGETS[0], BUDGETS[-1])
        )
        exists = np.isfinite(best[:, low]) & np.isfinite(best[:, high])
        ends = np.where(exists[:, None], best[:, [low, high]], 1.0)
        slope = np.log(ends[:, 1] / ends[:, 0]) / np.log(BUDGETS[-1] / BUDGETS[0])
        return np.where(exists, slope, np.inf)

    @cached_property
    def optima(self) -> pd.DataFrame:
        """One row a law and budget: bands of N*, D*, tokens per parameter, and two losses.

        The columns are those of `bayesfit.prediction.optimum.table`.
        """
        parts = []
        for name, best in self.draws.items():
            columns = {k: v for x in best for k, v in bands.columns(x, best[x]).items()}
            if "loss" in best:
                losses = self._loss_of(name, columns["N"])
                columns |= bands.columns("loss_at_N", losses)
            columns["without_optimum"] = np.mean(~np.isfinite(best["N"]), axis=0)
            parts.append(pd.DataFrame({"law": name, "C": np.asarray(self.budgets)} | columns))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def _loss_of(self, name: str, N: np.ndarray) -> np.ndarray:
        """Loss of building one size for each budget (draws, budgets)."""
        there = np.isfinite(N)
        losses = loss_of_size(*_asked(self.fits[name]), np.where(there, N, 1.0), self.budgets)
        return np.where(there, losses, np.inf)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """How well each law of the loss predicts, one row a law, the best first.

        elpd_loo (sum of log densities over runs), its standard error, the difference to the best
        and its standard error, the runs whose Pareto k is above 0.7; and of ordered hold-outs the
        number of losses, log score, CRPS and coverage; and stacking weights by the first.
        """
        loo = {name: fit.loo for name, fit in self._scored.items()}
        pointwise = pd.DataFrame({name: found["elpd"] for name, found in loo.items()})
        if pointwise.empty:
            return pd.DataFrame()
        best = pointwise[pointwise.sum().idxmax()]
        short = pointwise.sub(best, axis=0)
        table = pd.DataFrame(
            dict(
                elpd_loo=pointwise.sum(),
                se=_se(pointwise),
                difference=short.sum(),
                se_difference=_se(short),
                unreliable=pd.Series(
                    {n: int((found["pareto_k"] > UNRELIABLE).sum()) for n, found in loo.items()}
                ),
                weight_loo=pd.Series(stacked(pointwise)),
            )
        ).join(self._held_out)
        return table.sort_values("elpd_loo", ascending=False).rename_axis("law")

    @property
    def _scored(self) -> dict[str, Fit]:
        """The laws of the loss on the runs that most of them share."""
        able = {
            name: fit
            for name, fit in self.fits.items()
            if fit.law.is_of_loss and fit.posterior.log_likelihood is not None
        }
        seen = [fit.posterior.observed.tobytes() for fit in able.values()]
        most = max(seen, key=seen.count, default=b"")
        return {n: f for n, f in able.items() if f.posterior.observed.tobytes() == most}

    @cached_property
    def _held_out(self) -> pd.DataFrame:
        """Scores on held-out losses that every law with refits has predicted."""
        tables = {name: fit.holdouts for name, fit in self._scored.items()}
        tables = {name: t for name, t in tables.items() if not t.empty}
        if not tables:
            return pd.DataFrame()
        each = {n: t.set_index(["threshold", "held_out"]) for n, t in tables.items()}
        density = pd.DataFrame({name: t["log_score"] for name, t in each.items()}).dropna()
        rows = {}
        for name, t in each.items():
            summary = backtest.summary(t.loc[density.index]).iloc[0]
            rows[name] = summary[["log_score", "crps", "coverage80", "coverage95"]]
        return pd.DataFrame.from_dict(rows, orient="index").assign(held_out=len(density))


def stacked(log_density: pd.DataFrame, *, seed: int = 0) -> dict[str, float]:
    """Weights (adding to 1) of the mixture with the highest mean log density.

    Few points make the best mixture a lottery, so it is found on BOOTSTRAPS of them (Bayesian
    bootstrap, Rubin 1981) and averaged: laws that are hard to tell apart share the weight. Each
    problem is convex.

    Args:
        log_density: of each point (rows) under each law (columns).
    """
    log_p = log_density.to_numpy()
    p = np.exp(log_p - log_p.max(1, keepdims=True))
    often = np.random.default_rng(seed).dirichlet(np.ones(len(p)), BOOTSTRAPS)
    weights = np.mean([_best_mixture(p, share) for share in often], axis=0)
    return dict(zip(map(str, log_density), weights.tolist(), strict=True))


def _best_mixture(p: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Weights w >= 0, adding to 1, that maximise share @ log(p @ w)."""
    laws = p.shape[1]

    def fall(w: np.ndarray) -> tuple[float, np.ndarray]:
        mixed = p @ w
        return -float(share @ np.log(mixed)), -(share / mixed) @ p

    found = minimize(
        fall, np.full(laws, 1 / laws), jac=True, method="SLSQP", bounds=[(1e-12, 1.0)] * laws,
        constraints=dict(type="eq", fun=lambda w: w.sum() - 1.0, jac=np.ones_like),
        options=dict(ftol=1e-12, maxiter=500),
    )  # fmt: skip
    w = np.maximum(found.x, 0.0)
    return w / w.sum()


def _se(pointwise: pd.DataFrame) -> pd.Series:
    return pointwise.std() * np.sqrt(len(pointwise))


def allots(fit: Fit) -> bool:
    """Whether a fit says, with nothing else given, how large a model a budget should train."""
    return fit.law.is_allocation and not fit.law.given


def _asked(fit: Fit) -> tuple[Law, dict[str, np.ndarray]]:
    """The law that is asked, and draws; one with groups is asked for a group not seen."""
    law, values = fit.drawn()
    return within(law, len(fit.labels)) if law.group else law, values


def _optima(fit: Fit, budgets: Sequence[float]) -> Optima:
    return optima(*_asked(fit), budgets)
