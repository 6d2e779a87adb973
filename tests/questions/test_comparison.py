"""Laws side by side: scores against known ones, and weights."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import bayesfit
from bayesfit.binding import explained
from bayesfit.constants import BUDGETS
from bayesfit.datasets import published_exponents
from bayesfit.figures import png
from bayesfit.inference.draws import Draws
from bayesfit.questions import _cells as cells
from bayesfit.questions import _comparison as comparison
from bayesfit.questions.compare import _apart, in_words

ASKED = [1e22, 3.8e25]


@pytest.fixture(scope="module")
def fits(small_fit):
    other = bayesfit.fit(
        "kaplan_chinchilla",
        small_fit.runs,
        likelihood="student_t",
        bootstrap=0,
        chains=4,
        draws=200,
        refits=False,
    )
    return {"three": small_fit, "both": other}


@pytest.fixture(scope="module")
def compared(fits):
    return bayesfit.compare(fits, ASKED)


def test_loo_of_a_normal_mean():
    """Draws of a mean given unit-variance data: the density without a run is known exactly."""
    rng = np.random.default_rng(0)
    y = rng.standard_normal(40)
    mean = y.mean() + rng.standard_normal((4, 2000)) / np.sqrt(len(y))
    density = stats.norm(mean[..., None]).logpdf(y)
    draws = Draws({"mean": mean}, {}, {}, y, density, {"method": "nuts"})
    found, k = draws.loo()
    others = (y.sum() - y) / (len(y) - 1)
    exact = stats.norm(others, np.sqrt(1 + 1 / (len(y) - 1))).logpdf(y)
    np.testing.assert_allclose(found, exact, atol=0.02)
    assert k.max() < 0.5


def test_different_tables_are_said():
    """And not of two laws that take other rows of one table."""
    curves, other = bayesfit.load("simulated_curves"), bayesfit.load("simulated_isoflop")
    laws = [bayesfit.load_law(f"chinchilla_approach{i}") for i in (1, 3)]
    rows = [explained(law, curves) for law in laws]
    assert rows[0].sha256 != rows[1].sha256

    def said(*tables):
        fits = {str(i): SimpleNamespace(law=laws[1], runs=x) for i, x in enumerate(tables)}
        bare: Any = SimpleNamespace(asked=[], budgets=[], draws={}, fits=fits, scores=scores)
        return " ".join(in_words(bare))

    scores = pd.DataFrame(dict(unreliable=[0, 0]), index=["0", "1"])
    assert "different tables (simulated_curves and simulated_isoflop)" in said(curves, other)
    assert "different tables" not in said(*rows)


def test_a_band_without_an_upper_end_is_said_of_its_law():
    optima = pd.DataFrame(
        dict(C=1e24, law=["p", "q"], N=[1e9, 3e9], N_lo80=[5e8, 1e9], N_hi80=[2e9, 6e9])
    )
    two: Any = SimpleNamespace(draws={"p": {}}, optima=optima)
    assert _apart(two, 1e24) == [
        "At 1e24 FLOPs the laws' N* are a factor of 3.0 apart; the widest 80 % band of one law "
        "spans a factor of 6.0."
    ]
    optima.loc[1, "N_hi80"] = np.inf
    assert _apart(two, 1e24)[0].endswith("apart; the 80 % band of q has no upper end.")
    optima.loc[1, "N"] = np.inf
    assert _apart(two, 1e24) == ["At 1e24 FLOPs there is no optimum by q."]
    assert cells.with_band(dict(a=0.5, a_lo80=0.4, a_hi80=np.inf), "a", cells.loss) == (
        "0.500 (0.400–∞)"
    )


def test_one_unreliable_run_is_one_run():
    scores = pd.DataFrame(dict(unreliable=[1, 2]), index=["p", "q"])
    bare: Any = SimpleNamespace(asked=[], budgets=[], draws={}, fits={}, scores=scores)
    one, two, _ = in_words(bare)
    assert one.endswith(" 0.7 for 1 run.") and two.endswith(" 0.7 for 2 runs.")


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


def test_stacking_is_solved_to_the_end():
    """No weight can be moved to the gain of the mean log density (Kuhn-Tucker)."""
    rng = np.random.default_rng(4)
    log_p = rng.normal(0.0, 1.0, (60, 4)) + np.array([0.3, 0.0, 0.2, -3.0])
    share = rng.dirichlet(np.ones(60))
    p = np.exp(log_p)
    w = comparison._best_mixture(p, share)
    gain = (share / (p @ w)) @ p  # 1 for laws with a weight, at most 1 for the others
    assert w.sum() == pytest.approx(1) and w.min() >= 0
    assert gain.max() < 1 + 1e-5
    np.testing.assert_allclose(gain[w > 1e-4], 1.0, atol=1e-5)


def test_every_law_has_bands_and_no_average_has(compared, small_fit):
    assert list(compared.exponents.index) == ["three", "both"]
    three = small_fit.posterior.flat["a"]
    assert compared.exponents.loc["three", "a"] == pytest.approx(np.median(three), abs=1e-3)
    assert set(compared.optima["law"]) == {"three", "both"}
    assert "not averaged beyond" in compared.sentences[-1]


def test_the_loss_beside_an_optimum_is_that_of_building_it(compared, small_fit):
    """The same as the fit's own."""
    optima = compared.optima.set_index(["law", "C"])
    own = small_fit.optimum(ASKED).set_index("C")
    for C in ASKED:
        assert optima.loc[("three", C), "loss_at_N"] == own.loc[C, "loss_at_N"]
    assert (optima["loss_at_N_lo95"] < optima["loss_at_N_hi95"]).all()


def test_the_budgets_asked_for_are_shown(compared):
    assert list(compared.optima["C"].unique()) == sorted([*BUDGETS, 3.8e25])  # 1e22 once
    rows = dict(compared.tables["optima"].shown)["FLOPs, law"]
    assert "3.8e25 three" in rows and "1e22 three" in rows and "1e26 both" in rows
    first, second = compared.sentences[:2]
    assert first.startswith("At 1e22 FLOPs the laws' N*") and second.startswith("At 3.8e25 FLOPs")


def test_scores_are_of_the_same_runs(compared):
    scores = compared.scores
    assert scores["difference"].max() == 0 and (scores["elpd_loo"].diff().dropna() <= 0).all()
    assert scores["weight_loo"].sum() == pytest.approx(1)
    assert np.isnan(scores.loc["both", "log_score"])  # it was fitted without refits


def test_the_figure_names_every_law_and_paper(compared):
    figure = compared.figures["laws"]()
    said = " ".join(t.get_text() for t in figure.axes[0].get_yticklabels())
    assert "three" in said and all(
        s.partition(" (")[0] in said for s in published_exponents()["source"]
    )
    assert len(png(figure)) > 10_000


def test_one_law_is_no_comparison(small_fit):
    with pytest.raises(bayesfit.InputError, match="two fits"):
        bayesfit.compare({"one": small_fit}, ASKED)
    with pytest.raises(bayesfit.InputError, match="cannot compare a int"):
        bayesfit.compare([small_fit, 3])


def test_a_list_of_fits_and_one_fit_beside_others_say_the_same(fits, compared):
    """Names aside: scores and bands come from the same draws."""
    listed = bayesfit.compare(list(fits.values()), ASKED)
    assert list(listed.facts["fits"]) == ["chinchilla_approach3", "kaplan_chinchilla"]
    beside = fits["three"].ask("compare", others=[fits["both"]], flops=ASKED)
    columns = ["C", "N", "N_lo80", "loss_at_N"]
    for found in (listed, beside):
        pd.testing.assert_frame_equal(found.optima[columns], compared.optima[columns])


def test_an_optimum_that_does_not_exist_is_infinite(fits):
    """Where an end of the range has none, the exponent is infinite, and no number is made up."""
    best = dict(
        N=np.array([[1e9, 1e11], [1e9, np.inf]]), D=np.array([[1e10, 1e12], [1e10, np.inf]])
    )
    found = comparison.Comparison(fits, [BUDGETS[0], BUDGETS[-1]])
    found.__dict__["draws"] = {"three": best}
    assert np.isinf(found.exponents.loc["three", "a_hi95"])
    assert found.exponents.loc["three", "a_lo95"] == pytest.approx(2 / 5)
    assert found.optima["without_optimum"].tolist() == [0.0, 0.5]


@pytest.mark.slow
def test_the_command_writes_tables_and_leaves_out_what_does_not_fit(tmp_path):
    from click.testing import CliRunner

    from bayesfit.commands import main

    law = tmp_path / "wants_experts.py"
    law.write_text(
        '"""log L = level - slope * log(experts).\n\narXiv:2202.01169"""\n'
        "from jax.numpy import log\nfrom numpyro.distributions import Normal\n"
        "from bayesfit.law import Law\n"
        "law = Law(rows='final', inputs=('experts',), "
        "priors=lambda ref: dict(level=Normal(0.0, 1.0), "
        "slope=Normal(0.0, 1.0)), log_loss=lambda p, runs: p.level - p.slope * log(runs.experts))\n"
    )
    models = f"chinchilla_approach3,kaplan_n,{law}"
    arguments = ["compare", "--quick", "--models", models, "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "left out: pile has no column experts" in " ".join(done.output.split())
    written = {path.name for path in (tmp_path / "out").rglob("*.*")}
    tables = {"exponents.csv", "optima.csv", "scores.csv"}
    assert written == tables | {"laws.png", "laws.svg", "answer.json", ".bayesfit"}
