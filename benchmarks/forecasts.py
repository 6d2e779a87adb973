"""One method's forecast of the larger runs of one split, scored; kept on disk once it is made."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pandas as pd

from bayesfit import likelihoods, models
from bayesfit.binding import padded_length
from bayesfit.extrapolation import backtest, refits, scores
from bayesfit.extrapolation.refits import Refit
from bayesfit.inference.mle import starting_points
from bayesfit.inference.nuts import sample
from bayesfit.law import Law
from bayesfit.prediction.surface import log_surface
from bayesfit.problem import Problem, described
from benchmarks import profiles
from benchmarks.splits import Split

BELIEVED, FLOORED = "believed", "believed, error floor .5 %"
PRACTICE = (backtest.PAIRS, backtest.RESIDUAL)
OTHERS = (BELIEVED, FLOORED, *PRACTICE)  # methods beside a misfit of some scale, as "0.0125"
FLOOR = 0.005  # of log loss
CHAINS, DRAWS, LENGTH = 4, 200, 256  # of each fit; one padded length is one compilation a law
SETTINGS = (FLOOR, CHAINS, DRAWS, LENGTH)
CACHE = Path(__file__).parents[1] / ".cache" / "bands"  # what a run that was stopped has done
RUNS = ["inside50", "inside80", "inside95", "width95", "error", "crps", "log_score"]


def forecast(law: Law, split: Split, method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores of the runs held out, and of N* on their profiles (none for common practice)."""
    asked = repr((models.digest(law), split.runs.sha256, split.below.tobytes(), SETTINGS))
    key = blake2b(asked.encode(), digest_size=10).hexdigest()
    stem = CACHE / law.name / f"{key} {method.replace('/', ' ')}"
    held, best = (Path(f"{stem}, {part}.csv") for part in ("runs", "profiles"))
    if not held.exists() or not models.is_as_filed(law):  # changed in memory, it has no digest
        held.parent.mkdir(parents=True, exist_ok=True)
        rows, found = _made(law, split, method)
        found.to_csv(best, index=False)
        half = held.with_suffix(".half")
        rows.to_csv(half, index=False)
        half.replace(held)
    rows = pd.read_csv(held)
    found = pd.read_csv(best) if best.stat().st_size > 2 else pd.DataFrame()
    about = dict(law=law.name, group=split.group, split=split.name, method=method)
    return rows.assign(**about), found.assign(**about) if len(found) else found


def _made(law: Law, split: Split, method: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    if method in PRACTICE:
        bound = _bound(law, split, "shared_t")
        unsampled = Refit(split.runs, split.below, {}, lambda: bound)
        draws = backtest.common_practice(law, split.runs, unsampled)[method]
        return held_out(split, draws, draws.std(0)), pd.DataFrame()
    if method == FLOORED:
        draws = _floored(law, split)
        return held_out(split, draws, draws.std(0)), pd.DataFrame()
    if method == BELIEVED:
        refit = _sampled(split, _bound(law, split, "shared_t"))
    else:
        bound = _bound(law, split, "misfit_t")
        scaled = bound.ref | {"misfit": np.float64(method)}
        refit = _sampled(split, replace(bound, ref=scaled))
    sd = log_surface(*refit.drawn, _above(refit)).std(0)
    found = pd.DataFrame(list(profiles.scored(refit, split.runs)))
    return held_out(split, refit.forecast(), sd), found


def _bound(law: Law, split: Split, kind: str) -> Problem:
    length = max(LENGTH, padded_length(int(split.below.sum())))
    return refits.bound_below(law, split.runs, likelihoods.load(kind), split.below, length=length)


def _sampled(split: Split, problem: Problem) -> Refit:
    q = sample(problem, starting_points(problem, 4), seed=0, chains=CHAINS, draws=DRAWS).q
    values = described(problem, q.reshape(-1, q.shape[-1]))
    return Refit(split.runs, split.below, values, lambda: problem)


def _above(refit: Refit) -> dict[str, np.ndarray]:
    return {name: x[~refit.below] for name, x in refit.inputs.items()}


def _floored(law: Law, split: Split) -> np.ndarray:
    """A trial of two stages: the law with an error floor for every run, the scatter without."""
    bound = _bound(law, split, "shared_t")
    floor = dict(loss_se=np.full(len(bound.weights), FLOOR))
    first = _sampled(split, replace(bound, columns=bound.columns | floor))
    second = _sampled(split, bound)
    above = _above(second)
    scatter = second.forecast() - log_surface(*second.drawn, above)
    return log_surface(*first.drawn, above) + scatter


def held_out(split: Split, draws: np.ndarray, sd: np.ndarray) -> pd.DataFrame:
    """One row a held-out run: scores, how far it lies, and the law's own sd there.

    Args:
        draws: of the log loss of each (draws, above).
        sd: of the law's forecast (above,).
    """
    runs, above = split.runs, ~split.below
    rows = pd.DataFrame(scores.table(draws, np.log(runs["loss"][above])))[RUNS]
    far = np.log10(runs["C"][above] / runs["C"][split.below].max())
    return rows.assign(fitted=int(split.below.sum()), decades=far, sd=sd)
