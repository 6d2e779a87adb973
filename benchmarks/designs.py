"""How many FLOPs does a design save against an isoFLOP grid and random runs, for one band of N*?

    make designs

A truth is drawn from the posterior of a fit to a public sweep. The cheapest third of the sweep is
SIMULATED from it and fitted; then runs are bought by `design`, as an isoFLOP grid about the N* of
that fit, and at random, for allowances half a decade apart. What counts is the cost at which the
band of N* at 1e24 FLOPs is as narrow as the isoFLOP grid makes it for a hundred times the cost of
the first runs. "In class" the law is true; with "misfit" it is off by the field of the likelihood.

Widths are those expected in closed form. Whether they come true is seen at that allowance: the runs
of each plan are simulated from the truth, everything is fitted again, and the sd of log N* is set
beside the one expected, and its 80 % band beside the true N*.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from rich.console import Console

import bayesfit
from bayesfit.data.runs import Runs, from_frame
from bayesfit.inference import devices
from bayesfit.prediction import designing
from bayesfit.prediction.optimum import optima
from bayesfit.prediction.surface import log_observed, log_surface
from bayesfit.questions import _candidates, _classical

LAW, C = "chinchilla_approach3", 1e24
QUICK = dict(bootstrap=0, refits=False, chains=4, draws=400, starts=32)
STEPS = 10.0 ** (0.5 * np.arange(-2, 7))  # allowances, over what the first runs cost
AT = 100.0  # the one at which the isoFLOP grid sets the width
OURS, GRID, RANDOM = "this design", "an isoFLOP grid", "random runs"
RUNS = 24  # at most, of a plan
FIRST = 1 / 3  # of a sweep, the cheapest, that is there at first
DENSE = 20, 20  # sizes and tokens of the dense grid


class Case(NamedTuple):
    """A sweep whose runs are simulated, and what is believed of the law."""

    sweep: str
    likelihood: str

    @property
    def words(self) -> str:
        """For the table."""
        return f"{self.sweep}, {'in class' if self.likelihood == 'student_t' else 'misfit'}"


def places(sweep: str) -> pd.DataFrame:
    """N and D of a sweep; of the dense grid those that Farseer's 404 runs span (2506.10972)."""
    if sweep != "dense":
        runs = bayesfit.load(sweep)
        return pd.DataFrame(dict(N=runs["N"], D=runs["D"]))
    N, D = np.meshgrid(np.geomspace(99.6e6, 25e9, DENSE[0]), np.geomspace(1e9, 5e11, DENSE[1]))
    return pd.DataFrame(dict(N=N.ravel(), D=D.ravel()))


def observed(fit: Any, truth: dict[str, np.ndarray], frame: pd.DataFrame, seed: int) -> Runs:
    """Runs as the truth would have them."""
    columns = fit.problem.inputs({name: frame[name].to_numpy() for name in ("N", "D")})
    law, _ = fit.drawn()
    surface = log_surface(law, truth, columns)
    loss = np.exp(log_observed(fit.problem, truth, surface, columns, seed)[0])
    return from_frame(frame[["N", "D"]].assign(loss=loss), "SIMULATED", "simulated")


class Planned(NamedTuple):
    """Plans for one allowance, before a run of them is paid for.

    Attributes:
        frame: N and D of every run that could be bought.
        rows: the runs of each plan, by its name.
        y: log N* in every draw that has one (draws,).
        shown: what the runs would show in these draws (draws, copies, runs).
        values: these draws.
    """

    frame: pd.DataFrame
    rows: dict[str, list[int]]
    y: np.ndarray
    shown: np.ndarray
    values: dict[str, np.ndarray]

    def left(self, name: str) -> float:
        """The share of the sd of log N* that a plan leaves, by draws that did not choose it."""
        judge = designing.prospects(self.y[1::2, None], self.shown[1::2])
        return float(np.sqrt(judge.after(*self.rows[name]).doubt / judge.doubt))


def plans(fit: Any, allowance: float) -> Planned:
    """The design, an isoFLOP grid and random runs, for as much."""
    bound = _candidates.bounds(fit.runs, allowance)
    pool = _candidates.grid(fit.law, fit.runs, bound, {}, allowance).within(allowance)
    law, values = fit.drawn()
    y = np.log(optima(law, values, C)["N"][:, 0])
    there = np.isfinite(y)
    y, values = y[there], {name: x[there] for name, x in values.items()}
    usual = _classical.plans(law, values, pool, allowance, RUNS, _candidates.wished(), fit.law.cost)
    frames = {plan.name: pool.frame.iloc[list(plan.rows)] if plan.rows else plan.frame
              for plan in usual if plan.name in (GRID, RANDOM)}  # fmt: skip
    whole = pd.concat([pool.frame, *frames.values()], ignore_index=True)[["N", "D"]]
    shown = designing.shown(fit.problem, law, values, fit.problem.inputs(whole.to_dict("list")))
    among = np.arange(len(whole)) < len(pool.cost)
    cost = np.concatenate([pool.cost, *(frame["cost"] for frame in frames.values())])
    by = designing.prospects(y[::2, None], shown[::2])
    rows = {OURS: designing.chosen(by, cost, allowance, RUNS, among=among, repeats=True)}
    start = len(pool.cost)
    for name, frame in frames.items():
        rows[name] = list(range(start, start + len(frame)))
        start += len(frame)
    return Planned(whole, rows, y, shown, values)


def reached(left: np.ndarray, wanted: float) -> float:
    """The allowance at which a plan leaves what is wanted, over the first runs' cost.

    By interpolation in logs; the largest allowance tried where it is never reached.
    """
    left = np.minimum.accumulate(left)
    return float(np.exp(np.interp(-wanted, -left, np.log(STEPS))))


def begun(case: Case, whole: Any, seed: int) -> tuple[dict[str, np.ndarray], Any]:
    """A truth, and the fit to the cheapest runs of a sweep that it shows."""
    _, values = whole.drawn()
    pick = np.random.default_rng(seed).integers(len(next(iter(values.values()))))
    truth = {name: np.asarray(x)[pick : pick + 1] for name, x in values.items()}
    frame = places(case.sweep)
    order = np.argsort((frame["N"] * frame["D"]).to_numpy(), kind="stable")
    first = observed(whole, truth, frame.iloc[order[: int(FIRST * len(frame))]], seed)
    return truth, bayesfit.fit(LAW, first, likelihood=case.likelihood, seed=seed, **QUICK)


def one(case: Case, whole: Any, seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Costs to one width, and what comes true, for one truth."""
    law, _ = whole.drawn()
    truth, fit = begun(case, whole, seed)
    spent = float(np.sum(fit.runs["C"]))
    bought = [plans(fit, step * spent) for step in STEPS]
    names = OURS, GRID, RANDOM
    curves = {name: np.array([plan.left(name) for plan in bought]) for name in names}
    wanted = float(np.interp(np.log(AT), np.log(STEPS), np.minimum.accumulate(curves[GRID])))
    costs = {
        name: reached(left, wanted) / reached(curves[GRID], wanted) for name, left in curves.items()
    }
    row = dict(case=case.words, wanted=wanted) | costs
    row |= {f"{name} at {AT:g}": curves[name][list(STEPS).index(AT)] for name in curves}
    best = float(optima(law, truth, C)["N"][0, 0])
    at = bought[list(STEPS).index(AT)]
    each = [(name, at.frame.iloc[at.rows[name]], at.left(name)) for name in names]
    return row, [refitted(case, fit, whole, truth, best, plan, seed) for plan in each]


def refitted(
    case: Case, fit: Any, whole: Any, truth, best: float, plan, seed: int
) -> dict[str, Any]:
    """The sd of log N* once a plan was bought and all was fitted again."""
    name, frame, expected = plan
    new = observed(whole, truth, frame.reset_index(drop=True), seed + 1)
    table = pd.concat([fit.runs.table[["N", "D", "loss"]], new.table[["N", "D", "loss"]]])
    runs = from_frame(table.reset_index(drop=True), "SIMULATED", "simulated")
    again = bayesfit.fit(LAW, runs, likelihood=case.likelihood, seed=seed, **QUICK)
    before, after = _log_N(fit), _log_N(again)
    low, high = np.quantile(after, [0.1, 0.9])
    return dict(
        case=case.words, plan=name, expected=expected, came=_sd(after) / _sd(before),
        covered=float(low <= np.log(best) <= high) if np.isfinite(best) else np.nan,
    )  # fmt: skip


def _log_N(fit: Any) -> np.ndarray:
    N = optima(*fit.drawn(), C)["N"][:, 0]
    return np.log(N[np.isfinite(N)])


def _sd(x: np.ndarray) -> float:
    """As the closed form has it: of draws within their outer per cents."""
    return float(np.clip(x, *np.quantile(x, designing.SPAN)).std())


def cases(
    said: str | None, truths: int, likelihoods: Sequence[str], console: Console
) -> Iterator[tuple[Case, Any, int]]:
    """(case, the fit that truths are drawn from, seed) of all that the command line asks for.

    Args:
        said: about the command, of which the first line is shown.
        truths: of each case, unless the command line says how many.
    """
    parser = argparse.ArgumentParser(description=(said or "").partition("\n")[0])
    parser.add_argument("--truths", type=int, default=truths)
    parser.add_argument("--sweeps", default="pile,chinchilla,dense")
    asked = parser.parse_args()
    devices.choose(None)
    for sweep in asked.sweeps.split(","):
        for likelihood in likelihoods:
            case = Case(sweep, likelihood)
            data = "chinchilla" if case.sweep == "dense" else case.sweep
            whole = bayesfit.fit(LAW, data, likelihood=case.likelihood, **QUICK)
            for seed in range(1, asked.truths + 1):
                yield case, whole, seed
                console.print(f"{case.words}: truth {seed} of {asked.truths}", style="dim")


def main() -> None:
    """Every case, printed."""
    console = Console(highlight=False, width=120)
    rows, came = [], []
    for case, whole, seed in cases(__doc__, 5, ("student_t", "misfit_t"), console):
        row, true = one(case, whole, seed)
        rows.append(row)
        came += true
    costs = pd.DataFrame(rows)
    console.print("Cost to the width that an isoFLOP grid leaves, over its cost (geometric mean)")
    logs = np.log(costs.set_index("case")[[OURS, RANDOM]])
    mean, error = logs.groupby("case").mean(), logs.groupby("case").sem()
    shown = np.exp(mean).round(3).join(error.round(2).add_suffix(", error of log"))
    shown["width"] = costs.groupby("case")["wanted"].mean().round(3)
    console.print(shown.to_string())
    console.print(np.exp(logs.mean()).round(3).to_string())
    console.print(
        "sd of log N* after the plan over that before: expected, and once all was refitted"
    )
    frame = pd.DataFrame(came)
    console.print(
        frame.groupby(["case", "plan"])[["expected", "came", "covered"]].mean().round(3).to_string()
    )
    console.print(
        frame.groupby("plan")[["expected", "came", "covered"]].mean().round(3).to_string()
    )


if __name__ == "__main__":
    main()
