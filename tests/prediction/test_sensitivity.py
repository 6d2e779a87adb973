"""Power scaling: against conjugate posteriors, and what a finding and a figure make of it."""

import numpy as np
import pytest
from scipy import stats

import bayesfit
from bayesfit import binding, figures, likelihoods, models
from bayesfit.findings import prior_sensitivity
from bayesfit.prediction import sensitivity as power
from bayesfit.problem import prior_draws

RNG = np.random.default_rng(0)
DRAWS = 4000


def normal(prior_sd: float, runs: int = 20):
    """Draws of a mean with a normal prior about 1 and unit scatter about 0, and log densities."""
    precision = prior_sd**-2 + runs
    mean = prior_sd**-2 * 1.0 / precision
    draws = mean + RNG.standard_normal(DRAWS) / precision**0.5
    prior = stats.norm(1.0, prior_sd).logpdf(draws)
    likelihood = -0.5 * runs * draws**2
    return draws, prior, likelihood


def test_a_wide_prior_moves_nothing_and_a_narrow_one_much():
    wide, narrow = (power.sensitivity(*normal(sd)[1::-1]) for sd in (10.0, 0.1))
    assert wide < 0.01 < power.NOTABLE < 0.2 < narrow


def test_a_density_that_is_the_same_everywhere_moves_nothing():
    draws, *_ = normal(1.0)
    assert power.sensitivity(np.zeros(DRAWS), draws) == pytest.approx(0.0, abs=1e-6)
    assert power.sensitivity(draws, np.ones(DRAWS)) == 0.0


def test_sensitivity_is_that_of_the_published_definition():
    """The distance between the exact posteriors of two powers, on a fine grid over the draws."""
    draws, prior, _ = normal(0.5)
    x = np.linspace(draws.min(), draws.max(), 20001)

    def cdf(power_):
        precision = power_ * 0.5**-2 + 20
        return stats.norm(power_ * 0.5**-2 / precision, precision**-0.5).cdf(x)

    def distance(p, q):
        found = 0.0
        for one, other in ((p, q), (1 - p, 1 - q)):
            m = 0.5 * (one + other)
            parts = [
                a * np.log2(np.maximum(a, 1e-300) / np.maximum(m, 1e-300)) for a in (one, other)
            ]
            found = max(found, np.nansum(parts[0] + parts[1]) / (one.sum() + other.sum()))
        return found**0.5

    step = power.STEP
    exact = sum(distance(cdf(1.0), cdf(1 + s)) for s in (step, -step))
    exact /= np.log2((1 + step) / (1 - step))
    assert power.sensitivity(prior, draws) == pytest.approx(exact, rel=0.1)


def test_what_the_median_would_be_is_that_of_the_conjugate_posterior():
    draws, prior, likelihood = normal(0.5)
    found = power.table({"mean": prior}, likelihood, {"mean": draws}).loc["mean"]
    for column, power_ in (("median_half", 0.5), ("median_twice", 2.0)):
        exact = power_ * 4 / (power_ * 4 + 20)
        assert found[column] == pytest.approx(exact, abs=0.03)
    assert found["prior_mean"] == found["prior"]


@pytest.fixture(scope="module")
def table(small_fit):
    return small_fit.prior_sensitivity()


def test_a_fit_says_which_answers_hang_on_which_prior(small_fit, table):
    assert {"E", "a", "log_N", "loss_at_N"} <= set(table.index)
    priors = {str(n).removeprefix("prior_") for n in table.filter(like="prior_")}
    assert priors == set(small_fit.problem.priors())
    assert table.loc["loss_at_N", "median"] == pytest.approx(
        float(small_fit.optimum(1e25)["loss_at_N"].iloc[0]), rel=1e-9
    )
    assert (table[["prior", "likelihood"]] > 0).all().all()


def test_joint_densities_are_those_of_the_sampler(small_fit):
    """Prior and likelihood together are the density that was sampled, but for the Jacobian."""
    values = small_fit.posterior.thin(5)
    priors = power.log_priors(small_fit.problem, values)
    theta = {name: values[name][2] for name in small_fit.problem.priors()}
    by_hand = sum(float(p.log_prob(theta[n])) for n, p in small_fit.problem.priors().items())
    assert sum(x[2] for x in priors.values()) == pytest.approx(by_hand)
    joint = float(small_fit.problem.log_likelihood_of(theta))
    assert power.log_likelihood(small_fit.problem, values)[2] == pytest.approx(joint)


def test_hidden_parameters_are_no_priors():
    kind = likelihoods.load("misfit_t")
    bound = binding.bind(models.load("chinchilla_approach3"), bayesfit.load("pile"), kind)
    found = power.log_priors(bound, prior_draws(bound, 10))
    assert set(found) == set(bound.priors()) - {"misfit"}


def test_the_finding_names_what_moves_and_by_which_prior(small_fit, table):
    (found,) = prior_sensitivity.look(small_fit)
    moved = [n for n in power.notable(table) if n in ("a", "E", "log_N", "loss_at_N")]
    assert found.verdict == ("REVIEW" if moved else "PASS")
    if moved:
        assert "mostly by the prior of" in found.finding
        assert "half as strong" in found.finding or "twice as strong" in found.finding


def test_the_figure_has_every_answer_and_every_prior(small_fit, table):
    figure = figures.load("prior_sensitivity")(small_fit, flops=3.8e25)
    left, right = figure.axes[:2]
    assert len(left.get_yticklabels()) == len(table)
    assert "N* at 3.8×10²⁵ FLOPs" in [t.get_text() for t in left.get_yticklabels()]
    assert len(right.get_xticklabels()) == len(small_fit.problem.priors())
    assert len(figures.png(figure)) > 10_000
