"""Two groups of a fit as recipes, one against the other; and runs that would settle it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from bayesfit.data.runs import Runs, as_labels
from bayesfit.errors import InputError
from bayesfit.fitted import Fit
from bayesfit.law import Law, within
from bayesfit.prediction import designing, speedup

DRAWS = 1000  # of the posterior that recipes are compared with
SIZES, RATIOS = 7, (0.3, 1.0, 3.0)  # of runs that might be paid for; times the usual D/N


class Recipes(NamedTuple):
    """A fit, and which two of its groups are compared: B (`of`) over A (`over`).

    `draws` says with how many of the posterior; None with as many as questions are answered with.
    """

    fit: Fit
    of: str
    over: str
    draws: int | None = DRAWS

    @property
    def drawn(self) -> tuple[Law, Law, dict[str, np.ndarray]]:
        """The law as it stands for A and for B, and draws of both at once."""
        law, values = self.fit.drawn() if self.draws is None else self.fit.drawn(self.draws)
        A, B = (within(law, self.fit.labels.index(label)) for label in (self.over, self.of))
        return A, B, values

    def in_compute(self, C: Sequence[float]) -> np.ndarray:
        """Speed-up in compute (draws, budgets)."""
        A, B, values = self.drawn
        return speedup.in_compute(A, B, values, np.array(C))

    def in_tokens(self, C: Sequence[float]) -> np.ndarray:
        """Speed-up in tokens (draws, budgets)."""
        A, B, values = self.drawn
        return speedup.in_tokens(A, B, values, np.array(C))

    @property
    def counts(self) -> dict[str, int]:
        """How many runs each recipe has."""
        labels = as_labels(self.fit.runs[self.fit.law.group])
        return {label: labels.count(label) for label in (self.of, self.over)}


def chosen(law: Law, runs: Runs, of: str | None, over: str | None) -> tuple[str, str]:
    """The two recipes, by their labels; of two groups, that with fewer runs is the one in doubt.

    Raises:
        InputError: the table has no such group, or more than two and the user names none.
    """
    labels, group = runs.labels(law.group), law.group
    if len(labels) < 2:
        raise InputError(f"{group} has one label, {labels[0]}: a comparison needs runs of two")
    of, over = (None if label is None else str(label) for label in (of, over))
    others = [label for label in labels if label not in (of, over)]
    if (of is None or over is None) and len(others) + (of in labels) + (over in labels) > 2:
        raise InputError(
            f"{group} has {len(labels)} labels, {', '.join(labels)}: name two of them, the recipe "
            "in doubt with of (--of) and the one that it would replace with over (--over)"
        )
    for label in (of, over):
        if label is not None and label not in labels:
            raise InputError(f"no {group} is called {label!r}; there are {', '.join(labels)}")
    if of is not None and of == over:
        raise InputError(f"{of} is compared with itself: name two recipes")
    others.sort(key=as_labels(runs[group]).count, reverse=True)
    over = others.pop(0) if over is None else over
    return others.pop(0) if of is None else of, over


def next_runs(recipes: Recipes, y: np.ndarray) -> pd.DataFrame:
    """Runs of either recipe, none costlier than the costliest so far, the most telling first.

    Args:
        y: log of the speed-up in every draw (`DRAWS`,).

    Returns:
        One row a run: the recipe, the inputs of the law, C, and `sd_left`, the share of the sd of
        the speed-up that is left once it was observed.
    """
    fit, law = recipes.fit, recipes.fit.law
    pair = (recipes.of, recipes.over)
    frame = pd.concat([_candidates(fit).assign(**{law.group: label}) for label in pair])
    columns = fit.problem.inputs({str(name): frame[name].to_numpy() for name in frame})
    bent, values = fit.drawn(DRAWS)
    observed = designing.shown(fit.problem, bent, values, columns, fit.seed)
    frame = frame.assign(sd_left=designing.share_left(y, observed))
    return frame.sort_values("sd_left", kind="stable", ignore_index=True)


def _candidates(fit: Fit) -> pd.DataFrame:
    """Runs between the smallest and the costliest of the table."""
    runs, most = fit.runs, float(fit.runs["C"].max())
    if fit.law.inputs == ("C",):
        return pd.DataFrame(dict(C=np.geomspace(runs["C"].min(), most, SIZES)))
    sizes = np.geomspace(runs["N"].min(), runs["N"].max(), SIZES)
    usual = float(np.exp(np.median(np.log(runs["D"] / runs["N"]))))
    N, M = (x.ravel() for x in np.meshgrid(sizes, usual * np.array(RATIOS)))
    frame = pd.DataFrame(dict(N=N, D=M * N, C=6 * N * M * N))
    return frame[frame["C"] <= most]
