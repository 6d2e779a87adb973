"""Asking: options, budgets, and what an answer shows of optima that do not exist or of groups."""

import numpy as np
import pandas as pd
import pytest

import bayesfit
from bayesfit import questions
from bayesfit.answers import Answer
from bayesfit.constants import BUDGETS
from bayesfit.errors import InputError
from bayesfit.prediction.optimum import optima
from bayesfit.questions import Question, _budgets, _optima

from ..findings import fakes


def test_there_is_a_question_for_each_file():
    there = {
        "backtest",
        "compare",
        "influence",
        "optimum",
        "overview",
        "predict",
        "speedup",
        "tokens",
    }
    assert there <= set(questions.names())
    for name in there:
        question = questions.load(name)
        assert question.doc.endswith(".") and set(question.stages) <= set(questions.STAGES)


def test_an_option_that_is_not_there_is_named_with_those_that_are(small_fit):
    with pytest.raises(InputError, match="'flop'.*its options are flops, top"):
        small_fit.ask("influence", flop=1e25)
    with pytest.raises(InputError, match="'others'.*its options are others, flops"):
        small_fit.ask("compare")
    with pytest.raises(InputError, match="no question called 'optimun': did you mean optimum"):
        questions.ask(small_fit, "optimun")
    with pytest.raises(InputError, match="no stage 'prior'"):
        Question(ask=lambda fit: Answer("empty"), stages=("prior",))


def test_a_question_may_refuse_a_law():
    question = questions.load("tokens")
    with pytest.raises(InputError, match="no best size"):
        question.ask(fakes.fit(law=bayesfit.load_law("kaplan_n"), runs=None))
    with pytest.raises(InputError, match="predicts no loss of larger runs"):
        questions.load("backtest").check(bayesfit.load_law("chinchilla_approach2"), None, {})


# -- budgets ---------------------------------------------------------------------------------------


def test_a_budget_asked_for_is_shown_once():
    """10.0**23 is not 1e23, but nobody wants to see both."""
    assert _budgets.shown(()) == list(BUDGETS) and 1e23 in BUDGETS
    assert _budgets.shown(1e23) == _budgets.shown([1e23, 1e23]) == list(BUDGETS)
    assert _budgets.shown(10.0**23) == [C if C != 1e23 else 10.0**23 for C in BUDGETS]
    assert _budgets.shown("3.8e25,1e22") == sorted([*BUDGETS, 3.8e25])
    assert _budgets.asked(np.array([1e24, 1e22])) == [1e22, 1e24]


@pytest.mark.parametrize("flops", [-1, [1e22, 0.0], float("nan"), np.inf, "much", [None], "1e22,"])
def test_a_budget_is_a_positive_number(flops, small_fit):
    with pytest.raises(InputError, match="budgets are FLOPs above zero, such as 1e25"):
        _budgets.asked(flops)
    with pytest.raises(InputError):
        small_fit.ask("optimum", flops=flops)


def test_scalars_stand_where_lists_do(small_fit):
    one, several = (small_fit.ask("optimum", flops=C).optima for C in (1e25, [1e25]))
    pd.testing.assert_frame_equal(one, several)
    pd.testing.assert_frame_equal(one, bayesfit.optimum(small_fit, 1e25).optima)
    assert small_fit.ask("optimum").optima["C"].tolist() == list(BUDGETS)
    overview = small_fit.ask("overview", flops=1e23)
    assert overview.optima["C"].tolist() == list(BUDGETS)
    np.testing.assert_array_equal(one["N"], overview.optima.set_index("C").loc[[1e25], "N"])


# -- what people see -------------------------------------------------------------------------------


def rows(C, label=None, **changes):
    """A row of `Fit.optimum` with bands of a tenth around each number."""
    row = dict(C=C)
    middles = dict(N=1e9, D=1e10, tokens_per_parameter=10.0, loss=2.0, loss_at_N=2.1) | changes
    for name, x in middles.items():
        ends = dict(lo95=0.8, lo80=0.9, hi80=1.1, hi95=1.2)
        row |= {name: x} | {f"{name}_{end}": x * f for end, f in ends.items()}
    return row | dict(without_optimum=0.0) | ({} if label is None else dict(corpus=label))


def test_an_optimum_that_does_not_exist_is_said():
    endless = rows(1e27, N=np.inf, D=np.inf, tokens_per_parameter=np.inf, loss_at_N=np.inf)
    frame = pd.DataFrame([rows(1e25), endless | dict(without_optimum=0.64)])
    columns = dict(_optima.columns(frame))
    assert columns["N*"] == ["1B", "no optimum"] == columns["D*"][:0] + columns["N*"]
    assert columns["D*/N*"][1] == "no optimum" and columns["draws without"] == ["0 %", "64 %"]
    first, second = _optima.sentences(frame, fakes.law(), [1e25, 1e27])
    assert first.startswith("For 1e25 FLOPs: N* 1B (80 %: 900M to 1.1B) on D* 10B")
    assert "a loss of 2.100 (80 %: 1.890 to 2.310) at that N*" in first and "draws" not in first
    assert second.startswith(
        "For 1e27 FLOPs there is no optimum: in 64 % of the draws no size is the best. Limit the "
    )


def test_rows_of_groups_have_their_labels():
    labels = ["web", "code", "another"]
    frame = pd.DataFrame([rows(C, label) for label in labels for C in (1e24, 1e25)])
    shown = dict(_optima.table(frame, fakes.law(group="corpus"), [1e25]).shown)
    assert shown["FLOPs, corpus"] == [f"{C} {x}" for x in labels for C in ("1e24", "1e25")]
    said = _optima.sentences(frame, fakes.law(group="corpus"), [1e25])
    assert [sentence.partition(":")[0] for sentence in said] == [
        f"For 1e25 FLOPs and corpus {label}" for label in labels
    ]
    many = [rows(C, f"group {i}") for i in range(9) for C in (1e24, 1e25, 1e26)]
    shown = dict(_optima.table(pd.DataFrame(many), fakes.law(group="corpus"), [1e25]).shown)
    assert shown["FLOPs, corpus"] == [f"1e25 group {i}" for i in range(9)]


# -- predictions -----------------------------------------------------------------------------------


def test_runs_to_predict_are_given_in_many_ways(small_fit, tmp_path):
    one = small_fit.ask("predict", at="N=33e9,D=1.4e12").predictions
    assert one["N"].tolist() == [33e9] and one["loss"].item() > 1
    (tmp_path / "runs.csv").write_text("N,D\n33e9,1.4e12\n")
    for given in (
        dict(at={"N": 33e9, "D": 1.4e12}),
        dict(at=["N=33e9, D=1.4e12"]),
        dict(runs={"N": [33e9], "D": [1.4e12]}),
        dict(runs=pd.DataFrame(dict(N=[33e9], D=[1.4e12]))),
        dict(runs=tmp_path / "runs.csv"),
    ):
        pd.testing.assert_frame_equal(one, small_fit.ask("predict", **given).predictions)
    pd.testing.assert_frame_equal(
        one, bayesfit.predict(small_fit, {"N": 33e9, "D": 1.4e12}).predictions
    )


def test_a_few_runs_are_compared_with_the_first_draw_by_draw(small_fit):
    at = ["N=33e9,D=1.4e12", "N=70e9,D=1.4e12", "N=70e9,D=3e11"]
    answer = small_fit.ask("predict", at=at)
    found, single = answer.differences, answer.predictions
    assert list(found["run"]) == ["N 70B, D 1.4T", "N 70B, D 300B"]
    drawn = small_fit.predict(dict(N=[33e9, 70e9], D=[1.4e12, 1.4e12]), draws=True)
    apart = drawn["loss"].to_numpy()[:, 1] - drawn["loss"].to_numpy()[:, 0]
    assert found["difference"][0] == np.quantile(apart, 0.5, method="nearest") < 0
    assert found["probability"][0] == np.mean(apart < 0) > 0.95
    assert 0.5 < found["probability_observed"][0] < found["probability"][0]
    # What both have in common drops out: a difference is known better than either loss.
    width = found["difference_hi80"][0] - found["difference_lo80"][0]
    assert width < 0.7 * (single["loss_hi80"] - single["loss_lo80"]).min()
    assert answer.sentences[-2].startswith("N 70B, D 1.4T: a loss 0.")
    assert " less than N 33B, D 1.4T (80 %: 0." in answer.sentences[-2]
    assert dict(answer.tables["differences"].shown)["P(lower)"][0].endswith(" %")
    with pytest.raises(InputError, match="gives N twice"):
        small_fit.ask("predict", at="N=33e9,N=70e9,D=1.4e12")
    assert "differences" not in small_fit.ask("predict", at=at[:1]).tables
    assert "differences" not in small_fit.ask("predict", runs=dict(N=[1e9, 2e9], D=1e10)).tables


def test_predictions_beside_what_was_seen(small_fit):
    answer = small_fit.ask("predict", runs=small_fit.runs)
    found = answer.predictions
    assert found["run"].tolist() == list(small_fit.runs["run"])
    assert found["inside95"].mean() > 0.8 and found["relative_error"].abs().max() < 0.05
    shown = dict(answer.tables["predictions"].shown)
    assert {"run", "N", "D", "loss", "80 %", "one run, 95 %", "observed", "error"} <= set(shown)
    assert answer.sentences[0].startswith(f"Observed: {len(small_fit.runs)} runs, predicted with")


def test_runs_that_cannot_be_read(small_fit):
    for at, words in (
        ("33e9", "there is no file|no table|read"),
        (["N=33e9", "N=33e9,D=1e12"], "different columns"),
        (["33e9"], "write it as N=33e9,D=1.4e12"),
        ("N=33e9", "needs column D"),
    ):
        with pytest.raises(InputError, match=words):
            small_fit.ask("predict", at=at)
    with pytest.raises(InputError, match="N=33e9,D=1.4e12, or else a table"):
        small_fit.ask("predict", at="N=1,D=2", runs="pile")


# -- backtest, overview ----------------------------------------------------------------------------


def test_a_backtest_has_the_hold_outs_of_the_fit(small_fit):
    """By Python, from the refits of the fit; the command gives the same (tests/commands)."""
    answer = small_fit.ask("backtest")
    ours = answer.holdouts[answer.holdouts["method"] == "posterior"].reset_index(drop=True)
    assert len(ours) == len(small_fit.holdouts)
    np.testing.assert_array_equal(ours["held_out"], small_fit.holdouts["held_out"])
    assert answer.summary.index[0] == "posterior" and len(answer.summary) == 3
    assert "losses predicted before they were seen" in answer.sentences[0]
    assert "At " in answer.sentences[1] and "higher" in answer.sentences[1]


def test_the_overview_is_all_there_is(small_fit):
    answer = small_fit.ask("overview", flops=3.8e25)
    assert list(answer.tables) == ["exponents", "optima", "ways", "predictions", "holdouts"]
    pd.testing.assert_frame_equal(answer.exponents, small_fit.exponents())
    assert answer.sentences[0].startswith("For 3.8e25 FLOPs: N* ")
    ways = answer.ways.set_index("by")
    assert list(ways.index) == ["posterior", "bootstrap", "MLE"] and set(ways["C"]) == {3.8e25}
    best = optima(small_fit.law, small_fit.bootstrap.flat, [3.8e25])["N"]
    assert ways.loc["bootstrap", "N_hi80"] == np.quantile(best, 0.9, method="nearest")
    alone = {name: np.asarray(x)[None] for name, x in small_fit.estimate.items()}
    assert ways.loc["MLE", "N"] == optima(small_fit.law, alone, [3.8e25])["N"].item()
    assert any(sentence.startswith(("REVIEW: ", "PASS: ")) for sentence in answer.sentences)
    assert "frontier" in answer.figures and len(answer.figures) >= 7
    assert answer.facts["nuts"]["chains"] == 4 and answer.facts["asked"] == [3.8e25]
    plain = answer.plain()
    assert plain["tables"]["exponents"][0]["parameter"] == "E"
