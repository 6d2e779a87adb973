"""What a careful reviewer would look at before believing a fit, each with a verdict in words.

A finding is PASS, REVIEW (usable, but read this first) or FAIL (do not use this), says what was
found and, unless it passes, what to do about it.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import numpy as np
import pandas as pd
from numpyro.distributions import biject_to

from bayesfit import formatting as words
from bayesfit.data.runs import Runs
from bayesfit.extrapolation import backtest
from bayesfit.findings import _isoflop as design_checks
from bayesfit.fitting import Fit
from bayesfit.prediction import shortfall as discrepancy
from bayesfit.prediction import surface as predict
from bayesfit.problem import Problem

R_HAT, ESS, GRADIENT = 1.01, 400, 1e-4
WEAK, PRIOR_DRAWS = 0.7, 4000  # posterior sd over prior sd above which the data say little
NARROW = 0.1  # spread of (D/N)^-beta over its mean below which N and D are hardly told apart
ONE_RAY = 0.02  # sd of log(D/N) over sd of log N below which a table is one ray


class Finding(NamedTuple):
    """One check: `verdict` PASS, REVIEW or FAIL; `advice` is empty where it passes."""

    verdict: str
    subject: str
    finding: str
    advice: str = ""


def review(fit: Fit) -> list[Finding]:
    """All checks of a fit, the gravest first."""
    found = [
        *table(fit.runs, fit.law.inputs),
        *design(fit),
        *optimizer(fit),
        *sampler(fit),
        *identified(fit),
        *discounted(fit),
        *extrapolation(fit),
    ]
    gravity = {"FAIL": 0, "REVIEW": 1, "PASS": 2}
    return sorted(found, key=lambda finding: gravity[finding.verdict])


def table(runs: Runs, inputs: tuple[str, ...]) -> list[Finding]:
    """What is wrong with the table itself, before any fit."""
    found = [Finding("REVIEW", "data", warning, "Look at these rows.") for warning in runs.warnings]
    if len({"N", "D"} & set(inputs)) == 1 and _rise_together(runs):
        seen = "N" if "N" in inputs else "D"
        unseen = "D" if seen == "N" else "N"
        found.append(
            Finding(
                "REVIEW",
                "design",
                f"{unseen} rises with {seen} in these runs, and the law does not see it: the "
                f"exponent of {seen} is that of both together.",
                f"Compare it with that of runs that all have ample {unseen}, or fit a law of N "
                "and D.",
            )
        )
    if {"N", "D"} <= set(inputs) and _one_ray(runs):
        found.append(
            Finding(
                "REVIEW",
                "design",
                f"All {len(runs)} runs have nearly the same tokens per parameter, "
                f"{np.median(runs['D'] / runs['N']):.3g}: they lie on one ray D = kN, where alpha "
                "and beta cannot be told apart (Kricheli, arXiv:2605.08541).",
                "Believe losses along that ray only; add runs with other tokens per parameter "
                "before you choose N and D from this fit.",
            )
        )
    return found


def _rise_together(runs: Runs) -> bool:
    """Whether N and D both vary, and more than half of the variance of one goes with the other."""
    N, D = np.log(runs["N"]), np.log(runs["D"])
    if min(np.std(N), np.std(D)) < 1e-9:
        return False
    return bool(np.corrcoef(N, D)[0, 1] > 0.5**0.5)


def design(fit: Fit) -> list[Finding]:
    """Whether isoFLOP profiles can bear the answer: too few runs, edges, the bias of parabolas."""
    if not fit.law.is_of_loss or fit.law.inputs == ("C",):
        return []
    doubts = design_checks.profiles_in_words(fit.runs)
    found = [Finding("REVIEW", "isoFLOP", *doubt) for doubt in doubts]
    if set(fit.law.inputs) != {"N", "D"} or fit.law.group:
        return found
    found += _narrow(fit)
    bias = design_checks.parabola_bias(_fitted_surface(fit), fit.runs)
    if bias is not None:
        said, warn = design_checks.bias_in_words(bias)
        advice = "Believe this law rather than parabolas on this grid (approach 2)." if warn else ""
        found.append(Finding("REVIEW" if warn else "PASS", "isoFLOP", said, advice))
    return found


def _narrow(fit: Fit) -> list[Finding]:
    """Tokens per parameter that hardly vary, as the fitted exponent of D sees them."""
    if "beta" not in fit.estimate or _one_ray(fit.runs):  # one ray is said by `table`
        return []
    spread = design_checks.ray_diversity(fit.runs, float(fit.estimate["beta"]))
    if spread > NARROW:
        return []
    said = (
        f"Tokens per parameter vary so little that (D/N)^-beta has a spread of {spread:.1%} of its "
        "mean: the terms of N and D are hardly told apart (Kricheli, arXiv:2605.08541)."
    )
    advice = "Add runs with other tokens per parameter before you choose N and D from this fit."
    return [Finding("REVIEW", "design", said, advice)]


def _fitted_surface(fit: Fit) -> design_checks.Surface:
    """The loss by the MLE, as a function of N and D."""
    one = {name: np.asarray(x)[None] for name, x in fit.estimate.items()}
    return lambda N, D: np.exp(predict.log_surface(fit.law, one, dict(N=N, D=D))[0])


def _one_ray(runs: Runs) -> bool:
    ratio, size = np.log(runs["D"] / runs["N"]), np.log(runs["N"])
    return bool(np.std(ratio) < ONE_RAY * np.std(size) + 1e-9)


def optimizer(fit: Fit) -> list[Finding]:
    """Whether the starts of the MLE agree, and whether every bootstrap refit converged."""
    best, late = fit.mle.best(), int(np.sum(~fit.bootstrap.stats["converged"]))
    arrived = np.mean(fit.mle.objective <= best.objective * (1 + 1e-6) + 1e-15)
    norm = f"the gradient of its log objective has norm {best.gradient_norm:.1e}"
    found = []
    if best.gradient_norm > GRADIENT:
        found.append(
            Finding("FAIL", "MLE", f"The best start did not converge: {norm}.", "Give more starts.")
        )
    elif arrived < 0.5:
        found.append(
            Finding(
                "REVIEW",
                "MLE",
                f"Only {arrived:.0%} of the starts that were run to the end reached the lowest "
                "objective; the surface has several valleys.",
                "Read the MLE with care; the posterior averages over them.",
            )
        )
    else:
        found.append(
            Finding("PASS", "MLE", f"{arrived:.0%} of the starts agree on the optimum; {norm}.")
        )
    count = fit.bootstrap.stats["converged"].size
    if late:
        found.append(
            Finding(
                "REVIEW" if late < 0.01 * count else "FAIL",
                "bootstrap",
                f"{late} of {count} refits did not converge.",
                "Prefer the posterior intervals.",
            )
        )
    elif count:
        found.append(Finding("PASS", "bootstrap", f"All {count} refits converged."))
    return found


def sampler(fit: Fit) -> list[Finding]:
    """R-hat, effective sample size and divergences of NUTS (Vehtari et al. 2021)."""
    table = fit.convergence
    r_hat, ess = table["r_hat"].max(), table[["ess_bulk", "ess_tail"]].min().min()
    diverging = int(fit.posterior.stats["diverging"].sum())
    said = f"R-hat at most {r_hat:.4f}, at least {ess:.0f} effective draws, {diverging} divergences"
    if r_hat < R_HAT and ess >= ESS and not diverging:
        return [Finding("PASS", "NUTS", f"{said}.")]
    share = diverging / fit.posterior.stats["diverging"].size
    fail = r_hat > 1.05 or share > 0.01
    return [
        Finding(
            "FAIL" if fail else "REVIEW",
            "NUTS",
            f"{said}; wanted below {R_HAT}, at least {ESS}, and none.",
            "Ask for more draws with --draws; if that does not help, the table is too small for "
            "this law.",
        )
    ]


def discounted(fit: Fit) -> list[Finding]:
    """How many runs the posterior takes the table for, if its noise discounts those far below."""
    worth, runs = float(np.sum(fit.problem.worth)), len(fit.runs)
    if worth > runs - 0.5:
        return []
    said = (
        f"The posterior counts runs far below the largest budget for less ({fit.noise.name}): the "
        f"{runs} runs weigh as much as {worth:.0f} at that budget. The MLE counts all alike."
    )
    if "sigma_model" in fit.posterior.flat:
        models = len(np.unique(fit.problem.columns["model"]))
        shared = words.percent(float(np.median(fit.posterior.flat["sigma_model"])))
        said += f" Runs of one size share an offset of about {shared}: there are {models} sizes."
    return [Finding("PASS", "discount", said)]


def extrapolation(fit: Fit) -> list[Finding]:
    """What fits to the smaller runs said of the larger ones: bias, and whether bands held."""
    if not discrepancy.applies(fit.law):
        return []
    scored, said = fit.rollouts, _promise(fit)
    if scored.empty:
        advice = "No roll-outs: either the fit was asked for none, or larger runs are needed."
        return [Finding("REVIEW", "extrapolation", said, advice)]
    told = backtest.summary(scored).iloc[0]
    said += (
        f" In {len(fit.rungs)} roll-outs, {told['coverage80']:.0%} of {len(scored)} held-out "
        f"losses fell inside their 80 % band and {told['coverage95']:.0%} inside the 95 % band."
    )
    # Two binomial standard errors: fewer hits than that are not bad luck.
    slack = {p: 2 * (p * (1 - p) / len(scored)) ** 0.5 for p in (0.80, 0.95)}
    if all(told[f"coverage{p:.0%}".rstrip("%")] >= p - slack[p] for p in slack):
        return [Finding("PASS", "extrapolation", said)]
    advice = (
        "Read the bands beyond the data as too narrow, or extrapolate with a law whose bands held "
        "better (`bayesfit backtest`)."
    )
    return [Finding("REVIEW", "extrapolation", said, advice)]


def _promise(fit: Fit) -> str:
    """What is expected of the law beyond the data, and who says so."""
    if fit.kappa is None:
        return "The bands take the law at its word beyond the data (--discrepancy none)."
    own = fit.rungs and fit.discrepancy == "inner"
    learned = f"{len(fit.rungs)} fits to the smaller runs" if own else "public sweeps alone"
    share = fit.kappa.mean / (1 + fit.kappa.mean)
    miss = f"{abs(share):.0%} too {'little' if share > 0 else 'much'} improvement"
    if abs(share) < 0.005:
        miss = "the right improvement, on average"
    return (
        f"Beyond the data the law is expected to promise {miss} (kappa = {fit.kappa.mean:.2f} +- "
        f"{fit.kappa.sd:.2f}, from {learned}); the bands of the loss include it."
    )


def identified(fit: Fit) -> list[Finding]:
    """Parameters that the runs say little about: their posterior is nearly the prior."""
    ratios = spread_ratio(fit)
    weak = ratios[ratios > WEAK]
    found = [
        Finding(
            "REVIEW",
            name,
            f"{name} ({fit.law.symbols.get(name, 'a parameter of the law')}) is weakly "
            f"identified: its posterior is {ratio:.0%} as wide as the prior.",
            "Treat its value as an assumption; the pair plot shows what it takes along.",
        )
        for name, ratio in zip(map(str, weak.index), weak, strict=True)
    ]
    found += _at_bound(fit)
    if not found:
        found = [
            Finding(
                "PASS",
                "identifiability",
                f"Every parameter is at most {ratios.max():.0%} as wide as its prior.",
            )
        ]
    return found


def _at_bound(fit: Fit) -> list[Finding]:
    """An irreducible loss that the MLE puts at zero."""
    if np.ndim(fit.estimate.get("E", [])):  # no E, or one for every group
        return []
    loss = float(np.exp(np.mean(np.log(fit.runs["loss"]))))
    at_zero = np.mean(fit.bootstrap.flat["E"] < 1e-3 * loss)
    if at_zero < 0.025:
        return []
    low, high = np.quantile(fit.posterior.flat["E"], [0.025, 0.975])
    return [
        Finding(
            "REVIEW",
            "E",
            f"E is weakly identified: {at_zero:.0%} of the bootstrap refits put the irreducible "
            f"loss at its bound, zero, and the posterior (95 %: {low:.2f} to {high:.2f}) "
            "leans on the prior.",
            "Do not quote E, and do not trust bootstrap intervals that hang on a bound; runs at "
            "larger budgets would settle it.",
        )
    ]


def spread_ratio(fit: Fit) -> pd.Series:
    """Posterior spread over prior spread of the law's parameters at the reference run.

    Spread is half the middle 68 % on the unbounded scale of the parameter (log, logit).
    """
    prior = prior_draws(fit.problem, PRIOR_DRAWS)
    ratios = {}
    for name, distribution in fit.problem.law_priors().items():
        if name not in fit.law.random and fit.posterior.flat[name].ndim == 1:
            unbounded = biject_to(distribution.support).inv
            ratios[name] = _spread(unbounded(fit.posterior.flat[name]))
            ratios[name] /= _spread(unbounded(prior[name]))
    return pd.Series(ratios, dtype=float)


def _spread(x) -> float:
    low, high = np.quantile(np.asarray(x), [0.16, 0.84])
    return float(high - low)


def prior_draws(problem: Problem, count: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Draws of everything in `Problem.describe` from the prior alone (count, ...)."""
    return {name: np.asarray(x) for name, x in _prior_draws(problem, count, seed).items()}


@partial(jax.jit, static_argnums=1)
def _prior_draws(problem: Problem, count: int, seed):
    return jax.vmap(problem.describe)(problem.draw_prior(jax.random.key(seed), count))
