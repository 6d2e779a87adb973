"""Laws side by side: scores against known ones, weights, and the average of laws."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit.datasets import published_exponents
from bayesfit.figures._style import png
from bayesfit.figures.laws import laws_side_by_side
from bayesfit.inference.draws import Draws
from bayesfit.questions import compare as comparison
from bayesfit.questions.compare import AVERAGED

BUDGETS = [1e22, 1e24]


@pytest.fixture(scope="module")
def compared(small_fit):
    other = bayesfit.fit(
        "kaplan_chinchilla",
        small_fit.runs,
        bootstrap=50,
        chains=4,
        draws=200,
        discrepancy="none",
        backtest=False,
    )
    return bayesfit.compare({"three": small_fit, "both": other}, BUDGETS)


def test_loo_of_a_normal_mean():
    """Draws of a mean given unit-variance data: the density without a run is known exactly."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal(40)
    mean = y.mean() + rng.standard_normal((4, 2000)) / np.sqrt(len(y))
    density = stats.norm(mean[..., None]).logpdf(y)
    draws = Draws({"mean": mean}, {}, {}, y, density, {"method": "nuts"})
    told, k = draws.loo()
    others = (y.sum() - y) / (len(y) - 1)
    exact = stats.norm(others, np.sqrt(1 + 1 / (len(y) - 1))).logpdf(y)
    np.testing.assert_allclose(told, exact, atol=0.02)
    assert k.max() < 0.5


def test_stacking_finds_the_mixture():
    """Points from 0.7 p + 0.3 q: the weights come back; a law that is never better gets none."""
    rng = np.random.default_rng(1)
    p, q, r = stats.norm(0, 1), stats.norm(3, 0.5), stats.norm(40, 1)
    x = np.where(rng.random(2000) < 0.7, p.rvs(2000, random_state=2), q.rvs(2000, random_state=3))
    table = pd.DataFrame({"p": p.logpdf(x), "q": q.logpdf(x), "r": r.logpdf(x)})
    weights = comparison.stacked(table)
    assert weights["p"] == pytest.approx(0.7, abs=0.04)
    assert weights["r"] < 1e-6 and sum(weights.values()) == pytest.approx(1)
    near = table["p"] + 0.5 * rng.standard_normal(len(table))
    few = comparison.stacked(pd.DataFrame({"p": table["p"], "near": near}).iloc[:10])
    assert 0.1 < few["p"] < 0.9  # ten points cannot tell two near equals apart


def test_every_law_and_their_average_have_bands(compared):
    assert list(compared.exponents.index) == ["three", "both", AVERAGED]
    three = compared.fits["three"].posterior.flat["a"]
    assert compared.exponents.loc["three", "a"] == pytest.approx(np.median(three), abs=1e-3)
    at = compared.optima.set_index(["law", "C"])["N_hi95"].unstack()
    assert at.loc[AVERAGED].between(at.min() * 0.98, at.max() * 1.02).all()
    assert compared.weights.keys() == {"three", "both"}
    assert sum(compared.weights.values()) == pytest.approx(1)


def test_scores_are_of_the_same_runs(compared):
    scores = compared.scores
    assert scores["difference"].max() == 0 and (scores["elpd_loo"].diff().dropna() <= 0).all()
    assert "weight_loo" in scores and "weight_held_out" in scores
    assert np.isnan(scores.loc["both", "log_score"])  # it was fitted without roll-outs


def test_the_figure_names_every_law_and_paper(compared):
    figure = laws_side_by_side(compared)
    said = " ".join(t.get_text() for t in figure.axes[0].get_yticklabels())
    assert "three" in said and all(
        s.partition(" (")[0] in said for s in published_exponents()["source"]
    )
    assert len(png(figure)) > 10_000


def test_one_law_is_no_comparison(small_fit):
    with pytest.raises(bayesfit.InputError, match="two laws"):
        bayesfit.compare({"one": small_fit}, BUDGETS)


def test_the_command_writes_tables_and_leaves_out_what_does_not_fit(tmp_path):
    from click.testing import CliRunner

    from bayesfit.commands.cli import main

    law = tmp_path / "wants_experts.py"
    law.write_text(
        '"""log L = level - slope * log(experts).\n\narXiv:2202.01169"""\n'
        "from jax.numpy import log\nfrom numpyro.distributions import Normal\n"
        "from bayesfit.law import Law\n"
        "law = Law(inputs=('experts',), priors=lambda ref: dict(level=Normal(0.0, 1.0), "
        "slope=Normal(0.0, 1.0)), log_loss=lambda p, runs: p.level - p.slope * log(runs.experts))\n"
    )
    models = f"chinchilla_approach3,kaplan_chinchilla,{law}"
    arguments = ["compare", "--models", models, "--out", str(tmp_path / "out"), "--discrepancy"]
    done = CliRunner().invoke(main, [*arguments, "none"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "left out: pile has no column experts" in " ".join(done.output.split())
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written == {"exponents.csv", "optima.csv", "scores.csv", "laws.png", "run.json"}
