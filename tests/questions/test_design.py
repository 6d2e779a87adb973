"""Which runs to pay for next: the question, its command and its guard rails."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from scipy.stats import t as student_t

import bayesfit
from bayesfit import figures
from bayesfit.commands import main
from bayesfit.errors import InputError
from bayesfit.prediction import designing
from bayesfit.questions import design

TARGET, ALLOWANCE = "C=1e23", 3e22


@pytest.fixture(scope="module")
def answer(small_fit):
    return small_fit.ask("design", target=TARGET, allowance=ALLOWANCE, runs=5)


def test_runs_lie_within_the_allowance_and_the_bounds(small_fit, answer):
    runs = answer.runs
    assert 1 <= len(runs) <= 5 and runs["cost"].sum() <= ALLOWANCE * (1 + 1e-9)
    np.testing.assert_allclose(runs["cost"], 6 * runs["N"] * runs["D"])
    np.testing.assert_allclose(runs["spent"], runs["cost"].cumsum())
    bound = dict(N="1e9-4e9", D="1e10-2e11", tokens_per_parameter="10-60")
    runs = small_fit.ask("design", target=TARGET, allowance=ALLOWANCE, **bound).runs
    assert runs["N"].between(0.999e9, 4.001e9).all() and runs["D"].between(1e10, 2e11).all()
    assert (runs["D"] / runs["N"]).between(9.99, 60.1).all()


def test_bands_narrow_run_by_run_from_that_of_today(small_fit, answer):
    widths = answer.runs["hi80"] - answer.runs["lo80"]
    assert widths.is_monotonic_decreasing and answer.runs["sd_left"].is_monotonic_decreasing
    np.testing.assert_allclose(answer.runs["nats"], -np.log(answer.runs["sd_left"]))
    today = small_fit.optimum(1e23).iloc[0]
    assert answer.facts["today"]["lo80"] == pytest.approx(today["loss_lo80"], rel=1e-3)
    assert answer.facts["today"]["hi80"] == pytest.approx(today["loss_hi80"], rel=1e-3)


def test_the_design_does_no_worse_than_plans_of_its_cost(answer):
    plans = answer.plans.set_index("plan")
    own = plans.loc["this design"]
    assert (plans["cost"] <= own["cost"] * 1.001).all() and len(plans) >= 5
    assert own["sd_left"] <= plans["sd_left"].min() + 0.02  # the halves of the draws differ


def test_what_is_left_out_is_said(small_fit):
    """Of an allowance for many runs those are bought that do nearly all of it."""
    found = small_fit.ask("design", target="C=1e25", allowance=3e21)
    [said] = [x for x in found.sentences if x.startswith("Left out")]
    runs, more = len(found.runs), re.match(r"Left out: (\d+) further runs? for ", said)
    assert more and runs + int(more[1]) <= design.RUNS
    narrower = float(re.search(r"narrow the band by ([\d.]+) % more", said)[1])
    assert narrower < 100 * (designing.WIDER - 1) + 1  # one half of the draws chose, one judges


def test_the_band_is_that_of_draws_weighted_by_what_the_run_shows(small_fit):
    """Nested Monte Carlo, of one run: simulate it, weigh the draws by it, and look at the sd."""
    answer = small_fit.ask("design", target=TARGET, allowance=ALLOWANCE, runs=1)
    assert re.match(r"This run costs \S+, .+, and narrows the 80 % band", answer.sentences[0])
    run = answer.runs.iloc[0]
    law, values = small_fit.drawn()
    y = np.log(small_fit.optimum(1e23, draws=True)["loss"].to_numpy()[:, 0])
    there = dict(N=[run["N"]], D=[run["D"]])
    columns = small_fit.problem.inputs(there)
    seen = designing.shown(small_fit.problem, law, values, columns, seed=1)[:, :, 0]
    fitted = np.log(small_fit.predict(there, draws=True)["loss"].to_numpy()[:, 0])
    left = []
    for outcome in seen[:: len(seen) // 200, 0]:
        weights = student_t.pdf(outcome, values["nu"], fitted, values["sigma"])
        weights /= weights.sum()
        left.append(weights @ (y - weights @ y) ** 2)
    nested = np.sqrt(np.mean(left)) / y.std()
    assert nested == pytest.approx(run["sd_left"], abs=0.08)


@pytest.mark.parametrize("quantity", ["N", "D", "tokens_per_parameter", "alpha", "E"])
def test_other_quantities(small_fit, quantity):
    options = dict(quantity=quantity, allowance=1e22, runs=3)
    target = {} if quantity in ("alpha", "E") else dict(target=TARGET)
    found = small_fit.ask("design", **target, **options)
    assert 0 < found.runs["sd_left"].iloc[-1] < 1
    today = found.facts["today"]
    if quantity in ("alpha", "E"):
        expected = np.median(small_fit.posterior.flat[quantity])
    else:
        expected = small_fit.optimum(1e23)[quantity][0]
    assert today["median"] == pytest.approx(expected, rel=0.02)


def test_the_loss_of_one_run(small_fit):
    found = small_fit.ask("design", target="N=70e9,D=1.4e12", allowance=1e22, runs=2)
    there = small_fit.predict(dict(N=70e9, D=1.4e12))
    assert found.facts["today"]["median"] == pytest.approx(there["loss"][0], rel=1e-3)
    assert found.facts["flops"] == pytest.approx(6 * 70e9 * 1.4e12)


def test_a_pool_is_bought_from_once_each_and_by_its_own_price(small_fit, tmp_path):
    pool = pd.DataFrame(dict(N=[1e9, 2e9, 4e9, 1e10], D=[2e10, 1e10, 4e10, 2e10]))
    pool["hours"] = [10.0, 20.0, 30.0, 1000.0]
    options = dict(target=TARGET, allowance=60.0, price="hours")
    runs = small_fit.ask("design", pool=pool, **options).runs
    assert not runs.duplicated(["N", "D"]).any() and runs["cost"].sum() <= 60.0
    assert set(runs["N"]) <= {1e9, 2e9, 4e9}
    file = tmp_path / "offers.csv"
    pool.to_csv(file, index=False)
    again = small_fit.ask("design", pool=str(file), **options).runs
    pd.testing.assert_frame_equal(runs, again)


def test_a_run_may_be_bought_again_where_scatter_is_what_hides_the_law(small_fit):
    bound = dict(N="2e10-2e10", tokens_per_parameter="20-20")
    runs = small_fit.ask("design", target=TARGET, allowance=1e24, runs=4, **bound).runs
    assert len(runs) > 1 and runs.duplicated(["N", "D"]).any()


def test_recipes_and_groups(corpora_fit):
    options = dict(target="C=1e22", allowance=1e21, runs=3)
    with pytest.raises(InputError, match="runs of which corpus"):
        corpora_fit.ask("design", **options)
    label = corpora_fit.labels[0]
    runs = corpora_fit.ask("design", within=label, **options).runs
    assert set(runs["corpus"]) == {label}
    pool = dict(N=[1e9], D=[2e10], corpus=["unheard"])
    with pytest.raises(InputError, match="the pool has the corpus 'unheard', of which nothing"):
        corpora_fit.ask("design", within=label, pool=pool, **options)
    a, b, *_ = corpora_fit.labels
    found = corpora_fit.ask("design", quantity="speedup", of=a, over=b, **options)
    assert set(found.runs["corpus"]) <= {a, b} and "speed-up" in found.facts["quantity"]
    plans = found.plans.set_index("plan")
    assert list(plans.index) == ["this design", "cheapest first", "random runs"]
    assert plans["sd_left"]["this design"] <= plans["sd_left"].min() + 0.02
    assert (plans["cost"] <= plans["cost"]["this design"] * (1 + 1e-6)).all()


def test_a_rule_of_flops_prices_the_runs_too(small_fit):
    options = dict(target=TARGET, allowance=ALLOWANCE, runs=3)
    found = small_fit.ask("design", cost="60*N*D", **options)
    np.testing.assert_allclose(found.runs["cost"], 60 * found.runs["N"] * found.runs["D"])
    plans = found.plans.set_index("plan")
    assert (plans["cost"] <= plans.loc["this design", "cost"] * 1.001).all()


def test_tokens_bound_to_one_value_are_offered(small_fit):
    runs = small_fit.ask("design", target=TARGET, allowance=ALLOWANCE, runs=2, D="3e10-3e10").runs
    np.testing.assert_allclose(runs["D"], 3e10)


def test_a_long_pool_is_observed_in_fewer_draws(small_fit, monkeypatch):
    """As many as tell the least gain that counts, where the pool would be too long for all."""
    seen = []
    joint = design._joint
    monkeypatch.setattr(design, "CELLS", 0)
    monkeypatch.setattr(design, "_joint", lambda *args: seen.append(joint(*args)) or seen[-1])
    rng = np.random.default_rng(0)
    pool = dict(N=np.exp(rng.uniform(20, 24, 40)), D=np.exp(rng.uniform(22, 26, 40)))
    found = small_fit.ask("design", target=TARGET, allowance=ALLOWANCE, runs=2, pool=pool)
    draws = len(small_fit.drawn()[1]["alpha"])
    assert 0.5 * 2 / designing.LEAST < len(seen[0]) <= min(draws, 2 / designing.LEAST)
    assert len(found.runs) and found.runs["sd_left"].between(0, 1).all()


def test_a_pool_that_tells_next_to_nothing_still_has_a_best_run(small_fit):
    pool = dict(N=[1.3e9, 1.4e9], D=[2.9e11, 3e11], hours=[7.0, 8.0])
    found = small_fit.ask("design", target="C=1e26", pool=pool, price="hours", allowance=9.0)
    assert len(found.runs) == 1 and any("7 hours" in x or "8 hours" in x for x in found.sentences)


def test_a_target_far_beyond_is_said(small_fit):
    said = small_fit.ask("design", target="C=1e26", allowance=1e22, runs=3).sentences
    assert any("decades beyond the largest run that could be bought" in x for x in said)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (dict(allowance=1e21), "loss at which budget"),
        (dict(target=TARGET), "how much may be bought"),
        (dict(target=TARGET, allowance=-1.0), "allowance is a number above zero"),
        (dict(target=TARGET, allowance=1e5), "the cheapest run costs"),
        (dict(target="C=banana", allowance=1e21), "cannot read the target"),
        (dict(target="C=-1", allowance=1e21), "finite number above zero"),
        (dict(target="N=1e9", allowance=1e21), "the target names no D"),
        (dict(target="N=1e9,D=1e10", quantity="N", allowance=1e21), "give the target as C=1e25"),
        (dict(target=TARGET, quantity="banana", allowance=1e21), "there is no quantity 'banana'"),
        (dict(target=TARGET, allowance=1e21, N="5e9-1e9"), "low-high"),
        (dict(target=TARGET, allowance=1e21, N="1e9-2e9", D="1e3-1e4"), "no run lies within"),
        (dict(target=TARGET, allowance=1e21, within="x"), "has no groups"),
        (
            dict(target=TARGET, quantity="speedup", allowance=1e21),
            "a speed-up compares recipes",
        ),
        (dict(target=TARGET, allowance=1e21, pool=dict(N=[1e9])), "the pool has no column D"),
        (
            dict(target=TARGET, allowance=1e21, pool=dict(N=[1e9], D=[2e10]), price="euros"),
            "the pool has no column 'euros'",
        ),
        (dict(target=TARGET, allowance=1e21, banana=1), "banana"),
        (dict(target=TARGET, allowance=1e21, of="a"), "of goes with quantity speedup"),
        (dict(target=TARGET, allowance=1e21, against="x"), "against goes with quantity law"),
        (dict(target=TARGET, allowance=1e21, price="p"), "price goes with a pool of runs"),
        (
            dict(target=TARGET, allowance=1e21, pool=dict(N=[1e9], D=[2e10]), N="1e9-2e9"),
            "N bounds runs that are free, and a pool has its own",
        ),
        (dict(target="C=1e25,C=1e24", allowance=1e21), "cannot read the target"),
        (dict(target=TARGET, allowance=1e21, runs=2.5), "runs is a whole number"),
        (dict(target=TARGET, allowance="x"), "allowance is a number"),
        (
            dict(target=TARGET, allowance=9, pool=dict(N=[1e9], D=[2e10], p=["cheap"]), price="p"),
            "run 1 of the pool costs nothing, or no number",
        ),
    ],
)
def test_what_cannot_be_designed_is_said_in_a_sentence(small_fit, options, match):
    with pytest.raises(InputError, match=match):
        small_fit.ask("design", **options)


def test_the_figure_shows_the_runs_and_the_money(answer):
    figure = answer.figures["design"]()
    left, right = figure.axes
    assert left.get_xlabel() == "N, parameters" and right.get_ylabel().startswith(
        "width of the band"
    )
    assert figures.load("design").of == "design"


def test_two_targets_are_refused_and_not_the_first_dropped(tmp_path):
    asked = ["design", str(tmp_path), "--target", "C=1e22", "--target", "C=1e23"]
    result = CliRunner().invoke(main, [*asked, "--allowance", "1e21"])
    assert result.exit_code == 2 and "--target is given twice" in result.output


def test_the_command_prints_what_python_answers(small_fit, answer, tmp_path):
    small_fit.save(tmp_path / "fit")
    asked = ["design", str(tmp_path / "fit"), "--target", TARGET, "--allowance", "3e22"]
    result = CliRunner().invoke(main, [*asked, "--runs", "5", "--json"])
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["tables"]["runs"]
    assert [row["N"] for row in rows] == pytest.approx(list(answer.runs["N"]))


AROUND = dict(N=1e8, D=2e9, loss=3.3)


def test_before_any_run_the_priors_choose_the_first_ones():
    prior = bayesfit.from_priors("chinchilla_approach3", AROUND)
    found = prior.ask("design", target="C=1e21", allowance=1e19, runs=4, N="1e7-1e9")
    assert 1 <= len(found.runs) <= 4 and found.runs["cost"].sum() <= 1e19
    assert found.runs["N"].between(1e7, 1e9).all()
    assert found.runs["sd_left"].iloc[-1] < 0.7  # priors know little: runs tell much
    assert any("No run was fitted" in x for x in found.sentences)
    seen = prior.drawn()[1]["L_ref"]
    assert np.median(seen) == pytest.approx(AROUND["loss"], rel=0.1)  # nothing was learned


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (dict(runs=2, N="1e7-1e9"), "say what may be spent"),
        (dict(allowance=1e19), "say which sizes could be trained"),
    ],
)
def test_before_any_run_bounds_are_the_users(options, match):
    prior = bayesfit.from_priors("chinchilla_approach3", AROUND)
    with pytest.raises(InputError, match=match):
        prior.ask("design", target="C=1e21", **options)


def test_priors_answer_no_question_about_runs():
    prior = bayesfit.from_priors("chinchilla_approach3", AROUND)
    with pytest.raises(InputError, match="influence is asked of a fit"):
        prior.ask("influence")
    with pytest.raises(InputError, match="around has no loss"):
        bayesfit.from_priors("chinchilla_approach3", dict(N=1e8, D=2e9))


def test_the_command_before_any_run():
    asked = ["design", "--model", "chinchilla_approach3", "--target", "C=1e21", "--N", "1e7-1e9"]
    asked += ["--allowance", "1e19", "--runs", "2", "--around", "N=1e8,D=2e9,loss=3.3"]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 0 and "priors of the law speak alone" in result.output
    result = CliRunner().invoke(main, [*asked, "--data", "pile"])
    assert result.exit_code == 2 and "--around stands for a fit" in result.output


@pytest.fixture(scope="module")
def rival(small_fit):
    quick = dict(likelihood="student_t", bootstrap=0, refits=False, chains=4, draws=200)
    return bayesfit.fit("chinchilla_tied", bayesfit.load("pile"), **quick)


def test_runs_that_show_which_of_two_laws_is_right(small_fit, rival, tmp_path):
    options = dict(quantity="law", allowance=1e24, runs=4, tokens_per_parameter="1-1000")
    found = small_fit.ask("design", against=rival, **options)
    runs = found.runs
    assert runs["cost"].sum() <= 1e24 and not runs.duplicated(["N", "D"]).any()
    assert runs["nats"].is_monotonic_increasing and 0.5 < runs["probability"].iloc[-1] <= 1
    rival.save(tmp_path / "rival")
    again = small_fit.ask("design", against=str(tmp_path / "rival"), **options)
    pd.testing.assert_frame_equal(runs, again.runs)
    assert found.facts["against"] == "chinchilla_tied"


def test_a_rival_is_another_law_of_the_same_runs(small_fit, rival):
    options = dict(quantity="law", allowance=1e21)
    with pytest.raises(InputError, match="which law is the rival"):
        small_fit.ask("design", **options)
    with pytest.raises(InputError, match="both fits are of chinchilla_approach3"):
        small_fit.ask("design", against=small_fit, **options)
    quick = dict(likelihood="student_t", bootstrap=0, refits=False, chains=4, draws=200)
    elsewhere = bayesfit.fit("chinchilla_tied", bayesfit.load("pile").where("N < 5e9"), **quick)
    with pytest.raises(InputError, match="are other runs"):
        small_fit.ask("design", against=elsewhere, **options)
