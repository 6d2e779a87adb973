"""Which runs a fit hangs on: weights of the draws, refits, and the known outliers."""

import jax.numpy as jnp
import numpy as np
import pytest
from click.testing import CliRunner
from numpyro.distributions import LogNormal, Normal

import bayesfit
from bayesfit import datasets
from bayesfit.binding import bind
from bayesfit.commands import main
from bayesfit.data.runs import from_frame
from bayesfit.errors import InputError
from bayesfit.inference import mle
from bayesfit.inference.draws import Draws
from bayesfit.law import Law
from bayesfit.questions._influence import influence
from bayesfit.questions._leave_out import without
from bayesfit.questions.influence import in_words

from ..simulate import chinchilla_table


def quick(law, runs):
    asked = dict(likelihood="student_t", refits=False, bootstrap=0, chains=4, draws=200)
    return bayesfit.fit(law, runs, **asked)


@pytest.fixture(scope="module")
def broken():
    """A quick fit to a clean table in which the smallest model ended 25 % too high."""
    table = chinchilla_table(seed=3, runs=40, sigma=0.004).table.drop(columns="C")
    table.loc[table["N"].idxmin(), "loss"] *= 1.25
    return quick("chinchilla_approach3", from_frame(table, "broken", simulated=True))


def conjugate(sd=0.5, count=4000, steeper=1):
    """Draws of a normal mean given six observations, and those observations."""
    rng = np.random.default_rng(0)
    y = np.array([0.3, 0.9, 0.1, 0.7, 0.6, 2.0])
    mean = rng.normal(y.mean(), sd / np.sqrt(len(y)), (4, count // 4))
    log_likelihood = -0.5 * ((y - mean[..., None]) / sd) ** 2
    return Draws(dict(mean=mean), {}, {}, y, steeper * log_likelihood), y


def test_weights_leave_runs_out_of_a_posterior_that_is_known():
    """A flat prior and a normal mean: without some observations the mean is that of the others."""
    draws, y = conjugate()
    sets = np.array([[False] * 5 + [True], [True] + [False] * 5, [True, True] + [False] * 4])
    weights, k = draws.leave_out(sets)
    assert weights.shape == (3, 4000) and k.shape == (3,)
    np.testing.assert_allclose(weights.sum(1), 1.0)
    found = weights @ draws.flat["mean"]
    for mean, left_out, shape in zip(found, sets, k, strict=True):
        assert mean == pytest.approx(y[~left_out].mean(), abs=0.04)
        assert shape < 0.7


def test_weights_that_rest_on_few_draws_are_noticed():
    far, _ = conjugate(steeper=20)
    assert far.leave_out(np.array([[False] * 5 + [True]]))[1][0] > 0.7


def test_refits_are_those_of_the_smaller_table(broken):
    """Leaving a run out by a weight of zero is fitting the table without it."""
    sets = np.eye(40)[[0, 7]]
    refits = without(broken, sets, broken.mle.best().q)
    assert refits.converged.all()
    smaller = bind(broken.law, broken.runs.subset(np.arange(40) != 7))
    starts = mle.starting_points(smaller, 32)[:, : smaller.law_dimension]
    assert refits.objective[1] == pytest.approx(
        mle.race(smaller, starts).best().objective, rel=1e-6
    )


def test_the_broken_run_comes_first(broken):
    found = influence(broken, 1e23, top=2)
    wrong = 1 + int(np.argmin(broken.runs["N"]))
    assert found.runs.loc[0, "number"] == wrong and len(found.runs) == 40
    assert found.runs.loc[0, "residual"] == pytest.approx(np.log(1.25), abs=0.03)
    assert set(found.runs["number"]) == set(range(1, 41))
    # The Student-t likelihood discounts it, so the posterior hardly moves.
    assert abs(found.runs.loc[0, "N_sds"]) < 0.5
    assert len(found.together) == 3 and found.together.loc[0, "N_sds"] == 0
    for name in ("N", "a", "E"):  # one run taken out is that run left out alone
        one, none = found.together.loc[1, f"{name}_mle"], found.together.loc[0, f"{name}_mle"]
        shift = one / none if name == "N" else one - none
        assert shift == pytest.approx(found.runs.loc[0, f"{name}_mle"], rel=1e-6)
    first, *_ = in_words(found)
    assert first.startswith("2 runs move the MLE's N*(1e23) from ") and f"run {wrong}," in first


def test_a_law_without_an_optimum_has_its_parameters_followed(broken):
    law = Law(
        rows="final",
        inputs=("N",),
        priors=lambda ref: dict(level=Normal(0.0, 5.0), slope=LogNormal(-2.5, 0.5)),
        log_loss=lambda p, runs: p.level - p.slope * jnp.log(runs.N),
        symbols=dict(level="log loss at one parameter", slope="exponent of N"),
        name="power_law",
    )
    fit = quick(law, broken.runs)
    found = influence(fit, top=1)
    assert found.runs.loc[0, "number"] > 0 and "N_mle" not in found.runs
    assert in_words(found)[0].startswith("One run moves the MLE's level from ")


def test_too_many_runs_cannot_be_left_out(broken):
    with pytest.raises(InputError, match="leaving out 35 of them"):
        influence(broken, top=35)


@pytest.mark.slow
def test_the_five_known_outliers_of_the_chinchilla_table(shared_upstream):
    """Besiroglu et al. 2024 leave out the five highest losses; with them N* is too large."""
    runs = datasets.load("chinchilla", all_runs=True)
    fit = quick("chinchilla_approach3", runs)
    found = influence(fit, 5.76e23, top=5)
    highest = 1 + np.argsort(-runs["loss"])[:5]
    assert set(found.runs["number"][:5]) == set(highest)
    assert found.together["N_mle"].iloc[0] == pytest.approx(119e9, rel=0.01)
    assert found.together["N_mle"].iloc[-1] == pytest.approx(73.2e9, rel=0.01)
    assert in_words(found)[0].startswith("5 runs move the MLE's N*(5.76e23) from 119B to 73.2B")


def test_the_answer_lists_them(broken):
    answer = broken.ask("influence", flops=1e23, top=2)
    assert len(answer.runs) == 40 and len(answer.together) == 3
    shown = dict(answer.tables["runs"].shown)
    assert len(shown["run"]) in (2, 3)  # and the one that moves N* most, if it is not among them
    assert shown["N*"][0].startswith("x ")
    assert answer.sentences == in_words(influence(broken, 1e23, top=2))
    with pytest.raises(InputError, match="one budget"):
        broken.ask("influence", flops=[1e23, 1e24])


def test_draws_without_an_optimum_are_left_out_of_its_mean(broken, monkeypatch):
    """A few draws whose loss has no valley do not make every number infinite."""
    from bayesfit.questions import _influence

    def some_endless(law, values, budgets):
        N = np.full((len(values["alpha"]), 1), 1e9)
        N[::10] = np.inf
        return dict(N=N)

    monkeypatch.setattr(_influence, "optima", some_endless)
    found = _influence._posterior_quantities(broken, np.eye(40, dtype=bool)[:2], 1e23)
    mean, _, means, _ = found
    assert mean["log_N"] == pytest.approx(np.log(1e9))
    np.testing.assert_allclose(means["log_N"], np.log(1e9))


def test_the_command_names_a_law_that_is_not_there():
    done = CliRunner().invoke(main, ["influence", "--model", "nothing"])
    assert done.exit_code == 2 and "nothing" in done.stderr


def test_the_run_that_alone_moves_the_best_size_most_is_listed_first(small_fit):
    answer = small_fit.ask("influence", top=6)
    said = dict(answer.tables["runs"].shown)["N*"]
    moved = [abs(np.log(float(x.removeprefix("x ")))) for x in said]
    assert len(moved) == 6 and moved == sorted(moved, reverse=True)
    alone = np.abs(np.log(answer.runs["N_mle"]))
    assert moved[0] == pytest.approx(alone.max(), abs=1e-3)
