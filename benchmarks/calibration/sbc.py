"""Simulation-based calibration of the sampler, on three laws.

    python -m benchmarks.calibration.sbc                 200 tables a law; writes sbc.json, sbc.png
    python -m benchmarks.calibration.sbc --tables 1000

Each table is a problem of the same shape, so the programs of `laplace` and `posterior` are
compiled once for a law and called again for every table: about 0.3 s a table on two cores, less
than one program mapped over all tables would take, and it is the path that a user's fit takes.
The reference run of the priors is held fixed: in a fit its loss comes from the table itself, and a
prior that has seen the data is not the one that truths are drawn from.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from time import perf_counter

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from jax.numpy import log
from numpyro.distributions import Beta, LogNormal

from bayesfit import likelihoods
from bayesfit.binding import bind
from bayesfit.computing import program
from bayesfit.data.runs import Runs, from_frame
from bayesfit.inference import devices, mle
from bayesfit.inference.nuts import sample
from bayesfit.law import Law, View
from bayesfit.likelihoods import Likelihood
from bayesfit.models import load as load_law
from bayesfit.problem import Problem
from benchmarks.calibration import drawing, record
from benchmarks.calibration.ranks import rank, uniformity

CHAINS, DRAWS = 8, 100
KEPT = 99  # of 800 draws: far enough apart to be nearly independent, and 100 ranks fill 20 bins
STARTS = 32
FAR = (1e11, 2e12)  # N and D of a run two decades of compute beyond the designs
KEY_STEP = 1_000_003  # between the random numbers of a truth and of the draws about it
Ranks = dict[str, np.ndarray]


@dataclass(frozen=True)
class Case:
    """What is calibrated: a law and a likelihood on a design, whose losses are never looked at."""

    law: Law
    likelihood: Likelihood
    design: Runs

    def problem(self) -> Problem:
        """The problem whose table is then simulated again and again."""
        return bind(self.law, self.design, self.likelihood)


def power_law_in_data() -> Law:
    """L(D) = E + B / D**beta: one input, written here as a user would."""

    def textbook(theta: View, ref: View):
        due = theta.L_ref * theta.reducible
        return dict(E=theta.L_ref - due, B=due * ref.D**theta.beta, beta=theta.beta)

    return Law(
        rows="final",
        inputs=("D",),
        priors=lambda ref: dict(
            L_ref=LogNormal(log(ref.loss), 0.3),
            reducible=Beta(2.0, 4.0),
            beta=LogNormal(log(0.35), 0.5),
        ),
        textbook=textbook,
        log_loss=lambda p, runs: log(p.E + p.B / runs.D**p.beta),
        reparametrize=lambda theta: dict(beta=log(theta.reducible)),
        name="power_law_in_data",
    )


def factorial(sizes: int = 10, lengths: int = 6) -> Runs:
    """Every size from 50M to 10B with every length from 2 to 200 tokens a parameter."""
    pairs = product(np.geomspace(5e7, 1e10, sizes), np.geomspace(2, 200, lengths))
    rows = [dict(N=N, D=N * ratio, loss=2.5) for N, ratio in pairs]
    return from_frame(pd.DataFrame(rows), f"factorial {sizes} x {lengths}", simulated=True)


CASES: dict[str, Callable[[], Case]] = {
    "chinchilla_approach3": lambda: Case(
        load_law("chinchilla_approach3"), likelihoods.load("graded_t"), factorial()
    ),
    "kaplan_chinchilla": lambda: Case(  # as it is shipped
        load_law("kaplan_chinchilla"), likelihoods.load("misfit_t"), factorial()
    ),
    "power_law_in_data": lambda: Case(
        power_law_in_data(), likelihoods.load("student_t"), factorial(6, 5)
    ),
}


@program
def simulate(problem: Problem, seed) -> tuple[jax.Array, jax.Array]:
    """A truth from the prior (q), and log losses from that truth."""
    at, scatter = jax.random.split(jax.random.fold_in(jax.random.key(seed), 1))
    q = problem.draw_prior(at, 1)[0]
    theta, surface = View(**problem.constrain(q)), problem.predict(q)
    nothing, columns = jnp.zeros_like(surface), View(**problem.columns, error_variance=0.0)
    fitted = View(**vars(columns), weight=nothing)  # runs that were never seen
    new, ref = View(**vars(columns), weight=problem.weights), problem.reference_run
    residuals = problem.likelihood.draw(scatter, theta, nothing, fitted, new, ref)
    return q, surface + bend(problem, q, seed, View(**problem.columns)) + residuals


def bend(problem: Problem, q, key, runs: View):
    """What the likelihood takes the law to be off by, at any runs, in the draw q."""
    kind = problem.likelihood
    if kind.bend is None:
        return 0.0
    theta = View(**problem.constrain(q))
    fitted = View(**problem.columns, weight=problem.weights)
    p = kind.bends(jax.random.key(key), theta, fitted, problem.reference_run)
    return kind.bend(View(**p), runs)


@program
def moved(problem: Problem, table: Problem, q) -> jax.Array:
    """The q of a truth among those of its table: coordinates may depend on the losses."""
    return table.unconstrain(problem.constrain(q))


@program
def quantities(problem: Problem, q, keys) -> dict[str, jax.Array]:
    """What is ranked, for each row of q: parameters, E, a, the loss far out, the log likelihood.

    The last sees the table, and with it errors that no single parameter shows: dependence between
    parameters, a posterior that ignores part of the data (Modrák et al. 2023, arXiv:2211.02383).

    Args:
        keys: of what each row takes the law to be off by where no run tells; the first is the
            truth's, so it has to be that of `simulate`.
    """

    def one(q, key):
        values = problem.describe(q)
        names = [*problem.shapes, *(x for x in ("E", "a") if x in values)]
        ranked = {name: values[name] for name in names if not np.shape(values[name])}
        far = View(N=jnp.asarray(FAR[0]), D=jnp.asarray(FAR[1]))
        log_loss = problem.law.log_loss(View(**values), far) + bend(problem, q, key, far)
        return ranked | dict(log_loss_far=log_loss, log_likelihood=problem.log_likelihood(q).sum())

    return jax.vmap(one)(q, keys)


def posterior(problem: Problem, seed: int) -> np.ndarray:
    """Thinned posterior draws of q (KEPT, dimension), by the path that `bayesfit.fit` takes."""
    points = np.asarray(mle.starting_points(problem, STARTS, 0))
    best = mle.race(problem, points[:, : problem.law_dimension]).best()
    at_mle = np.concatenate([best.q, points[0, problem.law_dimension :]])
    walk = sample(problem, np.vstack([at_mle, points[:7]]), seed=seed, chains=CHAINS, draws=DRAWS)
    flat = walk.q.reshape(-1, walk.q.shape[-1])
    return flat[np.linspace(0, len(flat) - 1, KEPT).astype(int)]


def one_table(problem: Problem, seed: int, posterior=posterior) -> dict[str, int]:
    """The rank of each quantity of one simulated truth among posterior draws of its table."""
    truth, log_loss = simulate(problem, seed)
    table = replace(problem, response=np.asarray(log_loss))
    everything = np.vstack([np.asarray(moved(problem, table, truth)), posterior(table, seed)])
    keys = seed + KEY_STEP * np.arange(len(everything))
    found = {name: np.asarray(x) for name, x in quantities(table, everything, keys).items()}
    return {name: rank(x[0], x[1:]) for name, x in found.items()}


def calibrate(case: Case, tables: int, seed: int = 0, posterior=posterior, tell=None) -> Ranks:
    """Ranks of every quantity, each (tables,)."""
    problem = case.problem()
    rows = []
    for i in range(tables):
        rows.append(one_table(problem, seed + i, posterior))
        if tell and (i + 1) % 20 == 0:
            tell(i + 1)
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def scored(ranks: Ranks) -> dict[str, dict[str, float]]:
    """The p-values of each quantity, and the smallest ECDF one corrected for their number."""
    tests = {name: uniformity(x, KEPT) for name, x in ranks.items()}
    least = min(test["ecdf"] for test in tests.values())
    return tests | {"all": dict(ecdf=min(1.0, least * len(tests)))}


def main() -> None:
    """Calibrate every case; write the numbers and the figure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tables", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    devices.choose(None)
    found, report = {}, {}
    for name, make in CASES.items():
        case, begin = make(), perf_counter()
        found[name] = calibrate(case, asked.tables, asked.seed, tell=record.progress(name))
        report[name] = dict(
            likelihood=case.likelihood.name,
            design=case.design.name,
            runs=len(case.design),
            seconds=round(perf_counter() - begin, 1),
            p_values=scored(found[name]),
            ranks={quantity: x.tolist() for quantity, x in found[name].items()},
        )
        print(name, f"{report[name]['seconds']} s", report[name]["p_values"], flush=True)
    setting = vars(asked) | dict(chains=CHAINS, draws=DRAWS, kept=KEPT)
    record.write("sbc", setting, report, drawing.ecdf_differences(found, KEPT))


if __name__ == "__main__":
    main()
