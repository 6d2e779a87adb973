"""Does the linear form of a design miss what runs show of N*, such as the shape of a valley?

    python -m benchmarks.forms --sweeps pile --truths 3

A design takes log N* to be predicted from runs linearly, in closed form (`prediction.designing`).
Here each plan of `benchmarks.designs` is judged by other predictions of log N* from what its runs
show. All are learned from one half of the draws and tried on the other, where the root mean square
error over the sd of log N* says what share of the doubt the plan leaves. A prediction that does
better than the linear one would be what the linear form misses:

* quadratic: also in products of the linear prediction and of the main shapes of the loss along the
  budget, as they are predicted from the runs;
* nearest: the mean of the draws whose predictions are nearest;
* lowest: every draw's loss along the budget is moved by what the runs show (an ensemble Kalman
  update), and N* is looked for on it anew, so that curvature counts in full. Here it is the sd
  among the moved draws over that before.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Console

from bayesfit.prediction import designing
from bayesfit.prediction.surface import log_surface
from benchmarks.designs import AT, C, Planned, begun, cases, plans

SHAPES, NEAREST, RIDGE = 3, 25, 1e-3
STEPS, OUTER = 15, (0.005, 0.995)  # sizes along the budget, between these quantiles of N*
OUTCOMES = 200  # for which the draws are moved
FAR = 3.0  # sd, beyond which a feature counts as this


def forms(planned: Planned, fit, name: str) -> dict[str, float]:
    """The share of the sd of log N* that a plan leaves, by each form."""
    y = _clipped(planned.y[:, None])[:, 0]
    rows = planned.rows[name]
    x = np.linspace(*np.quantile(y, OUTER), STEPS)
    columns = fit.problem.inputs(dict(N=np.exp(x), D=C / 6 / np.exp(x)))
    loss = log_surface(fit.drawn()[0], planned.values, columns)
    learn, judge = slice(0, None, 2), slice(1, None, 2)
    data = _clipped(_data(planned, rows))
    gain = _gain(data[learn], np.column_stack([y, loss])[learn])
    moved = (data - data[learn].mean(0)) @ gain  # of y, and of the loss along the budget
    features = _features(moved, learn)
    linear = y[learn].mean() + moved[:, 0]
    tried = dict(
        linear=linear[judge],
        quadratic=_quadratic(features[learn], y[learn], features[judge]),
        nearest=_nearest(features[learn], y[learn], features[judge]),
    )
    sd = y[judge].std()
    left = {form: np.sqrt(np.mean((y[judge] - z) ** 2)) / sd for form, z in tried.items()}
    return dict(closed=planned.left(name)) | left | dict(lowest=_lowest(loss, moved[:, 1:], x))


def _clipped(x: np.ndarray) -> np.ndarray:
    return np.clip(x, *np.quantile(x, designing.SPAN, axis=0))


def _data(planned: Planned, rows: list[int]) -> np.ndarray:
    """What the runs of a plan show in every draw; a run bought again scatters anew."""
    copies = [rows[:at].count(row) % designing.COPIES for at, row in enumerate(rows)]
    return planned.shown[:, copies, rows]


def _gain(data: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Of what is asked per unit of what each run shows (runs, asked)."""
    centred = data - data.mean(0)
    return np.linalg.lstsq(centred, asked - asked.mean(0), rcond=1e-6)[0]


def _features(moved: np.ndarray, learn: slice) -> np.ndarray:
    """The linear prediction and the main shapes of the loss, in sd (draws, 1 + SHAPES)."""
    _, _, shapes = np.linalg.svd(moved[learn, 1:], full_matrices=False)
    z = np.column_stack([moved[:, 0], moved[:, 1:] @ shapes[:SHAPES].T])
    return np.clip((z - z[learn].mean(0)) / z[learn].std(0), -FAR, FAR)


def _quadratic(known: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    i, j = np.triu_indices(known.shape[1])
    X, at = (np.column_stack([np.ones(len(z)), z, z[:, i] * z[:, j]]) for z in (known, new))
    return at @ np.linalg.solve(X.T @ X + RIDGE * len(X) * np.eye(X.shape[1]), X.T @ y)


def _nearest(known: np.ndarray, y: np.ndarray, new: np.ndarray) -> np.ndarray:
    far = ((new[:, None] - known[None]) ** 2).sum(-1)
    return y[np.argsort(far, axis=1)[:, :NEAREST]].mean(1)


def _lowest(loss: np.ndarray, moved: np.ndarray, x: np.ndarray) -> float:
    """Where the loss is lowest, once each draw is moved from what it shows to an outcome."""
    learn, outcomes = loss[::2], moved[1::2][:OUTCOMES]
    variances = [x[np.argmin(learn + outcome - moved[::2], axis=1)].var() for outcome in outcomes]
    return float(np.sqrt(np.mean(variances) / x[np.argmin(learn, axis=1)].var()))


def main() -> None:
    """Every truth and plan, printed."""
    console, rows = Console(highlight=False, width=120), []
    for case, whole, seed in cases(__doc__, 3, ("misfit_t",), console):
        _, fit = begun(case, whole, seed)
        planned = plans(fit, AT * float(np.sum(fit.runs["C"])))
        rows += [
            dict(case=case.words, plan=name) | forms(planned, fit, name) for name in planned.rows
        ]
    frame = pd.DataFrame(rows).groupby(["case", "plan"]).agg(["mean", "sem"]).round(3)
    console.print("Share of the sd of log N* that a plan leaves (mean over truths, standard error)")
    console.print(frame.to_string())


if __name__ == "__main__":
    main()
