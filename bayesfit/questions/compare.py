"""Several laws side by side: what each says, how well it predicts, and all of them as one.

Two scores tell laws apart. Leave-one-out (PSIS-LOO; Vehtari, Gelman & Gabry 2017,
arXiv:1507.04544) asks for a run in the midst of the others; ordered hold-outs ask for runs above a
budget, which is what a law is used for. Stacking (Yao et al. 2018, arXiv:1704.02030) turns either
into weights: those of the mixture of predictions with the highest log score. The law-averaged bands
draw from that mixture, so they are as wide as the laws disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from bayesfit import bands
from bayesfit.data.runs import Runs
from bayesfit.errors import InputError
from bayesfit.extrapolation import backtest
from bayesfit.fitting import QUESTION_DRAWS, Fit
from bayesfit.law import within
from bayesfit.prediction.optimum import optima

AVERAGED = "law-averaged"
BOOTSTRAPS = 200
FEWEST_HELD_OUT = 8  # held-out runs that weights may rest on; with fewer, leave-one-out decides
UNRELIABLE = 0.7  # Pareto k above which a run's leave-one-out density is not believed
QUANTITIES = ("N", "D", "tokens_per_parameter", "loss")
Optima = dict[str, np.ndarray]  # name -> (draws, budgets)


@dataclass(frozen=True)
class Comparison:
    """Laws fitted to one table.

    Attributes:
        fits: law -> fit, in the order asked for.
        budgets: FLOPs at which optima are told, ascending.
    """

    fits: Mapping[str, Fit]
    budgets: Sequence[float]

    @property
    def runs(self) -> Runs:
        """The runs that the laws are scored on, or else those of the first law."""
        return next(iter((self._scored or self.fits).values())).runs

    @cached_property
    def draws(self) -> dict[str, Optima]:
        """Optima of each law that says how large a model a budget should train, and averaged."""
        each = {name: _optima(f, self.budgets) for name, f in self.fits.items() if _allots(f)}
        own = {name: w for name, w in self.weights.items() if name in each and w > 0}
        return each | ({AVERAGED: _mixed(each, own)} if len(own) > 1 else {})

    @cached_property
    def exponents(self) -> pd.DataFrame:
        """Bands of a and b, N* ~ C^a and D* ~ C^b: slopes between the first and last budget."""
        span = np.log(self.budgets[-1] / self.budgets[0])
        rows = {}
        for name, best in self.draws.items():
            a, b = (np.log(best[x][:, -1] / best[x][:, 0]) / span for x in ("N", "D"))
            rows[name] = bands.columns("a", a) | bands.columns("b", b)
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("law")

    @cached_property
    def optima(self) -> pd.DataFrame:
        """Bands of N*, D*, tokens per parameter and loss: one row a law and budget."""
        parts = []
        for name, best in self.draws.items():
            columns = {k: v for x in best for k, v in bands.columns(x, best[x]).items()}
            parts.append(pd.DataFrame({"law": name, "C": np.asarray(self.budgets)} | columns))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    @cached_property
    def scores(self) -> pd.DataFrame:
        """How well each law of the loss predicts, one row a law, the best first.

        elpd_loo (sum of log densities over runs), its standard error, the difference to the best
        and its standard error, the runs whose Pareto k is above 0.7; and of ordered hold-outs the
        number of losses, log score, CRPS and coverage; with stacking weights by either.
        """
        loo = {name: _loo(fit) for name, fit in self._scored.items()}
        pointwise = pd.DataFrame({name: density for name, (density, _) in loo.items()})
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
                unreliable=pd.Series({n: int(np.sum(k > UNRELIABLE)) for n, (_, k) in loo.items()}),
                weight_loo=pd.Series(stacked(pointwise)),
            )
        ).join(self._held_out)
        return table.sort_values("elpd_loo", ascending=False).rename_axis("law")

    @cached_property
    def weights(self) -> dict[str, float]:
        """Stacking weights of the laws of the loss: by ordered hold-outs where there are enough."""
        if self.scores.empty:
            return {}
        return {str(name): float(w) for name, w in self.scores[self.weighed_by].items()}

    @property
    def weighed_by(self) -> str:
        """The column of `scores` that the weights are: of hold-outs if every law has some."""
        held_out = self.scores.get("weight_held_out")
        return "weight_loo" if held_out is None or held_out.isna().any() else "weight_held_out"

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
        """Scores on held-out losses that every law with roll-outs has predicted."""
        tables = {name: fit.rollouts for name, fit in self._scored.items()}
        tables = {name: t for name, t in tables.items() if not t.empty}
        if not tables:
            return pd.DataFrame()
        each = {n: t.set_index(["threshold", "held_out"]) for n, t in tables.items()}
        density = pd.DataFrame({name: t["log_score"] for name, t in each.items()}).dropna()
        rows = {}
        for name, t in each.items():
            told = backtest.summary(t.loc[density.index]).iloc[0]
            rows[name] = told[["log_score", "crps", "coverage80", "coverage95"]]
        found = pd.DataFrame.from_dict(rows, orient="index").assign(held_out=len(density))
        by_run = density.groupby("held_out").mean()  # roll-outs repeat runs, which are one witness
        enough = len(by_run) >= FEWEST_HELD_OUT
        return found.assign(weight_held_out=pd.Series(stacked(by_run))) if enough else found


def compare(fits: Mapping[str, Fit], flops: Sequence[float]) -> Comparison:
    """Lay fits of several laws to one table side by side.

    Args:
        fits: what to call each -> the fit.
        flops: at least two budgets, for optima and the exponents between the first and last.

    Raises:
        InputError: there is nothing to compare.
    """
    budgets = sorted({float(C) for C in flops})
    if len(fits) < 2 or len(budgets) < 2:
        raise InputError("a comparison needs two laws and two budgets: name more of them")
    return Comparison(dict(fits), budgets)


def stacked(log_density: pd.DataFrame, *, steps: int = 500, seed: int = 0) -> dict[str, float]:
    """Weights (adding to 1) of the mixture with the highest mean log density.

    Few points make the best mixture a lottery, so it is found on BOOTSTRAPS of them (Bayesian
    bootstrap, Rubin 1981) and averaged: laws that are hard to tell apart share the weight. Each
    problem is convex; the fixed-point steps are those of EM for the weights of a mixture.

    Args:
        log_density: of each point (rows) under each law (columns).
    """
    log_p = log_density.to_numpy()
    p = np.exp(log_p - log_p.max(1, keepdims=True))
    points, laws = p.shape
    often = np.random.default_rng(seed).dirichlet(np.ones(points), BOOTSTRAPS)
    weights = np.full((BOOTSTRAPS, laws), 1 / laws)
    for _ in range(steps):
        weights = weights * ((often / (weights @ p.T)) @ p)
    return dict(zip(map(str, log_density), weights.mean(0).tolist(), strict=True))


def _loo(fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    return fit.posterior.loo(np.asarray(fit.problem.worth)[: len(fit.runs)])


def _se(pointwise: pd.DataFrame) -> pd.Series:
    return pointwise.std() * np.sqrt(len(pointwise))


def _allots(fit: Fit) -> bool:
    return fit.law.is_allocation


def _optima(fit: Fit, budgets: Sequence[float]) -> Optima:
    """A law with groups is asked for a group not seen."""
    law = within(fit.law, len(fit.labels)) if fit.law.group else fit.law
    return optima(law, fit.posterior.thin(QUESTION_DRAWS), budgets)


def _mixed(each: Mapping[str, Optima], weights: Mapping[str, float], seed: int = 0) -> Optima:
    """Draws of the mixture: each from one law, by its weight."""
    share = np.array(list(weights.values()))
    count = min(len(each[name]["N"]) for name in weights)
    rng = np.random.default_rng(seed)
    law, draw = rng.choice(len(share), count, p=share / share.sum()), rng.permutation(count)
    common = [q for q in QUANTITIES if all(q in each[name] for name in weights)]
    stacks = {q: np.stack([each[name][q][:count] for name in weights]) for q in common}
    return {quantity: stack[law, draw] for quantity, stack in stacks.items()}
