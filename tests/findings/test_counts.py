"""What N* becomes with another count of N: against the truth, and against a fit by that count."""

from types import SimpleNamespace

import numpy as np
import pytest

import bayesfit
from bayesfit import stages
from bayesfit.data.runs import from_frame
from bayesfit.findings import counts
from bayesfit.fitted import Fit
from bayesfit.later import Later
from bayesfit.law import six_nd
from bayesfit.questions._counting import counted_otherwise

from ..simulate import TRUTH

BUDGET = 1e25


def columns(runs=60):
    """Runs whose loss follows all parameters, the embeddings included."""
    rng = np.random.default_rng(3)
    width = 10 ** rng.uniform(2.6, 3.6, runs)
    part = 0.3 * width**3
    total = part + 50304 * width
    D = total * 10 ** rng.uniform(0.3, 2.3, runs)
    p = TRUTH
    surface = p["E"] + p["A"] / total ** p["alpha"] + p["B"] / D ** p["beta"]
    loss = surface * np.exp(1e-5 * rng.standard_normal(runs))
    return dict(params_total=total, non_embedding_params=part, tokens=D, loss=loss)


def estimated(heading, law="chinchilla_approach3", given=None):
    """A fit as far as its MLE, with N read from a heading."""
    table = from_frame(given or columns(), "simulated", columns=dict(N=heading))
    settings = stages.Settings(bootstrap=0, refits=False)
    task = stages.task(bayesfit.load_law(law), None, table, None, settings)
    found = stages.estimate(task)
    best = stages.estimates(task.problem, found.best().q[None])
    return Fit(
        law=task.law, likelihood=task.likelihood, runs=task.runs, held_out=None,
        problem=task.problem, mle=found, estimate={name: x[0] for name, x in best.items()},
        posterior=None, bootstrap=None, smaller=Later(list), task=task, timings={}, compiling={},
    )  # fmt: skip


@pytest.fixture(scope="module")
def without():
    return estimated("non_embedding_params")


def truth():
    p, ratio = TRUTH, TRUTH["alpha"] * TRUTH["A"] / (TRUTH["beta"] * TRUTH["B"])
    both = p["alpha"] + p["beta"]
    return ratio ** (1 / both) * (BUDGET / 6) ** (p["beta"] / both)


def test_the_other_count_gives_the_true_best_size_and_says_it_in_both(without):
    (found,) = counts.recounts(without, [BUDGET])
    (row,) = found.frame.to_dict("records")
    assert row["other_N"] == pytest.approx(truth(), rel=0.02)
    width = np.cbrt(row["other_N_as_own"] / 0.3)
    assert row["other_N_as_own"] + 50304 * width == pytest.approx(row["other_N"], rel=1e-4)
    assert row["factor"] == pytest.approx(row["other_N_as_own"] / row["N"])
    assert abs(np.log(row["factor"])) > 0.2  # the laws of the two counts are not one


def test_it_is_the_fit_by_that_count_and_back(without):
    with_all = estimated("params_total")
    (there,), (back,) = (counts.recounts(fit, [1e22, BUDGET]) for fit in (without, with_all))
    np.testing.assert_allclose(there.frame["other_N"], back.frame["N"], rtol=1e-6)
    np.testing.assert_allclose(back.frame["other_N"], there.frame["N"], rtol=1e-6)


def test_a_refit_that_does_not_converge_starts_anew_on_the_other_count(without, monkeypatch):
    lost = without.mle.best()._replace(converged=np.array([False]))
    monkeypatch.setattr(counts, "minimise", lambda *given, **more: lost)
    (found,) = counts.recounts(without, [BUDGET])
    assert found.frame["other_N"][0] == pytest.approx(truth(), rel=0.02)


def test_the_finding_compares_with_the_band_in_the_same_count(without, monkeypatch):
    (row,) = counts.recounts(without, [BUDGET])[0].frame.to_dict("records")
    estimate = Fit.optimum
    for factor, verdict in ((1.01, "PASS"), (0.99, "REVIEW")):
        ends = dict(N_lo80=0.0, N_hi80=factor * row["other_N_as_own"])

        def optimum(fit, flops, by="posterior", ends=ends, **plan):
            frame = estimate(fit, flops, by="MLE", **plan)
            return frame.assign(**ends) if by == "posterior" else frame

        monkeypatch.setattr(Fit, "optimum", optimum)
        (finding,) = counts.look(without)
        assert finding.verdict == verdict
        assert ("--map N=params_total" in finding.advice) is (verdict == "REVIEW")
        assert "'params_total' (all parameters, embeddings included)" in finding.finding


def test_questions_get_a_sentence_and_a_table_unless_the_plan_limits_N(without):
    tables, (sentence,) = counted_otherwise(without, [BUDGET], {})
    assert tables["counts"].frame["other"][0].startswith("'params_total'")
    assert "For 1e25 FLOPs the MLE has N* at" in sentence and "6 N D by either count" in sentence
    assert counted_otherwise(without, [BUDGET], dict(largest_N=1e11)) == ({}, [])
    assert counted_otherwise(without, [BUDGET], dict(cost=six_nd, largest_N=None))[1] == [sentence]


def test_profiles_that_are_none_by_the_other_count_are_not_compared():
    size, C = np.tile(np.geomspace(1e8, 1e9, 5), 3), np.repeat([3e18, 1e19, 3e19], 5)
    loss = 60 * C**-0.07 + 0.01 * np.log(size / (0.05 * C**0.5)) ** 2
    given = dict(params=size, tokens=C / (6 * size), loss=loss)
    uneven = given | dict(params_total=size * np.geomspace(1.1, 50, 15) ** (-1.0) ** np.arange(15))
    law = "chinchilla_approach2"
    assert counts.recounts(estimated("params", law, uneven), [1e21]) == []
    twice = given | dict(params_total=2 * size)
    (found,) = counts.recounts(estimated("params", law, twice), [1e21])
    assert found.frame["factor"][0] == pytest.approx(0.5**0.5, rel=0.1)


def test_a_law_without_a_best_size_has_no_such_finding(without):
    law = bayesfit.load_law("kaplan_d")
    assert not counts.applies(SimpleNamespace(law=law, task=without.task, estimate={}))
